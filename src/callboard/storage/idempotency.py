"""Idempotency keys as rows: the answer stands in the same transaction as the change it answers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from callboard.storage.tables import idempotency
from callboard.storage.unit_of_work import Work

_GET = select(idempotency).where(idempotency.c.organization_id == bindparam("org"), idempotency.c.key == bindparam("k"))
_ADD = insert(idempotency)
_SET = (
    update(idempotency)
    .where(idempotency.c.organization_id == bindparam("org"), idempotency.c.key == bindparam("k"))
    .values(body=bindparam("b"))
)
_DROP = delete(idempotency).where(idempotency.c.organization_id == bindparam("org"), idempotency.c.key == bindparam("k"))
_PRUNE = delete(idempotency).where(idempotency.c.expires_at < bindparam("before"))


def get(work: Work, org: str, key: str) -> Row[Any] | None:
    """The stored answer of a key, with no other transaction of that key beside this one."""
    work.backend.lock_key(work.connection, f"idempotency:{org}:{key}")
    return work.row(_GET, {"org": org, "k": key})


def add(work: Work, org: str, key: str, **columns: Any) -> None:
    """Store an answer."""
    work.execute(_ADD, {"organization_id": org, "key": key, "created_at": work.now, **columns})


def set_body(work: Work, org: str, key: str, body: str) -> None:
    """Correct a stored answer once its outcome is known."""
    work.execute(_SET, {"org": org, "k": key, "b": body})


def drop(work: Work, org: str, key: str) -> None:
    """Forget one key."""
    work.execute(_DROP, {"org": org, "k": key})


def prune(work: Work, before: int) -> int:
    """Forget keys that expired before an instant (UTC seconds)."""
    return int(work.execute(_PRUNE, {"before": before}).rowcount)
