"""``callboard bookings``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from cyclopts import App, Parameter

from callboard.cli.common import Database, Denied, Json, Office, Org, emit, office, parse_id, table, uuid
from callboard.domain.bookings import Assignment, Booking, Move, Status, Wish
from callboard.domain.errors import Invalid, NotAllowed, Refused, WrongState
from callboard.domain.zones import iso, parse_instant, zone
from callboard.services import availability, bookings, organizations

MOST = 1_000_000
app = App(name="bookings", help="Bookings: add, list, show, move, cancel, confirm.")
BookingId = Annotated[str, Parameter(help="The booking's id.")]
At = Annotated[
    str, Parameter(name="--at", help="Start, ISO 8601; without an offset, wall time of --timezone or the organization.")
]


def shape(booking: Booking) -> dict[str, Any]:
    """A booking as the command line prints it: UUIDs, ISO 8601 UTC, occupied time as holds_from and holds_to."""
    return {
        "id": uuid(booking.id),
        "agent_id": uuid(booking.agent_id),
        "person_id": uuid(booking.person_id),
        "starts_at": iso(booking.starts_at),
        "ends_at": iso(booking.ends_at),
        "holds_from": iso(booking.holds_from),
        "holds_to": iso(booking.holds_to),
        "duration_minutes": booking.duration_minutes,
        "status": str(booking.status),
        "timezone": booking.timezone,
        "customer_name": booking.customer_name,
        "customer_phone": booking.customer_phone,
        "customer_email": booking.customer_email,
        "title": booking.title,
        "kind": booking.kind,
        "source": booking.source,
        "confirm_by": iso(booking.confirm_by),
        "cancellation_reason": booking.cancellation_reason,
        "rev": booking.rev,
        "created_at": iso(booking.created_at),
    }


def _print(booking: Booking, *, json: bool) -> None:
    made = shape(booking)
    if json:
        emit(made)
    else:
        sys.stdout.write(f"{made['id']}  {made['starts_at']}  {made['status']}  {made['customer_name']}\n")


def _assignment(text: str) -> Assignment:
    try:
        return Assignment(text)
    except ValueError as error:
        raise Invalid("assignment", f"must be one of {', '.join(Assignment)}") from error


def _offering(
    at: Office, attempt: Callable[[], Booking], wanted: int, duration: int | None, agents: tuple[str, ...], *, json: bool
) -> Booking:
    """Try; a refusal comes back with the three nearest open slots."""
    try:
        return attempt()
    except (WrongState, NotAllowed):
        raise
    except Refused as refusal:
        slots = at.session.get(availability.nearest, at.organization_id, wanted, duration_minutes=duration, agent_ids=agents)
        raise Denied(refusal, slots, as_json=json) from refusal


@dataclass(frozen=True, slots=True)
class Asked:
    """What may be said of a new booking besides its time; every field is a flag of its own."""

    duration: Annotated[int | None, Parameter(help="Minutes; default: the organization's.")] = None
    agent: Annotated[str | None, Parameter(help="Agent id; default: a free one.")] = None
    name: Annotated[str, Parameter(help="The customer's name.")] = ""
    phone: str | None = None
    email: str | None = None
    timezone: Annotated[str | None, Parameter(help="The customer's IANA zone.")] = None
    title: str = ""
    kind: str = "video"
    notes: str | None = None
    buffer_before: Annotated[int | None, Parameter(help="Minutes kept free before.")] = None
    buffer_after: Annotated[int | None, Parameter(help="Minutes kept free after.")] = None
    assignment: Annotated[str, Parameter(help="manual, self_selected, round_robin or pool.")] = "manual"
    pending: Annotated[bool, Parameter(negative="", help="Hold the slot until the customer confirms.")] = False
    outside_hours: Annotated[bool, Parameter(negative="", help="Book outside working hours.")] = False

    def wish(self, starts_at: int) -> Wish:
        """The same as the services' wish."""
        return Wish(
            starts_at=starts_at,
            duration_minutes=self.duration,
            agent_id=parse_id(self.agent, "agent") if self.agent else None,
            assignment=_assignment(self.assignment),
            buffer_before_minutes=self.buffer_before,
            buffer_after_minutes=self.buffer_after,
            timezone=self.timezone,
            kind=self.kind,
            title=self.title,
            customer_name=self.name,
            customer_phone=self.phone,
            customer_email=self.email,
            notes=self.notes,
            source="cli",
            require_confirmation=self.pending,
            outside_hours=self.outside_hours,
        )


@app.command
def add(
    *,
    at: At,
    asked: Annotated[Asked | None, Parameter(name="*")] = None,
    organization: Org = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Book a call."""
    asked = asked or Asked()
    with office(organization, database_url) as here:
        default = here.session.get(organizations.get, here.organization_id).timezone
        wish = asked.wish(parse_instant(at, "at", zone(asked.timezone or default).key))
        agents = (wish.agent_id,) if wish.agent_id else ()
        made = _offering(
            here,
            lambda: here.session.do(bookings.book, here.organization_id, wish),
            wish.starts_at,
            asked.duration,
            agents,
            json=json,
        )
    _print(made, json=json)


@app.command(name="list")
def list_(
    *,
    organization: Org = None,
    first: Annotated[str | None, Parameter(name="--from", help="Starting at or after, ISO 8601.")] = None,
    last: Annotated[str | None, Parameter(name="--to", help="Starting before, ISO 8601.")] = None,
    status: Annotated[list[str] | None, Parameter(help="Only this status; may be given more than once.")] = None,
    agent: str | None = None,
    limit: int = 100,
    after: Annotated[str | None, Parameter(help="The id of the last booking of the page before.")] = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """List bookings by start; pages with --limit and --after."""
    if not 1 <= limit <= MOST:
        raise Invalid("limit", f"must be 1 to {MOST}")
    known = [str(s) for s in Status]
    for one in status or ():
        if one not in known:
            raise Invalid("status", f"must be one of {', '.join(known)}")
    with office(organization, database_url) as here:
        default = here.session.get(organizations.get, here.organization_id).timezone
        cursor = None
        if after is not None:
            seen = here.session.get(bookings.get, here.organization_id, parse_id(after, "booking"))
            cursor = (seen.starts_at, seen.id)
        found = here.session.get(
            bookings.listing,
            here.organization_id,
            starts_from=parse_instant(first, "from", default) if first else None,
            starts_to=parse_instant(last, "to", default) if last else None,
            statuses=status,
            agent_id=parse_id(agent, "agent") if agent else None,
            limit=limit,
            after=cursor,
        )
    rows = [shape(b) for b in found]
    columns = ("id", "starts_at", "ends_at", "status", "customer_name", "title")
    emit({"bookings": rows}) if json else table(rows, columns, "no bookings")


@app.command
def show(booking: BookingId, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Show one booking."""
    with office(organization, database_url) as here:
        found = shape(here.session.get(bookings.get, here.organization_id, parse_id(booking, "booking")))
    if json:
        return emit(found)
    width = max(len(k) for k in found)
    for name, value in found.items():
        if value is not None and value != "":
            sys.stdout.write(f"{name.replace('_', ' ').ljust(width)}  {value}\n")
    return None


@app.command
def move(
    booking: BookingId,
    /,
    *,
    organization: Org = None,
    at: At,
    duration: int | None = None,
    agent: str | None = None,
    outside_hours: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Move a booking; refused, it stays where it was."""
    with office(organization, database_url) as here:
        old = here.session.get(bookings.get, here.organization_id, parse_id(booking, "booking"))
        starts_at = parse_instant(at, "at", here.session.get(organizations.get, here.organization_id).timezone)
        agent_id = parse_id(agent, "agent") if agent else None
        wish = Move(starts_at=starts_at, duration_minutes=duration, agent_id=agent_id, outside_hours=outside_hours)
        moved = _offering(
            here,
            lambda: here.session.do(bookings.move, here.organization_id, old.id, wish),
            starts_at,
            duration or old.duration_minutes,
            (agent_id or old.agent_id,),
            json=json,
        )
    _print(moved, json=json)


@app.command
def cancel(
    booking: BookingId,
    /,
    *,
    organization: Org = None,
    reason: str | None = None,
    silent: Annotated[bool, Parameter(negative="", help="Send the customer no message.")] = False,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Cancel a booking and free its slot."""
    with office(organization, database_url) as here:
        done = here.session.do(
            bookings.cancel, here.organization_id, parse_id(booking, "booking"), reason=reason, notify=not silent
        )
    _print(done, json=json)


@app.command
def confirm(booking: BookingId, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Confirm a pending booking."""
    with office(organization, database_url) as here:
        done = here.session.do(bookings.confirm, here.organization_id, parse_id(booking, "booking"))
    _print(done, json=json)
