"""The filter language (``domain.filters``) over rows a screen holds in its hands.

``dana status:pending !survey after:fri`` means: dana somewhere, status contains pending, survey nowhere, from Friday on. Times
are read forwards, through the date library, since these screens show what is to come; the lists of what was (leads, calls,
deliveries) are filtered by the database and read them backwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from callboard.domain import filters
from callboard.domain.errors import CallboardError
from callboard.domain.filters import Term

TIMES = ("after", "before", "on")
NEVER = 1 << 62
Span = tuple[int, int, bool]  # [from, to) UTC seconds, and whether it is turned round


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter; empty lets everything through."""

    terms: tuple[Term, ...] = ()
    times: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms or self.times)

    def matches(self, fields: Mapping[str, str]) -> bool:
        """Whether every term holds for these texts."""
        whole = "\n".join(fields.values()).lower()
        return all((t.value.lower() in (fields.get(t.field, "").lower() if t.field else whole)) != t.negated for t in self.terms)

    def within(self, at: int, now: int, zone: str) -> bool:
        """Whether every ``after:``, ``before:`` and ``on:`` holds for an instant (UTC seconds)."""
        return all((lo <= at < hi) != negated for lo, hi, negated in _spans(self.times, now // 60, zone)) if self.times else True

    def of(self, field: str) -> list[str]:
        """The words asked of one field, for a source that filters by it itself."""
        return [t.value.lower() for t in self.terms if t.field == field and not t.negated]


@lru_cache(maxsize=32)
def _spans(times: tuple[Term, ...], minute: int, zone: str) -> tuple[Span, ...]:
    """What the times mean in that minute; one that means nothing is left out (:func:`problem` has said so)."""
    from callboard.console.dates import understand
    from callboard.domain.zones import day_bounds

    found: list[Span] = []
    for term in times:
        when = understand(term.value, minute * 60, zone)
        if when is None:
            continue
        at = when.instant(zone, 0)
        span = {"after": (at, NEVER), "before": (-NEVER, at), "on": day_bounds(when.day, zone)}[term.field]
        found.append((*span, term.negated))
    return tuple(found)


def parse(text: str) -> Filter:
    """The filter a person typed."""
    found = filters.parse(text)
    return Filter(tuple(t for t in found if t.field not in TIMES), tuple(t for t in found if t.field in TIMES))


def problem(text: str, fields: Iterable[str], now: int, zone: str) -> str:
    """What is wrong with a filter: a field there is not, a time that means nothing; empty when nothing is."""
    from callboard.console.dates import understand

    try:
        filters.check_fields(filters.parse(text), (*fields, *TIMES))
        bad = next((t.value for t in parse(text).times if understand(t.value, now, zone) is None), None)
    except CallboardError as error:
        return str(error).removeprefix("filter: ")
    return f"{bad!r} is no day or time; write fri, tomorrow 9, dec 24" if bad is not None else ""
