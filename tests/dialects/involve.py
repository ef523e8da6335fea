"""What the tests of Involve share: the contract's own request and its time, appointments made, its refusals."""

from __future__ import annotations

from typing import Any

import httpx

from callboard.domain import ids
from callboard.domain.bookings import Booking
from callboard.services import bookings
from dialects.house import Tenant

APPOINTMENTS = "/involve/api/v1/appointments"
SUMMARY = "/involve/client-web/schedule/pre-call/summary"
MADE = "2025-08-19T14:38:12Z"
# The contract's request, as its Python example sends it.
PAYLOAD = {
    "reference": "SXW5qOJBYeIEf0G",
    "appointment_at": "2025-08-19T16:50:00.000000",
    "duration_in_minutes": "30",
    "is_interpreter_needed": "false",
    "interpreter_language": "",
    "department": "",
    "claimant[name]": "John Doe",
    "claimant[date_of_birth]": "1990-01-01",
    "claimant[phone_number]": "+442071234567",
    "claimant[email]": "test@test.com",
    "features_call_recording_enable": "false",
    "features_breakout_room_enable": "false",
    "features_webcam_access_agent_enable": "true",
    "features_webcam_access_claimant_enable": "true",
    "features_webcam_background_blurring_enable": "false",
    "features_microphone_access_enable": "true",
    "features_screen_sharing_enable": "false",
    "features_messages_chat_enable": "false",
    "features_participant_list_enable": "false",
    "features_bandwidth": "",
    "use_custom_post_call_redirect": "false",
    "custom_user_post_call_redirect_url": "",
    "custom_agent_post_call_redirect_url": "https://www.sampleurl.co.uk",
}
SHORT = {"appointment_at": "2025-08-20T09:00:00Z", "claimant[name]": "Jane Roe"}
NOT_FOUND = {"message": "Appointment not found."}


def make(http: httpx.Client, **changes: Any) -> dict[str, Any]:
    answer = http.post(APPOINTMENTS, data={**SHORT, **changes})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


def booking_of(tenant: Tenant, appointment: dict[str, Any]) -> Booking:
    found: Booking = tenant.session.get(bookings.get, tenant.org.id, ids.from_uuid(appointment["id"]))
    return found


def invalid(answer: httpx.Response, field: str, message: str | None = None) -> None:
    assert answer.status_code == 422, answer.text
    body = answer.json()
    assert set(body) == {"message", "errors"}
    assert body["errors"] == {field: [body["message"]]}
    if message is not None:
        assert body["message"] == message
