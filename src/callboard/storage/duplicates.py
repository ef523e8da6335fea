"""People with the same number, address or name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, or_, select

from callboard.domain.people import Person
from callboard.storage import people as rows
from callboard.storage.tables import people
from callboard.storage.unit_of_work import Work


def by_email(work: Work, org: str, email: str) -> Person | None:
    """The oldest person with that address."""
    return rows.by_email(work, org, email)


def _live(org: str) -> list[Any]:
    return [people.c.organization_id == org, people.c.deleted_at.is_(None)]


def groups(work: Work, org: str, column: str, limit: int) -> Iterator[tuple[str, list[Person]]]:
    """(value, people) for every value of a column that more than one person has, the biggest group first."""
    key: Any = func.lower(people.c[column])
    many = (
        select(key.label("value"))
        .where(*_live(org), people.c[column].is_not(None), people.c[column] != "")
        .group_by(key)
        .having(func.count() > 1)
        .order_by(func.count().desc(), key)
        .limit(limit)
    )
    for row in work.rows(many):
        found = select(people.c.id).where(*_live(org), key == row.value).order_by(people.c.id).limit(20)
        yield row.value, [p for r in work.rows(found) if (p := rows.get(work, org, r.id)) is not None]


def like(work: Work, org: str, person: Person) -> list[Person]:
    """Who shares this person's number, address or name."""
    signs: list[Any] = []
    if person.phone:
        signs.append(people.c.phone == person.phone)
    if person.email:
        signs.append(people.c.email == person.email)
    if person.full_name:
        signs.append(func.lower(people.c.full_name) == person.full_name.lower())
    if not signs:
        return []
    statement = select(people.c.id).where(*_live(org), or_(*signs)).order_by(people.c.id).limit(50)
    return [p for r in work.rows(statement) if (p := rows.get(work, org, r.id)) is not None]
