"""iCalendar both ways: bookings as a feed, an outside feed as busy time (RFC 5545).

Recurrences are expanded here, when a calendar is fetched, and never per request; each occurrence lasts as long as its master.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from callboard.domain.bookings import Booking, Status
from callboard.domain.calendars import AHEAD_DAYS, BEHIND_DAYS, MAX_BUSY, Busy
from callboard.domain.errors import Invalid
from callboard.domain.zones import zone

TITLE_LENGTH = 200
FOLD = 75
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
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
    """A feed: one event a booking, the same UID for its whole life, SEQUENCE its rev, cancelled ones said to be so.

    Written by hand: the library takes a millisecond an event, and a feed of thousands is asked for every few minutes.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//callboard//calendar feed//EN",
        "METHOD:PUBLISH",
        _fold(f"X-WR-CALNAME:{_text(name)}"),
        "REFRESH-INTERVAL;VALUE=DURATION:PT5M",
        "X-PUBLISHED-TTL:PT5M",
    ]
    for entry in entries:
        lines += _event(entry)
    lines += ["END:VCALENDAR", ""]
    return "\r\n".join(lines).encode()


def _utc(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _stamp(at: int) -> str:
    return _utc(at).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """RFC 5545 TEXT: backslash, semicolon, comma and line ends escaped; no other control characters."""
    plain = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return _CONTROL.sub("", plain.replace("\r\n", "\n").replace("\n", "\\n"))


def _fold(line: str) -> str:
    """At most 75 octets a line, never within a character; what follows begins with a space."""
    if len(line) <= FOLD // 4 or len(line.encode()) <= FOLD:
        return line
    parts: list[str] = []
    part, size = "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > FOLD - bool(parts):
            parts.append(part)
            part, size = "", 0
        part += letter
        size += width
    return "\r\n ".join([*parts, part])


def _event(entry: Entry) -> list[str]:
    booking = entry.booking
    joinable = booking.status not in _SAID
    told = [booking.customer_name, booking.customer_phone, booking.customer_email, booking.notes]
    told += [f"Join: {entry.join_url}"] if joinable else []
    summary = booking.title or f"{booking.customer_name or 'Video call'} with {entry.agent_name}"
    return [
        "BEGIN:VEVENT",
        f"UID:{booking.id}@callboard",
        f"SEQUENCE:{booking.rev}",
        f"DTSTAMP:{_stamp(booking.updated_at)}",
        f"CREATED:{_stamp(booking.created_at)}",
        f"LAST-MODIFIED:{_stamp(booking.updated_at)}",
        f"DTSTART:{_stamp(booking.starts_at)}",
        f"DTEND:{_stamp(booking.ends_at)}",
        _fold(f"SUMMARY:{_text(summary)}"),
        _fold("DESCRIPTION:" + _text("\n".join(line for line in told if line))),
        f"STATUS:{_SAID.get(booking.status, 'CONFIRMED')}",
        f"TRANSP:{'OPAQUE' if booking.occupies else 'TRANSPARENT'}",
        *([_fold(f"URL:{entry.join_url}")] if joinable else []),
        "END:VEVENT",
    ]


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
