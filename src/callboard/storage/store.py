"""The open database: reads in threads, writes grouped (SQLite) or pooled (PostgreSQL), one future a verb.

Why groups: a durable commit costs the same for one booking or sixty-four. Each waiting verb runs in a savepoint of its own, so a
refused one undoes itself alone; the answer is given only after the commit that holds it.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from callboard.domain.errors import CallboardError, Unavailable
from callboard.storage import migrate
from callboard.storage.engine import Backend, backend_for

T = TypeVar("T")
GROUP = 64
ATTEMPTS = 6


@dataclass(slots=True)
class _Job:
    verb: Callable[[Connection], Any]
    future: Future[Any]


class Store:
    """Opens (and migrates) a database. ``write`` and ``read`` take a function of a connection and return a future."""

    def __init__(self, url: str) -> None:
        self.backend: Backend = backend_for(url)
        self._writer = self.backend.writer()
        migrate.ensure(self._writer, self.backend)
        self._reader = self.backend.reader()
        with self._reader.connect() as connection:
            self.backend.assert_guard(connection)
        self._readers = ThreadPoolExecutor(8, "callboard-read")
        self._writers: ThreadPoolExecutor | None = None
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        if self.backend.single_writer:
            self._thread = threading.Thread(target=self._write_groups, name="callboard-write", daemon=True)
            self._thread.start()
        else:
            self._writers = ThreadPoolExecutor(8, "callboard-write")
        self._closed = False

    # --- reading ----------------------------------------------------------------------------------------------------
    def read(self, query: Callable[[Connection], T]) -> Future[T]:
        """Run a query in a reader thread."""
        return self._readers.submit(self._read, query)

    def _read(self, query: Callable[[Connection], T]) -> T:
        try:
            with self._reader.connect() as connection, connection.begin():
                return query(connection)
        except (DBAPIError, PoolTimeout) as error:
            raise Unavailable("the database did not answer") from error

    # --- writing ----------------------------------------------------------------------------------------------------
    def write(self, verb: Callable[[Connection], T]) -> Future[T]:
        """Run a verb in a durable transaction; the future is done after the commit."""
        if self._closed:
            raise Unavailable("callboard is shutting down")
        if self._writers is not None:
            return self._writers.submit(self._write_one, verb)
        future: Future[T] = Future()
        self._jobs.put(_Job(verb, future))
        return future

    def _write_one(self, verb: Callable[[Connection], T]) -> T:
        """PostgreSQL: one transaction a verb, tried again a few times when the database asks for it."""
        for attempt in range(ATTEMPTS):
            try:
                with self._writer.begin() as connection:
                    return verb(connection)
            except DBAPIError as error:
                if not self.backend.transient(error) or attempt == ATTEMPTS - 1:
                    raise _plain(self.backend.translate(error)) from error
                time.sleep(random.uniform(0.005, 0.03) * 2**attempt)  # noqa: S311 - jitter, not a secret
        raise Unavailable("the database is busy")

    def _write_groups(self) -> None:
        """SQLite: the one writer thread."""
        while True:
            first = self._jobs.get()
            if first is None:
                return
            group = [first]
            stop = False
            while len(group) < GROUP:
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if job is None:
                    stop = True
                    break
                group.append(job)
            self._commit_group([j for j in group if j.future.set_running_or_notify_cancel()])
            if stop:
                return

    def _commit_group(self, group: list[_Job]) -> None:
        answers: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            with self._writer.begin() as connection:
                answers = [self._in_savepoint(connection, job) for job in group]
        except Exception as error:  # noqa: BLE001 - whatever broke the commit, every waiting caller must hear of it
            self.backend.kept.clear()  # a later verb of the group may have read what an earlier one wrote
            reason = Unavailable("the database could not keep the change")
            reason.__cause__ = error
            for job in group:
                job.future.set_exception(reason)
            return
        for future, value, failure in answers:
            if failure is None:
                future.set_result(value)
            else:
                future.set_exception(failure)

    def _in_savepoint(self, connection: Connection, job: _Job) -> tuple[Future[Any], Any, BaseException | None]:
        driver: Any = connection.connection.driver_connection
        driver.execute("SAVEPOINT verb")
        try:
            value = job.verb(connection)
        except Exception as error:
            if not driver.in_transaction:  # a full disk or an I/O error undid the whole group
                raise
            driver.execute("ROLLBACK TO verb")
            driver.execute("RELEASE verb")
            return job.future, None, _plain(self.backend.translate(error)) if isinstance(error, DBAPIError) else error
        driver.execute("RELEASE verb")
        return job.future, value, None

    def close(self) -> None:
        """Finish what is queued, then let go of every connection."""
        self._closed = True
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join(timeout=30)
        if self._writers is not None:
            self._writers.shutdown()
        self._readers.shutdown()
        self.backend.close()
        self._reader.dispose()
        self._writer.dispose()


def _plain(error: Exception) -> Exception:
    """A driver's error without its SQL and parameters (they may hold customers' data)."""
    if isinstance(error, CallboardError):
        return error
    plain = Unavailable("the database refused the change")
    plain.__cause__ = error
    return plain
