"""The filter language (``domain.filters``) over rows a screen holds in its hands.

``dana status:pending !survey`` means: dana somewhere, status contains pending, survey nowhere. Times (``after:fri``,
``before:"dec 1"``) are kept apart; :meth:`Filter.instant` reads them forwards, through the date library, since these screens
show what is to come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from callboard.domain import filters
from callboard.domain.filters import Term

TIMES = ("after", "before", "on")


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter; empty lets everything through."""

    terms: tuple[Term, ...] = ()
    times: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms or self.times)

    def matches(self, fields: Mapping[str, str]) -> bool:
        """Whether every term holds for these texts (times are the source's affair)."""
        whole = "\n".join(fields.values()).lower()
        return all((t.value.lower() in (fields.get(t.field, "").lower() if t.field else whole)) != t.negated for t in self.terms)

    def of(self, field: str) -> list[str]:
        """The words asked of one field, for a source that filters by it itself."""
        return [t.value.lower() for t in self.terms if t.field == field and not t.negated]

    def instant(self, word: str, now: int, zone: str) -> int | None:
        """UTC seconds of ``after:…`` or ``before:…``; None when it was not said or not understood."""
        from callboard.console.dates import understand

        said = next((text for name, text in self.times if name == word), None)
        when = understand(said, now, zone) if said else None
        return when.instant(zone, 0) if when else None


def parse(text: str) -> Filter:
    """The filter a person typed."""
    found = filters.parse(text)
    times = tuple((t.field, t.value.lower()) for t in found if t.field in TIMES)
    return Filter(tuple(t for t in found if t.field not in TIMES), times)
