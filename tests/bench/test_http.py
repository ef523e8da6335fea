"""Requests a second through the whole wire against a bare Starlette JSON route: same server, 32 connections, SQLite FULL."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.raw import raw_booking
from callboard.domain.events import Actor
from callboard.domain.hours import parse_hours
from callboard.services import agents, keys, organizations
from callboard.services.service import Desk
from callboard.settings import Settings

CONNECTIONS = 32
SECONDS = 4.0
pytestmark = pytest.mark.bench


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """(port, key) of a server in a process of its own: five agents around the clock."""

    desk = Desk(Settings(data_dir=tmp_path))
    with closing(desk):
        session = desk.acting(Actor(kind="cli", name="bench"))
        org = session.do(organizations.add, "Acme", "America/New_York").id
        for n in range(5):
            session.do(agents.add, org, f"Agent {n}", hours=parse_hours("mon-sun 00:00-24:00"))
        text = session.do(keys.add, org, "bench", "qubesheets", (), rate_limit=100_000_000)[1]
    port = _free()
    script = Path(__file__).with_name("bare_http.py")
    env = {**os.environ, "PYTHONPATH": str(script.parents[1])}
    process = subprocess.Popen([sys.executable, str(script), str(tmp_path), str(port)], env=env)
    for _ in range(200):
        with suppress(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/healthz")
            break
        time.sleep(0.05)
    yield port, text
    process.terminate()
    assert process.wait(30) == 0


def _free() -> int:
    import socket

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def _drive(port: int, make: Callable[[], bytes], status: bytes) -> list[float]:
    """Seconds of each request, from 32 connections that each ask again as soon as they are answered."""
    times: list[float] = []
    ends = time.perf_counter() + SECONDS

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (begun := time.perf_counter()) < ends:
            writer.write(make())
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            assert head[9:12] == status, head
            times.append(time.perf_counter() - begun)
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return times


def measure(port: int, make: Callable[[], bytes], status: int) -> tuple[float, float, float]:
    """(requests a second, p50, p99 in milliseconds)."""
    times = asyncio.run(_drive(port, make, str(status).encode()))
    cuts = statistics.quantiles(times, n=100)
    return len(times) / SECONDS, cuts[49] * 1000, cuts[98] * 1000


def request(method: str, path: str, text: str, body: Any = None) -> bytes:
    raw = b"" if body is None else json.dumps(body).encode()
    kind = f"Content-Type: application/json\r\nContent-Length: {len(raw)}\r\n" if raw else ""
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {text}\r\n{kind}\r\n".encode() + raw


def rows_alone(folder: Path, groups: int = 60) -> float:
    """Bookings a second when the bare driver writes their rows, 32 a commit: no wire, no rules, the store and nothing else."""
    with closing(Desk(Settings(data_dir=folder))) as desk:
        session = desk.acting(Actor(kind="cli", name="bench"))
        org = session.do(organizations.add, "Acme", "America/New_York").id
        agent = session.do(agents.add, org, "Agent").id
    with closing(sqlite3.connect(folder / "callboard.db", isolation_level=None)) as driver:
        driver.execute("PRAGMA synchronous=FULL")
        starts = itertools.count(2_000_000_000, 1800)
        begun = time.perf_counter()
        for _ in range(groups):
            driver.execute("BEGIN IMMEDIATE")
            for start in itertools.islice(starts, CONNECTIONS):
                raw_booking(driver, org, agent, start)
            driver.execute("COMMIT")
        return groups * CONNECTIONS / (time.perf_counter() - begun)


def test_against_a_bare_route(served: tuple[int, str], tmp_path: Path, figures: Any) -> None:
    port, text = served
    first = (int(time.time()) // 86400 + 2) * 86400
    slots = itertools.count()

    def booking() -> bytes:
        when = first + next(slots) // 5 * 1800  # five agents: each time is there five times
        at = datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        body = {"customerName": "Jane Doe", "customerPhone": "5551234567", "scheduledFor": at}
        return request("POST", "/qubesheets/api/external/video-calls", text, body)

    day = datetime.fromtimestamp(first, UTC).date().isoformat()
    ask = request("GET", f"/qualifybase/api/v1/availability?from={day}&limit=5", text)
    asked = itertools.count()

    def another() -> bytes:
        """A question that nobody has asked in this second."""
        n = next(asked)
        at = datetime.fromtimestamp(first + n % 50 * 86400, UTC).date().isoformat()
        return request("GET", f"/qualifybase/api/v1/availability?from={at}&limit=5&duration={15 + n // 50 % 400}", text)

    bare_get = measure(port, lambda: request("GET", "/bare", text), 200)
    slots_found = measure(port, lambda: ask, 200)
    different = measure(port, another, 200)
    example = {"customerName": "Jane Doe", "customerPhone": "5551234567", "scheduledFor": "2026-06-15T20:00:00Z"}
    bare_post = measure(port, lambda: request("POST", "/bare", text, example), 201)
    floor = measure(port, lambda: request("POST", "/floor", text, example), 201)
    booked = measure(port, booking, 201)
    figures.ratio("availability GET, 32 connections", slots_found[0], bare_get[0], "≥ 0.4", "req/s")
    figures.ratio("availability GET, no question twice", different[0], bare_get[0], "none", "req/s")
    figures.ratio("booking POST, 32 connections, FULL", booked[0], bare_post[0], "≥ 0.3", "req/s")
    figures.ratio("its rows through the same writer, no key, no rules", floor[0], bare_post[0], "none", "req/s")
    figures.ratio(
        "the rows of a booking alone, bare driver, 32 a commit", rows_alone(tmp_path / "raw"), bare_post[0], "none", "/s"
    )
    figures.ratio("availability p99 over p50", slots_found[2], slots_found[1], "< 10")
    figures.ratio("booking p99 over p50", booked[2], booked[1], "< 10")
