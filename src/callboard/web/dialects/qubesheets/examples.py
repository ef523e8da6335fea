"""The contract's own examples, shown in the document and used by the tests."""

from __future__ import annotations

from typing import Any

_ID, _PROJECT = "65f1b2c3d4e5f6a7b8c9d0e1", "65f1b2c3d4e5f6a7b8c9d0e2"
_JOIN = f"https://app.qubesheets.com/join/video-call/{_ID}?t=..."
_SMS = {"attempted": True, "delivered": True}

NEW_CALL: dict[str, Any] = {
    "customerName": "Jane Doe",
    "customerPhone": "5551234567",
    "customerEmail": "jane@example.com",
    "scheduledFor": "2026-06-15T20:00:00.000Z",
    "timezone": "America/New_York",
}
RESCHEDULE = {"scheduledFor": "2026-06-16T21:00:00.000Z", "timezone": "America/New_York"}
CANCELLATION = {"sendSms": True}
NEW_PROJECT = {"customerName": "John Smith", "phone": "5551234567"}

_CALL: dict[str, Any] = {
    "id": _ID,
    "projectId": _PROJECT,
    "roomId": f"{_PROJECT}-1717000000000-a1b2c3d4",
    "scheduledFor": "2026-06-15T20:00:00.000Z",
    "timezone": "America/New_York",
    "status": "scheduled",
    "customerName": "Jane Doe",
    "customerPhone": "+15551234567",
    "customerEmail": "jane@example.com",
    "agentJoinLink": _JOIN,
    "customerJoinLink": _JOIN,
    "createdAt": "2026-05-01T12:00:00.000Z",
}
_LISTED = {**_CALL, "updatedAt": "2026-05-01T12:00:00.000Z"}
SCHEDULED = {
    "success": True,
    "message": "Video call scheduled successfully",
    "videoCall": _CALL,
    "confirmationSms": _SMS,
}
PAGE = {"success": True, "videoCalls": [_LISTED], "pagination": {"total": 1, "limit": 20, "skip": 0, "returned": 1}}
ONE = {
    "success": True,
    "videoCall": {
        **_LISTED,
        "remindersSent": [{"type": "confirmation", "sentAt": "2026-05-01T12:00:01.000Z", "method": "sms"}],
    },
}
RESCHEDULED = {
    "success": True,
    "message": "Video call rescheduled successfully",
    "videoCall": {
        "id": _ID,
        "projectId": _PROJECT,
        "scheduledFor": "2026-06-16T21:00:00.000Z",
        "timezone": "America/New_York",
        "status": "scheduled",
        "agentJoinLink": _JOIN,
        "customerJoinLink": _JOIN,
    },
    "rescheduleSms": _SMS,
}
CANCELLED = {
    "success": True,
    "message": "Video call cancelled",
    "videoCall": {"id": _ID, "status": "cancelled"},
    "cancellationSms": _SMS,
}
PROJECT = {
    "success": True,
    "message": "Project created successfully",
    "project": {
        "id": _PROJECT,
        "customerName": "John Smith",
        "phone": "+15551234567",
        "uploadLink": f"https://app.qubesheets.com/upload/{_PROJECT}?t=...",
        "createdAt": "2026-05-01T12:00:00.000Z",
    },
    "uploadLinkSms": _SMS,
}
ERROR = {"error": "Invalid scheduledFor", "message": "scheduledFor must be in the future"}
