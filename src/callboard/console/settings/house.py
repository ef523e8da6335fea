"""The rooms of the house itself: organization, branding, policy."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from callboard.console import words
from callboard.console.settings.line import Line, ask_choice, ask_text, yes_no
from callboard.console.widgets.choices import Choice
from callboard.domain.errors import CallboardError
from callboard.domain.phones import parse_phone
from callboard.domain.zones import zone_names

if TYPE_CHECKING:
    from callboard.console.settings.screen import Settings

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}\Z")


async def organization(page: Settings) -> list[Line]:
    """Name and zone."""
    o = page.console.organization

    async def rename(text: str) -> None:
        await _update(page, name=text)

    async def move(name: str) -> None:
        await _update(page, timezone=name)

    name = partial(ask_text, page, "Organization's name", o.name, "Used to tell organizations apart.", rename, _not_empty)
    zones = [Choice(z, z) for z in zone_names()]
    where = partial(ask_choice, page, "Time zone", o.timezone, zones, move)
    return [
        Line("name", "name", o.name, "The name in commands and logs; customers see the one under Branding.", change=name),
        Line("zone", "time zone", o.timezone, "Days, months and agents without a zone of their own follow it.", change=where),
        Line("id", "id", o.id, "What the API calls it; y copies it.", why="an id never changes"),
    ]


async def branding(page: Settings) -> list[Line]:
    """What customers see."""
    b = page.console.organization.branding
    fields = (
        ("name", "name customers see", b.name, "Stands on pages and in messages; empty: the organization's own.", lambda _: ""),
        ("colour", "colour", b.colour, "The accent of the waiting room and the call page, as #RRGGBB.", _colour),
        (
            "support_phone",
            "support phone",
            b.support_phone,
            "Shown on a page that cannot help any more.",
            partial(_phone, b.default_country),
        ),
        (
            "default_country",
            "default country",
            b.default_country,
            "How a number without a country code is read: US, DE …",
            _country,
        ),
    )
    lines = []
    for id_, label, value, effect, check in fields:

        async def keep(text: str, id_: str = id_) -> None:
            text = text.upper() if id_ == "default_country" else text
            await _update(page, branding=replace(page.console.organization.branding, **{id_: text}))

        change = partial(ask_text, page, label.capitalize(), value, effect, keep, check)
        lines.append(Line(id_, label, value, effect, change=change))
    return lines


_POLICY: tuple[tuple[str, str, str, str], ...] = (
    ("default_duration_minutes", "length of a call", "min", "Used where nobody says how long a call is."),
    ("slot_interval_minutes", "slots begin every", "min", "Empty: as often as the call is long."),
    ("buffer_before_minutes", "buffer before", "min", "The agent is kept free so long before each call."),
    ("buffer_after_minutes", "buffer after", "min", "The agent is kept free so long after each call."),
    ("minimum_notice_minutes", "minimum notice", "min", "Sooner than this nobody may book; an operator may."),
    ("maximum_advance_days", "maximum advance", "days", "Later than this nobody may book."),
    ("confirmation_timeout_minutes", "time to confirm", "min", "After it a pending call expires and its slot is free."),
    ("customer_limit", "calls a customer", "", "Live calls one customer may have in the days below; empty: any number."),
    ("customer_limit_days", "counted over", "days", "The days the limit counts."),
    ("no_show_after_minutes", "no-show after", "min", "A call nobody came to is marked so long after its start."),
    ("link_lifetime_hours", "links live", "h", "Join links work until so long after the call's time."),
)
_OPTIONAL = {"slot_interval_minutes": "as the call is long", "customer_limit": "any number"}  # what no value means


async def policy(page: Settings) -> list[Line]:
    """How booking works."""
    p = page.console.organization.policy
    lines = [_number(page, *row) for row in _POLICY]

    async def remind(text: str) -> None:
        minutes = tuple(int(w) for w in text.replace(",", " ").split())
        await _update(page, policy=replace(page.console.organization.policy, reminder_minutes=minutes))

    reminders = " ".join(str(m) for m in p.reminder_minutes)
    effect = "Minutes before the call at which the customer is reminded; empty: never."
    change = partial(ask_text, page, "Reminders", reminders, effect, remind, _minutes)
    shown = f"{', '.join(words.span(m * 60) for m in p.reminder_minutes)} before" if reminders else "none"
    lines.append(Line("reminder_minutes", "reminders", shown, effect, change=change))
    lines.append(_flag(page, "scheduling_enabled", "booking is open", "When closed, the API refuses every new booking."))
    lines.append(_flag(page, "keep_chat", "keep chat", "Whether what was written in a call is kept after it."))
    return lines


def _number(page: Settings, name: str, label: str, unit: str, effect: str) -> Line:
    value = getattr(page.console.organization.policy, name)
    shown = f"{value} {unit.removesuffix('s') if value == 1 else unit}".strip() if value is not None else _OPTIONAL[name]

    async def keep(text: str) -> None:
        number: Any = int(text) if text else None
        changed = replace(page.console.organization.policy, **{name: number})
        await _update(page, policy=changed)

    def check(text: str) -> str:
        if not text.strip() and name in _OPTIONAL:
            return ""
        return "" if text.strip().isdigit() else "a whole number, please"

    text = "" if value is None else str(value)
    return Line(name, label, shown, effect, change=partial(ask_text, page, label.capitalize(), text, effect, keep, check))


def _flag(page: Settings, name: str, label: str, effect: str) -> Line:
    value = bool(getattr(page.console.organization.policy, name))

    async def turn() -> None:
        other: Any = not value
        await _update(page, policy=replace(page.console.organization.policy, **{name: other}))

    return Line(name, label, yes_no(value), effect, change=turn)


async def _update(page: Settings, **changes: Any) -> None:
    from callboard.services import organizations

    if await page.perform(organizations.update, page.org, **changes) is not None:
        page.console.say("changed; z takes it back")


def _checked(read: Callable[[str], Any], text: str) -> str:
    try:
        read(text)
    except (CallboardError, ValueError) as error:
        return words.reason(error)
    return ""


def _not_empty(text: str) -> str:
    return "" if text.strip() else "it needs a name"


def _colour(text: str) -> str:
    return "" if _COLOUR.match(text.strip()) else "six hex digits after a #, such as #F0B45B"


def _phone(country: str, text: str) -> str:
    return _checked(lambda t: parse_phone(t, country), text) if text.strip() else ""


def _country(text: str) -> str:
    return "" if len(text.strip()) == 2 and text.strip().isalpha() else "two letters, such as US"


def _minutes(text: str) -> str:
    return _checked(lambda t: [int(w) for w in t.replace(",", " ").split()], text) and "numbers separated by blanks, please"
