"""How a process hears of another's changes: SQLite by ``PRAGMA data_version`` and the events since, PostgreSQL by LISTEN.

PostgreSQL's NOTIFY is sent after the commit on a connection of its own and gathered for a moment: inside the transaction it
would take a lock that serialises every commit.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from callboard.domain.events import Actor, Announcement
from callboard.storage import trail
from callboard.storage.unit_of_work import Work

if TYPE_CHECKING:
    from callboard.storage.store import Store

Heard = Callable[[Announcement, frozenset[str]], bool]  # whether it was news
POLL_SECONDS = 0.2
EVENTLESS_SECONDS = 0.5
GATHER_SECONDS = 0.02
CHANNEL = "callboard"


class Feed(ABC):
    """Calls ``heard(announcement, event ids)`` from its own thread when the database changes."""

    def __init__(self, store: Store, heard: Heard) -> None:
        self._store = store
        self._heard = heard
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to listen."""
        if self._thread is None:
            ready = threading.Event()
            self._thread = threading.Thread(target=self._watch, args=(ready,), name="callboard-feed", daemon=True)
            self._thread.start()
            ready.wait(5)

    def stop(self) -> None:
        """Stop listening."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def tell(self, announcement: Announcement) -> None:  # noqa: B027 - SQLite needs no telling
        """Say to other processes what this one committed; nothing where they see it by themselves."""

    @abstractmethod
    def _watch(self, ready: threading.Event) -> None: ...


class SqliteFeed(Feed):
    """Polls a counter that any other connection's commit moves (4 µs a look), then reads the events since the last one."""

    def _watch(self, ready: threading.Event) -> None:
        engine = self._store.backend.reader()  # its own: the counter tells of commits by any other connection
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            seen = driver.execute("PRAGMA data_version").fetchone()[0]
            last = self._store.read(lambda c: trail.last_seq(Work(c, self._store.backend, 0, Actor()))).result()
            ready.set()
            unsure, said_at = False, 0.0
            while not self._stop.wait(POLL_SECONDS):
                version = driver.execute("PRAGMA data_version").fetchone()[0]
                if version != seen:
                    seen = version
                    with contextlib.suppress(Exception):  # a closing store; the next look tells
                        last, foreign = self._catch_up(last)
                        unsure = unsure or not foreign
                # Somebody may have changed what has no event (a delivery's attempt, a key's last use): say so, not too often.
                if unsure and time.monotonic() - said_at >= EVENTLESS_SECONDS:
                    unsure, said_at = False, time.monotonic()
                    self._heard(Announcement("", frozenset({"storage"})), frozenset())
        engine.dispose()

    def _catch_up(self, last: int) -> tuple[int, bool]:
        """Tell of the events since ``last``; the new last, and whether any of them was another process's."""
        found, last = self._store.read(lambda c: trail.since(Work(c, self._store.backend, 0, Actor()), last)).result()
        by_org: dict[str, list[Any]] = {}
        for event in found:
            by_org.setdefault(event.organization_id, []).append(event)
        foreign = False
        for org, happened in by_org.items():
            announcement = Announcement(org, frozenset(e.noun for e in happened), frozenset(e.type for e in happened))
            foreign = self._heard(announcement, frozenset(e.id for e in happened)) or foreign
        return last, foreign


class PostgresFeed(Feed):
    """LISTEN on one connection; a second one, with a little patience, notifies."""

    def __init__(self, store: Store, heard: Heard) -> None:
        super().__init__(store, heard)
        self._me = f"{os.getpid()}-{id(self):x}"
        self._waiting: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._sender = threading.Thread(target=self._send, name="callboard-notify", daemon=True)
        self._sender.start()

    def tell(self, announcement: Announcement) -> None:
        with self._lock:
            self._waiting |= {(announcement.organization_id, noun) for noun in announcement.nouns}
        self._wake.set()

    def stop(self) -> None:
        self._wake.set()
        super().stop()
        self._sender.join(timeout=5)

    def _connect(self) -> Any:
        import psycopg

        url = self._store.backend.url.replace("postgresql+psycopg://", "postgresql://", 1)
        return psycopg.connect(url, autocommit=True)

    def _send(self) -> None:
        connection: Any = None
        while not self._stop.is_set():
            self._wake.wait()
            time.sleep(GATHER_SECONDS)
            self._wake.clear()
            with self._lock:
                told, self._waiting = self._waiting, set()
            by_org: dict[str, list[str]] = {}
            for org, noun in told:
                by_org.setdefault(org, []).append(noun)
            try:
                connection = connection or self._connect()
                for org, nouns in by_org.items():
                    connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, json.dumps([self._me, org, sorted(nouns)])))
            except Exception:  # noqa: BLE001 - a lost server; the listeners' own poll covers the gap
                connection = None
        if connection is not None:
            connection.close()

    def _watch(self, ready: threading.Event) -> None:
        while not self._stop.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    if ready.is_set():
                        self._heard(Announcement("", frozenset({"storage"})), frozenset())  # heard nothing for a while: ask all
                    ready.set()
                    while not self._stop.is_set():
                        for note in connection.notifies(timeout=0.5, stop_after=1):
                            who, org, nouns = json.loads(note.payload)
                            if who != self._me:
                                self._heard(Announcement(org, frozenset(nouns)), frozenset())
            except Exception:  # noqa: BLE001 - the server went away: try again until told to stop
                self._stop.wait(1)


def feed_for(store: Store, heard: Heard) -> Feed:
    """The feed of the store's database."""
    return SqliteFeed(store, heard) if store.backend.single_writer else PostgresFeed(store, heard)
