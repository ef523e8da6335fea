"""What a filter line means for people: ``source:website agent:dana !city:oslo after:fri is:lead jane``.

The line becomes conditions of the database's own, so that a filter over a million people costs what an index costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from callboard.domain.agents import Agent
from callboard.domain.errors import Invalid
from callboard.domain.filters import Term, check_fields, moment, parse
from callboard.storage.people_filter import Condition

_TEXTS = {
    "source": "source",
    "interest": "interest",
    "city": "city",
    "country": "country",
    "language": "language",
    "company": "company",
    "email": "email",
    "name": "full_name",
    "from": "external_source",
}
_IS = {"lead": "is_lead", "contact": "is_contact", "dnc": "do_not_call", "dnt": "do_not_text"}
_HAS = {"phone": "phone", "email": "email", "notes": "notes", "agent": "agent_id"}
_TIMES = {
    "after": ("from", "updated_at"),
    "before": ("to", "updated_at"),
    "since": ("from", "created_at"),
    "until": ("to", "created_at"),
}
FIELDS = (*_TEXTS, "agent", "phone", "is", "has", *_TIMES)
HINT = "source:website agent:dana !city:oslo is:lead has:phone after:fri  Esc clears"


def conditions(text: str, agents: Sequence[Agent], now: int, zone: str) -> list[Condition]:
    """The line as conditions; Invalid says which word is wrong and what there is instead."""
    return [_condition(term, agents, now, zone) for term in check_fields(parse(text), FIELDS)]


def _condition(term: Term, agents: Sequence[Agent], now: int, zone: str) -> Condition:
    field, value = term.field, term.value
    if field in _TEXTS:
        return Condition("text", _TEXTS[field], value, term.negated)
    if field in _TIMES:
        how, column = _TIMES[field]
        return Condition(how, column, moment(value, now, zone), term.negated)
    if field == "agent":
        return _agent(term, agents)
    makers: dict[str, Callable[[Term], Condition]] = {"": _words, "phone": _phone, "is": partial(_is, now=now), "has": _has}
    return makers[field](term)


def _phone(term: Term) -> Condition:
    return Condition("phone", "", "".join(c for c in term.value if c.isdigit()), term.negated)


def _is(term: Term, now: int) -> Condition:
    column = _known("is", term.value, {**_IS, "booked": ""})
    return Condition("is", column, None, term.negated) if column else Condition("booked", "", now, term.negated)


def _has(term: Term) -> Condition:
    return Condition("empty", _known("has", term.value, _HAS), None, not term.negated)


def _known(field: str, value: str, words: dict[str, str]) -> str:
    if value.lower() not in words:
        raise Invalid("filter", f"{field}: one of {', '.join(words)}")
    return words[value.lower()]


def _agent(term: Term, agents: Sequence[Agent]) -> Condition:
    if term.value.lower() in {"none", "nobody"}:
        return Condition("empty", "agent_id", None, term.negated)
    found = [a.id for a in agents if term.value.lower() in a.name.lower()]
    if not found:
        raise Invalid("filter", f"no agent {term.value!r}; there are {', '.join(a.name for a in agents)}, none")
    return Condition("agents", "", found, term.negated)


def _words(term: Term) -> Condition:
    """A bare word looks in name, company, e-mail and phone; a number in any spelling finds its digits."""
    digits = "".join(c for c in term.value if c not in " ().-")
    if digits.lstrip("+").isdigit() and len(digits) >= 3:
        return Condition("search", "", digits.lstrip("+0"), term.negated)
    return Condition("search", "", term.value, term.negated)
