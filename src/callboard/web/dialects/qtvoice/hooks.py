"""QTvoice's webhook form: ``{event, timestamp, data}``, signed with the hex HMAC-SHA256 of the body."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from callboard.domain import ids
from callboard.domain.webhooks import View
from callboard.domain.zones import iso


def _call(c: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": ids.prefixed("call", c["id"]),
        "callSid": c.get("provider_id"),
        "from": c.get("from_number"),
        "to": c.get("to_number"),
        "direction": c.get("direction"),
        "status": c.get("status"),
        "duration": c.get("duration_seconds", 0),
        "recordingUrl": c.get("recording_url"),
        "createdAt": iso(c.get("created_at")),
        "answeredAt": iso(c.get("answered_at")),
        "endedAt": iso(c.get("ended_at")),
    }


def _message(m: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": ids.prefixed("sms", m["id"]),
        "from": m.get("from_number"),
        "to": m.get("to_number"),
        "direction": m.get("direction"),
        "message": m.get("body"),
        "status": m.get("status"),
        "createdAt": iso(m.get("created_at")),
        "sentAt": iso(m.get("sent_at")),
        "deliveredAt": iso(m.get("delivered_at")),
    }


def _voicemail(v: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": ids.prefixed("vm", v["id"]),
        "callId": ids.prefixed("call", v["call_id"]) if v.get("call_id") else None,
        "from": v.get("from_number"),
        "to": v.get("to_number"),
        "duration": v.get("duration_seconds", 0),
        "recordingUrl": v.get("recording_url"),
        "transcription": v.get("transcript"),
        "is_read": bool(v.get("is_read")),
        "createdAt": iso(v.get("created_at")),
    }


def _contact(p: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: p.get(name) for name in ("first_name", "last_name", "company", "email", "phone", "notes")}
    return {"id": ids.prefixed("contact", p["id"]), **plain}


def _other(noun: Mapping[str, Any]) -> dict[str, Any]:
    """A noun that QTvoice has no word for: its own columns, instants as text."""
    return {name: iso(value) if name.endswith(("_at", "_since")) else value for name, value in noun.items()}


_WORDS = {"call": _call, "message": _message, "voicemail": _voicemail, "person": _contact}


def body(view: View) -> bytes:
    """The JSON body; the same view gives the same bytes. ``data`` is the noun itself, as the contract shows it."""
    noun, columns = next(iter(view.nouns.items()), ("", {}))
    said = {"event": view.type, "timestamp": iso(view.at), "data": _WORDS.get(noun, _other)(columns) if columns else {}}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def headers(secrets: Sequence[str], body: bytes, timestamp: int, delivery_id: str, type_: str) -> dict[str, str]:  # noqa: ARG001 - one form for all
    """The contract's headers. During a rotation the old secret signs in a header of its own: the first stays one value."""
    current, *old = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets]
    said = {"X-QTvoice-Signature": current, "X-QTvoice-Timestamp": str(timestamp), "X-QTvoice-Delivery-ID": delivery_id}
    return said | ({"X-QTvoice-Signature-Previous": old[0]} if old else {})
