"""What the nouns of an organization are called, by id alone: a log knows an id, a person wants a name.

Ids are unique over all tables, so each is asked; a union would be one statement and could not be planned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, select

from callboard.storage.tables import agents, bookings, calendars, campaign_contacts, campaigns, people, webhooks
from callboard.storage.unit_of_work import Work

_ORG: BindParameter[Any] = bindparam("org")
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
AT_ONCE = 64


def _called(table: Any, *words: ColumnElement[Any]) -> Select[Any]:
    best = func.coalesce(*(func.nullif(word, "") for word in words), "")
    return select(table.c.id, best.label("name")).where(table.c.organization_id == _ORG, table.c.id.in_(_IDS))


_NAMES = (
    _called(bookings, bookings.c.customer_name, bookings.c.title),
    _called(people, people.c.full_name, people.c.company, people.c.email, people.c.phone),
    _called(agents, agents.c.name),
    _called(campaigns, campaigns.c.name),
    _called(campaign_contacts, campaign_contacts.c.name),
    _called(webhooks, webhooks.c.url),
    _called(calendars, calendars.c.name),
)


def names(work: Work, org: str, ids: Sequence[str]) -> dict[str, str]:
    """Id → name, of those that have one."""
    found: dict[str, str] = {}
    wanted = list(dict.fromkeys(ids))
    for at in range(0, len(wanted), AT_ONCE):
        for statement in _NAMES:
            rows = work.rows(statement, {"org": org, "ids": wanted[at : at + AT_ONCE]})
            found |= {row.id: row.name for row in rows if row.name}
    return found
