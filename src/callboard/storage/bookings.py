"""Booking and claim rows. The statements here are the hot path: built once, bound by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, delete, func, insert, literal_column, or_, select, update

from callboard.domain.bookings import OCCUPYING, OPEN, Assignment, Booking, Features, Status
from callboard.storage.tables import bookings, claims
from callboard.storage.unit_of_work import Work

_FIELDS = tuple(name for name in Booking.__dataclass_fields__ if name in bookings.c)
_OCCUPYING = [str(s) for s in OCCUPYING]
_OPEN = [str(s) for s in OPEN]
_DEFAULT_FEATURES = Features()

_INSERT = insert(bookings)
_GET = select(bookings).where(bookings.c.organization_id == bindparam("org"), bookings.c.id == bindparam("id"))
# A literal, not a parameter: a partial index serves only a condition the planner can see.
_PENDING = bookings.c.status == literal_column("'pending_confirmation'")
_STALE = select(bookings).where(_PENDING, bookings.c.confirm_by <= bindparam("now"))
_NEXT_STALE = select(func.min(bookings.c.confirm_by)).where(bookings.c.status == "pending_confirmation")
_STALE_OF = _STALE.where(bookings.c.organization_id == bindparam("org"))
_STALE_IDS = select(bookings.c.id).where(
    _PENDING,
    bookings.c.confirm_by <= bindparam("now"),
    bookings.c.organization_id == bindparam("org"),
)
_BY_REFERENCE = select(bookings).where(
    bookings.c.organization_id == bindparam("org"), bookings.c.reference == bindparam("reference")
)
_UNCLAIM = delete(claims).where(claims.c.booking_id == bindparam("booking"))
# lo > floor: no claim is longer than 24 h, so the index range is bounded however long the history is.
_CLAIMS = select(claims.c.agent_id, claims.c.lo, claims.c.hi, claims.c.booking_id, claims.c.kind).where(
    claims.c.organization_id == bindparam("org"),
    claims.c.agent_id.in_(bindparam("agents", expanding=True)),
    claims.c.lo < bindparam("hi"),
    claims.c.lo > bindparam("floor"),
    claims.c.hi > bindparam("lo"),
)
_LOADS = (
    select(bookings.c.agent_id, func.count())
    .where(
        bookings.c.organization_id == bindparam("org"),
        bookings.c.agent_id.in_(bindparam("agents", expanding=True)),
        bookings.c.starts_at >= bindparam("lo"),
        bookings.c.starts_at < bindparam("hi"),
        bookings.c.status.in_(_OCCUPYING),
    )
    .group_by(bookings.c.agent_id)
)
_STARTS_OF_PERSON = select(bookings.c.starts_at).where(
    bookings.c.organization_id == bindparam("org"),
    bookings.c.person_id == bindparam("person"),
    bookings.c.starts_at > bindparam("lo"),
    bookings.c.starts_at < bindparam("hi"),
    bookings.c.status.in_([*_OPEN, "completed"]),
    bookings.c.id != bindparam("but"),
)
_WEEK = (
    select(bookings)
    .where(
        bookings.c.organization_id == bindparam("org"),
        bookings.c.starts_at > bindparam("floor"),
        bookings.c.starts_at < bindparam("hi"),
    )
    .order_by(bookings.c.starts_at, bookings.c.id)
)


def _booking(row: Row[Any]) -> Booking:
    values = {name: getattr(row, name) for name in _FIELDS}
    values["status"] = Status(values["status"])
    values["assignment"] = Assignment(values["assignment"])
    values["overran"] = bool(values["overran"])
    values["features"] = Features(**values["features"]) if values["features"] else _DEFAULT_FEATURES
    values["details"] = values["details"] or {}
    return Booking(**values)


def _plain(name: str, value: Any) -> Any:
    if name == "features":
        return None if value == _DEFAULT_FEATURES else asdict(value)
    if name == "details":
        return dict(value) or None
    if name == "overran":
        return int(value)
    return str(value) if name in {"status", "assignment"} else value


def insert_one(work: Work, booking: Booking) -> None:
    """Write a new booking; its claim is :func:`claim`."""
    work.execute(_INSERT, {name: _plain(name, getattr(booking, name)) for name in _FIELDS})
    work.memo["booking", booking.id] = booking
    work.memo["made", booking.id] = True


def save(work: Work, booking: Booking, changed: Mapping[str, Any]) -> bool:
    """Write the changed columns; False when ``rev`` is no longer the one before (somebody was faster)."""
    values = {name: _plain(name, value) for name, value in changed.items()}
    statement = update(bookings).where(bookings.c.id == booking.id, bookings.c.rev == booking.rev - 1)
    saved = work.execute(statement.values(**values, rev=booking.rev, updated_at=booking.updated_at)).rowcount == 1
    work.memo["booking", booking.id] = booking if saved else None
    return saved


def claim(work: Work, booking: Booking) -> None:
    """Take the agent's time; SlotTaken when the database refuses."""
    work.backend.claim(
        work.connection,
        {
            "organization_id": booking.organization_id,
            "booking_id": booking.id,
            "agent_id": booking.agent_id,
            "kind": "pending" if booking.status is Status.PENDING else "booked",
            "lo": booking.holds_from,
            "hi": booking.holds_to,
        },
    )


def unclaim(work: Work, booking_id: str) -> None:
    """Give the agent's time back."""
    work.execute(_UNCLAIM, {"booking": booking_id})


def get(work: Work, organization_id: str, booking_id: str) -> Booking | None:
    """One by id; what this transaction wrote itself is answered without asking again."""
    known = work.memo.get(("booking", booking_id))
    if isinstance(known, Booking) and known.organization_id == organization_id:
        return known
    row = work.row(_GET, {"org": organization_id, "id": booking_id})
    return _booking(row) if row else None


def by_reference(work: Work, organization_id: str, reference: str) -> Booking | None:
    """The one a caller knows by that reference."""
    row = work.row(_BY_REFERENCE, {"org": organization_id, "reference": reference})
    return _booking(row) if row else None


def stale(work: Work, organization_id: str | None = None, limit: int = 500) -> list[Booking]:
    """Pending bookings whose time to confirm has passed; of every organization, those that no other sweeper has in hand."""
    if organization_id is None:
        return [_booking(r) for r in work.rows(work.backend.skip_locked(_STALE.limit(limit)), {"now": work.now})]
    return [_booking(r) for r in work.rows(_STALE_OF, {"now": work.now, "org": organization_id})]


def next_stale(work: Work) -> int | None:
    """When the first pending booking's time to confirm passes (UTC seconds)."""
    found: int | None = work.execute(_NEXT_STALE).scalar()
    return found


def claimed(
    work: Work, organization_id: str, agent_ids: Sequence[str], lo: int, hi: int
) -> dict[str, list[tuple[int, int, str]]]:
    """(lo, hi, booking id) of claims that touch [lo, hi), by agent; a pending one past its time no longer counts."""
    found: dict[str, list[tuple[int, int, str]]] = {a: [] for a in agent_ids}
    gone: set[str] | None = None
    parameters = {"org": organization_id, "agents": list(agent_ids), "lo": lo, "hi": hi, "floor": lo - 86400}
    for agent_id, begin, end, booking_id, kind in work.tuples(_CLAIMS, parameters):
        if kind == "pending":
            if gone is None:
                gone = set(work.execute(_STALE_IDS, {"org": organization_id, "now": work.now}).scalars())
            if booking_id in gone:
                continue
        found[agent_id].append((begin, end, booking_id))
    return found


def loads(work: Work, organization_id: str, agent_ids: Sequence[str], lo: int, hi: int) -> dict[str, int]:
    """How many calls each agent has that start in [lo, hi)."""
    parameters = {"org": organization_id, "agents": list(agent_ids), "lo": lo, "hi": hi}
    return {agent: int(n) for agent, n in work.tuples(_LOADS, parameters)}


def starts_of_person(work: Work, organization_id: str, person_id: str, lo: int, hi: int, but: str = "") -> list[int]:
    """When a customer's live calls in (lo, hi) start, one booking left out."""
    parameters = {"org": organization_id, "person": person_id, "lo": lo, "hi": hi, "but": but}
    return list(work.execute(_STARTS_OF_PERSON, parameters).scalars())


def minutes_taken(work: Work, organization_id: str, lo: int, hi: int, agent_ids: Sequence[str] = ()) -> int:
    """Minutes of calls that start in [lo, hi) and take their agent's time, of the named agents or of all."""
    b = bookings.c
    statement = select(func.coalesce(func.sum(b.duration_minutes), 0)).where(
        b.organization_id == organization_id, b.starts_at >= lo, b.starts_at < hi, b.status.in_(_OCCUPYING)
    )
    if agent_ids:
        statement = statement.where(b.agent_id.in_(agent_ids))
    return int(work.execute(statement).scalar() or 0)


def between(work: Work, organization_id: str, lo: int, hi: int) -> list[Booking]:
    """Bookings that may touch [lo, hi), by start; the caller trims the few that ended before."""
    rows = work.rows(_WEEK, {"org": organization_id, "floor": lo - 86400, "hi": hi})
    return [_booking(r) for r in rows]


def _of_status(statuses: Sequence[str], now: int) -> ColumnElement[bool]:
    """Rows that truly have one of the states: a pending one past its time is expired, whether it was swept or not."""
    b, wanted = bookings.c, [str(s) for s in statuses]
    overdue = and_(b.status == "pending_confirmation", b.confirm_by <= now)
    found: ColumnElement[bool] = b.status.in_(wanted)
    if "pending_confirmation" in wanted:
        found = and_(found, or_(b.status != "pending_confirmation", b.confirm_by.is_(None), b.confirm_by > now))
    return or_(found, overdue) if "expired" in wanted else found


def _filtered(statement: Select[Any], organization_id: str, filters: Mapping[str, Any], now: int) -> Select[Any]:
    b = bookings.c
    statement = statement.where(b.organization_id == organization_id)
    if filters.get("starts_from") is not None:
        statement = statement.where(b.starts_at >= filters["starts_from"])
    if filters.get("starts_to") is not None:
        statement = statement.where(b.starts_at < filters["starts_to"])
    if filters.get("statuses"):
        statement = statement.where(_of_status(filters["statuses"], now))
    for name in ("agent_id", "person_id", "project_id", "source"):
        if filters.get(name) is not None:
            statement = statement.where(b[name] == filters[name])
    return statement


def listing(
    work: Work,
    organization_id: str,
    *,
    after: tuple[int, str] | None = None,
    limit: int = 50,
    offset: int = 0,
    newest_first: bool = False,
    **filters: Any,
) -> list[Booking]:
    """A page by start and id; ``after`` is the (starts_at, id) of the last row seen."""
    b = bookings.c
    statement = _filtered(select(bookings), organization_id, filters, work.now)
    if after is not None:
        at, id_ = after
        step = (
            or_(b.starts_at < at, and_(b.starts_at == at, b.id < id_))
            if newest_first
            else or_(b.starts_at > at, and_(b.starts_at == at, b.id > id_))
        )
        statement = statement.where(step)
    order = (b.starts_at.desc(), b.id.desc()) if newest_first else (b.starts_at, b.id)
    return [_booking(r) for r in work.rows(statement.order_by(*order).limit(limit).offset(offset))]


def count(work: Work, organization_id: str, **filters: Any) -> int:
    """How many rows :func:`listing` would page through."""
    statement = _filtered(select(func.count()).select_from(bookings), organization_id, filters, work.now)
    return int(work.execute(statement).scalar() or 0)


def unattended(work: Work, upto: int, limit: int = 500) -> list[Booking]:
    """Scheduled calls that should have begun by an instant and that nobody joined, oldest first; locked for this sweeper."""
    statement = select(bookings).where(bookings.c.status == "scheduled", bookings.c.starts_at <= upto)
    return [_booking(r) for r in work.rows(work.backend.skip_locked(statement.order_by(bookings.c.starts_at).limit(limit)))]


def running(work: Work, limit: int = 500) -> list[Booking]:
    """Calls in progress or on hold and not yet marked as overrunning, oldest first; locked for this sweeper."""
    statement = select(bookings).where(bookings.c.status.in_(["in_progress", "on_hold"]), bookings.c.overran == 0)
    return [_booking(r) for r in work.rows(work.backend.skip_locked(statement.order_by(bookings.c.starts_at).limit(limit)))]
