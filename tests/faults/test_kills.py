"""kill -9 of server and scheduler at random moments under load: what was acknowledged is kept, what follows from it happens."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from callboard.gateways.webhooks import Sender
from callboard.scheduler import Scheduler, deliveries
from callboard.scheduler.duty import LEASE_SECONDS
from callboard.services.service import SYSTEM, Desk
from callboard.settings import Settings
from faults.served import Crowd, Served
from receiver import Receiver
from scheduler.conftest import HOOKS

PATHS = ("/one", "/two")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.close()


def _batter(served: Served, key: str, kills: int) -> Crowd:
    """Kill the server so many times while a crowd books; then let it live until it is stopped politely."""
    chance = random.Random(1)
    served.start()
    crowd = Crowd(served.url, key)
    try:
        _kill(served, crowd, kills, chance)
        time.sleep(0.5)
    finally:
        crowd.leave()
        status = served.stop()  # it would be the next test's trouble
    assert status == 0, served.log
    return crowd


def _kill(served: Served, crowd: Crowd, kills: int, chance: random.Random) -> None:
    for n in range(kills):
        before, latest = len(crowd.kept), time.monotonic() + 30
        time.sleep(chance.uniform(0.05, 1.5))
        while n % 2 and len(crowd.kept) == before and time.monotonic() < latest:  # every other one dies in the midst of its work
            time.sleep(0.01)
        served.kill()
        served.start()


class Later:
    """The time once the leases of the dead have run out; it leaps to whatever is due next."""

    def __init__(self) -> None:
        self.ahead = LEASE_SECONDS + 5

    def __call__(self) -> int:
        return int(time.time()) + self.ahead


def _drain(desk: Desk, clock: Later) -> None:
    """What the dead left behind."""

    async def once() -> None:
        scheduler = Scheduler(desk, [deliveries.duty(Sender(allow_private=True), HOOKS, clock)])
        while (due := await scheduler.settle()) is not None and due <= clock() + 3600:
            clock.ahead += max(due - clock(), 0)
        await scheduler.close()

    asyncio.run(once())


def _rows(desk: Desk, statement: str) -> list[Any]:
    return desk.acting(SYSTEM).get(lambda work: list(work.execute(text(statement)).all()))


def _not_once(found: Counter[str], wanted: set[str]) -> dict[str, int]:
    return {id_: found[id_] for id_ in wanted | set(found) if found[id_] != (id_ in wanted)}


def _check(served: Served, folder: Path, crowd: Crowd, receiver: Receiver) -> dict[str, int]:
    settings = Settings(database_url=served.database_url, data_dir=folder, allow_private_webhooks=True)
    clock = Later()
    desk = Desk(settings, clock=clock)
    try:
        if desk.store.backend.name == "sqlite":
            assert _rows(desk, "PRAGMA integrity_check") == [("ok",)]
        booked = {r.id for r in _rows(desk, "SELECT id FROM bookings")}
        told = Counter(r.subject_id for r in _rows(desk, "SELECT subject_id FROM events WHERE type = 'booking.created'"))
        held = Counter(r.booking_id for r in _rows(desk, "SELECT booking_id FROM claims"))
        _drain(desk, clock)
        sent = _rows(desk, "SELECT * FROM deliveries WHERE type = 'appointment.created'")
    finally:
        desk.close()
    created = [g for g in receiver.got if g.json["type"] == "appointment.created"]
    bodies: dict[str, set[bytes]] = {}
    for got in created:
        bodies.setdefault(got.id, set()).add(got.body)
    wrong = {
        "acknowledged and lost": [id_ for id_ in crowd.kept if id_ not in booked],
        "not told once": _not_once(told, booked),  # each booking with its event, no event without its booking
        "not held once": _not_once(held, booked),
        "deliveries too many": len(sent) - len(booked) * len(PATHS),
        "not delivered": [dict(r._mapping) for r in sent if r.status != "delivered"],
        "delivered and not received": [r.id for r in sent if f"dlv_{r.id}" not in bodies],
        "received and not known": sorted(set(bodies) - {f"dlv_{r.id}" for r in sent}),
        "received in two wordings": [found for found in bodies.values() if len(found) > 1],
    }
    wrong = {what: found for what, found in wrong.items() if found}
    assert not wrong, "\n".join(f"{what}: {found}" for what, found in wrong.items()) + f"\n{served.log}"
    again = sum(n - 1 for n in Counter(g.id for g in created).values())
    return {"acknowledged": len(crowd.kept), "bookings": len(booked), "deliveries": len(sent), "duplicates": again}


def _story(database_url: str, folder: Path, receiver: Receiver, kills: int, *, quick: bool = False) -> None:
    served = Served(database_url, folder, quick=quick)
    key = served.prepare(*(receiver.url(path) for path in PATHS))
    crowd = _batter(served, key, kills)
    assert crowd.kept, (crowd.refused[:3], served.log)
    assert not crowd.troubles, (crowd.troubles, served.log)
    figures = _check(served, folder, crowd, receiver)
    sys.stdout.write(f"\n{kills} kills: {figures}\n")


def test_a_few_kills_lose_nothing(database_url, tmp_path, receiver):
    _story(database_url, tmp_path, receiver, 3 if database_url.startswith("sqlite") else 2)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kills", [int(os.environ.get("CALLBOARD_TEST_KILLS", "200"))])
def test_two_hundred_kills_lose_nothing(database_url, tmp_path, receiver, kills):
    _story(database_url, tmp_path, receiver, kills, quick=True)
