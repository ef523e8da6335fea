"""What a filter line means for the call log: ``in missed after:fri agent:dana !outcome:booked`` as the database's conditions."""

from __future__ import annotations

from collections.abc import Sequence

from callboard.domain.agents import Agent
from callboard.domain.calls import CallStatus
from callboard.domain.errors import Invalid
from callboard.domain.filters import Term, check_fields, moment, parse
from callboard.storage.calls import Condition

_WAYS = {"in": "inbound", "inbound": "inbound", "out": "outbound", "outbound": "outbound"}
_TIMES = {"after": "from", "before": "to"}
STATES = tuple(str(s) for s in CallStatus)
FIELDS = ("way", "status", "agent", "name", "phone", "outcome", "notes", *_TIMES)


def conditions(text: str, agents: Sequence[Agent], now: int, zone: str) -> list[Condition]:
    """The line as conditions; Invalid says which word is wrong and what there is instead."""
    return [_condition(t, agents, now, zone) for t in check_fields(parse(text), FIELDS)]


def _condition(term: Term, agents: Sequence[Agent], now: int, zone: str) -> Condition:
    field, value = term.field, term.value.lower()
    state = value.replace("-", "_")
    if field == "way" or (not field and value in _WAYS):
        if value not in _WAYS:
            raise Invalid("filter", "way: in or out")
        return Condition("is", "direction", _WAYS[value], term.negated)
    if field == "status" or (not field and state in STATES):
        if state not in STATES:
            raise Invalid("filter", f"status: one of {', '.join(STATES)}")
        return Condition("is", "status", state, term.negated)
    if field in _TIMES:
        return Condition(_TIMES[field], "", moment(term.value, now, zone), term.negated)
    if field == "agent":
        found = [a.id for a in agents if value in a.name.lower()]
        if not found:
            raise Invalid("filter", f"no agent {term.value!r}; there are {', '.join(a.name for a in agents)}")
        return Condition("agents", "", found, term.negated)
    return Condition({"": "words", "name": "name", "phone": "phone"}.get(field, "text"), field, term.value, term.negated)
