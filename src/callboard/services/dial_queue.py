"""Who is called next, and what came of it. The claim checks everything anew: window, do-not-call, attempts, pace.

Why a claim with a lease and not a list to work through: two operators must never ring the same person, and a person an operator
walked away from must not be forgotten.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from callboard.domain.bookings import Booking, Wish
from callboard.domain.calls import Call
from callboard.domain.campaigns import LEASE_SECONDS, OPEN, OUTCOMES, Campaign, CampaignStatus, Contact, ContactStatus, next_open
from callboard.domain.errors import Invalid, NotAllowed, NotFound, Stale
from callboard.domain.hours import parse_hours
from callboard.services import bookings, calls, people
from callboard.storage import campaigns as rows
from callboard.storage import people as people_rows
from callboard.storage.unit_of_work import Work

LOOK = 25  # candidates looked at in one claim; those that may not be called are put off, and the next claim goes on
NOTES_LENGTH = 20_000
_FREE: dict[str, Any] = {"claimed_by": None, "lease_token": None, "lease_until": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """The answer to "who is next": a contact, or why there is none and from when there may be (UTC seconds)."""

    campaign: Campaign
    contact: Contact | None = None
    wait_until: int | None = None
    reason: str | None = None


def next_contact(work: Work, org: str, campaign_id: str, operator: str) -> Handed:
    """Hand the next contact to a free operator, for half an hour. Asked again before an outcome, it is the same contact."""
    campaign = _running(work, org, campaign_id)
    work.backend.lock_key(work.connection, f"campaign:{campaign_id}")
    held = rows.held(work, org, campaign_id, operator)
    if held is not None:
        return Handed(campaign=campaign, contact=held)
    too_fast = _paced(work, campaign)
    if too_fast is not None:
        return Handed(campaign=campaign, wait_until=too_fast, reason=f"at most {campaign.pace_per_hour} calls an hour")
    while candidates := rows.ready(work, org, campaign_id, LOOK):
        for candidate in candidates:
            if _may_call(work, campaign, candidate):
                return Handed(campaign=campaign, contact=_take(work, candidate, operator))
    soonest = rows.soonest(work, org, campaign_id)
    why = "nobody is left to call" if soonest is None else "nobody may be called yet"
    return Handed(campaign=campaign, wait_until=soonest, reason=why)


def _running(work: Work, org: str, campaign_id: str) -> Campaign:
    campaign = rows.get(work, org, campaign_id)
    if campaign is None:
        raise NotFound("campaign", campaign_id)
    if campaign.status != CampaignStatus.RUNNING:
        raise NotAllowed(f"the campaign is {campaign.status}")
    return campaign


def _paced(work: Work, campaign: Campaign) -> int | None:
    """When the pace allows another call, if not now."""
    if campaign.pace_per_hour is None:
        return None
    recent = rows.attempts_since(work, campaign.organization_id, campaign.id, work.now - 3600)
    return recent[-campaign.pace_per_hour] + 3600 if len(recent) >= campaign.pace_per_hour else None


def _may_call(work: Work, campaign: Campaign, contact: Contact) -> bool:
    """Whether a candidate may be called this second; if not, it is put where it belongs."""
    person = people_rows.get(work, contact.organization_id, contact.person_id)
    if person is None or person.do_not_call:
        _write(work, contact, status=ContactStatus.DO_NOT_CALL, due_at=None, **_FREE)
        return False
    if contact.attempts >= campaign.max_attempts and contact.status != ContactStatus.CALLBACK_REQUESTED:
        _exhaust(work, contact)  # its last operator walked away
        return False
    if contact.status == ContactStatus.CALLBACK_REQUESTED:
        return True  # the hour was the customer's own wish
    opens = next_open(parse_hours(campaign.window), contact.timezone or "UTC", work.now)
    if opens != work.now:
        _write(work, contact, status=ContactStatus.PENDING, due_at=opens, **_FREE)
        return False
    return True


def _take(work: Work, contact: Contact, operator: str) -> Contact:
    until = work.now + LEASE_SECONDS
    taken = _write(
        work,
        contact,
        status=ContactStatus.CALLING,
        claimed_by=operator,
        lease_token=secrets.token_hex(12),
        lease_until=until,
        due_at=until,  # due again when the lease ends: a contact its operator forgot comes back by itself
        attempts=contact.attempts + 1,
        last_attempt_at=work.now,
    )
    work.audit("contact.taken", contact.organization_id, contact.id, rev=taken.rev, before={"operator": operator})
    work.touch(contact.organization_id, "contact")
    return taken


def _write(work: Work, contact: Contact, **values: Any) -> Contact:
    plain = {k: str(v) if isinstance(v, ContactStatus) else v for k, v in values.items()}
    changed = rows.change_contact(work, contact, **plain)
    if changed is None:
        raise Stale(contact.rev + 1)
    return changed


def in_hand(work: Work, org: str, campaign_id: str, operator: str) -> Contact | None:
    """The contact an operator has in hand."""
    return rows.held(work, org, campaign_id, operator)


def release(work: Work, org: str, contact_id: str, *, operator: str | None = None, leaving: bool = False) -> Contact:
    """The operator gives a contact back uncalled, or goes away (``leaving``): nothing is counted against it."""
    contact = _mine(work, org, contact_id, operator)
    if contact.status != ContactStatus.CALLING:
        raise NotAllowed("nobody is with this contact")
    back = ContactStatus.CALLBACK_REQUESTED if contact.callback_at else ContactStatus.PENDING
    due = contact.callback_at or work.now
    freed = _write(work, contact, status=back, due_at=due, attempts=max(0, contact.attempts - 1), **_FREE)
    verb = "contact.left" if leaving else "contact.given_back"
    work.audit(verb, org, contact_id, rev=freed.rev, before={"operator": contact.claimed_by})
    work.touch(org, "contact")
    return freed


def take_again(work: Work, org: str, contact_id: str, operator: str) -> Contact:
    """Into the same hands again (undo of giving back), if they are empty and the contact is still to be called."""
    contact = _mine(work, org, contact_id, operator)
    campaign = _running(work, org, contact.campaign_id)
    work.backend.lock_key(work.connection, f"campaign:{campaign.id}")
    other = rows.held(work, org, campaign.id, operator)
    if other is not None:
        raise NotAllowed(f"{other.name} is in hand now; give them back first")
    if contact.status not in {ContactStatus.PENDING, ContactStatus.CALLBACK_REQUESTED} or not _may_call(work, campaign, contact):
        raise NotAllowed(f"{contact.name} may not be called now")
    return _take(work, contact, operator)


def dial(work: Work, org: str, contact_id: str, *, operator: str | None = None, agent_id: str | None = None) -> Call:
    """Ask for the call to a contact; its record knows the contact."""
    contact = _mine(work, org, contact_id, operator)
    if contact.validation != "valid":
        raise NotAllowed("this number cannot be called")
    return calls.initiate(
        work, org, to=contact.phone, person_id=contact.person_id, agent_id=agent_id, campaign_contact_id=contact.id
    )


def _mine(work: Work, org: str, contact_id: str, operator: str | None) -> Contact:
    contact = rows.contact(work, org, contact_id)
    if contact is None:
        raise NotFound("contact", contact_id)
    held = contact.status == ContactStatus.CALLING and (contact.lease_until or 0) > work.now
    if operator is not None and held and contact.claimed_by != operator:
        raise NotAllowed(f"{contact.name} is with {contact.claimed_by} now")
    return contact


# --- what came of it ------------------------------------------------------------------------------------------------
def set_outcome(
    work: Work,
    org: str,
    contact_id: str,
    outcome: str,
    *,
    operator: str | None = None,
    notes: str | None = None,
    callback_at: int | None = None,
    booking_id: str | None = None,
) -> Contact:
    """Record what a call came to: one of ``OUTCOMES``. ``callback_requested`` needs its future instant."""
    if outcome not in OUTCOMES:
        raise Invalid("outcome", f"must be one of {', '.join(OUTCOMES)}")
    contact = _mine(work, org, contact_id, operator)
    if contact.status not in OPEN:
        raise NotAllowed(f"a contact that is {contact.status.replace('_', ' ')} has its outcome")
    if outcome == "callback_requested" and (callback_at is None or callback_at <= work.now):
        raise Invalid("callback_at", "must be a time to come")
    if notes is not None and len(notes) > NOTES_LENGTH:
        raise Invalid("notes", f"must have at most {NOTES_LENGTH} characters")
    before = {name: getattr(contact, name) for name in _KEPT}
    if notes:
        contact = replace(contact, notes=f"{contact.notes}\n{notes}"[-NOTES_LENGTH:] if contact.notes else notes)
    done = _settle(work, contact, outcome, callback_at, booking_id)
    work.audit("contact.outcome", org, contact_id, rev=done.rev, before=before, after={"outcome": outcome})
    return done


_KEPT = ("status", "callback_at", "booking_id", "notes", "attempts")


def restore(work: Work, org: str, contact_id: str, before: Mapping[str, Any]) -> Contact:
    """Take an outcome back (undo): the contact waits again, at once or for the time it had asked for; the try is not counted."""
    contact = _mine(work, org, contact_id, None)
    values = {**before, **_FREE, "due_at": before.get("callback_at") or work.now}
    if before["status"] == ContactStatus.CALLING:
        values["status"] = ContactStatus.CALLBACK_REQUESTED if before.get("callback_at") else ContactStatus.PENDING
        values["attempts"] = max(0, before["attempts"] - 1)
    done = _write(work, contact, **values)
    work.record("contact.updated", org, contact_id, done.rev, campaign_id=contact.campaign_id)
    return done


def _settle(work: Work, contact: Contact, outcome: str, callback_at: int | None, booking_id: str | None) -> Contact:
    kept = {**_FREE, "notes": contact.notes, "due_at": None}
    if outcome in {"qualified", "not_interested"}:
        done = _write(work, contact, **kept | {"status": outcome, "booking_id": booking_id})
    elif outcome == "callback_requested":
        done = _write(work, contact, **kept | {"status": outcome, "callback_at": callback_at, "due_at": callback_at})
    elif outcome == "do_not_call":
        people.update(work, contact.organization_id, contact.person_id, do_not_call=True)
        done = _write(work, contact, **kept | {"status": outcome})
    elif outcome == "wrong_number":
        done = _write(work, contact, **kept | {"status": ContactStatus.INVALID})
    else:
        return _again(work, contact)
    _say(work, done, outcome, booking_id=booking_id, callback_at=callback_at)
    return done


def _again(work: Work, contact: Contact) -> Contact:
    """Nobody answered: another try when spacing and window allow, or the end."""
    campaign = rows.get(work, contact.organization_id, contact.campaign_id)
    if campaign is None:
        raise NotFound("campaign", contact.campaign_id)
    if contact.attempts >= campaign.max_attempts:
        return _exhaust(work, contact)
    opens = next_open(parse_hours(campaign.window), contact.timezone or "UTC", work.now + campaign.spacing_minutes * 60)
    values = {**_FREE, "status": ContactStatus.PENDING, "due_at": opens, "notes": contact.notes, "callback_at": None}
    done = _write(work, contact, **values)
    work.touch(contact.organization_id, "contact")
    return done


def _exhaust(work: Work, contact: Contact) -> Contact:
    done = _write(work, contact, **_FREE | {"status": ContactStatus.EXHAUSTED, "due_at": None, "notes": contact.notes})
    _say(work, done, "exhausted")
    return done


_EVENTS = frozenset({"qualified", "not_interested", "exhausted", "callback_requested"})


def _say(work: Work, contact: Contact, outcome: str, **data: Any) -> None:
    event = f"contact.{outcome}" if outcome in _EVENTS else "contact.updated"
    told = {k: v for k, v in data.items() if v is not None}
    work.record(event, contact.organization_id, contact.id, contact.rev, campaign_id=contact.campaign_id, **told)
    work.audit(event, contact.organization_id, contact.id, rev=contact.rev, after={"outcome": outcome, **told})


def qualify(work: Work, org: str, contact_id: str, wish: Wish, *, operator: str | None = None) -> tuple[Contact, Booking]:
    """A qualified contact becomes a booking, both or neither."""
    contact = _mine(work, org, contact_id, operator)
    if contact.status not in OPEN | {ContactStatus.QUALIFIED}:
        raise NotAllowed(f"a contact that is {contact.status.replace('_', ' ')} has its outcome")
    full = replace(wish, person_id=contact.person_id, timezone=wish.timezone or contact.timezone)
    booking = bookings.book(work, org, full)
    if contact.status == ContactStatus.QUALIFIED:
        return _write(work, contact, booking_id=booking.id), booking
    return set_outcome(work, org, contact_id, "qualified", operator=operator, booking_id=booking.id), booking
