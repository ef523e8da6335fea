"""``callboard projects``."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from callboard.cli.common import Database, Json, Org, emit, office, parse_id, table, uuid
from callboard.domain.zones import iso
from callboard.services import projects

app = App(name="projects", help="Upload projects: list, and the files customers sent.")


@app.command(name="list")
def list_(
    *,
    organization: Org = None,
    limit: Annotated[int, Parameter(help="How many, newest first.")] = 50,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """List projects, newest first."""
    with office(organization, database_url) as at:
        found = [
            {
                "id": uuid(project.id),
                "customer_name": project.customer_name,
                "customer_phone": project.customer_phone,
                "files": len(at.session.get(projects.uploads, at.organization_id, project.id)),
                "link_expires_at": iso(project.link_expires_at) if project.link_expires_at is not None else None,
                "created_at": iso(project.created_at),
            }
            for project in at.session.get(projects.listing, at.organization_id, limit=limit)
        ]
    emit({"projects": found}) if json else table(found, ("id", "customer_name", "files", "created_at"), "no projects")


@app.command
def files(project: str, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """List the files of a project; ``path`` is where each lies in the data folder."""
    with office(organization, database_url) as at:
        found = [
            {
                "id": uuid(file.id),
                "name": file.name,
                "content_type": file.content_type,
                "size": file.size,
                "path": file.path,
                "created_at": iso(file.created_at),
            }
            for file in at.session.get(projects.uploads, at.organization_id, parse_id(project, "project"))
        ]
    emit({"files": found}) if json else table(found, ("name", "content_type", "size", "path", "created_at"), "no files")
