"""API keys as rows. The read on every request goes by primary key and fetches three columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from callboard.domain.keys import ApiKey
from callboard.storage.tables import api_keys
from callboard.storage.unit_of_work import Work

_INSERT = insert(api_keys)
_BY_ID = select(api_keys).where(api_keys.c.id == bindparam("key_id"))
_LIVE = select(api_keys.c.revoked_at).where(api_keys.c.id == bindparam("key_id"))
_ALL = select(api_keys).where(api_keys.c.organization_id == bindparam("org")).order_by(api_keys.c.id)
_REVOKE = (
    update(api_keys)
    .where(api_keys.c.id == bindparam("key_id"), api_keys.c.organization_id == bindparam("org"), api_keys.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at_"))
)
_USED = update(api_keys).where(api_keys.c.id == bindparam("key_id")).values(last_used_at=bindparam("at_"))


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        organization_id=row.organization_id,
        name=row.name,
        flavour=row.flavour,
        secret_hash=row.secret_hash,
        last_four=row.last_four,
        scopes=frozenset(row.scopes or ()),
        created_by=row.created_by,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        rate_limit=row.rate_limit,
    )


def add(work: Work, key: ApiKey) -> None:
    """Insert a key."""
    work.execute(
        _INSERT,
        {
            "id": key.id,
            "organization_id": key.organization_id,
            "name": key.name,
            "flavour": key.flavour,
            "secret_hash": key.secret_hash,
            "last_four": key.last_four,
            "scopes": sorted(key.scopes),
            "created_by": key.created_by,
            "created_at": key.created_at,
            "rate_limit": key.rate_limit,
        },
    )


def get(work: Work, key_id: str) -> ApiKey | None:
    """One key, revoked or not."""
    row = work.row(_BY_ID, {"key_id": key_id})
    return None if row is None else _key(row)


def live(work: Work, key_id: str) -> bool:
    """Whether the key exists and is not revoked, as of this transaction."""
    row = work.row(_LIVE, {"key_id": key_id})
    return row is not None and row.revoked_at is None


def listing(work: Work, org: str) -> list[ApiKey]:
    """Every key of an organization, oldest first."""
    return [_key(row) for row in work.rows(_ALL, {"org": org})]


def revoke(work: Work, org: str, key_id: str) -> bool:
    """Revoke; False when there is no such live key."""
    return work.execute(_REVOKE, {"key_id": key_id, "org": org, "at_": work.now}).rowcount == 1


def used(work: Work, times: Iterable[tuple[str, int]]) -> None:
    """Write when keys were last used (UTC seconds)."""
    rows = [{"key_id": key_id, "at_": at} for key_id, at in times]
    if rows:
        work.execute(_USED, rows)
