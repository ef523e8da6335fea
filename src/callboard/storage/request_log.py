"""The request log: one row a request, written in batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select

from callboard.storage.tables import request_log
from callboard.storage.unit_of_work import Work

_ADD = insert(request_log)
_RECENT = (
    select(request_log)
    .where(request_log.c.organization_id == bindparam("org"))
    .order_by(request_log.c.id.desc())
    .limit(bindparam("n"))
)
_PRUNE = delete(request_log).where(request_log.c.at < bindparam("before"))


def add(work: Work, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows."""
    if rows:
        work.execute(_ADD, list(rows))


def recent(work: Work, org: str, limit: int) -> Sequence[Row[Any]]:
    """The newest requests of an organization."""
    return work.rows(_RECENT, {"org": org, "n": limit})


def prune(work: Work, before: int) -> int:
    """Forget requests before an instant (UTC seconds)."""
    return int(work.execute(_PRUNE, {"before": before}).rowcount)
