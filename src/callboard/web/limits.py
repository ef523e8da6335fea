"""Rate limits, exact and cheap: requests of one key that wait at the same time are counted by one write.

A small limit (QualifyBase: 120 a minute) is counted one by one across all processes. A large one is taken from the shared row
in chunks of a hundredth, so that a busy key writes a hundred times a window and not once a request; what a process has not
used of its chunk is lost to the others until the window ends, one hundredth at most.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from callboard.services import limits
from callboard.services.limits import Allowance, RateLimit
from callboard.services.service import SYSTEM, Desk
from callboard.web.faults import TooManyRequests

EXACT_UP_TO = 2000
MOST_BUCKETS = 20_000
Grant = tuple[int, int]  # requests left, end of the window (UTC seconds)


@dataclass(slots=True)
class _Bucket:
    ends_at: int = 0
    spare: int = 0  # taken from the row, not yet used
    left: int = 0  # still in the row when it was last seen
    exhausted: bool = False
    waiters: list[asyncio.Future[Grant]] = field(default_factory=list)
    taking: asyncio.Task[None] | None = None


class Allowances:
    """What each key may still ask of this process and, through the database, of all."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._buckets: dict[str, _Bucket] = {}

    def spend(self, subject: str, now: int) -> Grant | None:
        """Use one request of those already taken from the row; None when there is none in hand."""
        bucket = self._buckets.get(subject)
        if bucket is None or not bucket.spare or now >= bucket.ends_at:
            return None
        bucket.spare -= 1
        return bucket.left + bucket.spare, bucket.ends_at

    async def take(self, subject: str, limit: RateLimit) -> Grant:
        """Use one request of the subject's window, asking the row; TooManyRequests when there is none."""
        now = self._desk.clock()
        bucket = self._buckets.get(subject)
        if bucket is None:
            bucket = self._new(subject, now)
        if now >= bucket.ends_at:
            bucket.spare, bucket.exhausted, bucket.ends_at = 0, False, 0
        elif bucket.exhausted:  # nobody can give any back before the window ends
            raise TooManyRequests(bucket.ends_at - now, limit.requests, bucket.ends_at)
        waiter: asyncio.Future[Grant] = asyncio.get_running_loop().create_future()
        bucket.waiters.append(waiter)
        if bucket.taking is None:
            bucket.taking = asyncio.create_task(self._refill(subject, bucket, limit))
        return await waiter

    def _new(self, subject: str, now: int) -> _Bucket:
        if len(self._buckets) >= MOST_BUCKETS:
            self._buckets = {k: b for k, b in self._buckets.items() if b.ends_at > now or b.waiters}
        return self._buckets.setdefault(subject, _Bucket())

    async def _refill(self, subject: str, bucket: _Bucket, limit: RateLimit) -> None:
        """Take for all who wait, again while others have come in the meantime."""
        try:
            while bucket.waiters:
                waiting, bucket.waiters = bucket.waiters, []
                chunk = 0 if limit.requests <= EXACT_UP_TO else limit.requests // 100
                try:
                    given = await self._desk.acting(SYSTEM).run(limits.take, subject, limit, max(len(waiting), chunk))
                except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
                    _fail(waiting, error)
                else:
                    self._share(bucket, waiting, given, limit)
        finally:
            bucket.taking = None

    def _share(self, bucket: _Bucket, waiting: list[asyncio.Future[Grant]], given: Allowance, limit: RateLimit) -> None:
        if given.ends_at != bucket.ends_at:
            bucket.spare, bucket.ends_at = 0, given.ends_at
        available = given.granted + bucket.spare
        served = min(available, len(waiting))
        bucket.left, bucket.spare = given.left, available - served
        bucket.exhausted = available == served and (given.left == 0 or served < len(waiting))
        for index, waiter in enumerate(waiting):
            if waiter.done():
                continue
            if index < served:
                waiter.set_result((given.left + available - index - 1, given.ends_at))
            else:
                wait = given.ends_at - self._desk.clock()
                waiter.set_exception(TooManyRequests(wait, limit.requests, given.ends_at))


def _fail(waiting: list[asyncio.Future[Grant]], error: Exception) -> None:
    for waiter in waiting:
        if not waiter.done():
            waiter.set_exception(error)
