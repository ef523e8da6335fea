"""What the operator's queue shows, read in one transaction: today's calls and those that run, who waits, and one call in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callboard.domain.availability import clip, working
from callboard.domain.bookings import OPEN, Booking, Status
from callboard.domain.messages import Message
from callboard.domain.people import Person
from callboard.domain.rooms import Room
from callboard.services import agents, bookings, links, messages, people, rooms, undo
from callboard.storage import bookings as booking_rows
from callboard.storage.unit_of_work import Work

LATE_AFTER = 60  # seconds past the start before a call that has not begun counts as late
OVERDUE = 12 * 3600  # a call that began so long ago is found although it is yesterday's
ROWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """Calls that start in [lo, hi) and open ones from shortly before, in order; who waits in a room: booking id → since."""

    bookings: tuple[Booking, ...]
    waiting: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One call with everything about it: the person, both links, the room, earlier calls, messages, what was done to it."""

    booking: Booking
    person: Person | None
    agent_link: str
    customer_link: str
    room: Room
    earlier: tuple[Booking, ...]
    messages: tuple[Message, ...]
    history: tuple[undo.Entry, ...]


def queue(work: Work, organization_id: str, lo: int, hi: int) -> QueueView:
    """The queue of [lo, hi) UTC seconds."""
    found = bookings.listing(work, organization_id, starts_from=lo - OVERDUE, starts_to=hi, limit=ROWS)
    kept = [b for b in found if b.starts_at >= lo or b.status in OPEN]
    return QueueView(
        bookings=tuple(kept), waiting={r.booking.id: r.waiting_at or work.now for r in rooms.waiting(work, organization_id)}
    )


def load_of(work: Work, organization_id: str, spans: Sequence[tuple[int, int]], agent_ids: Sequence[str] = ()) -> list[float]:
    """For each [lo, hi) the share of working time that calls take, 0 to 1 and above."""
    found = [a for a in agents.all(work, organization_id, active_only=True) if not agent_ids or a.id in agent_ids]
    shares: list[float] = []
    for lo, hi in spans:
        seconds = sum(b - a for agent in found for a, b in clip(working(agent, lo, hi), lo, hi))
        taken = booking_rows.minutes_taken(work, organization_id, lo, hi, agent_ids) * 60
        shares.append(taken / seconds if seconds else float(taken > 0))
    return shares


def waiting_count(work: Work, organization_id: str) -> int:
    """How many calls want somebody now: customers in the waiting room, and calls past their start that nobody began."""
    view = queue(work, organization_id, work.now, work.now + 1)
    late = {b.id for b in view.bookings if b.status is Status.SCHEDULED and b.starts_at + LATE_AFTER <= work.now}
    return len(late | set(view.waiting))


def waiting_now(work: Work, organization_id: str) -> list[tuple[str, str]]:
    """Customers in the waiting room, longest first: (booking id, name)."""
    found = [r.booking for r in rooms.waiting(work, organization_id)]
    return [(b.id, b.customer_name or b.title or b.kind) for b in found]


def card(work: Work, organization_id: str, booking_id: str, public_url: str) -> Card:
    """One call in full; ``public_url`` is what links begin with, empty for where the server listens."""
    booking = bookings.get(work, organization_id, booking_id)
    person = people.get(work, organization_id, booking.person_id) if booking.person_id else None
    earlier = (
        bookings.listing(work, organization_id, person_id=booking.person_id, limit=50, newest_first=True)
        if booking.person_id
        else []
    )
    return Card(
        booking=booking,
        person=person,
        agent_link=links.join_url(work, public_url, booking, "agent"),
        customer_link=links.join_url(work, public_url, booking, "customer"),
        room=rooms.state(work, organization_id, booking_id),
        earlier=tuple(b for b in earlier if b.id != booking_id and b.starts_at < booking.starts_at),
        messages=tuple(messages.about(work, organization_id, booking_id)),
        history=tuple(undo.history(work, organization_id, booking_id, 12)),
    )
