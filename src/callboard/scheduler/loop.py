"""The loop: due → claim → act outside any transaction → record. One for every kind of work; what it does is in the duties.

It sleeps until the next row is due or a commit is announced, here or in another process; nothing is polled. Why own tables and
not a job library: the work is a row in the same transaction as what caused it, on both databases, and several loops share one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from callboard.domain.errors import Unavailable
from callboard.domain.leases import Lease
from callboard.scheduler.duty import LEASE_SECONDS, Duty, Sweep
from callboard.services.service import SYSTEM, Desk, Session

GATHER_SECONDS = 0.02  # announcements come in bursts: one look for all of them
LONGEST_SLEEP = 30.0  # so that a clock that was set is noticed
FULL_LANES_SLEEP = 1.0  # due rows that may not be taken yet: their lane is full, or another process holds them
JUMP_SECONDS = 20  # a wall clock this far off the monotonic one was set by somebody
BATCH = 64
RETRY_SLEEPS = (0.2, 1.0, 5.0)  # what could not be recorded is tried again while the lease holds, then done again
_log = logging.getLogger("callboard.scheduler")
_log.addHandler(logging.NullHandler())  # a console owns its terminal: nothing is said until a handler is set


def _note(event: str, **facts: Any) -> None:
    """One line of the log; of an error only its class, since its words may quote a customer."""
    _log.warning(json.dumps({"event": event, "level": "warning", "logger": _log.name, **facts}))


def _rest(failures: int) -> float:
    """Seconds to leave alone what has failed so often in a row."""
    return min(LONGEST_SLEEP, 0.25 * 2.0 ** min(failures, 7))


class Scheduler:
    """Runs duties and sweeps on a desk's database. ``run`` until ``stop``; ``settle`` does what is due now and returns."""

    def __init__(self, desk: Desk, plan: Sequence[Duty[Any, Any] | Sweep]) -> None:
        self._session = desk.acting(SYSTEM)
        self._desk = desk
        self._wake = asyncio.Event()
        self._parts: list[_Part] = [
            _Hands(self._session, self._wake.set, part) if isinstance(part, Duty) else _Broom(self._session, part)
            for part in plan
        ]
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self._trouble = 0  # rounds in a row that the database refused
        self._watch = _ClockWatch(desk.clock)

    # --- for the faces ----------------------------------------------------------------------------------------------
    async def run(self) -> None:
        """Work until ``stop`` is called, then finish what is in flight."""
        self._loop = asyncio.get_running_loop()
        unsubscribe = self._desk.subscribe(lambda _: self.wake())
        try:
            while not self._stopping:
                await self._sleep(await self._careful_round())
        finally:
            unsubscribe()
            await self.close()
            self._loop = None

    async def close(self) -> None:
        """Finish what is in flight and let go of connections; ``run`` does it itself, after ``settle`` the caller does."""
        await self._finish()
        await asyncio.gather(*(part.close() for part in self._parts))

    def stop(self) -> None:
        """End ``run`` soon; from any thread."""
        self._stopping = True
        self.wake()

    def wake(self) -> None:
        """Look again now; from any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            with contextlib.suppress(RuntimeError):  # it closed in this very moment
                loop.call_soon_threadsafe(self._wake.set)

    async def settle(self) -> int | None:
        """Do everything that is due by the desk's clock, wait for it; the instant the next row is due, or None."""
        while True:
            moved, _ = await self._round()
            await self._finish()
            if not moved:
                return min((due for due in (await self._dues()).values() if due is not None), default=None)

    # --- one look ---------------------------------------------------------------------------------------------------
    async def _careful_round(self) -> float:
        """A round that survives a database that does not answer; seconds until the next look."""
        try:
            _, wait = await self._round()
        except Exception as error:  # noqa: BLE001 - whatever it is, the clock must not stop for it
            self._trouble += 1
            _note("round refused", error=type(error).__name__, times=self._trouble)
            return _rest(self._trouble)
        self._trouble = 0
        return wait

    async def _dues(self) -> dict[str, int | None]:
        return await self._session.read(lambda work: {part.name: part.next_due(work) for part in self._parts})

    async def _round(self) -> tuple[bool, float]:
        """Start everything that is due: (whether anything was, seconds until the next look if nobody wakes us before)."""
        self._watch.look()
        dues = await self._dues()
        now = self._desk.clock()
        wait: float = LONGEST_SLEEP
        ready: list[_Part] = []
        for part in self._parts:
            due = dues[part.name]
            if due is not None and due <= now:
                ready.append(part)
            elif due is not None:
                wait = min(wait, due - now)
        moved = await asyncio.gather(*(self._begin(part) for part in ready if part.rested))
        # What was begun is due again when it says so; anything else that changed meanwhile is announced, and wakes us.
        return any(moved), min([wait, *(part.patience for part in ready)])

    async def _begin(self, part: _Part) -> bool:
        """Start one part; one that fails must not stop the others, and rests longer each time."""
        try:
            started = await part.begin(steal=self._watch.trusted)
        except Exception as error:  # noqa: BLE001 - whatever it is, the clock must not stop for it
            part.failed()
            _note("claim refused", part=part.name, error=type(error).__name__, times=part.trouble)
            return False
        part.trouble = 0
        return started

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), max(seconds, GATHER_SECONDS))
        await asyncio.sleep(GATHER_SECONDS)
        self._wake.clear()

    async def _finish(self) -> None:
        await asyncio.gather(*(part.finish() for part in self._parts))


class _Part(ABC):
    """One line of the plan at work. ``patience`` is how long due rows may wait that could not be taken just now."""

    name: str
    patience: float = FULL_LANES_SLEEP
    trouble: int = 0  # failures in a row
    _rests_until: float = 0.0

    @property
    def rested(self) -> bool:
        """Whether it may be started: not for a while after it failed."""
        return not self.trouble or time.monotonic() >= self._rests_until

    def failed(self) -> None:
        """Rest, longer with every failure in a row."""
        self.trouble += 1
        self.patience = _rest(self.trouble)
        self._rests_until = time.monotonic() + self.patience

    @abstractmethod
    def next_due(self, work: Any) -> int | None: ...

    @abstractmethod
    async def begin(self, *, steal: bool) -> bool:
        """Start what is due; whether there was anything."""

    async def finish(self) -> None:  # noqa: B027 - a sweep has nothing in flight
        """Wait until nothing is in flight."""

    async def close(self) -> None:  # noqa: B027 - most hold nothing open
        """Let go of what it holds open."""


class _Hands(_Part):
    """One duty: what it has in flight, and the outcomes waiting to be recorded together."""

    def __init__(self, session: Session, wake: Callable[[], None], duty: Duty[Any, Any]) -> None:
        self.name = duty.name
        self._session = session
        self._wake = wake
        self._duty = duty
        self._acting: set[asyncio.Task[None]] = set()
        self._done: list[tuple[Any, Any]] = []
        self._recorder: asyncio.Task[None] | None = None

    def next_due(self, work: Any) -> int | None:
        return self._duty.next_due(work)

    async def begin(self, *, steal: bool) -> bool:
        """Claim as many jobs as there are free hands and start them."""
        free = min(self._duty.concurrency - len(self._acting), BATCH)
        if free <= 0:
            self.patience = LONGEST_SLEEP  # whoever finishes first wakes the loop
            return False
        terms = self._duty
        lease = Lease(token=secrets.token_hex(12), seconds=terms.lease_seconds, limit=free, hands=terms.concurrency, steal=steal)
        jobs = await self._session.run(self._duty.claim, lease)
        self.patience = GATHER_SECONDS if len(jobs) == free else FULL_LANES_SLEEP
        for job in jobs:
            task = asyncio.create_task(self._act(job))
            self._acting.add(task)
            task.add_done_callback(self._acting.discard)
        return bool(jobs)

    async def _act(self, job: Any) -> None:
        outcome: Any
        try:
            outcome = await self._duty.act(job)
        except Exception as error:  # noqa: BLE001 - a duty's failure is an outcome to record
            outcome = error
        self._done.append((job, outcome))
        if self._recorder is None or self._recorder.done():
            self._recorder = asyncio.create_task(self._record())

    async def _record(self) -> None:
        """Record what is done; everything that comes in during one commit goes with the next."""
        while self._done:
            batch, self._done = self._done[:BATCH], self._done[BATCH:]
            await self._record_batch(batch)
            self._wake()  # a hand is free, a lane has room

    async def _record_batch(self, batch: list[tuple[Any, Any]]) -> None:
        """A database that cannot write is asked again while the leases hold; an outcome that cannot be written goes alone."""

        def verb(work: Any) -> None:
            for job, outcome in batch:
                self._duty.record(work, job, outcome)

        for pause in (*RETRY_SLEEPS, 0.0):
            try:
                await self._session.run(verb)
            except Unavailable:
                _note("record refused", duty=self.name, jobs=len(batch), error="Unavailable")
                await asyncio.sleep(pause)
            except Exception as error:  # noqa: BLE001 - one of them is at fault: the others must not suffer for it
                _note("record failed", duty=self.name, jobs=len(batch), error=type(error).__name__)
                if len(batch) > 1:
                    for one in batch:
                        await self._record_batch([one])
                return
            else:
                return

    async def finish(self) -> None:
        """Wait until nothing is in flight and everything is recorded."""
        while self._acting or (self._recorder is not None and not self._recorder.done()):
            await asyncio.wait({*self._acting, *([self._recorder] if self._recorder else [])})

    async def close(self) -> None:
        if self._duty.close is not None:
            await self._duty.close()


class _Broom(_Part):
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

    async def begin(self, *, steal: bool) -> bool:  # noqa: ARG002 - a sweep holds no lease
        if self._sweep.every is not None:
            self._again_at = self._session.desk.clock() + self._sweep.every
        moved = await self._session.run(self._sweep.sweep)
        self.patience = GATHER_SECONDS if moved else FULL_LANES_SLEEP
        return moved


class _ClockWatch:
    """Notices that the wall clock was set. For one lease's length after that nobody else's lease counts as run out."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._offset = clock() - time.monotonic()
        self._trusted_at = 0.0

    def look(self) -> None:
        """Compare the two clocks."""
        offset = self._clock() - time.monotonic()
        if abs(offset - self._offset) > JUMP_SECONDS:
            self._trusted_at = time.monotonic() + LEASE_SECONDS
            _note("the clock was set", seconds=round(offset - self._offset))
        self._offset = offset

    @property
    def trusted(self) -> bool:
        """Whether an expired lease is one."""
        return time.monotonic() >= self._trusted_at
