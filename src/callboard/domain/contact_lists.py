"""Contact lists from spreadsheets: which column is which, what each line says, and which lines cannot be used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from callboard.domain import sheets
from callboard.domain.campaigns import ContactWish, check_number
from callboard.domain.errors import Invalid
from callboard.domain.zones import zone

FIELDS = ("name", "first_name", "last_name", "phone", "email", "interest", "city", "country", "language", "timezone", "notes")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+\Z")
MAX_CELL = 2000
SAMPLE = 20


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that cannot become a contact, and why; ``line`` counts from 1 with the header."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A list as it was read: header, the guess of which column holds what, the data lines with their numbers."""

    header: tuple[str, ...]
    columns: Mapping[str, int]  # field → column
    lines: tuple[tuple[int, tuple[str, ...]], ...]

    def named(self) -> dict[str, str]:
        """Field → the column's own name, for a person to check."""
        return {field: self.header[at] for field, at in self.columns.items()}


def read(raw: bytes, chosen: Mapping[str, str] | None = None) -> Sheet:
    """A CSV file with a header line; ``chosen`` maps fields to column names and overrules the guess."""
    found = sheets.read(raw)
    columns = _columns(found, chosen or {})
    return Sheet(header=found.header, columns=columns, lines=found.lines)


def _columns(sheet: sheets.Sheet, chosen: Mapping[str, str]) -> Mapping[str, int]:
    header = list(sheet.header)
    columns: dict[str, int] = {}
    for field, column in chosen.items():
        if field not in FIELDS:
            raise Invalid("map", f"{field!r} is not a field; there are {', '.join(FIELDS)}")
        if column not in header:
            raise Invalid("map", f"there is no column {column!r}; there are {', '.join(header)}")
        columns[field] = header.index(column)
    free = ["" if n in columns.values() else heading for n, heading in enumerate(header)]
    columns |= sheets.guess(free, [field for field in FIELDS if field not in columns])
    if "phone" not in columns:
        _guess_phone(sheet.lines, columns)
    return columns


def _guess_phone(lines: Sequence[tuple[int, tuple[str, ...]]], columns: dict[str, int]) -> None:
    """No column is called phone: the one whose cells mostly look like numbers to dial."""
    looks = re.compile(r"[+(]?[\d][\d\s().-]{6,18}\Z")
    counts: dict[int, int] = {}
    for _, row in lines[:50]:
        for i, cell in enumerate(row):
            counts[i] = counts.get(i, 0) + bool(looks.match(cell))
    free = {i: n for i, n in counts.items() if i not in columns.values() and n * 2 > len(lines[:50])}
    if free:
        columns["phone"] = max(free, key=lambda i: free[i])


def wishes(sheet: Sheet, country: str) -> Iterator[tuple[int, ContactWish | Refused]]:
    """Each line as a contact or the reason why not. Numbers of another country are refused here, not silently called."""
    if "phone" not in sheet.columns:
        raise Invalid("file", f"has no column of telephone numbers among {', '.join(sheet.header)}; name it with phone=COLUMN")
    seen: dict[str, int] = {}
    for line, row in sheet.lines:
        cells = {field: row[at][:MAX_CELL] for field, at in sheet.columns.items() if at < len(row) and row[at]}
        yield line, _wish(line, row, cells, country, seen)


def _wish(line: int, row: Sequence[str], cells: Mapping[str, str], country: str, seen: dict[str, int]) -> ContactWish | Refused:
    phone, why = _number(cells.get("phone", ""), country, seen)
    why = why or _fault(cells)
    if why:
        return Refused(line, why, " | ".join(row)[:200])
    seen[phone] = line
    name = cells.get("name") or f"{cells.get('first_name', '')} {cells.get('last_name', '')}".strip()
    rest = {k: v for k, v in cells.items() if k in {"interest", "city", "email", "language", "timezone", "notes"}}
    land = cells.get("country", "")
    return ContactWish(name=name or phone, phone=phone, country=land.upper() if len(land) == 2 else None, **rest)


def _number(text: str, country: str, seen: Mapping[str, int]) -> tuple[str, str]:
    """(E.164, why it cannot be called)."""
    if not text:
        return "", "no telephone number"
    phone, validation = check_number(text, country)
    if validation == "valid":
        return phone, f"{phone} stands in line {seen[phone]} already" if phone in seen else ""
    return phone, f"{text} is not a number of {country}" if validation == "wrong_country" else f"{text} is no number"


def _fault(cells: Mapping[str, str]) -> str:
    if "email" in cells and not _EMAIL.match(cells["email"]):
        return f"{cells['email']} is no e-mail address"
    if "timezone" in cells:
        try:
            zone(cells["timezone"])
        except Invalid:
            return f"{cells['timezone']} is no time zone"
    return ""
