"""The filter language of every list: words, ``field:word``, ``!`` turns one round, quotes keep words together.

``dana status:pending !survey`` means: dana somewhere, status contains pending, survey nowhere. Times (``after:fri``,
``before:"dec 1"``) are kept apart for sources that filter in SQL; :meth:`Filter.instant` reads them through the date library.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_TERM = re.compile(r'(!?)(?:(\w+):)?(?:"([^"]*)"?|(\S+))')
TIMES = ("after", "before", "on")


@dataclass(frozen=True, slots=True)
class Term:
    """One condition: ``field`` empty means anywhere."""

    text: str
    field: str = ""
    inverse: bool = False


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
        return all((t.text in (fields.get(t.field, "").lower() if t.field else whole)) != t.inverse for t in self.terms)

    def of(self, field: str) -> list[str]:
        """The words asked of one field, for a source that filters by it itself."""
        return [t.text for t in self.terms if t.field == field and not t.inverse]

    def instant(self, word: str, now: int, zone: str) -> int | None:
        """UTC seconds of ``after:…`` or ``before:…``; None when it was not said or not understood."""
        from callboard.console.dates import understand

        said = next((text for name, text in self.times if name == word), None)
        when = understand(said, now, zone) if said else None
        return when.instant(zone, 0) if when else None


def parse(text: str) -> Filter:
    """The filter a person typed."""
    terms: list[Term] = []
    times: list[tuple[str, str]] = []
    for mark, field, quoted, word in _TERM.findall(text):
        value = (quoted or word).strip().lower()
        if not value:
            continue
        if field.lower() in TIMES:
            times.append((field.lower(), value))
        else:
            terms.append(Term(value, field.lower(), bool(mark)))
    return Filter(tuple(terms), tuple(times))
