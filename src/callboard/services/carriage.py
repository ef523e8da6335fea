"""Handing messages over: claim with a lease, act outside, record what the carrier said; receipts and answers come back here.

Why a lapsed lease is not simply tried again: a text message has no idempotency key, so a second try may text the customer
twice. The claim says ``uncertain``; the gateway looks the message up if its carrier can, and otherwise the operator decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from callboard.domain.bookings import OPEN
from callboard.domain.errors import Invalid
from callboard.domain.leases import Lease
from callboard.domain.messages import RANK, Kind, Message, MessageStatus, Outcome, keyword
from callboard.domain.phones import parse_phone
from callboard.services import callers, messages
from callboard.storage import bookings as booking_rows
from callboard.storage import messages as rows
from callboard.storage import people as people_rows
from callboard.storage.unit_of_work import Work

BACKOFF = (30, 120, 600, 1800)  # seconds before tries two to five
UNCERTAIN = "callboard stopped while handing it over: it may have been sent; look before sending it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A claimed message. ``uncertain``: an earlier try never told how it ended."""

    message: Message
    token: str
    uncertain: bool = False


def next_due(work: Work) -> int | None:
    """When the first waiting message is due."""
    return rows.QUEUE.next_due(work)


def claim(work: Work, lease: Lease) -> list[Parcel]:
    """Lease what is due and still true; what its booking has outrun becomes void here, in the claim itself."""
    parcels: list[Parcel] = []
    for message in rows.claim(work, lease):
        uncertain = message.status == MessageStatus.SENDING
        why = None if uncertain else _outrun(work, message)
        if why is not None:
            rows.QUEUE.finish(work, message.id, lease.token, status="void", reason=why)
            work.touch(message.organization_id, "message")
        else:
            rows.change(work, message.id, status="sending")
            parcels.append(Parcel(message=message, token=lease.token, uncertain=uncertain))
    return parcels


def _outrun(work: Work, message: Message) -> str | None:
    """Why a message is not true any more, or None."""
    if message.to_number and rows.opted_out(work, message.organization_id, message.to_number):
        return messages.OPTED_OUT
    if message.booking_id is None or message.kind in {Kind.CHAT, Kind.CANCELLATION}:
        return None
    booking = booking_rows.get(work, message.organization_id, message.booking_id)
    if booking is None:
        return "its booking is gone"
    if booking.status not in OPEN:
        return f"the call is {str(booking.status).replace('_', ' ')}"
    return "the call is over" if booking.ends_at <= work.now else None


def record(work: Work, parcel: Parcel, outcome: Outcome | Exception) -> None:
    """Write what became of a hand-over. Nothing when the lease was lost meanwhile: then another's record stands."""
    if isinstance(outcome, Exception):
        outcome = Outcome(status="unknown", gateway=parcel.message.gateway or "", reason=f"{UNCERTAIN} ({outcome})")
    message, tries = parcel.message, parcel.message.attempts
    values: dict[str, Any] = {"gateway": outcome.gateway, "reason": outcome.reason, "updated_at": work.now}
    due_at: int | None = None
    status = outcome.status
    if status == "sent":
        values |= {"sent_at": work.now, "provider_id": outcome.provider_id, "last_error": None}
        values["from_number"] = outcome.sender or message.from_number
    elif status == "retry" and tries <= len(BACKOFF):
        due_at = work.now + max(BACKOFF[tries - 1], outcome.retry_after or 0)
        values |= {"reason": f"{outcome.reason}; trying again", "last_error": outcome.reason}
    elif status != "kept":
        status, values["last_error"] = "failed", outcome.reason
    values["status"] = "waiting" if status in {"kept", "retry"} else status
    if not rows.QUEUE.finish(work, message.id, parcel.token, due_at, **values):
        return
    if status in {"sent", "failed"}:
        work.record(f"message.{status}", message.organization_id, message.id, kind=message.kind, reason=outcome.reason)
    else:
        work.touch(message.organization_id, "message")


def receipt(
    work: Work,
    *,
    gateway: str,
    status: str,
    provider_id: str | None = None,
    message_id: str | None = None,
    reason: str | None = None,
) -> Message | None:
    """A carrier's report: ``sent``, ``delivered`` or ``failed``. A late earlier report does not take back a later one.

    It may come before the hand-over's own answer was recorded, so our id, where the carrier carried it along, comes first.
    """
    message = rows.by_id(work, message_id) if message_id else None
    if message is None and provider_id:
        message = rows.by_provider(work, gateway, provider_id)
    if message is None or message.direction != "outbound" or message.gateway not in {None, gateway}:
        return None
    if RANK[MessageStatus(status)] <= RANK.get(MessageStatus(message.status), 99):
        return message
    values: dict[str, Any] = {"status": status, "reason": reason, "gateway": gateway}
    values["provider_id"] = message.provider_id or provider_id
    values["sent_at"] = message.sent_at or (work.now if status != "failed" else None)
    values["delivered_at"] = work.now if status == "delivered" else None
    rows.change(work, message.id, due_at=None, lease_token=None, lease_until=None, **values)
    work.record(f"message.{status}", message.organization_id, message.id, kind=message.kind, reason=reason)
    return rows.get(work, message.organization_id, message.id)


# --- what customers write -------------------------------------------------------------------------------------------
def receive(
    work: Work,
    *,
    gateway: str,
    from_number: str,
    to_number: str,
    body: str,
    provider_id: str | None = None,
    organization: str = "",
) -> Message | None:
    """A customer wrote. Kept once per carrier id; STOP and START change the opt-out list. None when it is nobody's.

    ``organization`` (name or id) is where strangers belong, when several share the program.
    """
    if provider_id:
        work.backend.lock_key(work.connection, f"inbound:{gateway}:{provider_id}")  # carriers repeat themselves, even at once
        if (known := rows.by_provider(work, gateway, provider_id)) is not None:
            return known
    sender = _sender(from_number)
    word = keyword(body)
    home = callers.home_of(work, sender, organization)
    if word is not None and sender.startswith("+"):
        for each in {*rows.writers_to(work, sender), *([home] if home else [])}:
            messages.opt_out(work, each, sender, out=word == "stop")
    if home is None:
        return None
    inbound = Message(
        id=work.new_id(),
        organization_id=home,
        direction="inbound",
        kind=Kind.CHAT,
        body=body.replace("\0", "")[:4000],
        status=MessageStatus.RECEIVED,
        from_number=sender,
        to_number=to_number or None,
        gateway=gateway,
        provider_id=provider_id,
        created_at=work.now,
        updated_at=work.now,
    )
    return _keep(work, inbound, word)


def _sender(text: str) -> str:
    """E.164; a short code or a sender's name stays as the network gave it."""
    try:
        return parse_phone(text, "US", "from")
    except Invalid:
        return text.strip()[:40] or "unknown"


def _keep(work: Work, inbound: Message, word: str | None) -> Message:
    person = people_rows.by_phone(work, inbound.organization_id, inbound.from_number or "")
    message = replace(inbound, person_id=person.id if person else None)
    rows.add(work, message)
    work.record("message.received", message.organization_id, message.id, keyword=word)
    return message
