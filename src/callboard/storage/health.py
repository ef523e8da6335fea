"""What readiness asks of the database: a write that lasts, the schema's version, and how late the oldest due work is."""

from __future__ import annotations

from sqlalchemy import Select, bindparam, func, select

from callboard.storage import limits, migrate
from callboard.storage.tables import calendars, campaign_contacts, deliveries, messages, reminders
from callboard.storage.unit_of_work import Work

_OLDEST: dict[str, Select[tuple[int | None]]] = {
    table.name: select(func.min(table.c.due_at)).where(table.c.due_at <= bindparam("now"))
    for table in (messages, reminders, deliveries, calendars, campaign_contacts)
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
