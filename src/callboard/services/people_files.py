"""People in and out of CSV files: which column means what, what a file would do, and a table any spreadsheet opens safely."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from callboard.domain import sheets
from callboard.domain.errors import CallboardError, Invalid
from callboard.domain.people import SOURCES, Person
from callboard.domain.phones import parse_phone
from callboard.domain.zones import iso
from callboard.services.people import clean_email

IGNORED = ""
_NAMED = {"name": "full_name"}  # the field of a person that the word of a sheet stands for, where they differ
FIELDS = tuple(_NAMED.get(word, word) for word in sheets.WORDS)
EXPORTED = (
    "full_name", "first_name", "last_name", "company", "phone", "email", "country", "city", "language", "timezone", "interest",
    "source", "notes",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file read: its headings, its lines (number in the file, cells), and the field each column seems to mean."""

    headings: tuple[str, ...]
    lines: sheets.Lines
    guess: tuple[str, ...]


def read(data: bytes) -> Sheet:
    """A CSV file of any usual encoding and separator; Invalid when it is none."""
    found = sheets.read(data)
    if not found.lines:
        raise Invalid("file", "needs a line of headings and at least one line under it")
    fields = {at: _NAMED.get(word, word) for word, at in sheets.guess(found.header, tuple(sheets.WORDS)).items()}
    return Sheet(found.header, found.lines, tuple(fields.get(n, IGNORED) for n in range(len(found.header))))


def fields_of(sheet: Sheet, columns: Sequence[str], *, source: str = "") -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, fields) of every line; a source no list knows becomes ``other``; everyone brought in is a lead."""
    for number, cells in sheet.lines:
        fields: dict[str, Any] = {c: v for c, v in zip(columns, cells, strict=False) if c and v}
        said = fields.pop("source", source) or source
        if said:
            word = said.lower().replace(" ", "_")
            fields["source"] = word if word in SOURCES else "other"
        if fields.get("external_id"):
            fields["external_source"] = "csv"
        yield number, {**fields, "is_lead": True}


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do: how many lines can be used, the first that cannot with why, and the first few as they are read."""

    usable: int
    problems: tuple[tuple[int, str], ...]
    sample: tuple[dict[str, Any], ...]


def preview(sheet: Sheet, columns: Sequence[str], country: str) -> Preview:
    """Look through every line without writing anything."""
    usable, problems = 0, []
    sample: list[dict[str, Any]] = []
    for number, fields in fields_of(sheet, columns):
        try:
            if fields.get("phone"):
                fields["phone"] = parse_phone(fields["phone"], country)
            if fields.get("email"):
                clean_email(fields["email"])
            if not any(fields.get(k) for k in ("full_name", "first_name", "last_name", "company", "phone", "email")):
                raise Invalid("name", "a person needs a name, a phone number or an e-mail address")
        except CallboardError as error:
            problems.append((number, str(error)))
            continue
        usable += 1
        if len(sample) < 5:
            sample.append(fields)
    return Preview(usable, tuple(problems), tuple(sample))


def heading_line() -> str:
    """The first line of an export."""
    return _line([*EXPORTED, "agent", "kind", "created_at", "updated_at"])


def csv_line(person: Person, agent: str) -> str:
    """One person as a line of CSV."""
    kinds = " ".join(k for k, yes in (("lead", person.is_lead), ("contact", person.is_contact)) if yes)
    values = [_safe(name, str(getattr(person, name) or "")) for name in EXPORTED]
    return _line([*values, agent, kinds, iso(person.created_at) or "", iso(person.updated_at) or ""])


def _safe(name: str, text: str) -> str:
    """A cell that no spreadsheet takes for a formula; a phone number keeps its plus, it is digits alone."""
    plain = name == "phone" and text[1:].isdigit()
    return f"'{text}" if text.startswith(_FORMULA) and not plain else text


def _line(values: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(values)
    return out.getvalue()
