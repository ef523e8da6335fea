"""EVERY difference between SQLite and PostgreSQL, so that no other file asks which one it is.

SQLite: one connection writes, ``BEGIN IMMEDIATE`` (the driver's own BEGIN comes too late: a check before it stands outside the
transaction), WAL, synchronous FULL; overlap triggers hold the booking guarantee. PostgreSQL: READ COMMITTED with agent rows
locked in id order (under REPEATABLE READ the snapshot is older than the lock), EXCLUDE holds the guarantee.
"""

from __future__ import annotations

import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Select, bindparam, create_engine, event, insert, make_url, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import QueuePool

from callboard.domain.errors import SlotTaken, Unavailable
from callboard.storage.plans import Plans
from callboard.storage.plans import run as run_planned
from callboard.storage.tables import agents, claims

KEPT = 4096
WAL_ATTEMPTS = 250
_OVERLAP = """
  SELECT RAISE(ABORT, 'claim overlaps')
  WHERE EXISTS (SELECT 1 FROM claims
    WHERE organization_id = NEW.organization_id AND agent_id = NEW.agent_id
      AND lo < NEW.hi AND lo > NEW.lo - 86400 AND hi > NEW.lo
      AND NOT (booking_id = NEW.booking_id AND agent_id = NEW.agent_id));"""
# The 24 h cap on a claim bounds the probe: nothing that began earlier can still reach in.
SQLITE_GUARD = {
    "claims_no_overlap_insert": f"CREATE TRIGGER claims_no_overlap_insert BEFORE INSERT ON claims BEGIN {_OVERLAP} END",
    "claims_no_overlap_update": f"CREATE TRIGGER claims_no_overlap_update BEFORE UPDATE ON claims BEGIN {_OVERLAP} END",
}
POSTGRES_GUARD = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    """ALTER TABLE claims ADD CONSTRAINT claims_no_overlap EXCLUDE USING gist
       (organization_id WITH =, agent_id WITH =, int8range(lo, hi) WITH &&)""",
)

_LOCK_AGENTS = (
    select(agents.c.id).where(agents.c.id.in_(bindparam("ids", expanding=True))).order_by(agents.c.id).with_for_update()
)
_LOCK_KEY = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
_CLAIM = insert(claims)
_CLAIM_PG = pg_insert(claims).on_conflict_do_nothing().returning(claims.c.agent_id)


class Backend(ABC):
    """What the rest of storage needs of a database, spelled once a database."""

    name: str
    single_writer: bool

    def __init__(self, url: str) -> None:
        self.url = url
        self.plans: Plans | None = None  # statements made ready, where that pays
        # Nouns read on every booking, kept with their rev: a transaction asks for the rev alone and parses only what changed.
        self.kept: dict[str, Any] = {}

    def changes(self) -> int | None:
        """A number that is another one after any commit by anyone, in any process; None where there is no such number.

        Cheap enough to be asked on every request, in the event loop: it never waits.
        """
        return None

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """Let go of what the backend itself holds open."""

    def keep(self, id_: str, noun: Any) -> None:
        """Remember a noun that carries its rev; forget all when there are too many."""
        if len(self.kept) >= KEPT:
            self.kept.clear()
        self.kept[id_] = noun

    @abstractmethod
    def reader(self) -> Engine:
        """An engine for reading; pooled."""

    @abstractmethod
    def writer(self) -> Engine:
        """An engine whose transactions may write."""

    @abstractmethod
    def lock_agents(self, connection: Connection, agent_ids: Sequence[str]) -> None:
        """Let no other transaction book these agents until this one ends."""

    @abstractmethod
    def lock_key(self, connection: Connection, key: str) -> None:
        """Let no other transaction that names this key run beside this one."""

    @abstractmethod
    def claim(self, connection: Connection, row: dict[str, Any]) -> None:
        """Insert a claim, or raise SlotTaken."""

    @abstractmethod
    def skip_locked(self, statement: Select[Any]) -> Select[Any]:
        """The statement so that concurrent claimers of work pass each other by."""

    @abstractmethod
    def install_guard(self, connection: Connection) -> None:
        """Create what refuses an overlapping claim; part of the first migration."""

    @abstractmethod
    def assert_guard(self, connection: Connection) -> None:
        """Raise Unavailable unless the database itself refuses overlapping claims."""

    @abstractmethod
    def transient(self, error: DBAPIError) -> bool:
        """Whether trying the same transaction again can succeed."""

    def translate(self, error: DBAPIError) -> Exception:
        """A driver's error as a domain error where it has one."""
        return SlotTaken() if "claims_no_overlap" in str(error) or "claim overlaps" in str(error) else error


def _enter_wal(driver: Any) -> None:
    """Write-ahead logging; the switch of a new file wants it alone and does not wait, so two first starts at once must."""
    for attempt in range(WAL_ATTEMPTS):
        try:
            driver.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if attempt == WAL_ATTEMPTS - 1:
                raise
            time.sleep(0.02)
        else:
            return


class Sqlite(Backend):
    """The embedded default: a file, one writer."""

    name = "sqlite"
    single_writer = True

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._file = make_url(url).database or ""
        self._counter: sqlite3.Connection | None = None

    def changes(self) -> int | None:
        # A connection of its own that never writes: the counter tells of every commit but its own connection's.
        if self._file in {"", ":memory:"}:
            return None  # another connection would see another database
        try:
            if self._counter is None:
                self._counter = sqlite3.connect(self._file, timeout=0, isolation_level=None, check_same_thread=False)
            return int(self._counter.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:  # a closing store, a file that is being recovered: whoever asks must do without
            return None

    def close(self) -> None:
        if self._counter is not None:
            self._counter.close()

    def _engine(self, begin: str, **options: Any) -> Engine:
        engine = create_engine(self.url, poolclass=QueuePool, connect_args={"check_same_thread": False, "timeout": 15}, **options)

        self.plans = self.plans or Plans(engine.dialect)

        @event.listens_for(engine, "connect")
        def connect(driver: Any, _record: Any) -> None:
            driver.isolation_level = None  # the driver must not begin by itself; the hook below does
            _enter_wal(driver)
            driver.execute("PRAGMA synchronous=FULL")
            driver.execute("PRAGMA foreign_keys=ON")
            driver.execute("PRAGMA cache_size=-32000")
            driver.execute("PRAGMA temp_store=MEMORY")
            driver.execute("PRAGMA mmap_size=268435456")

        @event.listens_for(engine, "begin")
        def on_begin(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        return engine

    def reader(self) -> Engine:
        return self._engine("BEGIN", pool_size=8, max_overflow=8)

    def writer(self) -> Engine:
        return self._engine("BEGIN IMMEDIATE", pool_size=1, max_overflow=0)

    def lock_agents(self, connection: Connection, agent_ids: Sequence[str]) -> None:
        """Nothing to do: the writer is alone."""

    def lock_key(self, connection: Connection, key: str) -> None:
        """Nothing to do: the writer is alone."""

    def claim(self, connection: Connection, row: dict[str, Any]) -> None:
        try:
            if self.plans is not None:
                run_planned(self.plans, connection, _CLAIM, row)
            else:
                connection.execute(_CLAIM, row)
        except IntegrityError as error:
            raise self.translate(error) from error

    def skip_locked(self, statement: Select[Any]) -> Select[Any]:
        return statement

    def install_guard(self, connection: Connection) -> None:
        for statement in SQLITE_GUARD.values():
            connection.exec_driver_sql(statement)

    def assert_guard(self, connection: Connection) -> None:
        found = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='trigger'").scalars())
        missing = set(SQLITE_GUARD) - found
        if missing:
            raise Unavailable(f"the database lacks its double-booking guard: {', '.join(sorted(missing))}")

    def transient(self, error: DBAPIError) -> bool:
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class Postgres(Backend):
    """For more than one machine; psycopg 3, the optional extra."""

    name = "postgresql"
    single_writer = False
    _TRANSIENT = frozenset({"40P01", "40001", "55P03"})

    def __init__(self, url: str) -> None:
        super().__init__(url.replace("postgres://", "postgresql://", 1).replace("postgresql://", "postgresql+psycopg://", 1))
        self._shared: Engine | None = None

    def reader(self) -> Engine:
        if self._shared is None:
            self._shared = create_engine(
                self.url, pool_size=12, max_overflow=8, pool_pre_ping=False, isolation_level="READ COMMITTED"
            )
        return self._shared

    def writer(self) -> Engine:
        return self.reader()

    def lock_agents(self, connection: Connection, agent_ids: Sequence[str]) -> None:
        connection.execute(_LOCK_AGENTS, {"ids": sorted(agent_ids)})

    def lock_key(self, connection: Connection, key: str) -> None:
        connection.execute(_LOCK_KEY, {"key": key})

    def claim(self, connection: Connection, row: dict[str, Any]) -> None:
        # DO NOTHING instead of an error: the transaction stays usable, and no one waits on a hot slot into a deadlock.
        if connection.execute(_CLAIM_PG, row).first() is None:
            raise SlotTaken

    def skip_locked(self, statement: Select[Any]) -> Select[Any]:
        return statement.with_for_update(skip_locked=True)

    def install_guard(self, connection: Connection) -> None:
        for statement in POSTGRES_GUARD:
            connection.exec_driver_sql(statement)

    def assert_guard(self, connection: Connection) -> None:
        found = connection.exec_driver_sql(
            "SELECT 1 FROM pg_constraint WHERE conname = 'claims_no_overlap' AND contype = 'x' AND convalidated"
        ).first()
        if found is None:
            raise Unavailable("the database lacks its double-booking guard: claims_no_overlap")

    def transient(self, error: DBAPIError) -> bool:
        return getattr(error.orig, "sqlstate", None) in self._TRANSIENT


def backend_for(url: str) -> Backend:
    """The backend an SQLAlchemy URL names; Unavailable for any other database."""
    if url.startswith("sqlite:"):
        return Sqlite(url)
    if url.startswith(("postgresql", "postgres:")):
        return Postgres(url)
    raise Unavailable("the database URL must begin with sqlite: or postgresql:")
