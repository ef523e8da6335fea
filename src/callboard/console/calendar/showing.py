"""What the calendar shows: week, day or month, how fine, whose, and which words stay readable."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from callboard.console import filters
from callboard.console.calendar.model import Grid, build
from callboard.console.calendar.month import MonthGrid
from callboard.console.calendar.words import BOOKING_FIELDS, booking_fields
from callboard.console.dialogs.dialog import Ask, ChoiceDialog
from callboard.console.widgets.choices import Choice
from callboard.domain.bookings import Booking

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp
    from callboard.console.calendar.screen import Calendar
    from callboard.services.availability import CalendarView

STEPS = (15, 30, 60)  # minutes a row
EVERYONE = "everyone"
Look = tuple[list[date], str, int, bool, str]  # days, zone, minutes a row, a column an agent, filter


async def ask_filter(app: CallboardApp, text: str) -> str | None:
    """A filter over bookings, checked before it counts; None when the person leaves."""

    def check(typed: str) -> str:
        return filters.problem(typed, BOOKING_FIELDS, app.now(), app.zone)

    note = "words · status:pending · agent:dana · after:fri · !word turns one round · empty shows all"
    asked: str | None = await app.push_screen_wait(Ask("Filter", value=text, placeholder="chen !survey", note=note, check=check))
    return asked


class Showing:
    """Handlers of the calendar's commands that change the view."""

    def __init__(self, page: Calendar) -> None:
        self.page = page

    @property
    def app(self) -> CallboardApp:
        """The app."""
        return self.page.console

    def look(self) -> Look:
        """All that decides how what was read is drawn."""
        page = self.page
        return page.days(), self.app.zone, page.step if page.mode != "month" else 60, page.mode == "day", page.filter_text

    def model(self, view: CalendarView, look: Look) -> Grid:
        """The grid of what was read; any thread may build it."""
        days, zone, step, by_agent, words = look
        wanted = filters.parse(words)
        names = {a.id: a.name for a in self.app.agents}
        now = self.app.now()

        def hide(booking: Booking) -> bool:
            kept = wanted.matches(booking_fields(booking, names)) and wanted.within(booking.starts_at, now, zone)
            return bool(wanted) and not kept

        return build(view, days, zone, step, now, by_agent=by_agent, hide=hide)

    def show(self, mode: str) -> None:
        """Week, day or month; the cursor keeps its instant."""
        if self.page.carrying.active:
            self.page.carrying.put_back()
        at = self.page.slot()[0] if self.page.mode != "month" else None
        self.page.mode = mode
        self.page.set_class(mode == "month", "month")
        self.page.draw()
        self.page.reload()
        (self.page.query_one(MonthGrid) if mode == "month" else self.page.grid).focus()
        if at is not None and mode != "month":
            self.page.go_to(at)

    def show_week(self) -> None:
        """Seven days."""
        self.show("week")

    def show_day(self) -> None:
        """One day, a column an agent."""
        self.show("day")

    def show_month(self) -> None:
        """The month."""
        self.show("month")

    def _zoom(self, by: int) -> None:
        at = STEPS.index(self.page.step) + by
        if 0 <= at < len(STEPS) and not self.page.carrying.active:
            self.page.step = STEPS[at]
            self.page.draw()

    def finer(self) -> None:
        """Smaller rows."""
        self._zoom(-1)

    def coarser(self) -> None:
        """Larger rows."""
        self._zoom(1)

    async def choose_agent(self) -> None:
        """One agent, or everyone; what is carried is handed to an agent."""
        if self.page.carrying.active:
            await self.page.carrying.hand_over()
            return
        choices = [Choice(EVERYONE, "everyone")]
        choices += [Choice(a.id, a.name, a.timezone, words=a.direction) for a in self.app.agents if a.active]
        chosen = await self.app.push_screen_wait(ChoiceDialog("Whose calendar?", choices))
        if chosen is not None:
            self.page.agent_id = "" if chosen == EVERYONE else chosen
            self.page.grid.column = 0 if self.page.mode == "day" else self.page.grid.column
            self.page.draw()
            self.page.reload()

    async def ask_filter(self) -> None:
        """What stays readable; the rest keeps its place, without its words."""
        typed = await ask_filter(self.app, self.page.filter_text)
        if typed is not None:
            self.page.filter_text = typed.strip()
            self.page.draw()
