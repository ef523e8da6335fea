"""The console's line to the desk: opened in a thread after the first paint, heard from any thread, told to the app in its own.

Announcements that come faster than they are handled are gathered into one, so a hundred bookings a second cost the screen one
question at a time, never a queue of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from callboard.domain.events import Actor, Announcement

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp
    from callboard.services.service import Desk

LIVE, STALE, OFFLINE = "●", "◐", "○"


class DeskOpened(Message):
    """The database is open and the services are imported."""


class DeskFailed(Message):
    """The database could not be opened."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        super().__init__()


class Announced(Message):
    """Something was committed, here or elsewhere; :meth:`Live.take` says what."""


class Live:
    """Opens, listens, and knows whether what is shown is fresh."""

    def __init__(self, app: CallboardApp, open_desk: Callable[[], Desk]) -> None:
        self._app = app
        self._open_desk = open_desk
        self._lock = threading.Lock()
        self._nouns: dict[str, set[str]] = {}
        self._stop: Callable[[], None] | None = None
        self.desk: Desk | None = None
        self.dot = OFFLINE
        self.opening = True

    def open(self) -> None:
        """Import, open, subscribe (in a worker thread)."""
        self.opening = True
        try:
            desk = self._open_desk()
            self._stop = desk.subscribe(self._heard)
            self.desk = desk
        except BaseException as error:  # noqa: BLE001 - whatever it is, the frame is up and can say it
            self.opening = False
            self._app.post_message(DeskFailed(error))
        else:
            self.dot = LIVE
            self._app.post_message(DeskOpened())

    @property
    def is_reading(self) -> bool:
        """Whether what is not there yet is on its way, and not lost: the desk is being opened, or it answers."""
        return (self.opening and self.desk is None) or self.dot == LIVE

    def not_read(self) -> str:
        """What stands where data would."""
        again = self._app.keymap.shown("app.reload")
        return "reading …" if self.is_reading else f"the database did not answer: {again} asks again"

    def close(self) -> None:
        """Stop listening and close the desk."""
        if self._stop is not None:
            self._stop()
        if self.desk is not None:
            self.desk.close()

    def _heard(self, announcement: Announcement) -> None:
        with self._lock:
            first = not self._nouns
            self._nouns.setdefault(announcement.organization_id, set()).update(announcement.nouns)
        if first:
            self._app.post_message(Announced())

    def take(self, organization_id: str) -> frozenset[str]:
        """The nouns that changed in that organization (or somewhere unknown) since the last take."""
        with self._lock:
            heard, self._nouns = self._nouns, {}
        return frozenset(heard.get(organization_id, set()) | heard.get("", set()))

    def loaded(self) -> None:
        """A screen got its data."""
        self._show(LIVE)

    def failed(self, error: BaseException) -> None:
        """A screen did not get its data; the last it had stays, the dot says it is old."""
        self._show(STALE)
        self._app.trouble(error)

    def _show(self, dot: str) -> None:
        if dot != self.dot:
            self.dot = dot
            self._app.refresh_header()


def console_actor(name: str) -> Actor:
    """Who the console acts as."""
    return Actor(kind="console", name=name)
