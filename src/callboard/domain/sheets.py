"""Spreadsheets people hand over: a CSV file of any usual encoding and separator, and a guess of which column is which.

What a line then means is the affair of who reads it (people, campaign contacts).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callboard.domain.errors import Invalid

MAX_BYTES = 50 * 1024 * 1024
Lines = tuple[tuple[int, tuple[str, ...]], ...]
# What people call their columns in the languages we were sent, without case, spaces and punctuation.
WORDS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "fullname", "contact", "contactname", "customer", "customername", "client", "lead", "leadname"),
    "first_name": ("firstname", "first", "givenname", "forename", "vorname", "prenom"),
    "last_name": ("lastname", "last", "surname", "familyname", "nachname", "nom"),
    "company": ("company", "organization", "organisation", "companyname", "firm"),
    "phone": (
        "phone", "phonenumber", "mobile", "mobilephone", "cell", "cellphone", "tel", "telephone", "whatsapp", "number", "telefon",
    ),
    "email": ("email", "emailaddress", "mail", "emailid"),
    "interest": ("interest", "treatment", "treatmentinterest", "service", "product", "topic", "interestedin"),
    "city": ("city", "town", "location", "ort", "stadt", "ville"),
    "country": ("country", "countrycode", "land", "pays"),
    "language": ("language", "lang", "locale", "sprache"),
    "timezone": ("timezone", "tz", "zone"),
    "source": ("source", "channel", "origin", "leadsource"),
    "notes": ("notes", "note", "comment", "comments", "remarks", "description"),
    "external_id": ("externalid", "crmid", "id"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as it was read: the header's cells, and the lines under it with their numbers in the file (the header is 1)."""

    header: tuple[str, ...]
    lines: Lines


def read(raw: bytes) -> Sheet:
    """A CSV file with a header line; empty lines are passed over. Invalid when it is none, too large, or holds no text."""
    if len(raw) > MAX_BYTES:
        raise Invalid("file", f"must be at most {MAX_BYTES // 1024 // 1024} MB")
    text = _decoded(raw)
    if "\0" in text:
        raise Invalid("file", "is not a text file")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
    try:
        found = [(rows.line_num, tuple(c.strip() for c in row)) for row in rows if any(c.strip() for c in row)]
    except csv.Error as error:
        raise Invalid("file", f"is not a CSV file ({error})") from error
    if not found:
        raise Invalid("file", "is empty")
    return Sheet(found[0][1], tuple(found[1:]))


def _decoded(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")  # what spreadsheets on Windows still write


def _separator(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(",;\t|", key=first.count)


def guess(header: Sequence[str], fields: Sequence[str]) -> dict[str, int]:
    """Field → column, for the fields whose words a heading is called by; a column stands for one field."""
    names = [re.sub(r"[^a-z]", "", heading.lower()) for heading in header]
    columns: dict[str, int] = {}
    for field in fields:
        taken = columns.values()
        at = next((n for word in WORDS[field] for n, name in enumerate(names) if name == word and n not in taken), None)
        if at is not None:
            columns[field] = at
    return columns
