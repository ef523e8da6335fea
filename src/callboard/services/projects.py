"""Projects: made for a customer, opened to them by a signed upload link, filled with their photos."""

from __future__ import annotations

from dataclasses import dataclass

from callboard.domain.errors import Invalid, LinkDead, LinkForged, NotAllowed, NotFound
from callboard.domain.messages import Kind, Message
from callboard.domain.projects import LINK_DAYS, MAX_FILES, Project, Upload, display_name
from callboard.services import links, messages, people
from callboard.storage import organizations as organization_rows
from callboard.storage import projects as rows
from callboard.storage.unit_of_work import Work

NAME_LENGTH = 200
_DAY = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A project with its upload link and the text message that carries it (None: there was no number)."""

    project: Project
    link: str
    message: Message | None


def create(
    work: Work, org: str, *, customer_name: str, phone: str | None = None, email: str | None = None, person_id: str | None = None
) -> Project:
    """A new project for a customer, who becomes (or is found as) a person. ``phone`` is E.164."""
    name = " ".join(customer_name.split())
    if not name or len(name) > NAME_LENGTH:
        raise Invalid("customer_name", f"must be 1 to {NAME_LENGTH} characters")
    if person_id is None:
        person_id = people.find_or_create(work, org, name=name, phone=phone, email=email).id
    project = Project(
        id=work.new_id(),
        organization_id=org,
        person_id=person_id,
        customer_name=name,
        customer_phone=phone,
        customer_email=email,
        link_expires_at=work.now + LINK_DAYS * _DAY,
        created_at=work.now,
        updated_at=work.now,
    )
    rows.add(work, project)
    work.record("project.created", org, project.id)
    work.audit("project.created", org, project.id, after={"name": project.customer_name})
    return project


def invite(work: Work, project: Project) -> Invitation:
    """Write the customer the upload link."""
    link = upload_url(work, project)
    whom = messages.Addressee(
        phone=project.customer_phone, name=project.customer_name, person_id=project.person_id, project_id=project.id
    )
    message = messages.queue(work, project.organization_id, kind=Kind.UPLOAD_LINK, to=whom, link=link)
    return Invitation(project=project, link=link, message=message)


def upload_url(work: Work, project: Project) -> str:
    """The upload link; the same until it is revoked."""
    token = links.sign(work, f"upload:{project.id}", project.link_version)
    return f"{work.public_url.rstrip('/')}/upload/{project.id}?t={token}"


def get(work: Work, org: str, project_id: str) -> Project:
    """One, or NotFound."""
    project = rows.get(work, org, project_id)
    if project is None:
        raise NotFound("project", project_id)
    return project


def listing(work: Work, org: str, *, limit: int = 50, offset: int = 0) -> list[Project]:
    """Projects, newest first."""
    return rows.recent(work, org, limit, offset)


def uploads(work: Work, org: str, project_id: str) -> list[Upload]:
    """A project's files, oldest first; NotFound for another organization's."""
    get(work, org, project_id)
    return list(rows.uploads_of(work, org, project_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenProject:
    """What an upload link opens: the project, whose name to show, and the files sent so far."""

    project: Project
    host: str
    files: tuple[Upload, ...] = ()


def open_link(work: Work, project_id: str, token: str) -> OpenProject:
    """The project behind an upload link: NotFound, LinkForged, or LinkDead (expired, revoked)."""
    project = rows.by_id(work, project_id)
    if project is None:
        raise NotFound("project", project_id)
    parts = links.verify(work, f"upload:{project.id}", token)
    if len(parts) != 1:
        raise LinkForged
    if parts[0] != str(project.link_version):
        raise LinkDead("revoked", project.id, project.organization_id)
    if project.link_expires_at is not None and work.now >= project.link_expires_at:
        raise LinkDead("expired", project.id, project.organization_id)
    organization = organization_rows.get(work, project.organization_id)
    host = organization.display_name if organization else ""
    return OpenProject(project=project, host=host, files=tuple(rows.uploads_of(work, project.organization_id, project.id)))


def check_room(work: Work, project: Project, files: int) -> None:
    """NotAllowed when so many more files would be too many."""
    if rows.count_uploads(work, project.organization_id, project.id) + files > MAX_FILES:
        raise NotAllowed(f"a project holds at most {MAX_FILES} files")


def add_upload(work: Work, project: Project, upload_id: str, name: str, path: str, content_type: str, size: int) -> Upload:
    """Note a file that lies in the data folder already; ``path`` is relative to it."""
    check_room(work, project, 1)
    upload = Upload(
        id=upload_id,
        organization_id=project.organization_id,
        project_id=project.id,
        name=display_name(name),
        path=path,
        content_type=content_type,
        size=size,
        created_at=work.now,
    )
    rows.add_upload(work, upload)
    work.record("upload.added", project.organization_id, project.id, name=upload.name, size=size)
    return upload


def revoke_link(work: Work, org: str, project_id: str) -> Project:
    """Make every upload link given out so far invalid."""
    get(work, org, project_id)
    rows.revoke_link(work, org, project_id)
    work.audit("project.link_revoked", org, project_id)
    work.touch(org, "project")
    return get(work, org, project_id)
