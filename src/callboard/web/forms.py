"""Bodies that are forms: ``claimant[name]=Jane`` becomes ``{"claimant": {"name": "Jane"}}``.

Values stay text; shapes read them. What two readers would read differently is refused: a header or a field given twice, a form
cut off before its end, a name in pieces.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from callboard.web.faults import BadBody, WrongMedia
from callboard.web.jsons import check_text

MAX_FIELDS = 200
_NAME = re.compile(r"([^\[\]]{1,100})((?:\[[^\[\]]{0,100}\]){0,4})\Z")
_PART = re.compile(r'form-data; *name=(?:"((?:[^"\\]|\\.)*)"|([^\s";]+));?\Z', re.IGNORECASE | re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_INNER = re.compile(r"\[([^\[\]]*)\]")
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def pairs(text: bytes) -> list[tuple[str, str]]:
    """Name and value of each field of a query or a urlencoded form; BadBody when they are not UTF-8 or too many."""
    if not text:
        return []
    try:
        found = parse_qsl(
            text.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS
        )
    except (UnicodeError, ValueError) as error:
        raise BadBody("names and values must be percent-encoded UTF-8, and not more than 200") from error
    for name, value in found:
        check_text(name)
        check_text(value)
    return found


def query(text: bytes) -> dict[str, str]:
    """The parameters of a query string; one given twice is refused, since two readers would read it differently."""
    if not text:
        return {}
    found = pairs(text)
    result = dict(found)
    if len(result) != len(found):
        raise BadBody("a query parameter is given twice")
    return result


def nest(found: list[tuple[str, str]]) -> dict[str, Any]:
    """Brackets as objects. The same name twice is refused, and so is a name that is both a value and an object."""
    result: dict[str, Any] = {}
    for name, value in found:
        match = _NAME.match(name)
        if match is None:
            raise BadBody("the form has a name that cannot be read")
        path = [match[1], *_INNER.findall(match[2])]
        place = result
        for part in path[:-1]:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise BadBody("the form names something twice")
        if path[-1] in place:
            raise BadBody("the form names something twice")
        place[path[-1]] = value
    return result


def _multipart(header: str, body: bytes) -> list[tuple[str, str]]:
    """The text fields of a multipart form. Files are not read here."""
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    _kind, options = parse_options_header(header)
    boundary = options.get(b"boundary")
    if not boundary:
        raise BadBody("the form has no boundary")
    reader = _Reader()
    try:
        parser = MultipartParser(boundary, reader.callbacks())  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError, LookupError) as error:
        raise BadBody("the form cannot be read") from error
    if not reader.whole:
        raise BadBody("the form breaks off before its last boundary")
    return reader.found


def _part_name(disposition: str) -> str:
    """The field a part stands for.

    Read by a pattern and not by a mail parser: forms (RFC 7578) know no ``name*=`` and no name in pieces, and where both
    stand the standard library's own reader breaks.
    """
    match = _PART.match(disposition.strip())
    if match is not None:
        return match[2] or _ESCAPED.sub(r"\1", match[1])
    if "filename" in disposition.lower():
        raise BadBody("the form must not hold files")
    raise BadBody("the form has a part without a name that can be read")


class _Reader:
    """Gathers the parts of a multipart form."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self.whole = False  # the last boundary came: what stands before it is all there is
        self._headers: dict[str, str] = {}
        self._name = self._value = b""
        self._data = bytearray()

    def callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._field,
            "on_header_value": self._text,
            "on_header_end": self._header,
            "on_part_data": self._more,
            "on_part_end": self._end,
            "on_end": self._close,
        }

    def _close(self) -> None:
        self.whole = True

    def _begin(self) -> None:
        self._headers = {}
        self._data = bytearray()

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _text(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header(self) -> None:
        name = self._name.decode("latin-1").lower()
        if name in self._headers:
            raise BadBody("the form has a part with the same header twice")
        self._headers[name] = self._value.decode("utf-8", "replace")
        self._name = self._value = b""

    def _more(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]

    def _end(self) -> None:
        name = _part_name(self._headers.get("content-disposition", ""))
        if len(self.found) >= MAX_FIELDS:
            raise BadBody(f"the form has more than {MAX_FIELDS} fields")
        try:
            value = self._data.decode()
        except UnicodeDecodeError as error:
            raise BadBody("the form must be UTF-8") from error
        check_text(name)
        check_text(value)
        self.found.append((name, value))


def read(media: str, header: str, body: bytes) -> dict[str, Any]:
    """A form as a nested object."""
    if media == FORM:
        return nest(pairs(body))
    if media == MULTIPART:
        return nest(_multipart(header, body))
    raise WrongMedia((FORM, MULTIPART))
