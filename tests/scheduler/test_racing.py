"""Processes that claim at the same instant, and one that dies with rows in hand: real processes on one database."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from callboard.domain.bookings import Wish
from callboard.domain.webhooks import Delivery
from callboard.scheduler import deliveries as mail
from callboard.scheduler.duty import LEASE_SECONDS
from callboard.services import bookings, deliveries, webhooks
from faults.served import Served
from receiver import Receiver
from scheduler.conftest import settle
from support import Clock, Office

RACERS, ROUNDS, WIDTH = 2, 8, 3

# Claims when told to, says how many rows it got, and gives them back when told to.
RACER = """
import sys
from callboard.domain.leases import Lease
from callboard.services import deliveries
from callboard.services.service import SYSTEM, Desk
from callboard.settings import Settings

desk = Desk(Settings(database_url=sys.argv[1]))
session = desk.acting(SYSTEM)
session.get(deliveries.next_due)
print("ready", flush=True)
for n, _ in enumerate(sys.stdin):
    lease = Lease(token=f"{sys.argv[2]}-{n}", seconds=60, limit=64, hands=64, holder=sys.argv[2], ahead=3)
    jobs = session.do(deliveries.claim, lease)
    print(len(jobs), flush=True)
    sys.stdin.readline()
    if jobs:
        session.do(deliveries.give_back, jobs)
    print("back", flush=True)
desk.close()
"""


def _racer(url: str, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RACER, url, name]
    return subprocess.Popen(command, env=dict(os.environ), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _say(racers: list[subprocess.Popen[str]], word: str = "go") -> list[str]:
    """Tell all of them at once; what each answers."""
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write(word + "\n")
        racer.stdin.flush()
    return _hear(racers)


def _hear(racers: list[subprocess.Popen[str]]) -> list[str]:
    return [racer.stdout.readline().strip() for racer in racers if racer.stdout is not None]


def test_processes_that_claim_at_one_instant_keep_to_an_endpoints_limit_together(office, clock):
    office.do(webhooks.add, "https://example.com/hook", event_types=["appointment.created"], concurrency=WIDTH)
    start = (clock() // 86400 + 1) * 86400
    for n in range(20):
        office.do(bookings.book, Wish(starts_at=start + n * 3600, customer_name="Jane Doe", outside_hours=True))
    racers = [_racer(office.desk.settings.database_url, f"racer{n}") for n in range(RACERS)]
    try:
        assert _hear(racers) == ["ready"] * RACERS
        for _ in range(ROUNDS):
            taken = [int(word) for word in _say(racers)]
            assert sum(taken) == WIDTH, taken
            assert _say(racers) == ["back"] * RACERS
    finally:
        for racer in racers:
            racer.communicate()


# --- a process that dies --------------------------------------------------------------------------------------------
@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Served:
    return Served(database_url, tmp_path)


@pytest.fixture
def hanging(office: Office, clock: Clock, receiver: Receiver, served: Served) -> Iterator[Served]:
    """A real server that has everything in hand and hears no answer."""
    clock.now = int(time.time())
    receiver.answer("/hook", hang=True)
    office.do(webhooks.add, receiver.url(), event_types=["appointment.created"], concurrency=WIDTH)
    for n in range(WIDTH):
        office.do(bookings.book, Wish(starts_at=(clock() // 86400 + 1 + n) * 86400, customer_name="Jane Doe", outside_hours=True))
    served.start()
    while len(receiver.got) < WIDTH:
        time.sleep(0.01)
    receiver.answer("/hook")
    clock.now = int(time.time())
    yield served
    served.kill()


def test_what_a_killed_server_had_in_hand_goes_out_at_once_and_by_the_same_ids(office, receiver, hanging):
    hanging.kill()
    latest = time.monotonic() + LEASE_SECONDS / 2  # well before the leases run out by themselves
    while len(receiver.got) < 2 * WIDTH and time.monotonic() < latest:  # a server may take a moment to see that its client died
        settle(office.desk, mail.inheritance())
    sent: list[Delivery] = office.get(deliveries.listing, limit=100)
    assert {(d.status, d.attempts, len(d.history)) for d in sent} == {("delivered", 1, 1)}
    ids = {f"dlv_{d.id}" for d in sent}
    assert {g.id for g in receiver.got[:WIDTH]} == {g.id for g in receiver.got[WIDTH:]} == ids
    assert len({g.body for g in receiver.got}) == WIDTH == len(receiver.got) / 2


def test_what_a_living_server_has_in_hand_stays_its_own_however_long_it_says_nothing(office, receiver, hanging):
    hanging.pause()
    try:
        settle(office.desk, mail.inheritance())
    finally:
        hanging.resume()
    assert len(receiver.got) == WIDTH
    assert {d.status for d in office.get(deliveries.listing, limit=100)} == {"waiting"}
