"""The frame of every dialog: a title, a body, one line of keys. Escape leaves and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.events import Key, Resize
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TextArea

from callboard.console.keys import latin, name_of
from callboard.console.page import too_small
from callboard.console.widgets.choices import Choice, Choices, search

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.console.app import CallboardApp

T = TypeVar("T")
TIGHT = 28  # lines
CRAMPED_COLUMNS, CRAMPED_LINES = 60, 18  # under these a dialog takes the whole terminal, without a frame
LEAST = 3
HIGHEST = 30  # lines of a list to choose from, with its frame
LONG, WIDER = 62, 104  # a list with a longer line is shown wider, where there is room


class Dialog(ModalScreen[T]):
    """Override :meth:`body`; ``self.dismiss(value)`` answers, Escape answers None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+q", "leave", show=False),
    ]
    HINT: ClassVar[str] = "Enter accept   Esc leave"
    WIDTH: ClassVar[int] = 64
    SCROLLS: ClassVar[bool] = True  # the body as a whole; otherwise a part of it does, or none
    BELOW: ClassVar[int] = 0  # lines of the body under the part that scrolls

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._said: Static | None = None
        self._keys_width = 0

    @property
    def console(self) -> CallboardApp:
        """The app."""
        return cast("CallboardApp", self.app)

    def compose(self) -> ComposeResult:
        """Title, body, keys; in plain mode what was last said as well, since toasts are drawn over text."""
        self.set_class(self.console.settings.plain, "plain")
        with Vertical(classes="dialog"):
            yield Static(self._title, classes="dialog-title", markup=False)
            if self.SCROLLS:
                with VerticalScroll(can_focus=False):
                    yield from self.body()
            else:
                yield from self.body()
            if self.console.settings.plain:
                self._said = Static("", classes="dialog-said", markup=False)
                yield self._said
            yield Static(self.HINT, classes="dialog-hint", markup=False)
        yield Static("", classes="too-small", markup=False)

    def body(self) -> ComposeResult:
        """The dialog's own widgets."""
        yield from ()

    def on_resize(self, event: Resize) -> None:
        """Leave the empty lines out where there are few, then the frame; what does not fit is scrolled, never cut off."""
        width, height = event.size
        cramped = self.console.settings.plain or width < CRAMPED_COLUMNS or height < CRAMPED_LINES
        tight = cramped or height < TIGHT
        self.set_class(tight, "tight")
        self.set_class(cramped, "cramped")
        needs = too_small(width, height)
        self.set_class(bool(needs), "tiny")
        self.query_one(".too-small", Static).update(needs)
        self.query_one(".dialog").styles.width = "100%" if cramped else self.WIDTH
        self._keys_width = (width if cramped else min(self.WIDTH, width * 96 // 100) - 2) - 2
        hint = _packed(self.HINT, self._keys_width)
        self.query_one(".dialog-hint", Static).update("\n".join(hint))
        around = 1 + len(hint) + self.BELOW + (0 if cramped else 2) + (0 if tight else 2) + (2 if self._said is not None else 0)
        room = max((height if cramped else height * 96 // 100) - around, LEAST)
        self.sized(room)

    def show_keys(self, hint: str) -> None:
        """Other keys in the last line: what they do depends on where one stands."""
        if self._keys_width and hint != self.HINT:
            self.query_one(".dialog-hint", Static).update("\n".join(_packed(hint, self._keys_width)))
        self.HINT = hint  # type: ignore[misc]

    def sized(self, room: int) -> None:
        """So many lines there are for what scrolls."""
        for part in self.query(".dialog > VerticalScroll"):
            part.styles.max_height = room

    def on_mount(self) -> None:
        """See on_descendant_focus. Opened while the terminal was behind another window, its first line waits for the return."""
        self.on_descendant_focus()

    def returned(self) -> None:
        """The terminal is in front again. The app says so: a dialog that watched the app for it would be kept for good.

        Textual gives the focus back to what had it, and here nothing had it yet: keys would go nowhere.
        """
        if self.is_current and self.focused is None:
            first = next((w for w in self.query("*") if w.focusable), None)
            self.set_focus(first)

    def on_descendant_focus(self) -> None:
        """A screen reader follows the terminal's own cursor: in plain mode it is shown, where one types or where the text is."""
        if self.console.settings.plain:
            self.call_after_refresh(self._show_cursor)

    def _show_cursor(self) -> None:
        from callboard.console.plain import show_cursor

        typed = self.focused
        self.app.cursor_position = typed.cursor_screen_offset if isinstance(typed, Input | TextArea) else Offset(0, 1)
        show_cursor(self.console)

    def on_unmount(self) -> None:
        """The text under the dialog has the cursor again."""
        if self.console.settings.plain:
            self.console.refresh_footer()

    def tell(self, text: str) -> None:
        """Plain mode's toast: a line of the dialog."""
        if self._said is not None:
            self._said.update(f"said: {text}")

    @property
    def awaited(self) -> object:
        """The answer that Enter or an arrow typed ahead would act on and that is not here yet; None: there is none."""
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's question
        """A key typed ahead, before the dialog's own parts stand, has nothing to act on yet."""
        return action == "leave" or self.is_mounted

    async def on_key(self, event: Key) -> None:
        """A letter of another layout means the key it stands on here too: ``н`` answers yes like ``y``."""
        typed = name_of(event.key, event.character)
        meant = latin(typed)
        if meant != typed and not isinstance(self.focused, Input | TextArea):
            for binding in self._bindings.key_to_bindings.get(meant, ()):
                event.stop()
                await self.run_action(binding.action)

    def action_leave(self) -> None:
        """Close without an answer."""
        self.dismiss(None)


def _packed(hint: str, width: int) -> list[str]:
    """The keys over as many lines as they need, a key never parted from its word."""
    lines = [""]
    for item in hint.split("   "):
        joined = f"{lines[-1]}   {item}" if lines[-1] else item
        if len(joined) <= width or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(item)
    return lines


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
    SCROLLS = False

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
        if any(len(c.title) + len(c.reason) > LONG for c in self._choices):
            self.WIDTH = WIDER  # type: ignore[misc]

    def sized(self, room: int) -> None:
        """No higher than its lines need: four choices do not stand in an empty hall."""
        frame = self.query_one(".dialog").styles
        if self.has_class("cramped"):
            frame.max_height = "100%"
        else:
            around = self.app.size.height * 96 // 100 - room
            line = 1 if self.has_class("tight") else 2
            frame.max_height = min(around + line + max(len(self._choices), LEAST), HIGHEST)

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
    SCROLLS = False

    def __init__(self, title: str, text: str, *, copied: str = "") -> None:
        super().__init__(title)
        self._text = text
        self._copied = copied

    def body(self) -> ComposeResult:
        """The text, scrolled when it is long."""
        with VerticalScroll():
            yield Static(self._text, markup=False)

    def action_copy(self) -> None:
        """Copy it."""
        self.console.copy(self._copied or self._text, self._title)
