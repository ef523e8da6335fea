"""Delivery rows: made with the event, claimed endpoint by endpoint, found again by the operator; recoveries replay them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from callboard.domain.events import Event
from callboard.domain.webhooks import Delivery, Recovery
from callboard.storage import trail
from callboard.storage.tables import deliveries, events, recoveries
from callboard.storage.unit_of_work import Work
from callboard.storage.work import Out, Queue

QUEUE = Queue(deliveries, deliveries.c.webhook_id)
NONE_OUT = Out()
_d, _r = deliveries.c, recoveries.c
_FIELDS = tuple(f.name for f in fields(Delivery))
_ALL = select(*(_d[name] for name in _FIELDS))
_INSERT = insert(deliveries)
_ONE = _ALL.where(_d.organization_id == bindparam("org"), _d.id == bindparam("id"))
_OF_EVENTS = select(_d.id, _d.event_id, _d.type, _d.status).where(
    _d.webhook_id == bindparam("hook"), _d.event_id.in_(bindparam("ids", expanding=True))
)
_EVENTS = select(events).where(events.c.id.in_(bindparam("ids", expanding=True)))
_AGAIN = (
    update(deliveries)
    .where(_d.id.in_(bindparam("ids", expanding=True)), _d.lease_token.is_(None))
    .values(status="waiting", due_at=bindparam("now"), attempts=0, updated_at=bindparam("now"))
)
_HOLD = (
    update(deliveries)
    .where(_d.webhook_id == bindparam("hook"), _d.due_at.is_not(None), _d.lease_token.is_(None))
    .values(status=bindparam("into"), due_at=None, updated_at=bindparam("now"))
)
_RELEASE = (
    update(deliveries)
    .where(_d.webhook_id == bindparam("hook"), _d.status == "held")
    .values(status="waiting", due_at=bindparam("now"), attempts=0, updated_at=bindparam("now"))
)
_WAITING_IDS = select(_d.id).where(_d.webhook_id == bindparam("hook"), _d.due_at.is_not(None), _d.lease_token.is_(None))
_WAIT_AGAIN = (
    update(deliveries)
    .where(_d.id.in_(bindparam("ids", expanding=True)), _d.status == "void")
    .values(status="waiting", due_at=bindparam("now"), attempts=0, updated_at=bindparam("now"))
)
_OLD = select(_d.id).where(_d.id < bindparam("before"), _d.due_at.is_(None)).limit(bindparam("n"))
_DROP = delete(deliveries).where(_d.id.in_(bindparam("ids", expanding=True)))
_COUNTS = (
    select(_d.webhook_id, _d.status, func.count().label("n"))
    .where(_d.organization_id == bindparam("org"), _d.created_at >= bindparam("since"))
    .group_by(_d.webhook_id, _d.status)
)

_RECOVERY_FIELDS = tuple(f.name for f in fields(Recovery))
_RECOVERIES = select(*(_r[name] for name in _RECOVERY_FIELDS), _r.cursor)
_RECOVERY = _RECOVERIES.where(_r.organization_id == bindparam("org"), _r.id == bindparam("id"))
_RUNNING = select(_r.id).where(_r.status == "running").order_by(_r.updated_at, _r.id).limit(1)
_RUNNING_SINCE = select(func.min(_r.updated_at)).where(_r.status == "running")
_IN_RANGE = (
    (events.c.organization_id == bindparam("org")) & (events.c.id > bindparam("cursor")) & (events.c.id < bindparam("end"))
)
_TOTAL = select(func.count()).where(_IN_RANGE)
_PAGE = select(events).where(_IN_RANGE).order_by(events.c.id).limit(bindparam("n"))


def _delivery(row: Row[Any]) -> Delivery:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    for name in ("request_headers", "response_headers"):
        values[name] = values[name] or {}
    return Delivery(**{**values, "history": values["history"] or (), "test": bool(values["test"])})


def add(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert deliveries, due now."""
    base = {"status": "waiting", "due_at": work.now, "created_at": work.now, "updated_at": work.now, "test": 0}
    work.execute(_INSERT, [{**base, "id": work.new_id(), **row} for row in rows])


def get(work: Work, org: str, id_: str) -> Delivery | None:
    """One delivery of the organization."""
    row = work.row(_ONE, {"org": org, "id": id_})
    return _delivery(row) if row else None


def listing(work: Work, org: str, *, limit: int, before: str | None = None, **filters: Any) -> list[Delivery]:
    """Deliveries, newest first. Filters: webhook_id, status, type, event_id; ``before`` an id to page on from."""
    statement = _ALL.where(_d.organization_id == org)
    for name, value in filters.items():
        if value is not None:
            statement = statement.where(_d[name] == value)
    if before is not None:
        statement = statement.where(_d.id < before)
    return [_delivery(r) for r in work.rows(statement.order_by(_d.id.desc()).limit(limit))]


def of_events(work: Work, hook: str, event_ids: Sequence[str]) -> dict[tuple[str, str], Row[Any]]:
    """(event id, type) → (id, status) of what an endpoint was already to be told."""
    return {(r.event_id, r.type): r for r in work.rows(_OF_EVENTS, {"hook": hook, "ids": list(event_ids)})}


def events_by_id(work: Work, event_ids: Sequence[str]) -> dict[str, Event]:
    """The events behind deliveries."""
    return {r.id: trail.event_of(r) for r in work.rows(_EVENTS, {"ids": list(event_ids)})}


def queue_again(work: Work, ids: Sequence[str]) -> int:
    """Make deliveries due now with all their attempts before them; one that is under way is left to finish."""
    return work.execute(_AGAIN, {"ids": list(ids), "now": work.now}).rowcount if ids else 0


def hold(work: Work, hook: str, into: str = "held") -> int:
    """Take what waits for an endpoint out of the queue."""
    return work.execute(_HOLD, {"hook": hook, "into": into, "now": work.now}).rowcount


def waiting_ids(work: Work, hook: str) -> list[str]:
    """What waits for an endpoint and nobody is sending."""
    return list(work.execute(_WAITING_IDS, {"hook": hook}).scalars())


def wait_again(work: Work, ids: Sequence[str], chunk: int = 500) -> None:
    """Put what was made void back into the queue."""
    for at in range(0, len(ids), chunk):
        work.execute(_WAIT_AGAIN, {"ids": list(ids[at : at + chunk]), "now": work.now})


def release(work: Work, hook: str) -> int:
    """Put what was held for an endpoint back into the queue."""
    return work.execute(_RELEASE, {"hook": hook, "now": work.now}).rowcount


def prune(work: Work, before: int, limit: int = 2000) -> int:
    """Forget deliveries made before an instant that wait for nothing; how many."""
    ids = list(work.execute(_OLD, {"before": _second(before), "n": limit}).scalars())
    return work.execute(_DROP, {"ids": ids}).rowcount if ids else 0


def counts(work: Work, org: str, since: int) -> dict[str, dict[str, int]]:
    """By endpoint: how many deliveries made since an instant stand in each state."""
    found: dict[str, dict[str, int]] = {}
    for row in work.rows(_COUNTS, {"org": org, "since": since}):
        found.setdefault(row.webhook_id, {})[row.status] = row.n
    return found


# --- recoveries -----------------------------------------------------------------------------------------------------
def _recovery(row: Row[Any]) -> Recovery:
    values = {name: getattr(row, name) for name in _RECOVERY_FIELDS}
    return Recovery(**{**values, "event_types": tuple(values["event_types"] or ()), "everything": bool(values["everything"])})


def add_recovery(work: Work, recovery: Recovery) -> None:
    """Insert a recovery; its cursor stands before the first second."""
    values = {name: getattr(recovery, name) for name in _RECOVERY_FIELDS}
    values |= {"event_types": list(recovery.event_types), "everything": int(recovery.everything)}
    work.execute(insert(recoveries), {**values, "cursor": _second(recovery.since)})


def get_recovery(work: Work, org: str, id_: str) -> Recovery | None:
    """One recovery."""
    row = work.row(_RECOVERY, {"org": org, "id": id_})
    return _recovery(row) if row else None


def recoveries_of(work: Work, org: str, limit: int = 50) -> list[Recovery]:
    """Recoveries of the organization, newest first."""
    return [_recovery(r) for r in work.rows(_RECOVERIES.where(_r.organization_id == org).order_by(_r.id.desc()).limit(limit))]


def take_recovery(work: Work) -> tuple[Recovery, str] | None:
    """A running recovery and its cursor, this transaction's alone; None when there is none to take."""
    found = work.execute(work.backend.skip_locked(_RUNNING)).scalar()
    row = work.row(_RECOVERIES.where(_r.id == found)) if found else None
    return (_recovery(row), row.cursor) if row else None


def running_since(work: Work) -> int | None:
    """When the recovery whose turn is next was last worked on (UTC seconds); None when none is running."""
    found: int | None = work.execute(_RUNNING_SINCE).scalar()
    return found


def change_recovery(work: Work, id_: str, **values: Any) -> None:
    """Set columns of a recovery."""
    work.execute(update(recoveries).where(_r.id == id_).values(updated_at=work.now, **values))


def count_events(work: Work, recovery: Recovery) -> int:
    """How many events of the organization lie in a recovery's span."""
    bounds = {"org": recovery.organization_id, "cursor": _second(recovery.since), "end": _second(recovery.until)}
    return int(work.execute(_TOTAL, bounds).scalar() or 0)


def page_of_events(work: Work, recovery: Recovery, cursor: str, limit: int) -> list[Event]:
    """The next events of a recovery's span, in order of their ids, which begin with the second they were made in."""
    bounds = {"org": recovery.organization_id, "cursor": cursor, "end": _second(recovery.until), "n": limit}
    return [trail.event_of(row) for row in work.rows(_PAGE, bounds)]


def _second(at: int) -> str:
    """The smallest id of a second."""
    return f"{at & 0xFFFFFFFF:08x}"
