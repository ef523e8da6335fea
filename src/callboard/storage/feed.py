"""How a process hears of another's changes: it asks its backend for news in a thread, and the events for what the news means."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from callboard.domain.events import Actor, Announcement, Event
from callboard.storage import trail
from callboard.storage.backend import SOMETHING
from callboard.storage.unit_of_work import Work

if TYPE_CHECKING:
    from callboard.storage.store import Store

Heard = Callable[[Announcement, frozenset[str]], bool]  # whether it was news
EVENTLESS_SECONDS = 0.5


class Feed:
    """Calls ``heard(announcement, event ids)`` from its own thread when the database changes."""

    def __init__(self, store: Store, heard: Heard) -> None:
        self._store = store
        self._heard = heard
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._last = 0  # number of the newest event told of

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

    def _watch(self, ready: threading.Event) -> None:
        unsure, said_at = False, 0.0
        with contextlib.closing(self._store.backend.news(self._stop)) as news:
            for found in news:
                if not ready.is_set():
                    self._last = self._store.read(lambda c: trail.last_seq(self._work(c))).result()
                    ready.set()
                if found is None:
                    with contextlib.suppress(Exception):  # a closing store; the next look tells
                        unsure = not self._catch_up() or unsure
                for announcement in found or ():
                    self._heard(announcement, frozenset())
                # Somebody may have changed what has no event (a delivery's attempt, a key's last use): say so, not too often.
                if unsure and time.monotonic() - said_at >= EVENTLESS_SECONDS:
                    unsure, said_at = False, time.monotonic()
                    self._heard(SOMETHING, frozenset())

    def _work(self, connection: object) -> Work:
        return Work(connection, self._store.backend, 0, Actor())  # type: ignore[arg-type]

    def _catch_up(self) -> bool:
        """Tell of the events since the last look; whether any of them was another process's."""
        found, self._last = self._store.read(lambda c: trail.since(self._work(c), self._last)).result()
        by_org: dict[str, list[Event]] = {}
        for event in found:
            by_org.setdefault(event.organization_id, []).append(event)
        foreign = False
        for org, happened in by_org.items():
            announcement = Announcement(org, frozenset(e.noun for e in happened), frozenset(e.type for e in happened))
            foreign = self._heard(announcement, frozenset(e.id for e in happened)) or foreign
        return foreign
