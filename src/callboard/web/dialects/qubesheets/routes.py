"""Qubesheets' operations. A call made in any other dialect is here too: it has a customer, so it has a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from callboard.domain import ids
from callboard.domain.bookings import OPEN, Booking, Move, Status
from callboard.domain.errors import Invalid, NotFound, WrongState
from callboard.domain.messages import Kind, Message
from callboard.domain.phones import parse_phone
from callboard.services import bookings, links, messages, organizations, people, projects, reactions
from callboard.services.service import Desk, Work
from callboard.web.contract import After, Answer, Call, Doc, Routes
from callboard.web.dialects.qubesheets import examples, shapes, words
from callboard.web.outcomes import settled

routes = Routes()
CALLS = "/api/external/video-calls"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Customer:
    person_id: str | None
    project_id: str | None
    name: str
    phone: str | None
    email: str | None


def _join(work: Work, booking: Booking) -> tuple[str, str]:
    return links.join_url(work, work.public_url, booking, "agent"), links.join_url(work, work.public_url, booking, "customer")


def _id(text: str, noun: str = "booking") -> str:
    found = ids.from_hex(text)
    if found is None:
        raise NotFound(noun)
    return found


def _phone(work: Work, call: Call[Any, Any], text: str | None, field: str) -> str | None:
    if text is None:
        return None
    return parse_phone(text, organizations.get(work, call.org).branding.default_country, field)


def _customer(work: Work, call: Call[shapes.NewCall, None]) -> _Customer:
    """Whom the call is for: the project's customer, or a new one with a project of their own."""
    body = call.body
    phone = _phone(work, call, body.customer_phone, "customerPhone")
    if body.project_id is not None:
        return _of_project(work, call, phone)
    if body.customer_name is None:
        raise Invalid("customerName", "is required when projectId is not given")
    if phone is None:
        raise Invalid("customerPhone", "is required")
    project = projects.create(work, call.org, customer_name=body.customer_name, phone=phone, email=body.customer_email)
    return _Customer(
        person_id=project.person_id, project_id=project.id, name=body.customer_name, phone=phone, email=body.customer_email
    )


def _of_project(work: Work, call: Call[shapes.NewCall, None], phone: str | None) -> _Customer:
    """The customer of an existing project; a person's id stands for their project (calls of other dialects have no other)."""
    body, key = call.body, _id(call.body.project_id or "", "project")
    try:
        project = projects.get(work, call.org, key)
    except NotFound:
        person = people.get(work, call.org, key)
        found = _Customer(person_id=person.id, project_id=None, name=person.name, phone=person.phone, email=person.email)
    else:
        found = _Customer(
            person_id=project.person_id,
            project_id=project.id,
            name=project.customer_name,
            phone=project.customer_phone,
            email=project.customer_email,
        )
    if phone is None and found.phone is None:
        raise Invalid("customerPhone", "is required")
    return _Customer(
        person_id=found.person_id,
        project_id=found.project_id,
        name=body.customer_name or found.name,
        phone=phone or found.phone,
        email=body.customer_email or found.email,
    )


def _told(work: Work, booking: Booking, kind: Kind) -> Message | None:
    """The message this change led to; reactions would otherwise write it only after the answer."""
    reactions.react(work)
    return messages.of_booking(work, booking.organization_id, booking.id, kind, booking.rev)


def _waiting_for_sms(name: str) -> After:
    """Say what a carrier made of the message, when there is a carrier: known only after the commit."""

    async def after(desk: Desk, call: Call[Any, Any], answer: Answer) -> Answer:
        message = await settled(desk, call.org, answer.note)
        return Answer(answer.status, {**answer.body, name: words.sms(message)}) if message else answer

    return after


@routes.post(
    CALLS,
    scope="scheduling:write",
    body=shapes.NewCall,
    summary="Schedule a video call",
    example=examples.NEW_CALL,
    answers={201: Doc("Scheduled; the customer's join link is on its way by SMS.", shapes.Scheduled, examples.SCHEDULED)},
    refusals=(404,),
    failure="Failed to schedule video call.",
    after=_waiting_for_sms("confirmationSms"),
)
def schedule_call(work: Work, call: Call[shapes.NewCall, None]) -> Answer:
    """Schedule a call on an existing project (projectId) or on a new one (customerName) and text the customer the join link."""
    who = _customer(work, call)
    wish = words.wish(
        call.body, person_id=who.person_id, own_project=who.project_id, name=who.name, phone=who.phone, email=who.email
    )
    booking = bookings.book(work, call.org, wish)
    message = _told(work, booking, Kind.CONFIRMATION)
    body = {
        "success": True,
        "message": "Video call scheduled successfully",
        "videoCall": words.call(booking, _join(work, booking)),
        "confirmationSms": words.sms(message),
    }
    return Answer(201, body, note=message.id if message else None)


@routes.get(
    CALLS,
    scope="scheduling:read",
    query=shapes.Listing,
    summary="List video calls",
    answers={200: Doc("A page of calls: upcoming ones soonest first, else newest first.", shapes.Page, examples.PAGE)},
    failure="Failed to list video calls.",
)
def list_calls(work: Work, call: Call[None, shapes.Listing]) -> Answer:
    """List the organization's calls, whichever way they were booked."""
    query = call.query
    filters: dict[str, object] = {}
    if query.upcoming:
        filters["starts_from"] = work.now
        filters["statuses"] = tuple(sorted(OPEN))
    if query.status is not None:
        filters["statuses"] = (query.status,)
    if query.project_id is not None:
        filters |= _project_filter(work, call.org, query.project_id.lower())
    found = bookings.listing(work, call.org, limit=query.limit, offset=query.skip, newest_first=not query.upcoming, **filters)
    return Answer(
        200,
        {
            "success": True,
            "videoCalls": [words.listed(booking, _join(work, booking)) for booking in found],
            "pagination": {
                "total": bookings.count(work, call.org, **filters),
                "limit": query.limit,
                "skip": query.skip,
                "returned": len(found),
            },
        },
    )


def _project_filter(work: Work, org: str, project_id: str) -> dict[str, object]:
    """By project, or by the person whose id stands for one."""
    try:
        projects.get(work, org, project_id)
    except NotFound:
        return {"person_id": project_id}
    return {"project_id": project_id}


@routes.get(
    CALLS + "/{callId}",
    scope="scheduling:read",
    summary="Get a video call",
    answers={200: Doc("The call.", shapes.One, examples.ONE)},
    failure="Failed to fetch video call.",
)
def get_call(work: Work, call: Call[None, None]) -> Answer:
    """One call, with the messages its customer was sent."""
    booking = bookings.get(work, call.org, _id(call.path["callId"]))
    told = messages.about(work, call.org, booking.id)
    return Answer(200, {"success": True, "videoCall": words.whole(booking, _join(work, booking), told)})


def _scheduled(work: Work, call: Call[Any, Any], verb: str) -> Booking:
    """The call, which must have the status ``scheduled``."""
    booking = bookings.get(work, call.org, _id(call.path["callId"]))
    if booking.status is not Status.SCHEDULED:
        raise WrongState(booking.status, verb)
    return booking


@routes.patch(
    CALLS + "/{callId}",
    scope="scheduling:write",
    body=shapes.Reschedule,
    summary="Reschedule a video call",
    example=examples.RESCHEDULE,
    answers={200: Doc("Rescheduled; the join link stays the same.", shapes.Rescheduled, examples.RESCHEDULED)},
    failure="Failed to reschedule video call.",
    after=_waiting_for_sms("rescheduleSms"),
)
def reschedule_call(work: Work, call: Call[shapes.Reschedule, None]) -> Answer:
    """Move a scheduled call and text the customer the new time; id and join links stay."""
    booking = _scheduled(work, call, "rescheduled")
    move = Move(starts_at=call.body.scheduled_for, timezone=call.body.timezone)
    booking = bookings.move(work, call.org, booking.id, move)
    message = _told(work, booking, Kind.RESCHEDULE)
    body = {
        "success": True,
        "message": "Video call rescheduled successfully",
        "videoCall": words.brief(booking, _join(work, booking)),
        "rescheduleSms": words.sms(message),
    }
    return Answer(200, body, note=message.id if message else None)


@routes.delete(
    CALLS + "/{callId}",
    scope="scheduling:write",
    body=shapes.Cancellation,
    body_required=False,
    summary="Cancel a video call",
    example=examples.CANCELLATION,
    answers={200: Doc("Cancelled.", shapes.Cancelled, examples.CANCELLED)},
    failure="Failed to cancel video call.",
    after=_waiting_for_sms("cancellationSms"),
)
def cancel_call(work: Work, call: Call[shapes.Cancellation, None]) -> Answer:
    """Cancel a scheduled call; with sendSms the customer is told."""
    booking = _scheduled(work, call, "cancelled")
    booking = bookings.cancel(work, call.org, booking.id, notify=call.body.send_sms)
    message = _told(work, booking, Kind.CANCELLATION)
    body = {
        "success": True,
        "message": "Video call cancelled",
        "videoCall": {"id": booking.id, "status": str(booking.status)},
        "cancellationSms": words.sms(message),
    }
    return Answer(200, body, note=message.id if message else None)


@routes.post(
    "/api/external/projects",
    scope="scheduling:write",
    body=shapes.NewProject,
    summary="Create a project and send the customer an upload link",
    example=examples.NEW_PROJECT,
    answers={201: Doc("Created; the upload link is on its way by SMS.", shapes.ProjectCreated, examples.PROJECT)},
    failure="Failed to create project.",
    after=_waiting_for_sms("uploadLinkSms"),
)
def create_project(work: Work, call: Call[shapes.NewProject, None]) -> Answer:
    """Create a project and text its customer a link where photos and PDFs can be left."""
    body = call.body
    phone = _phone(work, call, body.phone, "phone")
    project = projects.create(work, call.org, customer_name=body.customer_name, phone=phone, email=body.customer_email)
    invitation = projects.invite(work, project)
    return Answer(
        201,
        {
            "success": True,
            "message": "Project created successfully",
            "project": words.project(project, invitation.link),
            "uploadLinkSms": words.sms(invitation.message),
        },
        note=invitation.message.id if invitation.message else None,
    )
