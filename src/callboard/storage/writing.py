"""Two ways of writing: verbs grouped into one commit by one thread, or each in a transaction of its own in a few threads.

Why groups: a durable commit costs the same for one booking or sixty-four. Each waiting verb runs in a savepoint of its own, so a
refused one undoes itself alone; the answer is given only after the commit that holds it. Where many connections may write,
groups would hold each other's locks, in no order, for as long as the longest of them: there each verb commits alone.
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

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from callboard.domain.errors import CallboardError, Unavailable
from callboard.storage.backend import Backend

T = TypeVar("T")
GROUP = 64
ATTEMPTS = 6


def plain(error: Exception) -> Exception:
    """A driver's error without its SQL and parameters (they may hold customers' data)."""
    if isinstance(error, CallboardError):
        return error
    found = Unavailable("the database refused the change")
    found.__cause__ = error
    return found


class Alone:
    """A transaction a verb, in up to so many threads; tried again a few times when the database asks for it."""

    def __init__(self, backend: Backend, writer: Engine, threads: int) -> None:
        self._backend = backend
        self._writer = writer
        self._threads = ThreadPoolExecutor(threads, "callboard-write")

    def submit(self, verb: Callable[[Connection], T]) -> Future[T]:
        """Run a verb in a durable transaction."""
        return self._threads.submit(self._write, verb)

    def close(self) -> None:
        """Finish what is queued."""
        self._threads.shutdown()

    def _write(self, verb: Callable[[Connection], T]) -> T:
        for attempt in range(ATTEMPTS):
            try:
                with self._writer.begin() as connection:
                    return verb(connection)
            except DBAPIError as error:
                if not self._backend.transient(error) or attempt == ATTEMPTS - 1:
                    raise plain(self._backend.translate(error)) from error
                time.sleep(random.uniform(0.005, 0.03) * 2**attempt)  # noqa: S311 - jitter, not a secret
        raise Unavailable("the database is busy")


@dataclass(slots=True)
class _Job:
    verb: Callable[[Connection], Any]
    future: Future[Any]


class Grouped:
    """One thread writes; what waits goes into one commit."""

    def __init__(self, backend: Backend, writer: Engine) -> None:
        self._backend = backend
        self._writer = writer
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="callboard-write", daemon=True)
        self._thread.start()

    def submit(self, verb: Callable[[Connection], T]) -> Future[T]:
        """Run a verb in a durable transaction."""
        future: Future[T] = Future()
        self._jobs.put(_Job(verb, future))
        return future

    def close(self) -> None:
        """Finish what is queued."""
        self._jobs.put(None)
        self._thread.join(timeout=30)

    def _write(self) -> None:
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
            self._commit([j for j in group if j.future.set_running_or_notify_cancel()])
            if stop:
                return

    def _commit(self, group: list[_Job]) -> None:
        answers: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            with self._writer.begin() as connection:
                answers = [self._in_savepoint(connection, job) for job in group]
        except Exception as error:  # noqa: BLE001 - whatever broke the commit, every waiting caller must hear of it
            self._backend.kept.clear()  # a later verb of the group may have read what an earlier one wrote
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
            return job.future, None, plain(self._backend.translate(error)) if isinstance(error, DBAPIError) else error
        driver.execute("RELEASE verb")
        return job.future, value, None
