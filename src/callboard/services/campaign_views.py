"""What the campaigns screen shows beside the counts: when calls were made and whether somebody was there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from callboard.domain.bookings import Booking, Wish
from callboard.domain.campaigns import Contact
from callboard.domain.zones import local
from callboard.services import calls, campaigns, timeline
from callboard.services.campaigns import Standing
from callboard.storage import campaign_calls as rows
from callboard.storage.unit_of_work import Work

REACHED = frozenset({"completed", "in_progress"})
UPCOMING = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A campaign in full: calls made and answered by hour of the day (24 each), and who comes next, by their time."""

    standing: Standing
    made: tuple[int, ...]
    reached: tuple[int, ...]
    next_up: tuple[Contact, ...]


def board(work: Work, org: str, campaign_id: str, zone: str) -> Board:
    """One campaign; hours are wall clock in ``zone``."""
    made, reached = [0] * 24, [0] * 24
    for row in rows.calls(work, org, campaign_id):
        hour = local(row.created_at, zone).hour
        made[hour] += 1
        reached[hour] += row.status in REACHED
    waiting: Sequence[Contact] = campaigns.contacts(
        work, org, campaign_id=campaign_id, statuses=["pending", "callback_requested"], order="due", limit=UPCOMING
    )
    return Board(
        standing=campaigns.standing(work, org, campaign_id), made=tuple(made), reached=tuple(reached), next_up=tuple(waiting)
    )


def close_call(work: Work, org: str, contact_id: str, outcome: str, *, reached: bool) -> int:
    """End what still rings or runs to a contact, as its outcome says; how many calls that were."""
    live = calls.listing(work, org, campaign_contact_id=contact_id, statuses=["initiated", "ringing", "in_progress"])
    for call in live:
        if call.answered_at is None and reached:
            calls.answered(work, org, call.id)
        if reached or call.answered_at is not None:
            calls.ended(work, org, call.id)
        else:
            calls.missed(work, org, call.id)
        calls.set_outcome(work, org, call.id, outcome=outcome.replace("_", " "))
    return len(live)


def settle(work: Work, org: str, contact_id: str, outcome: str, *, reached: bool, operator: str, **more: Any) -> Contact:
    """End the call, say what came of it: one act, taken back by one undo. ``more`` as for ``campaigns.set_outcome``."""
    close_call(work, org, contact_id, outcome, reached=reached)
    return campaigns.set_outcome(work, org, contact_id, outcome, operator=operator, **more)


def qualify(work: Work, org: str, contact_id: str, wish: Wish, *, operator: str) -> Booking:
    """End the call, note that they want it, book it: one act, all of it or nothing."""
    close_call(work, org, contact_id, "qualified", reached=True)
    return campaigns.qualify(work, org, contact_id, wish, operator=operator)[1]


def card(work: Work, org: str, contact: Contact) -> timeline.Card:
    """Everything about the person behind a contact."""
    return timeline.of_person(work, org, contact.person_id)
