"""The lines of the plan at work: a duty's hands, a sweep's broom.

Why outcomes and claims share a transaction: while there is a lot to do, each turn gives rows back and takes the next ones, one
commit for both, and the hands never stand idle for as long as a look at the database takes.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from callboard.domain.errors import Unavailable
from callboard.domain.leases import Lease
from callboard.scheduler.duty import Duty, NotBegun, Sweep
from callboard.services.service import Session

GATHER_SECONDS = 0.02  # announcements come in bursts: one look for all of them
LONGEST_SLEEP = 30.0  # so that a clock that was set is noticed
FULL_LANES_SLEEP = 1.0  # due rows that may not be taken yet: their lane is full, or another process holds them
BATCH = 64  # outcomes recorded, and rows claimed, in one transaction
MOMENT = 0.003  # seconds in which outcomes gather; with a quarter of the hands free nobody waits
RETRY_SLEEPS = (0.2, 1.0, 5.0)  # what could not be recorded is tried again while the lease holds, then done again
_log = logging.getLogger("callboard.scheduler")
_log.addHandler(logging.NullHandler())  # a console owns its terminal: nothing is said until a handler is set


def note(event: str, **facts: Any) -> None:
    """One line of the log; of an error only its class, since its words may quote a customer."""
    _log.warning(json.dumps({"event": event, "level": "warning", "logger": _log.name, **facts}))


def rest(failures: int) -> float:
    """Seconds to leave alone what has failed so often in a row."""
    return min(LONGEST_SLEEP, 0.25 * 2.0 ** min(failures, 7))


class Part(ABC):
    """One line of the plan at work. ``patience`` is how long due rows may wait that could not be taken just now."""

    name: str
    patience: float = FULL_LANES_SLEEP
    trouble: int = 0  # failures in a row
    ended: bool = False  # takes nothing new
    _rests_until: float = 0.0

    @property
    def rested(self) -> bool:
        """Whether it may be started: not for a while after it failed."""
        return not self.trouble or time.monotonic() >= self._rests_until

    def failed(self) -> None:
        """Rest, longer with every failure in a row."""
        self.trouble += 1
        self.patience = rest(self.trouble)
        self._rests_until = time.monotonic() + self.patience

    @abstractmethod
    def next_due(self, work: Any) -> int | None: ...

    @abstractmethod
    async def begin(self) -> bool:
        """Start what is due; whether there was anything."""

    async def finish(self) -> None:  # noqa: B027 - a sweep has nothing in flight
        """Wait until nothing is in flight."""

    async def close(self) -> None:  # noqa: B027 - most hold nothing open
        """Let go of what it holds open."""


class _Place:
    """Where jobs go, as one process sees it."""

    def __init__(self, width: int) -> None:
        self.room = asyncio.Semaphore(width)
        self.jobs = 0
        self.faults = 0


class Hands(Part):
    """One duty: what it has in flight, and the outcomes waiting to be recorded together."""

    def __init__(self, session: Session, wake: Callable[[], None], trusted: Callable[[], bool], duty: Duty[Any, Any]) -> None:
        self.name = duty.name
        self._session = session
        self._wake = wake
        self._trusted = trusted  # whether a lease that looks run out is
        self._duty = duty
        self._holder = secrets.token_hex(6)
        self._places: dict[str, _Place] = {}
        self._hands = asyncio.Semaphore(duty.concurrency)
        self._acting: set[asyncio.Task[None]] = set()  # those that wait in hand among them
        self._done: list[tuple[Any, Any]] = []
        self._recorder: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()  # one claim at a time: two would both count the same free hands
        self._more = False  # whether the last claim found anything

    def next_due(self, work: Any) -> int | None:
        return self._duty.next_due(work)

    async def begin(self) -> bool:
        """Claim as many jobs as there are free hands and start them."""
        async with self._turn:
            if self._done and self._more:  # the next turn claims, too, and sees what was committed until now
                self.patience = FULL_LANES_SLEEP
                return True
            lease = self._lease()
            if lease is None:
                self.patience = LONGEST_SLEEP  # whoever finishes first wakes the loop
                return False
            jobs = await self._session.run(self._duty.claim, lease)
            self.patience = GATHER_SECONDS if len(jobs) == lease.limit else FULL_LANES_SLEEP
            return self._start(jobs)

    def _lease(self) -> Lease | None:
        """Terms for as many rows as there are free hands; None when all are full."""
        terms, ahead = self._duty, self._duty.ahead
        free = min((ahead.rows if ahead else terms.concurrency) - len(self._acting), BATCH)
        if free <= 0 or self.ended:
            return None
        holder = self._session.desk.life + self._holder
        return Lease(
            token=holder + secrets.token_hex(6),
            seconds=terms.lease_seconds,
            limit=free,
            hands=terms.concurrency,
            steal=self._trusted(),
            holder=holder,
            ahead=ahead.times if ahead else 1,
        )

    def _start(self, jobs: Sequence[Any]) -> bool:
        for job in jobs:
            task = asyncio.create_task(self._act(job))
            self._acting.add(task)
            task.add_done_callback(self._acting.discard)
        self._more = bool(jobs)
        return self._more

    async def _act(self, job: Any) -> None:
        ahead = self._duty.ahead
        outcome = await (self._attempt(job) if ahead is None else self._in_turn(job, *ahead.place(job)))
        self._done.append((job, outcome))
        if self._recorder is None or self._recorder.done():
            self._recorder = asyncio.create_task(self._record())

    async def _attempt(self, job: Any) -> Any:
        async with self._hands:
            try:
                return await self._duty.act(job)
            except Exception as error:  # noqa: BLE001 - a duty's failure is an outcome to record
                return error

    async def _in_turn(self, job: Any, name: str, width: int) -> Any:
        """Wait until the place has room; what waited too long for its lease, or for a place that failed, is not begun."""
        assert self._duty.ahead is not None  # noqa: S101 - else there is no place
        place = self._places.setdefault(name, _Place(width))
        place.jobs += 1
        faults, latest = place.faults, time.monotonic() + self._duty.lease_seconds / 2
        try:
            async with place.room:
                if self.ended or place.faults != faults or time.monotonic() > latest:
                    return NotBegun()
                outcome = await self._attempt(job)
                place.faults += self._duty.ahead.failed(outcome)
                return outcome
        finally:
            place.jobs -= 1
            if not place.jobs:
                del self._places[name]

    async def _record(self) -> None:
        """Record what is done and claim the next; everything that comes in during one commit goes with the next."""
        while self._done:
            if len(self._done) < self._duty.concurrency // 4 and len(self._acting) > 1:
                await asyncio.sleep(MOMENT)
            async with self._turn:
                batch, self._done = self._done[:BATCH], self._done[BATCH:]
                lease = self._lease() if self._more else None
                self._start(await self._record_batch(batch, lease))
            if not self._more:
                self._wake()  # a hand is free, a lane has room

    async def _record_batch(self, batch: list[tuple[Any, Any]], lease: Lease | None = None) -> Sequence[Any]:
        """Record, and claim in the same transaction under a lease; the jobs claimed.

        A database that cannot write is asked again while the leases hold; an outcome that cannot be written goes alone.
        """

        def verb(work: Any) -> Sequence[Any]:
            self._duty.keep(work, batch)
            return self._duty.claim(work, lease) if lease is not None else ()

        for pause in (*RETRY_SLEEPS, 0.0):
            try:
                return await self._session.run(verb)
            except Unavailable:
                note("record refused", duty=self.name, jobs=len(batch), error="Unavailable")
                lease = None
                await asyncio.sleep(pause)
            except Exception as error:  # noqa: BLE001 - one of them is at fault: the others must not suffer for it
                note("record failed", duty=self.name, jobs=len(batch), error=type(error).__name__)
                if len(batch) > 1 or lease is not None:
                    for one in batch:
                        await self._record_batch([one])
                break
        return ()

    async def finish(self) -> None:
        """Wait until nothing is in flight and everything is recorded."""
        while self._acting or (self._recorder is not None and not self._recorder.done()):
            await asyncio.wait({*self._acting, *([self._recorder] if self._recorder else [])})

    async def close(self) -> None:
        if self._duty.close is not None:
            await self._duty.close()


class Broom(Part):
    """One sweep."""

    def __init__(self, session: Session, sweep: Sweep) -> None:
        self.name = sweep.name
        self._session = session
        self._sweep = sweep
        self._again_at = 0

    def next_due(self, work: Any) -> int | None:
        """When to sweep next: the rows' own instant, or the interval's, whichever is sooner."""
        due = self._sweep.next_due(work) if self._sweep.next_due else None
        if self._sweep.every is None:
            return due
        # An interval that lies further ahead than its own length was counted by a clock that has since been set back.
        again = self._again_at if self._again_at - work.now <= self._sweep.every else work.now
        return again if due is None else min(due, again)

    async def begin(self) -> bool:
        if self._sweep.every is not None:
            self._again_at = self._session.desk.clock() + self._sweep.every
        moved = await self._session.run(self._sweep.sweep)
        self.patience = GATHER_SECONDS if moved else FULL_LANES_SLEEP
        return moved
