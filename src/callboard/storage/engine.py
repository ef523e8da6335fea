"""EVERY difference between SQLite and PostgreSQL, so that no other file asks which one it is.

SQLite: one connection writes, ``BEGIN IMMEDIATE`` (the driver's own BEGIN comes too late: a check before it stands outside the
transaction), WAL, synchronous FULL; overlap triggers hold the booking guarantee. PostgreSQL: READ COMMITTED with agent rows
locked in id order (under REPEATABLE READ the snapshot is older than the lock), EXCLUDE holds the guarantee. How the columns are
spelled stands beside them, in ``storage.tables``.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Select, bindparam, create_engine, event, func, insert, literal_column, make_url, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import QueuePool

from callboard.domain.errors import SlotTaken, Unavailable
from callboard.domain.events import Announcement
from callboard.storage import alive
from callboard.storage.backend import SOMETHING, Backend, News, Writing
from callboard.storage.herald import Herald
from callboard.storage.line import Line
from callboard.storage.plans import Plan, Plans, Rows, refusal
from callboard.storage.tables import agents, claims
from callboard.storage.writing import Alone, Grouped

WAL_ATTEMPTS = 250
POLL_SECONDS = 0.2
CHANNEL = "callboard"
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

_VERSION = "PRAGMA data_version"
_LOCK_AGENTS = (
    select(agents.c.id).where(agents.c.id.in_(bindparam("ids", expanding=True))).order_by(agents.c.id).with_for_update()
)
_HASH = func.hashtextextended(bindparam("key"), literal_column("0"))
_LOCK_KEY = select(func.pg_advisory_xact_lock(_HASH))
_TRY_KEY = select(func.pg_try_advisory_xact_lock(_HASH))
_LIVE = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"  # for as long as the session lasts
_CLAIM = insert(claims)
_CLAIM_PG = pg_insert(claims).on_conflict_do_nothing().returning(claims.c.agent_id)


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
    why_alone = "more than one needs PostgreSQL: a SQLite file has one writer"
    guard = tuple(SQLITE_GUARD.values())

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.plans = Plans(create_engine(url).dialect)
        self._file = make_url(url).database or ""
        self._counter: sqlite3.Connection | None = None
        if url.startswith("sqlite:///") and (folder := os.path.dirname(self._file)):  # noqa: PTH120 - the URL's own text
            os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103 - the owner's alone: customers' data, link secrets

    def _engine(self, begin: str, cache_kib: int, **options: Any) -> Engine:
        engine = create_engine(self.url, poolclass=QueuePool, connect_args={"check_same_thread": False, "timeout": 15}, **options)

        @event.listens_for(engine, "connect")
        def connect(driver: Any, _record: Any) -> None:
            driver.isolation_level = None  # the driver must not begin by itself; the hook below does
            _enter_wal(driver)
            for setting in ("synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "mmap_size=268435456"):
                driver.execute(f"PRAGMA {setting}")
            driver.execute(f"PRAGMA cache_size=-{cache_kib}")

        @event.listens_for(engine, "begin")
        def on_begin(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        return engine

    def reader(self) -> Engine:
        # Pages are read through the map: a large cache for each reader would only hold them twice, for good.
        return self._engine("BEGIN", 4000, pool_size=8, max_overflow=8, pool_use_lifo=True)

    def writer(self) -> Engine:
        return self._engine("BEGIN IMMEDIATE", 32000, pool_size=1, max_overflow=0)

    def writing(self, writer: Engine) -> Writing:
        return Grouped(self, writer)

    def carry_out(self, connection: Connection, plan: Plan, values: list[Any], *, many: bool) -> Rows:
        driver: Any = connection.connection.driver_connection
        try:
            cursor = driver.executemany(plan.sql, values) if many else driver.execute(plan.sql, values)
            data = cursor.fetchall() if plan.brings else ()
        except sqlite3.Error as error:
            raise refusal(plan.sql, error, sqlite3.Error) from error
        rows = Rows(plan.make)
        rows.fill(plan.come_out(data), cursor.rowcount)
        return rows

    def claim(self, connection: Connection, row: dict[str, Any]) -> None:
        try:
            self.run(connection, _CLAIM, row)
        except IntegrityError as error:
            raise self.translate(error) from error

    def assert_guard(self, connection: Connection) -> None:
        found = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='trigger'").scalars())
        missing = set(SQLITE_GUARD) - found
        if missing:
            raise Unavailable(f"the database lacks its double-booking guard: {', '.join(sorted(missing))}")

    def transient(self, error: DBAPIError) -> bool:
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}

    def _look(self, timeout: float) -> sqlite3.Connection:
        """A connection of its own that never writes: its ``data_version`` tells of every commit, in 4 µs."""
        return sqlite3.connect(self._file, timeout=timeout, isolation_level=None, check_same_thread=False)

    def news(self, stop: threading.Event) -> Generator[News]:
        with contextlib.closing(self._look(15)) as connection, alive.mark(self._file) as name:
            self.life = name
            try:
                seen = connection.execute(_VERSION).fetchone()
                yield ()
                while not stop.wait(POLL_SECONDS):
                    before, seen = seen, connection.execute(_VERSION).fetchone()
                    yield () if seen == before else None
            finally:
                self.life = ""

    def dead(self, _connection: Connection, lives: Sequence[str]) -> list[str]:
        return [life for life in lives if alive.dead(self._file, life)]

    def changes(self) -> int | None:
        if self._file in {"", ":memory:"}:
            return None  # another connection would see another database
        try:
            if self._counter is None:
                self._counter = self._look(0)
            return int(self._counter.execute(_VERSION).fetchone()[0])
        except sqlite3.Error:  # a closing store, a file that is being recovered: whoever asks must do without
            return None

    def close(self) -> None:
        if self._counter is not None:
            self._counter.close()


class Postgres(Backend):
    """For more than one machine; psycopg 3, the optional extra."""

    name = "postgresql"
    guard = POSTGRES_GUARD
    _TRANSIENT = frozenset({"40P01", "40001", "55P03"})

    def __init__(self, url: str) -> None:
        super().__init__(url.replace("postgres://", "postgresql://", 1).replace("postgresql://", "postgresql+psycopg://", 1))
        self.plans = Plans(create_engine(self.url, paramstyle="numeric_dollar").dialect)
        self._plain_url = self.url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._name = "life" + secrets.token_hex(4)
        self._shared: Engine | None = None
        self._passing: WeakKeyDictionary[Select[Any], Select[Any]] = WeakKeyDictionary()
        self._herald = Herald(self._notify)
        self._speaking: Any = None

    def reader(self) -> Engine:
        if self._shared is None:
            self._shared = self._engine()
        return self._shared

    def _engine(self) -> Engine:
        import psycopg

        options: dict[str, Any] = {"pool_size": 12, "max_overflow": 8, "isolation_level": "READ COMMITTED"}
        # The driver must not prepare anything by itself: after each ROLLBACK it would make the server forget ours too.
        engine = create_engine(self.url, connect_args={"prepare_threshold": None}, **options)
        event.listen(engine, "connect", lambda driver, record: record.info.update(line=Line(driver, psycopg)))
        event.listen(engine, "begin", lambda connection: connection.info["line"].forget())
        event.listen(engine, "before_cursor_execute", lambda connection, *_: connection.info["line"].settle())
        event.listen(engine, "commit", lambda connection: connection.info["line"].settle(commit=True))
        return engine

    def writing(self, writer: Engine) -> Writing:
        return Alone(self, writer, threads=8)

    def carry_out(self, connection: Connection, plan: Plan, values: list[Any], *, many: bool) -> Rows:
        line: Line = connection.info["line"]
        return line.add(plan, values if many else [values])

    def lock_agents(self, connection: Connection, agent_ids: Sequence[str]) -> None:
        self.run(connection, _LOCK_AGENTS, {"ids": sorted(agent_ids)})

    def lock_key(self, connection: Connection, key: str) -> None:
        self.run(connection, _LOCK_KEY, {"key": key})

    def claim(self, connection: Connection, row: dict[str, Any]) -> None:
        # DO NOTHING instead of an error: the transaction stays usable, and no one waits on a hot slot into a deadlock.
        if self.run(connection, _CLAIM_PG, row).first() is None:
            raise SlotTaken

    def skip_locked(self, statement: Select[Any]) -> Select[Any]:
        if statement not in self._passing:
            self._passing[statement] = statement.with_for_update(skip_locked=True)
        return self._passing[statement]  # the same one each time, so that it gets a plan

    def assert_guard(self, connection: Connection) -> None:
        found = connection.exec_driver_sql(
            "SELECT 1 FROM pg_constraint WHERE conname = 'claims_no_overlap' AND contype = 'x' AND convalidated"
        ).first()
        if found is None:
            raise Unavailable("the database lacks its double-booking guard: claims_no_overlap")

    def transient(self, error: DBAPIError) -> bool:
        return getattr(error.orig, "sqlstate", None) in self._TRANSIENT

    def tell(self, announcement: Announcement) -> None:
        self._herald.tell(announcement)

    def _notify(self, told: Mapping[str, list[str]]) -> None:
        # On a connection of its own: in the transaction it would take a lock that serialises every commit.
        import psycopg

        try:
            self._speaking = self._speaking or psycopg.connect(self._plain_url, autocommit=True)
            for organization, nouns in told.items():
                note = json.dumps([self._name, organization, nouns])
                self._speaking.execute("SELECT pg_notify(%s, %s)", (CHANNEL, note))
        except psycopg.Error:  # a lost server: who listens asks for all when it is back
            self._speaking = None

    def news(self, stop: threading.Event) -> Generator[News]:
        import psycopg

        missed: News = ()
        while not stop.is_set():
            with contextlib.suppress(psycopg.Error), psycopg.connect(self._plain_url, autocommit=True) as connection:
                connection.execute(f"LISTEN {CHANNEL}")
                connection.execute(_LIVE, (self._name,))
                self.life = self._name
                yield missed
                while not stop.is_set():
                    notes = [json.loads(n.payload) for n in connection.notifies(timeout=0.5, stop_after=1)]
                    yield tuple(Announcement(org, frozenset(nouns)) for who, org, nouns in notes if who != self._name)
            missed = (SOMETHING,)  # the server went away, who knows for how long: ask for all
            stop.wait(1)

    def dead(self, connection: Connection, lives: Sequence[str]) -> list[str]:
        return [life for life in lives if self.run(connection, _TRY_KEY, {"key": life}).scalar()]

    def close(self) -> None:
        self._herald.close()
        if self._speaking is not None:
            self._speaking.close()


def backend_for(url: str) -> Backend:
    """The backend an SQLAlchemy URL names; Unavailable for any other database."""
    if url.startswith("sqlite:"):
        return Sqlite(url)
    if url.startswith(("postgresql", "postgres:")):
        return Postgres(url)
    raise Unavailable("the database URL must begin with sqlite: or postgresql:")
