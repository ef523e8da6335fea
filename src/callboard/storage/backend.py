"""What storage needs of a database, whichever it is; ``storage.engine`` says how each of the two does it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from threading import Event
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, Executable, Select
from sqlalchemy.exc import DBAPIError

from callboard.domain.errors import SlotTaken
from callboard.domain.events import Announcement
from callboard.storage.plans import Plan, Plans, Rows

T = TypeVar("T")
KEPT = 4096
News = tuple[Announcement, ...] | None
SOMETHING = Announcement("", frozenset({"storage"}))  # has changed, and nobody knows what


class Writing(Protocol):
    """How changes come to the database: one future a verb, done after the commit that holds it."""

    def submit(self, verb: Callable[[Connection], T]) -> Future[T]:
        """Run a verb in a durable transaction."""

    def close(self) -> None:
        """Finish what is queued."""


class Backend(ABC):
    """A database, as the rest of storage sees it."""

    name: str
    why_alone = ""  # why one process alone should serve it; empty: any number may
    life = ""  # what others know this process by while it listens for news; empty: they cannot tell whether it lives
    guard: Sequence[str]  # DDL that makes the database itself refuse an overlapping claim
    plans: Plans

    def __init__(self, url: str) -> None:
        self.url = url
        # Nouns read on every booking, kept with their rev: a transaction asks for the rev alone and parses only what changed.
        self.kept: dict[str, Any] = {}

    def keep(self, id_: str, noun: Any) -> None:
        """Remember a noun that carries its rev; forget all when there are too many."""
        if len(self.kept) >= KEPT:
            self.kept.clear()
        self.kept[id_] = noun

    # --- connections and statements ---------------------------------------------------------------------------------
    @abstractmethod
    def reader(self) -> Engine:
        """An engine for reading; pooled."""

    def writer(self) -> Engine:
        """An engine whose transactions may write."""
        return self.reader()

    @abstractmethod
    def writing(self, writer: Engine) -> Writing:
        """How verbs take turns on that engine."""

    def run(self, connection: Connection, statement: Executable, parameters: Any = None) -> Any:
        """Run a statement by its plan, or the ordinary way; Rows or SQLAlchemy's own result."""
        ready = self.plans.ready(statement, parameters)
        if ready is None:
            return connection.execute(statement, parameters)
        return self.carry_out(connection, *ready, many=isinstance(parameters, list))

    @abstractmethod
    def carry_out(self, connection: Connection, plan: Plan, values: list[Any], *, many: bool) -> Rows:
        """Run a planned statement with its values; ``many``: once for each list of them."""

    def lock_agents(self, connection: Connection, agent_ids: Sequence[str]) -> None:  # noqa: B027 - nothing for a lone writer
        """Let no other transaction book these agents until this one ends."""

    def lock_key(self, connection: Connection, key: str) -> None:  # noqa: B027 - as above
        """Let no other transaction that names this key run beside this one."""

    @abstractmethod
    def claim(self, connection: Connection, row: dict[str, Any]) -> None:
        """Insert a claim, or raise SlotTaken."""

    def skip_locked(self, statement: Select[Any]) -> Select[Any]:
        """The statement so that concurrent claimers of work pass each other by."""
        return statement

    # --- the guarantee ----------------------------------------------------------------------------------------------
    def install_guard(self, connection: Connection) -> None:
        """Create what refuses an overlapping claim; part of the first migration."""
        for statement in self.guard:
            connection.exec_driver_sql(statement)

    @abstractmethod
    def assert_guard(self, connection: Connection) -> None:
        """Raise Unavailable unless the database itself refuses overlapping claims."""

    @abstractmethod
    def transient(self, error: DBAPIError) -> bool:
        """Whether trying the same transaction again can succeed."""

    def translate(self, error: DBAPIError) -> Exception:
        """A driver's error as a domain error where it has one."""
        return SlotTaken() if "claims_no_overlap" in str(error) or "claim overlaps" in str(error) else error

    # --- other processes --------------------------------------------------------------------------------------------
    @abstractmethod
    def news(self, stop: Event) -> Generator[News]:
        """What is committed, told at least twice a second until ``stop``: at once when something is.

        The first piece says that it listens. None: somebody committed, the events tell what; (): nothing to tell.
        """

    def tell(self, announcement: Announcement) -> None:  # noqa: B027 - where others see a commit by themselves, nothing
        """Say to other processes what this one committed."""

    def dead(self, _connection: Connection, _lives: Sequence[str]) -> list[str]:
        """Which of these processes are proved to live no more."""
        return []

    def changes(self) -> int | None:
        """A number that is another one after any commit by anyone, in any process; None where there is no such number.

        Cheap enough to be asked on every request, in the event loop: it never waits.
        """
        return None

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """Let go of what the backend itself holds open."""
