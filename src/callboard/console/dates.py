"""What a person types for a time, through dateparser (imported when first asked: it takes longer than the console's start).

The library decides what words mean; here is only what it trips over: a bare hour (``tomorrow 9``), a weekday beside a full
date (``mon 16 nov``), and whether a time of day was given at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from callboard.domain.zones import explicit_instant, local

_TIME = re.compile(
    r"\d{1,2}\s*[:.h]\s*\d{2}|\d\s*[ap]\.?m\b|\bnoon\b|\bmidnight\b|\d{4}-\d\d-\d\dT|\b(hour|minute)s?\b|\bnow\b", re.IGNORECASE
)
_BARE_HOUR = re.compile(r"(?<=[a-z])\s+(?:at\s+)?(\d{1,2})$", re.IGNORECASE)
_WEEKDAY = r"(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(?:day|sday|nesday|rsday|urday)?"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_BESIDE_DATE = re.compile(rf"^{_WEEKDAY}\.?,?\s+(?=(?:\d{{1,2}}\.?\s+{_MONTH}|{_MONTH}\s+\d|\d{{4}}-))", re.IGNORECASE)
_ENDS_IN_MONTH = re.compile(rf"{_MONTH}\s+\d{{1,2}}$", re.IGNORECASE)
_DATEISH = 24
_UNFINISHED = re.compile(r"(?<!\d)\d{1,2}:\d?$")  # ``10:0`` is not nine o'clock, nor any other


@dataclass(frozen=True, slots=True)
class When:
    """A day, and minutes after midnight when a time of day was said."""

    day: date
    minute: int | None

    def instant(self, zone: str, minute: int) -> int:
        """UTC seconds; ``minute`` is used when none was said. Invalid for a wall time the clock skips."""
        hour, rest = divmod(self.minute if self.minute is not None else minute, 60)
        return explicit_instant(datetime(self.day.year, self.day.month, self.day.day, hour, rest), zone)  # noqa: DTZ001


def understand(text: str, now: int, zone: str) -> When | None:
    """``next tue 15:00``, ``tomorrow 9``, ``in 2 weeks``, ``dec 24 10am`` → when; None for what means nothing."""
    words = " ".join(text.split())
    if not words or _UNFINISHED.search(words):
        return None
    if not _ENDS_IN_MONTH.search(words):
        hour = _BARE_HOUR.search(words)
        if hour is not None and int(hour.group(1)) < _DATEISH:
            words = f"{words[: hour.start()]} {hour.group(1)}:00"
    words = _BESIDE_DATE.sub("", words)
    import dateparser  # type: ignore[import-untyped]

    base = local(now, zone).replace(tzinfo=None)
    found = dateparser.parse(
        words,
        languages=["en"],
        settings={"PREFER_DATES_FROM": "future", "RELATIVE_BASE": base, "RETURN_AS_TIMEZONE_AWARE": False},
    )
    if found is None or not 1971 <= found.year <= 2199:
        return None
    return When(found.date(), found.hour * 60 + found.minute if _TIME.search(words) else None)
