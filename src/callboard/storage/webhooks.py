"""Webhook endpoints: who listens, and how it has been going with each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update

from callboard.domain.webhooks import Webhook
from callboard.storage.tables import webhooks
from callboard.storage.unit_of_work import Work

_FIELDS = tuple(f.name for f in fields(Webhook))
_ALL = select(*(webhooks.c[name] for name in _FIELDS)).where(webhooks.c.deleted_at.is_(None))
_OF = _ALL.where(webhooks.c.organization_id == bindparam("org")).order_by(webhooks.c.id)
_ONE = _ALL.where(webhooks.c.organization_id == bindparam("org"), webhooks.c.id == bindparam("id"))
_SOME = _ALL.where(webhooks.c.id.in_(bindparam("ids", expanding=True)))
_FAILING = _ALL.where((webhooks.c.failures > 0) | (webhooks.c.status == "disabled")).order_by(webhooks.c.failing_since)
_INSERT = insert(webhooks)
_SUCCEEDED = (
    update(webhooks)
    .where(
        webhooks.c.id.in_(bindparam("ids", expanding=True)),
        (webhooks.c.failures > 0) | (func.coalesce(webhooks.c.last_success_at, 0) <= bindparam("noted")),
    )
    .values(failures=0, failing_since=None, last_success_at=bindparam("now"))
)
_FAILED = (
    update(webhooks)
    .where(webhooks.c.id == bindparam("hook"))
    .values(failures=webhooks.c.failures + 1, failing_since=func.coalesce(webhooks.c.failing_since, bindparam("now")))
    .returning(webhooks.c.failures, webhooks.c.failing_since)
)
_DISABLED = (
    update(webhooks)
    .where(webhooks.c.id == bindparam("hook"), webhooks.c.status == "active", webhooks.c.deleted_at.is_(None))
    .values(status="disabled", disabled_reason=bindparam("reason"), updated_at=bindparam("now"))
)


def _webhook(row: Row[Any]) -> Webhook:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    return Webhook(**{**values, "event_types": tuple(values["event_types"] or ())})


def add(work: Work, webhook: Webhook) -> None:
    """Insert an endpoint."""
    work.memo.pop(("webhooks", webhook.organization_id), None)
    work.execute(_INSERT, {**asdict(webhook), "event_types": list(webhook.event_types)})


def get(work: Work, org: str, id_: str) -> Webhook | None:
    """One endpoint of the organization."""
    row = work.row(_ONE, {"org": org, "id": id_})
    return _webhook(row) if row else None


def some(work: Work, ids: Sequence[str]) -> dict[str, Webhook]:
    """Endpoints by id, of any organization."""
    return {r.id: _webhook(r) for r in work.rows(_SOME, {"ids": list(ids)})}


def of(work: Work, org: str) -> list[Webhook]:
    """Every endpoint of the organization, oldest first; read once a transaction, for each event asks."""
    known = work.memo.get(("webhooks", org))
    if not isinstance(known, list):
        known = [_webhook(r) for r in work.rows(_OF, {"org": org})]
        work.memo["webhooks", org] = known
    return known


def troubled(work: Work) -> list[Webhook]:
    """Endpoints that fail or were given up, in every organization."""
    return [_webhook(r) for r in work.rows(_FAILING)]


def change(work: Work, id_: str, **values: Any) -> None:
    """Set columns of one endpoint."""
    work.memo.clear()
    work.execute(update(webhooks).where(webhooks.c.id == id_).values(updated_at=work.now, **values))


def revive(work: Work, org: str, id_: str) -> bool:
    """Bring a removed endpoint back; False when there is none such."""
    work.memo.clear()
    c = webhooks.c
    mine = update(webhooks).where(c.organization_id == org, c.id == id_, c.deleted_at.is_not(None))
    return work.execute(mine.values(deleted_at=None, updated_at=work.now)).rowcount == 1


def succeeded(work: Work, ids: Sequence[str], every: int) -> None:
    """Deliveries arrived: a row of failures is broken; one that is well anyway is written to once in so many seconds."""
    if ids:
        work.execute(_SUCCEEDED, {"ids": list(ids), "now": work.now, "noted": work.now - every})


def failed(work: Work, id_: str) -> tuple[int, int]:
    """An attempt failed; (how many in a row, since when)."""
    row = work.execute(_FAILED, {"hook": id_, "now": work.now}).one()
    return row.failures, row.failing_since


def disable(work: Work, id_: str, reason: str) -> bool:
    """Stop telling an endpoint; False when it was stopped already."""
    work.memo.clear()
    return work.execute(_DISABLED, {"hook": id_, "reason": reason, "now": work.now}).rowcount == 1
