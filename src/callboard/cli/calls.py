"""``callboard calls``: the history of calls, click-to-call, what happened on your own telephone, voicemails, extensions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import App, Parameter

from callboard.cli.common import Database, Json, Org, desk, emit, office, parse_id, table, uuid
from callboard.domain.calls import Call, Voicemail
from callboard.domain.phones import parse_phone
from callboard.domain.zones import iso, parse_instant
from callboard.services import calls, organizations, voicemails

app = App(name="calls", help="Telephone calls: list, dial, mark, look up who is calling, voicemails, extensions.")
CallId = Annotated[str, Parameter(help="The call's id.")]
Number = Annotated[str, Parameter(help="A phone number.")]


def shape(call: Call) -> dict[str, Any]:
    """A call as the command line prints it."""
    return {
        "id": uuid(call.id),
        "created_at": iso(call.created_at),
        "direction": call.direction,
        "status": call.status,
        "from": call.from_number or None,
        "to": call.to_number or None,
        "duration": call.duration_seconds,
        "outcome": call.outcome,
        "notes": call.notes,
        "reason": call.reason,
        "gateway": call.gateway or None,
        "person_id": uuid(call.person_id),
        "agent_id": uuid(call.agent_id),
        "answered_at": iso(call.answered_at),
        "ended_at": iso(call.ended_at),
    }


def _print(call: Call, *, json: bool) -> None:
    made = shape(call)
    columns = ("id", "direction", "status", "from", "to", "duration", "outcome")
    emit(made) if json else table([made], columns, "")


@app.command(name="list")
def list_(
    *,
    organization: Org = None,
    direction: Annotated[str | None, Parameter(help="inbound or outbound.")] = None,
    status: str | None = None,
    since: Annotated[str | None, Parameter(help="ISO 8601.")] = None,
    limit: int = 50,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """List calls, the newest first."""
    with office(organization, database_url) as at:
        home = at.session.get(organizations.get, at.organization_id)
        lo = parse_instant(since, "since", home.timezone) if since else None
        filters: dict[str, Any] = {"direction": direction, "status": status, "created_from": lo}
        made = [shape(c) for c in at.session.get(calls.listing, at.organization_id, limit=limit, **filters)]
    columns = ("created_at", "direction", "status", "from", "to", "duration", "outcome", "id")
    emit({"calls": made}) if json else table(made, columns, "no calls yet")


@app.command
def dial(
    to: Number,
    /,
    *,
    organization: Org = None,
    agent: Annotated[str | None, Parameter(help="The agent who calls.")] = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Ask for a call. With the manual gateway, dial the number shown and mark what happens."""
    with office(organization, database_url) as at:
        caller = parse_id(agent, "agent") if agent else None
        made = at.session.do(calls.initiate, at.organization_id, to=to, agent_id=caller)
        manual = at.session.desk.settings.telephony_gateway == "manual"
    if json:
        return emit(shape(made) | {"dial": f"tel:{made.to_number}" if manual else None})
    told = f"dial {made.to_number} (tel:{made.to_number}), then mark it" if manual else f"calling {made.to_number}"
    sys.stdout.write(f"{told}\ncall {uuid(made.id)}\n")
    return None


@app.command
def incoming(
    caller: Annotated[str, Parameter(help="Who calls.")],
    /,
    *,
    organization: Org = None,
    to: Annotated[str, Parameter(help="The number that rings.")] = "",
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Note that your telephone rings: raises the screen pop, and says who it is."""
    with office(organization, database_url) as at:
        made = at.session.do(calls.incoming, at.organization_id, from_number=caller, to_number=to)
        seen = at.session.get(calls.screen_pop, at.organization_id, made.id)
    if json:
        return emit(shape(made) | {"pop": _pop(seen)})
    sys.stdout.write(f"{_who(seen)}\ncall {uuid(made.id)}\n")
    return None


def _pop(seen: calls.ScreenPop) -> dict[str, Any]:
    person, booking = seen.person, seen.next_booking
    return {
        "phone": seen.phone,
        "found": person is not None,
        "person": {"id": uuid(person.id), "name": person.name, "company": person.company} if person else None,
        "recent_calls": [shape(c) for c in seen.recent_calls],
        "next_booking": {"id": uuid(booking.id), "starts_at": iso(booking.starts_at)} if booking else None,
    }


def _who(seen: calls.ScreenPop) -> str:
    if seen.person is None:
        return f"{seen.phone}: nobody we know"
    company = f", {seen.person.company}" if seen.person.company else ""
    booked = f"; booked for {iso(seen.next_booking.starts_at)}" if seen.next_booking else ""
    return f"{seen.phone}: {seen.person.name}{company}; {len(seen.recent_calls)} earlier calls{booked}"


@app.command
def lookup(phone: Number, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Say who a number belongs to, with their last calls and what is booked next."""
    with office(organization, database_url) as at:
        seen = at.session.get(calls.lookup, at.organization_id, phone)
    emit(_pop(seen)) if json else sys.stdout.write(f"{_who(seen)}\n")


def _mark(verb: Callable[..., Call], call: str, organization: str | None, database_url: str | None, *, json: bool) -> None:
    with office(organization, database_url) as at:
        made = at.session.do(verb, at.organization_id, parse_id(call, "call"))
    _print(made, json=json)


@app.command
def answered(call: CallId, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Mark that somebody picked up."""
    _mark(calls.answered, call, organization, database_url, json=json)


@app.command
def ended(call: CallId, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Mark that the call is over; one that was never answered counts as missed."""
    _mark(calls.ended, call, organization, database_url, json=json)


@app.command
def missed(call: CallId, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Mark that nobody picked up."""
    _mark(calls.missed, call, organization, database_url, json=json)


@app.command
def outcome(
    call: CallId,
    what: Annotated[str, Parameter(help="What came of it, in a word or two.")],
    /,
    *,
    organization: Org = None,
    notes: str | None = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Record what came of a call."""
    with office(organization, database_url) as at:
        made = at.session.do(calls.set_outcome, at.organization_id, parse_id(call, "call"), outcome=what, notes=notes)
    _print(made, json=json)


@app.command
def voicemail(
    call: CallId,
    /,
    *,
    organization: Org = None,
    text: Annotated[str | None, Parameter(help="What the caller said.")] = None,
    seconds: int = 0,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Note that a caller left a voicemail on your own telephone."""
    with office(organization, database_url) as at:
        id_ = parse_id(call, "call")
        made = at.session.do(voicemails.leave, at.organization_id, id_, duration_seconds=seconds, transcript=text)
    emit(_voicemail(made)) if json else table([_voicemail(made)], ("id", "from", "duration", "transcript"), "")


def _voicemail(made: Voicemail) -> dict[str, Any]:
    return {
        "id": uuid(made.id),
        "created_at": iso(made.created_at),
        "from": made.from_number,
        "to": made.to_number or None,
        "call_id": uuid(made.call_id),
        "is_read": made.is_read,
        "duration": made.duration_seconds,
        "transcript": made.transcript,
        "recording_url": made.recording_url,
    }


@app.command(name="voicemails")
def list_voicemails(
    *,
    organization: Org = None,
    unread: Annotated[bool, Parameter(negative="", help="Only what nobody has heard.")] = False,
    caller: Annotated[str | None, Parameter(name="--from", help="Only from this number.")] = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """List voicemails, the newest first."""
    with office(organization, database_url) as at:
        home = at.session.get(organizations.get, at.organization_id)
        number = parse_phone(caller, home.branding.default_country, "from") if caller else None
        found = at.session.get(voicemails.listing, at.organization_id, is_read=False if unread else None, from_number=number)
    made = [_voicemail(v) for v in found]
    columns = ("created_at", "from", "duration", "is_read", "transcript", "id")
    emit({"voicemails": made}) if json else table(made, columns, "no voicemails")


@app.command
def extensions(*, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """List agents with a short number."""
    with office(organization, database_url) as at:
        found = at.session.get(calls.extensions, at.organization_id)
    made = [{"extension": e.number, "name": e.name, "agent_id": uuid(e.id), "active": e.active} for e in found]
    emit({"extensions": made}) if json else table(made, ("extension", "name", "active"), "no agent has an extension yet")


@app.command
def carrier(*, json: Json = False, database_url: Database = None) -> None:
    """Say how calls are placed, what that way can do, and what to enter at the carrier."""
    from dataclasses import asdict

    from callboard.gateways import telephony

    with desk(database_url) as opened:
        name = opened.settings.telephony_gateway
        gateway = telephony.make(name, opened.settings.gateway(name), opened.public_url)
    able = asdict(gateway.can)
    if json:
        return emit({"gateway": gateway.name, "can": able, "hints": gateway.hints()})
    told = ", ".join(f"{name}: {'yes' if can else 'no'}" for name, can in able.items())
    sys.stdout.write(f"{gateway.name} ({told})\n" + "".join(f"{line}\n" for line in gateway.hints()))
    return None
