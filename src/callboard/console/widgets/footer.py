"""The bottom line: the keys that work here, now. Whole commands only: what does not fit is left out, never cut in mid-word.

After a leader it lists what may follow (which-key).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from textual.events import Click
from textual.strip import Strip
from textual.widget import Widget

from callboard.console.commands import show_key
from callboard.console.widgets.lines import strip

if TYPE_CHECKING:
    from rich.style import Style

    from callboard.console.app import CallboardApp

HELP = ("?", "help")
MOST = 9  # lines after a leader


class FooterBar(Widget):
    """Draws what :meth:`CallboardApp.footer_items` says."""

    DEFAULT_CSS = "FooterBar { height: 1; dock: bottom; }"

    def __init__(self) -> None:
        super().__init__(id="footer")
        self._hits: list[tuple[int, int, str]] = []
        self._drawn: tuple[object, ...] = ()

    def redraw(self) -> None:
        """Draw again if anything on it is another."""
        if self._said() != self._drawn:
            pressed = self.console.sequencer.pressed
            height = min(len(self._which_key(self.size.width)), MOST) if pressed else 1
            if height != self.size.height:
                self.styles.height = height
            self.refresh()

    def _said(self) -> tuple[object, ...]:
        app = self.console
        pressed = app.sequencer.pressed
        return app.inks.stamp, pressed, () if pressed else tuple(app.footer_items())

    @property
    def console(self) -> CallboardApp:
        """The app."""
        return cast("CallboardApp", self.app)

    def render_line(self, y: int) -> Strip:
        """As many whole items as fit; help keeps its place at the right end. After a leader, all that may follow it."""
        app, width = self.console, self.size.width
        ink = app.inks
        blank = ink("text", "surface")
        self._drawn = self._said()
        if app.sequencer.pressed:
            lines = self._which_key(width)
            return strip(lines[y] if y < len(lines) else [], width, blank)
        if y:
            return Strip.blank(width, blank)
        help_parts = [(HELP[0], ink("accent", "surface", bold=True)), (f" {HELP[1]} ", ink("dim", "surface"))]
        room = width - sum(cell_len(t) for t, _ in help_parts) - 1
        parts: list[tuple[str, Style]] = [(" ", blank)]
        used, self._hits = 1, []
        for keys, title, command_id, reason in app.footer_items():
            size = cell_len(keys) + cell_len(title) + 3
            if used + size > room:
                continue
            key_ink = ink("dim", "surface", strike=bool(reason)) if reason else ink("accent", "surface", bold=True)
            parts += [(keys, key_ink), (f" {title}  ", ink("dim", "surface"))]
            self._hits.append((used, used + size - 2, command_id))
            used += size
        gap = width - used - sum(cell_len(t) for t, _ in help_parts)
        self._hits.append((used + gap, width, "app.help"))
        return strip([*parts, (" " * max(gap, 0), blank), *help_parts], width, blank)

    def _which_key(self, width: int) -> list[list[tuple[str, Style]]]:
        """The leader, then every key that may follow it, whole entries only, over as many lines as that takes."""
        app = self.console
        ink = app.inks
        lead = " ".join(show_key(k) for k in app.sequencer.pressed)
        parts: list[tuple[str, Style]] = [(f" {lead} ", ink("background", "accent", bold=True)), (" ", ink("text", "surface"))]
        used = begin = sum(cell_len(t) for t, _ in parts)
        lines = [parts]
        for key, command in app.sequencer.following:
            short = command.title.split(":")[0].split(",")[0].split(" (")[0]
            size = cell_len(show_key(key)) + cell_len(short) + 3
            if used + size > width + 2 and used > begin:
                lines.append([(" " * begin, ink("text", "surface"))])
                used = begin
            lines[-1] += [(show_key(key), ink("accent", "surface", bold=True)), (f" {short}  ", ink("text", "surface"))]
            used += size
        return lines

    def on_click(self, event: Click) -> None:
        """A click does what the key does."""
        for lo, hi, command_id in self._hits:
            if lo <= event.x < hi and command_id:
                self.console.run_command(command_id)
