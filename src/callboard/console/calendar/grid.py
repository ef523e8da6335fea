"""The week and day grid: a time axis drawn a line at a time from the model, each line kept until something on it changes.

One widget instead of a widget a cell: a week with two thousand bookings is four dozen strips.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from rich.segment import Segment
from rich.style import Style
from textual.events import Click, MouseDown, MouseMove, MouseScrollDown, MouseScrollUp, MouseUp, Resize
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from callboard.console.calendar.cells import Painter
from callboard.console.calendar.model import Grid, Item, Place
from callboard.console.calendar.sentences import told
from callboard.console.widgets.lines import fit
from callboard.domain.zones import local, local_day

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp

LEAST = 9  # cells of a column below which columns scroll sideways


@dataclass(slots=True)
class Ghost:
    """A booking being carried: how many rows, what is written on it, why it may not land (or an empty string)."""

    item: Item
    rows: int
    text: str
    problem: str = ""
    warning: bool = False


class TimeGrid(Widget):
    """Shows a :class:`Grid`; keeps a slot cursor, a selected item, a span, and a ghost while something is carried."""

    can_focus = True
    DEFAULT_CSS = "TimeGrid { height: 1fr; }"

    class Moved(Message):
        """The cursor stands elsewhere, or on something else."""

    class Opened(Message):
        """A double click."""

    class Dragged(Message):
        """The mouse took hold of the selected booking (``start``), carried it, or let it go (``drop``)."""

        def __init__(self, *, start: bool = False, drop: bool = False) -> None:
            self.start, self.drop = start, drop
            super().__init__()

    def __init__(self, grid: Grid) -> None:
        super().__init__()
        self.grid = grid
        self.column = 0
        self.row = 18
        self.pivot: int | None = None  # the other end of a marked span
        self.selected = ""
        self.ghost: Ghost | None = None
        self.top = 16
        self.left = 0
        self._lines: dict[int, Strip] = {}
        self._stamp: tuple[object, ...] = ()
        self._painter: Painter | None = None
        self._pressed: tuple[int, int] | None = None

    # --- what the screen calls --------------------------------------------------------------------------------------
    def show(self, grid: Grid) -> None:
        """Another model; cursor and scrolling stay, the selection stays where the item still is."""
        if grid.step != self.grid.step:
            self.row = self.row * self.grid.step // grid.step
            self.top = self.top * self.grid.step // grid.step
            self.pivot = None
        first_sight = self.grid.view is None and grid.view is not None
        self.grid = grid
        self.column = min(self.column, max(len(grid.columns) - 1, 0))
        if self.selected and self.item is None:
            self.selected = ""
        if first_sight and not self.selected and self.pivot is None and self.ghost is None:
            self.selected = self._under()
        self._keep_in_sight()
        self.redraw()

    def redraw(self) -> None:
        """Forget every drawn line."""
        self._lines.clear()
        self._painter = None
        self.refresh()

    @property
    def place(self) -> Place | None:
        """Where the selected item stands, in the cursor's column first."""
        columns = self.grid.columns
        if not self.selected or not columns:
            return None
        here = [columns[self.column], *columns] if self.column < len(columns) else columns
        return next((p for c in here for p in c.places if p.item.id == self.selected), None)

    @property
    def item(self) -> Item | None:
        """The selected item."""
        place = self.place
        return place.item if place else None

    @property
    def span(self) -> tuple[int, int]:
        """Rows [first, last) that are marked; the cursor's own row when nothing is."""
        other = self.row if self.pivot is None else self.pivot
        return min(self.row, other), max(self.row, other) + 1

    def set_cursor(self, column: int, row: int, *, select: str | None = None, mark: bool = False) -> None:
        """Put the cursor on a cell; what stands there is selected unless told otherwise."""
        old = self._touched()
        if mark:
            self.pivot = self.row if self.pivot is None else self.pivot
            self.row = min(max(row, 0), self.grid.height - 1)
            self.selected = ""
        else:
            self.pivot = None
            self.column = min(max(column, 0), max(len(self.grid.columns) - 1, 0))
            self.row = min(max(row, 0), self.grid.height - 1)
            self.selected = self._under() if select is None else select
        scrolled = self._keep_in_sight()
        self._refresh_rows(old | self._touched(), everything=scrolled)
        self.post_message(self.Moved())

    def places(self) -> list[tuple[str, Callable[[], object]]]:
        """Every booking and block in words, and what puts the cursor on it (plain mode's jump)."""
        found = told(cast("CallboardApp", self.app), self.grid)
        return [(words, partial(self.set_cursor, column, at.row, select=at.item.id)) for words, column, at in found]

    def select_none(self) -> None:
        """Nothing is marked or selected."""
        old = self._touched()
        self.pivot, self.selected = None, ""
        self._refresh_rows(old)
        self.post_message(self.Moved())

    def carry(self, ghost: Ghost | None) -> None:
        """Show, change or take away the ghost."""
        old = self._touched()
        self.ghost = ghost
        self._refresh_rows(old | self._touched())

    def scroll_rows(self, by: int) -> None:
        """Scroll without the cursor."""
        self.top = min(max(self.top + by, 0), max(self.grid.height - self._room, 0))
        self.refresh()

    # --- geometry ---------------------------------------------------------------------------------------------------
    @property
    def _room(self) -> int:
        return max(self.size.height - 1, 1)

    @property
    def axis(self) -> int:
        """Cells of the time axis."""
        return 14 if cast("CallboardApp", self.app).second_zone else 7

    def layout_columns(self) -> list[tuple[int, int, int]]:
        """(column number, x, width) of the columns in sight; the last cell of each is the gap."""
        count = len(self.grid.columns)
        room = self.size.width - self.axis
        if not count or room < 1:
            return []
        shown = min(count, max(room // LEAST, 1))
        self.left = min(self.left, count - shown)
        base, extra = divmod(room, shown)
        found, x = [], self.axis
        for at in range(shown):
            width = base + (at < extra)
            found.append((self.left + at, x, width))
            x += width
        return found

    def _keep_in_sight(self) -> bool:
        """Scroll so that the cursor and the whole selected call are visible; whether anything scrolled."""
        before = (self.top, self.left)
        place = self.place if self.ghost is None else None
        last = min(place.end, place.row + self._room) if place else self.row + (self.ghost.rows if self.ghost else 1)
        self.top = min(self.top, self.row)
        if last > self.top + self._room:
            self.top = min(last - self._room, self.row)
        self.top = min(max(self.top, 0), max(self.grid.height - self._room, 0))
        shown = len(self.layout_columns()) or 1
        self.left = min(max(self.left, self.column - shown + 1), self.column)
        return before != (self.top, self.left)

    def _touched(self) -> set[int]:
        """Rows that look different because of cursor, span, selection or ghost."""
        rows = set(range(*self.span))
        place = self.place
        if place is not None:
            rows |= set(range(place.first, place.last))
        if self.ghost is not None:
            rows |= set(range(self.row, self.row + self.ghost.rows))
        return rows

    def _refresh_rows(self, rows: set[int], *, everything: bool = False) -> None:
        for row in rows:
            self._lines.pop(row, None)
        if everything:
            self._lines.clear()
            self.refresh()
            return
        regions = [Region(0, r - self.top + 1, self.size.width, 1) for r in rows if 0 <= r - self.top < self._room]
        if regions:
            self.refresh(*regions)

    def _under(self) -> str:
        """The item on the cursor's cell: a call before a buffer, the left one before the right."""
        if not self.grid.columns:
            return ""
        places = [p for p in self.grid.columns[self.column].at(self.row) if p.row <= self.row < p.end]
        return min(places, key=lambda p: (p.item.booking is None, p.lane)).item.id if places else ""

    # --- drawing ----------------------------------------------------------------------------------------------------
    def render_line(self, y: int) -> Strip:
        """The titles, or a row of the day."""
        app = cast("CallboardApp", self.app)
        now = app.now()
        stamp = (app.inks.stamp, self.size.width, app.second_zone, self.left, now // 60, self.has_focus)
        if stamp != self._stamp:
            self._stamp = stamp
            self._lines.clear()
            self._painter = None
        if y == 0:
            return self._titles(app, now)
        row = self.top + y - 1
        if row >= self.grid.height:
            return Strip.blank(self.size.width, app.inks())
        line = self._lines.get(row)
        if line is None:
            line = self._lines[row] = self._draw(app, row, now)
        return line

    def _titles(self, app: CallboardApp, now: int) -> Strip:
        ink = app.inks
        today = local_day(now, self.grid.zone)
        shown = self.grid.columns[min(self.column, len(self.grid.columns) - 1)].lo if self.grid.columns else now
        parts = [(fit(f" {_abbreviation(self.grid.zone, shown)}", 7), ink("dim"))]
        if app.second_zone:
            parts.append((fit(_abbreviation(app.second_zone, shown), 7), ink("dim")))
        for index, _, width in self.layout_columns():
            column = self.grid.columns[index]
            current = column.day == today
            style = ink("accent" if index == self.column else "text" if current else "dim", bold=current or index == self.column)
            text = f"{column.title} •" if current and column.agent_id is None else column.title
            parts.append((fit(text, width - 1) + " ", style))
        return _strip(parts, self.size.width, ink())

    def _draw(self, app: CallboardApp, row: int, now: int) -> Strip:
        painter = self._painter = self._painter or Painter(app.inks, self, now)
        parts = self._axis(app, row, now)
        for index, _, width in self.layout_columns():
            parts += painter.cell(index, row, width - 1)
            parts.append((" ", app.inks()))
        return _strip(parts, self.size.width, app.inks())

    def _axis(self, app: CallboardApp, row: int, now: int) -> list[tuple[str, Style]]:
        ink, grid = app.inks, self.grid
        minute = row * grid.step
        text = f"{minute // 60:02d}:{minute % 60:02d}" if minute % 60 == 0 else f"   {minute % 60:02d}"
        today = next((i for i, c in enumerate(grid.columns) if c.lo <= now < c.hi), None)
        is_now = today is not None and grid.row_of(now) == row
        if is_now:
            text = f"{local(now, grid.zone):%H:%M}"
        style = ink("accent", bold=True) if is_now else ink("text" if row == self.row else "dim")
        parts = [(f" {text} ", style)]
        if app.second_zone and grid.columns:
            at = now if is_now else grid.start_of(min(self.column, len(grid.columns) - 1), row)
            other = f"{local(at, app.second_zone):%H:%M}" if minute % 60 == 0 or is_now else ""
            parts.append((fit(other, 7), ink("dim")))
        return parts

    # --- the mouse --------------------------------------------------------------------------------------------------
    def cell_at(self, x: int, y: int) -> tuple[int, int, str] | None:
        """(column, row, item under the pointer) of a place in the widget."""
        row = self.top + y - 1
        if y < 1 or row >= self.grid.height:
            return None
        for index, left, width in self.layout_columns():
            if left <= x < left + width:
                item = Painter.hit(self.grid.columns[index].at(row), row, x - left, width - 1)
                return index, row, item
        return None

    def on_mouse_down(self, event: MouseDown) -> None:
        """Take hold of what is under the pointer."""
        cell = self.cell_at(event.x, event.y)
        if cell is not None and self.ghost is None:
            self._pressed = cell[:2]
            self.set_cursor(cell[0], cell[1], select=cell[2])
            self.capture_mouse()

    def on_mouse_move(self, event: MouseMove) -> None:
        """Carry a booking, or mark a span."""
        cell = self.cell_at(event.x, event.y)
        if self._pressed is None or cell is None or cell[:2] == (self.column, self.row):
            return
        if self.ghost is None and self.item is not None and self.item.movable:
            self.post_message(self.Dragged(start=True))
        if self.ghost is not None:
            self.set_cursor(cell[0], cell[1], select=self.selected)
        elif self.item is None:
            self.set_cursor(self.column, cell[1], mark=True)

    def on_mouse_up(self, _: MouseUp) -> None:
        """Let go."""
        self.release_mouse()
        if self.ghost is not None and self._pressed is not None:
            self.post_message(self.Dragged(drop=True))
        self._pressed = None

    def on_click(self, event: Click) -> None:
        """A second click opens."""
        if event.chain > 1 and self.cell_at(event.x, event.y) is not None:
            self.post_message(self.Opened())

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Later."""
        event.stop()
        self.scroll_rows(2)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Earlier."""
        event.stop()
        self.scroll_rows(-2)

    def on_resize(self, _: Resize) -> None:
        """Another size: other lines."""
        self._keep_in_sight()
        self._lines.clear()
        self.refresh()  # the first paint may have come before the size


def _abbreviation(zone: str, at: int) -> str:
    """A zone in the width of a time: EST, GMT, +0530."""
    return (local(at, zone).tzname() or "")[:6]


def _strip(parts: list[tuple[str, Style]], width: int, fill: Style) -> Strip:
    segments = [Segment(text, style) for text, style in parts]
    return Strip(segments).adjust_cell_length(width, fill)
