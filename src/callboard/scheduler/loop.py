"""The loop: due → claim → act outside any transaction → record. One for every kind of work; what it does is in the duties.

It sleeps until the next row is due or a commit is announced, here or in another process; nothing is polled. Why own tables and
not a job library: the work is a row in the same transaction as what caused it, on both databases, and several loops share one.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any

from callboard.scheduler.duty import LEASE_SECONDS, Duty, Sweep
from callboard.scheduler.parts import GATHER_SECONDS, LONGEST_SLEEP, Broom, Hands, Part, note, rest
from callboard.services.service import SYSTEM, Desk

JUMP_SECONDS = 20  # a wall clock this far off the monotonic one was set by somebody


class Scheduler:
    """Runs duties and sweeps on a desk's database. ``run`` until ``stop``; ``settle`` does what is due now and returns."""

    def __init__(self, desk: Desk, plan: Sequence[Duty[Any, Any] | Sweep]) -> None:
        self._session = desk.acting(SYSTEM)
        self._desk = desk
        self._wake = asyncio.Event()
        self._watch = _ClockWatch(desk.clock)
        self._parts: list[Part] = [
            Hands(self._session, self._wake.set, self._watch.trusts, part)
            if isinstance(part, Duty)
            else Broom(self._session, part)
            for part in plan
        ]
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self._trouble = 0  # rounds in a row that the database refused

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
        for part in self._parts:
            part.ended = True
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
            note("round refused", error=type(error).__name__, times=self._trouble)
            return rest(self._trouble)
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
        ready: list[Part] = []
        for part in self._parts:
            due = dues[part.name]
            if due is not None and due <= now:
                ready.append(part)
            elif due is not None:
                wait = min(wait, due - now)
        moved = await asyncio.gather(*(self._begin(part) for part in ready if part.rested))
        # What was begun is due again when it says so; anything else that changed meanwhile is announced, and wakes us.
        return any(moved), min([wait, *(part.patience for part in ready)])

    async def _begin(self, part: Part) -> bool:
        """Start one part; one that fails must not stop the others, and rests longer each time."""
        try:
            started = await part.begin()
        except Exception as error:  # noqa: BLE001 - whatever it is, the clock must not stop for it
            part.failed()
            note("claim refused", part=part.name, error=type(error).__name__, times=part.trouble)
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
            note("the clock was set", seconds=round(offset - self._offset))
        self._offset = offset

    def trusts(self) -> bool:
        """Whether a lease that looks run out is."""
        self.look()
        return time.monotonic() >= self._trusted_at
