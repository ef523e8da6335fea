"""Walking the calendar: by slot, by column, by booking, by period, by a typed date."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from callboard.console.calendar.model import OPEN
from callboard.console.dates import understand
from callboard.console.dialogs.dialog import Ask
from callboard.domain.errors import Invalid

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp
    from callboard.console.calendar.screen import Calendar


class Walking:
    """Handlers of the calendar's commands that only move the cursor."""

    def __init__(self, page: Calendar) -> None:
        self.page = page

    @property
    def app(self) -> CallboardApp:
        """The app."""
        return self.page.console

    def _step_rows(self, by: int) -> None:
        if self.page.mode == "month":
            self.page.turn_to(self.page.here + timedelta(days=7 * by))
            return
        grid = self.page.grid
        place = grid.place if not self.page.carrying.active else None
        row = (place.end - 1 if by > 0 else place.row) if place is not None and place.row <= grid.row < place.end else grid.row
        grid.set_cursor(grid.column, row + by, select=self.page.carrying.booking.id if self.page.carrying.booking else None)

    def _step_columns(self, by: int) -> None:
        grid = self.page.grid
        if self.page.mode == "day":
            target = grid.column + by
            if 0 <= target < len(grid.grid.columns):
                grid.set_cursor(target, grid.row, select=grid.selected if self.page.carrying.active else None)
            elif not self.page.carrying.active:
                self.page.turn_to(self.page.here + timedelta(days=by))
            return
        self.page.turn_to(self.page.here + timedelta(days=by))

    def up(self) -> None:
        """Earlier."""
        self._step_rows(-1)

    def down(self) -> None:
        """Later."""
        self._step_rows(1)

    def left(self) -> None:
        """The column before."""
        self._step_columns(-1)

    def right(self) -> None:
        """The next column."""
        self._step_columns(1)

    def mark_up(self) -> None:
        """Mark upwards."""
        self.page.grid.set_cursor(self.page.grid.column, self.page.grid.row - 1, mark=True)

    def mark_down(self) -> None:
        """Mark downwards."""
        self.page.grid.set_cursor(self.page.grid.column, self.page.grid.row + 1, mark=True)

    def _walk(self, by: int) -> None:
        grid = self.page.grid
        found = grid.grid.ordered()
        if self.page.mode == "month" or not found:
            self.app.say("there are no bookings here")
            return
        at = next((n for n, (_, p) in enumerate(found) if p.item.id == grid.selected), None)
        if at is None:
            here = (grid.column, grid.row)
            later = [n for n, (c, p) in enumerate(found) if (c, p.row) >= here]
            at = (later[0] if later else 0) if by > 0 else ((later[0] if later else len(found)) - 1)
        else:
            at += by
        column, place = found[at % len(found)]
        grid.set_cursor(column, place.row, select=place.item.id)

    def next_item(self) -> None:
        """The next booking or block."""
        self._walk(1)

    def previous_item(self) -> None:
        """The one before."""
        self._walk(-1)

    def _turn(self, by: int) -> None:
        if self.page.mode == "month":
            first = self.page.here.replace(day=1)
            self.page.turn_to(
                (first + timedelta(days=32)).replace(day=1) if by > 0 else (first - timedelta(days=1)).replace(day=1)
            )
        else:
            self.page.turn_to(self.page.here + timedelta(days=by * (1 if self.page.mode == "day" else 7)))

    def earlier(self) -> None:
        """The period before."""
        self._turn(-1)

    def later(self) -> None:
        """The next period."""
        self._turn(1)

    def morning(self) -> None:
        """Start of the working day."""
        self.page.grid.set_cursor(self.page.grid.column, self.page.first_open())

    def evening(self) -> None:
        """End of the working day."""
        columns = self.page.grid.grid.columns
        last = columns[self.page.grid.column].states.rfind(OPEN) if columns else -1
        self.page.grid.set_cursor(self.page.grid.column, last if last > 0 else self.page.grid.grid.height - 1)

    def today(self) -> None:
        """Now."""
        self.page.go_to(self.app.now())

    async def ask_date(self) -> None:
        """Go to what is typed."""
        app = self.app

        def meaning(text: str) -> str:
            when = understand(text, app.now(), app.zone)
            if when is None:
                return "" if not text.strip() else "not a date yet"
            clock = "" if when.minute is None else f", {when.minute // 60:02d}:{when.minute % 60:02d}"
            return f"{when.day:%A, %d %B %Y}{clock}"

        def check(text: str) -> str:
            return "" if understand(text, app.now(), app.zone) else "that is no date: try next tue 15:00"

        typed = await app.push_screen_wait(
            Ask(
                "Go to",
                placeholder="next tue 15:00",
                note="next tue 15:00 · tomorrow 9 · in 2 weeks · dec 24",
                check=check,
                describe=meaning,
            )
        )
        when = understand(typed, app.now(), app.zone) if typed else None
        if when is None:
            return
        try:
            self.page.go_to(when.instant(app.zone, self.page.grid.row * self.page.step if self.page.mode != "month" else 9 * 60))
        except Invalid as error:
            app.say(error.reason, "warning")
