"""Reminders: planned as rows when a booking is made or changes, read against the booking once more when they fall due.

Sending one is a single transaction that marks the reminder and writes its message, so two schedulers cannot both do it; carrying
the message out is ``carriage``.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from callboard.domain.bookings import Booking, Status
from callboard.domain.events import Event
from callboard.domain.leases import Lease
from callboard.domain.messages import Kind, MessageStatus
from callboard.services import messages
from callboard.storage import bookings as booking_rows
from callboard.storage import organizations as organization_rows
from callboard.storage import reminders as rows
from callboard.storage.unit_of_work import Work

BATCH = 50
PLANNED = frozenset({"booking.created", "booking.confirmed", "booking.moved", "booking.reinstated", "booking.updated"})
WITHDRAWN = frozenset({"booking.cancelled", "booking.expired", "booking.started", "booking.completed", "booking.no_show"})
_KEPT = frozenset({"waiting", "sent", "skipped"})


# --- what follows from a booking ------------------------------------------------------------------------------------
def react(work: Work, event: Event) -> None:
    """Plan or withdraw the reminders of a booking that changed."""
    if event.type not in PLANNED and event.type not in WITHDRAWN:
        return
    booking = booking_rows.get(work, event.organization_id, event.subject_id)
    if booking is None:
        return
    there = () if event.type == "booking.created" else rows.of(work, event.organization_id, event.subject_id)
    firm = booking.status is Status.SCHEDULED
    stale = [r.id for r in there if r.status == "waiting" and not (firm and r.starts_at == booking.starts_at)]
    rows.void(work, stale, "the call moved" if firm else f"the call is {str(booking.status).replace('_', ' ')}")
    if firm:
        _plan(work, booking, {r.kind for r in there if r.status in _KEPT and r.starts_at == booking.starts_at})


def _plan(work: Work, booking: Booking, there: set[str]) -> None:
    """A row for each lead time that has none yet; one whose moment has passed already is skipped, and stands as such."""
    organization = organization_rows.get(work, booking.organization_id)
    wanted = sorted(set(organization.policy.reminder_minutes)) if organization else []
    new: list[dict[str, Any]] = []
    for minutes in wanted:
        if str(minutes) in there:
            continue
        at = booking.starts_at - minutes * 60
        late = at <= work.now
        new.append(
            {
                "organization_id": booking.organization_id,
                "booking_id": booking.id,
                "kind": str(minutes),
                "booking_rev": booking.rev,
                "recipient": booking.customer_phone or booking.customer_email or "",
                "starts_at": booking.starts_at,
                "status": "skipped" if late else "waiting",
                "reason": "its moment had passed when the call was booked" if late else None,
                "due_at": None if late else at,
            }
        )
    if new:
        rows.add(work, new)


# --- the clock's ----------------------------------------------------------------------------------------------------
def next_due(work: Work) -> int | None:
    """When the first reminder is due."""
    return rows.QUEUE.next_due(work)


def send_due(work: Work) -> bool:
    """Send what is due and still true; whether there was anything."""
    lease = Lease(token=secrets.token_hex(12), seconds=60, limit=BATCH)
    due = rows.QUEUE.claim(work, lease)
    for row in due:
        status, reason = _send(work, row)
        sent_at = work.now if status == "sent" else None
        rows.QUEUE.finish(work, row.id, lease.token, None, status=status, reason=reason, sent_at=sent_at)
    return bool(due)


def _send(work: Work, row: Any) -> tuple[str, str | None]:
    """What becomes of one reminder: (status, why)."""
    booking = booking_rows.get(work, row.organization_id, row.booking_id)
    if booking is None or booking.status is not Status.SCHEDULED:
        return "void", "the call is off or under way"
    if booking.starts_at != row.starts_at:
        return "void", "the call moved"
    lead = int(row.kind) * 60
    if work.now - (row.starts_at - lead) > lead // 2:
        return "skipped", "too late to be of use"  # callboard was not running when it was due
    message = messages.queue(work, row.organization_id, kind=Kind.REMINDER, booking=booking, variant=row.kind)
    if message is None:
        return "skipped", "no number to write to"
    if message.status == MessageStatus.VOID:
        return "skipped", message.reason
    work.record("reminder.sent", row.organization_id, booking.id, booking.rev, minutes=int(row.kind), message_id=message.id)
    return "sent", None


# --- reading --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """One planned reminder: ``minutes`` before the call, when it is or was due (UTC seconds), and what became of it."""

    minutes: int
    due_at: int
    status: str  # waiting, sent, skipped
    reason: str | None
    sent_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message that truly left: ``kind`` as of messages, ``minutes`` for a reminder, ``method`` sms or hand."""

    kind: str
    minutes: int | None
    sent_at: int
    method: str


def of(work: Work, org: str, booking_id: str) -> list[Reminder]:
    """The reminders of a booking as it stands, soonest first; withdrawn ones are left out."""
    found = [
        Reminder(minutes=int(r.kind), due_at=r.starts_at - int(r.kind) * 60, status=r.status, reason=r.reason, sent_at=r.sent_at)
        for r in rows.of(work, org, booking_id)
        if r.status in _KEPT
    ]
    return sorted(found, key=lambda reminder: reminder.due_at)


def sent_of(work: Work, org: str, booking_id: str) -> list[Sent]:
    """What the customer was truly sent about a booking, oldest first: confirmations, changes, reminders."""
    return [
        Sent(
            kind=message.kind,
            minutes=int(message.variant) if message.kind == Kind.REMINDER and message.variant.isdigit() else None,
            sent_at=message.sent_at,
            method="hand" if message.gateway == "hand" else "sms",
        )
        for message in messages.about(work, org, booking_id)
        if message.sent_at is not None and message.direction == "outbound" and message.kind != Kind.CHAT
    ]
