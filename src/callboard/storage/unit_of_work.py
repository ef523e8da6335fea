"""One transaction's hands: the connection, the time, who acts, and what has happened so far in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from callboard.domain import ids
from callboard.domain.events import Actor, Announcement, Event
from callboard.storage.plans import Rows

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult, Executable, Row

    from callboard.storage.backend import Backend


def _no(_work: Work) -> str:
    return ""


class Work:
    """Handed to every verb and query. ``now`` is one instant for the whole transaction (UTC seconds)."""

    __slots__ = ("_base", "actor", "audits", "backend", "connection", "events", "memo", "now", "reacted", "touched")

    def __init__(
        self, connection: Connection, backend: Backend, now: int, actor: Actor, base: Callable[[Work], str] = _no
    ) -> None:
        self.connection = connection
        self.backend = backend
        self.now = now
        self.actor = actor
        self._base = base
        self.events: list[Event] = []
        self.reacted = 0  # how many of them have had their consequences
        self.audits: list[dict[str, Any]] = []
        self.memo: dict[tuple[str, str], object] = {}  # nouns this transaction has in hand, by kind and id
        self.touched: set[tuple[str, str]] = set()  # (organization, noun) changed without an event

    @property
    def public_url(self) -> str:
        """What customers' links begin with: a message is written with its link in it."""
        return self._base(self)

    # --- statements -------------------------------------------------------------------------------------------------
    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run one statement; ``parameters`` a mapping or a list of them (empty lists run nothing twice: do not pass them)."""
        found: CursorResult[Any] = self.backend.run(self.connection, statement, parameters)
        return found

    def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """Every row."""
        return self.execute(statement, parameters).all()

    def tuples(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Iterator[tuple[Any, ...]]:
        """Rows to be taken apart at once, for the hot paths."""
        found: Any = self.execute(statement, parameters)
        return found.plain() if isinstance(found, Rows) else iter(found)

    def row(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Row[Any] | None:
        """The first row or None."""
        return self.execute(statement, parameters).first()

    # --- what happened ----------------------------------------------------------------------------------------------
    def new_id(self) -> str:
        """A fresh id of this instant."""
        return ids.new(self.now)

    def record(self, type_: str, organization_id: str, subject_id: str, rev: int = 1, **data: Any) -> Event:
        """Note an event; it becomes a row with this transaction, and what follows from it does too."""
        event = Event(
            type=type_,
            organization_id=organization_id,
            subject_id=subject_id,
            rev=rev,
            data=data,
            id=self.new_id(),
            at=self.now,
        )
        self.events.append(event)
        return event

    def audit(
        self,
        action: str,
        organization_id: str,
        subject_id: str,
        *,
        rev: int = 1,
        reason: str | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Note who did what, with the changed fields as they were and as they are (undo reads ``before``)."""
        self.audits.append(
            {
                "organization_id": organization_id,
                "actor": str(self.actor),
                "action": action,
                "subject_id": subject_id,
                "rev": rev,
                "reason": reason,
                "before": dict(before) if before is not None else None,
                "after": dict(after) if after is not None else None,
                "undone_at": None,
                "at": self.now,
            }
        )

    def touch(self, organization_id: str, noun: str) -> None:
        """Say that a noun without events (a delivery, a key) changed, so that screens showing it ask again."""
        self.touched.add((organization_id, noun))

    def announcements(self) -> list[Announcement]:
        """What to say after the commit, one announcement an organization."""
        nouns: dict[str, set[str]] = {}
        types: dict[str, set[str]] = {}
        for event in self.events:
            nouns.setdefault(event.organization_id, set()).add(event.noun)
            types.setdefault(event.organization_id, set()).add(event.type)
        for organization_id, noun in self.touched:
            nouns.setdefault(organization_id, set()).add(noun)
        return [Announcement(org, frozenset(found), frozenset(types.get(org, ()))) for org, found in nouns.items()]
