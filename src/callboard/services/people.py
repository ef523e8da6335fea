"""People: one row for a lead and a contact alike, found by phone, e-mail or an outside id before a new one is made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from callboard.domain.errors import Invalid, NotAllowed, NotFound, Stale
from callboard.domain.people import SOURCES, Person, split_name
from callboard.domain.phones import parse_phone
from callboard.domain.zones import zone
from callboard.services.organizations import get as get_organization
from callboard.storage import people as rows
from callboard.storage.unit_of_work import Work

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+\Z")
TEXT_LENGTH = 500
NOTES_LENGTH = 20_000
METADATA_BYTES = 4096
FIELDS = tuple(f for f in Person.__dataclass_fields__ if f not in {"id", "organization_id", "created_at", "updated_at", "rev"})


_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def clean_email(text: str, field: str = "email") -> str:
    """A plausible address in lower case, or Invalid."""
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.match(email):
        raise Invalid(field, "must be an e-mail address")
    return email


def _clean(work: Work, organization_id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes with every value checked and in its stored form."""
    out = {name: _bounded(name, value) for name, value in changes.items()}
    if out.get("phone"):
        country = get_organization(work, organization_id).branding.default_country
        out["phone"] = parse_phone(out["phone"], country)
    if out.get("email"):
        out["email"] = clean_email(out["email"])
    if out.get("timezone"):
        zone(out["timezone"])
    if out.get("source") and out["source"] not in SOURCES:
        raise Invalid("source", f"must be one of {', '.join(SOURCES)}")
    if out.get("metadata") and len(_compact(out["metadata"]).encode()) > METADATA_BYTES:
        raise Invalid("metadata", "must be at most 4096 bytes of JSON")
    for name in {"phone", "email", "source", "timezone"} & set(out):
        out[name] = out[name] or None
    if out.get("full_name") and not (out.get("first_name") or out.get("last_name")):
        out["first_name"], out["last_name"] = split_name(out["full_name"])
    return out


def _bounded(name: str, value: Any) -> Any:
    """One value of a known field, its text trimmed and not too long."""
    if name not in FIELDS:
        raise Invalid(name, "is not a field of a person")
    if not isinstance(value, str):
        return value
    text = value if name == "notes" else value.strip()
    if len(text) > (NOTES_LENGTH if name == "notes" else TEXT_LENGTH):
        raise Invalid(name, "is too long")
    return text


def add(work: Work, /, organization_id: str, **fields: Any) -> Person:
    """A new person; needs a name, a phone or an e-mail."""
    values = _clean(work, organization_id, {k: v for k, v in fields.items() if v is not None})
    if not any(values.get(k) for k in ("full_name", "first_name", "last_name", "company", "phone", "email")):
        raise Invalid("name", "a person needs a name, a phone number or an e-mail address")
    if not values.get("full_name"):
        values["full_name"] = f"{values.get('first_name', '')} {values.get('last_name', '')}".strip()
    person = Person(id=work.new_id(), organization_id=organization_id, created_at=work.now, updated_at=work.now, **values)
    rows.insert_one(work, person)
    work.record("person.created", organization_id, person.id)
    work.audit("person.created", organization_id, person.id, after={"name": person.name})
    return person


def get(work: Work, organization_id: str, person_id: str) -> Person:
    """One by id, or NotFound."""
    person = rows.get(work, organization_id, person_id)
    if person is None:
        raise NotFound("person", person_id)
    return person


def by_phone(work: Work, organization_id: str, phone: str) -> Person | None:
    """The person with that number, in any spelling; None when there is none or it is no number."""
    country = get_organization(work, organization_id).branding.default_country
    try:
        return rows.by_phone(work, organization_id, parse_phone(phone, country))
    except Invalid:
        return None


def find(work: Work, organization_id: str, text: str, limit: int = 20) -> list[Person]:
    """The look-up: every word somewhere in name, company, e-mail or phone; a number in any spelling finds its E.164."""
    digits = re.sub(r"[\s().-]", "", text)
    if digits.lstrip("+").isdigit() and len(digits) >= 3:
        text = digits.lstrip("+0")
    return rows.page(work, organization_id, search=text, sort="full_name", descending=False, limit=limit)


def find_or_create(
    work: Work, /, organization_id: str, *, name: str = "", phone: str | None = None, email: str | None = None, **more: Any
) -> Person:
    """The person with that phone, else that e-mail, else a new one."""
    if phone:
        phone = parse_phone(phone, get_organization(work, organization_id).branding.default_country)
    if email:
        email = clean_email(email)
    if phone or email:
        # Two requests for one new customer at once must make one person.
        work.backend.lock_key(work.connection, f"person:{organization_id}:{phone or email}")
    person = rows.by_phone(work, organization_id, phone) if phone else None
    if person is None and email:
        found = rows.by_email(work, organization_id, email)
        person = found if found is not None and (phone is None or found.phone in {None, phone}) else None
    return person or add(work, organization_id, full_name=name, phone=phone, email=email, **more)


def update(work: Work, /, organization_id: str, person_id: str, *, rev: int | None = None, **changes: Any) -> Person:
    """Change the named fields; Stale when ``rev`` is given and no longer current."""
    old = get(work, organization_id, person_id)
    if rev is not None and rev != old.rev:
        raise Stale(old.rev)
    values = _clean(work, organization_id, changes)
    if ("first_name" in values or "last_name" in values) and "full_name" not in values:
        first, last = values.get("first_name", old.first_name), values.get("last_name", old.last_name)
        values["full_name"] = f"{first or ''} {last or ''}".strip()
    values = {k: v if v is not None or k not in {"full_name", "first_name", "last_name"} else "" for k, v in values.items()}
    changed = {k: v for k, v in values.items() if getattr(old, k) != v}
    if not changed:
        return old
    new = _write(work, old, changed)
    after = {k: _plain(getattr(new, k)) for k in changed}
    work.audit("person.updated", organization_id, person_id, rev=new.rev, before=_of(old, changed), after=after)
    return new


def _write(work: Work, old: Person, changed: Mapping[str, Any]) -> Person:
    new = replace(old, **changed, updated_at=work.now, rev=old.rev + 1)
    if not rows.save(work, new):
        raise Stale(old.rev + 1)
    work.record("person.updated", old.organization_id, old.id, new.rev, fields=sorted(changed))
    return new


def _of(person: Person, names: Iterable[str]) -> dict[str, Any]:
    return {name: _plain(getattr(person, name)) for name in names}


def upsert_external(
    work: Work, organization_id: str, source: str | None, external_id: str | None, /, **fields: Any
) -> tuple[Person, bool]:
    """Create, or update the person an outside system knows by (source, id). Returns the person and whether it is new."""
    if source and external_id:
        work.backend.lock_key(work.connection, f"person:{organization_id}:{source}:{external_id}")
        known = rows.by_external(work, organization_id, source, external_id)
        if known is not None:
            return update(work, organization_id, known.id, **fields), False
        fields = {**fields, "external_source": source, "external_id": external_id}
    return add(work, organization_id, **fields), True


def page(work: Work, /, organization_id: str, **options: Any) -> list[Person]:
    """A keyset page; see ``storage.people.page`` for the options."""
    return rows.page(work, organization_id, **options)


def count(work: Work, /, organization_id: str, **filters: Any) -> int:
    """How many people the filters let through."""
    return rows.count(work, organization_id, **filters)


def delete(work: Work, organization_id: str, person_id: str) -> None:
    """Hide a person; NotFound when it is not there. Bookings and calls keep their history."""
    person = get(work, organization_id, person_id)
    rows.remove(work, organization_id, person_id)
    before = {"name": person.name, "external_source": person.external_source, "external_id": person.external_id}
    work.record("person.deleted", organization_id, person_id, person.rev)
    work.audit("person.deleted", organization_id, person_id, rev=person.rev, before=before)


def undelete(
    work: Work, organization_id: str, person_id: str, *, external_source: str | None = None, external_id: str | None = None
) -> None:
    """Show a deleted person again (undo), with the outside id it had unless somebody else has it by now."""
    taken = external_source and external_id and rows.by_external(work, organization_id, external_source, external_id)
    outside = {"external_source": external_source, "external_id": external_id} if external_id and not taken else {}
    if not rows.restore(work, organization_id, person_id, **outside):
        raise NotFound("person", person_id)
    work.record("person.updated", organization_id, person_id)
    work.audit("person.restored", organization_id, person_id)


def merge(work: Work, organization_id: str, keep_id: str, other_id: str) -> Person:
    """Make two people one: empty fields of ``keep`` are filled, everything of ``other`` points to ``keep``."""
    if keep_id == other_id:
        raise NotAllowed("a person cannot be merged with itself")
    keep, other = get(work, organization_id, keep_id), get(work, organization_id, other_id)
    alias = keep.external_id is not None  # then the other's outside id stays with it, and is followed from there
    outside = {"external_source", "external_id"}
    fill = {f: getattr(other, f) for f in FIELDS if not getattr(keep, f) and getattr(other, f) and not (alias and f in outside)}
    if keep.notes and other.notes:
        fill["notes"] = f"{keep.notes}\n{other.notes}"
    rows.remove(work, organization_id, other_id, merged_into=keep_id, keeps_outside_id=alias)
    moved = rows.repoint(work, organization_id, other_id, keep_id)
    merged = _write(work, keep, fill) if fill else keep
    before = {
        "id": other_id,
        "fields": _of(keep, fill),
        "filled": _of(merged, fill),
        "moved": moved,
        "other": _of(other, outside),
    }
    after = {"other": other_id, "name": other.name}
    work.record("person.merged", organization_id, keep_id, merged.rev, other=other_id)
    work.audit("person.merged", organization_id, keep_id, rev=merged.rev, before=before, after=after)
    return merged


def unmerge(work: Work, organization_id: str, keep_id: str, before: Mapping[str, Any]) -> Person:
    """Make two of one again (undo of :func:`merge`): what came from the other goes back to it, but for what was changed since."""
    if "moved" not in before:
        raise NotAllowed("this merge was made before merges could be taken back")
    keep = get(work, organization_id, keep_id)
    if rows.merged_into(work, organization_id, before["id"]) != keep_id:
        raise NotAllowed("the other person is not merged with this one any more")
    filled = before["filled"]
    back = {k: v for k, v in before["fields"].items() if _plain(getattr(keep, k)) == filled.get(k)}
    if back:
        keep = _write(work, keep, back)
        work.audit("person.updated", organization_id, keep_id, rev=keep.rev, before=filled, after=back)
    undelete(work, organization_id, before["id"], **before["other"])
    rows.repoint(work, organization_id, keep_id, before["id"], only=before["moved"])
    return keep


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value
