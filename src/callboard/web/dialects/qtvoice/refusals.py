"""``{error, code}``: a sentence for people and one of the contract's words for programs."""

from __future__ import annotations

from collections.abc import Mapping

from callboard.domain import errors
from callboard.domain.errors import CallboardError
from callboard.web import faults, refusing
from callboard.web.contract import Answer, Operation

CODES: Mapping[int, str] = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    408: "REQUEST_TIMEOUT",
    409: "CONFLICT",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "IDEMPOTENCY_KEY_REUSED",
    429: "RATE_LIMITED",
    431: "HEADERS_TOO_LARGE",
    500: "SERVER_ERROR",
    503: "SERVICE_UNAVAILABLE",
}
# Names as services know them → names on this wire.
FIELDS: Mapping[str, str] = {"full_name": "first_name", "name": "first_name", "customer_phone": "phone", "body": "request body"}
_NOUNS = {"person": "Contact", "agent": "Extension", "booking": "Appointment"}
# Links and the limit of calls have no place in this contract: whatever reaches it of them is a conflict with what stands.
_OWN: Mapping[type[CallboardError], int] = {errors.LinkForged: 403, errors.LinkDead: 409, errors.LimitReached: 409}


_FIXED: Mapping[type[CallboardError], str] = {
    CallboardError: "Internal server error",
    errors.Unavailable: "Service temporarily unavailable",
    faults.Unauthenticated: "Invalid API key",
    faults.TooManyRequests: "Rate limit exceeded",
    faults.NoSuchRoute: "Endpoint not found",
    faults.WrongMethod: "Method not allowed",
}
# Refusals whose own sentence is fit for a caller.
_SAID = (
    errors.Refused,
    errors.KeyReused,
    errors.LinkForged,
    errors.LinkDead,
    faults.WrongMedia,
    faults.TooLarge,
    faults.BadBody,
)


def refuse(error: CallboardError, operation: Operation | None) -> Answer:  # noqa: ARG001 - one form for all
    """Any refusal in QTvoice's words."""
    status = refusing.status(error, _OWN)
    return Answer(status, {"error": _sentence(error), "code": CODES.get(status, "SERVER_ERROR")})


def _sentence(error: CallboardError) -> str:
    match error:
        case errors.Invalid():
            return f"{FIELDS.get(error.field, error.field)} {error.reason}"
        case errors.NotFound():
            return f"{_NOUNS.get(error.noun, error.noun.capitalize())} not found"
        case errors.Forbidden():
            return f"Missing required permission: {error.scope}"
        case _ if isinstance(error, _SAID):
            return str(error)[:1].upper() + str(error)[1:]
        case _:
            return next(_FIXED[kind] for kind in type(error).__mro__ if kind in _FIXED)
