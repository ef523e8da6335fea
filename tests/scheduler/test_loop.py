"""The loop itself: it wakes when there is something to do, finishes what it began, and survives crashes, clocks and faults."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from callboard.domain.bookings import Wish
from callboard.domain.leases import Lease
from callboard.domain.webhooks import Reply
from callboard.scheduler import Scheduler, start
from callboard.scheduler.duty import LEASE_SECONDS, Duty, Sweep
from callboard.services import bookings, deliveries, webhooks
from callboard.services.deliveries import Job
from callboard.services.service import Desk, system_clock
from callboard.settings import Settings
from scheduler.conftest import HOOKS
from support import Clock, Office, make_office

FINE = Reply(status=200)


def book(office: Office, hours: int = 48) -> Any:
    start = (office.desk.clock() // 86400 + 1) * 86400 + hours * 3600
    return office.do(bookings.book, Wish(starts_at=start, customer_name="Jane Doe", outside_hours=True))


def mail(act: Callable[[Job], Any], **options: Any) -> Duty[Job, Reply]:
    return Duty("deliveries", deliveries.next_due, deliveries.claim, act, deliveries.record, **options)


def until(what: Callable[[], bool]) -> None:
    """Wait for something that happens in another thread; the suite's own time limit is the limit."""
    while not what():
        time.sleep(0.01)


@pytest.fixture
def live(database_url: str, tmp_path: Any) -> Iterator[Office]:
    """An office whose clock is the machine's."""
    desk = Desk(Settings(database_url=database_url, data_dir=tmp_path, allow_private_webhooks=True), clock=system_clock)
    yield make_office(desk)
    desk.close()


@pytest.fixture
def told(office: Office) -> Office:
    """An office with one endpoint and one delivery that is due."""
    office.do(webhooks.add, "https://example.com/hook")
    book(office)
    return office


# --- waking ---------------------------------------------------------------------------------------------------------
def test_a_commit_wakes_it_here_and_in_another_process(live, receiver):
    live.do(webhooks.add, receiver.url())
    running = start(live.desk, {}, HOOKS)
    other = Desk(live.desk.settings)  # as another process would: its own connections, heard through the database alone
    try:
        book(live)
        until(lambda: len(receiver.got) == 1)
        book(Office(other, other.acting(live.session.actor), live.organization, live.agents), 60)
        until(lambda: len(receiver.got) == 2)
    finally:
        running.stop()
        other.close()
    assert len({g.id for g in receiver.got}) == 2


def test_it_wakes_by_itself_when_a_retry_is_due(sqlite_url, tmp_path, receiver):
    desk = Desk(Settings(database_url=sqlite_url, data_dir=tmp_path, allow_private_webhooks=True), clock=system_clock)
    office = make_office(desk)
    office.do(webhooks.add, receiver.url())
    receiver.answer("/hook", 500)
    running = start(desk, {}, HOOKS)
    try:
        book(office)
        until(lambda: len(receiver.got) == 2)  # five seconds apart, and nobody said anything meanwhile
    finally:
        running.stop()
        desk.close()
    assert len({g.id for g in receiver.got}) == 1


def test_it_sleeps_while_there_is_nothing_to_do(live):
    looks: list[int] = []

    def look(_work: Any) -> None:
        looks.append(1)

    async def idle() -> None:
        scheduler = Scheduler(live.desk, [Sweep("nothing", lambda _work: False, look)])
        working = asyncio.create_task(scheduler.run())
        await asyncio.sleep(1.0)
        scheduler.stop()
        await working

    asyncio.run(idle())
    assert len(looks) <= 4


def test_stopping_finishes_what_is_in_flight(told):
    begun, let_go = threading.Event(), threading.Event()

    async def act(_job: Job) -> Reply:
        begun.set()
        await asyncio.to_thread(let_go.wait)
        return FINE

    scheduler = Scheduler(told.desk, [mail(act)])
    thread = threading.Thread(target=asyncio.run, args=(scheduler.run(),))
    thread.start()
    begun.wait()
    scheduler.stop()
    let_go.set()
    thread.join()
    assert [d.status for d in told.get(deliveries.listing)] == ["delivered"]


# --- faults ---------------------------------------------------------------------------------------------------------
async def _settle(desk: Desk, *parts: Duty[Any, Any] | Sweep) -> int | None:
    return await Scheduler(desk, parts).settle()


def test_one_broken_part_does_not_stop_the_others(told):
    async def act(_job: Job) -> Reply:
        return FINE

    def broken(_work: Any) -> bool:
        raise RuntimeError("no")

    asyncio.run(_settle(told.desk, Sweep("broken", broken, every=1), mail(act)))
    assert [d.status for d in told.get(deliveries.listing)] == ["delivered"]


def test_an_act_that_raises_is_a_failed_attempt(told):
    async def act(_job: Job) -> Reply:
        raise KeyError("boom")

    asyncio.run(_settle(told.desk, mail(act)))
    [kept] = told.get(deliveries.listing)
    assert (kept.status, kept.error_class, kept.last_error) == ("waiting", "internal", "KeyError")


def test_one_outcome_that_cannot_be_recorded_does_not_take_the_others_along(told, monkeypatch):
    monkeypatch.setattr("callboard.scheduler.parts.RETRY_SLEEPS", ())
    for n in range(5):
        book(told, 60 + n)
    bad = told.get(deliveries.listing)[0].id

    async def act(_job: Job) -> Reply:
        return FINE

    def record(work: Any, job: Job, outcome: Reply | Exception) -> None:
        deliveries.record(work, job, outcome)
        if job.id == bad:
            raise RuntimeError("no room for this one")

    asyncio.run(_settle(told.desk, Duty("deliveries", deliveries.next_due, deliveries.claim, act, record, concurrency=32)))
    by_id = {d.id: d.status for d in told.get(deliveries.listing)}
    assert by_id.pop(bad) == "waiting"
    assert set(by_id.values()) == {"delivered"}


def test_what_a_dead_process_held_is_done_again_under_the_same_id(told, clock):
    [taken] = told.session.do(deliveries.claim, Lease(token="dead", seconds=LEASE_SECONDS, limit=9, hands=9))
    seen: list[str] = []

    async def act(job: Job) -> Reply:
        seen.append(job.id)
        return FINE

    asyncio.run(_settle(told.desk, mail(act)))
    assert seen == []  # it may yet be alive
    clock.pass_(LEASE_SECONDS)
    asyncio.run(_settle(told.desk, mail(act)))
    assert seen == [taken.id]
    told.session.do(deliveries.record, taken, Reply(error_class="timeout"))  # the dead one speaks after all
    [kept] = told.get(deliveries.listing)
    assert (kept.status, len(kept.history)) == ("delivered", 1)


def test_several_schedulers_share_the_work_and_none_of_it_twice(told, clock):
    for n in range(60):
        book(told, 60 + n)
    seen: list[str] = []

    async def act(job: Job) -> Reply:
        await asyncio.sleep(0)
        seen.append(job.id)
        return FINE

    others = [Desk(told.desk.settings, clock=clock) for _ in range(2)]

    def work(desk: Desk) -> None:
        for _ in range(30):
            asyncio.run(_settle(desk, mail(act, concurrency=3)))

    threads = [threading.Thread(target=work, args=(desk,)) for desk in (told.desk, *others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for desk in others:
        desk.close()
    assert len(seen) == 61
    assert len(set(seen)) == 61


# --- the clock ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("jump", [3600, -3600])
def test_a_clock_that_jumps_makes_nothing_happen_twice(told, clock, jump):
    """While one scheduler acts, the machine's clock is set by an hour; another one on the same database must not take over."""
    second = Desk(told.desk.settings, clock=clock)
    seen: list[str] = []

    async def story() -> None:
        begun, let_go = asyncio.Event(), asyncio.Event()

        async def act(job: Job) -> Reply:
            seen.append(job.id)
            begun.set()
            await let_go.wait()
            return FINE

        one, two = Scheduler(told.desk, [mail(act)]), Scheduler(second, [mail(act)])
        first = asyncio.create_task(one.settle())
        await begun.wait()
        await two.settle()  # looks once before the jump, as a running one does
        clock.pass_(jump)
        await two.settle()
        let_go.set()
        await first

    asyncio.run(story())
    second.close()
    [kept] = told.get(deliveries.listing)
    assert (kept.status, len(kept.history), seen) == ("delivered", 1, [kept.id])


def test_after_a_clock_went_back_new_work_goes_on(told, clock):
    async def act(_job: Job) -> Reply:
        return FINE

    async def story() -> None:
        scheduler = Scheduler(told.desk, [mail(act), Sweep("house", lambda _work: False, every=30)])
        await scheduler.settle()
        clock.pass_(-3600)
        await asyncio.to_thread(book, told, 60)
        await scheduler.settle()

    asyncio.run(story())
    assert [d.status for d in told.get(deliveries.listing)] == ["delivered", "delivered"]


def test_ninety_days_of_retries(sqlite_office, receiver):
    """A quarter of a year beside a receiver that is down two days in fourteen, in seconds: nothing lost, nothing left over."""
    office = sqlite_office
    clock: Clock = office.desk.clock  # type: ignore[assignment]
    office.do(webhooks.add, "https://example.com/hook", event_types=["appointment.created"])
    began = clock.now
    arrived: list[str] = []

    async def act(job: Job) -> Reply:
        down = (clock.now - began) // 86400 % 14 >= 12  # two days in fourteen
        if not down:
            arrived.append(job.id)
        return FINE if not down else Reply(status=503, error_class="http")

    made = 0

    async def story() -> None:
        nonlocal made
        scheduler = Scheduler(office.desk, [mail(act)])
        for day in range(90):
            clock.now = began + day * 86400
            for n in range(4):
                await asyncio.to_thread(book, office, n)
                made += 1
            while (due := await scheduler.settle()) is not None and due < began + (day + 1) * 86400:
                clock.now = max(clock.now, due)

    asyncio.run(story())
    assert made == 360
    found = office.get(deliveries.listing, limit=1000)
    assert sorted(arrived) == sorted(d.id for d in found if d.status == "delivered")
    # what was made while the receiver was down for two days is delivered after them: the tries go on for 60 to 90 hours
    assert {d.status for d in found if d.created_at < began + 84 * 86400} == {"delivered"}
    assert max(len(d.history) for d in found) >= 7
