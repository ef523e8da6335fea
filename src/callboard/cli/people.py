"""``callboard people``."""

from __future__ import annotations

import sys
from typing import Annotated, Any

from cyclopts import App, Parameter

from callboard.cli.common import Database, Json, Org, emit, office, table, uuid
from callboard.domain.people import Person
from callboard.domain.zones import iso
from callboard.services import people

app = App(name="people", help="People (leads and contacts): add, find.")


def shape(person: Person) -> dict[str, Any]:
    """A person as the command line prints it."""
    names = ("full_name", "company", "phone", "email", "country", "city", "language", "interest", "source", "notes")
    return {
        "id": uuid(person.id),
        **{n: getattr(person, n) for n in names},
        "agent_id": uuid(person.agent_id),
        "is_lead": person.is_lead,
        "created_at": iso(person.created_at),
    }


@app.command
def add(
    name: str,
    /,
    *,
    organization: Org = None,
    phone: str | None = None,
    email: str | None = None,
    company: str | None = None,
    city: str | None = None,
    interest: str | None = None,
    source: str | None = None,
    notes: str | None = None,
    lead: Annotated[bool, Parameter(negative="", help="A lead, not yet a contact.")] = False,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Add a person."""
    with office(organization, database_url) as at:
        person = at.session.do(
            people.add,
            at.organization_id,
            full_name=name,
            phone=phone,
            email=email,
            company=company,
            city=city,
            interest=interest,
            source=source,
            notes=notes,
            is_lead=lead,
            is_contact=not lead,
        )
    made = shape(person)
    emit(made) if json else sys.stdout.write(f"{made['id']}  {made['full_name']}\n")


@app.command
def find(text: str, /, *, organization: Org = None, limit: int = 20, json: Json = False, database_url: Database = None) -> None:
    """Find people by a piece of name, company, e-mail or phone."""
    with office(organization, database_url) as at:
        found = [shape(p) for p in at.session.get(people.find, at.organization_id, text, limit)]
    emit({"people": found}) if json else table(found, ("id", "full_name", "phone", "email", "company"), "nobody found")
