"""Person rows: look-up by phone, e-mail, outside id or a piece of the name; keyset pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, insert, or_, select, update

from callboard.domain.people import Person
from callboard.storage import people_filter
from callboard.storage.tables import people
from callboard.storage.unit_of_work import Work

_FIELDS = tuple(name for name in Person.__dataclass_fields__ if name in people.c)
_FLAGS = frozenset({"is_lead", "is_contact", "do_not_call", "do_not_text"})
_LIVE = select(people).where(people.c.organization_id == bindparam("org"), people.c.deleted_at.is_(None))
_GET = _LIVE.where(people.c.id == bindparam("id"))
_BY_PHONE = _LIVE.where(people.c.phone == bindparam("phone")).order_by(people.c.id).limit(1)
_BY_EMAIL = _LIVE.where(people.c.email == bindparam("email")).order_by(people.c.id).limit(1)
_BY_EXTERNAL = select(people.c.id, people.c.deleted_at, people.c.merged_into).where(
    people.c.organization_id == bindparam("org"),
    people.c.external_source == bindparam("source"),
    people.c.external_id == bindparam("ext"),
)
_MERGED_INTO = select(people.c.merged_into).where(people.c.organization_id == bindparam("org"), people.c.id == bindparam("id"))
_INSERT = insert(people)
SORTABLE = ("id", "full_name", "updated_at", "phone", "email", "company", "city", "interest", "source", "created_at")


def _person(row: Row[Any]) -> Person:
    values = {name: getattr(row, name) for name in _FIELDS}
    for name in _FLAGS:
        values[name] = bool(values[name])
    values["metadata"] = values["metadata"] or {}
    return Person(**values)


def search_text(person: Person) -> str:
    """What the look-up looks in: everything a person might type, lower case."""
    parts = (person.full_name, person.first_name, person.last_name, person.company, person.email, person.phone)
    return " ".join(p.lower() for p in parts if p)


def _values(person: Person) -> dict[str, Any]:
    values = {name: int(getattr(person, name)) if name in _FLAGS else getattr(person, name) for name in _FIELDS}
    values["metadata"] = dict(person.metadata) or None
    values["search"] = search_text(person)
    return values


def insert_one(work: Work, person: Person) -> None:
    """Write a new person."""
    work.execute(_INSERT, _values(person))


def save(work: Work, person: Person) -> bool:
    """Write a changed one; False when somebody changed it first."""
    statement = update(people).where(people.c.id == person.id, people.c.rev == person.rev - 1).values(**_values(person))
    return work.execute(statement).rowcount == 1


def remove(
    work: Work, organization_id: str, person_id: str, *, merged_into: str | None = None, keeps_outside_id: bool = False
) -> bool:
    """Hide a person; bookings and calls keep pointing at it. Its outside id is free again unless it stays as a merge's alias."""
    p = people.c
    statement = update(people).where(p.organization_id == organization_id, p.id == person_id, p.deleted_at.is_(None))
    values: dict[str, Any] = {"deleted_at": work.now, "merged_into": merged_into}
    if not keeps_outside_id:
        values |= {"external_source": None, "external_id": None}
    return work.execute(statement.values(**values)).rowcount == 1


def restore(work: Work, organization_id: str, person_id: str, **outside: str | None) -> bool:
    """Show a hidden person again; ``outside`` is its external_source and external_id, where it gets them back."""
    p = people.c
    statement = update(people).where(p.organization_id == organization_id, p.id == person_id, p.deleted_at.is_not(None))
    return work.execute(statement.values(deleted_at=None, merged_into=None, **outside)).rowcount == 1


def merged_into(work: Work, organization_id: str, person_id: str) -> str | None:
    """Whom a person was merged with, if it was."""
    found: str | None = work.execute(_MERGED_INTO, {"org": organization_id, "id": person_id}).scalar()
    return found


def _one(work: Work, statement: Select[Any], parameters: Mapping[str, Any]) -> Person | None:
    row = work.row(statement, parameters)
    return _person(row) if row else None


def get(work: Work, organization_id: str, person_id: str) -> Person | None:
    """One by id."""
    return _one(work, _GET, {"org": organization_id, "id": person_id})


def by_phone(work: Work, organization_id: str, phone: str) -> Person | None:
    """The oldest person with that E.164 number."""
    return _one(work, _BY_PHONE, {"org": organization_id, "phone": phone})


def by_email(work: Work, organization_id: str, email: str) -> Person | None:
    """The oldest person with that address (stored lower case)."""
    return _one(work, _BY_EMAIL, {"org": organization_id, "email": email.lower()})


def by_external(work: Work, organization_id: str, source: str, external_id: str) -> Person | None:
    """The person an outside system knows by that id; one merged away is found where it went."""
    row = work.row(_BY_EXTERNAL, {"org": organization_id, "source": source, "ext": external_id})
    at: str | None = row.id if row is not None else None
    while at is not None:
        found = get(work, organization_id, at)
        if found is not None:
            return found
        at = work.execute(_MERGED_INTO, {"org": organization_id, "id": at}).scalar()
    return None


def matches(text: str) -> ColumnElement[bool]:
    """Rows that hold every word of a text somewhere in name, company, e-mail or phone."""
    words = [w.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for w in text.split()]
    return and_(*(people.c.search.like(f"%{w}%", escape="\\") for w in words)) if words else people.c.id.is_not(None)


def filtered(organization_id: str, filters: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """The conditions of a page: search text, flags, agent, source, phone, updated since."""
    p = people.c
    found: list[ColumnElement[bool]] = [p.organization_id == organization_id, p.deleted_at.is_(None)]
    if filters.get("search"):
        found.append(matches(filters["search"]))
    texts = ("agent_id", "source", "phone", "email", "country", "city", "interest", "language")
    found += [p[name] == filters[name] for name in texts if filters.get(name) is not None]
    found += [p[name] == int(filters[name]) for name in _FLAGS if filters.get(name) is not None]
    if filters.get("updated_from") is not None:
        found.append(p.updated_at >= filters["updated_from"])
    if filters.get("updated_to") is not None:
        found.append(p.updated_at < filters["updated_to"])
    if filters.get("where"):
        found += people_filter.where(filters["where"])
    return found


def page(
    work: Work,
    organization_id: str,
    *,
    sort: str = "id",
    descending: bool = True,
    after: tuple[Any, str] | None = None,
    limit: int = 50,
    offset: int = 0,
    **filters: Any,
) -> list[Person]:
    """A keyset page by (sort column, id); ``after`` is that pair of the last row seen. NULLs sort as empty text."""
    column: Any = people.c[sort]
    where = filtered(organization_id, filters)
    key = column if sort in {"id", "updated_at", "created_at", "full_name"} else func.coalesce(column, "")
    if after is not None:
        value, id_ = after
        ahead = key < value if descending else key > value
        beside = people.c.id < id_ if descending else people.c.id > id_
        where.append(or_(ahead, and_(key == value, beside)) if sort != "id" else beside)
    order = (key.desc(), people.c.id.desc()) if descending else (key, people.c.id)
    return [_person(r) for r in work.rows(select(people).where(*where).order_by(*order).limit(limit).offset(offset))]


def count(work: Work, organization_id: str, **filters: Any) -> int:
    """How many people the filters let through."""
    return int(work.execute(select(func.count()).select_from(people).where(*filtered(organization_id, filters))).scalar() or 0)


def repoint(
    work: Work, organization_id: str, old: str, new: str, *, only: Mapping[str, Sequence[str]] | None = None
) -> dict[str, list[str]]:
    """Give everything that belongs to one person to another (a merge), or ``only`` some rows; {table: ids} that went over."""
    from callboard.storage.tables import bookings, call_records, campaign_contacts, messages, projects, voicemails

    moved: dict[str, list[str]] = {}
    for table in (bookings, call_records, campaign_contacts, messages, projects, voicemails):
        statement = update(table).where(table.c.organization_id == organization_id, table.c.person_id == old)
        for some in [None] if only is None else _chunks(only.get(table.name, ())):
            chosen = statement if some is None else statement.where(table.c.id.in_(some))
            found = work.execute(chosen.values(person_id=new).returning(table.c.id)).scalars()
            moved.setdefault(table.name, []).extend(found)
    return {name: ids for name, ids in moved.items() if ids}


def _chunks(ids: Sequence[str], size: int = 500) -> list[list[str]]:
    return [list(ids[at : at + size]) for at in range(0, len(ids), size)]
