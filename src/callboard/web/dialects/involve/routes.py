"""Involve's appointments. A booking of any dialect is one; an appointment goes to an agent who is free."""

from __future__ import annotations

from typing import Any

from callboard.domain.bookings import OPEN, Booking, Move
from callboard.domain.errors import Invalid, NotFound, WrongState
from callboard.services import bookings, links, organizations
from callboard.services.service import Work
from callboard.web.contract import FORM, JSON, MULTIPART, Answer, Call, Doc, Routes
from callboard.web.dialects.involve import examples, shapes, words

BASE = "/involve"
APPOINTMENTS = "/api/v1/appointments"
ONE = APPOINTMENTS + "/{id}"
_MEDIA = (JSON, FORM, MULTIPART)
_BAD = (400,)  # a request that cannot be read; values that are not valid are 422
routes = Routes()


def _out(work: Work, booking: Booking, lifetime: int) -> dict[str, Any]:
    """An appointment with its links; ``lifetime`` in hours, the organization's."""
    ways = words.Ways(
        public_url=work.public_url,
        base=BASE,
        agent_url=links.join_url(work, work.public_url, booking, "agent"),
        customer_token=links.token(work, booking, "customer"),
        expires_at=booking.link_expires_at(lifetime),
    )
    return words.appointment(booking, ways)


def _lifetime(work: Work, org: str) -> int:
    return organizations.get(work, org).policy.link_lifetime_hours


def _answer(work: Work, booking: Booking, status: int = 200) -> Answer:
    return Answer(status, {"data": _out(work, booking, _lifetime(work, booking.organization_id))})


def _by_reference(work: Work, org: str, reference: str) -> Booking | None:
    """The appointment a caller knows by that reference, its own or one made of the id."""
    found = bookings.by_reference(work, org, reference)
    own = words.id_of_reference(reference)
    if found is None and own is not None:
        try:
            found = bookings.get(work, org, own)
        except NotFound:
            return None
    return found if found is not None and words.reference(found) == reference else None


@routes.post(
    APPOINTMENTS,
    scope="scheduling:write",
    body=shapes.NewAppointment,
    media=_MEDIA,
    summary="Schedule an appointment",
    example=examples.NEW,
    answers={201: Doc("Scheduled; url is the claimant's way in, meeting.room_url the agent's.", shapes.One, examples.ONE)},
    refusals=_BAD,
)
def create_appointment(work: Work, call: Call[shapes.NewAppointment, None]) -> Answer:
    """Schedule an appointment with an agent who is free then. A reference may be used once."""
    body = call.body
    words.check_birth(body.claimant.date_of_birth, work.now)
    if body.reference is not None and _by_reference(work, call.org, body.reference) is not None:
        raise Invalid("reference", "has already been taken")
    return _answer(work, bookings.book(work, call.org, words.wish(body)), 201)


@routes.get(
    APPOINTMENTS,
    scope="scheduling:read",
    query=shapes.Listing,
    summary="List appointments",
    answers={200: Doc("A page of appointments.", shapes.Page, examples.PAGE)},
    refusals=_BAD,
)
def list_appointments(work: Work, call: Call[None, shapes.Listing]) -> Answer:
    """List the organization's appointments, whichever way they were booked."""
    query = call.query
    path = work.public_url + BASE + APPOINTMENTS
    if query.reference is not None:
        found = _by_reference(work, call.org, query.reference)
        listed = [found] if found is not None and _fits(found, query) else []
        total, listed = len(listed), listed if query.page == 1 else []
    else:
        filters: dict[str, Any] = {
            "starts_from": query.date_from,
            "starts_to": query.date_to,
            "statuses": (query.status,) if query.status else None,
        }
        newest, skipped = query.sort.startswith("-"), (query.page - 1) * query.per_page
        listed = bookings.listing(work, call.org, limit=query.per_page, offset=skipped, newest_first=newest, **filters)
        total = bookings.count(work, call.org, **filters)
    lifetime = _lifetime(work, call.org)
    return Answer(200, words.page(query, total, [_out(work, booking, lifetime) for booking in listed], path))


def _fits(booking: Booking, query: shapes.Listing) -> bool:
    """Whether the one with the reference asked for also passes the other filters."""
    return (
        (query.status is None or booking.status == query.status)
        and (query.date_from is None or booking.starts_at >= query.date_from)
        and (query.date_to is None or booking.starts_at < query.date_to)
    )


@routes.get(
    ONE,
    scope="scheduling:read",
    summary="Get an appointment",
    answers={200: Doc("The appointment.", shapes.One, examples.ONE)},
    refusals=_BAD,
)
def get_appointment(work: Work, call: Call[None, None]) -> Answer:
    """One appointment, with the times of its session and hold."""
    return _answer(work, bookings.get(work, call.org, words.read_id(call.path["id"])))


def _change(work: Work, call: Call[shapes.Change, None]) -> Answer:
    """Move and re-word in one transaction: refused, nothing of it happened."""
    body = call.body
    booking = bookings.get(work, call.org, words.read_id(call.path["id"]))
    if booking.status not in OPEN:
        raise WrongState(booking.status, "changed")
    _check(work, booking, body)
    if {body.appointment_at, body.duration_in_minutes} != {None}:
        move = Move(starts_at=body.appointment_at, duration_minutes=body.duration_in_minutes)
        booking = bookings.move(work, call.org, booking.id, move)
    return _answer(work, bookings.update(work, call.org, booking.id, **words.changes(booking, body)))


def _check(work: Work, booking: Booking, body: shapes.Change) -> None:
    """What a change may not do: another reference, no time, a birth to come."""
    sent = body.model_fields_set
    if "reference" in sent and body.reference not in {None, words.reference(booking)}:
        raise Invalid("reference", "cannot be changed")
    for name in ("appointment_at", "duration_in_minutes"):
        if name in sent and getattr(body, name) is None:
            raise Invalid(name, "is required")
    if body.claimant is not None:
        words.check_birth(body.claimant.date_of_birth, work.now)


_CHANGED = {200: Doc("The appointment as it is now; its id and links stay.", shapes.One, examples.MOVED)}


@routes.patch(
    ONE,
    scope="scheduling:write",
    body=shapes.Change,
    media=_MEDIA,
    summary="Reschedule or change an appointment",
    example=examples.CHANGE,
    answers=_CHANGED,
    refusals=_BAD,
)
def change_appointment(work: Work, call: Call[shapes.Change, None]) -> Answer:
    """Reschedule an appointment, or change what the body names; the rest stays."""
    return _change(work, call)


@routes.put(
    ONE,
    scope="scheduling:write",
    body=shapes.Change,
    media=_MEDIA,
    summary="Reschedule or change an appointment",
    example=examples.CHANGE,
    answers=_CHANGED,
    refusals=_BAD,
)
def replace_appointment(work: Work, call: Call[shapes.Change, None]) -> Answer:
    """The same as PATCH, for clients that spell it PUT: what the body does not name stays."""
    return _change(work, call)


_CANCELLED = {200: Doc("The cancelled appointment; its time is free again.", shapes.One, examples.CANCELLED)}


@routes.post(
    ONE + "/cancel",
    scope="scheduling:write",
    body=shapes.Cancellation,
    body_required=False,
    media=_MEDIA,
    summary="Cancel an appointment",
    example=examples.CANCELLATION,
    answers=_CANCELLED,
    refusals=_BAD,
)
def cancel_appointment(work: Work, call: Call[shapes.Cancellation, None]) -> Answer:
    """Cancel an appointment, with a reason if there is one. Once more gives the same answer."""
    booking_id = words.read_id(call.path["id"])
    return _answer(work, bookings.cancel(work, call.org, booking_id, reason=call.body.cancellation_reason))


@routes.delete(
    ONE,
    scope="scheduling:write",
    query=shapes.Why,
    summary="Cancel an appointment",
    answers=_CANCELLED,
    refusals=_BAD,
)
def delete_appointment(work: Work, call: Call[None, shapes.Why]) -> Answer:
    """Cancel an appointment; it stays readable, with its reason."""
    reason = call.query.cancellation_reason or None
    return _answer(work, bookings.cancel(work, call.org, words.read_id(call.path["id"]), reason=reason))
