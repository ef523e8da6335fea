"""The month: a cell a day with its load as a bar, its number of calls, and as many of them as fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, cast

from rich.style import Style
from textual.events import Click
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from callboard.console.calendar.model import Grid
from callboard.console.widgets.lines import clean, fit, fit_right, strip
from callboard.domain.zones import local, local_day

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp

BARS = "·▁▂▃▄▅▆▇█"
DAYS = 7
BEGINNING = 5  # letters of ``09:30``


@dataclass(frozen=True, slots=True)
class DayLoad:
    """One day: how many calls, the share of working time they take (0 to 1), and their lines (text, role)."""

    day: date
    calls: int
    share: float
    lines: tuple[tuple[str, str], ...]
    works: bool


def bar(share: float) -> str:
    """A share as one character."""
    return BARS[min(max(round(share * (len(BARS) - 1)), 1), len(BARS) - 1)] if share > 0 else BARS[0]


def loads(grid: Grid) -> list[DayLoad]:
    """The month's days from a grid of them."""
    view = grid.view
    found: list[DayLoad] = []
    for column in grid.columns:
        calls = [p.item for p in column.places if p.item.booking is not None and column.lo <= p.item.lo and not p.item.muted]
        working = 0
        if view is not None:
            for windows in view.windows.values():
                working += sum(min(b, column.hi) - max(a, column.lo) for a, b in windows if a < column.hi and b > column.lo)
        taken = sum(c.hi - c.lo for c in calls if c.booking is not None and c.booking.occupies)
        lines = tuple((f"{local(c.lo, grid.zone):%H:%M} {c.lines[0]}", "clash" if c.clash else c.role) for c in calls)
        found.append(DayLoad(column.day, len(calls), taken / working if working else float(bool(calls)), lines, working > 0))
    return found


class MonthGrid(Widget):
    """Six weeks; the cursor walks days."""

    can_focus = True
    DEFAULT_CSS = "MonthGrid { height: 1fr; }"

    class Opened(Message):
        """A double click on a day."""

    def __init__(self) -> None:
        super().__init__()
        self.days: Sequence[DayLoad] = ()
        self.cursor: date | None = None
        self.month = 0

    def show(self, days: Sequence[DayLoad], cursor: date) -> None:
        """Other days, or another cursor."""
        self.days, self.cursor, self.month = days, cursor, cursor.month
        self.refresh()

    def _weeks(self) -> int:
        return max(len(self.days) // DAYS, 1)

    def _lines_a_week(self) -> int:
        return max((self.size.height - 1) // self._weeks(), 1)

    def _widths(self) -> list[int]:
        base, extra = divmod(self.size.width, DAYS)
        return [base + (n < extra) for n in range(DAYS)]

    def render_line(self, y: int) -> Strip:
        """Weekday names, then the weeks' lines."""
        app = cast("CallboardApp", self.app)
        ink, width = app.inks, self.size.width
        if y == 0:
            names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
            return strip([(fit(f" {n}", w), ink("dim")) for n, w in zip(names, self._widths(), strict=True)], width, ink())
        week, line = divmod(y - 1, self._lines_a_week())
        days = self.days[week * DAYS : week * DAYS + DAYS]
        if not days:
            return Strip.blank(width, ink())
        today = local_day(app.now(), app.zone)
        parts: list[tuple[str, Style]] = []
        for day, size in zip(days, self._widths(), strict=True):
            parts += self._cell(app, day, line, size, today)
        return strip(parts, width, ink())

    def _cell(self, app: CallboardApp, day: DayLoad, line: int, width: int, today: date) -> list[tuple[str, Style]]:
        ink = app.inks
        back = "select" if day.day == self.cursor else "background"
        inner = width - 1
        gap = (" ", ink())
        last = self._lines_a_week() - 1
        if line == 0:
            tone = "accent" if day.day == today else "text" if day.day.month == self.month else "dim"
            number = f" {day.day.day}{' •' if day.day == today else ''}"
            if day.calls:
                load = f"{day.calls} {bar(day.share)} {day.share:.0%}" if inner > 14 else f"{day.calls} {bar(day.share)}"
            else:
                load = "" if day.works else "░░"
            left = fit(number, min(len(number), inner))
            return [
                (left, ink(tone, back, bold=day.day == today)),
                (fit_right(load, inner - len(left)), ink("clash" if day.share > 1 else "dim", back)),
                gap,
            ]
        if line == last == 1 and len(day.lines) > 1:  # one line a day: when it begins says more than that there is more
            return [(fit(f" {day.lines[0][0][:BEGINNING]} +{len(day.lines) - 1}", inner), ink("dim", back)), gap]
        if line == last and len(day.lines) > last:
            return [(fit(f" +{len(day.lines) - last + 1} more", inner), ink("dim", back)), gap]
        if line - 1 < len(day.lines):
            text, role = day.lines[line - 1]
            return [(fit(f" {clean(text)}", inner), ink(role if inner > 3 else "dim", back)), gap]
        return [(" " * inner, ink("text", back)), gap]

    def on_click(self, event: Click) -> None:
        """A click puts the cursor on a day, a second one opens it."""
        week = (event.y - 1) // self._lines_a_week()
        x, column = 0, 0
        for column, width in enumerate(self._widths()):  # noqa: B007 - the column found is used below
            x += width
            if event.x < x:
                break
        at = week * DAYS + column
        if event.y > 0 and at < len(self.days):
            self.cursor = self.days[at].day
            self.refresh()
            if event.chain > 1:
                self.post_message(self.Opened())
