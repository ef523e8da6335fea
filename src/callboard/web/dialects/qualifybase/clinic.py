"""Whose key it is, and who works there."""

from __future__ import annotations

from callboard.domain.agents import Agent
from callboard.domain.errors import Invalid, NotFound
from callboard.services import agents, keys, organizations
from callboard.services.limits import RateLimit
from callboard.services.service import Work
from callboard.web.contract import Answer, Call, Doc, Routes
from callboard.web.dialects.qualifybase import answers, examples, shapes, words

routes = Routes()
LIMIT = RateLimit(120, 60)


def agent_named(work: Work, org: str, text: str | None, field: str, *, direction: str | None = None) -> Agent | None:
    """The agent a body's field names; Invalid, and not NotFound, for any that cannot stand there."""
    if text is None:
        return None
    try:
        agent = agents.get(work, org, words.known(text, "agent"))
    except NotFound:
        raise Invalid(field, "must be the id of an agent of this clinic") from None
    if not agent.active:
        raise Invalid(field, "must be the id of an active agent")
    if direction is not None and agent.direction != direction:
        raise Invalid(field, f"must be the id of an agent whose direction is {direction}")
    return agent


@routes.get(
    "/api/v1/me",
    scope=None,
    summary="Who am I",
    answers={200: Doc("The clinic and the key.", answers.Me, examples.ME)},
)
def get_me(work: Work, call: Call[None, None]) -> Answer:
    """The authenticated clinic, whose name labels a connection, and what is known of the key."""
    clinic, key = organizations.get(work, call.org), keys.get(work, call.org, call.key.id)
    return Answer(200, words.me(clinic, key, LIMIT.requests))


@routes.get(
    "/api/v1/agents",
    scope="leads:read",
    query=shapes.AgentQuery,
    summary="List agents",
    answers={200: Doc("Active agents by name.", answers.Agents, examples.AGENTS)},
)
def list_agents(work: Work, call: Call[None, shapes.AgentQuery]) -> Answer:
    """Agents of one direction or both, for instance to pick the outbound agent a lead is assigned to."""
    found = agents.all(work, call.org, active_only=True, direction=call.query.direction)
    return Answer(200, {"data": [words.agent(agent) for agent in found]})
