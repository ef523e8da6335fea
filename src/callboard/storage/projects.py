"""Projects and uploads as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update

from callboard.domain.projects import Project, Upload
from callboard.storage.tables import projects, uploads
from callboard.storage.unit_of_work import Work

_INSERT = insert(projects)
_GET = select(projects).where(projects.c.organization_id == bindparam("org"), projects.c.id == bindparam("project"))
_BY_ID = select(projects).where(projects.c.id == bindparam("project"))
_RECENT = (
    select(projects)
    .where(projects.c.organization_id == bindparam("org"))
    .order_by(projects.c.id.desc())
    .limit(bindparam("n"))
    .offset(bindparam("skip"))
)
_REVOKE = (
    update(projects)
    .where(projects.c.organization_id == bindparam("org"), projects.c.id == bindparam("project"))
    .values(link_version=projects.c.link_version + 1, updated_at=bindparam("at_"))
)
_INSERT_UPLOAD = insert(uploads)
_UPLOADS = (
    select(uploads)
    .where(uploads.c.organization_id == bindparam("org"), uploads.c.project_id == bindparam("project"))
    .order_by(uploads.c.id)
)
_OF_PERSON = (
    select(uploads)
    .join(projects, projects.c.id == uploads.c.project_id)
    .where(projects.c.organization_id == bindparam("org"), projects.c.person_id == bindparam("person"))
    .order_by(uploads.c.id.desc())
    .limit(bindparam("n"))
)
_COUNT = (
    select(func.count())
    .select_from(uploads)
    .where(uploads.c.organization_id == bindparam("org"), uploads.c.project_id == bindparam("project"))
)


def _project(row: Row[Any]) -> Project:
    return Project(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping


def add(work: Work, project: Project) -> None:
    """Insert a project."""
    work.execute(_INSERT, asdict(project))


def get(work: Work, org: str, project_id: str) -> Project | None:
    """One of an organization."""
    row = work.row(_GET, {"org": org, "project": project_id})
    return None if row is None else _project(row)


def by_id(work: Work, project_id: str) -> Project | None:
    """One of any organization: for a signed link, which names no organization."""
    row = work.row(_BY_ID, {"project": project_id})
    return None if row is None else _project(row)


def recent(work: Work, org: str, limit: int, skip: int) -> list[Project]:
    """The newest projects of an organization."""
    return [_project(row) for row in work.rows(_RECENT, {"org": org, "n": limit, "skip": skip})]


def revoke_link(work: Work, org: str, project_id: str) -> bool:
    """Make every upload link given out so far invalid."""
    return work.execute(_REVOKE, {"org": org, "project": project_id, "at_": work.now}).rowcount == 1


def add_upload(work: Work, upload: Upload) -> None:
    """Insert an upload."""
    work.execute(_INSERT_UPLOAD, asdict(upload))


def uploads_of(work: Work, org: str, project_id: str) -> Sequence[Upload]:
    """A project's files, oldest first."""
    rows = work.rows(_UPLOADS, {"org": org, "project": project_id})
    return [Upload(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping


def uploads_of_person(work: Work, org: str, person_id: str, limit: int) -> Sequence[Upload]:
    """The newest files a person has sent, in whichever project."""
    rows = work.rows(_OF_PERSON, {"org": org, "person": person_id, "n": limit})
    return [Upload(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping


def count_uploads(work: Work, org: str, project_id: str) -> int:
    """How many files a project has."""
    return int(work.execute(_COUNT, {"org": org, "project": project_id}).scalar() or 0)
