"""Events and audit rows: written in batches at the end of a transaction, read by number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update

from callboard.domain.events import Event
from callboard.storage.tables import audit, events
from callboard.storage.unit_of_work import Work

BY_HAND = ("console", "cli")  # kinds of actors that are a person at this computer
ACT = "act"  # in ``after``: the name that the rows of one gesture share
_INSERT_EVENT = insert(events)
_INSERT_AUDIT = insert(audit)
_SINCE = select(events).where(events.c.seq > bindparam("seq")).order_by(events.c.seq).limit(1000)
_LAST = select(func.coalesce(func.max(events.c.seq), 0))
_OF_SUBJECT = (
    select(audit)
    .where(audit.c.organization_id == bindparam("org"), audit.c.subject_id == bindparam("subject"))
    .order_by(audit.c.seq.desc())
    .limit(bindparam("n"))
)
_RECENT = select(audit).where(audit.c.organization_id == bindparam("org")).order_by(audit.c.seq.desc()).limit(bindparam("n"))
# Not all that ever was: others may have written a million rows since, and nobody takes back what lies that far behind.
_STANDING = (
    select(audit)
    .where(
        audit.c.organization_id == bindparam("org"),
        audit.c.actor == bindparam("actor"),
        audit.c.undone_at.is_(None),
        audit.c.seq > select(func.max(audit.c.seq) - 100_000).scalar_subquery(),
    )
    .order_by(audit.c.seq.desc())
    .limit(bindparam("n"))
)
_ONE = select(audit).where(audit.c.organization_id == bindparam("org"), audit.c.seq == bindparam("seq"))
# Rows of one act stand beside each other: numbers are given in the order of the transaction that wrote them.
_AROUND = (
    select(audit)
    .where(
        audit.c.organization_id == bindparam("org"),
        audit.c.seq > bindparam("lo"),
        audit.c.seq < bindparam("hi"),
    )
    .order_by(audit.c.seq.desc())
)
_UNDONE = update(audit).where(audit.c.seq == bindparam("s"), audit.c.undone_at.is_(None)).values(undone_at=bindparam("at_"))


def write(work: Work, happened: Sequence[Event]) -> None:
    """Insert the events of a transaction."""
    if happened:
        work.execute(
            _INSERT_EVENT,
            [
                {
                    "id": e.id,
                    "organization_id": e.organization_id,
                    "type": e.type,
                    "subject_id": e.subject_id,
                    "rev": e.rev,
                    "data": dict(e.data) or None,
                    "at": e.at,
                }
                for e in happened
            ],
        )


def write_audit(work: Work) -> None:
    """Insert the audit rows of a transaction; several of a person's are tied together, so that undo takes them as one."""
    if work.audits:
        if len(work.audits) > 1 and work.actor.kind in BY_HAND:
            name = work.new_id()
            for row in work.audits:
                row["after"] = {**(row["after"] or {}), ACT: name}
        work.execute(_INSERT_AUDIT, work.audits)


def event_of(row: Row[Any]) -> Event:
    """The event a row holds."""
    return Event(
        type=row.type,
        organization_id=row.organization_id,
        subject_id=row.subject_id,
        rev=row.rev,
        data=row.data or {},
        id=row.id,
        at=row.at,
    )


def since(work: Work, seq: int) -> tuple[list[Event], int]:
    """Up to 1,000 events after number ``seq``, and the number of the last of them."""
    rows = work.rows(_SINCE, {"seq": seq})
    return [event_of(r) for r in rows], (rows[-1].seq if rows else seq)


def last_seq(work: Work) -> int:
    """The number of the newest event; 0 when there is none."""
    return int(work.execute(_LAST).scalar() or 0)


def history(work: Work, organization_id: str, subject_id: str, limit: int = 50) -> Sequence[Row[Any]]:
    """Audit rows of one noun, newest first."""
    return work.rows(_OF_SUBJECT, {"org": organization_id, "subject": subject_id, "n": limit})


def recent(work: Work, organization_id: str, limit: int = 50) -> Sequence[Row[Any]]:
    """Audit rows of an organization, newest first."""
    return work.rows(_RECENT, {"org": organization_id, "n": limit})


def standing(work: Work, organization_id: str, actor: str, limit: int) -> Sequence[Row[Any]]:
    """What an actor did lately and nobody has taken back, newest first."""
    return work.rows(_STANDING, {"org": organization_id, "actor": actor, "n": limit})


def around(work: Work, organization_id: str, seq: int, n: int) -> Sequence[Row[Any]]:
    """Audit rows within ``n`` numbers of one, newest first."""
    return work.rows(_AROUND, {"org": organization_id, "lo": seq - n, "hi": seq + n})


def entry(work: Work, organization_id: str, seq: int) -> Row[Any] | None:
    """One audit row."""
    return work.row(_ONE, {"org": organization_id, "seq": seq})


def mark_undone(work: Work, seq: int) -> bool:
    """Note that an audit row was undone; False when it already was."""
    return work.execute(_UNDONE, {"s": seq, "at_": work.now}).rowcount == 1
