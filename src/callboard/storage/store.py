"""The open database: reads in threads, writes as its backend has them take turns, one future a verb."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from callboard.domain.errors import Unavailable
from callboard.storage import migrate
from callboard.storage.backend import Backend
from callboard.storage.engine import backend_for

T = TypeVar("T")
READERS = 8  # threads, each with a connection of its own


class Store:
    """Opens (and migrates) a database. ``write`` and ``read`` take a function of a connection and return a future."""

    def __init__(self, url: str, readers: int = READERS) -> None:
        self.backend: Backend = backend_for(url)
        self._writer = self.backend.writer()
        migrate.ensure(self._writer, self.backend)
        self._reader = self.backend.reader()
        with self._reader.connect() as connection:
            self.backend.assert_guard(connection)
        self._readers = ThreadPoolExecutor(readers, "callboard-read")
        self._writing = self.backend.writing(self._writer)
        self._closed = False

    def read(self, query: Callable[[Connection], T]) -> Future[T]:
        """Run a query in a reader thread."""
        return self._readers.submit(self._read, query)

    def _read(self, query: Callable[[Connection], T]) -> T:
        try:
            with self._reader.connect() as connection, connection.begin():
                return query(connection)
        except (DBAPIError, PoolTimeout) as error:
            raise Unavailable("the database did not answer") from error

    def write(self, verb: Callable[[Connection], T]) -> Future[T]:
        """Run a verb in a durable transaction; the future is done after the commit."""
        if self._closed:
            raise Unavailable("callboard is shutting down")
        return self._writing.submit(verb)

    def close(self) -> None:
        """Finish what is queued, then let go of every connection."""
        self._closed = True
        self._writing.close()
        self._readers.shutdown()
        self.backend.close()
        self._reader.dispose()
        self._writer.dispose()
