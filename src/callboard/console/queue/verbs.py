"""What the queue does to calls, and why it cannot just now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callboard.console.calendar.words import times
from callboard.console.dates import understand
from callboard.console.dialogs.dialog import Ask
from callboard.console.queue.card import CardDialog
from callboard.console.queue.rows import RUNNING
from callboard.domain.bookings import TRANSITIONS, Booking, Move, Status
from callboard.domain.errors import Invalid, Refused
from callboard.domain.zones import local

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp
    from callboard.console.queue.screen import Queue

NEEDS = "choose a call first"


class Verbs:
    """Handlers of the queue's commands."""

    def __init__(self, page: Queue) -> None:
        self.page = page

    @property
    def app(self) -> CallboardApp:
        """The app."""
        return self.page.console

    # --- why not ----------------------------------------------------------------------------------------------------
    def _must(self, verb: str) -> str:
        booking = self.page.booking
        if booking is None:
            return NEEDS
        return "" if booking.status in TRANSITIONS[verb][0] else f"it is {booking.status.replace('_', ' ')}"

    def not_chosen(self) -> str:
        """For what needs any call."""
        return "" if self.page.booking is not None else NEEDS

    def not_startable(self) -> str:
        """For start."""
        return self._must("started")

    def not_holdable(self) -> str:
        """For hold."""
        return "" if self.page.booking is not None and self.page.booking.status in RUNNING else self._must("held")

    def not_endable(self) -> str:
        """For end."""
        return self._must("completed")

    def not_missable(self) -> str:
        """For no-show."""
        booking = self.page.booking
        if booking is not None and booking.status is Status.SCHEDULED and booking.starts_at > self.app.now():
            return "it has not begun yet"
        return self._must("marked no-show")

    def not_pending(self) -> str:
        """For confirm."""
        return self._must("confirmed")

    def not_movable(self) -> str:
        """For reschedule and cancel."""
        return self._must("cancelled")

    def not_waiting(self) -> str:
        """For admit."""
        if self.page.booking is None:
            return NEEDS
        return "" if self.page.view is not None and self.page.booking.id in self.page.view.waiting else "nobody waits in its room"

    def not_reachable(self) -> str:
        """For a message."""
        if self.page.booking is None:
            return NEEDS
        return "" if self.page.booking.customer_phone else "there is no phone number"

    async def _do(self, verb: Any, done: str, **more: Any) -> None:
        booking = self.page.booking
        if booking is not None and await self.page.perform(verb, self.app.organization.id, booking.id, **more) is not None:
            self.app.say(f"{done}: {booking.customer_name or booking.kind}")

    async def start(self) -> None:
        """The call begins."""
        from callboard.services import bookings

        await self._do(bookings.start, "started")

    async def hold(self) -> None:
        """Hold, or go on."""
        from callboard.services import bookings

        held = self.page.booking is not None and self.page.booking.status is Status.ON_HOLD
        await self._do(bookings.resume if held else bookings.hold, "goes on" if held else "on hold")

    async def end(self) -> None:
        """The call is over."""
        from callboard.services import bookings

        await self._do(bookings.complete, "ended")

    async def no_show(self) -> None:
        """Nobody came."""
        from callboard.services import bookings

        await self._do(bookings.no_show, "no-show")

    async def confirm(self) -> None:
        """Make a pending call firm."""
        from callboard.services import bookings

        await self._do(bookings.confirm, "confirmed")

    async def admit(self) -> None:
        """Let the customer in."""
        from callboard.services import rooms

        await self._do(rooms.admit, "admitted")

    async def cancel(self) -> None:
        """Cancel with a reason."""
        from callboard.services import bookings

        booking = self.page.booking
        if booking is None:
            return
        reason = await self.app.push_screen_wait(
            Ask(f"Cancel {booking.customer_name or booking.kind}?", placeholder="reason (may be empty)", note="z takes it back")
        )
        if reason is not None:
            await self._do(bookings.cancel, "cancelled", reason=reason.strip() or None)

    async def message(self) -> None:
        """Write to the customer."""
        from callboard.services import messages

        booking = self.page.booking
        if booking is None or not booking.customer_phone:
            return
        text = await self.app.push_screen_wait(
            Ask(f"Message to {booking.customer_name or booking.customer_phone}", placeholder="text message")
        )
        if text and text.strip():
            sent = await self.page.perform(
                messages.send, self.app.organization.id, to=booking.customer_phone, body=text, person_id=booking.person_id
            )
            if sent is not None:
                self.app.say("the message is on its way")

    async def _new_start(self, booking: Booking) -> int | None:
        """When it is to begin, as typed; None when nothing was, or nothing that is a time."""
        app = self.app

        def meaning(text: str) -> str:
            when = understand(text, app.now(), app.zone)
            return f"{when.day:%A, %d %B}" if when is not None else ""

        typed = await app.push_screen_wait(
            Ask(
                f"Reschedule {booking.customer_name or booking.kind} to",
                placeholder="tomorrow 15:00",
                note=f"so far {times(booking.starts_at, booking.ends_at, app.zone)} · next tue 15:00 · tomorrow 9",
                describe=meaning,
            )
        )
        when = understand(typed, app.now(), app.zone) if typed else None
        if when is None:
            if typed:
                app.say("that is no time: try tomorrow 15:00", "warning")
            return None
        kept = local(booking.starts_at, app.zone)
        try:
            return when.instant(app.zone, kept.hour * 60 + kept.minute)
        except Invalid as error:
            app.say(error.reason, "warning")
            return None

    async def reschedule(self) -> None:
        """Move it to a time that is typed; refused, the nearest open slots are offered."""
        from callboard.console.calendar.verbs import ANYWAY, offer
        from callboard.services import bookings

        app, booking = self.app, self.page.booking
        start = await self._new_start(booking) if booking is not None else None
        if booking is None or start is None:
            return
        anyway = False
        while True:
            try:
                move = Move(starts_at=start, outside_hours=anyway)
                moved = await self.app.session.run(bookings.move, self.app.organization.id, booking.id, move)
            except Refused as error:
                chosen = await offer(app, error, start, booking.duration_minutes, agents=(booking.agent_id,), again="leave it")
                if not isinstance(chosen, int) and chosen != ANYWAY:
                    return
                anyway, start = chosen == ANYWAY, chosen if isinstance(chosen, int) else start
                continue
            app.say(f"moved to {local(moved.starts_at, app.zone):%a %d %b %H:%M} (z takes it back)")
            return

    def copy_customer(self) -> None:
        """Copy the customer's link."""
        if self.page.card is not None:
            self.app.copy(self.page.card.customer_link, "the customer's link")

    def copy_agent(self) -> None:
        """Copy the agent's link."""
        if self.page.card is not None:
            self.app.copy(self.page.card.agent_link, "the agent's link")

    def open_link(self) -> None:
        """Open the agent's link."""
        if self.page.card is not None:
            self.app.actions.browse(self.page.card.agent_link)

    def open(self) -> None:
        """The card over the whole screen."""
        if self.page.card is not None:
            self.app.push_screen(CardDialog(self.page.card))

    def show_in_calendar(self) -> None:
        """The calendar, on this call."""
        from callboard.console.calendar.screen import Calendar

        booking = self.page.booking
        page = self.app.go("calendar")
        if booking is not None and isinstance(page, Calendar):
            self.app.call_after_refresh(page.point_at, booking)
