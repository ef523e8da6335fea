"""The one place where bytes become values.

Everything the standard parser lets through and a database, another parser or a log would choke on is refused here: NaN,
1e400, 2^63, lone surrogates, NUL, the same name twice, other encodings, bottomless nesting.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from callboard.web.faults import BadBody

MAX_DEPTH = 32
MAX_NAMES = 512  # in one object
MAX_INTEGER = 2**63 - 1
_DIGITS = 19


def _constant(_text: str) -> NoReturn:
    raise BadBody("the body holds a number that JSON does not know")


def _integer(text: str) -> int:
    if len(text) > _DIGITS + 1 or not -MAX_INTEGER <= (value := int(text)) <= MAX_INTEGER:
        raise BadBody("the body holds a number that is too large")
    return value


def _real(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise BadBody("the body holds a number that is too large")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_NAMES:
        raise BadBody(f"an object in the body has more than {MAX_NAMES} names")
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadBody("the body names something twice")
    return found


_decode = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_real, strict=True
).decode


def check_text(value: str) -> None:
    """Refuse NUL and lone surrogates."""
    if "\0" in value:
        raise BadBody("the request holds a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadBody("the request holds half a character (a lone surrogate)") from error


def _walk(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise BadBody(f"the body is nested more than {MAX_DEPTH} deep")
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, dict):
        for name, item in value.items():
            check_text(name)
            _walk(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _walk(item, depth + 1)


def loads(body: bytes) -> Any:
    """The value of a JSON text; BadBody for anything that two readers would read differently."""
    try:
        text = body.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise BadBody("the body must be UTF-8") from error
    if text.startswith("\ufeff"):
        raise BadBody("the body must be UTF-8 without a byte order mark")
    try:
        value = _decode(text)
    except BadBody:
        raise
    except RecursionError as error:
        raise BadBody(f"the body is nested more than {MAX_DEPTH} deep") from error
    except ValueError as error:
        raise BadBody("the body is not JSON") from error
    # Only an escape can bring a surrogate or a NUL into UTF-8 text, and only this many brackets can nest too deep.
    if b"\\u" in body or body.count(b"[") + body.count(b"{") > MAX_DEPTH:
        _walk(value, 0)
    return value


dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
