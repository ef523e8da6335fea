"""Shape ↔ noun, pure: how QTvoice spells calls, messages, contacts and voicemails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from callboard.domain import ids
from callboard.domain.calls import Call, Extension, Voicemail
from callboard.domain.errors import Invalid, NotFound
from callboard.domain.messages import Message
from callboard.domain.people import Person
from callboard.domain.phones import parse_phone
from callboard.domain.zones import iso
from callboard.web.dialects.qtvoice.shapes import Paged

CALL, CONTACT, EXTENSION, SMS, VOICEMAIL = "call", "contact", "ext", "sms", "vm"
_NOUNS = {CALL: "call", CONTACT: "person", EXTENSION: "extension", SMS: "message", VOICEMAIL: "voicemail"}
_SMS_STATUS = {"waiting": "queued", "void": "canceled"}


def read_id(word: str, text: str) -> str:
    """The id behind ``word_``; NotFound for any other text, as for an id nobody has."""
    found = ids.from_prefixed(word, text)
    if found is None:
        raise NotFound(_NOUNS[word])
    return found


def number(text: str | None, country: str) -> str | None:
    """A number to look for as it is stored: E.164, or as it came when it is none (a caller may be ``anonymous``)."""
    if text is None:
        return None
    try:
        return parse_phone(text, country)
    except Invalid:
        return text


def call(found: Call) -> dict[str, Any]:
    """A call."""
    return {
        "id": ids.prefixed(CALL, found.id),
        "callSid": found.provider_id,
        "from": found.from_number or None,
        "to": found.to_number or None,
        "direction": found.direction,
        "status": found.status,
        "duration": found.duration_seconds,
        "recordingUrl": found.recording_url,
        "createdAt": iso(found.created_at),
        "answeredAt": iso(found.answered_at),
        "endedAt": iso(found.ended_at),
    }


def brief(found: Call) -> dict[str, Any]:
    """A call in a caller's recent history."""
    whole = call(found)
    return {name: whole[name] for name in ("id", "direction", "status", "duration", "createdAt")}


def initiated(found: Call) -> dict[str, Any]:
    """A call that was asked for."""
    whole = call(found)
    return {name: whole[name] for name in ("id", "status", "from", "to")} | {"message": "Call initiation requested"}


def sms(found: Message) -> dict[str, Any]:
    """A text message, with how far it truly got."""
    return {
        "id": ids.prefixed(SMS, found.id),
        "from": found.from_number,
        "to": found.to_number,
        "direction": found.direction,
        "message": found.body,
        "status": _SMS_STATUS.get(found.status, str(found.status)),
        "reason": found.reason,
        "createdAt": iso(found.created_at),
        "sentAt": iso(found.sent_at),
        "deliveredAt": iso(found.delivered_at),
    }


def caller(found: Person) -> dict[str, Any]:
    """Who is calling, as the screen pop shows them."""
    return {
        "id": ids.prefixed(CONTACT, found.id),
        "first_name": found.first_name,
        "last_name": found.last_name,
        "company": found.company,
        "email": found.email,
        "phone": found.phone,
    }


def contact(found: Person) -> dict[str, Any]:
    """A contact."""
    times = {"createdAt": iso(found.created_at), "updatedAt": iso(found.updated_at)}
    return caller(found) | {"notes": found.notes} | times


def voicemail(found: Voicemail) -> dict[str, Any]:
    """A voicemail."""
    return {
        "id": ids.prefixed(VOICEMAIL, found.id),
        "callId": ids.prefixed(CALL, found.call_id) if found.call_id else None,
        "from": found.from_number or None,
        "to": found.to_number or None,
        "duration": found.duration_seconds,
        "recordingUrl": found.recording_url,
        "transcription": found.transcript,
        "is_read": found.is_read,
        "createdAt": iso(found.created_at),
    }


def extension(found: Extension) -> dict[str, Any]:
    """An extension."""
    return {"id": ids.prefixed(EXTENSION, found.id), "extension": found.number, "name": found.name, "active": found.active}


def page(query: Paged, total: int, data: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A page with where it stands among all."""
    pages = -(-total // query.limit)
    return {
        "data": list(data),
        "pagination": {"page": query.page, "limit": query.limit, "total": total, "totalPages": pages},
    }


def offset(query: Paged) -> int:
    """How many results come before the page."""
    return (query.page - 1) * query.limit
