"""Too many at once: connections over the limit, and addresses that show wrong keys."""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path

import httpx
import pytest

from callboard.domain import keys as rules
from callboard.domain.ids import to_uuid
from callboard.web import dialects as registry
from callboard.web import running
from callboard.web.attempts import MOST_ADDRESSES, Attempts
from callboard.web.faults import NoSuchRoute, TooManyRequests, Unauthenticated
from dialects.house import House

CALLS = "/qubesheets/api/external/video-calls"
LIST = {
    "qubesheets": "/api/external/video-calls",
    "qualifybase": "/api/v1/agents",
    "qtvoice": "/api/v1/calls",
    "involve": "/api/v1/appointments",
    "apifycloud": "/api/v1/video/APP/scheduled-calls",
}
WRONG = rules.mint("qubesheets", "65f1b2c3d4e5f6a7b8c9d0e1")  # well-formed, of nobody


# --- connections ------------------------------------------------------------------------------------------------------
def test_one_connection_too_many_is_told_so_in_its_dialect_and_the_next_is_served(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CONNECTIONS", 4)
    house = House(folder)
    with contextlib.closing(house):
        tenant = house.tenant()
        http = tenant.client()
        assert http.get(CALLS).status_code == 200
        tenant.close()
        idle = [socket.create_connection(("127.0.0.1", house.port), timeout=10) for _ in range(3)]
        for sock in idle:  # in use, and kept alive afterwards
            sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert sock.recv(65536).startswith(b"HTTP/1.1 200")
        for dialect in registry.load():
            head = {"authorization": f"Bearer {tenant.text}"}
            answer = httpx.get(house.url + dialect.base + LIST[dialect.name], headers=head)
            assert answer.status_code == 503
            assert (answer.headers["retry-after"], answer.headers["connection"]) == ("1", "close")
            dialect.error.model_validate(answer.json())
        page = httpx.get(house.url + "/")
        assert (page.status_code, page.json(), page.headers["retry-after"]) == (503, {"error": "Too many connections"}, "1")
        for sock in idle:
            sock.close()
        again = tenant.client()
        for _ in range(100):
            if again.get(CALLS).status_code == 200:
                break
            time.sleep(0.05)
        assert [again.get(CALLS).status_code for _ in range(3)] == [200, 200, 200]
        tenant.close()


# --- wrong keys -------------------------------------------------------------------------------------------------------
def wrong(house: House, path: str = CALLS, key: str = WRONG, **headers: str) -> httpx.Response:
    return httpx.get(house.url + path, headers={"authorization": f"Bearer {key}", **headers})


@pytest.mark.parametrize("dialect", registry.load(), ids=lambda d: d.name)
def test_the_fourth_wrong_key_of_a_minute_waits(folder: Path, dialect: registry.Dialect) -> None:
    house = House(folder, failed_keys_per_minute=3)
    with contextlib.closing(house):
        tenant = house.tenant()
        http = tenant.client()
        path = dialect.base + LIST[dialect.name].replace("APP", to_uuid(tenant.org.id))
        assert [wrong(house, path, key).status_code for key in (WRONG, "x", "qbs_")] == [401, 401, 401]
        house.clock.pass_(20)
        refused = wrong(house, path)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "40")
        dialect.error.model_validate(refused.json())
        assert http.get(path).status_code == 200  # the right key is never hindered, met before or not
        assert tenant.client(tenant.new_key()).get(path).status_code == 200
        house.clock.pass_(40)
        assert wrong(house, path).status_code == 401
        tenant.close()


def test_a_revoked_key_counts_as_a_wrong_one(folder: Path) -> None:
    from callboard.services import keys

    house = House(folder, failed_keys_per_minute=2)
    with contextlib.closing(house):
        tenant = house.tenant()
        http = tenant.client()
        assert http.get(CALLS).status_code == 200
        tenant.session.do(keys.revoke, tenant.org.id, tenant.key.id)
        assert [http.get(CALLS).status_code for _ in range(4)] == [401, 401, 429, 429]
        tenant.close()


def test_each_address_has_its_own_number_and_a_trusted_proxy_says_whose_it_is(folder: Path) -> None:
    for trusted, codes in (("127.0.0.1", [401, 429, 401, 429]), ("", [401, 429, 429, 429])):
        house = House(folder / (trusted or "none"), failed_keys_per_minute=1, trusted_proxies=trusted)
        with contextlib.closing(house):
            seen = [wrong(house, **{"x-forwarded-for": a}).status_code for a in ["203.0.113.1"] * 2 + ["203.0.113.2"] * 2]
        assert seen == codes


def test_what_is_counted_is_bounded_and_ipv6_by_its_network() -> None:
    attempts = Attempts(1)
    refusal = Unauthenticated()
    assert attempts.judge(refusal, ("2001:db8::1", 1), 0) is refusal
    assert isinstance(attempts.judge(refusal, ("2001:db8::ffff", 2), 0), TooManyRequests)
    assert attempts.judge(refusal, ("2001:db8:0:1::1", 2), 0) is refusal
    other = NoSuchRoute()
    assert attempts.judge(other, ("2001:db8::1", 1), 0) is other
    for n in range(2 * MOST_ADDRESSES):
        attempts.judge(refusal, (f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", 1), 0)
    assert len(attempts._seen) == MOST_ADDRESSES
    assert Attempts(0).judge(refusal, None, 0) is refusal
