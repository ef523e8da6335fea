"""Message templates: plain text with ``{names}``, checked when saved so that no customer ever reads a brace.

Not ``str.format``: its attribute and index syntax would let a template reach into the program.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from callboard.domain.errors import Invalid
from callboard.domain.messages import MAX_BODY, Kind
from callboard.domain.zones import local

_NAME = re.compile(r"\{([^{}]*)\}")
_COMMON = ("organization", "customer", "first_name", "support_phone")
_CALL = ("when", "date", "time", "zone", "duration", "agent")

VARIABLES: Mapping[str, tuple[str, ...]] = {
    Kind.CONFIRMATION: (*_COMMON, *_CALL, "link"),
    Kind.RESCHEDULE: (*_COMMON, *_CALL, "link", "old_when"),
    Kind.CANCELLATION: (*_COMMON, *_CALL),
    Kind.REMINDER: (*_COMMON, *_CALL, "link"),
    Kind.UPLOAD_LINK: (*_COMMON, "link"),
}
REQUIRED: Mapping[str, tuple[str, ...]] = {Kind.CONFIRMATION: ("link",), Kind.UPLOAD_LINK: ("link",)}
DEFAULTS: Mapping[str, str] = {
    Kind.CONFIRMATION: "{organization}: your video call is booked for {when}. Join here: {link} Reply STOP to opt out.",
    Kind.RESCHEDULE: "{organization}: your video call has moved to {when}. Your link still works: {link}",
    Kind.CANCELLATION: "{organization}: your video call on {when} has been cancelled.",
    Kind.REMINDER: "{organization}: a reminder of your video call on {when}. Join here: {link}",
    Kind.UPLOAD_LINK: "{organization}: please send us your photos and documents here: {link}",
}
EXAMPLE: Mapping[str, str] = {
    "organization": "Northwind Moving",
    "customer": "Jane Doe",
    "first_name": "Jane",
    "support_phone": "+1 415-555-0100",
    "when": "Mon Jun 15, 4:00 PM EDT (America/New_York)",
    "old_when": "Fri Jun 12, 10:00 AM EDT (America/New_York)",
    "date": "Mon Jun 15",
    "time": "4:00 PM",
    "zone": "EDT",
    "duration": "30",
    "agent": "Dana",
    "link": "https://calls.example.com/join/abc",
}
# Where people read 16:00 as 4 PM.
_TWELVE_HOURS = frozenset({"US", "CA", "AU", "NZ", "IN", "PK", "PH", "CO", "EG", "SA"})


def check(kind: str, text: str) -> str:
    """The template as it will be kept, or Invalid naming what is wrong and which variables the kind knows."""
    allowed = VARIABLES.get(kind)
    if allowed is None:
        raise Invalid("kind", f"must be one of {', '.join(VARIABLES)}")
    text = text.strip()
    if not text:
        raise Invalid("template", "must not be empty")
    if len(text) > MAX_BODY:
        raise Invalid("template", f"must have at most {MAX_BODY} characters")
    if any(c < " " and c != "\n" for c in text):
        raise Invalid("template", "must not contain control characters")
    for name in _NAME.findall(text):
        if name not in allowed:
            known = ", ".join("{" + n + "}" for n in allowed)
            raise Invalid("template", f"{{{name}}} is not a variable of {kind}; there are {known}")
    if re.search(r"[{}]", _NAME.sub("", text)):
        raise Invalid("template", "has a brace without its pair")
    for name in REQUIRED.get(kind, ()):
        if "{" + name + "}" not in text:
            raise Invalid("template", f"must contain {{{name}}}")
    return text


def fill(text: str, values: Mapping[str, str]) -> str:
    """The words a customer reads; what is not known becomes nothing, and the gap closes."""
    filled = _NAME.sub(lambda match: values.get(match[1], ""), text)
    return re.sub(r"[ \t]{2,}", " ", filled).strip()[:MAX_BODY]


def zone_label(at: int, timezone: str) -> str:
    """``EDT``; zones whose abbreviation is only an offset are written ``GMT+3``."""
    word = local(at, timezone).tzname() or "UTC"
    if word[0] not in "+-":
        return word
    hours, minutes = word[:3].replace("+0", "+").replace("-0", "-"), word[3:]
    return f"GMT{hours}" + (f":{minutes}" if minutes and minutes != "00" else "")


def say_date(at: int, timezone: str, now: int | None = None) -> str:
    """``Mon Jun 15``; with its year when that is not the year of ``now``."""
    wall = local(at, timezone)
    year = "" if now is None or local(now, timezone).year == wall.year else f" {wall.year}"
    return f"{wall:%a %b} {wall.day}{year}"


def say_time(at: int, timezone: str, country: str) -> str:
    """``4:00 PM`` or ``16:00``, as the organization's country reads a clock."""
    wall = local(at, timezone)
    if country not in _TWELVE_HOURS:
        return f"{wall:%H:%M}"
    return f"{wall.hour % 12 or 12}:{wall:%M %p}"


def say_when(at: int, timezone: str, country: str, now: int | None = None) -> str:
    """``Mon Jun 15, 4:00 PM EDT (America/New_York)``: the zone by abbreviation and by name, for one alone misleads."""
    label, clock = zone_label(at, timezone), say_time(at, timezone, country)
    tail = "" if label == timezone else f" ({timezone})"
    return f"{say_date(at, timezone, now)}, {clock} {label}{tail}"
