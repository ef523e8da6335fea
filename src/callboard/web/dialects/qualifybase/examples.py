"""The contract's own examples, shown in the document and used by the tests."""

from __future__ import annotations

from typing import Any

_CLINIC = "65f1b2c3-d4e5-8f6a-b7c8-d9e0e1000000"
_LEAD, _APPOINTMENT = "c3e8a1d4-9a1b-8c2d-9e3f-4a5b6c7d8e9f", "2b7c9f2a-1c2d-8e3f-8a4b-5c6d7e8f9a0b"
_AGENT, _CAMPAIGN = "4315bd15-3bcf-4685-9430-09afc83e8e5a", "8a0b71f5-2f1d-4a30-a6d5-14fb4d9d9f17"
_OTHER = "7d1f0c2e-5b6a-8d3c-9f4e-0a1b2c3d4e5f"
_MADE = {"created_at": "2026-04-20T12:00:00.000Z", "updated_at": "2026-04-20T12:00:00.000Z"}
_PAGE = {"total": 1, "limit": 50, "offset": 0, "has_more": False}

NEW_LEAD: dict[str, Any] = {
    "full_name": "Alex Smith",
    "phone": "+14155551212",
    "email": "alex@example.com",
    "treatment_interest": "implants",
    "country": "US",
    "city": "San Francisco",
    "source": "paid_ads",
    "agent_id": _AGENT,
    "external_source": "make_facebook_lead_ads",
    "external_id": "fb_lead_987654321",
}
NEW_APPOINTMENT = {
    "lead_id": _LEAD,
    "scheduled_at": "2026-04-26T09:00:00Z",
    "ends_at": "2026-04-26T09:30:00Z",
    "title": "Consultation",
}
CHANGE = {"scheduled_at": "2026-04-27T09:00:00Z", "ends_at": "2026-04-27T09:30:00Z"}
NEW_CONTACT = {
    "name": "Alex Smith",
    "phone": "+14155551212",
    "interest": "implants",
    "city": "San Francisco",
    "country": "US",
    "email": "alex@example.com",
}
NEW_WEBHOOK: dict[str, Any] = {
    "url": "https://hooks.example.com/qualifybase",
    "events": ["appointment.created", "appointment.cancelled"],
}
NEW_BLOCK = {
    "external_source": "google_calendar",
    "external_id": "evt_abc123",
    "starts_at": "2026-05-15T11:00:00Z",
    "ends_at": "2026-05-15T11:30:00Z",
    "title": "External consultation",
}

ME = {
    "clinic": {"id": _CLINIC, "name": "Bright Smile Clinic", "timezone": "Europe/London"},
    "api_key": {
        "id": _OTHER,
        "name": "Zapier",
        "prefix": "qbk_live_",
        "last_four": "x7Qa",
        "scopes": ["leads:read", "leads:write"],
        "rate_limit_per_minute": 120,
        "created_at": "2026-04-20T12:00:00.000Z",
        "last_used_at": None,
    },
}
LEAD = {
    "id": _LEAD,
    "clinic_id": _CLINIC,
    "status": "lead",
    "language": None,
    "notes": None,
    "do_not_call": False,
    "external_metadata": {},
    **NEW_LEAD,
    **_MADE,
}
LEADS = {"data": [LEAD], "pagination": _PAGE}
AGENTS = {
    "data": [
        {
            "id": _AGENT,
            "name": "Dana",
            "direction": "outbound",
            "timezone": "Europe/London",
            "active": True,
            "created_at": "2026-04-20T12:00:00.000Z",
        }
    ]
}
SLOTS = {
    "data": [
        {
            "scheduled_at": "2026-04-27T08:00:00.000Z",
            "starts_at": "2026-04-27T08:00:00.000Z",
            "ends_at": "2026-04-27T08:30:00.000Z",
            "agent_ids": [_AGENT],
        }
    ],
    "timezone": "Europe/London",
}
APPOINTMENT: dict[str, Any] = {
    "id": _APPOINTMENT,
    "clinic_id": _CLINIC,
    "lead_id": _LEAD,
    "assigned_to": _AGENT,
    "status": "confirmed",
    "scheduled_at": "2026-04-26T09:00:00.000Z",
    "ends_at": "2026-04-26T09:30:00.000Z",
    "title": "Consultation",
    "notes": None,
    "cancelled_at": None,
    "cancellation_reason": None,
    **_MADE,
}
APPOINTMENTS = {"data": [APPOINTMENT], "pagination": _PAGE}
CANCELLED = {**APPOINTMENT, "status": "cancelled", "cancelled_at": "2026-04-21T12:00:00.000Z"}
CAMPAIGNS = {
    "data": [
        {
            "id": _CAMPAIGN,
            "name": "Spring implants",
            "status": "running",
            "agent_id": _AGENT,
            "target_country": "US",
            "total_contacts": 128,
            "created_at": "2026-04-20T12:00:00.000Z",
        }
    ],
    "pagination": _PAGE,
}
CONTACT = {
    "id": _OTHER,
    "campaign_id": _CAMPAIGN,
    **NEW_CONTACT,
    "language": None,
    "notes": None,
    "status": "pending",
    "validation_status": "valid",
    "attempts": 0,
    "callback_at": None,
    "last_attempt_at": None,
    **_MADE,
}
CONTACTS = {"data": [CONTACT], "pagination": _PAGE}
WEBHOOK = {"id": _OTHER, **NEW_WEBHOOK, "status": "active", "created_at": "2026-04-20T12:00:00.000Z"}
WEBHOOKS = {"data": [WEBHOOK]}
NEW_WEBHOOK_ANSWER = {**WEBHOOK, "signingSecret": "whsec_..."}
BLOCK = {
    "id": _OTHER,
    "external_source": "google_calendar",
    "external_id": "evt_abc123",
    "starts_at": "2026-05-15T11:00:00.000Z",
    "ends_at": "2026-05-15T11:30:00.000Z",
    "title": "External consultation",
    "agent_id": None,
    **_MADE,
}
ERROR = {"error": {"code": "invalid_input", "message": "agent_id must name an outbound agent."}}
