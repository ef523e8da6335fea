"""The filter language of every list: ``source:website agent:dana !city:oslo after:fri "two words"``.

Words without a field are looked for in the text of a row; ``!`` turns a term round. What a field means is each list's own
affair: here a line only becomes terms, and a word for a day or an hour an instant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from callboard.domain.errors import Invalid
from callboard.domain.hours import WEEKDAYS
from callboard.domain.zones import instant, local, parse_instant

_TERM = re.compile(r'(!?)(?:([A-Za-z_]+):)?("[^"]*"?|\S+)')
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})\Z")
_AGO = re.compile(r"(\d{1,4})([mhdw])\Z")
_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. ``field`` is empty for a bare word; ``negated`` when a ``!`` stood before it."""

    field: str
    value: str
    negated: bool = False


def parse(text: str) -> list[Term]:
    """The terms of a line, in order; a field without a value is no term yet (it is still being typed)."""
    found = []
    for bang, field, raw in _TERM.findall(text):
        value = raw.strip('"')
        if value and not (not field and value.endswith(":")):
            found.append(Term(field.lower(), value, bool(bang)))
    return found


def check_fields(terms: list[Term], known: tuple[str, ...]) -> list[Term]:
    """The terms, or Invalid naming the first field there is not and those there are."""
    for term in terms:
        if term.field and term.field not in known:
            raise Invalid("filter", f"there is no field {term.field!r}; there are {', '.join(known)}")
    return terms


def moment(text: str, now: int, zone: str) -> int:
    """UTC seconds of ``today``, ``yesterday``, ``fri`` (the last), ``2026-11-02``, ``nov 2``, ``09:00`` (today), ``3d`` (ago).

    A day means its first instant in ``zone``.
    """
    word = text.strip().lower()
    today = local(now, zone).date()
    if word == "now":
        return now
    if (ago := _AGO.match(word)) is not None:
        return now - int(ago[1]) * _SECONDS[ago[2]]
    if (clock := _CLOCK.match(word)) is not None and int(clock[1]) < 24 and int(clock[2]) < 60:
        return instant(today, int(clock[1]) * 60 + int(clock[2]), zone)
    day = _day(word, today)
    if day is not None:
        return instant(day, 0, zone)
    try:
        return parse_instant(text, "date", zone)
    except Invalid:
        raise Invalid(
            "filter", f"{text!r} is no day or time; write fri, yesterday, nov 2, 2026-11-02, 09:00 or 3d (days ago)"
        ) from None


def _day(word: str, today: date) -> date | None:
    """A calendar day from a word; a weekday is the last one, today included."""
    near = {"today": 0, "yesterday": -1, "tomorrow": 1}
    if word in near:
        return today + timedelta(days=near[word])
    if word[:3] in WEEKDAYS and "monday tuesday wednesday thursday friday saturday sunday".find(word) >= 0:
        return today - timedelta(days=(today.weekday() - WEEKDAYS.index(word[:3])) % 7)
    month, _, number = word.replace(".", " ").replace("-", " ").partition(" ")
    if month[:3] in _MONTHS and number.strip().isdigit():
        try:
            found = date(today.year, _MONTHS.index(month[:3]) + 1, int(number))
        except ValueError:
            return None
        return found if found <= today + timedelta(days=183) else found.replace(year=today.year - 1)
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None
