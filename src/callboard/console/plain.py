"""Plain mode, for screen readers: lines of text from top to bottom, the terminal's real cursor on the one that matters.

Keys, commands and dialogs are the same; only the drawing is another.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from textual.geometry import Offset

from callboard.console.widgets.bar import FilterLine
from callboard.console.widgets.split import Detail

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp

SHOW_CURSOR = "\x1b[?25h"


class PlainView(Detail):
    """Stands in the place of the screens; ``tell()`` after anything changed."""

    def __init__(self) -> None:
        super().__init__(id="plain", focusable=False)

    def tell(self, app: CallboardApp) -> None:
        """Write the screen down again where it changed."""
        page = app.page
        if page is None or not page.is_mounted:
            return
        lines, here = page.linear(), page.linear_here()
        keys = ", ".join(f"{k} {t}" for k, t, _, why in app.footer_items() if not why)
        lines += ["", f"keys: {keys}, ? help"]
        if app.last_said:
            lines.insert(here + 1, f"said: {app.last_said}")
        typed = next((line for line in page.query(FilterLine) if line.has_class("open")), None)
        if typed is not None:  # drawn under the screen, which is not shown here; the cursor stands on it
            here += 1
            lines.insert(here, typed.told)
        lines, here = _wrapped(lines, here, max(self.size.width, 20))
        if lines != self.text:
            self.show(lines, keep=True)
        height = max(self.size.height, 1)
        if not self.scroll_offset.y <= here < self.scroll_offset.y + height:
            self.scroll_to(0, max(here - height // 2, 0), animate=False)
        if len(app.screen_stack) > 1:
            return  # a dialog has the cursor
        app.cursor_position = Offset(0, self.region.y + here - int(self.scroll_target_y))
        show_cursor(app)


def show_cursor(app: CallboardApp) -> None:
    """Make the terminal's own cursor visible; it stands where ``app.cursor_position`` says after each paint."""
    if app._driver is not None:  # noqa: SLF001 - Textual hides the cursor and has no door to show it
        app._driver.write(SHOW_CURSOR)  # noqa: SLF001


def _wrapped(lines: list[str], here: int, width: int) -> tuple[list[str], int]:
    """The lines folded at the width, nothing cut; and where the line of the cursor went."""
    found: list[str] = []
    at = 0
    for number, line in enumerate(lines):
        if number == here:
            at = len(found)
        found += textwrap.wrap(line, width) or [""]
    return found, at
