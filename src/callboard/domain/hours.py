"""Weekly hours: windows of wall-clock minutes per weekday, and their one-line spelling.

A window belongs to the day it begins; one that ends at or before it begins runs into the next morning, so
``sat 22:00-06:00`` is minutes 1320 to 1800 of Saturday. ``24:00`` is 1440.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from callboard.domain.errors import Invalid

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 1440
_SPAN = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})\Z")
Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Seven tuples of (start, end) minutes, Monday first; end may reach 2880 (the end of the next day)."""

    days: tuple[tuple[Window, ...], ...] = ((),) * 7

    def __post_init__(self) -> None:
        if len(self.days) != len(WEEKDAYS):
            raise Invalid("hours", "must name seven days")
        for windows in self.days:
            for start, end in windows:
                if not (0 <= start < DAY_MINUTES and start < end <= start + DAY_MINUTES):
                    raise Invalid("hours", "each window must begin within its day and last at most 24 hours")

    @property
    def empty(self) -> bool:
        """Whether no day has a window."""
        return not any(self.days)


def office_hours() -> WeeklyHours:
    """Monday to Friday, 09:00 to 17:00."""
    return WeeklyHours((((540, 1020),),) * 5 + ((),) * 2)


def merge(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Sorted, with touching or overlapping windows made one."""
    out: list[Window] = []
    for start, end in sorted(windows):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return tuple(out)


def _days(text: str) -> list[int]:
    """``mon-fri,sun`` → weekday numbers; a range may wrap (``fri-mon``)."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if first not in WEEKDAYS or (last and last not in WEEKDAYS):
            raise Invalid("hours", f"{part.strip()!r} is not a weekday; use mon, tue, wed, thu, fri, sat, sun or a range")
        a = WEEKDAYS.index(first)
        b = WEEKDAYS.index(last) if last else a
        found += [(a + i) % 7 for i in range((b - a) % 7 + 1)]
    return found


def parse_span(text: str) -> Window:
    """``22:00-06:00`` → (1320, 1800)."""
    match = _SPAN.match(text.strip())
    if match is None:
        raise Invalid("hours", f"{text.strip()!r} must look like 09:00-17:00")
    h1, m1, h2, m2 = map(int, match.groups())
    start, end = h1 * 60 + m1, h2 * 60 + m2
    if m1 > 59 or m2 > 59 or start >= DAY_MINUTES or end > DAY_MINUTES:
        raise Invalid("hours", f"{text.strip()!r} is not a time of day; 24:00 may end a window")
    return (start, end if end > start else end + DAY_MINUTES)


def parse_hours(text: str) -> WeeklyHours:
    """``mon-fri 09:00-12:00,13:00-17:00; sat 22:00-06:00`` → WeeklyHours; the empty text is no hours at all."""
    days: list[list[Window]] = [[] for _ in WEEKDAYS]
    for clause in filter(None, (c.strip().lower() for c in text.split(";"))):
        names, _, spans = clause.partition(" ")
        if not spans.strip():
            raise Invalid("hours", f"{clause!r} names no times; write e.g. mon-fri 09:00-17:00")
        windows = [parse_span(s) for s in spans.split(",")]
        for day in _days(names):
            days[day] += windows
    return WeeklyHours(tuple(merge(d) for d in days))


def _clock(minute: int) -> str:
    hour, rest = divmod(minute if minute <= DAY_MINUTES else minute - DAY_MINUTES, 60)
    return f"{hour:02d}:{rest:02d}"


def format_spans(windows: Sequence[Window]) -> str:
    """(540, 720), (780, 1020) → ``09:00-12:00,13:00-17:00``."""
    return ",".join(f"{_clock(a)}-{_clock(b)}" for a, b in windows)


def format_hours(hours: WeeklyHours) -> str:
    """The one-line spelling that :func:`parse_hours` reads back; equal neighbours become a range."""
    clauses: list[str] = []
    day = 0
    while day < len(WEEKDAYS):
        last = day
        while last + 1 < len(WEEKDAYS) and hours.days[last + 1] == hours.days[day]:
            last += 1
        if hours.days[day]:
            name = WEEKDAYS[day] if last == day else f"{WEEKDAYS[day]}-{WEEKDAYS[last]}"
            clauses.append(f"{name} {format_spans(hours.days[day])}")
        day = last + 1
    return "; ".join(clauses)
