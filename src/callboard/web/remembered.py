"""Answers to questions, remembered as long as nothing has changed.

SQLite keeps a number that moves with every commit by anybody (``Desk.changes``). An answer made while that number and the
clock's second stood still is the answer as long as both stand, and so is its key's being live: it was confirmed in the same
transaction. So nothing here is ever stale, not by a second, and a revocation counts from the next request as before. On a
database without such a number nothing is remembered.

The same question asked again while its answer is being made waits for that one, but only if nothing was committed since the
first began: the answer is then at least as new as the later question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from callboard.services.service import Desk
from callboard.web.exchange import Ready

MOST_ANSWERS = 4096
MOST_BYTES = 16 * 1024 * 1024
LARGEST = 256 * 1024
Question = tuple[str, str, bytes]  # the key's id, the whole path, the query string
Moment = tuple[int, int]  # the number of changes, the clock's second
OK = 200


class Remembered:
    """The answers of one moment; all are forgotten when it is over."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._moment: Moment | None = None
        self._answers: dict[Question, Ready] = {}
        self._making: dict[Question, asyncio.Future[Ready | None]] = {}
        self._bytes = 0

    def _now(self) -> Moment | None:
        """The moment it is; what belongs to another one is forgotten."""
        changes = self._desk.changes()
        moment = None if changes is None else (changes, self._desk.clock())
        if moment != self._moment:
            self._moment = moment
            self._answers, self._making, self._bytes = {}, {}, 0  # who is making one still tells those who wait for it
        return moment

    def find(self, question: Question) -> Ready | None:
        """The answer, if it was made in this moment."""
        self._now()
        return self._answers.get(question)

    async def make(self, question: Question, make: Callable[[], Awaitable[Ready]]) -> Ready:
        """The answer of somebody who is making it now, or one made by ``make`` and kept for the rest of the moment.

        To be called right after :meth:`find`, without waiting in between. A refusal is nobody else's answer.
        """
        moment = self._moment
        if moment is None:
            return await make()
        other = self._making.get(question)
        if other is not None:
            found = await asyncio.shield(other)
            return found if found is not None else await make()
        mine = self._making[question] = asyncio.get_running_loop().create_future()
        ready: Ready | None = None
        try:
            ready = await make()
        finally:
            mine.set_result(ready)
            if self._now() == moment:
                self._making.pop(question, None)
                if ready is not None:
                    self._keep(question, ready)
        return ready

    def _keep(self, question: Question, ready: Ready) -> None:
        size = len(ready.body)
        if ready.status == OK and size <= LARGEST and len(self._answers) < MOST_ANSWERS and self._bytes + size <= MOST_BYTES:
            self._answers[question] = ready
            self._bytes += size
