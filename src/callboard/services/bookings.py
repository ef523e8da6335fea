"""The booking verbs. Every change goes through :func:`_change`, so that claim, row, event and audit can never part ways.

The database holds the guarantee (``storage.engine``); the checks here exist to refuse with a reason, inside the same transaction.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from callboard.domain.bookings import MAX_BUFFER, MAX_MINUTES, MOVABLE, Assignment, Booking, Features, Move, Status, Wish
from callboard.domain.errors import Invalid, NotAllowed, NotFound, Stale, WrongState
from callboard.domain.organizations import Organization
from callboard.domain.phones import parse_phone
from callboard.domain.zones import zone
from callboard.services import choosing, people
from callboard.services.availability import as_of, check_minutes
from callboard.services.organizations import get as get_organization
from callboard.storage import bookings as rows
from callboard.storage.unit_of_work import Work

EDITABLE = ("title", "notes", "kind", "customer_name", "customer_phone", "customer_email", "timezone", "features", "details")
MAX_REFERENCE = 100
_TEXT_LIMITS = {"title": 500, "notes": 20_000, "kind": 50, "customer_name": 200, "customer_email": 254}


def book(work: Work, organization_id: str, wish: Wish) -> Booking:
    """Make a booking from a wish, or raise a Refused that says why; in one transaction with its claim and consequences."""
    organization = get_organization(work, organization_id)
    override = wish.outside_hours and _operator(work)
    draft = _draft(work, organization, wish)
    choosing.check_notice(work, organization.policy, draft, override=override)
    draft = _with_customer(work, draft, wish, organization.branding.default_country)
    expire_stale(work, organization_id)
    agent, why = choosing.choose(work, organization, draft, wish, override=override)
    draft = replace(draft, agent_id=agent.id)
    choosing.check_limit(work, organization, draft)
    rows.insert_one(work, draft)
    rows.claim(work, draft)
    work.record("booking.created", organization_id, draft.id, 1, starts_at=draft.starts_at, agent_id=agent.id)
    after = {"starts_at": draft.starts_at, "agent_id": agent.id}
    work.audit("booking.created", organization_id, draft.id, reason=why, after=after)
    return draft


def _draft(work: Work, organization: Organization, wish: Wish) -> Booking:
    """The booking as wished, the organization's policy filled in where the wish says nothing; agent and customer still open."""
    policy = organization.policy
    duration = check_minutes("duration_minutes", wish.duration_minutes or policy.default_duration_minutes, 1, MAX_MINUTES)
    before = policy.buffer_before_minutes if wish.buffer_before_minutes is None else wish.buffer_before_minutes
    after = policy.buffer_after_minutes if wish.buffer_after_minutes is None else wish.buffer_after_minutes
    pending = wish.require_confirmation or wish.hold_minutes is not None
    timeout = wish.hold_minutes if wish.hold_minutes is not None else policy.confirmation_timeout_minutes
    return Booking(
        id=work.new_id(),
        organization_id=organization.id,
        agent_id=wish.agent_id or "",
        starts_at=wish.starts_at,
        duration_minutes=duration,
        buffer_before_minutes=check_minutes("buffer_before_minutes", before, 0, MAX_BUFFER),
        buffer_after_minutes=check_minutes("buffer_after_minutes", after, 0, MAX_BUFFER),
        status=Status.PENDING if pending else Status.SCHEDULED,
        confirm_by=work.now + check_minutes("hold_minutes", timeout, 1, 525_600) * 60 if pending else None,
        timezone=_zone(wish.timezone, organization.timezone),
        kind=wish.kind,
        title=wish.title,
        notes=wish.notes,
        source=wish.source,
        reference=_free_reference(work, organization.id, wish.reference),
        assignment=wish.assignment,
        room=secrets.token_hex(4),
        features=wish.features,
        details=wish.details,
        created_at=work.now,
        updated_at=work.now,
    )


def _operator(work: Work) -> bool:
    """Only a person at the console or the command line may override working hours; the wire may not."""
    return work.actor.kind in {"console", "cli"}


def _free_reference(work: Work, organization_id: str, reference: str | None) -> str | None:
    """The caller's own name for a booking, which no other booking of the organization may have."""
    if reference is None:
        return None
    if not 0 < len(reference) <= MAX_REFERENCE:
        raise Invalid("reference", f"must have between 1 and {MAX_REFERENCE} characters")
    work.backend.lock_key(work.connection, f"reference:{organization_id}:{reference}")
    if rows.by_reference(work, organization_id, reference) is not None:
        raise Invalid("reference", "has already been taken")
    return reference


def _zone(name: str | None, default: str) -> str:
    return zone(name).key if name else default


def _with_customer(work: Work, draft: Booking, wish: Wish, country: str) -> Booking:
    """The draft with who it is for: the named person, or the one with that phone or e-mail, or a new one."""
    for name, limit in _TEXT_LIMITS.items():
        if len(getattr(wish, name) or "") > limit:
            raise Invalid(name, f"must be at most {limit} characters")
    if wish.person_id is not None:
        person = people.get(work, draft.organization_id, wish.person_id)
        phone, email = wish.customer_phone or person.phone, wish.customer_email or person.email
        name = wish.customer_name or person.name
    elif wish.customer_name or wish.customer_phone or wish.customer_email:
        phone, email, name = wish.customer_phone, wish.customer_email, wish.customer_name
        person = None
    else:
        return draft
    phone = parse_phone(phone, country, "customer_phone") if phone else None
    email = people.clean_email(email, "customer_email") if email else None
    if person is None:
        person = people.find_or_create(work, draft.organization_id, name=name, phone=phone, email=email)
    return replace(
        draft,
        person_id=person.id,
        project_id=wish.project_id,
        customer_name=name or person.name,
        customer_phone=phone or person.phone,
        customer_email=email or person.email,
    )


def _change(
    work: Work, /, old: Booking, event: str, *, reason: str | None = None, notify: bool = True, **changes: Any
) -> Booking:
    """Write a booking's change: the row (guarded by rev), its claim if the occupied time changed, event and audit."""
    new = replace(old, **changes, rev=old.rev + 1, updated_at=work.now)
    if _claim_of(old) != _claim_of(new):
        rows.unclaim(work, old.id)
        if new.occupies:
            rows.claim(work, new)
    if not rows.save(work, new, changes):
        raise Stale(old.rev + 1)
    before = {k: _plain(getattr(old, k)) for k in changes}
    work.record(event, old.organization_id, old.id, new.rev, before=before, notify=notify, reason=reason)
    work.audit(
        event, old.organization_id, old.id, rev=new.rev, reason=reason, before=before,
        after={k: _plain(v) for k, v in changes.items()},
    )  # fmt: skip
    return new


def _claim_of(booking: Booking) -> tuple[Any, ...]:
    """What the claim row of a booking says; equal for two states means the row may stay."""
    if not booking.occupies:
        return ()
    return (booking.agent_id, booking.holds_from, booking.holds_to, booking.status is Status.PENDING)


def _plain(value: Any) -> Any:
    if isinstance(value, Features):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value) if isinstance(value, Status | Assignment) else value


def _current(work: Work, organization_id: str, booking_id: str, rev: int | None = None) -> Booking:
    booking = rows.get(work, organization_id, booking_id)
    if booking is None:
        raise NotFound("booking", booking_id)
    if rev is not None and rev != booking.rev:
        raise Stale(booking.rev)
    return booking


# --- reading --------------------------------------------------------------------------------------------------------
def get(work: Work, organization_id: str, booking_id: str) -> Booking:
    """One by id as it truly stands, or NotFound."""
    return as_of(_current(work, organization_id, booking_id), work.now)


def by_reference(work: Work, organization_id: str, reference: str) -> Booking | None:
    """The one with the caller's own name for it, as it truly stands; None when there is none."""
    found = rows.by_reference(work, organization_id, reference)
    return as_of(found, work.now) if found is not None else None


def listing(work: Work, /, organization_id: str, **options: Any) -> list[Booking]:
    """A page of bookings; see ``storage.bookings.listing`` for the options."""
    return [as_of(b, work.now) for b in rows.listing(work, organization_id, **options)]


def count(work: Work, /, organization_id: str, **filters: Any) -> int:
    """How many bookings the filters let through."""
    return rows.count(work, organization_id, **filters)


# --- changing -------------------------------------------------------------------------------------------------------
def move(work: Work, organization_id: str, booking_id: str, wish: Move) -> Booking:
    """Change time, length, agent or buffers in one transaction; refused, the old slot stands untouched. The id stays."""
    expire_stale(work, organization_id)
    old = _current(work, organization_id, booking_id, wish.rev)
    if old.status not in MOVABLE:
        raise WrongState(old.status, "moved")
    wanted = {
        name: value
        for name, value in asdict(wish).items()
        if name not in {"outside_hours", "rev"} and value is not None and value != getattr(old, name)
    }
    check_minutes("duration_minutes", wanted.get("duration_minutes", old.duration_minutes), 1, MAX_MINUTES)
    for name in ("buffer_before_minutes", "buffer_after_minutes"):
        check_minutes(name, wanted.get(name, getattr(old, name)), 0, MAX_BUFFER)
    if "timezone" in wanted:
        zone(wanted["timezone"])
    if not wanted:
        return old
    organization = get_organization(work, organization_id)
    override = wish.outside_hours and _operator(work)
    draft = replace(old, **wanted)
    if "starts_at" in wanted:
        choosing.check_notice(work, organization.policy, draft, override=override)
    choosing.check_agent(work, draft, lock=(old.agent_id, draft.agent_id), override=override)
    if "starts_at" in wanted:
        choosing.check_limit(work, organization, draft)
    return _change(work, old, "booking.moved", **wanted)


def confirm(work: Work, organization_id: str, booking_id: str, *, rev: int | None = None) -> Booking:
    """Make a pending booking firm; HoldExpired at or after its time. A booking already firm is answered as it is."""
    booking = _current(work, organization_id, booking_id, rev)
    if booking.status is Status.SCHEDULED:
        return booking
    target = booking.may("confirmed", work.now)
    return _change(work, booking, "booking.confirmed", status=target, confirm_by=None)


def cancel(
    work: Work, organization_id: str, booking_id: str, *, reason: str | None = None, notify: bool = True, rev: int | None = None
) -> Booking:
    """Cancel and free the slot at once. Twice gives the same booking and one event. ``notify`` False sends no message."""
    booking = _current(work, organization_id, booking_id, rev)
    if booking.status is Status.CANCELLED:
        return booking
    if reason is not None and len(reason) > 2000:
        raise Invalid("reason", "must be at most 2000 characters")
    target = as_of(booking, work.now).may("cancelled", work.now)
    return _change(
        work,
        booking,
        "booking.cancelled",
        reason=reason,
        notify=notify,
        status=target,
        cancelled_at=work.now,
        cancelled_by=str(work.actor),
        cancellation_reason=reason,
    )


def update(work: Work, /, organization_id: str, booking_id: str, *, rev: int | None = None, **changes: Any) -> Booking:
    """Change words, not time: title, notes, customer, zone, features, details."""
    old = _current(work, organization_id, booking_id, rev)
    unknown = sorted(set(changes) - set(EDITABLE))
    if unknown:
        raise Invalid(unknown[0], "cannot be changed")
    for name, limit in _TEXT_LIMITS.items():
        if len(changes.get(name) or "") > limit:
            raise Invalid(name, f"must be at most {limit} characters")
    if changes.get("customer_phone"):
        country = get_organization(work, organization_id).branding.default_country
        changes["customer_phone"] = parse_phone(changes["customer_phone"], country, "customer_phone")
    if changes.get("customer_email"):
        changes["customer_email"] = people.clean_email(changes["customer_email"], "customer_email")
    if changes.get("timezone"):
        zone(changes["timezone"])
    changed = {k: v for k, v in changes.items() if getattr(old, k) != v}
    return _change(work, old, "booking.updated", **changed) if changed else old


def start(work: Work, organization_id: str, booking_id: str) -> Booking:
    """The call begins."""
    booking = _current(work, organization_id, booking_id)
    target = booking.may("started", work.now)
    return _change(work, booking, "booking.started", status=target, session_started_at=booking.session_started_at or work.now)


def hold(work: Work, organization_id: str, booking_id: str) -> Booking:
    """The call waits."""
    booking = _current(work, organization_id, booking_id)
    target = booking.may("held", work.now)
    return _change(work, booking, "booking.held", status=target, on_hold_started_at=work.now, on_hold_ended_at=None)


def resume(work: Work, organization_id: str, booking_id: str) -> Booking:
    """The call goes on."""
    booking = _current(work, organization_id, booking_id)
    return _change(work, booking, "booking.resumed", status=booking.may("resumed", work.now), on_hold_ended_at=work.now)


def complete(work: Work, organization_id: str, booking_id: str) -> Booking:
    """The call is over."""
    booking = _current(work, organization_id, booking_id)
    target = booking.may("completed", work.now)
    ended: dict[str, Any] = {"on_hold_ended_at": work.now} if booking.status is Status.ON_HOLD else {}
    return _change(work, booking, "booking.completed", status=target, session_ended_at=work.now, **ended)


def no_show(work: Work, organization_id: str, booking_id: str) -> Booking:
    """Nobody came; not before the call's start."""
    booking = _current(work, organization_id, booking_id)
    target = booking.may("marked no-show", work.now)
    if work.now < booking.starts_at:
        raise NotAllowed("a call that has not begun cannot be a no-show yet")
    return _change(work, booking, "booking.no_show", status=target)


def mark_overran(work: Work, organization_id: str, booking_id: str) -> Booking:
    """Note that a running call is past its end; it goes on."""
    booking = _current(work, organization_id, booking_id)
    if booking.overran or booking.status not in {Status.IN_PROGRESS, Status.ON_HOLD}:
        return booking
    return _change(work, booking, "booking.overran", overran=True)


def expire(work: Work, organization_id: str, booking_id: str) -> Booking:
    """Let go of one pending booking whose time has passed."""
    booking = _current(work, organization_id, booking_id)
    if booking.confirm_by is None or booking.confirm_by > work.now:
        raise WrongState(booking.status, "expired")
    return _change(work, booking, "booking.expired", status=booking.may("expired", work.now))


def expire_stale(work: Work, organization_id: str | None = None) -> int:
    """Expire every pending booking past its time; each booking transaction does it first, the scheduler for tidiness."""
    found = rows.stale(work, organization_id)
    for booking in found:
        _change(work, booking, "booking.expired", status=Status.EXPIRED)
    return len(found)


def bump_links(work: Work, organization_id: str, booking_id: str) -> Booking:
    """Make every join link given out so far invalid."""
    booking = _current(work, organization_id, booking_id)
    return _change(work, booking, "booking.updated", link_version=booking.link_version + 1)


def restore(work: Work, organization_id: str, booking_id: str, before: Mapping[str, Any]) -> Booking:
    """Put fields back as an audit row remembers them (undo); refused like any booking when the time is taken meanwhile."""
    old = _current(work, organization_id, booking_id)
    changes = dict(before)
    for name, kind in (("status", Status), ("assignment", Assignment)):
        if name in changes:
            changes[name] = kind(changes[name])
    if "features" in changes:
        changes["features"] = Features(**changes["features"])
    draft = replace(old, **changes)
    if draft.occupies and _claim_of(draft) != _claim_of(old):
        expire_stale(work, organization_id)
        choosing.check_agent(work, draft, lock=(old.agent_id, draft.agent_id), override=True)
    changes = {k: v for k, v in changes.items() if getattr(old, k) != v}
    moved = bool({"starts_at", "agent_id", "duration_minutes"} & set(changes))
    event = "booking.moved" if moved else "booking.reinstated" if old.status is Status.CANCELLED else "booking.updated"
    return _change(work, old, event, **changes)
