"""The contract's own example, shown in the document and used by the tests."""

from __future__ import annotations

from typing import Any

_BASE = "https://callboard.example"
_ID = "68a48b94f1b2c3d4e5f6a7b8"
_URL = f"{_BASE}/involve/api/v1/appointments"
_FEATURES: dict[str, Any] = {
    "features_call_recording_enable": False,
    "features_breakout_room_enable": False,
    "features_webcam_access_agent_enable": True,
    "features_webcam_access_claimant_enable": True,
    "features_webcam_background_blurring_enable": False,
    "features_microphone_access_enable": True,
    "features_screen_sharing_enable": False,
    "features_messages_chat_enable": False,
    "features_participant_list_enable": False,
    "features_bandwidth": None,
}
_REDIRECTS: dict[str, Any] = {
    "use_custom_post_call_redirect": False,
    "custom_user_post_call_redirect_url": None,
    "custom_agent_post_call_redirect_url": "https://www.sampleurl.co.uk",
}
_CLAIMANT = {
    "name": "John Doe",
    "date_of_birth": "1990-01-01",
    "phone_number": "+442071234567",
    "email": "test@test.com",
}
NEW: dict[str, Any] = {
    "reference": "SXW5qOJBYeIEf0G",
    "appointment_at": "2025-08-19T16:50:00.000000",
    "duration_in_minutes": 30,
    "is_interpreter_needed": False,
    "interpreter_language": None,
    "department": None,
    "claimant": _CLAIMANT,
    **_FEATURES,
    **_REDIRECTS,
}
CHANGE = {"appointment_at": "2025-08-20T09:00:00.000000", "duration_in_minutes": 45}
CANCELLATION = {"cancellation_reason": "The claimant asked for another day."}
APPOINTMENT: dict[str, Any] = {
    "id": "68a48b94-f1b2-8c3d-9394-56a7b8f1b2c3",
    "reference": "SXW5qOJBYeIEf0G",
    "appointment_at": "2025-08-19T16:50:00.000000Z",
    "duration_in_minutes": 30,
    "is_interpreter_needed": False,
    "interpreter_language": None,
    "status": "scheduled",
    "url": f"{_BASE}/involve/client-web/schedule/pre-call/summary?reference=SXW5qOJBYeIEf0G&t=...",
    "created_at": "2025-08-19T14:38:12.000000Z",
    "cancelled_at": None,
    "cancellation_reason": None,
    "department": None,
    "claimant": {**_CLAIMANT, "data": []},
    "meeting": {
        "id": str(int(_ID, 16)),
        "room_name": f"/{_ID}",
        "room_url": f"{_BASE}/join/video-call/{_ID}?t=...",
        "start_date": "2025-08-19T14:38:12+00:00",
        "end_date": "2025-08-19T23:59:59+00:00",
    },
    "session_started_at": None,
    "session_ended_at": None,
    "on_hold_started_at": None,
    "on_hold_ended_at": None,
    **_FEATURES,
    **_REDIRECTS,
}
ONE = {"data": APPOINTMENT}
MOVED = {"data": {**APPOINTMENT, "appointment_at": "2025-08-20T09:00:00.000000Z", "duration_in_minutes": 45}}
CANCELLED = {
    "data": {
        **APPOINTMENT,
        "status": "cancelled",
        "cancelled_at": "2025-08-19T15:00:00.000000Z",
        "cancellation_reason": "The claimant asked for another day.",
    }
}
PAGE = {
    "data": [APPOINTMENT],
    "links": {"first": f"{_URL}?page=1", "last": f"{_URL}?page=1", "prev": None, "next": None},
    "meta": {"current_page": 1, "from": 1, "last_page": 1, "path": _URL, "per_page": 15, "to": 1, "total": 1},
}
_FIELD = "The appointment at field is required."
ERROR = {"message": _FIELD, "errors": {"appointment_at": [_FIELD]}}
