"""What wire bodies are made of: strict types with bounds, and findings as domain refusals that never echo what was sent."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from callboard.domain import zones
from callboard.domain.errors import Invalid

T = TypeVar("T", bound="Shape")
_EMAIL = re.compile(r"[^@\s,;<>()\"\\]{1,64}@[^@\s,;<>()\"\\.]+(\.[^@\s,;<>()\"\\.]+)*\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DIGITS = re.compile(r"[0-9]{1,9}\Z")
_YES, _NO = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})
LONGEST = 4000
_EXACT = 2**53  # beyond this a float no longer tells whole numbers apart


class Shape(BaseModel):
    """A body or a query. Strict: ``"7"`` and ``true`` are no integers. Unknown names are ignored: tools send them."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class Camel(Shape):
    """A shape whose names are camelCase on the wire."""

    model_config = ConfigDict(alias_generator=to_camel, strict=True, extra="ignore", frozen=True)


def refuse(reason: str) -> PydanticCustomError:
    """A validator's refusal; ``reason`` continues a sentence that begins with the field's name."""
    return PydanticCustomError("callboard", reason.replace("{", "(").replace("}", ")"))


def _words(value: str) -> str:
    if _CONTROL.search(value):
        raise refuse("must not hold control characters")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise refuse("must be whole characters") from error
    return unicodedata.normalize("NFC", value) if not value.isascii() else value


def _line(value: str) -> str:
    value = _words(value).strip()
    if "\n" in value or "\r" in value:
        raise refuse("must be one line")
    return value


def _email(value: str) -> str:
    value = _line(value)
    if not _EMAIL.match(value):
        raise refuse("must be an e-mail address")
    return value


def _domain(check: Any) -> Any:
    """A domain parser as a validator: its Invalid becomes the field's refusal."""

    def validate(value: Any) -> Any:
        if not isinstance(value, str):
            raise refuse("must be a string")
        try:
            return check(value)
        except Invalid as error:
            raise refuse(error.reason) from error

    return validate


def _zone(value: str) -> str:
    zones.zone(value)
    return value


def _instant(value: str) -> int:
    return zones.parse_instant(value, "")


def _utc_instant(value: str) -> int:
    return zones.parse_instant(value, "", "UTC")


def _count(value: Any) -> Any:
    if isinstance(value, str):
        if not _DIGITS.match(value):
            raise refuse("must be a whole number")
        return int(value)
    return _whole(value)


def _whole(value: Any) -> Any:
    """JSON has one kind of number: 30.0 is 30."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT else value


def _flag(value: Any) -> Any:
    if isinstance(value, str):
        low = value.strip().lower()
        if low in _YES:
            return True
        if low in _NO:
            return False
        raise refuse("must be true or false")
    return value


_INSTANT_SCHEMA = {"type": "string", "format": "date-time", "maxLength": 40}
Line = Annotated[str, AfterValidator(_line)]  # one line of text
Words = Annotated[str, AfterValidator(_words)]  # text that may have line breaks
Email = Annotated[str, AfterValidator(_email), Field(max_length=254)]
Zone = Annotated[str, AfterValidator(_domain(_zone)), Field(max_length=64)]
Phone = Annotated[str, AfterValidator(_line), Field(min_length=1, max_length=40)]  # read with the organization's country later
Instant = Annotated[int, BeforeValidator(_domain(_instant)), WithJsonSchema(_INSTANT_SCHEMA)]
UtcInstant = Annotated[int, BeforeValidator(_domain(_utc_instant)), WithJsonSchema(_INSTANT_SCHEMA)]  # without offset: UTC
# Markers, to stand behind the bounds of an optional number: in front of them the document would not know the bounds.
WHOLE = BeforeValidator(_whole)
COUNTED = BeforeValidator(_count)
Count = Annotated[int, COUNTED]  # a number that may arrive as text: a query, a form
Flag = Annotated[bool, BeforeValidator(_flag)]  # yes or no that may arrive as text


def _expected(error: Any) -> str:
    return str(error.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ")


def _reason(error: Any) -> str:
    """Pydantic's finding in our words, from the schema's side alone."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in {"too_long", "too_short"} and context.get("field_type") == "Value":  # a text whose bound stands after a validator
        kind = f"string_{kind}"
    fixed = _REASONS.get(kind)
    if fixed is not None:
        return fixed.format(**{k: v for k, v in context.items() if isinstance(v, int | float)})
    if kind == "callboard":
        return str(error["msg"])
    if kind in {"literal_error", "enum"}:
        return f"must be one of {_expected(error)}"
    return "is not valid"


_REASONS = {
    "missing": "is required",
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "float_type": "must be a number",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "list_type": "must be a list",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_long": "must have at most {max_length} entries",
    "too_short": "must have at least {min_length} entries",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "greater_than": "must be more than {gt}",
    "less_than": "must be less than {lt}",
    "string_pattern_mismatch": "has the wrong form",
}


def validate(shape: type[T], value: Any) -> T:
    """The value in its shape, or Invalid for the first field that does not fit."""
    try:
        return shape.model_validate(value)
    except ValidationError as found:
        error = found.errors(include_url=False, include_context=True, include_input=False)[0]
        field = ".".join(str(part) for part in error["loc"] if isinstance(part, str)) or "body"
        raise Invalid(field, _reason(error)) from None
