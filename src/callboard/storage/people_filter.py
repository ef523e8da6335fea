"""The conditions a filter line puts on people, as SQL: equality, beginnings, ranges of time, each of them turned round too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, or_, select

from callboard.storage.tables import bookings, people


@dataclass(frozen=True, slots=True)
class Condition:
    """``how``: text (begins with, any case), phone (these digits), search (anywhere), is, agents, from, to, empty, booked."""

    how: str
    column: str = ""
    value: Any = None
    negated: bool = False


def _escaped(text: str) -> str:
    return text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def where(conditions: Iterable[Condition]) -> list[ColumnElement[bool]]:
    """All of them."""
    return [not_(func.coalesce(_one(c), False)) if c.negated else _one(c) for c in conditions]


def _one(condition: Condition) -> ColumnElement[bool]:
    column: Any = people.c[condition.column] if condition.column else None
    found: ColumnElement[bool] = _MAKERS[condition.how](column, condition.value)
    return found


def _booked(_: Any, now: int) -> ColumnElement[bool]:
    """Has a call to come."""
    ahead = and_(
        bookings.c.organization_id == people.c.organization_id,
        bookings.c.person_id == people.c.id,
        bookings.c.starts_at >= now,
        bookings.c.status.in_(["pending_confirmation", "scheduled"]),
    )
    return select(bookings.c.id).where(ahead).exists()


_MAKERS: dict[str, Callable[[Any, Any], Any]] = {
    "text": lambda column, text: func.lower(func.coalesce(column, "")).like(f"{_escaped(text)}%", escape="\\"),
    "search": lambda _, text: people.c.search.like(f"%{_escaped(text)}%", escape="\\"),
    "phone": lambda _, digits: func.coalesce(people.c.phone, "").like(f"%{digits}%"),
    "is": lambda column, _: column == 1,
    "agents": lambda _, ids: people.c.agent_id.in_(list(ids)),
    "empty": lambda column, _: or_(column.is_(None), column == ""),
    "from": lambda column, at: column >= at,
    "to": lambda column, at: column < at,
    "booked": _booked,
}
