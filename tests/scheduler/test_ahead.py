"""Rows taken before they can be sent wait in hand, keep to the limit, and go back when there is a reason; outcomes in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, select

from callboard.domain.bookings import Wish
from callboard.domain.leases import Lease
from callboard.domain.webhooks import FAILING, Delivery, Reply
from callboard.gateways.webhooks import Sender
from callboard.scheduler import Scheduler
from callboard.scheduler import deliveries as mail
from callboard.scheduler.duty import LEASE_SECONDS, Duty
from callboard.services import bookings, deliveries, webhooks
from callboard.services.deliveries import Job
from callboard.storage.tables import deliveries as rows
from callboard.storage.tables import events
from scheduler.conftest import HOOKS
from support import Office

FINE = Reply(status=200)
WIDTH = 3


@pytest.fixture
def told(office: Office) -> Office:
    """One endpoint of a small width that is well, and far more waiting for it than that."""
    office.do(webhooks.add, "https://example.com/hook", event_types=["appointment.created"], concurrency=WIDTH)
    _book(office, 0)
    [job] = office.session.do(deliveries.claim, _lease("first"))
    office.session.do(deliveries.record, job, FINE)
    for n in range(1, 21):
        _book(office, n)
    return office


def _book(office: Office, n: int) -> None:
    start = (office.desk.clock() // 86400 + 1) * 86400 + n * 3600
    office.do(bookings.book, Wish(starts_at=start, customer_name="Jane Doe", outside_hours=True))


def _lease(holder: str, limit: int = 64) -> Lease:
    return Lease(token=f"{holder}-1", seconds=LEASE_SECONDS, limit=limit, hands=64, holder=holder, ahead=mail.AHEAD)


def _duty(office: Office, act: Callable[[Job], Awaitable[Reply]]) -> Duty[Job, Reply]:
    return replace(mail.duty(Sender(), HOOKS, office.desk.clock), act=act)


def _all(office: Office) -> list[Delivery]:
    found: list[Delivery] = office.get(deliveries.listing, limit=100)
    return found


def _drop(work: Any, booking_id: str) -> None:
    gone = select(events.c.id).where(events.c.subject_id == booking_id)
    work.execute(delete(rows).where(rows.c.event_id.in_(gone)))


def _leave(office: Office, n: int) -> None:
    """So many that wait, and the first that arrived."""
    for booking in office.get(bookings.listing, limit=100)[n + 1 :]:
        office.session.do(_drop, booking.id)


def _untouched(found: list[Delivery]) -> list[Delivery]:
    return [d for d in found if d.status == "waiting" and d.attempts == 0 and d.history == ()]


def test_what_is_in_hand_keeps_to_the_endpoints_limit(told):
    now, most = 0, 0

    async def act(_job: Job) -> Reply:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.002)
        now -= 1
        return FINE

    asyncio.run(_settled(told, act))
    assert {d.status for d in _all(told)} == {"delivered"}
    assert most == WIDTH


async def _settled(office: Office, act: Callable[[Job], Awaitable[Reply]]) -> None:
    scheduler = Scheduler(office.desk, [_duty(office, act)])
    await scheduler.settle()
    await scheduler.close()


def test_only_one_claimer_takes_more_than_the_limit(told):
    claim = told.session.do
    one = claim(deliveries.claim, _lease("one"))
    assert len(one) == mail.AHEAD * WIDTH
    assert claim(deliveries.claim, _lease("two")) == []
    for job in one[1:]:
        claim(deliveries.record, job, FINE)
    assert len(claim(deliveries.claim, _lease("two"))) == WIDTH - 1  # the rest of the limit, since one row is another's
    assert claim(deliveries.claim, _lease("one")) == []


def test_an_endpoint_that_never_answered_gets_its_limit_and_no_more(office):
    office.do(webhooks.add, "https://example.com/new", event_types=["appointment.created"], concurrency=WIDTH)
    for n in range(10):
        _book(office, n)
    assert len(office.session.do(deliveries.claim, _lease("one"))) == WIDTH


def test_when_an_endpoint_begins_to_fail_what_waits_in_hand_goes_back(told):
    now, seen = 0, []

    async def act(_job: Job) -> Reply:
        nonlocal now
        now += 1
        seen.append(now)
        await asyncio.sleep(0.01)
        now -= 1
        return Reply(error_class="timeout", error="no answer in time")

    asyncio.run(_settled(told, act))
    assert max(seen[:WIDTH]) == WIDTH >= FAILING
    assert set(seen[WIDTH:]) == {1}  # from then on one at a time, whatever was in hand
    failed = [d for d in _all(told) if d.status == "waiting"]
    assert len(seen) == len(failed) == 20
    assert {(d.attempts, len(d.history)) for d in failed} == {(1, 1)}  # what went back was not counted as tried


def test_stopping_sends_nothing_that_was_only_in_hand(told):
    async def story() -> int:
        begun, let_go = asyncio.Event(), asyncio.Event()
        tried = 0

        async def act(_job: Job) -> Reply:
            nonlocal tried
            tried += 1
            begun.set()
            await let_go.wait()
            return FINE

        scheduler = Scheduler(told.desk, [_duty(told, act)])
        working = asyncio.create_task(scheduler.run())
        await begun.wait()
        scheduler.stop()
        await asyncio.sleep(0.1)
        let_go.set()
        await working
        return tried

    assert asyncio.run(story()) == WIDTH
    found = _all(told)
    assert len(_untouched(found)) == 20 - WIDTH
    assert {d.due_at for d in _untouched(found)} == {told.desk.clock()}
    # nobody holds them: another takes them at once
    assert len(told.session.do(deliveries.claim, _lease("two"))) == mail.AHEAD * WIDTH


def test_what_has_waited_for_half_its_lease_is_not_begun(told):
    """Answers that come slowly hold up what is in hand; begun too late, it could be somebody else's before it ends."""
    tried: list[str] = []
    claimed: list[str] = []

    async def act(job: Job) -> Reply:
        tried.append(job.id)
        await asyncio.sleep(0.6)
        return FINE

    def claim(work: Any, lease: Lease) -> list[Job]:
        jobs = deliveries.claim(work, lease)
        claimed.extend(job.id for job in jobs)
        return jobs

    async def story() -> None:
        scheduler = Scheduler(told.desk, [replace(_duty(told, act), claim=claim, lease_seconds=1)])
        await scheduler.settle()
        await scheduler.close()

    _leave(told, 2 * WIDTH)
    asyncio.run(story())
    assert len(tried) == len(set(tried)) == 2 * WIDTH
    assert len(claimed) >= 3 * WIDTH  # the second half was taken along with the first, put back, and taken again
    assert {d.status for d in _all(told)} == {"delivered"}


# --- outcomes recorded together -------------------------------------------------------------------------------------
BAD = Reply(error_class="timeout", error="no answer in time")


@pytest.mark.parametrize(
    ("outcomes", "failures"),
    [([BAD, FINE, BAD], 1), ([BAD, BAD, FINE], 0), ([FINE, BAD, BAD], 2), ([BAD, BAD, BAD], 3), ([FINE, FINE, FINE], 0)],
)
def test_a_batch_judges_the_endpoint_in_the_order_in_which_attempts_ended(told, outcomes, failures):
    jobs = told.session.do(deliveries.claim, _lease("one", limit=WIDTH))
    told.session.do(deliveries.record_all, list(zip(jobs, outcomes, strict=True)))
    [hook] = told.get(webhooks.listing)
    assert hook.failures == failures
    kept = {d.id: d for d in _all(told)}
    assert [kept[job.id].status for job in jobs] == ["waiting" if o is BAD else "delivered" for o in outcomes]


def test_in_a_batch_what_another_has_taken_meanwhile_is_left_to_it(told, clock):
    _leave(told, WIDTH)
    jobs = told.session.do(deliveries.claim, _lease("one", limit=WIDTH))
    clock.pass_(LEASE_SECONDS)
    [stolen] = told.session.do(deliveries.claim, _lease("two", limit=1))
    told.session.do(deliveries.record_all, [(job, BAD if job.id == stolen.id else FINE) for job in jobs])
    kept = {d.id: (d.status, len(d.history)) for d in _all(told)}
    assert [kept[job.id] for job in jobs if job.id != stolen.id] == [("delivered", 1)] * (WIDTH - 1)
    assert kept[stolen.id] == ("waiting", 0)
    assert told.get(webhooks.listing)[0].failures == 0  # nor does its attempt say anything of the endpoint
    told.session.do(deliveries.record, stolen, FINE)
    assert {d.id: d.status for d in _all(told)}[stolen.id] == "delivered"
