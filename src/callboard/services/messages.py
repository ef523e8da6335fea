"""Messages: written in the same transaction as what they tell of, handed to a carrier later by the scheduler.

A message is words at the moment of the change, not a promise to find words later: the operator can copy it at once, and a
carrier that is down for an hour does not change what the customer reads. The handing over is ``services.carriage``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callboard.domain.bookings import Booking, Status
from callboard.domain.errors import Invalid, NotAllowed, NotFound
from callboard.domain.events import Event
from callboard.domain.messages import MAX_BODY, Kind, Message, MessageStatus
from callboard.domain.organizations import Organization
from callboard.domain.people import Person
from callboard.domain.phones import parse_phone, pretty_phone
from callboard.domain.templates import DEFAULTS, fill, say_date, say_time, say_when, zone_label
from callboard.storage import agents as agent_rows
from callboard.storage import bookings as booking_rows
from callboard.storage import messages as rows
from callboard.storage import organizations as organization_rows
from callboard.storage import people as people_rows
from callboard.storage.unit_of_work import Work

NOT_YET = "not sent yet"
OPTED_OUT = "this customer asked not to be texted (STOP)"
QUIET_SOURCES = frozenset({"import", "demo"})  # a calendar brought over from elsewhere must not text everyone in it


# --- what follows from a booking --------------------------------------------------------------------------------------
def react(work: Work, event: Event) -> None:
    """Tell the customer of a booking that became scheduled, moved or was cancelled: one message a kind and rev."""
    kind = _KINDS.get(event.type)
    if kind is None or event.data.get("notify") is False:
        return
    booking = booking_rows.get(work, event.organization_id, event.subject_id)
    if booking is None or booking.source in QUIET_SOURCES or booking.ends_at <= work.now:
        return
    before = event.data.get("before") or {}
    if kind is Kind.CANCELLATION:
        if before.get("status") != Status.SCHEDULED:  # what was never promised is not called off either
            return
    elif booking.status != Status.SCHEDULED:  # a pending booking is nobody's promise yet
        return
    if kind is Kind.RESCHEDULE and before.get("starts_at", booking.starts_at) == booking.starts_at:
        return  # another agent or other buffers: the customer's appointment is the same
    if event.type == "booking.created":  # nothing was told yet, nothing can be waiting
        queue(work, booking.organization_id, kind=kind, booking=booking)
        return
    told = None
    if not _believed(work, booking, kind):
        told = queue(work, booking.organization_id, kind=kind, booking=booking, old_starts_at=before.get("starts_at"))
    rows.supersede(work, booking.organization_id, booking.id, told.id if told else "", "a newer message took its place")


def _believed(work: Work, booking: Booking, kind: Kind) -> bool:
    """Whether the customer already believes what is so: a change was taken back before they heard of it."""
    last = rows.last_told(work, booking.organization_id, booking.id)
    if last is None or kind is Kind.CANCELLATION:
        return False
    return last.kind != Kind.CANCELLATION and last.starts_at == booking.starts_at


_KINDS = {
    "booking.created": Kind.CONFIRMATION,
    "booking.confirmed": Kind.CONFIRMATION,
    "booking.moved": Kind.RESCHEDULE,
    "booking.cancelled": Kind.CANCELLATION,
    "booking.reinstated": Kind.CONFIRMATION,
}


# --- writing --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Whom a message without a booking is for (an upload link, a chat)."""

    phone: str | None
    name: str = ""
    person_id: str | None = None
    project_id: str | None = None


def queue(
    work: Work,
    org: str,
    *,
    kind: str,
    booking: Booking | None = None,
    to: Addressee | None = None,
    variant: str = "",
    link: str | None = None,
    old_starts_at: int | None = None,
) -> Message | None:
    """Write the message of that kind from the organization's template. None when there is no number to write to.

    Once per booking, kind, rev and ``variant``: asked again, it answers with the one there is.
    """
    whom = to or _addressee(booking)
    if whom.phone is None:
        return None
    if booking is not None and not work.memo.pop(("made", booking.id), False):  # of one just made there is none yet
        found = rows.of_booking(work, org, booking.id, kind, booking.rev, variant)
        if found is not None:
            return found
    organization = organization_rows.get(work, org)
    if organization is None:
        raise NotFound("organization", org)
    template = rows.templates(work, org).get(kind) or DEFAULTS[kind]
    body = fill(template, _values(work, organization, template, whom, booking, link, old_starts_at))
    return _write(work, org, kind=kind, body=body, whom=whom, booking=booking, variant=variant)


def _addressee(booking: Booking | None) -> Addressee:
    if booking is None:
        return Addressee(phone=None)
    return Addressee(phone=booking.customer_phone, name=booking.customer_name, person_id=booking.person_id)


def _values(
    work: Work,
    organization: Organization,
    template: str,
    whom: Addressee,
    booking: Booking | None,
    link: str | None,
    old_starts_at: int | None,
) -> dict[str, str]:
    values = {
        "organization": organization.display_name,
        "customer": whom.name,
        "first_name": whom.name.split(" ", 1)[0],
        "support_phone": pretty_phone(organization.branding.support_phone) if organization.branding.support_phone else "",
        "link": link or "",
    }
    if booking is None:
        return values
    at, zone, country = booking.starts_at, booking.timezone, organization.branding.default_country
    values |= {
        "when": say_when(at, zone, country, work.now),
        "date": say_date(at, zone, work.now),
        "time": say_time(at, zone, country),
        "zone": zone_label(at, zone),
        "duration": str(booking.duration_minutes),
        "old_when": say_when(old_starts_at, zone, country, work.now) if old_starts_at is not None else "",
    }
    if "{link}" in template and not link:
        values["link"] = _join_link(work, booking)
    if "{agent}" in template:
        agent = agent_rows.get(work, organization.id, booking.agent_id)
        values["agent"] = agent.name if agent else ""
    return values


def _join_link(work: Work, booking: Booking) -> str:
    from callboard.services import links

    return links.join_url(work, work.public_url, booking, "customer")


def _write(
    work: Work, org: str, *, kind: str, body: str, whom: Addressee, booking: Booking | None = None, variant: str = ""
) -> Message:
    silent = rows.opted_out(work, org, whom.phone or "")
    message = Message(
        id=work.new_id(),
        organization_id=org,
        direction="outbound",
        kind=kind,
        body=body,
        status=MessageStatus.VOID if silent else MessageStatus.WAITING,
        person_id=whom.person_id,
        booking_id=booking.id if booking else None,
        booking_rev=booking.rev if booking else None,
        starts_at=booking.starts_at if booking else None,
        project_id=whom.project_id or (booking.project_id if booking else None),
        variant=variant,
        to_number=whom.phone,
        reason=OPTED_OUT if silent else NOT_YET,
        due_at=None if silent else work.now,
        created_at=work.now,
        updated_at=work.now,
    )
    rows.add(work, message)
    work.record("message.created", org, message.id, kind=kind)
    return message


def send(work: Work, org: str, *, to: str, body: str, person_id: str | None = None, from_number: str | None = None) -> Message:
    """A free text to a number (the QTvoice dialect, an operator's answer). NotAllowed when its owner said STOP."""
    organization = organization_rows.get(work, org)
    if organization is None:
        raise NotFound("organization", org)
    phone = parse_phone(to, organization.branding.default_country, "to")
    words = body.strip()
    if not words or len(words) > MAX_BODY:
        raise Invalid("message", f"must have between 1 and {MAX_BODY} characters")
    if rows.opted_out(work, org, phone):
        raise NotAllowed(OPTED_OUT)
    person = people_rows.by_phone(work, org, phone) if person_id is None else None
    whom = Addressee(phone=phone, person_id=person_id or (person.id if person else None))
    message = _write(work, org, kind=Kind.CHAT, body=words, whom=whom)
    if from_number is not None:
        sender = parse_phone(from_number, organization.branding.default_country, "from")
        rows.change(work, message.id, from_number=sender)
    work.audit("message.sent", org, message.id, after={"to": phone})
    return get(work, org, message.id)


# --- reading --------------------------------------------------------------------------------------------------------
def get(work: Work, org: str, message_id: str) -> Message:
    """One message."""
    message = rows.get(work, org, message_id)
    if message is None:
        raise NotFound("message", message_id)
    return message


def of_booking(work: Work, org: str, booking_id: str, kind: str, rev: int, variant: str = "") -> Message | None:
    """The message of a booking, kind and rev; None when there was no number to write to (or nothing to say)."""
    return rows.of_booking(work, org, booking_id, kind, rev, variant)


def about(work: Work, org: str, booking_id: str) -> list[Message]:
    """Everything said to the customer about a booking, oldest first."""
    return rows.all_of_booking(work, org, booking_id)


def truth(message: Message | None) -> tuple[bool, bool]:
    """(attempted, delivered) as the Qubesheets dialect spells them.

    No number or an opt-out is no attempt; delivered means that a carrier took it and has reported no failure since.
    """
    return (message.attempted, message.delivered) if message else (False, False)


def listing(work: Work, org: str, /, *, limit: int = 50, offset: int = 0, **filters: Any) -> list[Message]:
    """Messages, newest first. Filters: direction, status, kind, person_id, booking_id, from_number, to_number, unread."""
    return rows.listing(work, org, limit=limit, offset=offset, **filters)


def count(work: Work, org: str, /, **filters: Any) -> int:
    """How many messages the filters match."""
    return rows.count(work, org, **filters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One counterpart: number, who it is, the last message, how many unread, how many in all."""

    number: str
    person_id: str | None
    name: str
    last: Message
    unread: int
    total: int


def conversations(work: Work, org: str, limit: int = 100) -> list[Conversation]:
    """Whom the organization writes with, the most recent first."""
    found = []
    for row in rows.conversations(work, org, limit):
        person = people_rows.get(work, org, row.person_id) if row.person_id else None
        person = person or people_rows.by_phone(work, org, row.number)
        last = rows.thread(work, org, row.number, 1)[0]
        found.append(
            Conversation(
                number=row.number,
                person_id=person.id if person else None,
                name=person.name if person else pretty_phone(row.number),
                last=last,
                unread=int(row.unread or 0),
                total=int(row.total),
            )
        )
    return found


def conversation(work: Work, org: str, number: str, limit: int = 100) -> list[Message]:
    """What was written to and from one number, oldest first."""
    return rows.thread(work, org, number, limit)[::-1]


# --- the operator's hand --------------------------------------------------------------------------------------------
def mark_read(work: Work, org: str, number: str, *, opened: bool = False) -> int:
    """The operator has seen what this number wrote, by saying so or only by opening it; how many messages that were."""
    seen = rows.mark_read(work, org, number)
    if seen:
        before = {"number": number, "read_at": work.now}
        verb = "conversation.opened" if opened else "conversation.read"
        work.audit(verb, org, rows.thread(work, org, number, 1)[0].id, before=before, after={"messages": seen})
        work.touch(org, "message")
    return seen


def mark_unread(work: Work, org: str, number: str, read_at: int | None = None) -> int:
    """Their newest message as new again, or all that were read at that instant (undo); how many that were."""
    again = rows.mark_unread(work, org, number, read_at)
    if again:
        work.audit("conversation.unread", org, again[0], before={"number": number}, after={"messages": len(again)})
        work.touch(org, "message")
    return len(again)


def retry(work: Work, org: str, message_id: str) -> Message:
    """Hand a waiting or failed message to the carrier again."""
    message = get(work, org, message_id)
    if message.direction != "outbound" or message.status not in {MessageStatus.WAITING, MessageStatus.FAILED}:
        raise NotAllowed(f"a message that is {message.status} is not sent again")
    if message.to_number and rows.opted_out(work, org, message.to_number):
        raise NotAllowed(OPTED_OUT)
    rows.change(work, message.id, status="waiting", reason=NOT_YET, due_at=work.now, attempts=0, provider_id=None)
    work.audit("message.retried", org, message.id)
    work.touch(org, "message")
    return get(work, org, message_id)


def mark_sent(work: Work, org: str, message_id: str) -> Message:
    """The operator copied the text and sent it from a phone of their own: said so, the record is true."""
    message = get(work, org, message_id)
    if message.direction != "outbound" or message.status not in {MessageStatus.WAITING, MessageStatus.FAILED}:
        raise NotAllowed(f"a message that is {message.status} cannot be marked as sent")
    by = f"sent by hand ({work.actor.name or work.actor.kind})"
    before = {name: getattr(message, name) for name in ("status", "reason", "gateway", "sent_at")}
    rows.change(work, message.id, status="sent", reason=by, gateway="hand", sent_at=work.now, due_at=None)
    work.audit("message.marked_sent", org, message.id, before=before)
    work.record("message.sent", org, message.id, kind=message.kind)
    return get(work, org, message_id)


def unmark_sent(work: Work, org: str, message_id: str, before: Mapping[str, Any]) -> Message:
    """It was not sent after all (undo): it stands as it did, and is not handed to a carrier by itself."""
    message = get(work, org, message_id)
    if message.gateway != "hand":
        raise NotAllowed(f"the message is {message.status}, and not by hand")
    rows.change(work, message.id, **before)
    work.touch(org, "message")
    return get(work, org, message_id)


def withdraw(work: Work, org: str, message_id: str) -> Message:
    """Take back a text that no carrier has yet (undo of sending); NotAllowed when one has."""
    message = get(work, org, message_id)
    if message.status != MessageStatus.WAITING:
        raise NotAllowed(f"the message is {message.status} already; what was sent cannot be called back")
    rows.change(work, message.id, status="void", reason="withdrawn by the operator", due_at=None)
    work.touch(org, "message")
    return get(work, org, message_id)


def opt_out(work: Work, org: str, phone: str, *, out: bool = True) -> int:
    """Put a number on the opt-out list or take it off; a number nobody has becomes a person, so that the wish is kept."""
    if out and people_rows.by_phone(work, org, phone) is None:
        from callboard.services import people

        people.find_or_create(work, org, phone=phone)
    changed = rows.set_opt_out(work, org, phone, out=out)
    for person_id, rev in changed:
        work.record("person.updated", org, person_id, rev, do_not_text=out)
        verb = "person.opted_out" if out else "person.opted_in"
        work.audit(verb, org, person_id, rev=rev, before={"phone": phone}, after={"do_not_text": out})
    if out:
        rows.void_waiting(work, org, phone, OPTED_OUT)
    return len(changed)


def opted_out_people(work: Work, org: str) -> list[Person]:
    """Everyone who asked not to be texted."""
    return people_rows.page(work, org, sort="full_name", descending=False, limit=1000, do_not_text=True)


def summary(work: Work, org: str) -> Mapping[str, int]:
    """How many outbound messages stand in each state, for the console's badge."""
    return rows.by_status(work, org)
