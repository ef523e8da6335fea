"""Message rows: written with the change they follow from, claimed by the scheduler, found again by the carrier's id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, case, func, insert, or_, select, update

from callboard.domain.leases import Lease
from callboard.domain.messages import Message
from callboard.storage import organizations as organization_rows
from callboard.storage.tables import messages, organizations, people
from callboard.storage.unit_of_work import Work
from callboard.storage.work import Queue

QUEUE = Queue(messages, messages.c.organization_id)
_FIELDS = tuple(f.name for f in fields(Message))
_ALL = select(*(messages.c[name] for name in _FIELDS))
_NEWEST = (messages.c.created_at.desc(), messages.c.id.desc())
_INSERT = insert(messages)
_ONE = _ALL.where(messages.c.organization_id == bindparam("org"), messages.c.id == bindparam("id"))
_OF_BOOKING = _ALL.where(
    messages.c.organization_id == bindparam("org"),
    messages.c.booking_id == bindparam("booking"),
    messages.c.kind == bindparam("kind"),
    messages.c.booking_rev == bindparam("rev"),
    messages.c.variant == bindparam("variant"),
)
_ALL_OF_BOOKING = _ALL.where(
    messages.c.organization_id == bindparam("org"), messages.c.booking_id == bindparam("booking")
).order_by(messages.c.created_at, messages.c.booking_rev, messages.c.id)
_TOLD = (
    _ALL.where(
        messages.c.organization_id == bindparam("org"),
        messages.c.booking_id == bindparam("booking"),
        messages.c.kind.in_(["confirmation", "reschedule", "cancellation"]),
        messages.c.status.in_(["sending", "sent", "delivered"]),
    )
    .order_by(messages.c.booking_rev.desc())
    .limit(1)
)
_BY_PROVIDER = _ALL.where(messages.c.gateway == bindparam("gateway"), messages.c.provider_id == bindparam("pid"))
_OPTED_OUT = select(func.count()).where(
    people.c.organization_id == bindparam("org"),
    people.c.phone == bindparam("phone"),
    people.c.do_not_text == 1,
    people.c.deleted_at.is_(None),
)
_OPT = (
    update(people)
    .where(
        people.c.organization_id == bindparam("o"),
        people.c.phone == bindparam("p"),
        people.c.do_not_text != bindparam("flag"),
        people.c.deleted_at.is_(None),
    )
    .values(do_not_text=bindparam("flag"), updated_at=bindparam("now"), rev=people.c.rev + 1)
    .returning(people.c.id, people.c.rev)
)
_KEEP_TEMPLATES = (
    update(organizations)
    .where(organizations.c.id == bindparam("o"))
    .values(templates=bindparam("t"), rev=organizations.c.rev + 1)
)
_WRITERS = (
    select(messages.c.organization_id)
    .where(messages.c.direction == "outbound", messages.c.to_number == bindparam("number"))
    .distinct()
)
_LAST_TO = (
    select(messages.c.organization_id, messages.c.person_id)
    .where(messages.c.direction == "outbound", messages.c.to_number == bindparam("number"))
    .order_by(messages.c.created_at.desc(), messages.c.id.desc())
    .limit(1)
)


def _message(row: Row[Any]) -> Message:
    return Message(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def add(work: Work, message: Message) -> None:
    """Insert a message."""
    work.execute(_INSERT, {name: getattr(message, name) for name in _FIELDS})


def get(work: Work, organization_id: str, id_: str) -> Message | None:
    """One message of the organization."""
    row = work.row(_ONE, {"org": organization_id, "id": id_})
    return _message(row) if row else None


def by_id(work: Work, id_: str) -> Message | None:
    """One message by our own id, when a carrier brings it back and knows no organization."""
    row = work.row(_ALL.where(messages.c.id == id_))
    return _message(row) if row else None


def of_booking(work: Work, org: str, booking_id: str, kind: str, rev: int, variant: str = "") -> Message | None:
    """The one message of a booking, kind, rev and variant."""
    row = work.row(_OF_BOOKING, {"org": org, "booking": booking_id, "kind": kind, "rev": rev, "variant": variant})
    return _message(row) if row else None


def all_of_booking(work: Work, org: str, booking_id: str) -> list[Message]:
    """Everything said about a booking, oldest first."""
    return [_message(r) for r in work.rows(_ALL_OF_BOOKING, {"org": org, "booking": booking_id})]


def last_told(work: Work, org: str, booking_id: str) -> Message | None:
    """The last of confirmation, reschedule and cancellation that went out (or may have): what the customer believes."""
    row = work.row(_TOLD, {"org": org, "booking": booking_id})
    return _message(row) if row else None


def by_provider(work: Work, gateway: str, provider_id: str) -> Message | None:
    """The message a carrier's receipt speaks of."""
    row = work.row(_BY_PROVIDER, {"gateway": gateway, "pid": provider_id})
    return _message(row) if row else None


def last_writer_to(work: Work, number: str) -> tuple[str, str | None] | None:
    """(organization, person) that last wrote to a number: whom an answer is meant for."""
    row = work.row(_LAST_TO, {"number": number})
    return (row.organization_id, row.person_id) if row else None


def writers_to(work: Work, number: str) -> list[str]:
    """Every organization that ever wrote to a number: all of them must hear its STOP when they share a sender."""
    return list(work.execute(_WRITERS, {"number": number}).scalars())


def supersede(work: Work, org: str, booking_id: str, but: str, reason: str) -> int:
    """Withdraw what still waits about a booking, one message left out."""
    m = messages.c
    statement = update(messages).where(
        m.organization_id == org, m.booking_id == booking_id, m.id != but, m.status == "waiting", m.kind != "chat"
    )
    return work.execute(statement.values(status="void", reason=reason, due_at=None, updated_at=work.now)).rowcount


def _filtered(org: str, filters: dict[str, Any]) -> Select[Any]:
    wanted = _ALL.where(messages.c.organization_id == org)
    for name in ("direction", "status", "kind", "person_id", "booking_id", "from_number", "to_number"):
        if filters.get(name) is not None:
            wanted = wanted.where(messages.c[name] == filters[name])
    if filters.get("unread"):
        wanted = wanted.where(messages.c.direction == "inbound", messages.c.read_at.is_(None))
    return wanted


def listing(work: Work, org: str, *, limit: int, offset: int, **filters: Any) -> list[Message]:
    """Messages, newest first."""
    statement = _filtered(org, filters).order_by(*_NEWEST)
    return [_message(r) for r in work.rows(statement.limit(limit).offset(offset))]


def count(work: Work, org: str, **filters: Any) -> int:
    """How many messages the filters match."""
    return int(work.execute(select(func.count()).select_from(_filtered(org, filters).subquery())).scalar() or 0)


def conversations(work: Work, org: str, limit: int) -> Sequence[Row[Any]]:
    """One row a counterpart number: number, person_id, last id, last instant, unread; newest first."""
    inbound = messages.c.direction == "inbound"
    other = case((inbound, messages.c.from_number), else_=messages.c.to_number)
    unread = func.sum(case((and_(inbound, messages.c.read_at.is_(None)), 1), else_=0))
    statement = (
        select(
            other.label("number"),
            func.max(messages.c.person_id).label("person_id"),
            func.max(messages.c.created_at).label("last_at"),
            unread.label("unread"),
            func.count().label("total"),
        )
        .where(messages.c.organization_id == org, other.is_not(None), messages.c.status != "void")
        .group_by(other)
        .order_by(func.max(messages.c.created_at).desc())
        .limit(limit)
    )
    return work.rows(statement)


def claim(work: Work, lease: Lease) -> list[Message]:
    """Lease due messages, organizations in turn. A status of ``sending`` here tells of an earlier try that never ended."""
    return [Message(**{name: getattr(row, name) for name in _FIELDS}) for row in QUEUE.claim(work, lease)]


def change(work: Work, id_: str, *, token: str | None = None, **values: Any) -> bool:
    """Set columns of a message, only while ``token`` still leases it when one is given; whether a row was changed."""
    statement = update(messages).where(messages.c.id == id_)
    if token is not None:
        statement = statement.where(messages.c.lease_token == token)
    return work.execute(statement.values(updated_at=work.now, **values)).rowcount == 1


def opted_out(work: Work, org: str, phone: str) -> bool:
    """Whether anyone with that number asked not to be texted."""
    return bool(work.execute(_OPTED_OUT, {"org": org, "phone": phone}).scalar())


def set_opt_out(work: Work, org: str, phone: str, *, out: bool) -> list[tuple[str, int]]:
    """Note the wish on everyone with that number; (id, rev) of those it changed."""
    return [(r.id, r.rev) for r in work.rows(_OPT, {"o": org, "p": phone, "flag": int(out), "now": work.now})]


def templates(work: Work, org: str) -> dict[str, str]:
    """The organization's own templates by kind."""
    organization = organization_rows.get(work, org)
    return dict(organization.templates) if organization else {}


def keep_templates(work: Work, org: str, texts: dict[str, str]) -> None:
    """Replace the organization's own templates."""
    work.memo.pop(("organization", org), None)
    work.memo["saved", org] = True
    work.execute(_KEEP_TEMPLATES, {"o": org, "t": texts})


def thread(work: Work, org: str, number: str, limit: int) -> list[Message]:
    """What was written to and from one number, newest first."""
    m = messages.c
    ours = or_(and_(m.direction == "inbound", m.from_number == number), and_(m.direction == "outbound", m.to_number == number))
    statement = _ALL.where(m.organization_id == org, ours).order_by(*_NEWEST).limit(limit)
    return [_message(r) for r in work.rows(statement)]


def mark_read(work: Work, org: str, number: str) -> int:
    """Note that the operator saw what a number wrote."""
    m = messages.c
    statement = update(messages).where(
        m.organization_id == org, m.direction == "inbound", m.from_number == number, m.read_at.is_(None)
    )
    return work.execute(statement.values(read_at=work.now)).rowcount


def mark_unread(work: Work, org: str, number: str, read_at: int | None) -> list[str]:
    """Unsee the newest thing a number wrote, or everything seen at that instant; the ids, newest first."""
    m = messages.c
    theirs = (m.organization_id == org, m.direction == "inbound", m.from_number == number, m.read_at.is_not(None))
    found = select(m.id).where(*theirs).order_by(*_NEWEST)
    found = found.where(m.read_at == read_at) if read_at is not None else found.limit(1)
    ids = [r.id for r in work.rows(found)]
    if ids:
        work.execute(update(messages).where(m.id.in_(ids)).values(read_at=None))
    return ids


def void_waiting(work: Work, org: str, number: str, reason: str) -> int:
    """Withdraw what waits for a number; a message under way is the carrier's already."""
    m = messages.c
    statement = update(messages).where(m.organization_id == org, m.to_number == number, m.status == "waiting")
    return work.execute(statement.values(status="void", reason=reason, due_at=None, updated_at=work.now)).rowcount


def by_status(work: Work, org: str) -> dict[str, int]:
    """Outbound messages counted by state."""
    m = messages.c
    statement = select(m.status, func.count().label("n")).where(m.organization_id == org, m.direction == "outbound")
    return {row.status: int(row.n) for row in work.rows(statement.group_by(m.status))}
