"""Wall clocks and instants.

The tzdata package goes before the system's database, which on Debian 12 is an hour wrong for some zones of 2026-27; that is
decided here, once, for the whole process.

An ambiguous wall time means its first pass; a bound that does not exist clamps to the transition; an explicit wall time
that does not exist is refused (:func:`explicit_instant`).
"""

from __future__ import annotations

import importlib.resources
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from callboard.domain.errors import Invalid

zoneinfo.reset_tzpath(to=[str(importlib.resources.files("tzdata") / "zoneinfo"), *zoneinfo.TZPATH])

DAY = 86400
_EPOCH = date(1970, 1, 1)
FIRST_YEAR, LAST_YEAR = 1970, 2199
# Paths, and what some systems keep beside the zones: copies that count leap seconds, the machine's own, one that means "unset".
_NO_ZONES = (".", "/", "right/", "posix/", "posixrules", "localtime", "Factory")


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name; raises Invalid('timezone') for any other text."""
    unknown = Invalid("timezone", "must be an IANA time zone such as America/New_York")
    if not name or name != name.strip() or name.startswith(_NO_ZONES):
        raise unknown
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise unknown from error


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """Every zone a person may choose, sorted, without the aliases that name no place."""
    places = sorted(n for n in zoneinfo.available_timezones() if "/" in n and not n.startswith("Etc/"))
    return (*places, "UTC")


def _utc(wall: datetime, tz: ZoneInfo, fold: int) -> int:
    return int(wall.replace(tzinfo=tz, fold=fold).timestamp())


def _transition(tz: ZoneInfo, lo: int, hi: int) -> int:
    """The first second in (lo, hi] whose offset differs from that of ``lo``."""
    before = datetime.fromtimestamp(lo, tz).utcoffset()
    while hi - lo > 1:
        mid = (lo + hi) // 2
        if datetime.fromtimestamp(mid, tz).utcoffset() == before:
            lo = mid
        else:
            hi = mid
    return hi


@lru_cache(maxsize=65536)
def instant(day: date, minute: int, name: str) -> int:
    """UTC seconds of ``minute`` minutes of wall clock after midnight of ``day``; minute may pass 1440 (the next morning)."""
    tz = zone(name)
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 - a wall clock has no zone yet
    first, second = _utc(wall, tz, 0), _utc(wall, tz, 1)
    return first if first <= second else _transition(tz, second, first)


def explicit_instant(wall: datetime, name: str) -> int:
    """UTC seconds of a wall time a person named; Invalid when the clock skips it."""
    tz = zone(name)
    first, second = _utc(wall, tz, 0), _utc(wall, tz, 1)
    if first > second:
        raise Invalid("starts_at", f"{wall:%Y-%m-%d %H:%M} does not exist in {name}: the clock goes forward then")
    return first


def local(at: int, name: str) -> datetime:
    """The aware local time of an instant, for words only; never for arithmetic or as a key."""
    return datetime.fromtimestamp(at, zone(name))


def local_day(at: int, name: str) -> date:
    """The local calendar day of an instant."""
    return local(at, name).date()


def day_bounds(day: date, name: str) -> tuple[int, int]:
    """[midnight, next midnight) of a local day in UTC seconds; 23, 24, 25 or other hours long."""
    return instant(day, 0, name), instant(day, 1440, name)


def iso(at: int | None) -> str | None:
    """ISO 8601 UTC with seconds and Z, the command line's form; None stays None."""
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_instant(text: str, field: str, default_zone: str | None = None) -> int:
    """UTC seconds of an ISO 8601 text. Without an offset it is a wall time of ``default_zone`` (refused when none is given)."""
    try:
        value = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid(field, "must be an ISO 8601 date and time such as 2026-06-15T20:00:00Z") from error
    if not FIRST_YEAR < value.year <= LAST_YEAR:
        raise Invalid(field, f"must lie between the years {FIRST_YEAR + 1} and {LAST_YEAR}")
    if value.tzinfo is not None:
        return int(value.timestamp() // 1)
    if default_zone is None:
        raise Invalid(field, "must carry a UTC offset or end in Z")
    return explicit_instant(value.replace(microsecond=0), default_zone)


def parse_day(text: str, field: str) -> date:
    """A calendar day from YYYY-MM-DD."""
    try:
        value = date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid(field, "must be a date such as 2026-06-15") from error
    if not FIRST_YEAR < value.year <= LAST_YEAR:
        raise Invalid(field, f"must lie between the years {FIRST_YEAR + 1} and {LAST_YEAR}")
    return value
