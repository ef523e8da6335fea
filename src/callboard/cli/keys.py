"""``callboard keys``."""

from __future__ import annotations

import sys
from typing import Annotated, Any

from cyclopts import App, Parameter

from callboard.cli.common import Database, Json, Org, emit, office, parse_id, table, uuid
from callboard.domain.errors import Invalid
from callboard.domain.keys import ApiKey
from callboard.domain.zones import iso
from callboard.services import keys

app = App(name="keys", help="API keys: add, list, revoke.")


def shape(key: ApiKey) -> dict[str, Any]:
    """A key as the command line prints it; the secret is not in it."""
    return {
        "id": uuid(key.id),
        "name": key.name,
        "flavour": key.flavour,
        "last_four": key.last_four,
        "scopes": sorted(key.scopes),
        "created_by": key.created_by,
        "created_at": iso(key.created_at),
        "last_used_at": iso(key.last_used_at),
        "revoked_at": iso(key.revoked_at),
    }


@app.command
def add(
    name: str,
    /,
    *,
    organization: Org = None,
    flavour: Annotated[
        str, Parameter(help="qubesheets, qualifybase, qtvoice, apifycloud or involve; decides the prefix.")
    ] = "qubesheets",
    scopes: Annotated[str | None, Parameter(help="Comma-separated, e.g. scheduling:read,leads:write; default: all.")] = None,
    rate_limit: Annotated[int | None, Parameter(help="Requests a window, instead of the dialect's own.")] = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Make a key. It is shown this once; callboard keeps only a hash."""
    wanted = [s.strip() for s in scopes.split(",") if s.strip()] if scopes is not None else []
    if scopes is not None and not wanted:  # an unset variable in a script must not make a key that may do everything
        raise Invalid("scopes", "must name at least one; leave --scopes out for all")
    with office(organization, database_url) as at:
        key, text = at.session.do(keys.add, at.organization_id, name, flavour, wanted, rate_limit=rate_limit)
    if json:
        return emit({**shape(key), "key": text})
    sys.stdout.write(f"{text}\n")
    sys.stderr.write("Keep it now: it is not shown again.\n")
    return None


@app.command(name="list")
def list_(*, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """List keys."""
    with office(organization, database_url) as at:
        found = [shape(k) for k in at.session.get(keys.listing, at.organization_id)]
    rows = [{**k, "scopes": ",".join(k["scopes"]) or "all", "state": "revoked" if k["revoked_at"] else "live"} for k in found]
    emit({"keys": found}) if json else table(rows, ("id", "name", "flavour", "last_four", "scopes", "state"), "no keys")


@app.command
def revoke(key: str, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Revoke a key; it fails from the next request on."""
    with office(organization, database_url) as at:
        done = shape(at.session.do(keys.revoke, at.organization_id, parse_id(key, "key")))
    emit(done) if json else sys.stdout.write(f"revoked {done['id']}\n")
