"""``callboard messages``: what customers were told, what waits in the outbox, templates, the opt-out list."""

from __future__ import annotations

import sys
from typing import Annotated, Any

from cyclopts import App, Parameter

from callboard.cli.common import Database, Json, Org, actor, desk, emit, office, parse_id, table, uuid
from callboard.domain.messages import Message
from callboard.domain.phones import parse_phone
from callboard.domain.zones import iso
from callboard.services import messages, organizations, templates

app = App(name="messages", help="Text messages: list, show, send, retry, templates, opt-out list, carrier.")
words = App(name="templates", help="The organization's own words for each kind of message.")
app.command(words)
MessageId = Annotated[str, Parameter(help="The message's id.")]
Kind = Annotated[str, Parameter(help="confirmation, reschedule, cancellation, reminder or upload_link.")]
Number = Annotated[str, Parameter(help="A phone number.")]


def shape(message: Message) -> dict[str, Any]:
    """A message as the command line prints it."""
    return {
        "id": uuid(message.id),
        "created_at": iso(message.created_at),
        "direction": message.direction,
        "kind": message.kind,
        "status": message.status,
        "attempted": message.attempted,
        "delivered": message.delivered,
        "from": message.from_number,
        "to": message.to_number,
        "reason": message.reason,
        "gateway": message.gateway,
        "booking_id": uuid(message.booking_id),
        "person_id": uuid(message.person_id),
        "sent_at": iso(message.sent_at),
        "delivered_at": iso(message.delivered_at),
        "body": message.body,
    }


def _print(message: Message, *, json: bool) -> None:
    made = shape(message)
    if json:
        return emit(made)
    head = f"{made['id']}  {made['kind']} to {made['to']}: {made['status']}" + (f" ({made['reason']})" if made["reason"] else "")
    sys.stdout.write(f"{head}\n\n{message.body}\n")
    return None


@app.command(name="list")
def list_(
    *,
    organization: Annotated[str | None, Parameter(help="The organization: its name or id; all of them when left out.")] = None,
    direction: Annotated[str | None, Parameter(help="inbound or outbound.")] = None,
    status: Annotated[str | None, Parameter(help="waiting, sent, delivered, failed, received or void.")] = None,
    booking: Annotated[str | None, Parameter(help="Only what was said about this booking.")] = None,
    limit: int = 50,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """List messages, newest first; what waits is the outbox, with the text to copy."""
    filters: dict[str, Any] = {
        "direction": direction,
        "status": status,
        "booking_id": parse_id(booking, "booking") if booking else None,
    }
    with desk(database_url) as opened:
        session = opened.acting(actor())
        every = session.get(organizations.all)
        homes = [session.get(organizations.find, organization)] if organization else every
        found = [m for home in homes for m in session.get(messages.listing, home.id, limit=limit, **filters)]
    found = sorted(found, key=lambda m: (m.created_at, m.id), reverse=True)[:limit]
    if json:
        return emit({"messages": [shape(m) for m in found]})
    columns = ("created_at", "kind", "direction", "to", "status", "reason", "body")
    return table([shape(m) for m in found], columns, "no messages yet")


@app.command
def show(message: MessageId, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Show one message whole, to read or copy."""
    with office(organization, database_url) as at:
        found = at.session.get(messages.get, at.organization_id, parse_id(message, "message"))
    _print(found, json=json)


@app.command
def send(
    to: Number,
    text: Annotated[str, Parameter(help="What to say.")],
    /,
    *,
    organization: Org = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Write to a number; the scheduler hands it to the carrier."""
    with office(organization, database_url) as at:
        made = at.session.do(messages.send, at.organization_id, to=to, body=text)
    _print(made, json=json)


@app.command
def retry(message: MessageId, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Hand a waiting or failed message to the carrier again."""
    with office(organization, database_url) as at:
        made = at.session.do(messages.retry, at.organization_id, parse_id(message, "message"))
    _print(made, json=json)


@app.command
def sent(message: MessageId, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Note that you copied a waiting message and sent it from a phone of your own."""
    with office(organization, database_url) as at:
        made = at.session.do(messages.mark_sent, at.organization_id, parse_id(message, "message"))
    _print(made, json=json)


@app.command
def conversations(*, organization: Org = None, limit: int = 50, json: Json = False, database_url: Database = None) -> None:
    """List whom the organization writes with, the most recent first."""
    with office(organization, database_url) as at:
        found = at.session.get(messages.conversations, at.organization_id, limit)
    made = [
        {
            "number": c.number,
            "name": c.name,
            "person_id": uuid(c.person_id),
            "unread": c.unread,
            "total": c.total,
            "last_at": iso(c.last.created_at),
            "last": c.last.body,
        }
        for c in found
    ]
    emit({"conversations": made}) if json else table(
        made, ("number", "name", "unread", "last_at", "last"), "no conversations yet"
    )


def _opt(number: str, organization: str | None, database_url: str | None, *, out: bool, json: bool) -> None:
    with office(organization, database_url) as at:
        home = at.session.get(organizations.get, at.organization_id)
        phone = parse_phone(number, home.branding.default_country)
        at.session.do(messages.opt_out, at.organization_id, phone, out=out)
    emit({"phone": phone, "do_not_text": out}) if json else sys.stdout.write(
        f"{phone} {'will not be texted' if out else 'may be texted'}\n"
    )


@app.command
def opt_out(number: Number, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Put a number on the opt-out list; what waits for it is withdrawn."""
    _opt(number, organization, database_url, out=True, json=json)


@app.command
def opt_in(number: Number, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Take a number off the opt-out list."""
    _opt(number, organization, database_url, out=False, json=json)


@app.command
def opted_out(*, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """List the numbers that asked not to be texted."""
    with office(organization, database_url) as at:
        found = at.session.get(messages.opted_out_people, at.organization_id)
    made = [{"phone": p.phone, "name": p.name, "person_id": uuid(p.id)} for p in found]
    emit({"opted_out": made}) if json else table(made, ("phone", "name"), "nobody has opted out")


@app.command
def carrier(*, json: Json = False, database_url: Database = None) -> None:
    """Say which carrier messages go through, what it can do, and what to enter at it so that it calls back."""
    from dataclasses import asdict

    from callboard.gateways import sms

    with desk(database_url) as opened:
        settings = opened.settings
        gateway = sms.make(settings.sms_gateway, settings.gateway(settings.sms_gateway), opened.public_url)
    able = asdict(gateway.can)
    if json:
        return emit({"gateway": gateway.name, "can": able, "hints": gateway.hints()})
    told = ", ".join(f"{name}: {'yes' if can else 'no'}" for name, can in able.items())
    sys.stdout.write(f"{gateway.name} ({told})\n" + "".join(f"{line}\n" for line in gateway.hints()))
    return None


# --- templates ------------------------------------------------------------------------------------------------------
def _template(made: templates.Template) -> dict[str, Any]:
    return {"kind": made.kind, "own": made.own, "text": made.text, "variables": list(made.variables)}


@words.command(name="list")
def list_templates(*, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """List the templates in force and the variables each may use."""
    with office(organization, database_url) as at:
        made = [_template(t) for t in at.session.get(templates.listing, at.organization_id)]
    emit({"templates": made}) if json else table(made, ("kind", "own", "text"), "")


@words.command
def save(
    kind: Kind,
    text: Annotated[str, Parameter(help="The words, with {variables}.")],
    /,
    *,
    organization: Org = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Keep the organization's own words for a kind; a variable the kind does not know is refused."""
    with office(organization, database_url) as at:
        made = at.session.do(templates.save, at.organization_id, kind, text)
        read = at.session.get(templates.preview, at.organization_id, kind)
    emit(_template(made) | {"preview": read}) if json else sys.stdout.write(f"saved; a customer reads:\n{read}\n")


@words.command
def reset(kind: Kind, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Go back to the default words of a kind."""
    with office(organization, database_url) as at:
        made = at.session.do(templates.reset, at.organization_id, kind)
    emit(_template(made)) if json else sys.stdout.write(f"{made.text}\n")


@words.command
def preview(
    kind: Kind,
    text: Annotated[str | None, Parameter(help="Words to try; the ones in force when left out.")] = None,
    /,
    *,
    organization: Org = None,
    database_url: Database = None,
) -> None:
    """Show what a customer would read, with example values."""
    with office(organization, database_url) as at:
        sys.stdout.write(at.session.get(templates.preview, at.organization_id, kind, text) + "\n")
