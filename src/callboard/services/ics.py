"""iCalendar both ways: bookings as a feed, an outside feed as busy time (RFC 5545).

Recurrences are expanded here, when a calendar is fetched, and never per request; each occurrence lasts as long as its master.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from callboard.domain.bookings import Booking, Status
from callboard.domain.calendars import AHEAD_DAYS, BEHIND_DAYS, MAX_BUSY, Busy
from callboard.domain.errors import Invalid
from callboard.domain.zones import zone

TITLE_LENGTH = 200
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY"})


# --- out ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A booking as the feed shows it."""

    booking: Booking
    agent_name: str
    join_url: str


_SAID = {Status.PENDING: "TENTATIVE", Status.CANCELLED: "CANCELLED", Status.EXPIRED: "CANCELLED", Status.NO_SHOW: "CANCELLED"}


def write(name: str, entries: Iterable[Entry]) -> bytes:
    """A feed: one event a booking, the same UID for its whole life, SEQUENCE its rev, cancelled ones said to be so."""
    from icalendar import Calendar

    feed = Calendar()
    feed.add("prodid", "-//callboard//calendar feed//EN")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", name)
    feed.add("refresh-interval", timedelta(minutes=5), parameters={"VALUE": "DURATION"})
    feed.add("x-published-ttl", "PT5M")
    for entry in entries:
        feed.add_component(_event(entry))
    text: bytes = feed.to_ical()
    return text


def _utc(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _event(entry: Entry) -> Any:
    from icalendar import Event

    booking = entry.booking
    event = Event()
    event.add("uid", f"{booking.id}@callboard")
    event.add("sequence", booking.rev)
    event.add("dtstamp", _utc(booking.updated_at))
    event.add("created", _utc(booking.created_at))
    event.add("last-modified", _utc(booking.updated_at))
    event.add("dtstart", _utc(booking.starts_at))
    event.add("dtend", _utc(booking.ends_at))
    event.add("summary", booking.title or f"{booking.customer_name or 'Video call'} with {entry.agent_name}")
    event.add("status", _SAID.get(booking.status, "CONFIRMED"))
    event.add("transp", "OPAQUE" if booking.occupies else "TRANSPARENT")
    told = [booking.customer_name, booking.customer_phone, booking.customer_email, booking.notes]
    lines = [line for line in told if line]
    if booking.status not in _SAID:
        event.add("url", entry.join_url)
        lines.append(f"Join: {entry.join_url}")
    event.add("description", "\n".join(lines))
    return event


# --- in -------------------------------------------------------------------------------------------------------------
def read(raw: bytes, *, now: int, default_zone: str) -> tuple[Busy, ...]:
    """The busy time of a calendar from a day ago to its horizon, by start. Floating and all-day events are read in its own zone.

    Left out: CANCELLED and TRANSPARENT events, and those without length. Invalid when it is no calendar or has too many events.
    """
    lo, hi = now - BEHIND_DAYS * 86400, now + AHEAD_DAYS * 86400
    try:
        calendar = _parse(raw)
        home = zone(_own_zone(calendar) or default_zone)
        occurrences = _occurrences(calendar, lo, hi)
    except Invalid:
        raise
    except Exception as error:
        raise Invalid("calendar", "is not an iCalendar file that can be read") from error
    found: dict[str, Busy] = {}
    for event in occurrences:
        busy = _busy(event, home)
        if busy is not None and busy.ends_at > lo and busy.starts_at < hi:
            found[busy.key] = busy
            if len(found) > MAX_BUSY:
                raise Invalid("calendar", f"has more than {MAX_BUSY} events")
    return tuple(sorted(found.values(), key=lambda b: (b.starts_at, b.key)))


def _parse(raw: bytes) -> Any:
    from icalendar import Calendar

    if b"BEGIN:VCALENDAR" not in raw[:4096].upper():
        raise Invalid("calendar", "is not an iCalendar file")
    return Calendar.from_ical(raw.decode("utf-8-sig", "replace"))


def _own_zone(calendar: Any) -> str | None:
    named = str(calendar.get("x-wr-timezone", "")).strip()
    try:
        return zone(named).key if named else None
    except Invalid:
        return None


def _occurrences(calendar: Any, lo: int, hi: int) -> Iterable[Any]:
    import recurring_ical_events  # type: ignore[import-untyped]

    for event in calendar.walk("VEVENT"):
        rules = event.get("rrule", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            if _TOO_OFTEN & {str(f).upper() for f in rule.get("FREQ", [])}:
                raise Invalid("calendar", "has an event that repeats every minute or second")
    found: list[Any] = recurring_ical_events.of(calendar, skip_bad_series=True).between(_utc(lo), _utc(hi))
    return found


def _busy(event: Any, home: ZoneInfo) -> Busy | None:
    if str(event.get("status", "")).upper() == "CANCELLED" or str(event.get("transp", "")).upper() == "TRANSPARENT":
        return None
    try:
        starts, ends = _instant(event.start, home), _instant(event.end, home)
        series = _instant(_occurrence_of(event), home)
    except Exception:  # noqa: BLE001 - an event without a start, or with one beyond the years there are
        return None
    if ends <= starts:
        return None
    uid = str(event.get("uid", "")) or str(event.get("summary", ""))
    # A digest, for some programs write UIDs of a kilobyte; the start tells the occurrences of a series apart.
    key = f"{sha256(uid.encode()).hexdigest()[:32]}:{series}"
    return Busy(key=key, starts_at=starts, ends_at=ends, title=" ".join(str(event.get("summary", "")).split())[:TITLE_LENGTH])


def _occurrence_of(event: Any) -> date | datetime:
    """Which occurrence of its series an event is: its original start, even when it was moved."""
    original = event.get("recurrence-id")
    found: date | datetime = original.dt if original is not None else event.start
    return found


def _instant(value: date | datetime, home: ZoneInfo) -> int:
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=home)
    elif value.tzinfo is None:
        value = value.replace(tzinfo=home)
    return int(value.timestamp())
