"""Agents: add, find, change, time off. An agent is never deleted, only made inactive: its history stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from callboard.domain.agents import Agent, Direction
from callboard.domain.errors import Invalid, NotFound, Stale
from callboard.domain.hours import WeeklyHours, merge
from callboard.domain.zones import parse_day, zone
from callboard.services.organizations import clean_name
from callboard.services.organizations import get as get_organization
from callboard.storage import agents as rows
from callboard.storage.unit_of_work import Work

FIELDS = (
    "name",
    "timezone",
    "direction",
    "extension",
    "email",
    "hours",
    "overrides",
    "dnd",
    "weight",
    "daily_cap",
    "active",
)


def _check(work: Work, agent: Agent) -> Agent:
    """The agent with its values checked; Invalid names the field."""
    zone(agent.timezone)
    if not 1 <= agent.weight <= 100:
        raise Invalid("weight", "must be a whole number from 1 to 100")
    if agent.daily_cap is not None and not 1 <= agent.daily_cap <= 1000:
        raise Invalid("daily_cap", "must be a whole number from 1 to 1000")
    if agent.extension is not None:
        if not (agent.extension.isascii() and agent.extension.isdigit() and len(agent.extension) <= 10):
            raise Invalid("extension", "must be 1 to 10 digits")
        for other in rows.every(work, agent.organization_id):
            if other.extension == agent.extension and other.id != agent.id:
                raise Invalid("extension", f"{agent.extension} belongs to {other.name}")
    overrides = {parse_day(day, "overrides").isoformat(): merge(spans) for day, spans in agent.overrides.items()}
    return replace(agent, name=clean_name(agent.name), overrides=overrides)


def _direction(value: str) -> Direction:
    try:
        return Direction(value)
    except ValueError as error:
        raise Invalid("direction", "must be inbound or outbound") from error


def add(work: Work, /, organization_id: str, name: str, **fields: Any) -> Agent:
    """A new agent. ``timezone`` defaults to the organization's; hours to Monday-Friday 09:00-17:00."""
    organization = get_organization(work, organization_id)
    values: dict[str, Any] = {k: v for k, v in fields.items() if v is not None}
    values["direction"] = _direction(values.get("direction", "outbound"))
    values.setdefault("timezone", organization.timezone)
    agent = Agent(id=work.new_id(), organization_id=organization_id, name=name, created_at=work.now, **values)
    agent = _check(work, agent)
    rows.insert_one(work, agent)
    work.record("agent.created", organization_id, agent.id)
    work.audit("agent.created", organization_id, agent.id, after={"name": agent.name})
    return agent


def get(work: Work, organization_id: str, agent_id: str) -> Agent:
    """One by id, or NotFound."""
    agent = rows.get(work, organization_id, agent_id)
    if agent is None:
        raise NotFound("agent", agent_id)
    return agent


def all(  # noqa: A001 - agents.all reads as what it is
    work: Work, organization_id: str, *, active_only: bool = False, direction: str | None = None
) -> list[Agent]:
    """Agents by name, all or the active ones, of one direction or both."""
    return [
        a
        for a in rows.every(work, organization_id)
        if (a.active or not active_only) and (direction is None or a.direction == direction)
    ]


def update(work: Work, /, organization_id: str, agent_id: str, *, rev: int | None = None, **changes: Any) -> Agent:
    """Change the named fields; Stale when ``rev`` is given and no longer current."""
    old = get(work, organization_id, agent_id)
    if rev is not None and rev != old.rev:
        raise Stale(old.rev)
    unknown = set(changes) - set(FIELDS)
    if unknown:
        raise Invalid(min(unknown), "is not a field of an agent")
    if "direction" in changes:
        changes["direction"] = _direction(changes["direction"])
    new = _check(work, replace(old, **changes, rev=old.rev + 1))
    if not rows.save(work, new):
        raise Stale(old.rev + 1)
    before = {k: _plain(getattr(old, k)) for k in changes}
    after = {k: _plain(getattr(new, k)) for k in changes}
    work.record("agent.updated", organization_id, agent_id, new.rev, fields=sorted(changes))
    work.audit("agent.updated", organization_id, agent_id, rev=new.rev, before=before, after=after)
    return new


def restore(work: Work, organization_id: str, agent_id: str, before: Mapping[str, Any]) -> Agent:
    """Put fields back as an audit row remembers them (undo)."""
    changes = dict(before)
    for name in ("hours", "dnd"):
        if name in changes:
            changes[name] = WeeklyHours(tuple(tuple((a, b) for a, b in day) for day in changes[name]))
    if "overrides" in changes:
        changes["overrides"] = {day: tuple((a, b) for a, b in spans) for day, spans in changes["overrides"].items()}
    return update(work, organization_id, agent_id, **changes)


def _plain(value: Any) -> Any:
    """A field as JSON keeps it."""
    if isinstance(value, WeeklyHours):
        return value.days
    return dict(value) if isinstance(value, Mapping) else value
