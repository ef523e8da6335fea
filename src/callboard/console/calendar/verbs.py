"""What the calendar does to bookings: new, find, confirm, cancel, links, blocks.

It changes nothing on the grid itself: the announcement of the change does, here as in every other console.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from callboard.console.calendar.booking_dialog import BookingDialog, Draft
from callboard.console.calendar.words import times
from callboard.console.dialogs.dialog import Ask, ChoiceDialog
from callboard.console.widgets.choices import Choice
from callboard.domain.bookings import Booking, Status, Wish
from callboard.domain.errors import Invalid, OutsideHours, Refused

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp
    from callboard.console.calendar.screen import Calendar

T = TypeVar("T")
ANYWAY, AGAIN = "anyway", "again"
SEARCH_DAYS = 90
SOON_DAYS = 14  # where the first open slot is looked for when a person is to be booked


async def offer(
    app: CallboardApp, error: Refused, wanted: int, minutes: int, *, agents: tuple[str, ...], again: str
) -> str | int | None:
    """Say why it was refused and offer the nearest three open slots: an instant, ``anyway``, ``again``, or None."""
    from callboard.services import availability

    found = await app.session.read(
        availability.nearest, app.organization.id, wanted, duration_minutes=minutes, agent_ids=agents, n=3
    )
    names = {a.id: a.name.split()[0] for a in app.agents}
    choices = [
        Choice(str(s.starts_at), times(s.starts_at, s.ends_at, app.zone), ", ".join(names.get(a, "") for a in s.agent_ids[:3]))
        for s in found
    ]
    if isinstance(error, OutsideHours):
        choices.insert(0, Choice(ANYWAY, "book it anyway, outside working hours"))
    choices.append(Choice(AGAIN, again))
    sentence = str(error)
    chosen = await app.push_screen_wait(
        ChoiceDialog(f"Refused: {sentence}", choices, placeholder="nearest open slots" if found else "no open slot near")
    )
    return int(chosen) if chosen is not None and chosen not in {ANYWAY, AGAIN} else chosen


async def first_open(app: CallboardApp, draft: Draft) -> Draft:
    """The draft at the first open slot from its start on, so that Enter books it; as it is where none is open soon."""
    from callboard.services import availability

    lo = draft.starts_at
    found = await app.session.read(
        availability.open_slots,
        app.organization.id,
        lo,
        lo + SOON_DAYS * 86400,
        duration_minutes=draft.minutes,
        agent_ids=(draft.agent_id,) if draft.agent_id else (),
        limit=1,
    )
    return replace(draft, starts_at=found[0].starts_at) if found else draft


async def ask_and_book(
    app: CallboardApp, draft: Draft, book: Callable[[Wish], Awaitable[T]], title: str = "New booking"
) -> T | None:
    """Ask, book, and where it is refused ask again with what would do; None when the person leaves."""
    answer: Draft | None = await app.push_screen_wait(BookingDialog(draft, title))
    anyway = False
    while answer is not None:
        try:
            return await book(answer.wish(outside_hours=anyway))
        except Refused as error:
            agents = (answer.agent_id,) if answer.agent_id else ()
            chosen = await offer(app, error, answer.starts_at, answer.minutes, agents=agents, again="change the booking")
            if chosen is None:
                return None
            anyway = chosen == ANYWAY
            if isinstance(chosen, int):
                answer = replace(answer, starts_at=chosen)
            elif chosen == AGAIN:
                answer = await app.push_screen_wait(BookingDialog(answer, title))
        except Invalid as error:
            app.say(str(error), "warning")
            answer = await app.push_screen_wait(BookingDialog(answer, title))
    return None


class Verbs:
    """Handlers of the calendar's commands."""

    def __init__(self, page: Calendar) -> None:
        self.page = page

    @property
    def app(self) -> CallboardApp:
        """The app."""
        return self.page.console

    # --- new --------------------------------------------------------------------------------------------------------
    async def new(self) -> None:
        """Book at the cursor; a marked span gives the length."""
        app, page = self.app, self.page
        lo, hi, marked = page.slot()
        minutes = (hi - lo) // 60 if marked else app.organization.policy.default_duration_minutes
        await self.book(Draft(starts_at=max(lo, -(-app.now() // 300) * 300), minutes=minutes, agent_id=page.slot_agent()))

    async def book(self, draft: Draft) -> None:
        """Ask and book; other screens may begin here with a draft."""
        from callboard.services import bookings

        app = self.app

        async def book(wish: Wish) -> Booking:
            return await app.session.run(bookings.book, app.organization.id, wish)

        booked = await ask_and_book(app, draft, book)
        if booked is not None:
            self.page.point_at(booked)
            app.say(f"booked: {booked.customer_name or booked.kind}, {times(booked.starts_at, booked.ends_at, app.zone)}")

    async def next_open(self) -> None:
        """Go to the next open slot from the cursor; again goes on from there."""
        from callboard.services import availability

        app, page = self.app, self.page
        after = max(page.slot()[0] + 60, app.now())
        agent = page.slot_agent()
        found = await app.session.read(
            availability.open_slots,
            app.organization.id,
            after,
            after + SEARCH_DAYS * 86400,
            agent_ids=(agent,) if agent else (),
            limit=1,
        )
        if not found:
            app.say(f"no open slot in the next {SEARCH_DAYS} days", "warning")
            return
        page.go_to(found[0].starts_at)

    # --- the selected booking ---------------------------------------------------------------------------------------
    async def cancel(self) -> None:
        """Cancel with a reason; a block is removed instead."""
        from callboard.services import blocks, bookings

        app, item = self.app, self.page.grid.item
        if item is None:
            return
        if item.booking is None:
            await self.page.perform(blocks.remove, app.organization.id, item.id)
            app.say(f"block removed: {item.lines[0]} (z takes it back)")
            return
        booking = item.booking
        who = booking.customer_name or booking.kind
        reason: str | None = await app.push_screen_wait(
            Ask(
                f"Cancel {who}, {times(booking.starts_at, booking.ends_at, app.zone)}?",
                placeholder="reason (may be empty)",
                note="Enter cancels the call and frees its time; z takes it back",
            )
        )
        if reason is None:
            return
        done = await self.page.perform(bookings.cancel, app.organization.id, booking.id, reason=reason.strip() or None)
        if done is not None:
            app.say(f"cancelled: {who} (z takes it back)")

    async def confirm(self) -> None:
        """Make a pending booking firm."""
        from callboard.services import bookings

        booking = self.page.booking
        if booking is None:
            return
        if await self.page.perform(bookings.confirm, self.app.organization.id, booking.id) is not None:
            self.app.say(f"confirmed: {booking.customer_name or booking.kind}")

    async def edit(self) -> None:
        """Change the notes."""
        from callboard.services import bookings

        booking = self.page.booking
        if booking is None:
            return
        notes = await self.app.push_screen_wait(
            Ask(f"Notes for {booking.customer_name or booking.kind}", value=booking.notes or "", placeholder="notes")
        )
        if notes is not None:
            await self.page.perform(bookings.update, self.app.organization.id, booking.id, notes=notes.strip() or None)

    async def edit_long(self) -> None:
        """Change the notes in the person's own editor."""
        from callboard.console import editor
        from callboard.services import bookings

        booking = self.page.booking
        notes = editor.edit(self.app, booking.notes or "") if booking is not None else None
        if booking is not None and notes is not None:
            await self.page.perform(bookings.update, self.app.organization.id, booking.id, notes=notes or None)

    async def _link(self, role: Any) -> str:
        from callboard.services import links

        booking = self.page.booking
        if booking is None:
            return ""
        return await self.app.session.read(links.join_url, self.app.settings.public_url, booking, role)

    async def copy_customer(self) -> None:
        """Copy the customer's link."""
        self.app.copy(await self._link("customer"), "the customer's link")

    async def copy_agent(self) -> None:
        """Copy the agent's link."""
        self.app.copy(await self._link("agent"), "the agent's link")

    async def open_link(self) -> None:
        """Open the agent's link in a browser."""
        self.app.actions.browse(await self._link("agent"))

    async def open(self) -> None:
        """The full card of the booking; on an empty slot, a new booking."""
        from callboard.console.calendar.keyed_card import OFFERS, KeyedCard
        from callboard.services import desk_views

        booking = self.page.booking
        if booking is None:
            if self.page.grid.item is None:
                await self.new()
            return
        url = self.app.settings.public_url
        found = await self.app.session.read(desk_views.card, self.app.organization.id, booking.id, url)
        keymap, why_not = self.app.keymap, self.app.dispatch.why_not
        offers = {id_: keymap.shown(id_, first=True) for id_, _ in OFFERS if not why_not(keymap.commands[id_])}
        await self.app.push_screen_wait(KeyedCard(found, offers))

    async def block(self) -> None:
        """Block the marked span for the agent shown."""
        from callboard.services import blocks

        app, page = self.app, self.page
        lo, hi, _ = page.slot()
        agent = page.slot_agent()
        who = next((a.name for a in app.agents if a.id == agent), "everyone")
        title = await app.push_screen_wait(
            Ask(f"Block {times(lo, hi, app.zone)} for {who}", placeholder="what for", note="bookings already there stay")
        )
        if title is not None:
            await page.perform(
                blocks.add,
                app.organization.id,
                starts_at=lo,
                ends_at=hi,
                agent_id=agent or None,
                kind="time_off",
                title=title.strip() or "time off",
            )

    # --- reasons ----------------------------------------------------------------------------------------------------
    def needs_booking(self) -> str:
        """For what acts on a booking."""
        return "" if self.page.booking is not None else "choose a booking first (Tab walks them)"

    def needs_editor(self) -> str:
        """For what opens the person's editor."""
        from callboard.console import editor

        return self.needs_booking() or ("" if editor.command() else "neither VISUAL nor EDITOR names an editor")

    def needs_movable(self) -> str:
        """For move."""
        booking: Booking | None = self.page.booking
        if booking is None:
            return "choose a booking first (Tab walks them)"
        return (
            "" if self.page.grid.item is not None and self.page.grid.item.movable else f"it is {booking.status.replace('_', ' ')}"
        )

    def needs_removable(self) -> str:
        """For cancel: a booking that may still be cancelled, or a block made here."""
        item = self.page.grid.item
        if item is None:
            return "choose a booking or a block first"
        if item.block is not None:
            return "it comes from an outside calendar" if item.block.external_source else ""
        return self.needs_movable()

    def needs_pending(self) -> str:
        """For confirm."""
        booking = self.page.booking
        if booking is None:
            return "choose a booking first (Tab walks them)"
        return "" if booking.status is Status.PENDING else "it is not waiting to be confirmed"
