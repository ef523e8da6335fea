"""``{"error": {"code", "message", "details"?}}``: ApifyCloud's words for every refusal."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from callboard.domain import errors
from callboard.domain.errors import CallboardError
from callboard.web import faults, refusing
from callboard.web.contract import Answer, Operation
from callboard.web.dialects.apifycloud.words import instant


class SchedulingOff(errors.Forbidden):
    """The organization's policy takes no calls through this contract."""

    code = "scheduling_off"

    def __init__(self) -> None:
        super().__init__("")


# Names as services know them → names on this wire.
FIELDS: Mapping[str, str] = {
    "starts_at": "scheduledAtUtc",
    "duration_minutes": "durationMinutes",
    "buffer_before_minutes": "bufferBeforeMinutes",
    "buffer_after_minutes": "bufferAfterMinutes",
    "agent_id": "assignedAgentId",
    "customer_name": "guestName",
    "customer_phone": "guestPhone",
    "customer_email": "guestEmail",
    "full_name": "guestName",
    "name": "guestName",
    "phone": "guestPhone",
    "email": "guestEmail",
    "notes": "guestIntakeNotes",
    "timezone": "guestTimezone",
}
_CODES: Mapping[type[CallboardError], tuple[str, str]] = {
    faults.Unauthenticated: ("unauthorized", "A valid access token is required: Authorization: Bearer {access_token}"),
    faults.NoSuchRoute: ("not_found", "There is no such endpoint"),
    faults.WrongMethod: ("method_not_allowed", "This endpoint does not support that method"),
    faults.WrongMedia: ("unsupported_media_type", "The request body must be application/json"),
    faults.TooLarge: ("payload_too_large", "The request body is too large"),
    SchedulingOff: ("forbidden", "Scheduling is not enabled for this app"),
    errors.Forbidden: ("forbidden", "The access token lacks a required scope"),
    errors.LimitReached: ("rate_limit_exceeded", "This guest has as many calls as allowed"),
    errors.SlotTaken: ("conflict", "The slot overlaps an existing call"),
    errors.OutsideHours: ("conflict", "The slot is outside working hours"),
    errors.NobodyFree: ("conflict", "No agent is available for that slot"),
    errors.HoldExpired: ("conflict", "The time to confirm this call has passed"),
    errors.Stale: ("conflict", "The call was changed by somebody else; fetch it and try again"),
    errors.KeyReused: ("idempotency_key_reused", "This Idempotency-Key was used for a different request"),
    errors.Unavailable: ("unavailable", "The service cannot act just now; try again in a moment"),
    errors.LinkForged: ("forbidden", "This link is not valid"),
    errors.LinkDead: ("gone", "This link is no longer valid"),
}


def refuse(error: CallboardError, operation: Operation | None) -> Answer:  # noqa: ARG001 - one form for all
    """Any refusal in ApifyCloud's words."""
    code, message = _words(error)
    problem: dict[str, Any] = {"code": code, "message": message}
    details = _details(error)
    if details:
        problem["details"] = details
    return Answer(refusing.status(error), {"error": problem})


def _words(error: CallboardError) -> tuple[str, str]:
    for kind in type(error).__mro__:
        if kind in _CODES:
            return _CODES[kind]
    match error:
        case errors.Invalid():
            return "invalid_request", f"{FIELDS.get(error.field, error.field)} {error.reason}"
        case errors.OutsideNotice():
            return "invalid_request", f"scheduledAtUtc: {error}"
        case faults.BadBody():
            return "invalid_request", _sentence(error)
        case errors.Refused():
            return "conflict", _conflict(error)
        case _:
            return _rest(error)


def _conflict(error: errors.Refused) -> str:
    match error:
        case errors.SlotBlocked():
            return _BLOCKED.get(error.kind, "The slot is blocked")
        case errors.WrongState():
            return f"A call that is {error.status.replace('_', ' ')} cannot be {error.verb}"
        case _:
            return _sentence(error)


def _rest(error: CallboardError) -> tuple[str, str]:
    match error:
        case errors.NotFound(noun="app"):
            return "app_not_found", "No such app"
        case errors.NotFound():
            return "not_found", f"No such {_NOUNS.get(error.noun, error.noun)} in this app"
        case faults.TooManyRequests():
            return "rate_limit_exceeded", f"Too many requests; try again in {error.retry_after} seconds"
        case _:
            return "server_error", "Something went wrong; please try again later"


_NOUNS = {"booking": "call"}
_BLOCKED = {
    "external": "The slot overlaps a blocked exception",
    "time_off": "The slot overlaps a blocked exception",
    "dnd": "The slot overlaps a DND window",
}


def _details(error: CallboardError) -> dict[str, str]:
    match error:
        case errors.Invalid():
            return {"field": FIELDS.get(error.field, error.field), "reason": error.reason}
        case errors.OutsideNotice():
            return {"field": "scheduledAtUtc", "reason": str(error)}
        case errors.LimitReached():
            return {"nextAllowedAt": instant(error.next_allowed_at)}
        case faults.TooManyRequests():
            return {"nextAllowedAt": instant(error.resets_at or int(time.time()) + error.retry_after)}
        case errors.Forbidden() if error.scope:
            return {"requiredScope": error.scope}
        case _:
            return {}


def _sentence(error: CallboardError) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]
