"""The agents' room: who takes calls, when, how much; hours in one line a person can read and type."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from callboard.console import words
from callboard.console.dialogs.form import Answers, Field, Form
from callboard.console.settings.line import Line
from callboard.console.widgets.header import zone_label
from callboard.domain.errors import CallboardError, Invalid
from callboard.domain.hours import Window, format_hours, format_spans, parse_hours, parse_span
from callboard.domain.zones import parse_day, zone, zone_names

if TYPE_CHECKING:
    from callboard.console.settings.screen import Settings
    from callboard.domain.agents import Agent

OFF = "off"
HOURS = "mon-fri 09:00-12:30,13:15-17:30; sat 22:00-06:00"


async def agents(page: Settings) -> list[Line]:
    """One line an agent."""
    lines = []
    for agent in page.console.agents:
        glyph, role = ("●", "text") if agent.active else ("○", "dim")
        facts = [zone_label(agent.timezone), str(agent.direction)]
        facts += [f"ext {agent.extension}"] if agent.extension else []
        facts += [f"weight {agent.weight}"] if agent.weight != 1 else []
        facts += [f"at most {agent.daily_cap} a day"] if agent.daily_cap else []
        facts += [f"not disturbed {format_hours(agent.dnd)}"] if not agent.dnd.empty else []
        facts += [words.plural(len(agent.overrides), "special day")] if agent.overrides else []
        facts += [] if agent.active else ["takes no calls"]
        hours = format_hours(agent.hours) or "no hours"
        turn = partial(_turn, page, agent)
        drops = "turn off" if agent.active else "turn on"
        change = partial(edit, page, agent)
        lines.append(Line(agent.id, f"{glyph} {agent.name}", hours, " · ".join(facts), role, change, turn, drops=drops))
    return lines


def _fields(agent: Agent | None, home: str) -> list[Field]:
    hours = format_hours(agent.hours) if agent else "mon-fri 09:00-17:00"
    yes_no = [("yes", "takes calls"), ("no", "takes no calls")]
    return [
        Field("name", "name", agent.name if agent else "", "As customers and colleagues see it."),
        Field("timezone", "time zone", agent.timezone if agent else home, "Hours are wall clock there.", suggest=zone_names()),
        Field("hours", "hours", hours, f"Such as {HOURS}; a window may pass midnight."),
        Field(
            "dnd",
            "do not disturb",
            format_hours(agent.dnd) if agent else "",
            "Every week, spelled like hours; nothing is booked then.",
        ),
        Field(
            "overrides", "special days", format_days(agent.overrides) if agent else "", "2026-12-24 09:00-12:00; 2026-12-25 off"
        ),
        Field("direction", "direction", str(agent.direction) if agent else "outbound", "Who mainly calls whom.", _DIRECTIONS),
        Field("extension", "extension", (agent.extension or "") if agent else "", "A short number, digits alone."),
        Field("email", "e-mail", (agent.email or "") if agent else "", "For calendar invitations."),
        Field("weight", "weight", str(agent.weight) if agent else "1", "2 gets twice as many of the calls dealt in turn as 1."),
        Field(
            "daily_cap",
            "most a day",
            str(agent.daily_cap or "") if agent else "",
            "No more calls than this a day; empty: no limit.",
        ),
        Field("active", "active", "yes" if agent is None or agent.active else "no", "History stays either way.", yes_no),
    ]


_DIRECTIONS = [("outbound", "outbound: places calls"), ("inbound", "inbound: receives calls")]


def parse_days(text: str) -> dict[str, tuple[Window, ...]]:
    """``2026-12-24 09:00-12:00; 2026-12-25 off`` → day → windows."""
    found: dict[str, tuple[Window, ...]] = {}
    for clause in filter(None, (c.strip() for c in text.split(";"))):
        day, _, spans = clause.partition(" ")
        if not spans.strip():
            raise Invalid("overrides", f"{day}: write its hours, or off")
        windows = () if spans.strip().lower() == OFF else tuple(parse_span(s) for s in spans.split(","))
        found[parse_day(day, "overrides").isoformat()] = windows
    return found


def format_days(days: Mapping[str, tuple[Window, ...]]) -> str:
    """The spelling :func:`parse_days` reads."""
    return "; ".join(f"{day} {format_spans(windows) or OFF}" for day, windows in sorted(days.items()))


def _values(answers: Answers) -> dict[str, Any]:
    return {
        "name": answers["name"],
        "timezone": zone(answers["timezone"]).key,
        "hours": parse_hours(answers["hours"]),
        "dnd": parse_hours(answers["dnd"]),
        "overrides": parse_days(answers["overrides"]),
        "direction": answers["direction"],
        "extension": answers["extension"] or None,
        "email": answers["email"] or None,
        "weight": _whole("weight", answers["weight"]),
        "daily_cap": _whole("daily_cap", answers["daily_cap"]) if answers["daily_cap"] else None,
        "active": answers["active"] == "yes",
    }


def _whole(field: str, text: str) -> int:
    if not text.isdigit():
        raise Invalid(field, "must be a whole number")
    return int(text)


def _check(answers: Answers) -> tuple[str, str] | None:
    if not answers["name"]:
        return "name", "an agent needs a name"
    for name in ("timezone", "hours", "dnd", "overrides", "weight", "daily_cap"):
        try:
            _values({**_GOOD, name: answers[name]})
        except CallboardError as error:
            return name, words.reason(error)
    return None


_GOOD = dict.fromkeys(("hours", "dnd", "overrides", "extension", "email", "daily_cap"), "") | {
    "name": "a",
    "timezone": "UTC",
    "direction": "inbound",
    "weight": "1",
    "active": "yes",
}


async def edit(page: Settings, agent: Agent) -> None:
    """Change one; somebody else's change meanwhile is not overwritten."""
    from callboard.services import agents as verbs

    answers: Answers | None = await page.app.push_screen_wait(Form(f"Agent {agent.name}", _fields(agent, ""), check=_check))
    if answers:
        changed = {k: v for k, v in _values(answers).items() if getattr(agent, k) != v}
        if changed and await page.perform(verbs.update, page.org, agent.id, rev=agent.rev, **changed) is not None:
            page.console.say(f"{agent.name}: {', '.join(changed)} changed; z takes it back")


async def new(page: Settings) -> None:
    """One more."""
    from callboard.services import agents as verbs

    form = Form("New agent", _fields(None, page.console.organization.timezone), check=_check)
    answers: Answers | None = await page.app.push_screen_wait(form)
    if answers:
        values = _values(answers)
        made = await page.perform(verbs.add, page.org, values.pop("name"), **values)
        if made is not None:
            page.console.say(f"{made.name} takes calls from now on")


async def _turn(page: Settings, agent: Agent) -> None:
    """An agent is never deleted: it takes no calls any more, or does again."""
    from callboard.services import agents as verbs

    if await page.perform(verbs.update, page.org, agent.id, active=not agent.active) is not None:
        page.console.say(f"{agent.name} takes {'no calls any more' if agent.active else 'calls again'}; z takes it back")
