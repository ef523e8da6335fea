"""Remembered answers are never old: whatever anybody commits, in any process, is seen by the very next request."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from callboard.services import agents, bookings, keys, organizations
from callboard.services.service import system_clock
from callboard.web import journal, remembered
from callboard.web.contract import Answer, Dialect, Routes
from callboard.web.remembered import Remembered
from dialects import toy
from dialects.house import House, Tenant

CALLS = "/qubesheets/api/external/video-calls"
SLOTS = "/qualifybase/api/v1/availability?from=2026-06-15&to=2026-06-15&limit=50"
BODY = {"customerName": "Jane Doe", "customerPhone": "5551234567", "scheduledFor": "2026-06-15T20:00:00.000Z"}


def by_hand(house: House, *words: str) -> Any:
    """The command line, in a process of its own."""
    url = f"sqlite:///{house.settings.data_dir / 'callboard.db'}"
    command = [sys.executable, "-m", "callboard", *words, "--json", "--database-url", url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "null")


def starts(answer: httpx.Response) -> list[str]:
    return [slot["starts_at"] for slot in answer.json()["data"]]


@pytest.fixture
def quiet(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A server that writes nothing of its own accord: its request log is a change like any other."""
    monkeypatch.setattr(journal, "EVERY_SECONDS", 3600)
    found = House(folder, extra=[_dialect(_slow)])
    yield found
    found.close()


def test_the_same_question_is_put_to_the_database_once(quiet: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house, tenant = quiet, quiet.tenant()
    http = tenant.client()
    first = http.get(SLOTS)
    ran = _count_reads(house, monkeypatch)
    for _ in range(5):
        again = http.get(SLOTS)
        assert (again.status_code, again.content) == (200, first.content)
        assert again.headers["x-request-id"] != first.headers["x-request-id"]
    head = http.head(SLOTS)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(first.content)))
    assert ran == []
    http.get(SLOTS + "&preference=morning")
    assert len(ran) == 1
    house.clock.pass_(1)  # what is free depends on the time
    http.get(SLOTS)
    assert len(ran) == 2
    tenant.close()


def _count_reads(house: House, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """An entry for each reader's transaction from now on."""
    ran: list[int] = []
    real = house.desk.ask

    def ask(actor: Any, query: Any) -> Any:
        ran.append(1)
        return real(actor, query)

    monkeypatch.setattr(house.desk, "ask", ask)
    return ran


def test_a_booking_made_by_another_process_is_seen_by_the_very_next_request(folder: Path) -> None:
    house = House(folder, clock=system_clock)
    with contextlib.closing(house):
        tenant = house.tenant()
        http = tenant.client()
        day = datetime.fromtimestamp(system_clock() + 3 * 86400, UTC).date()
        slots = f"/qualifybase/api/v1/availability?from={day}&to={day}&limit=50"
        before = starts(http.get(slots))
        assert starts(http.get(slots)) == before
        assert http.get(CALLS).json()["videoCalls"] == []
        by_hand(house, "bookings", "add", "--organization", tenant.org.id, "--name", "Jane Doe", "--at", before[3])
        assert set(before) - set(starts(http.get(slots))) == {before[3]}
        assert [c["customerName"] for c in http.get(CALLS).json()["videoCalls"]] == ["Jane Doe"]
        tenant.close()


def test_what_this_process_writes_is_seen_at_once(house: House, tenant: Tenant) -> None:
    http = tenant.client()
    for hour in range(13, 20):
        assert f"2026-06-15T{hour}:00:00.000Z" in starts(http.get(SLOTS))
        made = http.post(CALLS, json={**BODY, "scheduledFor": f"2026-06-15T{hour}:00:00.000Z"}).json()["videoCall"]["id"]
        assert f"2026-06-15T{hour}:00:00.000Z" not in starts(http.get(SLOTS))
        one = http.get(f"{CALLS}/{made}").json()["videoCall"]
        tenant.session.do(bookings.start, tenant.org.id, made)
        assert http.get(f"{CALLS}/{made}").json()["videoCall"] != one
        tenant.session.do(bookings.complete, tenant.org.id, made)


def test_a_key_revoked_by_another_process_is_refused_on_the_very_next_request(house: House, tenant: Tenant) -> None:
    text = tenant.new_key()
    http = tenant.client(text)
    assert [http.get(SLOTS).status_code for _ in range(3)] == [200, 200, 200]
    by_hand(house, "keys", "revoke", text.split("_")[1], "--organization", tenant.org.id)
    assert [http.get(SLOTS).status_code for _ in range(2)] == [401, 401]
    assert tenant.client().get(SLOTS).status_code == 200


def test_nobody_gets_the_answer_of_another_key(house: House, tenant: Tenant) -> None:
    stranger = house.tenant()
    tenant.client().post(CALLS, json=BODY)
    mine, theirs = tenant.client(), stranger.client()
    poor = tenant.client(tenant.new_key("leads:read"))
    for _ in range(3):
        assert len(mine.get(CALLS).json()["videoCalls"]) == 1
        assert theirs.get(CALLS).json()["videoCalls"] == []
        assert poor.get(CALLS).status_code == 403
        assert mine.get("/qualifybase/api/v1/me").json()["clinic"]["name"] == tenant.org.name
        assert theirs.get("/qualifybase/api/v1/me").json()["clinic"]["name"] == stranger.org.name
    stranger.close()


def test_a_refusal_is_not_remembered(house: House, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    http = tenant.client()
    ran = _count_reads(house, monkeypatch)
    for path in (f"{CALLS}/65f1b2c3d4e5f6a7b8c9d0ff", "/qualifybase/api/v1/availability?agent_id=65f1b2c3d4e5f6a7b8c9d0ff"):
        ran.clear()
        first = [http.get(path).status_code for _ in range(3)]
        assert first[0] >= 400
        assert len(ran) >= 3


def test_limits_count_remembered_answers_too(house: House, tenant: Tenant) -> None:
    http = tenant.client(tenant.new_key(rate_limit=5))
    assert [http.get(SLOTS).status_code for _ in range(7)] == [200] * 5 + [429] * 2


class Gate:
    """Holds the slow handler until it is opened, and counts who came in."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.ran: list[str] = []


_gate = Gate()


def _slow(work: Any, call: Any) -> Answer:
    _gate.ran.append(call.org)
    assert _gate.open.wait(20)
    return Answer(200, {"agents": len(agents.all(work, call.org))})


def _dialect(handler: Any) -> Dialect:
    routes = Routes()
    routes.get("/ask", scope=None)(handler)
    return replace(toy.DIALECT, name="slow", base="/slow", routes=routes)


def _came(count: int) -> None:
    """Wait until so many are in the slow handler."""
    for _ in range(2000):
        if len(_gate.ran) >= count:
            return
        time.sleep(0.01)
    raise AssertionError(_gate.ran)


def test_the_same_question_at_once_is_answered_by_one_reading(quiet: House) -> None:
    """Eight ask while the first one's answer is being made; a commit in between makes the next eight a new question."""
    tenant = quiet.tenant(rate_limit=100_000_000)
    _gate.open.set()
    assert tenant.client().get("/slow/ask").json() == {"agents": 1}  # the key is known, its window begun, from here on
    _gate.open.clear()
    quiet.clock.pass_(1)
    _gate.ran.clear()
    with ThreadPoolExecutor(20) as pool:
        first = [pool.submit(tenant.client().get, "/slow/ask") for _ in range(8)]
        _came(1)
        tenant.session.do(agents.add, tenant.org.id, "Another")
        later = [pool.submit(tenant.client().get, "/slow/ask") for _ in range(8)]
        _came(2)
        _gate.open.set()
        assert {f.result().status_code for f in first} == {200}
        assert {f.result().json()["agents"] for f in later} == {2}
    assert len(_gate.ran) == 2
    tenant.close()


def test_memory_is_bounded(house: House, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST_ANSWERS", 3)
    http = tenant.client()
    kept: Remembered = house.app._common.remembered
    for n in range(10):
        assert http.get(f"{CALLS}?limit={n + 1}").status_code == 200
        assert len(kept._answers) <= 3
    monkeypatch.setattr(remembered, "MOST_BYTES", kept._bytes + 10)
    monkeypatch.setattr(remembered, "MOST_ANSWERS", 100)
    size = kept._bytes
    for n in range(10):
        assert http.get(f"{CALLS}?skip={n}").status_code == 200
    assert kept._bytes <= size + 10 or kept._moment is None


def test_on_postgresql_nothing_is_remembered(postgres_url: str, folder: Path) -> None:
    house = House(folder, database_url=postgres_url)
    with contextlib.closing(house):
        tenant = house.tenant()
        http = tenant.client()
        before = starts(http.get(SLOTS))
        session = tenant.session
        session.do(agents.update, tenant.org.id, tenant.agents[0].id, active=False)
        assert starts(http.get(SLOTS)) == []
        session.do(agents.update, tenant.org.id, tenant.agents[0].id, active=True)
        assert starts(http.get(SLOTS)) == before
        session.do(organizations.update, tenant.org.id, name="Renamed")
        assert http.get("/qualifybase/api/v1/me").json()["clinic"]["name"] == "Renamed"
        session.do(keys.revoke, tenant.org.id, tenant.key.id)
        assert http.get(SLOTS).status_code == 401
        assert house.app._common.remembered._answers == {}
        tenant.close()
