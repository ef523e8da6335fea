"""Webhook deliveries a second: against the same client bare, and with dead endpoints among the living."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from callboard.domain.bookings import Wish
from callboard.domain.webhooks import Reply
from callboard.gateways.webhooks import Sender
from callboard.scheduler import Scheduler, deliveries
from callboard.services import bookings, webhooks
from callboard.services import deliveries as verbs
from callboard.services.service import Desk
from receiver import Elsewhere
from scheduler.conftest import HOOKS
from support import Office, make_office

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]
ENDPOINTS, DEAD, BOOKINGS, PAIRS = 20, 2, 120, 5


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    server = Elsewhere()
    yield server
    server.close()


def _prepare(office: Office, urls: list[str]) -> list[str]:
    """An endpoint each, and a booking each told to all of them; the endpoints' ids."""
    hooks = [office.do(webhooks.add, url, event_types=["appointment.created"])[0].id for url in urls]
    start = (office.desk.clock() // 86400 + 1) * 86400
    for n in range(BOOKINGS):
        office.do(bookings.book, Wish(starts_at=start + n * 3600, customer_name="Jane Doe", outside_hours=True))
    return hooks


def _drain(office: Office, hooks: list[str], then: Callable[[], None] = lambda: None) -> float:
    """Seconds until everything for these endpoints has been sent and recorded; ``then`` ends what others still hang on."""
    left = len(hooks) * BOOKINGS

    def record(work: Any, outcomes: Sequence[tuple[verbs.Job, Reply | Exception]]) -> None:
        nonlocal left
        verbs.record_all(work, outcomes)
        left -= sum(job.webhook.id in hooks and isinstance(reply, Reply) and not reply.error_class for job, reply in outcomes)

    async def story() -> float:
        duty = deliveries.duty(Sender(allow_private=True), HOOKS, office.desk.clock)
        scheduler = Scheduler(office.desk, [replace(duty, record_all=record)])
        begin = time.perf_counter()
        working = asyncio.create_task(scheduler.run())
        while left:  # noqa: ASYNC110 - a measurement
            await asyncio.sleep(0.005)
        elapsed = time.perf_counter() - begin
        scheduler.stop()
        then()
        await working
        return elapsed

    return asyncio.run(story())


def _bare(urls: list[str], posts: int, hands: int) -> float:
    """Seconds for the same client to post as many bodies of the same size to the same receiver, so many at once."""
    headers = {"Content-Type": "application/json", **{f"X-Header-{n}": "a" * 64 for n in range(6)}}
    body = b"x" * 380

    async def story() -> float:
        async with httpx.AsyncClient() as client:
            todo = iter([urls[n % len(urls)] for n in range(posts)])

            async def hand() -> None:
                for url in todo:
                    (await client.post(url, content=body, headers=headers)).raise_for_status()

            begin = time.perf_counter()
            await asyncio.gather(*(hand() for _ in range(hands)))
            return time.perf_counter() - begin

    return asyncio.run(story())


def _middle(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    """The pair whose ratio is the median: what disturbs the machine disturbs both of a pair, and no more than a few pairs."""
    return sorted(pairs, key=lambda pair: pair[0] / pair[1])[len(pairs) // 2]


def test_against_the_same_client_bare(desk, elsewhere, figures):
    urls = [elsewhere.url(f"/live/{n}") for n in range(ENDPOINTS)]
    count = ENDPOINTS * BOOKINGS
    # One pool of httpx is at its best with few at once, and slow with as many as we have: it is given what it likes best.
    best = max((4, 8, 16), key=lambda hands: count / _bare(urls, count, hands))
    pairs = []
    for n in range(PAIRS):  # in turn, so that a busy machine is busy for both
        office = make_office(desk, f"House {n}")
        hooks = _prepare(office, urls)
        pairs.append((count / _drain(office, hooks), count / _bare(urls, count, best)))
    what = f"deliveries signed, claimed, sent, logged, {ENDPOINTS} endpoints, {desk.store.backend.name}; httpx bare, {best} hands"
    figures.ratio(what, *_middle(pairs), "≥ 0.6", "/s")


def _beside_dead(desk: Desk, live: list[str], name: str) -> float:
    """Seconds until the living have everything, beside endpoints that take connections and never answer."""
    silent = Elsewhere()
    office = make_office(desk, name)
    hooks = _prepare(office, live + [silent.url(f"/hang/{n}") for n in range(DEAD)])
    try:
        return _drain(office, hooks[: len(live)], then=silent.close)
    finally:
        for hook in hooks[len(live) :]:
            office.do(webhooks.remove, hook)


def _alone(desk: Desk, live: list[str], name: str) -> float:
    """Seconds until the living have everything, beside nobody."""
    office = make_office(desk, name)
    return _drain(office, _prepare(office, live))


def test_two_dead_of_twenty(desk, elsewhere, figures):
    live = [elsewhere.url(f"/live/{n}") for n in range(ENDPOINTS - DEAD)]
    count = len(live) * BOOKINGS
    pairs = []
    for n in range(2 * PAIRS):  # each first in turn: the tables grow, and the second of two has the longer ones
        arms = [lambda n=n: _beside_dead(desk, live, f"Among {n}"), lambda n=n: _alone(desk, live, f"Alone {n}")]
        first = n % 2
        seconds = {arm: arms[arm]() for arm in (first, 1 - first)}
        pairs.append((count / seconds[0], count / seconds[1]))
    what = f"deliveries to 18 endpoints beside {DEAD} that hang, {desk.store.backend.name}; without them"
    figures.ratio(what, *_middle(pairs), "≥ 0.9", "/s")
