"""``callboard agents``."""

from __future__ import annotations

import sys
from typing import Annotated, Any

from cyclopts import App, Parameter

from callboard.cli.common import Database, Json, Org, emit, office, parse_id, table, uuid
from callboard.domain.agents import Agent
from callboard.domain.hours import format_hours, format_spans, merge, parse_hours, parse_span
from callboard.domain.zones import iso, parse_day, parse_instant
from callboard.services import agents, blocks

app = App(name="agents", help="Agents: add, list, change, days off, time off.")
AgentId = Annotated[str, Parameter(help="The agent's id.")]


def shape(agent: Agent) -> dict[str, Any]:
    """An agent as the command line prints it."""
    return {
        "id": uuid(agent.id),
        "name": agent.name,
        "direction": str(agent.direction),
        "extension": agent.extension,
        "timezone": agent.timezone,
        "hours": format_hours(agent.hours),
        "overrides": {day: format_spans(spans) for day, spans in agent.overrides.items()},
        "dnd": format_hours(agent.dnd),
        "weight": agent.weight,
        "daily_cap": agent.daily_cap,
        "active": agent.active,
    }


def _print(agent: Agent, *, json: bool) -> None:
    made = shape(agent)
    emit(made) if json else sys.stdout.write(f"{made['id']}  {made['name']}  {made['timezone']}  {made['hours']}\n")


@app.command
def add(
    name: str,
    /,
    *,
    organization: Org = None,
    direction: str = "outbound",
    extension: str | None = None,
    email: str | None = None,
    timezone: str | None = None,
    hours: Annotated[str | None, Parameter(help='e.g. "mon-fri 09:00-12:00,13:00-17:00; sat 22:00-06:00".')] = None,
    weight: int = 1,
    daily_cap: int | None = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Add an agent; the zone defaults to the organization's, hours to mon-fri 09:00-17:00."""
    week = None if hours is None else parse_hours(hours)
    with office(organization, database_url) as at:
        agent = at.session.do(
            agents.add,
            at.organization_id,
            name,
            direction=direction,
            extension=extension,
            email=email,
            timezone=timezone,
            hours=week,
            weight=weight,
            daily_cap=daily_cap,
        )
    _print(agent, json=json)


@app.command(name="list")
def list_(*, organization: Org = None, direction: str | None = None, json: Json = False, database_url: Database = None) -> None:
    """List agents."""
    with office(organization, database_url) as at:
        found = [shape(a) for a in at.session.get(agents.all, at.organization_id, direction=direction)]
    columns = ("id", "name", "direction", "extension", "timezone", "hours", "active")
    emit({"agents": found}) if json else table(found, columns, "no agents yet")


@app.command
def change(
    agent: AgentId,
    /,
    *,
    organization: Org = None,
    name: str | None = None,
    direction: str | None = None,
    extension: str | None = None,
    timezone: str | None = None,
    hours: str | None = None,
    dnd: Annotated[str | None, Parameter(help='Weekly do-not-disturb, spelled like hours; "" for none.')] = None,
    weight: int | None = None,
    daily_cap: int | None = None,
    active: bool | None = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Change an agent; what is not named stays."""
    given: dict[str, Any] = {
        "name": name,
        "direction": direction,
        "extension": extension,
        "timezone": timezone,
        "weight": weight,
        "daily_cap": daily_cap,
        "active": active,
        "hours": None if hours is None else parse_hours(hours),
        "dnd": None if dnd is None else parse_hours(dnd),
    }
    changes = {k: v for k, v in given.items() if v is not None}
    with office(organization, database_url) as at:
        changed = at.session.do(agents.update, at.organization_id, parse_id(agent, "agent"), **changes)
    _print(changed, json=json)


@app.command
def off(
    agent: AgentId,
    /,
    *,
    organization: Org = None,
    day: Annotated[str | None, Parameter(help="A day, YYYY-MM-DD: off, or other hours with --hours.")] = None,
    hours: Annotated[str | None, Parameter(help="Other hours that day, e.g. 10:00-12:00,13:00-15:00.")] = None,
    starts_at: Annotated[str | None, Parameter(name="--from", help="Begin of time off, ISO 8601.")] = None,
    ends_at: Annotated[str | None, Parameter(name="--to", help="End of time off, ISO 8601.")] = None,
    title: str = "time off",
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Give an agent a day off, other hours on a day, or time off from one instant to another."""
    from callboard.domain.errors import Invalid

    if (day is None) == (starts_at is None or ends_at is None):
        raise Invalid("day", "give either --day (with or without --hours) or both --from and --to")
    with office(organization, database_url) as at:
        person = at.session.get(agents.get, at.organization_id, parse_id(agent, "agent"))
        if day is not None:
            spans = merge(parse_span(s) for s in hours.split(",")) if hours else ()
            overrides = {**person.overrides, parse_day(day, "day").isoformat(): spans}
            changed = at.session.do(agents.update, at.organization_id, person.id, overrides=overrides)
            return _print(changed, json=json)
        lo = parse_instant(str(starts_at), "from", person.timezone)
        hi = parse_instant(str(ends_at), "to", person.timezone)
        block = at.session.do(
            blocks.add, at.organization_id, starts_at=lo, ends_at=hi, agent_id=person.id, kind="time_off", title=title
        )
    made = {"id": uuid(block.id), "agent_id": uuid(person.id), "starts_at": iso(lo), "ends_at": iso(hi), "kind": block.kind}
    return emit(made) if json else table([made], ("id", "starts_at", "ends_at"), "")
