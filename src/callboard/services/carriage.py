"""Handing messages over: claim with a lease, act outside, record what the carrier said; receipts and answers come back here.

Why a lapsed lease is not simply tried again: a text message has no idempotency key, so a second try may text the customer
twice. The claim says ``uncertain``; the gateway looks the message up if its carrier can, and otherwise the operator decides.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from callboard.domain.bookings import OPEN, Booking
from callboard.domain.messages import RANK, Kind, Message, MessageStatus, keyword
from callboard.domain.phones import parse_phone
from callboard.services import messages
from callboard.storage import bookings as booking_rows
from callboard.storage import messages as rows
from callboard.storage import organizations as organization_rows
from callboard.storage import people as people_rows
from callboard.storage.unit_of_work import Work

LEASE_SECONDS = 60
BACKOFF = (30, 120, 600, 1800)  # seconds before tries two to five
UNCERTAIN = "callboard stopped while handing it over: it may have been sent; look before sending it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A claimed message. ``uncertain``: an earlier try never told how it ended."""

    message: Message
    token: str
    uncertain: bool = False


def claim(work: Work, *, limit: int = 20, lease_seconds: int = LEASE_SECONDS) -> list[Parcel]:
    """Lease what is due and still true; what its booking has outrun becomes void here, in the claim itself."""
    token = secrets.token_hex(12)
    uncertain = rows.uncertain(work)
    parcels: list[Parcel] = []
    for message in rows.claim(work, token=token, lease_seconds=lease_seconds, limit=limit):
        why = _outrun(work, message)
        if why is not None and message.id not in uncertain:
            rows.change(work, message.id, status="void", reason=why, **_FREE)
            work.touch(message.organization_id, "message")
        else:
            parcels.append(Parcel(message=message, token=token, uncertain=message.id in uncertain))
    return parcels


_FREE = {"lease_token": None, "lease_until": None, "due_at": None}


def _outrun(work: Work, message: Message) -> str | None:
    """Why a message is not true any more, or None."""
    if message.to_number and rows.opted_out(work, message.organization_id, message.to_number):
        return messages.OPTED_OUT
    if message.booking_id is None or message.kind == Kind.CHAT:
        return None
    booking = booking_rows.get(work, message.organization_id, message.booking_id)
    if booking is None:
        return "its booking is gone"
    return _overtaken(booking, message, work.now)


def _overtaken(booking: Booking, message: Message, now: int) -> str | None:
    if message.kind == Kind.CANCELLATION:
        return None
    if booking.status not in OPEN:
        return f"the call is {str(booking.status).replace('_', ' ')}"
    if booking.ends_at <= now:
        return "the call is over"
    return None


def moved_on(work: Work, org: str, booking_id: str, but: str) -> None:
    """A newer message about the booking takes the place of older ones still waiting."""
    rows.supersede(work, org, booking_id, but, "a newer message took its place")


def accepted(work: Work, parcel: Parcel, *, gateway: str, provider_id: str | None, sender: str | None = None) -> bool:
    """The carrier took it. False when the lease was lost meanwhile (then another's record stands)."""
    values: dict[str, object] = {"status": "sent", "reason": None, "gateway": gateway, "provider_id": provider_id}
    if sender is not None:
        values["from_number"] = sender
    kept = rows.change(work, parcel.message.id, token=parcel.token, sent_at=work.now, last_error=None, **values, **_FREE)
    if kept:
        work.record("message.sent", parcel.message.organization_id, parcel.message.id, kind=parcel.message.kind)
    return kept


def kept(work: Work, parcel: Parcel, *, gateway: str, reason: str) -> bool:
    """No carrier: the message stays in the outbox, and says why."""
    done = rows.change(work, parcel.message.id, token=parcel.token, status="waiting", reason=reason, gateway=gateway, **_FREE)
    work.touch(parcel.message.organization_id, "message")
    return done


def refused(work: Work, parcel: Parcel, *, gateway: str, reason: str, final: bool, retry_after: int | None = None) -> bool:
    """The carrier did not take it: tried again later, or failed for good when it said so or the tries are used up."""
    tries = parcel.message.attempts
    if final or tries > len(BACKOFF):
        return _failed(work, parcel, gateway, reason)
    wait = max(BACKOFF[tries - 1], retry_after or 0)
    done = rows.change(
        work,
        parcel.message.id,
        token=parcel.token,
        status="waiting",
        reason=f"{reason}; trying again",
        gateway=gateway,
        last_error=reason,
        due_at=work.now + wait,
        lease_token=None,
        lease_until=None,
    )
    work.touch(parcel.message.organization_id, "message")
    return done


def unknown(work: Work, parcel: Parcel, *, gateway: str) -> bool:
    """Nobody can say whether an interrupted try went out: not sent twice, left to the operator."""
    return _failed(work, parcel, gateway, UNCERTAIN)


def _failed(work: Work, parcel: Parcel, gateway: str, reason: str) -> bool:
    message = parcel.message
    done = rows.change(
        work, message.id, token=parcel.token, status="failed", reason=reason, last_error=reason, gateway=gateway, **_FREE
    )
    if done:
        work.record("message.failed", message.organization_id, message.id, kind=message.kind, reason=reason)
    return done


def receipt(work: Work, *, gateway: str, provider_id: str, status: str, reason: str | None = None) -> Message | None:
    """A carrier's report: ``sent``, ``delivered`` or ``failed``. A late earlier report does not take back a later one."""
    message = rows.by_provider(work, gateway, provider_id)
    if message is None:
        return None
    if RANK.get(MessageStatus(status), 0) <= RANK.get(MessageStatus(message.status), 99):
        return message
    values: dict[str, object] = {"status": status, "reason": reason if status == "failed" else None}
    if status == "delivered":
        values["delivered_at"] = work.now
    rows.change(work, message.id, **values, **_FREE)
    work.record(f"message.{status}", message.organization_id, message.id, kind=message.kind)
    return rows.get(work, message.organization_id, message.id)


# --- what customers write -------------------------------------------------------------------------------------------
def receive(
    work: Work, *, gateway: str, from_number: str, to_number: str, body: str, provider_id: str | None, org: str | None = None
) -> Message | None:
    """A customer wrote. Kept once per carrier id; STOP and START change the opt-out list. None when it is nobody's."""
    if provider_id and (known := rows.by_provider(work, gateway, provider_id)) is not None:
        return known
    sender = parse_phone(from_number, "US", "from")
    word = keyword(body)
    home = org or _whose(work, sender)
    if word is not None:
        for each in {*rows.writers_to(work, sender), *([home] if home else [])}:
            messages.opt_out(work, each, sender, out=word == "stop")
    if home is None:
        return None
    person = people_rows.by_phone(work, home, sender)
    message = Message(
        id=work.new_id(),
        organization_id=home,
        direction="inbound",
        kind=Kind.CHAT,
        body=body.replace("\0", "")[:4000],
        status=MessageStatus.RECEIVED,
        person_id=person.id if person else None,
        from_number=sender,
        to_number=to_number or None,
        gateway=gateway,
        provider_id=provider_id,
        created_at=work.now,
        updated_at=work.now,
    )
    rows.add(work, message)
    work.record("message.received", home, message.id, keyword=word)
    return message


def _whose(work: Work, sender: str) -> str | None:
    """The organization that last wrote to the sender; or the only one there is."""
    last = rows.last_writer_to(work, sender)
    if last is not None:
        return last[0]
    every = organization_rows.every(work)
    return every[0].id if len(every) == 1 else None
