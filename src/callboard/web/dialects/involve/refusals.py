"""``{message}``, and ``{message, errors}`` with a list a field when values are not valid (422)."""

from __future__ import annotations

from collections.abc import Mapping

from callboard.domain import errors
from callboard.domain.errors import CallboardError
from callboard.web import faults, refusing
from callboard.web.contract import Answer, Operation

# Names as services know them → names on this wire.
FIELDS: Mapping[str, str] = {
    "starts_at": "appointment_at",
    "duration_minutes": "duration_in_minutes",
    "customer_name": "claimant.name",
    "customer_phone": "claimant.phone_number",
    "customer_email": "claimant.email",
    "name": "claimant.name",
    "full_name": "claimant.name",
    "phone": "claimant.phone_number",
    "email": "claimant.email",
    "reason": "cancellation_reason",
}
_OWN: Mapping[type[CallboardError], int] = {errors.Invalid: 422, errors.OutsideNotice: 422, errors.LimitReached: 409}
_FIXED: Mapping[type[CallboardError], str] = {
    errors.Unavailable: "Service Unavailable",
    errors.NotFound: "Appointment not found.",
    errors.Forbidden: "This action is unauthorized.",
    errors.SlotTaken: "Another appointment is already scheduled at that time.",
    errors.SlotBlocked: "That time is blocked in the calendar.",
    errors.OutsideHours: "That time is outside working hours.",
    errors.NobodyFree: "No agent is available at that time.",
    faults.Unauthenticated: "Unauthenticated.",
    faults.TooManyRequests: "Too Many Attempts.",
    faults.NoSuchRoute: "The route could not be found.",
}
# Refusals whose own sentence is fit for a caller.
_SAID = (errors.Refused, errors.KeyReused, errors.LinkForged, errors.LinkDead, faults.WrongMedia, faults.TooLarge, faults.BadBody)
_NOTICE = {"past": "must be a date in the future", "notice": "is too soon", "advance": "is too far ahead"}


def refuse(error: CallboardError, operation: Operation | None) -> Answer:  # noqa: ARG001 - one form for all
    """Any refusal in Involve's words."""
    status = refusing.status(error, _OWN)
    if isinstance(error, errors.Invalid):
        return Answer(status, _field(FIELDS.get(error.field, error.field), error.reason))
    if isinstance(error, errors.OutsideNotice):
        return Answer(status, _field("appointment_at", _NOTICE.get(error.kind, "is not possible")))
    return Answer(status, {"message": _sentence(error)})


def _field(field: str, reason: str) -> dict[str, object]:
    shown = field.replace("_", " ")
    sentence = f"The {shown} {reason}." if reason.startswith("has ") else f"The {shown} field {reason}."
    return {"message": sentence, "errors": {field: [sentence]}}


def _sentence(error: CallboardError) -> str:
    if isinstance(error, faults.WrongMethod):
        return f"The method is not supported for this route. Supported methods: {', '.join(error.allowed)}."
    for kind in type(error).__mro__:
        if kind in _FIXED:
            return _FIXED[kind]
    return f"{str(error)[:1].upper()}{str(error)[1:]}." if isinstance(error, _SAID) else "Server Error"
