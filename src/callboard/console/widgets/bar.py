"""One line of words over a list, and the line a filter is typed into."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Key
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static

from callboard.console.widgets.lines import strip

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp

Part = tuple[str, str] | str


class Bar(Widget):
    """One line of styled words: what is shown, how it is filtered, what is going on."""

    DEFAULT_CSS = "Bar { height: 1; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._parts: list[Part] = []

    def show(self, *parts: Part) -> None:
        """Other words."""
        self._parts = [" ", *parts]
        self.refresh()

    @property
    def text(self) -> str:
        """The words without their styles."""
        return "".join(p if isinstance(p, str) else p[0] for p in self._parts).strip()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - one line only
        """The words, each in its role."""
        ink = cast("CallboardApp", self.app).inks
        drawn = []
        for part in self._parts:
            text, role = (part, "text") if isinstance(part, str) else part
            name, _, flag = role.partition(" ")
            drawn.append((text, ink(name, bold=flag == "bold")))
        return strip(drawn, self.size.width, ink())


class FilterInput(Input):
    """Escape takes the filter away, Enter and ↓ keep it and go back to the list."""

    def on_key(self, event: Key) -> None:
        """Heard here and not by a binding: the screen around may have an Escape of its own, and would get it first."""
        if event.key not in {"escape", "down"}:
            return
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            self.value = ""
        cast("FilterLine", self.parent).shut()


class FilterLine(Horizontal):
    """Hidden until :meth:`open`; posts ``Changed`` while it is typed into and ``Left`` when it closes."""

    DEFAULT_CSS = """
    FilterLine { height: 1; display: none; background: $surface; }
    FilterLine.open { display: block; }
    FilterLine > Static { width: 3; color: $accent; background: $surface; }
    FilterLine > Input { width: 1fr; background: $surface; color: $foreground; border: none; height: 1; padding: 0; }
    """

    class Changed(Message):
        """The text is another; sent once typing pauses."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    class Left(Message):
        """The person went back to the list."""

    def __init__(self, hint: str) -> None:
        super().__init__()
        self._hint = hint
        self._sent = ""

    def compose(self) -> ComposeResult:
        """The slash and the line."""
        yield Static(" /", markup=False)
        field = FilterInput(placeholder=self._hint, compact=True, disabled=True)
        yield field

    @property
    def field(self) -> Input:
        """The line itself."""
        return self.query_one(FilterInput)

    @property
    def told(self) -> str:
        """What stands in the line, for a screen reader: the text, or what may be typed."""
        return f"filter: {self.field.value}" if self.field.value else f"filter, nothing typed yet; such as {self._hint}"

    def open(self, text: str) -> None:
        """Show it with the filter in force and take the keys."""
        self._sent = text
        self.add_class("open")
        self.field.disabled = False
        self.field.value = text
        self.field.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Wait a moment for the next letter: each change is a question to the database."""
        event.stop()
        self.set_timer(0.12, lambda text=event.value: self._send(text))

    def _send(self, text: str) -> None:
        if text == self.field.value and text != self._sent:
            self._sent = text
            self.post_message(self.Changed(text))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter keeps the filter."""
        event.stop()
        self.shut()

    def shut(self) -> None:
        """Close, with the filter as it stands."""
        self._send(self.field.value)
        self.remove_class("open")
        self.field.disabled = True
        self.post_message(self.Left())
