"""What the database's threads finish, brought home to the event loop: one wake-up for all that a commit finished.

``asyncio.wrap_future`` wakes the loop once for each, and a group of sixty-four verbs is done at one commit: each wake-up is a
system call that hands the interpreter from the writer to the loop and back before the next.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


class Landing:
    """For one event loop. Cancelling what :meth:`home` gives does not undo what was begun."""

    def __init__(self) -> None:
        self._landed: deque[tuple[asyncio.Future[Any], Future[Any]]] = deque()
        self._called = False  # the loop has been told and has not come yet

    def home(self, future: Future[T]) -> asyncio.Future[T]:
        """The same outcome, to be awaited here."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[T] = loop.create_future()
        future.add_done_callback(partial(self._land, loop, waiting))
        return waiting

    def _land(self, loop: asyncio.AbstractEventLoop, waiting: asyncio.Future[Any], future: Future[Any]) -> None:
        """In the thread that finished it."""
        self._landed.append((waiting, future))
        if not self._called:
            self._called = True
            with suppress(RuntimeError):  # the loop is gone, and with it whoever waited
                loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        """In the loop."""
        self._called = False  # before the look: what lands from here on calls again
        while self._landed:
            waiting, future = self._landed.popleft()
            if waiting.done():  # cancelled: nobody waits any more
                continue
            if future.cancelled():
                waiting.cancel()
            elif (error := future.exception()) is not None:
                waiting.set_exception(error)
            else:
                waiting.set_result(future.result())
