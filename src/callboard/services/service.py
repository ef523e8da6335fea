"""THE transaction boundary.

A face hands ``Desk`` a verb; it runs with its consequences in one transaction, and only after the commit is anything answered
or announced.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

from callboard.domain.events import Actor, Announcement
from callboard.services import reactions
from callboard.settings import Settings
from callboard.storage import secrets, trail
from callboard.storage.engine import backend_for
from callboard.storage.feed import Feed
from callboard.storage.store import READERS, Store
from callboard.storage.unit_of_work import Work

P = ParamSpec("P")
T = TypeVar("T")
Clock = Callable[[], int]
Listener = Callable[[Announcement], None]
SYSTEM = Actor(kind="clock", name="callboard")
ADDRESS_SECONDS = 1.0  # a hundred bookings a second ask once where the server listens
__all__ = [
    "SYSTEM",
    "Clock",
    "Desk",
    "Listener",
    "Session",
    "Work",
    "system_clock",
    "why_alone",
]  # faces take Work from here, not from storage


def system_clock() -> int:
    """UTC seconds now."""
    return int(time.time())


def why_alone(settings: Settings) -> str:
    """Why one process alone should serve the database; empty where any number may."""
    return backend_for(settings.resolved_database_url).why_alone


class Desk:
    """The open house: database, clock, settings, and everyone who listens for changes."""

    def __init__(
        self, settings: Settings, store: Store | None = None, clock: Clock = system_clock, readers: int = READERS
    ) -> None:
        self.settings = settings
        self.served_at = ""  # where this process serves, when it does and no setting says what links begin with
        self._address = ("", -ADDRESS_SECONDS)  # where another process serves, and when the database said so
        self.clock = clock
        self.store = store or Store(settings.resolved_database_url, readers)
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()
        self._own: deque[str] = deque(maxlen=4096)  # ids of events this process committed; the feed skips them
        self._feed = Feed(self.store, self._heard)

    # --- verbs and queries ------------------------------------------------------------------------------------------
    def acting(self, actor: Actor) -> Session:
        """The desk as one actor uses it."""
        return Session(self, actor)

    def submit(self, actor: Actor, verb: Callable[[Work], T]) -> Future[T]:
        """Run a verb with its reactions in one transaction; the future is done after commit and announcement."""
        announcements: list[Announcement] = []

        def transact(connection: Any) -> T:
            work = self._work(connection, actor)
            value = verb(work)
            reactions.react(work)
            trail.write(work, work.events)
            trail.write_audit(work)
            self._own.extend(e.id for e in work.events)
            announcements[:] = work.announcements()
            return value

        future = self.store.write(transact)
        future.add_done_callback(lambda done: None if done.cancelled() or done.exception() else self._announce(announcements))
        return future

    def ask(self, actor: Actor, query: Callable[[Work], T]) -> Future[T]:
        """Run a query in a reader's transaction."""
        return self.store.read(lambda connection: query(self._work(connection, actor)))

    def changes(self) -> int | None:
        """A number that is another one after any commit by anyone; None on a database without one. Never waits."""
        return self.store.backend.changes()

    @property
    def public_url(self) -> str:
        """What customers' links begin with."""
        return self.settings.public_url.rstrip("/") or self.served_at or self.ask(SYSTEM, lambda work: work.public_url).result()

    def _base(self, work: Work) -> str:
        # A command or console beside a server must not guess its port: a link once sent cannot be taken back.
        said = self.settings.public_url.rstrip("/") or self.served_at
        if said:
            return said
        address, asked = self._address
        if time.monotonic() - asked >= ADDRESS_SECONDS:
            address = secrets.address(work) or self.settings.resolved_public_url
            self._address = (address, time.monotonic())
        return address

    def serving(self, url: str) -> Future[None]:
        """Note where this process listens, for the links of every process on the database."""
        self.served_at = url
        return self.submit(SYSTEM, lambda work: secrets.keep_address(work, url))

    @property
    def life(self) -> str:
        """What other processes know this one by, and know it dead by; empty when they cannot."""
        return self.store.backend.life

    def _work(self, connection: Any, actor: Actor) -> Work:
        return Work(connection, self.store.backend, self.clock(), actor, self._base)

    # --- announcements ----------------------------------------------------------------------------------------------
    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` (from any thread) after every commit, here or in another process. Returns how to stop."""
        with self._lock:
            self._listeners.append(listener)
            self._feed.start()

        def stop() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return stop

    def _heard(self, announcement: Announcement, event_ids: frozenset[str]) -> bool:
        """The feed saw a change; what this process did itself it has already said. Whether it was news."""
        if event_ids and event_ids <= set(self._own):
            return False
        self._say(announcement)
        return True

    def _announce(self, announcements: list[Announcement]) -> None:
        for announcement in announcements:
            self._say(announcement)
            self.store.backend.tell(announcement)

    def _say(self, announcement: Announcement) -> None:
        for listener in tuple(self._listeners):
            listener(announcement)

    def close(self) -> None:
        """Finish what is in flight and let go of the database."""
        self._feed.stop()
        self.store.close()


@dataclass(frozen=True, slots=True)
class Session:
    """A desk with an actor: ``await session.run(bookings.book, wish)`` changes, ``await session.read(…)`` asks.

    ``do`` and ``get`` are the same, waiting in the calling thread (command line, tests); ``submit`` and ``ask`` return futures.
    """

    desk: Desk
    actor: Actor

    def submit(self, verb: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start a verb; a future."""
        return self.desk.submit(self.actor, lambda work: verb(work, *args, **kwargs))

    def ask(self, query: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start a query; a future."""
        return self.desk.ask(self.actor, lambda work: query(work, *args, **kwargs))

    async def run(self, verb: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do a verb without blocking the event loop. Cancelling the awaiting task does not undo the verb."""
        return await asyncio.shield(asyncio.wrap_future(self.submit(verb, *args, **kwargs)))

    async def read(self, query: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask without blocking the event loop."""
        return await asyncio.wrap_future(self.ask(query, *args, **kwargs))

    def do(self, verb: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do a verb and wait."""
        return self.submit(verb, *args, **kwargs).result()

    def get(self, query: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask and wait."""
        return self.ask(query, *args, **kwargs).result()
