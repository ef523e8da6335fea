"""Appointments: book, list, fetch, change, cancel."""

from __future__ import annotations

from typing import Any

from callboard.domain.bookings import MINUTE, Assignment, Booking, Move, Wish
from callboard.domain.errors import Invalid
from callboard.services import bookings, organizations, people
from callboard.services.service import Work
from callboard.web.contract import Answer, Call, Doc, Routes
from callboard.web.dialects.qualifybase import answers, examples, shapes, words
from callboard.web.dialects.qualifybase.clinic import agent_named

routes = Routes()
_PATH = "/api/v1/appointments"


@routes.post(
    _PATH,
    scope="scheduling:write",
    body=shapes.NewAppointment,
    summary="Book an appointment",
    example=examples.NEW_APPOINTMENT,
    answers={201: Doc("Booked.", answers.Appointment, examples.APPOINTMENT)},
    refusals=(404,),
)
def book_appointment(work: Work, call: Call[shapes.NewAppointment, None]) -> Answer:
    """Book an appointment for a lead. A time that is taken, blocked or outside working hours is refused with 409."""
    body = call.body
    length = None if body.ends_at is None else words.minutes(body.scheduled_at, body.ends_at)
    lead = people.get(work, call.org, words.known(body.lead_id, "person"))
    agent = agent_named(work, call.org, body.assigned_to, "assigned_to")
    wish = Wish(
        starts_at=body.scheduled_at,
        duration_minutes=length,
        agent_id=agent.id if agent else None,
        assignment=Assignment.MANUAL if agent else Assignment.POOL,
        timezone=lead.timezone,
        title=body.title or "",
        notes=body.notes,
        person_id=lead.id,
        source="qualifybase",
    )
    return Answer(201, words.appointment(bookings.book(work, call.org, wish)))


@routes.get(
    _PATH,
    scope="scheduling:read",
    query=shapes.AppointmentQuery,
    summary="List appointments",
    answers={200: Doc("A page of appointments, latest start first.", answers.Appointments, examples.APPOINTMENTS)},
)
def list_appointments(work: Work, call: Call[None, shapes.AppointmentQuery]) -> Answer:
    """Appointments of the clinic, however they were booked, filtered by status, date, lead or agent."""
    query, zone = call.query, organizations.get(work, call.org).timezone
    agent = agent_named(work, call.org, query.assigned_to, "assigned_to")
    filters: dict[str, Any] = {
        "statuses": words.statuses(query.status) if query.status else None,
        "starts_from": None if query.from_ is None else words.begins(query.from_, zone),
        "starts_to": None if query.to is None else words.ends(query.to, zone),
        "person_id": words.named(query.lead_id, "lead_id"),
        "agent_id": agent.id if agent else None,
    }
    found = bookings.listing(work, call.org, limit=query.limit, offset=query.offset, newest_first=True, **filters)
    total = bookings.count(work, call.org, **filters)
    return Answer(200, words.page([words.appointment(b) for b in found], total, query.limit, query.offset))


@routes.get(
    _PATH + "/{id}",
    scope="scheduling:read",
    summary="Fetch an appointment",
    answers={200: Doc("The appointment.", answers.Appointment, examples.APPOINTMENT)},
)
def get_appointment(work: Work, call: Call[None, None]) -> Answer:
    """One appointment."""
    return Answer(200, words.appointment(bookings.get(work, call.org, words.known(call.path["id"], "booking"))))


@routes.patch(
    _PATH + "/{id}",
    scope="scheduling:write",
    body=shapes.AppointmentChange,
    summary="Reschedule or update an appointment",
    example=examples.CHANGE,
    answers={200: Doc("As it is now; the id stays.", answers.Appointment, examples.APPOINTMENT)},
)
def change_appointment(work: Work, call: Call[shapes.AppointmentChange, None]) -> Answer:
    """Move an appointment, give it to somebody else, change its words or its status: all of it or nothing."""
    if not call.sent & set(shapes.AppointmentChange.model_fields):
        raise Invalid("body", "must name something to change")
    booking = bookings.get(work, call.org, words.known(call.path["id"], "booking"))
    booking = _moved(work, call, booking)
    changes = {name: getattr(call.body, name) for name in ("title", "notes") if name in call.sent}
    if "title" in changes:
        changes["title"] = changes["title"] or ""
    if changes:
        booking = bookings.update(work, call.org, booking.id, **changes)
    return Answer(200, words.appointment(_with_status(work, call, booking)))


def _moved(work: Work, call: Call[shapes.AppointmentChange, None], old: Booking) -> Booking:
    body = call.body
    agent = agent_named(work, call.org, body.assigned_to, "assigned_to")
    if body.scheduled_at is None and body.ends_at is None and agent is None:
        return old
    start = old.starts_at if body.scheduled_at is None else body.scheduled_at
    end = start + old.duration_minutes * MINUTE if body.ends_at is None else body.ends_at
    move = Move(starts_at=start, duration_minutes=words.minutes(start, end), agent_id=agent.id if agent else None)
    return bookings.move(work, call.org, old.id, move)


def _with_status(work: Work, call: Call[shapes.AppointmentChange, None], booking: Booking) -> Booking:
    match call.body.status:
        case "confirmed":
            return bookings.confirm(work, call.org, booking.id)
        case "completed":
            return bookings.complete(work, call.org, booking.id)
        case "no_show":
            return bookings.no_show(work, call.org, booking.id)
        case "cancelled":
            return bookings.cancel(work, call.org, booking.id, reason=call.body.reason)
        case _:
            return booking


@routes.delete(
    _PATH + "/{id}",
    scope="scheduling:write",
    query=shapes.CancelQuery,
    summary="Cancel an appointment",
    answers={200: Doc("Cancelled; it stays in the list.", answers.Appointment, examples.CANCELLED)},
)
def cancel_appointment(work: Work, call: Call[None, shapes.CancelQuery]) -> Answer:
    """Cancel an appointment and free its time at once; the row stays, with status cancelled. Twice is the same as once."""
    booking_id = words.known(call.path["id"], "booking")
    return Answer(200, words.appointment(bookings.cancel(work, call.org, booking_id, reason=call.query.reason)))
