"""List and detail: beside each other; folded under each other below 100 columns; one at a time below 80×24, where Tab changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from callboard.console.widgets.lines import Part, strip, wrap_parts

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp

HANG = 2  # cells
Line = Sequence[Part] | str


class Split(Container):
    """``Split(left, right)``; ``share`` is the left side's part of the width in percent."""

    SCOPED_CSS = False  # the classes that say how much room there is stand on the screen, outside
    DEFAULT_CSS = """
    Split { layout: horizontal; height: 1fr; }
    Split > .split-left { width: 60%; height: 1fr; }
    Split > .split-right { width: 1fr; height: 1fr; border-left: solid $border; padding-left: 1; }
    .narrow Split { layout: vertical; }
    .narrow Split > .split-left { width: 1fr; height: 1fr; }
    .narrow Split > .split-right { width: 1fr; height: 40%; border-left: none; border-top: solid $border; }
    .small Split > .split-right { display: none; border-top: none; height: 1fr; }
    .small Split.turned > .split-left { display: none; }
    .small Split.turned > .split-right { display: block; }
    """

    def __init__(self, left: Widget, right: Widget, *, share: int = 60) -> None:
        super().__init__()
        self._left, self._right = left, right
        left.add_class("split-left")
        right.add_class("split-right")
        self._share = share

    def compose(self) -> ComposeResult:
        """Both sides."""
        yield self._left
        yield self._right

    def on_resize(self) -> None:
        """The share counts only where the sides stand beside each other."""
        narrow = self.app.screen_stack[0].has_class("narrow")
        self._left.styles.width = "1fr" if narrow else f"{self._share}%"

    def turn(self) -> None:
        """Show the other pane, where there is room for one."""
        self.toggle_class("turned")


class Detail(ScrollView):
    """Lines of styled text, scrolled when there are many; draws itself, so that a cursor running down a list stays fast."""

    DEFAULT_CSS = "Detail { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }"

    def __init__(self, *, id: str | None = None, focusable: bool = True, wraps: bool = False) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self._lines: list[Line] = []
        self._laid: list[Line] = []  # the same, as long as there is room for; where ``wraps``, over as many lines as they need
        self._wraps = wraps
        self.can_focus = focusable

    def show(self, lines: Sequence[Line], *, keep: bool = False) -> None:
        """Other lines; ``keep`` leaves it scrolled where it was."""
        self._lines = list(lines)
        self._lay()
        if not keep and self.scroll_offset.y:
            self.scroll_to(0, 0, animate=False)

    def _lay(self) -> None:
        self._laid = [part for line in self._lines for part in self._folded(line)] if self._wraps else self._lines
        self.virtual_size = Size(max(self.size.width, 1), len(self._laid))
        self.refresh()

    def _folded(self, line: Line) -> Sequence[Line]:
        width = max(self.size.width - 1, 1)  # the scrollbar's cell
        return [line] if len(line) == 0 else wrap_parts([line] if isinstance(line, str) else line, width, HANG)

    def on_resize(self) -> None:
        """Lines are folded at another width."""
        if self._wraps:
            self._lay()

    @property
    def text(self) -> list[str]:
        """The lines as plain text."""
        return [_plain(line) for line in self._lines]

    def render_line(self, y: int) -> Strip:
        """One line, each part in its role's ink."""
        ink = cast("CallboardApp", self.app).inks
        width = self.size.width - self.scrollbar_size_vertical
        at = y + self.scroll_offset.y
        if at >= len(self._laid):
            return Strip.blank(width, ink())
        line = self._laid[at]
        parts: list[tuple[str, Style]] = []
        for part in [line] if isinstance(line, str) else line:
            text, role = (part, "text") if isinstance(part, str) else part
            name, _, flag = role.partition(" ")
            parts.append((text, ink(name, bold=flag == "bold")))
        return strip(parts, width, ink())


def _plain(line: Line) -> str:
    if isinstance(line, str):
        return line
    return "".join(part if isinstance(part, str) else part[0] for part in line)
