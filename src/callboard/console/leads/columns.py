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


def _kind(row: LeadRow) -> Cell:
    return " ".join(k for k, yes in (("lead", row.person.is_lead), ("contact", row.person.is_contact)) if yes)


def _phone(row: LeadRow) -> Cell:
    p = row.person
    return ("✕ " if p.do_not_call else "") + pretty_phone(p.phone) if p.phone else ("–", _DIM)


class Cells:
    """The cells that depend on the hour and the zone shown."""

    def __init__(self, app: Callable[[], CallboardApp]) -> None:
        self._app = app

    def at(self, value: int) -> str:
        """An instant in few letters."""
        return words.short(value, self._app().now(), self._app().zone)

    def last(self, row: LeadRow) -> Cell:
        """The newest touch and its kind."""
        return (f"{row.last[1]} {self.at(row.last[0])}", _DIM) if row.last else ("never", _DIM)

    def ahead(self, row: LeadRow) -> Cell:
        """What is next; a call back that is overdue stands out."""
        if row.ahead is None:
            return ""
        late = row.ahead[1] == "callback" and row.ahead[0] <= self._app().now()
        return (f"{'↻' if row.ahead[1] == 'callback' else '◆'} {self.at(row.ahead[0])}", "clash" if late else "scheduled")

    def there(self, row: LeadRow) -> Cell:
        """Their clock."""
        return f"{local(self._app().now(), row.person.timezone):%H:%M}" if row.person.timezone else ""


def columns(app: Callable[[], CallboardApp]) -> tuple[Column, ...]:
    """All of them; which are shown is the person's choice."""
    cells = Cells(app)
    return (
        Column("full_name", "name", 0, lambda r: r.person.name, least=14),
        Column("phone", "phone", 17, _phone, rank=1),
        Column("interest", "interest", 13, lambda r: r.person.interest or "", rank=5),
        Column("source", "source", 9, lambda r: (r.person.source or "").replace("_", " "), rank=6),
        Column("agent_id", "agent", 11, lambda r: r.agent or ("–", _DIM), rank=3),
        Column("last", "last touch", 17, cells.last, sort=False, rank=4),
        Column("ahead", "next step", 11, cells.ahead, sort=False, rank=2),
        Column("city", "city", 12, lambda r: r.person.city or "", rank=7),
        Column("email", "e-mail", 22, lambda r: r.person.email or "", rank=8),
        Column("company", "company", 14, lambda r: r.person.company or "", rank=8),
        Column("country", "country", 7, lambda r: r.person.country or "", sort=False, rank=9),
        Column("language", "language", 8, lambda r: r.person.language or "", sort=False, rank=9),
        Column("there", "there", 5, cells.there, sort=False, rank=8),
        Column("kind", "kind", 12, _kind, sort=False, rank=9),
        Column("updated_at", "changed", 9, lambda r: (cells.at(r.person.updated_at), _DIM), right=True, rank=7),
        Column("created_at", "since", 9, lambda r: (cells.at(r.person.created_at), _DIM), right=True, rank=9),
    )
