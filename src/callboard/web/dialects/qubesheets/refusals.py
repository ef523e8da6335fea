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
_WHEN = {"past": "must be in the future", "notice": "is sooner than the minimum notice"}
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
    """Title and sentence: what the error itself knows first, then what is fixed for its family."""
    return _own(error) or _by_family(error, operation)


def _own(error: CallboardError) -> tuple[str, str] | None:
    found: tuple[str, str] | None = None
    match error:
        case errors.Invalid():
            field = FIELDS.get(error.field, error.field)
            found = f"Invalid {field}", f"{field} {error.reason}"
        case errors.OutsideNotice():
            found = "Invalid scheduledFor", f"scheduledFor {_WHEN.get(error.kind, 'is too far in the future')}"
        case errors.NotFound():
            noun = _NOUNS.get(error.noun, "Object")
            found = f"{noun} not found", f"No {noun.lower()} with that id was found for this organization"
        case errors.Forbidden():
            found = "Insufficient permissions", f"This API key lacks the permission {error.scope}"
        case errors.WrongState():
            found = f"Video call cannot be {error.verb}", f"Only calls with status scheduled can be {error.verb}"
        case errors.NotAllowed():
            found = "Not allowed", _sentence(str(error))
        case faults.TooManyRequests():
            found = "Rate limit exceeded", f"Too many requests; try again in {error.retry_after} seconds"
        case faults.BadBody():
            found = "Invalid request", _sentence(error.reason)
    return found


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _by_family(error: CallboardError, operation: Operation | None) -> tuple[str, str]:
    for kind in type(error).__mro__:
        if kind in _SENTENCES:
            return _SENTENCES[kind]
    if isinstance(error, errors.Refused):
        return "Conflict", "The request conflicts with the current state"
    failed = operation.failure if operation is not None and operation.failure else "Something went wrong."
    return "Internal server error", f"{failed} Please try again later."
