"""The calendar as columns of rows: pure arithmetic between what the service read and what the grid draws.

A column is one local day (of one agent, or of all); a row is so many minutes of wall clock in the zone shown. Rows follow the
wall clock, so the hour a spring clock skips is an empty row and the hour an autumn clock repeats is drawn over itself; every
instant carried here stays UTC seconds. What overlaps by rows stands side by side in lanes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from callboard.domain.agents import Agent
from callboard.domain.blocks import Block
from callboard.domain.bookings import Booking, Status
from callboard.domain.zones import day_bounds, instant, local

if TYPE_CHECKING:
    from callboard.services.availability import CalendarView

OUTSIDE, OPEN, DND = 0, 1, 2
DAY = 1440

GLYPHS = {
    Status.PENDING: ("◇", "pending"),
    Status.SCHEDULED: ("◆", "scheduled"),
    Status.IN_PROGRESS: ("▶", "in_call"),
    Status.ON_HOLD: ("‖", "on_hold"),
    Status.COMPLETED: ("✓", "done"),
    Status.NO_SHOW: ("∅", "clash"),
    Status.CANCELLED: ("✕", "dim"),
    Status.EXPIRED: ("✕", "dim"),
}
CLASH = "‼"


@dataclass(slots=True, eq=False)
class Item:
    """Something that takes time: a booking or a block. ``lo, hi`` the call, ``from_, to`` with its buffers."""

    id: str
    lo: int
    hi: int
    from_: int
    to: int
    agent_id: str | None
    lines: tuple[str, ...]
    role: str
    booking: Booking | None = None
    block: Block | None = None
    clash: bool = False
    muted: bool = False  # the filter leaves it out; its time stays taken

    @property
    def movable(self) -> bool:
        """Whether it may be moved or cancelled."""
        return self.booking is not None and self.booking.status in {Status.PENDING, Status.SCHEDULED}


@dataclass(slots=True, eq=False)
class Place:
    """Where an item stands in a column: rows of the call, rows with buffers, and its lane of so many."""

    item: Item
    row: int
    end: int
    first: int
    last: int
    lane: int = 0
    lanes: int = 1


@dataclass(slots=True)
class Column:
    """One day, of one agent or of all."""

    day: date
    title: str
    agent_id: str | None
    lo: int
    hi: int
    states: bytearray
    places: list[Place] = field(default_factory=list)
    rows: dict[int, list[Place]] = field(default_factory=dict)

    def at(self, row: int) -> list[Place]:
        """What stands on a row (buffers included), by lane."""
        return self.rows.get(row, [])


@dataclass(slots=True)
class Grid:
    """Everything the widget draws."""

    columns: list[Column]
    zone: str
    step: int  # minutes a row
    view: CalendarView | None
    items: list[Item] = field(default_factory=list)

    @property
    def height(self) -> int:
        """Rows of a day."""
        return DAY // self.step

    def start_of(self, column: int, row: int) -> int:
        """UTC seconds of the beginning of a cell."""
        return instant(self.columns[column].day, row * self.step, self.zone)

    def row_of(self, at: int) -> int:
        """The row an instant falls on, in its own day."""
        when = local(at, self.zone)
        return (when.hour * 60 + when.minute) // self.step

    def column_of(self, at: int, agent_id: str | None = None) -> int | None:
        """The column an instant (of an agent, where columns are agents) falls in."""
        for index, column in enumerate(self.columns):
            if column.lo <= at < column.hi and (column.agent_id is None or agent_id is None or column.agent_id == agent_id):
                return index
        return None

    def ordered(self) -> list[tuple[int, Place]]:
        """Bookings and blocks in walking order: by column, then row, then lane."""
        found = [
            (index, place) for index, column in enumerate(self.columns) for place in column.places if column.lo <= place.item.lo
        ]
        return sorted(found, key=lambda p: (p[0], p[1].row, p[1].lane))


def booking_item(booking: Booking, agent: str, now: int, zone: str) -> Item:
    """A booking with the lines that stand in its block."""
    glyph, role = GLYPHS[booking.status]
    name = booking.customer_name or booking.title or booking.kind
    second = booking.title or booking.kind
    if booking.status is Status.PENDING and booking.confirm_by is not None:
        second = f"confirm by {local(booking.confirm_by, zone):%H:%M}"
    elif booking.status is Status.IN_PROGRESS and booking.session_started_at is not None:
        second = f"{max(now - booking.session_started_at, 0) // 60} min"
    elif agent:
        second = f"{agent} · {second}"
    return Item(
        id=booking.id,
        lo=booking.starts_at,
        hi=booking.ends_at,
        from_=booking.holds_from,
        to=booking.holds_to,
        agent_id=booking.agent_id,
        lines=(f"{glyph} {name}", second, booking.notes or ""),
        role=role,
        booking=booking,
    )


def block_item(block: Block, agent: str) -> Item:
    """A block; it has no buffers."""
    title = block.title or {"time_off": "time off", "dnd": "do not disturb"}.get(block.kind, "busy")
    lines = (f"{title} · {agent}" if agent else title,)
    return Item(
        id=block.id, lo=block.starts_at, hi=block.ends_at, from_=block.starts_at, to=block.ends_at,
        agent_id=block.agent_id, lines=lines, role="block", block=block,
    )  # fmt: skip


def mark_clashes(items: Sequence[Item]) -> None:
    """Bookings whose call lies under a block of their agent: kept, and shown as a clash."""
    blocks = sorted((i for i in items if i.block is not None and i.hi > i.lo), key=lambda i: i.lo)
    starts = [b.lo for b in blocks]
    for item in items:
        if item.booking is None or not item.booking.occupies or item.booking.status is Status.COMPLETED:
            continue
        for block in blocks[: bisect_left(starts, item.hi)]:
            if block.hi > item.lo and block.agent_id in {None, item.agent_id}:
                item.clash = True
                break


def build(
    view: CalendarView,
    days: Sequence[date],
    zone: str,
    step: int,
    now: int,
    *,
    by_agent: bool,
    hide: Callable[[Booking], bool] = lambda _: False,
) -> Grid:
    """The grid of these days: a column a day, or (``by_agent``) of one day a column an agent."""
    several = len(view.agents) > 1
    names = {a.id: a.name for a in view.agents}
    label = {a: n.split()[0] if several and not by_agent and n else "" for a, n in names.items()}
    items: list[Item] = []
    for booking in view.bookings:
        if booking.occupies or booking.status is Status.NO_SHOW:
            item = booking_item(booking, label.get(booking.agent_id, ""), now, zone)
            item.muted = hide(booking)
            items.append(item)
    items += [block_item(b, label.get(b.agent_id or "", "")) for b in view.blocks]
    mark_clashes(items)
    items.sort(key=lambda i: (i.lo, i.hi))
    columns: list[Column] = []
    if by_agent:
        lo, hi = day_bounds(days[0], zone)
        columns = [Column(days[0], a.name, a.id, lo, hi, bytearray()) for a in view.agents]
        for column in columns:
            own = [i for i in items if i.agent_id in {None, column.agent_id}]
            _fill(column, view, [a for a in view.agents if a.id == column.agent_id], own, zone=zone, step=step)
    else:
        for day in days:
            lo, hi = day_bounds(day, zone)
            columns.append(Column(day, f"{day:%a} {day.day}", None, lo, hi, bytearray()))
        starts = [i.lo for i in items]
        for column in columns:
            near = items[: bisect_left(starts, column.hi)]
            _fill(column, view, view.agents, [i for i in near if i.hi > column.lo], zone=zone, step=step)
    return Grid(columns, zone, step, view, items)


def skeleton(days: Sequence[date], zone: str, step: int, agents: Sequence[Agent] = (), *, by_agent: bool = False) -> Grid:
    """The grid before anything was read: titles and rows, nothing in them."""
    columns: list[Column] = []
    for day in days:
        lo, hi = day_bounds(day, zone)
        for name, agent_id in [(a.name, a.id) for a in agents] if by_agent else [(f"{day:%a} {day.day}", None)]:
            columns.append(Column(day, name, agent_id, lo, hi, bytearray([OPEN]) * (DAY // step)))
    return Grid(columns, zone, step, None)


def _minute(column: Column, at: int, zone: str) -> int:
    """Minutes of wall clock after the column's midnight, held inside the day."""
    if at <= column.lo:
        return 0
    if at >= column.hi:
        return DAY
    when = local(at, zone)
    return when.hour * 60 + when.minute


def _paint(column: Column, spans: Iterable[tuple[int, int]], state: int, zone: str, step: int) -> None:
    for lo, hi in spans:
        if lo < column.hi and hi > column.lo:
            first, last = _minute(column, lo, zone) // step, -(-_minute(column, hi, zone) // step)
            column.states[first:last] = bytes([state]) * (last - first)


def _fill(column: Column, view: CalendarView, agents: Sequence[Agent], items: Sequence[Item], *, zone: str, step: int) -> None:
    column.states = bytearray([OUTSIDE]) * (DAY // step)
    for agent in agents:
        _paint(column, view.windows.get(agent.id, ()), OPEN, zone, step)
    if len(agents) == 1:
        _paint(column, view.dnd.get(agents[0].id, ()), DND, zone, step)
    column.places = [_place(column, item, zone, step) for item in items if item.hi > column.lo and item.lo < column.hi]
    _lanes(column.places)
    for place in column.places:
        for row in range(place.first, place.last):
            column.rows.setdefault(row, []).append(place)


def _place(column: Column, item: Item, zone: str, step: int) -> Place:
    rows = DAY // step
    row = min(_minute(column, item.lo, zone) // step, rows - 1)
    end = min(max(-(-_minute(column, item.hi, zone) // step), row + 1), rows)
    before = round((item.lo - item.from_) / 60 / step)
    after = round((item.to - item.hi) / 60 / step)
    return Place(item, row, end, max(row - before, 0), min(end + after, rows))


def _lanes(places: list[Place]) -> None:
    """Give each place a lane so that no two calls share a cell; only as many lanes as its own knot of overlaps needs."""
    places.sort(key=lambda p: (p.row, p.end))
    ends: list[int] = []
    knot: list[Place] = []
    for place in places:
        if knot and all(end <= place.row for end in ends):
            _close(knot, len(ends))
            ends, knot = [], []
        lane = next((n for n, end in enumerate(ends) if end <= place.row), len(ends))
        if lane == len(ends):
            ends.append(place.end)
        else:
            ends[lane] = place.end
        place.lane = lane
        knot.append(place)
    _close(knot, len(ends))


def _close(knot: Iterable[Place], lanes: int) -> None:
    for place in knot:
        place.lanes = max(lanes, 1)


def landing(grid: Grid, moved: Booking, agent_id: str, start: int, now: int) -> str:
    """Why a booking may not land there, or an empty string; the service has the last word, this answers while keys are held."""
    if start < now:
        return "that is in the past"
    view = grid.view
    if view is None:
        return ""
    lo = start - moved.buffer_before_minutes * 60
    hi = start + (moved.duration_minutes + moved.buffer_after_minutes) * 60
    for item in grid.items:
        if item.id == moved.id or item.agent_id not in {None, agent_id} or item.from_ >= hi or item.to <= lo:
            continue
        if item.booking is not None and item.booking.occupies:
            return f"taken by {item.booking.customer_name or item.booking.kind}"
        if item.block is not None and item.hi > item.lo:
            return f"blocked: {item.lines[0]}"
    if any(a < hi and b > lo for a, b in view.dnd.get(agent_id, ())):
        return "do not disturb"
    return ""


def outside_hours(grid: Grid, agent_id: str, start: int, minutes: int) -> bool:
    """Whether the call would lie outside the agent's hours (an operator may confirm that)."""
    if grid.view is None:
        return False
    windows = grid.view.windows.get(agent_id, ())
    at = bisect_right(windows, (start, 1 << 62)) - 1
    return not (at >= 0 and windows[at][0] <= start and start + minutes * 60 <= windows[at][1])
