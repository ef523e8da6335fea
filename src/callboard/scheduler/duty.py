"""What plugs into the clock. A queue of work outside is a ``Duty``; work inside the database alone is a ``Sweep``.

How to add one: write the verbs in ``services/<noun>.py`` over a ``storage.work.Queue``, wrap them here in a file
``scheduler/<noun>.py`` that returns a ``Duty`` or ``Sweep``, and add one line to ``scheduler/duties.py``::

    def duty(gateway: SmsGateway) -> Duty[Message, Sent]:
        async def act(message: Message) -> Sent:  # outside any transaction; may take seconds
            return await gateway.send(message.to_number, message.body)
        return Duty("messages", messages.next_due, messages.claim, act, messages.record, concurrency=8)

The three verbs are ordinary services, each run in one transaction of its own by the desk:

- ``next_due(work) -> int | None``: the earliest due instant, past or future (a reader's transaction);
- ``claim(work, lease) -> jobs``: take at most ``lease.limit`` due rows, mark them with ``lease.token`` and
  ``due_at = lease_until = now + lease.seconds`` (``Queue.claim`` does); the jobs must carry the token;
- ``record(work, job, outcome)``: write the outcome ``WHERE lease_token = job's`` (``Queue.finish`` does) and set ``due_at`` to
  the next attempt or None. When ``act`` raised, ``outcome`` is the exception: record it as a failed attempt.

A job whose process dies between claim and record is claimed again when its lease runs out, so ``act`` may happen twice: give
the outside world the same id both times. Where even that is too much, do the work inside ``claim``'s transaction: a ``Sweep``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from callboard.domain.leases import Lease

J = TypeVar("J")
O = TypeVar("O")  # noqa: E741 - the outcome of a job
LEASE_SECONDS = 60  # longer than any act may take: a living job is never claimed again


class NotBegun:
    """Instead of an outcome: the job waited in hand and was not tried."""


@dataclass(frozen=True, slots=True)
class Ahead(Generic[J, O]):
    """For a duty that takes rows beyond what may be under way, so that its hands need not wait for the database in between.

    What waits in hand for a place where an attempt failed meanwhile goes back: the claim knows how to treat such a place.
    """

    rows: int  # in hand at once, those under way among them
    times: int  # how many times what a place allows at once
    place: Callable[[J], tuple[str, int]]  # where a job goes, and how many may be under way there
    failed: Callable[[O | Exception], bool]
    give_back: Callable[[Any, Sequence[J]], None]  # as if they had not been claimed


@dataclass(frozen=True, slots=True)
class Duty(Generic[J, O]):
    """Claim, act, record. ``work`` is the transaction's (storage is below the scheduler's horizon, hence Any)."""

    name: str
    next_due: Callable[[Any], int | None]
    claim: Callable[[Any, Lease], Sequence[J]]
    act: Callable[[J], Awaitable[O]]
    record: Callable[[Any, J, O | Exception], None]
    record_all: Callable[[Any, Sequence[tuple[J, O | Exception]]], None] | None = None  # the same for many at once
    concurrency: int = 8  # acts at once, in this process
    lease_seconds: int = LEASE_SECONDS
    close: Callable[[], Awaitable[None]] | None = None  # when the loop ends
    ahead: Ahead[J, O] | None = None

    def keep(self, work: Any, batch: Sequence[tuple[J, O | Exception | NotBegun]]) -> None:
        """Record outcomes, all in one transaction."""
        if self.ahead is not None and (back := [job for job, outcome in batch if isinstance(outcome, NotBegun)]):
            self.ahead.give_back(work, back)
        ended = [(job, outcome) for job, outcome in batch if not isinstance(outcome, NotBegun)]
        if self.record_all is not None:
            self.record_all(work, ended)
            return
        for job, outcome in ended:
            self.record(work, job, outcome)


@dataclass(frozen=True, slots=True)
class Sweep:
    """A verb run when ``next_due`` says so, or every so many seconds; it answers True when it did something (more may follow)."""

    name: str
    sweep: Callable[[Any], bool]
    next_due: Callable[[Any], int | None] | None = None
    every: int | None = None
