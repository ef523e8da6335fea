"""How much happened by the hour and by the state: what small charts are drawn from."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, func, select

from callboard.storage.tables import bookings, call_records, deliveries, messages
from callboard.storage.unit_of_work import Work

HOUR = 3600
TABLES: dict[str, tuple[Table, str]] = {
    "bookings": (bookings, "starts_at"),
    "calls": (call_records, "created_at"),
    "deliveries": (deliveries, "created_at"),
    "messages": (messages, "created_at"),
}


def by_hour(work: Work, org: str, what: str, lo: int, hi: int) -> dict[tuple[int, str], int]:
    """(hours since ``lo``, status) → how many of [lo, hi)."""
    table, column = TABLES[what]
    at: Any = table.c[column]
    hour = ((at - lo) // HOUR).label("hour")
    statement = (
        select(hour, table.c.status, func.count().label("n"))
        .where(table.c.organization_id == org, at >= lo, at < hi)
        .group_by(hour, table.c.status)
    )
    return {(int(r.hour), r.status): r.n for r in work.rows(statement)}
