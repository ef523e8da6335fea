"""Rate limits: the contract's number, exactly, over all processes; each 429 says how long to wait."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from callboard.services import limits
from callboard.services.limits import RateLimit
from callboard.services.service import Desk
from callboard.web import dialects as registry
from dialects.house import NOW, House
from support import Clock, Office

LIST = {"qualifybase": "/qualifybase/api/v1/agents", "qtvoice": "/qtvoice/api/v1/calls"}


@pytest.fixture
def house(folder: Path):
    found = House(folder)
    yield found
    found.close()


def test_the_numbers_of_the_contracts() -> None:
    found = {d.name: d.limit for d in registry.load()}
    assert found["qualifybase"] == RateLimit(120, 60)
    assert found["qtvoice"] == RateLimit(1000, 3600)


def test_the_121st_request_of_a_minute_is_refused_and_the_next_minute_is_free(house: House) -> None:
    tenant = house.tenant(rate_limit=None)
    http = tenant.client()
    codes = [http.get(LIST["qualifybase"]).status_code for _ in range(120)]
    assert codes == [200] * 120
    house.clock.pass_(20)
    refused = http.get(LIST["qualifybase"])
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "40"
    assert http.get(LIST["qtvoice"]).status_code == 200  # another dialect's window
    house.clock.pass_(40)
    assert http.get(LIST["qualifybase"]).status_code == 200
    tenant.close()


def test_each_key_has_its_own_window(house: House) -> None:
    tenant = house.tenant(rate_limit=2)
    first, second = tenant.client(), tenant.client(tenant.new_key(rate_limit=2))
    assert [first.get(LIST["qualifybase"]).status_code for _ in range(3)] == [200, 200, 429]
    assert second.get(LIST["qualifybase"]).status_code == 200
    tenant.close()


def test_qtvoice_counts_aloud(house: House) -> None:
    tenant = house.tenant(rate_limit=None)
    http = tenant.client()
    seen = []
    for _ in range(3):
        headers = http.get(LIST["qtvoice"]).headers
        seen.append((headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"], headers["x-ratelimit-reset"]))
        house.clock.pass_(10)
    assert seen == [("1000", "999", "3600"), ("1000", "998", "3590"), ("1000", "997", "3580")]
    tenant.close()


def test_two_servers_on_one_database_share_the_window(house: House) -> None:
    other = House(house.settings.data_dir, clock=house.clock)
    with contextlib.closing(other):
        tenant = house.tenant(rate_limit=60)
        here = tenant.client()
        there = replace(tenant, house=other, clients=[]).client()
        codes = [http.get(LIST["qualifybase"]).status_code for _ in range(40) for http in (here, there)]
        there.close()
        tenant.close()
    assert codes.count(200) == 60
    assert codes[:60] == [200] * 60


def test_many_at_once_get_exactly_the_limit(house: House) -> None:
    tenant = house.tenant(rate_limit=100)
    clients = [tenant.client() for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        codes = list(pool.map(lambda n: clients[n % 16].get(LIST["qualifybase"]).status_code, range(240)))
    tenant.close()
    assert codes.count(200) == 100
    assert codes.count(429) == 140


def test_a_large_limit_is_taken_in_chunks_and_is_never_exceeded(house: House) -> None:
    tenant = house.tenant(rate_limit=2100)
    clients = [tenant.client() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda n: clients[n % 8].get("/qubesheets/api/external/none").status_code, range(2)))
        assert set(codes) == {404}  # no route: nobody's allowance
        codes = list(pool.map(lambda n: clients[n % 8].get("/qubesheets/api/external/video-calls").status_code, range(2300)))
    tenant.close()
    assert codes.count(200) == 2100


def test_windows_on_both_databases(office: Office, clock: Clock) -> None:
    limit = RateLimit(10, 60)
    take = office.session.do
    begun = clock()
    assert take(limits.take, "key:dialect", limit, 4) == limits.Allowance(4, 6, begun + 60)
    clock.pass_(59)
    assert take(limits.take, "key:dialect", limit, 9) == limits.Allowance(6, 0, begun + 60)
    assert take(limits.take, "key:dialect", limit, 1) == limits.Allowance(0, 0, begun + 60)
    assert take(limits.take, "other:dialect", limit, 1).granted == 1
    clock.pass_(1)
    assert take(limits.take, "key:dialect", limit, 1) == limits.Allowance(1, 9, begun + 120)


def test_windows_raced_on_both_databases(desk: Desk, office: Office) -> None:
    futures = [office.session.submit(limits.take, "raced:x", RateLimit(50, 60), 3) for _ in range(40)]
    assert sum(f.result().granted for f in futures) == 50


def test_clock_starts_where_the_tests_think() -> None:
    assert Clock(NOW)() == 1776859200
