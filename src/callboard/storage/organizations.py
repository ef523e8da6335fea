"""Organization rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update

from callboard.domain.organizations import Branding, Organization, Policy
from callboard.storage.tables import organizations
from callboard.storage.unit_of_work import Work

_ALL = select(organizations).order_by(organizations.c.name)
_GET = select(organizations).where(organizations.c.id == bindparam("id"))
_REV = select(organizations.c.rev).where(organizations.c.id == bindparam("id"))
_BY_NAME = select(organizations).where(func.lower(organizations.c.name) == bindparam("name"))
_INSERT = insert(organizations)


def _known(cls: type[Any], stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """The stored fields this program still knows; lists become the tuples frozen nouns use."""
    names = {f.name for f in fields(cls)}
    return {k: tuple(v) if isinstance(v, list) else v for k, v in (stored or {}).items() if k in names}


def _organization(row: Row[Any]) -> Organization:
    return Organization(
        id=row.id,
        name=row.name,
        timezone=row.timezone,
        policy=Policy(**_known(Policy, row.policy)),
        branding=Branding(**_known(Branding, row.branding)),
        templates=row.templates or {},
        created_at=row.created_at,
        rev=row.rev,
    )


def _values(organization: Organization) -> dict[str, Any]:
    return {
        "name": organization.name,
        "timezone": organization.timezone,
        "policy": asdict(organization.policy),
        "branding": asdict(organization.branding),
        "created_at": organization.created_at,
        "rev": organization.rev,
    }


def insert_one(work: Work, organization: Organization) -> None:
    """Write a new organization."""
    work.execute(_INSERT, {"id": organization.id, **_values(organization)})
    work.memo["organization", organization.id] = organization


def save(work: Work, organization: Organization) -> bool:
    """Write a changed one; False when somebody changed it first."""
    statement = update(organizations).where(organizations.c.id == organization.id, organizations.c.rev == organization.rev - 1)
    work.memo.pop(("organization", organization.id), None)
    work.memo["saved", organization.id] = True
    return work.execute(statement.values(**_values(organization))).rowcount == 1


def get(work: Work, organization_id: str) -> Organization | None:
    """One by id, read once a transaction."""
    known = work.memo.get(("organization", organization_id))
    if isinstance(known, Organization):
        return known
    found: Organization | None = work.backend.kept.get(organization_id)
    if found is None or work.execute(_REV, {"id": organization_id}).scalar() != found.rev:
        row = work.row(_GET, {"id": organization_id})
        found = _organization(row) if row else None
        if found is not None and ("saved", organization_id) not in work.memo:  # a rev of ours may yet become another's
            work.backend.keep(organization_id, found)
    work.memo["organization", organization_id] = found
    return found


def by_name(work: Work, name: str) -> Organization | None:
    """One by name, letters of any case."""
    row = work.row(_BY_NAME, {"name": name.lower()})
    return _organization(row) if row else None


def every(work: Work) -> list[Organization]:
    """All, by name."""
    return [_organization(r) for r in work.rows(_ALL)]
