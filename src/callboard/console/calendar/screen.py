"""The calendar screen: which period is shown, where the cursor is, and what was read for it."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.geometry import Offset

from callboard.console.background import newest
from callboard.console.calendar.carrying import Carrying
from callboard.console.calendar.commands import COMMANDS
from callboard.console.calendar.grid import TimeGrid
from callboard.console.calendar.model import OPEN, Grid, skeleton
from callboard.console.calendar.month import MonthGrid, loads
from callboard.console.calendar.sentences import sentences
from callboard.console.calendar.showing import EVERYONE, STEPS, Showing
from callboard.console.calendar.title import TitleBar
from callboard.console.calendar.verbs import Verbs
from callboard.console.calendar.walking import Walking
from callboard.console.calendar.words import day_lines, item_lines, month_days, period_title, slot_lines
from callboard.console.page import Target
from callboard.console.views import ViewedPage
from callboard.console.widgets.split import Detail
from callboard.domain.bookings import Booking
from callboard.domain.zones import day_bounds, local, local_day

if TYPE_CHECKING:
    from callboard.services.availability import CalendarView

KEPT = 6
WEIGHING = 0.7  # seconds of rest before the month's weeks are weighed again
Key = tuple[tuple[date, ...], str, str]


class Calendar(ViewedPage):
    """Week, day and month over one service question each."""

    ID = "calendar"
    VIEW: ClassVar[dict[str, Any]] = {"filter": "", "mode": "week", "agent": "", "step": 30}
    NOUNS = frozenset({"booking", "block", "agent", "organization", "calendar"})
    COMMANDS = COMMANDS
    DEFAULT_CSS = """
    Calendar { layout: vertical; }
    Calendar #line { height: 3; border-top: solid $border; overflow: hidden hidden; }
    .small Calendar #line { height: 2; }
    Calendar MonthGrid { display: none; }
    Calendar.month MonthGrid { display: block; }
    Calendar.month TimeGrid { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.mode = "week"
        self.step = 30
        self.agent_id = ""
        self.day: date | None = None
        self.filter_text = ""
        self.weeks: list[float] = []
        self.carrying = Carrying(self)
        self.verbs = Verbs(self)
        self.walk = Walking(self)
        self.showing = Showing(self)
        self._views: dict[Key, CalendarView] = {}
        self._placed = False
        self._weighed: Key | None = None  # whose weeks were weighed last
        self._today: date | None = None
        self._pointed: tuple[int, str] | None = None  # (start, booking id) to stand on once it is read

    def compose(self) -> ComposeResult:
        """Title, grid or month, the line about what the cursor stands on."""
        self._today = local_day(self.console.now(), self.console.zone)
        self.day = self.day or self._today
        yield TitleBar()
        yield TimeGrid(skeleton(self.days(), self.console.zone, self.step))
        yield MonthGrid()
        yield Detail(id="line", focusable=False)

    def on_mount(self) -> None:
        """The view that was restored."""
        self.set_class(self.mode == "month", "month")
        self._start_cursor()
        super().on_mount()

    @property
    def grid(self) -> TimeGrid:
        """The week and day grid."""
        return self.query_one(TimeGrid)

    @property
    def booking(self) -> Booking | None:
        """The selected booking."""
        item = self.grid.item if self.mode != "month" else None
        return item.booking if item is not None else None

    # --- what is shown ----------------------------------------------------------------------------------------------
    @property
    def here(self) -> date:
        """The day of the cursor."""
        return self.day or local_day(self.console.now(), self.console.zone)

    def days(self) -> list[date]:
        """The days of the period."""
        if self.mode == "month":
            return month_days(self.here)
        if self.mode == "day":
            return [self.here]
        monday = self.here - timedelta(days=self.here.weekday())
        return [monday + timedelta(days=n) for n in range(7)]

    def title_text(self) -> str:
        """The period in words."""
        return period_title(self.days(), self.mode, self.here)

    def who(self) -> str:
        """Whose calendar."""
        if self.agent_id:
            return next((a.name for a in self.console.agents if a.id == self.agent_id), "an agent")
        active = sum(a.active for a in self.console.agents)
        return f"{EVERYONE} ({active})" if active or not self.console.is_open else "no agents yet"

    def _agents(self) -> tuple[str, ...]:
        return (self.agent_id,) if self.agent_id else ()

    def _key(self) -> Key:
        return tuple(self.days()), self.agent_id, self.console.zone

    async def load(self) -> None:
        """Read the period; a view read for another one is kept, and this one asked for again."""
        from callboard.services import availability

        self._views.clear()
        key, zone, days = self._key(), self.console.zone, self.days()
        lo, hi = day_bounds(days[0], zone)[0], day_bounds(days[-1], zone)[1]
        view = await self.session.read(availability.calendar, self.org, lo, hi, self._agents())
        self._views[key] = view
        look = self.showing.look()
        model = await asyncio.to_thread(self.showing.model, view, look)  # two thousand calls take longer than a key may wait
        if key != self._key():
            self.stale = True
            return
        self.draw(model if look == self.showing.look() else None)
        if self.mode != "month":
            newest(self, "weigh", self._weigh, key)

    async def _weigh(self, key: Key) -> None:
        """How full the month's weeks are; while changes keep coming, when they rest."""
        from callboard.services import desk_views

        if key == self._weighed:
            await asyncio.sleep(WEIGHING)
        zone, month = self.console.zone, month_days(self.here)
        ends = tuple((day_bounds(m, zone)[0], day_bounds(m + timedelta(days=6), zone)[1]) for m in month[::7])
        self.weeks = await self.session.read(desk_views.load_of, self.org, ends, self._agents())
        self._weighed = key
        self.query_one(TitleBar).refresh()

    def draw(self, model: Grid | None = None) -> None:
        """Draw what is known of the period: everything (``model``, if it is built already), or an empty grid until it is read."""
        app = self.console
        view = self._views.get(self._key())
        days, zone, step, by_agent, _ = look = self.showing.look()
        if view is None:
            shown = [a for a in app.agents if a.id == self.agent_id or (not self.agent_id and a.active)]
            model = skeleton(days, zone, step, shown, by_agent=by_agent and bool(shown))
        else:
            model = model or self.showing.model(view, look)
        if self.mode == "month":
            self.query_one(MonthGrid).show(loads(model), self.here)
        else:
            self.grid.show(model)
            self._follow_day()
            if self._pointed is not None and view is not None:
                self._stand_on(*self._pointed)
            elif view is not None and not self._placed:
                self._start_cursor()
            self._placed = self._placed or view is not None
        self.query_one(TitleBar).refresh()
        self.tell()

    def _follow_day(self) -> None:
        """The cursor's column is the cursor's day (a week's columns are days)."""
        if self.mode == "week":
            self.grid.column = self.here.weekday()
            self.grid.redraw()

    def _start_cursor(self) -> None:
        """First sight: on the next full row of today, or in the morning of another day."""
        now = local(self.console.now(), self.console.zone)
        grid = self.grid
        row = (now.hour * 60 + now.minute) // self.step + 1 if self.here == now.date() else 9 * 60 // self.step
        room = max(self.app.size.height - 7, 5)  # the grid itself has no size yet
        grid.top = max(min(max(self.first_open() - 1, row - room // 3), grid.grid.height - room), 0)
        grid.set_cursor(self.here.weekday() if self.mode == "week" else grid.column, min(row, grid.grid.height - 1))

    def first_open(self) -> int:
        """The first row of the period inside somebody's hours."""
        rows = [column.states.find(OPEN) for column in self.grid.grid.columns]
        return min((r for r in rows if r > 0), default=8 * 60 // self.step)

    # --- the line under the grid ------------------------------------------------------------------------------------
    def tell(self) -> None:
        """Say what the cursor stands on."""
        app = self.console
        line = self.query_one("#line", Detail)
        if self.mode == "month":
            load = next((d for d in self.query_one(MonthGrid).days if d.day == self.here), None)
            line.show(day_lines(self.here, load))
        else:
            item = self.grid.item
            if self.carrying.active:
                line.show(self.carrying.lines())
            else:
                line.show(item_lines(item, app) if item is not None else slot_lines(self.grid, app, self.agent_id))
        app.refresh_footer()

    def on_time_grid_moved(self, _: TimeGrid.Moved) -> None:
        """The cursor moved."""
        if self.mode == "week" and self.grid.grid.columns:
            self.day = self.grid.grid.columns[self.grid.column].day
        if self.carrying.active:
            self.carrying.follow()
        self.tell()

    def on_time_grid_opened(self, _: TimeGrid.Opened) -> None:
        """A double click."""
        self.console.run_command("calendar.open")

    def on_time_grid_dragged(self, event: TimeGrid.Dragged) -> None:
        """The mouse carries."""
        if event.start:
            self.carrying.lift()
        elif event.drop and self.carrying.active:
            self.console.run_command("calendar.open")

    def on_month_grid_opened(self, _: MonthGrid.Opened) -> None:
        """A double click on a day."""
        self.day = self.query_one(MonthGrid).cursor or self.here
        self.showing.show_day()

    def footer(self) -> list[tuple[str, str]] | None:
        """Move mode has keys of its own."""
        if self.carrying.active:
            carry = [("↑ ↓ ← →", "carry"), ("Enter", "drop"), ("Esc", "put back"), ("a", "other agent")]
            return [*carry, ("PgUp PgDn", "other week"), ("g", "go to")]
        return None

    # --- where the cursor is ----------------------------------------------------------------------------------------
    def slot(self) -> tuple[int, int, bool]:
        """[start, end) of the cursor or the marked span in UTC seconds, and whether a span is marked."""
        grid = self.grid
        if self.mode == "month" or not grid.grid.columns:
            lo = day_bounds(self.here, self.console.zone)[0] + 9 * 3600
            return lo, lo + 1800, False
        first, last = grid.span
        lo = grid.grid.start_of(grid.column, first)
        return lo, lo + (last - first) * self.step * 60, last - first > 1

    def slot_agent(self) -> str:
        """The agent the cursor stands for; empty when anybody will do."""
        columns = self.grid.grid.columns
        own = columns[self.grid.column].agent_id if self.mode == "day" and columns else None
        return own or self.agent_id

    def go_to(self, at: int, *, select: str | None = None) -> None:
        """Stand on an instant, in its own period."""
        when = local(at, self.console.zone)
        if not self.is_mounted:  # another screen hands over a day before this one was ever shown
            self.day = when.date()
            return
        self.turn_to(when.date())
        if self.mode != "month":
            column = self.grid.grid.column_of(at)
            row = (when.hour * 60 + when.minute) // self.step
            self.grid.set_cursor(self.grid.column if self.mode == "day" or column is None else column, row, select=select)

    def point_at(self, booking: Booking) -> None:
        """Stand on a booking as soon as it is read."""
        self._pointed = (booking.starts_at, booking.id)
        self.go_to(booking.starts_at)
        if self.is_mounted:
            self._stand_on(booking.starts_at, booking.id)

    def _stand_on(self, at: int, booking_id: str) -> None:
        grid = self.grid
        for index, column in enumerate(grid.grid.columns):
            place = next((p for p in column.places if p.item.id == booking_id and p.item.lo == at), None)
            if place is not None:
                self._pointed = None
                grid.set_cursor(index, place.row, select=booking_id)
                return

    def turn_to(self, day: date) -> None:
        """Show the period of a day; what is known of it at once, the rest when it is read."""
        before = self._key()
        self.day = day
        if self._key() != before:
            self.draw()
            self.reload()
        else:
            if self.mode == "week":
                self.grid.set_cursor(day.weekday(), self.grid.row)
            elif self.mode == "month":
                self.draw()
            self.tell()

    # --- commands -----------------------------------------------------------------------------------------------------
    async def enter(self) -> None:
        """Drop what is carried, open a day of the month, or the booking."""
        if self.carrying.active:
            await self.carrying.drop()
        elif self.mode == "month":
            self.showing.show_day()
        else:
            await self.verbs.open()

    def leave(self) -> None:
        """Escape lets go of one thing after another."""
        if self.carrying.active:
            self.carrying.put_back()
        elif self.grid.pivot is not None or self.grid.selected:
            self.grid.select_none()
        elif self.filter_text:
            self.filter_text = ""
            self.draw()

    # --- the frame's hooks ------------------------------------------------------------------------------------------
    def tick(self, now: int) -> None:
        """The now-line moves; a session left open over midnight turns to the new day; a hold that ran out is read again."""
        today = local_day(now, self.console.zone)
        if self._today is not None and today != self._today:
            was_today, self._today = self.here == self._today, today
            if was_today and not self.carrying.active:
                self.turn_to(today)
        view = self._views.get(self._key())
        if view is not None and any(
            b.confirm_by is not None and b.confirm_by <= now for b in view.bookings if b.status == "pending_confirmation"
        ):
            self.reload()
        self.grid.refresh()

    def repaint(self) -> None:
        """Another zone or theme."""
        if self.is_mounted:
            self._today = local_day(self.console.now(), self.console.zone)
            self.draw()

    def take_view(self, view: dict[str, Any]) -> None:
        """Another mode, agent and filter; the day stays."""
        here = self.here
        self.restore({**self.state(), **view})
        self.day = here
        self.showing.show(self.mode)

    def state(self) -> dict[str, Any]:
        """View, agent, day (only when it is not today), rows, filter."""
        day = "" if self.here == self._today else self.here.isoformat()
        return {"mode": self.mode, "agent": self.agent_id, "day": day, "step": self.step, "filter": self.filter_text}

    def restore(self, state: dict[str, Any]) -> None:
        """Take it back, as far as it still makes sense."""
        self.mode = state.get("mode") if state.get("mode") in {"week", "day", "month"} else "week"  # type: ignore[assignment]
        self.step = state["step"] if state.get("step") in STEPS else 30
        self.agent_id = str(state.get("agent", ""))
        self.filter_text = str(state.get("filter", ""))
        try:
            self.day = date.fromisoformat(state["day"]) if state.get("day") else None
        except ValueError:
            self.day = None

    def targets(self) -> list[Target]:
        """Every booking in sight, those nearest the cursor first: there are more bookings than letters."""
        grid = self.grid
        found: list[tuple[int, int, Target]] = []
        for index, x, width in grid.layout_columns() if self.mode != "month" else ():
            for place in grid.grid.columns[index].places:
                y = place.row - grid.top + 1
                if 0 < y < grid.size.height:
                    at = Offset(grid.region.x + x + place.lane * (width - 1) // place.lanes, grid.region.y + y)
                    go = partial(grid.set_cursor, index, place.row, select=place.item.id)
                    found.append((abs(index - grid.column), y, Target(at, go)))
        return [target for _, _, target in sorted(found, key=lambda f: f[:2])]

    def linear_here(self) -> int:
        """The line that says what the cursor stands on."""
        return 1

    def linear(self) -> list[str]:
        """The period as sentences."""
        return sentences(self)
