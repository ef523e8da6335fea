"""QualifyBase's webhook form: ``{id: evt_…, type, created, data}``, signed with the hex HMAC-SHA256 of the body.

The contract names the signature header but not its spelling; hex of the body under the secret as given is what its siblings do,
and the Standard Webhooks headers beside it are verifiable by any library.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from callboard.domain import ids
from callboard.domain.webhooks import View

_STATUS = {
    "pending_confirmation": "pending",
    "scheduled": "confirmed",
    "in_progress": "confirmed",
    "on_hold": "confirmed",
    "expired": "cancelled",
}


def _uuid(id_: str | None) -> str | None:
    return ids.to_uuid(id_) if id_ else None


def _time(at: int | None) -> str | None:
    """The contract's instants: UTC with milliseconds and Z."""
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _appointment(b: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": _uuid(b["id"]),
        "lead_id": _uuid(b.get("person_id")),
        "assigned_to": _uuid(b.get("agent_id")),
        "status": _STATUS.get(b["status"], b["status"]),
        "scheduled_at": _time(b.get("starts_at")),
        "ends_at": _time(b["starts_at"] + b["duration_minutes"] * 60 if b.get("starts_at") is not None else None),
        "title": b.get("title"),
    }


def _contact(c: Mapping[str, Any]) -> dict[str, Any]:
    plain = {
        name: c.get(name) for name in ("name", "phone", "interest", "city", "country", "email", "language", "notes", "status")
    }
    return {
        "id": _uuid(c["id"]),
        "campaign_id": _uuid(c.get("campaign_id")),
        **plain,
        "validation_status": c.get("validation"),
        "attempts": c.get("attempts", 0),
        "callback_at": _time(c.get("callback_at")),
        "last_attempt_at": _time(c.get("last_attempt_at")),
        "created_at": _time(c.get("created_at")),
        "updated_at": _time(c.get("updated_at")),
    }


def _lead(p: Mapping[str, Any]) -> dict[str, Any]:
    plain = ("full_name", "phone", "email", "country", "city", "language", "notes", "source", "external_source", "external_id")
    return {
        "id": _uuid(p["id"]),
        **{name: p.get(name) for name in plain},
        "treatment_interest": p.get("interest"),
        "agent_id": _uuid(p.get("agent_id")),
        "external_metadata": p.get("metadata") or {},
        "created_at": _time(p.get("created_at")),
        "updated_at": _time(p.get("updated_at")),
    }


def _other(noun: Mapping[str, Any]) -> dict[str, Any]:
    """A noun that QualifyBase has no word for: its own columns, ids and instants in this contract's spelling."""
    return {
        name: _time(value)
        if name.endswith(("_at", "_since"))
        else _uuid(value)
        if name == "id" or name.endswith("_id")
        else value
        for name, value in noun.items()
        if name not in {"provider_id", "external_id"}
    }


_WORDS = {"booking": ("appointment", _appointment), "contact": ("contact", _contact), "person": ("lead", _lead)}


def _data(view: View) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for noun, columns in view.nouns.items():
        word, spell = _WORDS.get(noun, (noun, _other))
        said[word] = spell(columns)
    return said


def body(view: View) -> bytes:
    """The JSON body; the same view gives the same bytes."""
    said = {"id": ids.prefixed("evt", view.event_id), "type": view.type, "created": _time(view.at), "data": _data(view)}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def headers(secrets: Sequence[str], body: bytes, timestamp: int, delivery_id: str, type_: str) -> dict[str, str]:  # noqa: ARG001 - one form for all
    """The contract's headers. During a rotation the old secret signs in a header of its own: the first stays one value."""
    current, *old = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets]
    said = {"X-QualifyBase-Signature": current, "X-QualifyBase-Event": type_, "X-QualifyBase-Delivery": delivery_id}
    return said | ({"X-QualifyBase-Signature-Previous": old[0]} if old else {})
