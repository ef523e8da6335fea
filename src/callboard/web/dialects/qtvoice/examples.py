"""The contract's own examples, shown in the document and used by the tests. Ids are spelled as they are given out."""

from __future__ import annotations

from typing import Any

_TAIL = "65a5c0e8f1b2c3d4e5f6a7b8"
_PAGINATION = {"page": 1, "limit": 50, "total": 1, "totalPages": 1}
NEW_CALL = {"to": "+12155551234", "from": "+12155555678"}
CALL: dict[str, Any] = {
    "id": f"call_{_TAIL}",
    "callSid": "CA1234567890",
    "from": "+12155551234",
    "to": "+12155555678",
    "direction": "inbound",
    "status": "completed",
    "duration": 145,
    "recordingUrl": "https://...",
    "createdAt": "2024-01-15T10:30:00Z",
    "answeredAt": "2024-01-15T10:30:05Z",
    "endedAt": "2024-01-15T10:32:30Z",
}
CALLS = {"data": [CALL], "pagination": {"page": 1, "limit": 50, "total": 1234, "totalPages": 25}}
INITIATED = {
    "id": f"call_{_TAIL}",
    "status": "initiated",
    "from": "+12155555678",
    "to": "+12155551234",
    "message": "Call initiation requested",
}
NEW_SMS = {"to": "+12155551234", "message": "Hello from QTvoice!", "from": "+12155555678"}
SMS: dict[str, Any] = {
    "id": f"sms_{_TAIL}",
    "from": "+12155555678",
    "to": "+12155551234",
    "direction": "outbound",
    "message": "Hello from QTvoice!",
    "status": "sent",
    "reason": None,
    "createdAt": "2024-01-15T10:30:00Z",
    "sentAt": "2024-01-15T10:30:01Z",
    "deliveredAt": None,
}
SMS_PAGE = {"data": [SMS], "pagination": _PAGINATION}
NEW_CONTACT = {
    "first_name": "John",
    "last_name": "Doe",
    "company": "Acme Inc",
    "email": "john@acme.com",
    "phone": "+12155551234",
    "notes": "VIP customer",
}
CALLER: dict[str, Any] = {
    "id": f"contact_{_TAIL}",
    "first_name": "John",
    "last_name": "Doe",
    "company": "Acme Inc",
    "email": "john@acme.com",
    "phone": "+12155551234",
}
CONTACT = {**CALLER, "notes": "VIP customer", "createdAt": "2024-01-15T10:30:00Z", "updatedAt": "2024-01-15T10:30:00Z"}
CONTACTS = {"data": [CONTACT], "pagination": _PAGINATION}
CHANGE = {"company": "Acme Ltd", "notes": None}
SCREEN_POP = {
    "found": True,
    "contact": CALLER,
    "recent_calls": [
        {
            "id": f"call_{_TAIL}",
            "direction": "inbound",
            "status": "completed",
            "duration": 120,
            "createdAt": "2024-01-15T10:30:00Z",
        }
    ],
}
VOICEMAIL: dict[str, Any] = {
    "id": f"vm_{_TAIL}",
    "callId": f"call_{_TAIL}",
    "from": "+12155551234",
    "to": "+12155555678",
    "duration": 23,
    "recordingUrl": "https://...",
    "transcription": "Please call me back.",
    "is_read": False,
    "createdAt": "2024-01-15T10:30:00Z",
}
VOICEMAILS = {"data": [VOICEMAIL], "pagination": _PAGINATION}
EXTENSIONS = {"data": [{"id": f"ext_{_TAIL}", "extension": "101", "name": "Dana", "active": True}]}
ERROR = {"error": "Invalid API key", "code": "UNAUTHORIZED"}
