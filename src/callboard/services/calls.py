"""Calls: asked for, ringing, answered, ended, with their outcome; who is calling, for the screen pop.

With the manual gateway the operator dials and says what happened; with a carrier its reports say it. Both go through the same
verbs, so the history reads the same and is true either way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from callboard.domain.bookings import Booking, Status
from callboard.domain.calls import LIVE, MAY, Call, CallStatus, Extension
from callboard.domain.errors import Invalid, NotAllowed, NotFound, Stale
from callboard.domain.people import Person
from callboard.domain.phones import parse_phone
from callboard.storage import agents as agent_rows
from callboard.storage import bookings as booking_rows
from callboard.storage import calls as rows
from callboard.storage import organizations as organization_rows
from callboard.storage import people as people_rows
from callboard.storage.unit_of_work import Work

NOTES_LENGTH = 20_000
OUTCOME_LENGTH = 100


def _country(work: Work, org: str) -> str:
    organization = organization_rows.get(work, org)
    if organization is None:
        raise NotFound("organization", org)
    return organization.branding.default_country


# --- asking and hearing ---------------------------------------------------------------------------------------------
def initiate(
    work: Work,
    org: str,
    *,
    to: str,
    from_number: str | None = None,
    agent_id: str | None = None,
    person_id: str | None = None,
    booking_id: str | None = None,
    campaign_contact_id: str | None = None,
) -> Call:
    """Ask for an outbound call (click-to-call). The gateway places it, or the operator dials. NotAllowed for a do-not-call."""
    country = _country(work, org)
    phone = parse_phone(to, country, "to")
    sender = parse_phone(from_number, country, "from") if from_number else ""
    if agent_id is not None and agent_rows.get(work, org, agent_id) is None:
        raise NotFound("agent", agent_id)
    person = people_rows.get(work, org, person_id) if person_id else people_rows.by_phone(work, org, phone)
    if person is not None and person.do_not_call:
        raise NotAllowed(f"{person.name} asked not to be called")
    call = Call(
        id=work.new_id(),
        organization_id=org,
        direction="outbound",
        status=CallStatus.INITIATED,
        from_number=sender,
        to_number=phone,
        gateway="",
        person_id=person.id if person else None,
        agent_id=agent_id,
        booking_id=booking_id,
        campaign_contact_id=campaign_contact_id,
        due_at=work.now,
        created_at=work.now,
        updated_at=work.now,
    )
    rows.add(work, call)
    work.record("call.initiated", org, call.id, to=phone)
    work.audit("call.initiated", org, call.id, after={"to": phone})
    return call


def incoming(
    work: Work,
    org: str,
    *,
    from_number: str,
    to_number: str = "",
    gateway: str = "manual",
    provider_id: str | None = None,
    agent_id: str | None = None,
) -> Call:
    """Somebody calls: the row, and the event that raises the screen pop. A carrier that says it twice is heard once."""
    if provider_id:
        work.backend.lock_key(work.connection, f"incoming:{gateway}:{provider_id}")
        if (known := rows.by_provider(work, gateway, provider_id)) is not None:
            return known
    caller = _readable(from_number, _country(work, org))
    person = people_rows.by_phone(work, org, caller)
    call = Call(
        id=work.new_id(),
        organization_id=org,
        direction="inbound",
        status=CallStatus.RINGING,
        from_number=caller,
        to_number=to_number,
        gateway=gateway,
        provider_id=provider_id,
        person_id=person.id if person else None,
        agent_id=agent_id,
        created_at=work.now,
        updated_at=work.now,
    )
    rows.add(work, call)
    work.record("call.incoming", org, call.id, from_number=caller, person_id=call.person_id)
    return call


def _readable(text: str, country: str) -> str:
    """E.164 where it can be read; a withheld or odd caller id stays as the network gave it."""
    try:
        return parse_phone(text, country)
    except Invalid:
        return text.strip()[:40] or "anonymous"


# --- what happened --------------------------------------------------------------------------------------------------
def answered(work: Work, org: str, call_id: str, agent_id: str | None = None, *, at: int | None = None) -> Call:
    """Somebody picked up; ``at`` (UTC seconds) when that was told later."""
    call = _may(work, org, call_id, "answered")
    changes: dict[str, Any] = {"status": CallStatus.IN_PROGRESS, "answered_at": work.now if at is None else at}
    if agent_id is not None:
        changes["agent_id"] = agent_id
    return _change(work, call, "call.answered", **changes)


def ended(work: Work, org: str, call_id: str, *, duration_seconds: int | None = None) -> Call:
    """The call is over. One that was never answered is missed, not completed."""
    call = _may(work, org, call_id, "ended")
    if call.answered_at is None and duration_seconds is None:
        return _change(work, call, "call.missed", status=CallStatus.MISSED, ended_at=work.now)
    start = call.answered_at if call.answered_at is not None else work.now - (duration_seconds or 0)
    talked = duration_seconds if duration_seconds is not None else max(0, work.now - start)
    return _change(
        work,
        call,
        "call.completed",
        status=CallStatus.COMPLETED,
        answered_at=start,
        ended_at=work.now,
        duration_seconds=talked,
    )


def missed(work: Work, org: str, call_id: str) -> Call:
    """Nobody picked up."""
    call = _may(work, org, call_id, "missed")
    return _change(work, call, "call.missed", status=CallStatus.MISSED, ended_at=work.now)


def set_outcome(work: Work, org: str, call_id: str, *, outcome: str | None = None, notes: str | None = None) -> Call:
    """What came of it, in a word and in notes; None leaves a part as it is."""
    call = get(work, org, call_id)
    changes: dict[str, Any] = {}
    if outcome is not None:
        if len(outcome) > OUTCOME_LENGTH:
            raise Invalid("outcome", f"must have at most {OUTCOME_LENGTH} characters")
        changes["outcome"] = outcome.strip() or None
    if notes is not None:
        if len(notes) > NOTES_LENGTH:
            raise Invalid("notes", f"must have at most {NOTES_LENGTH} characters")
        changes["notes"] = notes.strip() or None
    return _change(work, call, "call.updated", **changes) if changes else call


def _may(work: Work, org: str, call_id: str, verb: str) -> Call:
    call = get(work, org, call_id)
    if call.status not in MAY[verb]:
        raise NotAllowed(f"a call that is {call.status.replace('_', ' ')} cannot be {verb}")
    return call


def _change(work: Work, call: Call, event: str, **changes: Any) -> Call:
    if "status" in changes:
        changes |= {"due_at": None, "lease_token": None}
        changes["gateway"] = changes.get("gateway") or call.gateway or "manual"
    changed = rows.change(work, call, **changes)
    if changed is None:
        raise Stale(call.rev + 1)
    data = {"status": changed.status} if event != "call.updated" else {}
    work.record(event, call.organization_id, call.id, changed.rev, **data)
    work.audit(event, call.organization_id, call.id, rev=changed.rev, before={k: getattr(call, k, None) for k in changes})
    return changed


# --- reading --------------------------------------------------------------------------------------------------------
def get(work: Work, org: str, call_id: str) -> Call:
    """One call."""
    call = rows.get(work, org, call_id)
    if call is None:
        raise NotFound("call", call_id)
    return call


def listing(work: Work, org: str, /, *, limit: int = 50, offset: int = 0, **filters: Any) -> list[Call]:
    """Calls, newest first.

    Filters: direction, status, statuses, from_number, to_number, person_id, agent_id, booking_id, campaign_contact_id,
    created_from (inclusive) and created_to (exclusive), both UTC seconds.
    """
    return rows.listing(work, org, limit=limit, offset=offset, filters=filters)


def count(work: Work, org: str, /, **filters: Any) -> int:
    """How many calls the filters let through."""
    return rows.count(work, org, filters)


def live(work: Work, org: str) -> list[Call]:
    """Calls that are not over."""
    return rows.listing(work, org, limit=100, offset=0, filters={"statuses": sorted(LIVE)})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenPop:
    """Who is calling: the number, the person if known, their last calls and their next booking."""

    phone: str
    person: Person | None
    recent_calls: tuple[Call, ...]
    next_booking: Booking | None


def lookup(work: Work, org: str, phone: str, limit: int = 10) -> ScreenPop:
    """The person behind a number in any spelling, with recent calls and what is booked next."""
    number = _readable(phone, _country(work, org))
    person = people_rows.by_phone(work, org, number)
    recent = rows.recent(work, org, person_id=person.id if person else None, phone=number, limit=limit)
    return ScreenPop(
        phone=number,
        person=person,
        recent_calls=tuple(recent),
        next_booking=_next_booking(work, org, person) if person else None,
    )


def screen_pop(work: Work, org: str, call_id: str) -> ScreenPop:
    """What the operator should see when this call rings; the call itself is left out of the recent ones."""
    call = get(work, org, call_id)
    seen = lookup(work, org, call.other)
    return ScreenPop(
        phone=seen.phone,
        person=seen.person,
        recent_calls=tuple(c for c in seen.recent_calls if c.id != call.id),
        next_booking=seen.next_booking,
    )


def _next_booking(work: Work, org: str, person: Person) -> Booking | None:
    found = booking_rows.listing(
        work, org, person_id=person.id, starts_from=work.now - 3600, statuses=[Status.SCHEDULED, Status.IN_PROGRESS], limit=1
    )
    return found[0] if found else None


def extensions(work: Work, org: str) -> list[Extension]:
    """Agents that have a short number."""
    return [
        Extension(id=a.id, number=a.extension, name=a.name, active=a.active) for a in agent_rows.every(work, org) if a.extension
    ]
