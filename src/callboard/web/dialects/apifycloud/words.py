"""Shape ↔ noun, pure: how ApifyCloud spells a booking."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from callboard.domain import ids
from callboard.domain.bookings import Assignment, Booking, Wish
from callboard.domain.keys import FLAVOURS
from callboard.web.dialects.apifycloud.shapes import NewCall

NAME = "apifycloud"
USUAL_MINUTES = 30  # the contract's own default, whatever the organization's; buffers are the organization's to set


def instant(at: int) -> str:
    """``2026-05-01T15:00:00.000Z``."""
    return datetime.fromtimestamp(at, UTC).isoformat()[:19] + ".000Z"  # five times as fast as strftime, and lists are long


def maybe(at: int | None) -> str | None:
    """An instant, or null."""
    return None if at is None else instant(at)


def wish(body: NewCall, agent_id: str | None, phone: str | None) -> Wish:
    """What the caller asks for; ``phone`` in E.164. Its spelling as sent and the display zone are kept beside it."""
    return Wish(
        starts_at=body.scheduled_at_utc,
        duration_minutes=body.duration_minutes or USUAL_MINUTES,
        agent_id=agent_id,
        assignment=Assignment(body.assignment_method or "manual"),
        buffer_before_minutes=body.buffer_before_minutes,
        buffer_after_minutes=body.buffer_after_minutes,
        timezone=body.guest_timezone or body.app_timezone,
        title="Video call",
        customer_name=body.guest_name,
        customer_phone=phone,
        customer_email=body.guest_email,
        notes=body.guest_intake_notes,
        source=NAME,
        require_confirmation=bool(body.require_confirmation),
        details={NAME: {"app_timezone": body.app_timezone, **spelled(phone, body.guest_phone)}},
    )


def spelled(phone: str | None, sent: str | None) -> dict[str, str]:
    """How the caller wrote a number, with the number it is the spelling of."""
    return {"guest_phone": sent, "guest_phone_of": phone} if phone and sent and sent != phone else {}


def kept(booking: Booking) -> Mapping[str, Any]:
    """What this dialect keeps for itself in a booking."""
    found: Mapping[str, Any] = booking.details.get(NAME, {})
    return found


def guest_phone(booking: Booking) -> str | None:
    """The number as the caller wrote it, as long as it is still that number."""
    own = kept(booking)
    sent: str | None = own.get("guest_phone")
    return sent if sent and own.get("guest_phone_of") == booking.customer_phone else booking.customer_phone


def call(booking: Booking, home: str) -> dict[str, Any]:
    """A call, whichever way it was booked; ``home`` the organization's zone, for calls that name no display zone."""
    return {
        "id": ids.to_uuid(booking.id),
        "app_id": ids.to_uuid(booking.organization_id),
        "booking_source": "api" if booking.source in FLAVOURS else "admin",
        "assigned_agent_id": ids.to_uuid(booking.agent_id),
        "assignment_method": str(booking.assignment),
        "guest_name": booking.customer_name,
        "guest_phone": guest_phone(booking),
        "guest_email": booking.customer_email,
        "guest_timezone": booking.timezone,
        "guest_intake_notes": booking.notes,
        "scheduled_at": instant(booking.starts_at),
        "duration_minutes": booking.duration_minutes,
        "buffer_before_minutes": booking.buffer_before_minutes,
        "buffer_after_minutes": booking.buffer_after_minutes,
        "app_timezone": kept(booking).get("app_timezone", home),
        "status": str(booking.status),
        "confirm_by": maybe(booking.confirm_by),
        "cancelled_at": maybe(booking.cancelled_at),
        "cancellation_reason": booking.cancellation_reason,
        "created_at": instant(booking.created_at),
        "updated_at": instant(booking.updated_at),
    }
