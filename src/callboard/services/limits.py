"""How many requests a key may make: counted in the database, so that all processes share one window."""

from __future__ import annotations

from dataclasses import dataclass

from callboard.storage import limits as rows
from callboard.storage.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests in a window of so many seconds; the window begins with its first request."""

    requests: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a window gave: ``granted`` now, ``left`` in it, and when it ends (UTC seconds)."""

    granted: int
    left: int
    ends_at: int


def take(work: Work, subject: str, limit: RateLimit, wanted: int = 1) -> Allowance:
    """Up to ``wanted`` requests out of the subject's window."""
    return Allowance(*rows.take(work, subject, limit.seconds, limit.requests, wanted))


def prune(work: Work, before: int) -> int:
    """Forget windows that ended before an instant (UTC seconds); how many."""
    return rows.prune(work, before)
