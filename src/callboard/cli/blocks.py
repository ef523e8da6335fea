"""``callboard blocks``."""

from __future__ import annotations

import sys
from typing import Annotated, Any

from cyclopts import App, Parameter

from callboard.cli.common import Database, Json, Org, emit, office, parse_id, table, uuid
from callboard.domain.blocks import Block
from callboard.domain.zones import DAY, iso, parse_instant
from callboard.services import blocks, organizations

app = App(name="blocks", help="Blocked time: add, list, remove.")


def shape(block: Block) -> dict[str, Any]:
    """A block as the command line prints it."""
    return {
        "id": uuid(block.id),
        "agent_id": uuid(block.agent_id),
        "kind": block.kind,
        "starts_at": iso(block.starts_at),
        "ends_at": iso(block.ends_at),
        "title": block.title,
        "external_source": block.external_source,
        "external_id": block.external_id,
    }


@app.command
def add(
    *,
    organization: Org = None,
    first: Annotated[str, Parameter(name="--from", help="Begin, ISO 8601.")],
    last: Annotated[str, Parameter(name="--to", help="End, ISO 8601.")],
    agent: Annotated[str | None, Parameter(help="Agent id; default: every agent.")] = None,
    kind: str = "external",
    title: str = "",
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Block time of one agent or of all."""
    with office(organization, database_url) as at:
        zone = at.session.get(organizations.get, at.organization_id).timezone
        block = at.session.do(
            blocks.add,
            at.organization_id,
            starts_at=parse_instant(first, "from", zone),
            ends_at=parse_instant(last, "to", zone),
            agent_id=parse_id(agent, "agent") if agent else None,
            kind=kind,
            title=title,
        )
    made = shape(block)
    emit(made) if json else sys.stdout.write(f"{made['id']}  {made['starts_at']}  {made['ends_at']}\n")


@app.command(name="list")
def list_(
    *,
    organization: Org = None,
    first: Annotated[str | None, Parameter(name="--from")] = None,
    last: Annotated[str | None, Parameter(name="--to")] = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """List blocks that touch a span of time; default: the coming 90 days."""
    with office(organization, database_url) as at:
        zone = at.session.get(organizations.get, at.organization_id).timezone
        lo = parse_instant(first, "from", zone) if first else at.session.desk.clock()
        hi = parse_instant(last, "to", zone) if last else lo + 90 * DAY
        found = [shape(b) for b in at.session.get(blocks.listing, at.organization_id, lo, hi)]
    emit({"blocks": found}) if json else table(found, ("id", "kind", "starts_at", "ends_at", "title"), "no blocks")


@app.command
def remove(block: str, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Remove a block."""
    with office(organization, database_url) as at:
        at.session.do(blocks.remove, at.organization_id, parse_id(block, "block"))
    emit({"removed": block}) if json else sys.stdout.write("removed\n")
