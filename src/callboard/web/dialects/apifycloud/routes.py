"""ApifyCloud's operations. The contract shows how a call is made; the rest follows its style."""

from __future__ import annotations

from typing import Any

from callboard.domain import ids
from callboard.domain.bookings import Booking, Move
from callboard.domain.errors import Invalid, NotFound
from callboard.domain.organizations import Organization
from callboard.domain.phones import parse_phone
from callboard.services import agents, bookings, organizations
from callboard.services.service import Work
from callboard.web.contract import Answer, Call, Doc, Routes
from callboard.web.dialects.apifycloud import examples, shapes, words
from callboard.web.dialects.apifycloud.refusals import SchedulingOff

routes = Routes()
_CALLS = "/api/v1/video/{appId}/scheduled-calls"
_ONE = _CALLS + "/{id}"


def _app(work: Work, call: Call[Any, Any]) -> Organization:
    """The organization that appId names, which must be the key's own: any other is the same as none."""
    if ids.from_uuid(call.path["appId"]) != call.org:
        raise NotFound("app")
    return organizations.get(work, call.org)


def _writable_app(work: Work, call: Call[Any, Any]) -> Organization:
    app = _app(work, call)
    if not app.policy.scheduling_enabled:
        raise SchedulingOff
    return app


def _id(call: Call[Any, Any]) -> str:
    found = ids.from_uuid(call.path["id"])
    if found is None:
        raise NotFound("booking")
    return found


def _agent(work: Work, call: Call[Any, Any], text: str | None, field: str = "assignedAgentId") -> str | None:
    """The agent a field names, in any form of our ids; Invalid for any other text."""
    if text is None:
        return None
    try:
        agent = agents.get(work, call.org, ids.parse(text) or "")
    except NotFound:
        raise Invalid(field, "must be the id of an agent of this app") from None
    if not agent.active:
        raise Invalid(field, "must be the id of an active agent")
    return agent.id


def _phone(app: Organization, text: str | None) -> str | None:
    return None if text is None else parse_phone(text, app.branding.default_country, "guestPhone")


def _one(status: int, booking: Booking, app: Organization) -> Answer:
    return Answer(status, {"data": {"call": words.call(booking, app.timezone)}})


@routes.post(
    _CALLS,
    scope="scheduling:write",
    body=shapes.NewCall,
    summary="Schedule a call",
    example=examples.NEW_CALL,
    answers={201: Doc("Scheduled, or held until it is confirmed.", shapes.One, examples.ONE)},
)
def schedule_call(work: Work, call: Call[shapes.NewCall, None]) -> Answer:
    """Schedule a call with a guest.

    409 when the slot overlaps an existing call, a blocked exception or a DND window; 429 with nextAllowedAt in the error's
    details when the guest has as many calls as allowed.
    """
    app = _writable_app(work, call)
    if call.body.guest_phone is None and call.body.guest_email is None:
        raise Invalid("guestPhone", "is required when guestEmail is not provided")
    agent = _agent(work, call, call.body.assigned_agent_id)
    wish = words.wish(call.body, agent, _phone(app, call.body.guest_phone))
    return _one(201, bookings.book(work, call.org, wish), app)


@routes.get(
    _CALLS,
    scope="scheduling:read",
    query=shapes.Listing,
    summary="List calls",
    answers={200: Doc("A page of calls, latest start first.", shapes.Page, examples.PAGE)},
)
def list_calls(work: Work, call: Call[None, shapes.Listing]) -> Answer:
    """Calls of the app, whichever way they were booked."""
    app, query = _app(work, call), call.query
    filters: dict[str, Any] = {
        "agent_id": _agent(work, call, query.agent_id, "agentId"),
        "statuses": query.status,
        "starts_from": query.date_from,
        "starts_to": query.date_to,
    }
    found = bookings.listing(work, call.org, limit=query.limit, offset=query.offset, newest_first=True, **filters)
    total = bookings.count(work, call.org, **filters)
    more = query.offset + len(found) < total
    pagination = {"total": total, "limit": query.limit, "offset": query.offset, "hasMore": more}
    return Answer(200, {"data": {"calls": [words.call(b, app.timezone) for b in found]}, "pagination": pagination})


@routes.get(
    _ONE,
    scope="scheduling:read",
    summary="Get a call",
    answers={200: Doc("The call.", shapes.One, examples.ONE)},
)
def get_call(work: Work, call: Call[None, None]) -> Answer:
    """One call."""
    app = _app(work, call)
    return _one(200, bookings.get(work, call.org, _id(call)), app)


@routes.patch(
    _ONE,
    scope="scheduling:write",
    body=shapes.Change,
    summary="Reschedule, reassign or update a call",
    example=examples.CHANGE,
    answers={200: Doc("As it is now; the id stays.", shapes.One, examples.CHANGED)},
)
def change_call(work: Work, call: Call[shapes.Change, None]) -> Answer:
    """Move a call, give it to another agent, change its guest or its notes: all of it or nothing."""
    app = _writable_app(work, call)
    named = {name for name, part in shapes.Change.model_fields.items() if part.alias in call.sent}
    if not named:
        raise Invalid("body", "must name something to change")
    booking = bookings.get(work, call.org, _id(call))
    booking = _moved(work, call, booking)
    changes = _words_changed(call, named, booking, app)
    if changes:
        booking = bookings.update(work, call.org, booking.id, **changes)
    return _one(200, booking, app)


def _moved(work: Work, call: Call[shapes.Change, None], old: Booking) -> Booking:
    body = call.body
    move = Move(
        starts_at=body.scheduled_at_utc,
        duration_minutes=body.duration_minutes,
        agent_id=_agent(work, call, body.assigned_agent_id),
        buffer_before_minutes=body.buffer_before_minutes,
        buffer_after_minutes=body.buffer_after_minutes,
    )
    return old if move == Move() else bookings.move(work, call.org, old.id, move)


def _words_changed(call: Call[shapes.Change, None], named: set[str], booking: Booking, app: Organization) -> dict[str, Any]:
    """What changes besides the time. A null clears phone, e-mail or notes, but never both ways to reach the guest."""
    body = call.body
    changes: dict[str, Any] = {}
    if body.guest_name is not None:
        changes["customer_name"] = body.guest_name
    if body.guest_timezone is not None:
        changes["timezone"] = body.guest_timezone
    if "guest_intake_notes" in named:
        changes["notes"] = body.guest_intake_notes
    if "guest_email" in named:
        changes["customer_email"] = body.guest_email
    if "guest_phone" in named:
        phone = _phone(app, body.guest_phone)
        own = {k: v for k, v in words.kept(booking).items() if not k.startswith("guest_phone")}
        changes["customer_phone"] = phone
        changes["details"] = {**booking.details, words.NAME: {**own, **words.spelled(phone, body.guest_phone)}}
    phone_after = changes.get("customer_phone", booking.customer_phone)
    email_after = changes.get("customer_email", booking.customer_email)
    if {"customer_phone", "customer_email"} & set(changes) and not (phone_after or email_after):
        raise Invalid("guestPhone", "is required when there is no guestEmail")
    return changes


@routes.post(
    _ONE + "/confirm",
    scope="scheduling:write",
    summary="Confirm a call",
    answers={200: Doc("Firm; confirming twice is the same as once.", shapes.One, examples.ONE)},
)
def confirm_call(work: Work, call: Call[None, None]) -> Answer:
    """Make a pending call firm. 409 when its time to be confirmed has passed or it is over."""
    app = _writable_app(work, call)
    return _one(200, bookings.confirm(work, call.org, _id(call)), app)


@routes.post(
    _ONE + "/cancel",
    scope="scheduling:write",
    body=shapes.Cancellation,
    body_required=False,
    summary="Cancel a call",
    example=examples.CANCELLATION,
    answers={200: Doc("Cancelled; the row stays.", shapes.One, examples.CANCELLED)},
)
def cancel_call(work: Work, call: Call[shapes.Cancellation, None]) -> Answer:
    """Cancel a call and free its slot at once; cancelling twice is the same as once."""
    app = _app(work, call)
    return _one(200, bookings.cancel(work, call.org, _id(call), reason=call.body.reason), app)


@routes.delete(
    _ONE,
    scope="scheduling:write",
    body=shapes.Cancellation,
    body_required=False,
    query=shapes.Cancellation,
    summary="Cancel a call",
    example=examples.CANCELLATION,
    answers={200: Doc("Cancelled; the row stays.", shapes.One, examples.CANCELLED)},
)
def delete_call(work: Work, call: Call[shapes.Cancellation, shapes.Cancellation]) -> Answer:
    """The same as cancel, spelled DELETE; the reason may stand in the body or in the query."""
    app = _app(work, call)
    reason = call.body.reason or call.query.reason
    return _one(200, bookings.cancel(work, call.org, _id(call), reason=reason), app)
