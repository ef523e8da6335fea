"""``callboard calendars``: outside calendars that block time, and the feeds others may subscribe to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from callboard.cli.common import Database, Json, Org, emit, office, parse_id, table, uuid
from callboard.domain.calendars import Calendar
from callboard.domain.errors import Invalid
from callboard.domain.zones import iso
from callboard.services import calendars

app = App(name="calendars", help="Outside calendars: follow, import, refresh, remove; and our own feeds.")
CalendarId = Annotated[str, Parameter(help="The calendar's id.")]
Agent = Annotated[str | None, Parameter(help="The agent whose time it is; the whole organization's when left out.")]


def shape(calendar: Calendar) -> dict[str, Any]:
    """An imported calendar as the command line prints it."""
    return {
        "id": uuid(calendar.id),
        "name": calendar.name,
        "status": calendar.status,
        "agent_id": uuid(calendar.agent_id),
        "url": calendar.url or None,
        "busy": calendar.busy,
        "fetched_at": iso(calendar.fetched_at),
        "next_fetch_at": iso(calendar.due_at),
        "error": calendar.last_error if calendar.status in {"stale", "failed"} else None,
    }


def _print(calendar: Calendar, *, json: bool) -> None:
    made = shape(calendar)
    emit(made) if json else table([made], ("id", "name", "status", "busy", "fetched_at"), "")


@app.command(name="list")
def list_(*, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """List the outside calendars, and how fresh each is."""
    with office(organization, database_url) as at:
        made = [shape(c) for c in at.session.get(calendars.listing, at.organization_id)]
    columns = ("id", "name", "status", "busy", "fetched_at", "error")
    emit({"calendars": made}) if json else table(made, columns, "no outside calendars")


@app.command
def add(
    name: str,
    url: Annotated[str, Parameter(help="Its ICS address: https, http or webcal.")],
    /,
    *,
    organization: Org = None,
    agent: Agent = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Follow an outside calendar: the scheduler reads it at once and every quarter of an hour."""
    with office(organization, database_url) as at:
        whose = parse_id(agent, "agent") if agent else None
        made = at.session.do(calendars.add, at.organization_id, name, url, agent_id=whose)
    _print(made, json=json)


@app.command(name="import")
def import_(
    name: str,
    file: Annotated[Path, Parameter(help="An ICS file.")],
    /,
    *,
    organization: Org = None,
    agent: Agent = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Take the busy time of an ICS file, once."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise Invalid("file", f"{file}: {error.strerror}") from error
    with office(organization, database_url) as at:
        whose = parse_id(agent, "agent") if agent else None
        made = at.session.do(calendars.import_file, at.organization_id, name, raw, agent_id=whose)
    _print(made, json=json)


@app.command
def refresh(calendar: CalendarId, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Have the scheduler read a calendar now."""
    with office(organization, database_url) as at:
        made = at.session.do(calendars.refresh, at.organization_id, parse_id(calendar, "calendar"))
    _print(made, json=json)


@app.command
def remove(calendar: CalendarId, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Follow a calendar no longer; the time it blocked is free again."""
    with office(organization, database_url) as at:
        id_ = parse_id(calendar, "calendar")
        at.session.do(calendars.remove, at.organization_id, id_)
    emit({"removed": uuid(id_)}) if json else sys.stdout.write("removed\n")


@app.command
def feed(
    *,
    revoke: Annotated[bool, Parameter(negative="", help="Let the address open nothing any more, and make another.")] = False,
    organization: Org = None,
    agent: Agent = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Print the address at which other programs can subscribe to the bookings; whoever has it can read them."""
    with office(organization, database_url) as at:
        whose = parse_id(agent, "agent") if agent else None
        if revoke:
            at.session.do(calendars.revoke_feed, at.organization_id, whose)
        url = at.session.get(calendars.feed_url, at.organization_id, whose)
        revoked = at.session.get(calendars.feed_version, at.organization_id, whose)
    emit({"url": url, "revoked": revoked}) if json else sys.stdout.write(f"{url}\n")
