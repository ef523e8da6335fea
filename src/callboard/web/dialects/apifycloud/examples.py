"""The contract's own examples, shown in the document and used by the tests."""

from __future__ import annotations

from typing import Any

NEW_CALL: dict[str, Any] = {
    "assignedAgentId": "018f3b1e-7a2c-8d4e-9f5a-6b7c8d9e0f1a",
    "assignmentMethod": "manual",
    "guestName": "Jane Doe",
    "guestPhone": "+57 300 555 0100",
    "guestEmail": "jane@example.com",
    "guestTimezone": "America/Bogota",
    "guestIntakeNotes": "Wants to discuss contract renewal",
    "scheduledAtUtc": "2026-05-01T15:00:00.000Z",
    "durationMinutes": 30,
    "appTimezone": "America/Bogota",
    "bufferBeforeMinutes": 5,
    "bufferAfterMinutes": 5,
    "requireConfirmation": False,
}
CHANGE = {"scheduledAtUtc": "2026-05-02T16:00:00.000Z"}
CANCELLATION = {"reason": "Customer no longer interested"}
_CALL: dict[str, Any] = {
    "id": "018f3b1e-8b3d-8e5f-8a6b-7c8d9e0f1a2b",
    "app_id": "018f3b1e-6a1b-8c3d-8e4f-5a6b7c8d9e0f",
    "booking_source": "api",
    "assigned_agent_id": NEW_CALL["assignedAgentId"],
    "assignment_method": "manual",
    "guest_name": "Jane Doe",
    "guest_phone": "+57 300 555 0100",
    "guest_email": "jane@example.com",
    "guest_timezone": "America/Bogota",
    "guest_intake_notes": "Wants to discuss contract renewal",
    "scheduled_at": "2026-05-01T15:00:00.000Z",
    "duration_minutes": 30,
    "buffer_before_minutes": 5,
    "buffer_after_minutes": 5,
    "app_timezone": "America/Bogota",
    "status": "scheduled",
    "confirm_by": None,
    "cancelled_at": None,
    "cancellation_reason": None,
    "created_at": "2026-04-22T12:00:00.000Z",
    "updated_at": "2026-04-22T12:00:00.000Z",
}
ONE = {"data": {"call": _CALL}}
CHANGED = {"data": {"call": {**_CALL, "scheduled_at": "2026-05-02T16:00:00.000Z"}}}
CANCELLED = {
    "data": {
        "call": {
            **_CALL,
            "status": "cancelled",
            "cancelled_at": "2026-04-22T12:05:00.000Z",
            "cancellation_reason": "Customer no longer interested",
        }
    }
}
PAGE = {"data": {"calls": [_CALL]}, "pagination": {"total": 1, "limit": 50, "offset": 0, "hasMore": False}}
ERROR = {
    "error": {
        "code": "invalid_request",
        "message": "guestName is required",
        "details": {"field": "guestName", "reason": "is required"},
    }
}
