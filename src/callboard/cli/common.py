"""What every command shares: opening the desk, naming things, printing for people or machines."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from cyclopts import Parameter

from callboard import settings as settings_module
from callboard.domain import ids
from callboard.domain.errors import Invalid, NotFound, Refused
from callboard.domain.events import Actor
from callboard.domain.filters import moment
from callboard.domain.zones import iso
from callboard.services import organizations
from callboard.services.availability import Slot
from callboard.services.service import Desk, Session

EXIT_FAILED, EXIT_INPUT, EXIT_REFUSED = 1, 2, 3

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON for machines.")]
Org = Annotated[str | None, Parameter(name="--organization", help="Its name or id; not needed where there is only one.")]
Database = Annotated[str | None, Parameter(name="--database-url", help="SQLAlchemy URL; default: a file in the data folder.")]


def say_error(text: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"callboard: {' '.join(text.split())}\n")


class Denied(Exception):
    """A refused booking with the open slots to offer instead."""

    def __init__(self, refusal: Refused, slots: Sequence[Slot], *, as_json: bool) -> None:
        self.refusal = refusal
        self.slots = slots
        self.as_json = as_json
        super().__init__(str(refusal))

    def report(self) -> int:
        """Print it; the exit status."""
        say_error(f"refused: {self.refusal}")
        if self.as_json:
            answer = {"error": self.refusal.code, "message": str(self.refusal), "nearest": [slot_json(s) for s in self.slots]}
            allowed = getattr(self.refusal, "next_allowed_at", None)
            emit(answer | ({"next_allowed_at": iso(allowed)} if allowed else {}))
        elif self.slots:
            sys.stderr.write("nearest open: " + ", ".join(str(iso(s.starts_at)) for s in self.slots) + "\n")
        return EXIT_REFUSED


@dataclass(frozen=True, slots=True)
class Office:
    """An open desk as the command line's user, and the organization named."""

    session: Session
    organization_id: str


@contextmanager
def desk(database_url: str | None = None, **flags: Any) -> Iterator[Desk]:
    """The desk the settings name, closed at the end."""
    from callboard.bootstrap import open_desk

    opened = open_desk(settings_module.load(database_url=database_url, **flags))
    try:
        yield opened
    finally:
        opened.close()


def actor() -> Actor:
    """Who runs the command."""
    try:
        return Actor(kind="cli", name=getpass.getuser())
    except (KeyError, OSError):  # a container without a passwd entry
        return Actor(kind="cli")


@contextmanager
def office(organization: str | None, database_url: str | None = None) -> Iterator[Office]:
    """A session and the organization's id; NotFound when no organization has that name or id."""
    with desk(database_url) as opened:
        session = opened.acting(actor())
        yield Office(session, session.get(organizations.find, organization).id if organization else _only(session))


def _only(session: Session) -> str:
    """The one organization there is; Invalid when it must be named."""
    found = session.get(organizations.all)
    if len(found) == 1:
        return found[0].id
    names = ", ".join(o.name for o in found[:10])
    raise Invalid("--organization", f"must name one of {names}" if found else "there is none yet: callboard organizations add")


def parse_id(text: str, noun: str) -> str:
    """An id in any form a person may paste, or NotFound."""
    found = ids.parse(text)
    if found is None:
        raise NotFound(noun, text)
    return found


def parse_moment(at: Office, text: str, field: str) -> int:
    """UTC seconds of a day, a date and time, or words (``yesterday``, ``fri``, ``3d`` ago), in the organization's zone."""
    try:
        return moment(text, at.session.desk.clock(), at.session.get(organizations.get, at.organization_id).timezone)
    except Invalid as error:
        raise Invalid(field, error.reason) from error


def parse_minutes(text: int | None, field: str, low: int, high: int) -> int | None:
    """A bounded whole number of minutes."""
    if text is not None and not low <= text <= high:
        raise Invalid(field, f"must be {low} to {high} minutes")
    return text


def uuid(id_: str | None) -> str | None:
    """The command line's form of an id."""
    return ids.to_uuid(id_) if id_ else None


def emit(value: Any) -> None:
    """JSON on one line of standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")) + "\n")


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], empty: str) -> None:
    """Rows for people, in aligned columns; one line when there are none."""
    if not rows:
        sys.stdout.write(f"{empty}\n")
        return
    cells = [[("" if r.get(c) is None else str(r.get(c))) for c in columns] for r in rows]
    widths = [max(len(c), *(len(row[i]) for row in cells)) for i, c in enumerate(columns)]
    for line in [[c.replace("_", " ") for c in columns], *cells]:
        sys.stdout.write("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() + "\n")


def slot_json(slot: Slot) -> dict[str, Any]:
    """{starts_at, ends_at, agent_ids}, ISO 8601 UTC and UUIDs."""
    return {"starts_at": iso(slot.starts_at), "ends_at": iso(slot.ends_at), "agent_ids": [ids.to_uuid(a) for a in slot.agent_ids]}
