"""The calendar's title line: which days, whose, how full the month's weeks are, which view, which filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.style import Style
from textual.events import Click
from textual.strip import Strip
from textual.widget import Widget

from callboard.console.calendar.month import bar
from callboard.console.widgets.lines import clean, strip

if TYPE_CHECKING:
    from callboard.console.calendar.screen import Calendar

Parts = list[tuple[str, Style]]


def _matching(page: Calendar) -> str:
    """How many of the period's calls the filter lets through; empty while that is not known."""
    grid = page.grid.grid
    calls = [i for i in grid.items if i.booking is not None]
    known = page.mode != "month" and grid.view is not None
    return (f"{sum(not i.muted for i in calls)} of {len(calls)}" if calls else "no calls") if known else ""


class TitleBar(Widget):
    """Draws from the calendar's own attributes."""

    DEFAULT_CSS = "TitleBar { height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._hits: list[tuple[int, int, str]] = []

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - one line only
        """Left what is shown, right how it may be shown; what does not fit is left out whole."""
        page = cast("Calendar", self.parent)
        ink, width = page.inks, self.size.width
        parts: Parts = [
            (" ‹ ", ink("accent")),
            (page.title_text(), ink("text", bold=True)),
            (" ›  ", ink("accent")),
            (clean(page.who()), ink("accent" if page.agent_id else "dim", bold=bool(page.agent_id))),
        ]
        self._hits = [(0, 3, "calendar.earlier"), (cell_len(parts[1][0]) + 3, cell_len(parts[1][0]) + 6, "calendar.later")]
        used = sum(cell_len(t) for t, _ in parts)
        filters: Parts = []
        if page.filter_text:
            filters = [("   / ", ink("dim")), (clean(page.filter_text), ink("pending")), (f"  {_matching(page)}", ink("dim"))]
        modes: Parts = []
        for mode, key in (("week", "w"), ("day", "d"), ("month", "M")):
            current = page.mode == mode
            modes += [
                (f"[{key}]", ink("accent")),
                (mode[1:], ink("text" if current else "dim", bold=current, underline=current)),
                (" ", ink()),
            ]
        load: Parts = [("   month ", ink("dim")), ("".join(bar(w) for w in page.weeks), ink("scheduled"))] if page.weeks else []
        asking: Parts = [("   reading …", ink("dim"))] if page.stale and page.console.is_open else []
        right = sum(cell_len(t) for t, _ in modes) + 1
        for extra in (filters, load, asking):
            size = sum(cell_len(t) for t, _ in extra)
            if extra and used + size + right < width:
                parts += extra
                used += size
        if used + right <= width:
            gap = width - used - right
            at = used + gap
            for mode in ("week", "day", "month"):
                self._hits.append((at, at + len(mode) + 3, f"calendar.{mode}"))
                at += len(mode) + 3
            parts += [(" " * gap, ink()), *modes]
        return strip(parts, width, ink())

    def on_click(self, event: Click) -> None:
        """A click on an arrow or a view does it."""
        page = cast("Calendar", self.parent)
        for lo, hi, command in self._hits:
            if lo <= event.x < hi:
                page.console.run_command(command)
