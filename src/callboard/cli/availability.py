"""``callboard availability``."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from cyclopts import App, Parameter

from callboard.cli.common import Database, Json, Org, emit, office, parse_id, slot_json, table
from callboard.domain.zones import day_bounds, parse_day
from callboard.services import availability, organizations

app = App(name="availability", help="Open slots.")


@app.default
def show(
    *,
    organization: Org = None,
    first: Annotated[str, Parameter(name="--from", help="First day, YYYY-MM-DD, in the organization's zone.")],
    last: Annotated[str | None, Parameter(name="--to", help="Last day, included; default: six days after the first.")] = None,
    duration: Annotated[int | None, Parameter(help="Minutes; default: the organization's.")] = None,
    agent: Annotated[list[str] | None, Parameter(help="Only this agent; may be given more than once.")] = None,
    limit: int | None = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Open slots from a day to a day, both included; times ISO 8601 UTC."""
    begin = parse_day(first, "from")
    end = parse_day(last, "to") if last else begin + timedelta(days=6)
    from callboard.domain.errors import Invalid

    if end < begin:
        raise Invalid("to", "must not be before from")
    with office(organization, database_url) as at:
        zone = at.session.get(organizations.get, at.organization_id).timezone
        found = at.session.get(
            availability.open_slots,
            at.organization_id,
            day_bounds(begin, zone)[0],
            day_bounds(end, zone)[1],
            duration_minutes=duration,
            agent_ids=[parse_id(a, "agent") for a in agent or ()],
            limit=limit,
        )
    slots = [slot_json(s) for s in found]
    if json:
        return emit({"slots": slots})
    rows = [{**s, "agents": len(s["agent_ids"])} for s in slots]
    return table(rows, ("starts_at", "ends_at", "agents"), "no open slots")
