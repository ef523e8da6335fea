"""``{"error": {"code", "message"}}``: QualifyBase's words for every refusal."""

from __future__ import annotations

from collections.abc import Mapping

from callboard.domain import errors
from callboard.domain.errors import CallboardError
from callboard.web import faults, refusing
from callboard.web.contract import Answer, Operation

# A customer's limit is a rule of the clinic, not of the key: 429 would send the client into a pointless back-off.
STATUS: Mapping[type[CallboardError], int] = {errors.LimitReached: 409}
# Names as services know them → names on this wire.
FIELDS: Mapping[str, str] = {
    "starts_at": "scheduled_at",
    "duration_minutes": "ends_at",
    "customer_phone": "phone",
    "customer_email": "email",
    "interest": "treatment_interest",
    "metadata": "external_metadata",
    "event_types": "events",
    "name": "full_name",
}
_NOUNS = {"person": "lead", "booking": "appointment"}
_CODES: Mapping[type[CallboardError], tuple[str, str]] = {
    faults.Unauthenticated: ("unauthorized", "A valid API key is required in the Authorization: Bearer header."),
    faults.NoSuchRoute: ("not_found", "There is no such endpoint."),
    faults.WrongMethod: ("method_not_allowed", "This endpoint does not support that method."),
    faults.WrongMedia: ("unsupported_media_type", "The request body must be application/json."),
    faults.TooLarge: ("payload_too_large", "The request body is too large."),
    errors.SlotTaken: ("slot_unavailable", "Another appointment is already booked at that time."),
    errors.SlotBlocked: ("slot_unavailable", "That time is blocked in the calendar."),
    errors.OutsideHours: ("slot_unavailable", "That time is outside working hours."),
    errors.NobodyFree: ("slot_unavailable", "Nobody is available at that time."),
    errors.LimitReached: ("limit_reached", "This lead already has as many appointments as the clinic allows."),
    errors.HoldExpired: ("conflict", "The time to confirm this appointment has passed."),
    errors.Stale: ("conflict", "It was changed by somebody else; fetch it and try again."),
    errors.KeyReused: ("idempotency_key_reused", "This Idempotency-Key was used for a different request."),
    errors.Unavailable: ("unavailable", "The service cannot act just now; try again in a moment."),
    errors.LinkForged: ("forbidden", "This link is not valid."),
    errors.LinkDead: ("gone", "This link is no longer valid."),
}


def refuse(error: CallboardError, operation: Operation | None) -> Answer:
    """Any refusal in QualifyBase's words."""
    code, message = _words(error, operation)
    return Answer(refusing.status(error, STATUS), {"error": {"code": code, "message": message}})


def _field(name: str, operation: Operation | None) -> str:
    """The wire's name of a service's field. A block has starts_at where an appointment has scheduled_at; a contact has name."""
    if operation is not None and operation.body is not None and name in operation.body.model_fields:
        return name
    return FIELDS.get(name, name)


def _words(error: CallboardError, operation: Operation | None) -> tuple[str, str]:
    match error:
        case errors.Invalid():
            return "invalid_input", f"{_field(error.field, operation)} {error.reason}."
        case errors.OutsideNotice():
            return "invalid_input", f"scheduled_at: {error}."
        case faults.BadBody():
            return "invalid_input", _sentence(error)
        case faults.TooManyRequests():
            return "rate_limited", f"Rate limit exceeded; try again in {error.retry_after} seconds."
        case _:
            return _by_family(error)


def _by_family(error: CallboardError) -> tuple[str, str]:
    """Refusals whose words depend on nothing but their class, or hardly."""
    for kind in type(error).__mro__:
        if kind in _CODES:
            return _CODES[kind]
    found = ("internal_error", "Something went wrong here; please try again later.")
    match error:
        case errors.NotFound():
            found = ("not_found", f"No such {_NOUNS.get(error.noun, error.noun)} in this clinic.")
        case errors.Forbidden():
            found = ("forbidden", f"This API key lacks the scope {error.scope}.")
        case errors.WrongState():
            found = ("conflict", f"An appointment that is {error.status.replace('_', ' ')} cannot be {error.verb}.")
        case errors.Refused():
            found = ("conflict", _sentence(error))
    return found


def _sentence(error: CallboardError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
