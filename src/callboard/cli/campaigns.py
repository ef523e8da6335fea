"""``callboard campaigns``: make and run them, fill them from files and leads, take the next contact, say what came of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from callboard.cli.common import Database, Json, Office, Org, emit, office, parse_id, table, uuid
from callboard.domain import contact_lists
from callboard.domain.campaigns import Contact, ContactWish
from callboard.domain.errors import Invalid
from callboard.domain.zones import iso, parse_instant
from callboard.services import campaigns
from callboard.services.campaigns import Filled, Standing

app = App(name="campaigns", help="Campaigns: add, run, fill, call the next contact, record what came of it.")
Name = Annotated[str, Parameter(help="The campaign: its name or id.")]
ContactId = Annotated[str, Parameter(help="The contact's id.")]
Operator = Annotated[str, Parameter(help="Who calls; the same name keeps the same contact until its outcome is said.")]
BATCH = 200
SHOWN = 20


def shape(standing: Standing) -> dict[str, Any]:
    """A campaign as the command line prints it."""
    c = standing.campaign
    return {
        "id": uuid(c.id),
        "name": c.name,
        "status": c.status,
        "agent_id": uuid(c.agent_id),
        "target_country": c.target_country,
        "window": c.window,
        "max_attempts": c.max_attempts,
        "spacing_minutes": c.spacing_minutes,
        "pace_per_hour": c.pace_per_hour,
        "total_contacts": standing.total,
        "contacts": dict(standing.counts),
        "started_at": iso(c.started_at),
        "finished_at": iso(c.finished_at),
        "created_at": iso(c.created_at),
    }


def contact_shape(contact: Contact) -> dict[str, Any]:
    """A contact as the command line prints it."""
    return {
        "id": uuid(contact.id),
        "campaign_id": uuid(contact.campaign_id),
        "person_id": uuid(contact.person_id),
        "name": contact.name,
        "phone": contact.phone,
        "status": contact.status,
        "validation": contact.validation,
        "interest": contact.interest,
        "city": contact.city,
        "timezone": contact.timezone,
        "attempts": contact.attempts,
        "due_at": iso(contact.due_at),
        "callback_at": iso(contact.callback_at),
        "booking_id": uuid(contact.booking_id),
        "notes": contact.notes,
    }


def _print(at: Office, campaign_id: str, *, json: bool) -> None:
    made = shape(at.session.get(campaigns.standing, at.organization_id, campaign_id))
    emit(made) if json else sys.stdout.write(
        f"{made['id']}  {made['name']}  {made['status']}  {made['total_contacts']} contacts\n"
    )


def _print_contact(contact: Contact, *, json: bool) -> None:
    made = contact_shape(contact)
    columns = ("id", "name", "phone", "status", "attempts", "due_at")
    emit(made) if json else table([made], columns, "")


@app.command
def add(
    name: str,
    /,
    *,
    organization: Org = None,
    agent: Annotated[str, Parameter(help="The outbound agent's id.")],
    country: Annotated[str, Parameter(help="The country whose numbers are called, e.g. US.")],
    script: str = "",
    window: Annotated[str | None, Parameter(help='When to call, in the contact\'s zone, e.g. "mon-fri 09:00-18:00".')] = None,
    attempts: Annotated[int, Parameter(help="How often to try each contact.")] = 3,
    spacing: Annotated[int, Parameter(help="Minutes between two tries of one contact.")] = 240,
    pace: Annotated[int | None, Parameter(help="Calls an hour at most, all operators together.")] = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Add a campaign; it calls nobody until it is started."""
    more = {"script": script, "window": window, "max_attempts": attempts, "spacing_minutes": spacing, "pace_per_hour": pace}
    with office(organization, database_url) as at:
        caller = parse_id(agent, "agent")
        made = at.session.do(campaigns.add, at.organization_id, name, target_country=country, agent_id=caller, **more)
        _print(at, made.id, json=json)


@app.command(name="list")
def list_(*, organization: Org = None, status: str | None = None, json: Json = False, database_url: Database = None) -> None:
    """List campaigns, the newest first."""
    with office(organization, database_url) as at:
        made = [shape(s) for s in at.session.get(campaigns.listing, at.organization_id, status)]
    columns = ("id", "name", "status", "target_country", "window", "total_contacts")
    emit({"campaigns": made}) if json else table(made, columns, "no campaigns yet")


def _step(verb: Any, campaign: str, organization: str | None, database_url: str | None, *, json: bool) -> None:
    with office(organization, database_url) as at:
        found = at.session.get(campaigns.find, at.organization_id, campaign)
        at.session.do(verb, at.organization_id, found.id)
        _print(at, found.id, json=json)


@app.command
def start(campaign: Name, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Start a campaign, or go on with a paused one."""
    _step(campaigns.start, campaign, organization, database_url, json=json)


@app.command
def pause(campaign: Name, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Hand out nobody until it is started again."""
    _step(campaigns.pause, campaign, organization, database_url, json=json)


@app.command
def finish(campaign: Name, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """End a campaign; its history stays."""
    _step(campaigns.finish, campaign, organization, database_url, json=json)


@app.command(name="next")
def next_(
    campaign: Name, /, *, organization: Org = None, operator: Operator = "", json: Json = False, database_url: Database = None
) -> None:
    """Take the next contact to call. It is yours for half an hour, or until you record the outcome."""
    with office(organization, database_url) as at:
        found = at.session.get(campaigns.find, at.organization_id, campaign)
        who = operator or at.session.actor.name or "cli"
        handed = at.session.do(campaigns.next_contact, at.organization_id, found.id, who)
    contact = contact_shape(handed.contact) if handed.contact else None
    if json:
        return emit({"contact": contact, "wait_until": iso(handed.wait_until), "reason": handed.reason})
    if contact is None:
        until = f"; the next from {iso(handed.wait_until)}" if handed.wait_until else ""
        sys.stdout.write(f"{handed.reason}{until}\n")
        return None
    lines = [f"{contact['name']}  {contact['phone']}  (try {contact['attempts']} of {handed.campaign.max_attempts})"]
    lines += [f"{k}: {contact[k]}" for k in ("interest", "city", "timezone", "notes") if contact[k]]
    lines += [handed.campaign.script] if handed.campaign.script else []
    sys.stdout.write("\n".join([*lines, f"contact {contact['id']}"]) + "\n")
    return None


@app.command
def outcome(
    contact: ContactId,
    what: Annotated[
        str,
        Parameter(help="qualified, not_interested, callback_requested, no_answer, busy, wrong_number or do_not_call."),
    ],
    /,
    *,
    organization: Org = None,
    callback_at: Annotated[str | None, Parameter(help="When to call back, ISO 8601; local times in their zone.")] = None,
    notes: str | None = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Record what a call came to."""
    with office(organization, database_url) as at:
        id_ = parse_id(contact, "contact")
        found = at.session.get(campaigns.contact, at.organization_id, id_)
        when = parse_instant(callback_at, "callback_at", found.timezone) if callback_at else None
        done = at.session.do(campaigns.set_outcome, at.organization_id, id_, what, notes=notes, callback_at=when)
    _print_contact(done, json=json)


@app.command
def contacts(
    campaign: Annotated[str | None, Parameter(help="The campaign: its name or id; all of them when left out.")] = None,
    /,
    *,
    organization: Org = None,
    status: str | None = None,
    limit: int = 50,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """List contacts, the last changed first."""
    with office(organization, database_url) as at:
        id_ = at.session.get(campaigns.find, at.organization_id, campaign).id if campaign else None
        filters: dict[str, Any] = {"campaign_id": id_, "status": status}
        made = [contact_shape(c) for c in at.session.get(campaigns.contacts, at.organization_id, limit=limit, **filters)]
    columns = ("id", "name", "phone", "status", "validation", "attempts", "due_at")
    emit({"contacts": made}) if json else table(made, columns, "no contacts yet")


@app.command
def callbacks(*, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """List who asked to be called back, the soonest first."""
    with office(organization, database_url) as at:
        made = [contact_shape(c) for c in at.session.get(campaigns.callbacks, at.organization_id)]
    columns = ("callback_at", "name", "phone", "notes", "id")
    emit({"callbacks": made}) if json else table(made, columns, "nobody asked to be called back")


@app.command
def contact(
    campaign: Name,
    /,
    *,
    organization: Org = None,
    name: str,
    phone: str,
    interest: str | None = None,
    city: str | None = None,
    email: str | None = None,
    timezone: str | None = None,
    notes: str | None = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Add one contact."""
    wish = ContactWish(name=name, phone=phone, interest=interest, city=city, email=email, timezone=timezone, notes=notes)
    with office(organization, database_url) as at:
        found = at.session.get(campaigns.find, at.organization_id, campaign)
        made, _ = at.session.do(campaigns.add_contact, at.organization_id, found.id, wish)
    _print_contact(made, json=json)


@app.command
def leads(
    campaign: Name,
    /,
    *,
    organization: Org = None,
    search: Annotated[str | None, Parameter(help="Only leads whose name, company, e-mail or phone holds this.")] = None,
    interest: str | None = None,
    city: str | None = None,
    source: str | None = None,
    limit: int = 500,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Add leads that have a telephone number."""
    given = {"search": search, "interest": interest, "city": city, "source": source}
    filters: dict[str, Any] = {k: v for k, v in given.items() if v is not None}
    with office(organization, database_url) as at:
        found = at.session.get(campaigns.find, at.organization_id, campaign)
        filled = at.session.do(campaigns.add_leads, at.organization_id, found.id, limit=limit, **filters)
    _report(filled, [], json=json)


def _report(filled: Filled, refused: list[contact_lists.Refused], *, json: bool) -> None:
    told = {"added": filled.added, "already_there": filled.known, "not_callable": filled.unusable, "refused": len(refused)}
    if json:
        return emit(told | {"refused_lines": [{"line": r.line, "reason": r.reason, "text": r.text} for r in refused]})
    sys.stdout.write(", ".join(f"{n} {what.replace('_', ' ')}" for what, n in told.items()) + "\n")
    for bad in refused[:SHOWN]:
        sys.stdout.write(f"line {bad.line}: {bad.reason}   {bad.text}\n")
    if len(refused) > SHOWN:
        sys.stdout.write(f"and {len(refused) - SHOWN} more\n")
    return None


@app.command(name="import")
def import_(
    campaign: Name,
    file: Annotated[Path, Parameter(help="A CSV file with a header line.")],
    /,
    *,
    organization: Org = None,
    column: Annotated[
        list[str] | None, Parameter(name="--map", help="field=COLUMN where the guess is wrong, e.g. phone=Rufnummer.")
    ] = None,
    preview: Annotated[bool, Parameter(negative="", help="Show what would be read; change nothing.")] = False,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Add the contacts of a CSV file; lines that cannot be used are listed with the reason."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise Invalid("file", f"{file}: {error.strerror}") from error
    sheet = contact_lists.read(raw, _chosen(column or []))
    with office(organization, database_url) as at:
        found = at.session.get(campaigns.find, at.organization_id, campaign)
        read = [made for _, made in contact_lists.wishes(sheet, found.target_country)]
        wishes = [w for w in read if isinstance(w, ContactWish)]
        refused = [r for r in read if isinstance(r, contact_lists.Refused)]
        if preview:
            return _preview(sheet, wishes, refused, json=json)
        filled = Filled()
        for at_ in range(0, len(wishes), BATCH):
            filled += at.session.do(campaigns.add_contacts, at.organization_id, found.id, wishes[at_ : at_ + BATCH])
    return _report(filled, refused, json=json)


def _chosen(pairs: list[str]) -> dict[str, str]:
    chosen = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if len(chosen) != len(pairs):
        raise Invalid("map", "must look like phone=COLUMN, each field once")
    return chosen


def _preview(sheet: contact_lists.Sheet, wishes: list[ContactWish], refused: list[contact_lists.Refused], *, json: bool) -> None:
    rows = [{k: getattr(w, k) for k in ("name", "phone", "email", "interest", "city")} for w in wishes[:SHOWN]]
    if json:
        bad = [{"line": r.line, "reason": r.reason, "text": r.text} for r in refused]
        return emit({"columns": sheet.named(), "contacts": len(wishes), "sample": rows, "refused_lines": bad})
    sys.stdout.write("columns: " + ", ".join(f"{f} = {c}" for f, c in sheet.named().items()) + "\n")
    table(rows, ("name", "phone", "email", "interest", "city"), "no usable lines")
    sys.stdout.write(f"{len(wishes)} contacts would be added\n")
    for bad_line in refused[:SHOWN]:
        sys.stdout.write(f"line {bad_line.line}: {bad_line.reason}   {bad_line.text}\n")
    return None


@app.command
def show(campaign: Name, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Show a campaign with its contacts counted."""
    with office(organization, database_url) as at:
        found = at.session.get(campaigns.find, at.organization_id, campaign)
        made = shape(at.session.get(campaigns.standing, at.organization_id, found.id))
    if json:
        return emit(made)
    sys.stdout.write("".join(f"{name.replace('_', ' ')}: {value}\n" for name, value in made.items() if value))
    return None
