"""The customer's limit: at most N live calls in any D local days of the organization's zone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from callboard.domain.zones import day_bounds, local_day


def _fits(days: list[date], day: date, limit: int, window: int) -> bool:
    """Whether one more call on ``day`` keeps every ``window`` days at or under ``limit``."""
    for offset in range(window):
        first = day - timedelta(days=window - 1 - offset)
        last = first + timedelta(days=window - 1)
        if sum(first <= d <= last for d in days) >= limit:
            return False
    return True


def next_allowed_at(starts: Iterable[int], wanted: int, *, limit: int, window_days: int, timezone: str) -> int | None:
    """None when a call at ``wanted`` is allowed, else the first instant (a local midnight) at which one is."""
    days = [local_day(s, timezone) for s in starts]
    day = local_day(wanted, timezone)
    if _fits(days, day, limit, window_days):
        return None
    while not _fits(days, day, limit, window_days):
        day += timedelta(days=1)
    return day_bounds(day, timezone)[0]
