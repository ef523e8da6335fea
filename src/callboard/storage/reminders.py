"""Reminder rows: one a booking, lead time, rev and recipient; due when the customer should be reminded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from callboard.storage.tables import reminders
from callboard.storage.unit_of_work import Work
from callboard.storage.work import Queue

QUEUE = Queue(reminders, reminders.c.organization_id)
_c = reminders.c
_INSERT = insert(reminders)
_OF = select(reminders).where(_c.organization_id == bindparam("org"), _c.booking_id == bindparam("booking"))
_VOID = (
    update(reminders)
    .where(_c.id.in_(bindparam("ids", expanding=True)), _c.status == "waiting")
    .values(status="void", reason=bindparam("why"), due_at=None)
)


def add(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert reminders."""
    work.execute(_INSERT, [{"id": work.new_id(), "created_at": work.now, **row} for row in rows])


def of(work: Work, org: str, booking_id: str) -> Sequence[Row[Any]]:
    """Every reminder of a booking, void ones too, in no order."""
    return work.rows(_OF, {"org": org, "booking": booking_id})


def void(work: Work, ids: Sequence[str], why: str) -> None:
    """Withdraw reminders that wait."""
    if ids:
        work.execute(_VOID, {"ids": list(ids), "why": why})
