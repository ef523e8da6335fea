"""Rows of imported calendars, and the blocks each one made."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from callboard.domain.calendars import Busy, Calendar
from callboard.domain.leases import Lease
from callboard.storage.tables import blocks, calendars
from callboard.storage.unit_of_work import Work
from callboard.storage.work import Queue

QUEUE = Queue(calendars, calendars.c.organization_id)
_FIELDS = tuple(f.name for f in fields(Calendar))
_ALL = select(*(calendars.c[name] for name in _FIELDS))
_INSERT = insert(calendars)
_BLOCKS_OF = select(
    blocks.c.id, blocks.c.external_id, blocks.c.starts_at, blocks.c.ends_at, blocks.c.title, blocks.c.agent_id
).where(blocks.c.organization_id == bindparam("org"), blocks.c.calendar_id == bindparam("calendar"))
_INSERT_BLOCK = insert(blocks)
_CHANGE_BLOCK = (
    update(blocks)
    .where(blocks.c.id == bindparam("i"))
    .values(
        starts_at=bindparam("lo"),
        ends_at=bindparam("hi"),
        title=bindparam("t"),
        agent_id=bindparam("agent"),
        updated_at=bindparam("now"),
        rev=blocks.c.rev + 1,
    )
)
_DROP_BLOCK = delete(blocks).where(blocks.c.id == bindparam("i"))


def _calendar(row: Row[Any]) -> Calendar:
    return Calendar(**{name: getattr(row, name) for name in _FIELDS})


def add(work: Work, calendar: Calendar) -> None:
    """Insert a calendar."""
    work.execute(_INSERT, asdict(calendar))


def get(work: Work, org: str, id_: str) -> Calendar | None:
    """One calendar."""
    row = work.row(_ALL.where(calendars.c.organization_id == org, calendars.c.id == id_))
    return _calendar(row) if row else None


def every(work: Work, org: str) -> list[Calendar]:
    """All of an organization, by name."""
    return [_calendar(r) for r in work.rows(_ALL.where(calendars.c.organization_id == org).order_by(calendars.c.name))]


def claim(work: Work, lease: Lease) -> list[Calendar]:
    """Lease calendars that are to be read."""
    return [_calendar(row) for row in QUEUE.claim(work, lease)]


def change(work: Work, id_: str, **values: Any) -> bool:
    """Set columns of a calendar."""
    return work.execute(update(calendars).where(calendars.c.id == id_).values(updated_at=work.now, **values)).rowcount == 1


def remove(work: Work, org: str, id_: str) -> bool:
    """Delete a calendar; its blocks go by ``storage.blocks.remove_of_calendar``."""
    statement = delete(calendars).where(calendars.c.organization_id == org, calendars.c.id == id_)
    return work.execute(statement).rowcount == 1


def busy_of(work: Work, calendar: Calendar) -> list[Busy]:
    """The busy time a calendar's blocks hold now."""
    found = work.rows(_BLOCKS_OF, {"org": calendar.organization_id, "calendar": calendar.id})
    return [Busy(key=r.external_id, starts_at=r.starts_at, ends_at=r.ends_at, title=r.title) for r in found]


def replace_blocks(work: Work, calendar: Calendar, busy: tuple[Busy, ...]) -> tuple[int, int, int]:
    """Make the calendar's blocks say what it says now; (added, changed, removed). What is the same keeps its row and rev."""
    source = f"calendar:{calendar.id}"
    known = {r.external_id: r for r in work.rows(_BLOCKS_OF, {"org": calendar.organization_id, "calendar": calendar.id})}
    fresh: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for one in busy:
        row = known.pop(one.key, None)
        wanted = (one.starts_at, one.ends_at, one.title, calendar.agent_id)
        if row is None:
            fresh.append(_block(work, calendar, source, one))
        elif wanted != (row.starts_at, row.ends_at, row.title, row.agent_id):
            lo, hi, title, agent = wanted
            changed.append({"i": row.id, "lo": lo, "hi": hi, "t": title, "agent": agent, "now": work.now})
    for statement, values in (
        (_DROP_BLOCK, [{"i": r.id} for r in known.values()]),
        (_CHANGE_BLOCK, changed),
        (_INSERT_BLOCK, fresh),
    ):
        if values:
            work.execute(statement, values)
    return len(fresh), len(changed), len(known)


def _block(work: Work, calendar: Calendar, source: str, one: Busy) -> dict[str, Any]:
    return {
        "id": work.new_id(),
        "organization_id": calendar.organization_id,
        "agent_id": calendar.agent_id,
        "kind": "external",
        "title": one.title,
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "external_source": source,
        "external_id": one.key,
        "calendar_id": calendar.id,
        "created_at": work.now,
        "updated_at": work.now,
        "rev": 1,
    }
