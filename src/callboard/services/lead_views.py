"""What the leads table shows: people with their last touch and next step, filtered and sorted by the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from callboard.domain.people import Person
from callboard.services import agents, people, people_filter
from callboard.storage import person_trail
from callboard.storage.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A person; ``last`` the newest (instant, what) behind us, ``ahead`` the first (instant, what) to come."""

    person: Person
    agent: str
    last: tuple[int, str] | None
    ahead: tuple[int, str] | None

    @property
    def id(self) -> str:
        """The person's."""
        return self.person.id


def _where(work: Work, org: str, text: str, zone: str) -> dict[str, Any]:
    return {"where": people_filter.conditions(text, agents.all(work, org), work.now, zone)} if text.strip() else {}


def count(work: Work, org: str, text: str = "", zone: str = "UTC") -> int:
    """How many people the filter line lets through."""
    return people.count(work, org, **_where(work, org, text, zone))


def page(
    work: Work,
    org: str,
    text: str = "",
    zone: str = "UTC",
    *,
    sort: str = "updated_at",
    descending: bool = True,
    after: LeadRow | None = None,
    limit: int = 200,
    offset: int = 0,
) -> list[LeadRow]:
    """A page of rows; ``after`` is the last row of the page before."""
    key = (getattr(after.person, sort) or "", after.id) if after is not None else None
    found = people.page(
        work,
        org,
        sort=sort,
        descending=descending,
        after=key,
        limit=limit,
        offset=offset,
        **_where(work, org, text, zone),
    )
    return rows_of(work, org, found)


def rows_of(work: Work, org: str, found: Sequence[Person]) -> list[LeadRow]:
    """People as rows of the table."""
    names = {a.id: a.name for a in agents.all(work, org)}
    last, ahead = person_trail.touches(work, org, [p.id for p in found])
    return [LeadRow(p, names.get(p.agent_id or "", ""), last.get(p.id), ahead.get(p.id)) for p in found]
