"""The columns of the leads table; their ids are what the service sorts by."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from callboard.console import words
from callboard.console.widgets.table import Column
from callboard.domain.phones import pretty_phone
from callboard.domain.zones import local

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp
    from callboard.services.lead_views import LeadRow

HIDDEN = frozenset({"email", "company", "country", "language", "created_at", "kind", "there"})
_DIM = "dim"
Cell = str | tuple[str, str]


def columns(app: Callable[[], CallboardApp]) -> tuple[Column, ...]:
    """All of them; which are shown is the person's choice."""

    def at(value: int) -> str:
        return words.short(value, app().now(), app().zone)

    def last(row: LeadRow) -> Cell:
        return (f"{row.last[1]} {at(row.last[0])}", _DIM) if row.last else ("never", _DIM)

    def ahead(row: LeadRow) -> Cell:
        if row.ahead is None:
            return ""
        late = row.ahead[1] == "callback" and row.ahead[0] <= app().now()
        return (f"{'↻' if row.ahead[1] == 'callback' else '◆'} {at(row.ahead[0])}", "clash" if late else "scheduled")

    def there(row: LeadRow) -> Cell:
        zone = row.person.timezone
        return f"{local(app().now(), zone):%H:%M}" if zone else ""

    def kind(row: LeadRow) -> Cell:
        return " ".join(k for k, yes in (("lead", row.person.is_lead), ("contact", row.person.is_contact)) if yes)

    def phone(row: LeadRow) -> Cell:
        p = row.person
        return ("✕ " if p.do_not_call else "") + pretty_phone(p.phone) if p.phone else ("–", _DIM)

    return (
        Column("full_name", "name", 0, lambda r: r.person.name, least=14),
        Column("phone", "phone", 17, phone, rank=1),
        Column("interest", "interest", 13, lambda r: r.person.interest or "", rank=5),
        Column("source", "source", 9, lambda r: (r.person.source or "").replace("_", " "), rank=6),
        Column("agent_id", "agent", 11, lambda r: r.agent or ("–", _DIM), rank=3),
        Column("last", "last touch", 17, last, sort=False, rank=4),
        Column("ahead", "next step", 11, ahead, sort=False, rank=2),
        Column("city", "city", 12, lambda r: r.person.city or "", rank=7),
        Column("email", "e-mail", 22, lambda r: r.person.email or "", rank=8),
        Column("company", "company", 14, lambda r: r.person.company or "", rank=8),
        Column("country", "land", 4, lambda r: r.person.country or "", sort=False, rank=9),
        Column("language", "lang", 5, lambda r: r.person.language or "", sort=False, rank=9),
        Column("there", "there", 5, there, sort=False, rank=8),
        Column("kind", "kind", 12, kind, sort=False, rank=9),
        Column("updated_at", "changed", 9, lambda r: (at(r.person.updated_at), _DIM), right=True, rank=7),
        Column("created_at", "since", 9, lambda r: (at(r.person.created_at), _DIM), right=True, rank=9),
    )
