"""Shape ↔ noun, pure: how Qubesheets spells a booking."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from callboard.domain.bookings import Booking, Wish
from callboard.domain.messages import Message
from callboard.domain.projects import Project
from callboard.services import messages
from callboard.web.dialects.qubesheets.shapes import NewCall


def instant(at: int) -> str:
    """``2026-06-15T20:00:00.000Z``."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def project_id(booking: Booking) -> str:
    """A call always has a project here: its own, or the customer's id, or its own id when it is nobody's."""
    return booking.project_id or booking.person_id or booking.id


def room_id(booking: Booking) -> str:
    """Project, creation in milliseconds, and the room's own eight characters."""
    return f"{project_id(booking)}-{booking.created_at * 1000}-{booking.room or booking.id[-8:]}"


def wish(
    body: NewCall, *, person_id: str | None, own_project: str | None, name: str, phone: str | None, email: str | None
) -> Wish:
    """What the caller asks for."""
    return Wish(
        starts_at=body.scheduled_for,
        timezone=body.timezone,
        person_id=person_id,
        project_id=own_project,
        customer_name=name,
        customer_phone=phone,
        customer_email=email,
        title="Video call",
        source="qubesheets",
    )


def brief(booking: Booking, join: tuple[str, str]) -> dict[str, Any]:
    """A call after a change of time; ``join`` the links of agent and customer."""
    return {
        "id": booking.id,
        "projectId": project_id(booking),
        "scheduledFor": instant(booking.starts_at),
        "timezone": booking.timezone,
        "status": str(booking.status),
        "agentJoinLink": join[0],
        "customerJoinLink": join[1],
    }


def call(booking: Booking, join: tuple[str, str]) -> dict[str, Any]:
    """A call as it was just made."""
    return {
        "id": booking.id,
        "projectId": project_id(booking),
        "roomId": room_id(booking),
        "scheduledFor": instant(booking.starts_at),
        "timezone": booking.timezone,
        "status": str(booking.status),
        "customerName": booking.customer_name,
        "customerPhone": booking.customer_phone,
        "customerEmail": booking.customer_email,
        "agentJoinLink": join[0],
        "customerJoinLink": join[1],
        "createdAt": instant(booking.created_at),
    }


def listed(booking: Booking, join: tuple[str, str]) -> dict[str, Any]:
    """A call in a list."""
    return {**call(booking, join), "updatedAt": instant(booking.updated_at)}


def whole(booking: Booking, join: tuple[str, str], told: list[Message]) -> dict[str, Any]:
    """One call, with what really went out to the customer."""
    found = listed(booking, join)
    updated = found.pop("updatedAt")
    reminders = [
        {"type": message.kind, "sentAt": instant(message.sent_at), "method": "sms"}
        for message in told
        if message.delivered and message.sent_at is not None
    ]
    created = found.pop("createdAt")
    return {**found, "remindersSent": reminders, "createdAt": created, "updatedAt": updated}


def sms(message: Message | None) -> dict[str, bool]:
    """What truly became of a message."""
    attempted, delivered = messages.truth(message)
    return {"attempted": attempted, "delivered": delivered}


def project(found: Project, link: str) -> dict[str, Any]:
    """A project with its customer's upload link."""
    return {
        "id": found.id,
        "customerName": found.customer_name,
        "phone": found.customer_phone,
        "uploadLink": link,
        "createdAt": instant(found.created_at),
    }
