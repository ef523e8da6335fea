"""Agent rows, and the tallies the round robin turns by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from callboard.domain.agents import Agent, Direction
from callboard.domain.assignment import Tally
from callboard.domain.hours import WeeklyHours
from callboard.storage.tables import agents, tallies
from callboard.storage.unit_of_work import Work

_GET = select(agents).where(agents.c.organization_id == bindparam("org"), agents.c.id == bindparam("id"))
_REV = select(agents.c.rev).where(agents.c.organization_id == bindparam("org"), agents.c.id == bindparam("id"))
_REVS = select(agents.c.id, agents.c.rev).where(agents.c.organization_id == bindparam("org")).order_by(agents.c.name, agents.c.id)
_ALL = select(agents).where(agents.c.organization_id == bindparam("org")).order_by(agents.c.name, agents.c.id)
_INSERT = insert(agents)
_TALLIES = select(tallies).where(tallies.c.organization_id == bindparam("org"), tallies.c.window == bindparam("window"))
_NEW_TALLY = insert(tallies)
_TURN = (
    update(tallies)
    .where(
        tallies.c.organization_id == bindparam("org"),
        tallies.c.window == bindparam("win"),
        tallies.c.agent_id == bindparam("agent"),
    )
    .values(given=tallies.c.given + 1, last=bindparam("turn"))
)


def _hours(stored: Sequence[Sequence[Sequence[int]]] | None) -> WeeklyHours:
    return WeeklyHours(tuple(tuple((a, b) for a, b in day) for day in stored)) if stored else WeeklyHours()


def _agent(row: Row[Any]) -> Agent:
    return Agent(
        id=row.id,
        organization_id=row.organization_id,
        name=row.name,
        timezone=row.timezone,
        direction=Direction(row.direction),
        extension=row.extension,
        email=row.email,
        hours=_hours(row.hours),
        overrides={day: tuple((a, b) for a, b in spans) for day, spans in (row.overrides or {}).items()},
        dnd=_hours(row.dnd),
        weight=row.weight,
        daily_cap=row.daily_cap,
        active=bool(row.active),
        created_at=row.created_at,
        rev=row.rev,
    )


def _values(agent: Agent) -> dict[str, Any]:
    return {
        "organization_id": agent.organization_id,
        "name": agent.name,
        "timezone": agent.timezone,
        "direction": str(agent.direction),
        "extension": agent.extension,
        "email": agent.email,
        "hours": agent.hours.days,
        "overrides": dict(agent.overrides),
        "dnd": agent.dnd.days,
        "weight": agent.weight,
        "daily_cap": agent.daily_cap,
        "active": int(agent.active),
        "created_at": agent.created_at,
        "rev": agent.rev,
    }


def insert_one(work: Work, agent: Agent) -> None:
    """Write a new agent."""
    work.execute(_INSERT, {"id": agent.id, **_values(agent)})


def save(work: Work, agent: Agent) -> bool:
    """Write a changed one; False when somebody changed it first."""
    work.memo["saved", agent.id] = True
    statement = update(agents).where(agents.c.id == agent.id, agents.c.rev == agent.rev - 1).values(**_values(agent))
    return work.execute(statement).rowcount == 1


def get(work: Work, organization_id: str, agent_id: str) -> Agent | None:
    """One by id."""
    parameters = {"org": organization_id, "id": agent_id}
    known: Agent | None = work.backend.kept.get(agent_id)
    if known is not None and work.execute(_REV, parameters).scalar() == known.rev:
        return known
    row = work.row(_GET, parameters)
    if row is None:
        return None
    return _keep(work, _agent(row))


def _keep(work: Work, agent: Agent) -> Agent:
    """Remember it by its rev, unless this transaction made that rev: should it fail, another may make the same one."""
    if ("saved", agent.id) not in work.memo:
        work.backend.keep(agent.id, agent)
    return agent


def every(work: Work, organization_id: str) -> list[Agent]:
    """All of an organization, by name. Their hours are JSON, so those whose rev is known are not read again."""
    kept = work.backend.kept
    known: list[Agent] = []
    for agent_id, rev in work.tuples(_REVS, {"org": organization_id}):
        agent = kept.get(agent_id)
        if agent is None or agent.rev != rev:
            break
        known.append(agent)
    else:
        return known
    return [_keep(work, _agent(r)) for r in work.rows(_ALL, {"org": organization_id})]


def turns(work: Work, organization_id: str, window: str) -> dict[str, Tally]:
    """What each agent was given in a window, by agent id."""
    rows = work.rows(_TALLIES, {"org": organization_id, "window": window})
    return {r.agent_id: Tally(r.given, r.last) for r in rows}


def open_tallies(work: Work, organization_id: str, window: str, starts: Iterable[tuple[str, int]]) -> None:
    """Give agents a row in the window, with the count they start from."""
    rows = [
        {"organization_id": organization_id, "window": window, "agent_id": a, "given": given, "last": 0} for a, given in starts
    ]
    if rows:
        work.execute(_NEW_TALLY, rows)


def take_turn(work: Work, organization_id: str, window: str, agent_id: str, turn: int) -> None:
    """Count one more for the agent."""
    work.execute(_TURN, {"org": organization_id, "win": window, "agent": agent_id, "turn": turn})
