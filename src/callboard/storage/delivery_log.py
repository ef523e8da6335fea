"""The delivery log as an operator reads it: pages by number, filtered in SQL; and how each endpoint has been doing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, case, func, not_, or_, select

from callboard.domain.webhooks import Delivery
from callboard.storage.deliveries import _ALL, _delivery
from callboard.storage.people_filter import Condition
from callboard.storage.tables import deliveries, webhooks
from callboard.storage.unit_of_work import Work

_d = deliveries.c
_HEALTH = (
    select(
        _d.webhook_id,
        func.sum(case((_d.status == "delivered", 1), else_=0)).label("arrived"),
        func.sum(case((_d.status == "failed", 1), else_=0)).label("failed"),
        func.sum(case((_d.status == "waiting", 1), else_=0)).label("waiting"),
        func.sum(case((_d.status == "held", 1), else_=0)).label("held"),
        func.avg(_d.milliseconds).label("milliseconds"),
    )
    .where(_d.organization_id == bindparam("org"), _d.created_at >= bindparam("since"), _d.test == 0)
    .group_by(_d.webhook_id)
)


def health(work: Work, org: str, since: int) -> Sequence[Row[Any]]:
    """By endpoint: how many arrived, failed, wait and are held of those made since an instant; the mean answer time (ms)."""
    return work.rows(_HEALTH, {"org": org, "since": since})


def _like(text: str) -> str:
    return text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _one(condition: Condition) -> ColumnElement[bool]:
    column: Any = _d[condition.column] if condition.column else None
    found: ColumnElement[bool] = _MAKERS[condition.how](column, condition.value)
    return found


def _at_url(_: Any, text: str) -> ColumnElement[bool]:
    found = select(webhooks.c.id).where(func.lower(webhooks.c.url).like(f"%{_like(text)}%", escape="\\"))
    return _d.webhook_id.in_(found)


def _words(_: Any, text: str) -> ColumnElement[bool]:
    texts = (_d.type, _d.id, _d.event_id, func.coalesce(_d.last_error, ""), func.coalesce(_d.payload, ""))
    return or_(*(func.lower(t).like(f"%{_like(text)}%", escape="\\") for t in texts))


_MAKERS: dict[str, Callable[[Any, Any], Any]] = {
    "text": lambda column, text: func.lower(func.coalesce(column, "")).like(f"{_like(text)}%", escape="\\"),
    "from": lambda _, at: _d.created_at >= at,
    "to": lambda _, at: _d.created_at < at,
    "is": lambda *_: _d.test == 1,
    "url": _at_url,
    "words": _words,
}


def _where(org: str, webhook_id: str | None, conditions: Iterable[Condition]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [_d.organization_id == org]
    if webhook_id is not None:
        found.append(_d.webhook_id == webhook_id)
    return found + [not_(_one(c)) if c.negated else _one(c) for c in conditions]


def page(
    work: Work,
    org: str,
    webhook_id: str | None,
    conditions: Iterable[Condition],
    *,
    before: str | None = None,
    offset: int = 0,
    limit: int = 200,
) -> list[Delivery]:
    """Deliveries, newest first."""
    where = _where(org, webhook_id, conditions)
    if before is not None:
        where.append(_d.id < before)
    return [_delivery(r) for r in work.rows(_ALL.where(*where).order_by(_d.id.desc()).limit(limit).offset(offset))]


def count(work: Work, org: str, webhook_id: str | None, conditions: Iterable[Condition]) -> int:
    """How many there are."""
    statement = select(func.count()).select_from(deliveries).where(*_where(org, webhook_id, conditions))
    return int(work.execute(statement).scalar() or 0)
