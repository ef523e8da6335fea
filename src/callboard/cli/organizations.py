"""``callboard organizations``."""

from __future__ import annotations

import sys
from typing import Annotated, Any

from cyclopts import App, Parameter

from callboard.cli.common import Database, Json, actor, desk, emit, table, uuid
from callboard.domain.organizations import Organization
from callboard.domain.zones import iso
from callboard.services import organizations

app = App(name="organizations", help="Organizations: add, list.")


def shape(organization: Organization) -> dict[str, Any]:
    """An organization as the command line prints it."""
    return {
        "id": uuid(organization.id),
        "name": organization.name,
        "timezone": organization.timezone,
        "display_name": organization.display_name,
        "created_at": iso(organization.created_at),
    }


@app.command
def add(
    name: str,
    /,
    *,
    timezone: Annotated[str, Parameter(help="IANA zone, e.g. America/New_York.")],
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Add an organization."""
    with desk(database_url) as opened:
        made = shape(opened.acting(actor()).do(organizations.add, name, timezone))
    emit(made) if json else sys.stdout.write(f"{made['id']}  {made['name']}\n")


@app.command(name="list")
def list_(*, json: Json = False, database_url: Database = None) -> None:
    """List organizations."""
    with desk(database_url) as opened:
        found = [shape(o) for o in opened.acting(actor()).get(organizations.all)]
    emit({"organizations": found}) if json else table(found, ("id", "name", "timezone"), "no organizations yet")
