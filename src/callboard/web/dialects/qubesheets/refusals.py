"""``{error, message}``: a short title and a sentence, with the statuses Qubesheets' callers know."""

from __future__ import annotations

from collections.abc import Mapping

from callboard.domain import errors
from callboard.domain.errors import CallboardError
from callboard.web import faults, refusing
from callboard.web.contract import Answer, Operation

# Names as services know them → names on this wire.
FIELDS: Mapping[str, str] = {
    "starts_at": "scheduledFor",
    "customer_name": "customerName",
    "customer_phone": "customerPhone",
    "customer_email": "customerEmail",
    "name": "customerName",
    "email": "customerEmail",
    "full_name": "customerName",
}
_NOUNS = {"booking": "Video call", "project": "Project", "person": "Project"}
_UNAVAILABLE = "Time slot unavailable"
_SENTENCES: Mapping[type[CallboardError], tuple[str, str]] = {
    faults.Unauthenticated: (
        "Invalid or missing API key",
        "Please provide a valid API key in the Authorization header: Bearer qbs_keyId_secret",
    ),
    faults.NoSuchRoute: ("Not found", "There is no such endpoint"),
    faults.WrongMethod: ("Method not allowed", "This endpoint does not support that method"),
    faults.WrongMedia: ("Unsupported content type", "The request body must be application/json"),
    faults.TooLarge: ("Request too large", "The request body is too large"),
    errors.SlotTaken: (_UNAVAILABLE, "Another call is already scheduled at that time"),
    errors.SlotBlocked: (_UNAVAILABLE, "That time is blocked in the calendar"),
    errors.OutsideHours: (_UNAVAILABLE, "That time is outside working hours"),
    errors.NobodyFree: (_UNAVAILABLE, "No agent is available at that time"),
    errors.LimitReached: ("Too many calls", "This customer already has as many calls as allowed"),
    errors.HoldExpired: (_UNAVAILABLE, "The time to confirm this call has passed"),
    errors.Stale: ("Conflict", "The video call was changed by somebody else; fetch it and try again"),
    errors.KeyReused: ("Idempotency key reused", "This Idempotency-Key was used for a different request"),
    errors.Unavailable: ("Service unavailable", "Please try again in a moment"),
    errors.LinkForged: ("Invalid link", "This link is not valid"),
    errors.LinkDead: ("Link expired", "This link is no longer valid"),
}


def refuse(error: CallboardError, operation: Operation | None) -> Answer:
    """Any refusal in Qubesheets' words."""
    status = refusing.status(error)
    title, message = _words(error, operation)
    return Answer(status, {"error": title, "message": message})


def _words(error: CallboardError, operation: Operation | None) -> tuple[str, str]:
    match error:
        case errors.Invalid():
            field = FIELDS.get(error.field, error.field)
            return f"Invalid {field}", f"{field} {error.reason}"
        case errors.OutsideNotice(kind="past"):
            return "Invalid scheduledFor", "scheduledFor must be in the future"
        case errors.OutsideNotice(kind="notice"):
            return "Invalid scheduledFor", "scheduledFor is sooner than the minimum notice"
        case errors.OutsideNotice():
            return "Invalid scheduledFor", "scheduledFor is too far in the future"
        case errors.NotFound():
            noun = _NOUNS.get(error.noun, "Object")
            return f"{noun} not found", f"No {noun.lower()} with that id was found for this organization"
        case errors.Forbidden():
            return "Insufficient permissions", f"This API key lacks the permission {error.scope}"
        case errors.WrongState():
            return f"Video call cannot be {error.verb}", f"Only calls with status scheduled can be {error.verb}"
        case errors.NotAllowed():
            return "Not allowed", str(error)[:1].upper() + str(error)[1:]
        case faults.TooManyRequests():
            return "Rate limit exceeded", f"Too many requests; try again in {error.retry_after} seconds"
        case faults.BadBody():
            return "Invalid request", error.reason[:1].upper() + error.reason[1:]
        case _:
            return _by_family(error, operation)


def _by_family(error: CallboardError, operation: Operation | None) -> tuple[str, str]:
    for kind in type(error).__mro__:
        if kind in _SENTENCES:
            return _SENTENCES[kind]
    if isinstance(error, errors.Refused):
        return "Conflict", "The request conflicts with the current state"
    failed = operation.failure if operation is not None and operation.failure else "Something went wrong."
    return "Internal server error", f"{failed} Please try again later."
