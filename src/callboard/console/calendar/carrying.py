"""Move mode: ``m`` lifts a booking, it follows the arrows, says why where it may not land, Enter drops it, Escape returns it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from callboard.console.calendar.grid import Ghost
from callboard.console.calendar.model import landing, outside_hours
from callboard.console.calendar.verbs import ANYWAY, offer
from callboard.console.calendar.words import customers_time, times
from callboard.console.dialogs.dialog import ChoiceDialog
from callboard.console.widgets.choices import Choice
from callboard.console.widgets.lines import clean
from callboard.console.widgets.split import Line
from callboard.domain.bookings import Booking, Move
from callboard.domain.errors import Refused
from callboard.domain.zones import local

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp
    from callboard.console.calendar.screen import Calendar


class Carrying:
    """The booking in the operator's hand, if any."""

    def __init__(self, page: Calendar) -> None:
        self.page = page
        self.booking: Booking | None = None
        self._offset = 0  # minutes between the row and the call's own start
        self._agent = ""  # whose it becomes, when that was said

    @property
    def app(self) -> CallboardApp:
        """The app."""
        return self.page.console

    @property
    def active(self) -> bool:
        """Whether something is being carried."""
        return self.booking is not None

    def lift(self) -> None:
        """Take the selected booking."""
        page, item = self.page, self.page.grid.item
        place = page.grid.place
        if item is None or item.booking is None or place is None:
            return
        self.booking, self._agent = item.booking, ""
        start = local(item.booking.starts_at, self.app.zone)
        self._offset = (start.hour * 60 + start.minute) % page.step
        column = page.grid.grid.column_of(item.booking.starts_at, item.booking.agent_id)
        page.grid.carry(Ghost(item, max(place.end - place.row, 1), ""))
        page.grid.set_cursor(page.grid.column if column is None else column, place.row, select=item.id)
        self.follow()

    def target(self) -> tuple[int, str]:
        """Where it would land: start (UTC seconds) and agent."""
        grid = self.page.grid
        start = grid.grid.start_of(grid.column, grid.row) + self._offset * 60
        agent = grid.grid.columns[grid.column].agent_id or self._agent or (self.booking.agent_id if self.booking else "")
        return start, agent

    async def hand_over(self) -> None:
        """Choose whose it becomes: a key in the week, where columns are days; in the day view its column."""
        page, app = self.page, self.app
        names = [a for a in app.agents if a.active]
        chosen = await app.push_screen_wait(ChoiceDialog("Who takes it?", [Choice(a.id, a.name, a.timezone) for a in names]))
        if chosen is None or self.booking is None:
            return
        self._agent = chosen
        if page.agent_id and page.agent_id != chosen:
            page.agent_id = chosen  # the one calendar shown becomes theirs
            page.draw()
            page.reload()
        at = next((n for n, column in enumerate(page.grid.grid.columns) if column.agent_id == chosen), page.grid.column)
        page.grid.set_cursor(at, page.grid.row)
        self.follow()
        page.tell()

    def follow(self) -> None:
        """The cursor moved: say what landing here would mean."""
        grid, booking = self.page.grid, self.booking
        if booking is None or grid.ghost is None:
            return
        start, agent = self.target()
        here = start == booking.starts_at and agent == booking.agent_id
        problem = "" if here else landing(grid.grid, booking, agent, start, self.app.now())
        warning = not here and not problem and outside_hours(grid.grid, agent, start, booking.duration_minutes)
        text = f"{local(start, self.app.zone):%H:%M}" + (" outside hours" if warning else "")
        grid.carry(Ghost(grid.ghost.item, grid.ghost.rows, text, problem, warning))
        self.app.refresh_footer()

    def lines(self) -> list[Line]:
        """From where to where, and what stands in the way."""
        booking, grid, app = self.booking, self.page.grid, self.app
        if booking is None or grid.ghost is None:
            return []
        start, agent = self.target()
        name = next((a.name for a in app.agents if a.id == agent), "")
        words = grid.ghost.problem or ("outside working hours: Enter asks" if grid.ghost.warning else "Enter drops it here")
        role = "clash" if grid.ghost.problem else "pending" if grid.ghost.warning else "scheduled"
        there = customers_time(replace(booking, starts_at=start), app.zone)
        return [
            [
                (" ↕ ", "accent bold"),
                (clean(booking.customer_name or booking.kind), "text bold"),
                (f"   {times(booking.starts_at, booking.ends_at, app.zone)}  →  ", "dim"),
                (times(start, start + booking.duration_minutes * 60, app.zone), "text bold"),
                (f" {there}   {name}", "dim"),
            ],
            [(f"   {words}", role)],
        ]

    def put_back(self) -> None:
        """Escape: it stays where it was."""
        booking, self.booking = self.booking, None
        self.page.grid.carry(None)
        if booking is not None:
            self.page.point_at(booking)
        self.app.refresh_footer()

    async def drop(self) -> None:
        """Enter: move it there, or say why not and offer what would do."""
        from callboard.services import bookings

        booking, grid, app = self.booking, self.page.grid, self.app
        if booking is None or grid.ghost is None:
            return
        start, agent = self.target()
        if start == booking.starts_at and agent == booking.agent_id:
            self.put_back()
            return
        if grid.ghost.problem:
            app.say(f"it cannot land there: {grid.ghost.problem}", "warning")
            return
        anyway = False
        while True:
            move = Move(starts_at=start, agent_id=agent, outside_hours=anyway, rev=booking.rev)
            try:
                moved = await app.session.run(bookings.move, app.organization.id, booking.id, move)
            except Refused as error:
                chosen = await offer(app, error, start, booking.duration_minutes, agents=(agent,), again="carry it elsewhere")
                if not isinstance(chosen, int) and chosen != ANYWAY:
                    return
                anyway, start = chosen == ANYWAY, chosen if isinstance(chosen, int) else start
                continue
            self.booking = None
            grid.carry(None)
            self.page.point_at(moved)
            when = f"{local(moved.starts_at, app.zone):%a %d %b %H:%M}"
            whose = next((f", with {a.name}" for a in app.agents if a.id == agent and agent != booking.agent_id), "")
            app.say(f"moved: {moved.customer_name or moved.kind} to {when}{whose} (z takes it back)")
            app.refresh_footer()
            return
