"""What readiness asks of the database: a write that lasts, the schema's version, and how late the oldest due work is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select

from callboard.storage import limits, migrate
from callboard.storage.tables import calendars, call_records, deliveries, messages, organizations, reminders, webhooks
from callboard.storage.unit_of_work import Work

_OUTBOUND = (messages.c.direction == "outbound") & (messages.c.created_at >= bindparam("since"))
_UNSENT = (
    select(
        messages.c.organization_id, messages.c.status, func.count().label("n"), func.min(messages.c.created_at).label("oldest")
    )
    .where(_OUTBOUND, messages.c.status.in_(["waiting", "failed"]))
    .group_by(messages.c.organization_id, messages.c.status)
)
_FAILING = select(
    webhooks.c.organization_id,
    webhooks.c.url,
    webhooks.c.status,
    webhooks.c.disabled_reason,
    webhooks.c.failures,
    webhooks.c.failing_since,
).where(webhooks.c.deleted_at.is_(None), (webhooks.c.failures > 0) | (webhooks.c.status != "active"))
_CALENDARS = select(
    calendars.c.organization_id, calendars.c.name, calendars.c.status, calendars.c.fetched_at, calendars.c.last_error
).where(calendars.c.status.in_(["stale", "failed"]))  # one that waits for its first look is late work when it is late
_NAMES = select(organizations.c.id, organizations.c.name)
_OLDEST: dict[str, Select[tuple[int | None]]] = {
    table.name: select(func.min(table.c.due_at)).where(table.c.due_at <= bindparam("now"))
    for table in (messages, reminders, deliveries, calendars, call_records)  # what the clock does; dialling is the operator's
}


def write(work: Work) -> None:
    """Write one row that nobody counts."""
    limits.take(work, "readyz", 1, 1 << 30, 1)


def schema(work: Work) -> tuple[str | None, str]:
    """(the database's version, the program's)."""
    return migrate.current(work.connection), migrate.HEAD


def oldest_due(work: Work) -> dict[str, int]:
    """Seconds by which the oldest due row of each kind is late; kinds with nothing due are left out."""
    found = {name: work.execute(query, {"now": work.now}).scalar() for name, query in _OLDEST.items()}
    return {name: work.now - at for name, at in found.items() if at is not None}


def names(work: Work) -> dict[str, str]:
    """Every organization's name by its id."""
    return {r.id: r.name for r in work.rows(_NAMES)}


def unsent(work: Work, since: int) -> Sequence[Row[Any]]:
    """By organization and status: how many outbound messages made since an instant have not left, and the oldest one's age."""
    return work.rows(_UNSENT, {"since": since})


def failing(work: Work) -> Sequence[Row[Any]]:
    """Endpoints that fail now or were given up."""
    return work.rows(_FAILING)


def stale_calendars(work: Work) -> Sequence[Row[Any]]:
    """External calendars whose last fetch failed or is too old."""
    return work.rows(_CALENDARS)
