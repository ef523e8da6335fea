"""Call and voicemail rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, insert, not_, or_, select, update

from callboard.domain.calls import Call, Voicemail
from callboard.domain.leases import Lease
from callboard.storage.tables import call_records, people, voicemails
from callboard.storage.unit_of_work import Work
from callboard.storage.work import Queue

QUEUE = Queue(call_records, call_records.c.organization_id)
_FIELDS = tuple(f.name for f in fields(Call))
_ALL = select(*(call_records.c[name] for name in _FIELDS))
_INSERT = insert(call_records)
_ONE = _ALL.where(call_records.c.organization_id == bindparam("org"), call_records.c.id == bindparam("id"))
_BY_ID = _ALL.where(call_records.c.id == bindparam("id"))
_BY_PROVIDER = _ALL.where(call_records.c.gateway == bindparam("gateway"), call_records.c.provider_id == bindparam("pid"))
_FORGOTTEN = (
    _ALL.where(
        call_records.c.status.in_(["initiated", "ringing", "in_progress"]), call_records.c.updated_at <= bindparam("before")
    )
    .order_by(call_records.c.updated_at)
    .limit(bindparam("n"))
)
_VOICE_FIELDS = tuple(f.name for f in fields(Voicemail))
_VOICEMAILS = select(*(voicemails.c[name] for name in _VOICE_FIELDS))
_INSERT_VOICEMAIL = insert(voicemails)
_ORGS_OF_PHONE = (
    select(people.c.organization_id)
    .where(people.c.phone == bindparam("phone"), people.c.deleted_at.is_(None))
    .order_by(people.c.updated_at.desc())
    .limit(1)
)


def _call(row: Row[Any]) -> Call:
    return Call(**{name: getattr(row, name) for name in _FIELDS})


def add(work: Work, call: Call) -> None:
    """Insert a call."""
    work.execute(_INSERT, asdict(call))


def get(work: Work, organization_id: str, id_: str) -> Call | None:
    """One call of the organization."""
    row = work.row(_ONE, {"org": organization_id, "id": id_})
    return _call(row) if row else None


def by_id(work: Work, id_: str) -> Call | None:
    """One call by our id, when a carrier brings it back."""
    row = work.row(_BY_ID, {"id": id_})
    return _call(row) if row else None


def by_provider(work: Work, gateway: str, provider_id: str) -> Call | None:
    """The call a carrier knows by that id."""
    row = work.row(_BY_PROVIDER, {"gateway": gateway, "pid": provider_id})
    return _call(row) if row else None


def claim(work: Work, lease: Lease) -> list[Call]:
    """Lease calls that are to be placed."""
    return [_call(row) for row in QUEUE.claim(work, lease)]


def change(work: Work, call: Call, **values: Any) -> Call | None:
    """Write changes guarded by rev; the call as it is now, or None when somebody was faster."""
    statement = update(call_records).where(call_records.c.id == call.id, call_records.c.rev == call.rev)
    if work.execute(statement.values(updated_at=work.now, rev=call.rev + 1, **values)).rowcount != 1:
        return None
    return by_id(work, call.id)


def quiet_since(work: Work, before: int, limit: int) -> list[Call]:
    """Calls that are not over and of which nothing was heard since an instant, oldest first."""
    return [_call(row) for row in work.rows(work.backend.skip_locked(_FORGOTTEN), {"before": before, "n": limit})]


def _filtered(org: str, filters: dict[str, Any]) -> Select[Any]:
    c = call_records.c
    wanted = _ALL.where(c.organization_id == org)
    for name in ("direction", "status", "from_number", "to_number", "person_id", "agent_id", "booking_id", "campaign_contact_id"):
        if filters.get(name) is not None:
            wanted = wanted.where(c[name] == filters[name])
    if filters.get("statuses"):
        wanted = wanted.where(c.status.in_(list(filters["statuses"])))
    if filters.get("created_from") is not None:
        wanted = wanted.where(c.created_at >= filters["created_from"])
    if filters.get("created_to") is not None:
        wanted = wanted.where(c.created_at < filters["created_to"])
    return wanted.where(*map(_condition, filters.get("where", ())))


@dataclass(frozen=True, slots=True)
class Condition:
    """One word of a filter. ``how``: is, text (anywhere), name, phone (these digits), words, agents, from, to."""

    how: str
    column: str = ""
    value: Any = None
    negated: bool = False


def _condition(condition: Condition) -> ColumnElement[bool]:
    found = _one(condition.how, condition.column, condition.value)
    return not_(func.coalesce(found, False)) if condition.negated else found


def _one(how: str, column: str, value: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = _MAKERS[how](call_records.c.get(column), value)
    return found


def _phone(_: Any, text: str) -> ColumnElement[bool]:
    like = f"%{''.join(x for x in text if x.isdigit()).lstrip('0')}%"
    return or_(call_records.c.from_number.like(like), call_records.c.to_number.like(like))


def _name(_: Any, text: str) -> ColumnElement[bool]:
    return select(people.c.id).where(people.c.id == call_records.c.person_id, _holds(people.c.full_name, text)).exists()


def _words(_: Any, text: str) -> ColumnElement[bool]:
    """Who it was with, what came of it; a number in any spelling."""
    digits = "".join(x for x in text if x not in " ().-+")
    numbers = [_phone(None, digits)] if digits.isdigit() and len(digits) >= 3 else []
    return or_(_name(None, text), _holds(call_records.c.outcome, text), _holds(call_records.c.notes, text), *numbers)


def _holds(column: Any, text: str) -> ColumnElement[bool]:
    escaped = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found: ColumnElement[bool] = func.lower(func.coalesce(column, "")).like(f"%{escaped}%", escape="\\")
    return found


_MAKERS: dict[str, Callable[[Any, Any], Any]] = {
    "is": lambda column, value: column == value,
    "agents": lambda _, ids: call_records.c.agent_id.in_(list(ids)),
    "from": lambda _, at: call_records.c.created_at >= at,
    "to": lambda _, at: call_records.c.created_at < at,
    "text": _holds,
    "phone": _phone,
    "name": _name,
    "words": _words,
}


def listing(work: Work, org: str, *, limit: int, offset: int, filters: dict[str, Any]) -> list[Call]:
    """Calls, newest first."""
    order = (call_records.c.created_at.desc(), call_records.c.id.desc())
    return [_call(r) for r in work.rows(_filtered(org, filters).order_by(*order).limit(limit).offset(offset))]


def count(work: Work, org: str, filters: dict[str, Any]) -> int:
    """How many calls the filters let through."""
    return int(work.execute(select(func.count()).select_from(_filtered(org, filters).subquery())).scalar() or 0)


def recent(work: Work, org: str, *, person_id: str | None, phone: str | None, limit: int) -> list[Call]:
    """The last calls with a person or a number."""
    c = call_records.c
    of = []
    if person_id is not None:
        of.append(c.person_id == person_id)
    if phone is not None:
        of += [c.from_number == phone, c.to_number == phone]
    if not of:
        return []
    statement = _ALL.where(c.organization_id == org, or_(*of)).order_by(c.created_at.desc(), c.id.desc()).limit(limit)
    return [_call(r) for r in work.rows(statement)]


def organization_of_phone(work: Work, phone: str) -> str | None:
    """The organization that knows a caller, the one that last had to do with them first."""
    found: str | None = work.execute(_ORGS_OF_PHONE, {"phone": phone}).scalar()
    return found


# --- voicemails -----------------------------------------------------------------------------------------------------
def _voicemail(row: Row[Any]) -> Voicemail:
    values = {name: getattr(row, name) for name in _VOICE_FIELDS}
    values["is_read"] = bool(values["is_read"])
    return Voicemail(**values)


def add_voicemail(work: Work, voicemail: Voicemail) -> None:
    """Insert a voicemail."""
    work.execute(_INSERT_VOICEMAIL, asdict(voicemail) | {"is_read": int(voicemail.is_read)})


def voicemail(work: Work, org: str, id_: str) -> Voicemail | None:
    """One voicemail."""
    row = work.row(_VOICEMAILS.where(voicemails.c.organization_id == org, voicemails.c.id == id_))
    return _voicemail(row) if row else None


def voicemail_of_call(work: Work, call_id: str) -> Voicemail | None:
    """The voicemail a call ended in."""
    row = work.row(_VOICEMAILS.where(voicemails.c.call_id == call_id).order_by(voicemails.c.id).limit(1))
    return _voicemail(row) if row else None


def change_voicemail(work: Work, id_: str, **values: Any) -> bool:
    """Write changes of a voicemail."""
    statement = update(voicemails).where(voicemails.c.id == id_).values(updated_at=work.now, **values)
    return work.execute(statement).rowcount == 1


def _voicemails_where(org: str, is_read: bool | None, from_number: str | None) -> Select[Any]:
    wanted = _VOICEMAILS.where(voicemails.c.organization_id == org)
    if is_read is not None:
        wanted = wanted.where(voicemails.c.is_read == int(is_read))
    return wanted if from_number is None else wanted.where(voicemails.c.from_number == from_number)


def list_voicemails(
    work: Work, org: str, *, is_read: bool | None, from_number: str | None, limit: int, offset: int
) -> list[Voicemail]:
    """Voicemails, newest first."""
    order = (voicemails.c.created_at.desc(), voicemails.c.id.desc())
    statement = _voicemails_where(org, is_read, from_number).order_by(*order).limit(limit).offset(offset)
    return [_voicemail(r) for r in work.rows(statement)]


def count_voicemails(work: Work, org: str, *, is_read: bool | None, from_number: str | None) -> int:
    """How many voicemails the filters let through."""
    wanted = _voicemails_where(org, is_read, from_number).subquery()
    return int(work.execute(select(func.count()).select_from(wanted)).scalar() or 0)
