"""The frame of every dialog: a title, a body, one line of keys. Escape leaves and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from callboard.console.widgets.choices import Choice, Choices, search

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.console.app import CallboardApp

T = TypeVar("T")
TIGHT = 28  # lines


class Dialog(ModalScreen[T]):
    """Override :meth:`body`; ``self.dismiss(value)`` answers, Escape answers None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+q", "leave", show=False),
    ]
    HINT: ClassVar[str] = "Enter accept   Esc leave"
    WIDTH: ClassVar[int] = 64

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    @property
    def console(self) -> CallboardApp:
        """The app."""
        return cast("CallboardApp", self.app)

    def compose(self) -> ComposeResult:
        """Title, body, keys."""
        with Vertical(classes="dialog") as box:
            box.styles.width = self.WIDTH
            yield Static(self._title, classes="dialog-title", markup=False)
            yield from self.body()
            yield Static(self.HINT, classes="dialog-hint", markup=False)

    def body(self) -> ComposeResult:
        """The dialog's own widgets."""
        yield from ()

    def on_resize(self, event: Resize) -> None:
        """Leave the empty lines out where there are few."""
        self.set_class(event.size.height < TIGHT, "tight")

    @property
    def awaited(self) -> object:
        """The answer that Enter or an arrow typed ahead would act on and that is not here yet; None: there is none."""
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's question
        """A key typed ahead, before the dialog's own parts stand, has nothing to act on yet."""
        return action == "leave" or self.is_mounted

    def action_leave(self) -> None:
        """Close without an answer."""
        self.dismiss(None)


class ChoiceDialog(Dialog[str]):
    """Type to narrow, Enter to choose; answers the choice's id. ``preview`` hears where the cursor stands."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "step(1)", show=False, priority=True),
        Binding("up,ctrl+p", "step(-1)", show=False, priority=True),
        Binding("pagedown", "step(10)", show=False, priority=True),
        Binding("pageup", "step(-10)", show=False, priority=True),
    ]
    HINT = "type to search   ↑ ↓ move   Enter choose   Esc leave"
    WIDTH = 78

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        preview: Callable[[str], object] | None = None,
        placeholder: str = "",
        free: bool = False,
    ) -> None:
        super().__init__(title)
        self._choices = list(choices)
        self._preview = preview
        self._placeholder = placeholder
        self._free = free  # what was typed may itself be the answer

    def body(self) -> ComposeResult:
        """A line to type into and the list."""
        yield Input(placeholder=self._placeholder, classes="dialog-input", compact=True)
        yield Choices(self._choices)

    @property
    def choices(self) -> Choices:
        """The list."""
        return self.query_one(Choices)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list, once for letters typed in a run."""
        if event.value == event.input.value:
            self.choices.show(search(self._choices, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Choose what the cursor stands on."""
        current = self.choices.current
        if current is not None:
            self._choose(current)
        elif self._free and event.value.strip():
            self.dismiss(event.value.strip())

    def on_choices_chosen(self, event: Choices.Chosen) -> None:
        """A click chooses too."""
        self._choose(event.choice)

    def on_choices_highlighted(self, event: Choices.Highlighted) -> None:
        """Show what choosing would do."""
        if self._preview is not None and event.choice is not None:
            self._preview(event.choice.id)

    def _choose(self, choice: Choice) -> None:
        if choice.reason:
            self.console.say(f"{choice.title}: {choice.reason}", "warning")
        else:
            self.dismiss(choice.id)

    def action_step(self, by: int) -> None:
        """Move the cursor while the input keeps the focus."""
        self.choices.step(by)


class Ask(Dialog[str]):
    """One line of text; ``check`` returns what is wrong with it, or an empty string."""

    def __init__(
        self,
        title: str,
        *,
        value: str = "",
        placeholder: str = "",
        note: str = "",
        check: Callable[[str], str] | None = None,
        describe: Callable[[str], str] | None = None,
    ) -> None:
        super().__init__(title)
        self._value, self._placeholder, self._note = value, placeholder, note
        self._check, self._describe = check, describe

    def body(self) -> ComposeResult:
        """The line and what is said about it."""
        yield Input(value=self._value, placeholder=self._placeholder, classes="dialog-input", compact=True)
        yield Static(self._note, id="note", markup=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what the text means while it is typed."""
        if self._describe is not None:
            self.query_one("#note", Static).update(self._describe(event.value) or self._note)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer, unless something is wrong with it."""
        problem = self._check(event.value) if self._check is not None else ""
        if problem:
            note = self.query_one("#note", Static)
            note.update(problem)
            note.add_class("problem")
        else:
            self.dismiss(event.value)


class Confirm(Dialog[bool]):
    """A yes or no, for what is hard to reverse only. ``y`` or Enter is yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "answer(True)", show=False),
        Binding("n", "answer(False)", show=False),
    ]
    HINT = "y yes   n no   Esc leave"

    def __init__(self, title: str, text: str) -> None:
        super().__init__(title)
        self._text = text

    def body(self) -> ComposeResult:
        """The sentence."""
        yield Static(self._text, markup=False)

    def action_answer(self, yes: bool) -> None:
        """Answer."""
        self.dismiss(yes)


class Message(Dialog[None]):
    """Text to read, scroll and copy with ``y``: ``copied`` when that is given, else the whole text."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "leave", show=False), Binding("y", "copy", show=False)]
    HINT = "y copy   Enter close"
    WIDTH = 78

    def __init__(self, title: str, text: str, *, copied: str = "") -> None:
        super().__init__(title)
        self._text = text
        self._copied = copied

    def body(self) -> ComposeResult:
        """The text, scrolled when it is long."""
        from textual.containers import VerticalScroll

        with VerticalScroll():
            yield Static(self._text, markup=False)

    def action_copy(self) -> None:
        """Copy it."""
        self.console.copy(self._copied or self._text, self._title)
