"""The whole program: ``callboard serve`` in a process of its own, with links and an operator beside it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import httpx

from callboard.domain.events import Actor
from callboard.services import bookings, links, organizations, rooms
from callboard.services.service import Desk
from callboard.settings import Settings
from rooms.engines import answers, free_port
from rooms.peers import Page


def cli(environment: dict[str, str], *words: str) -> dict:
    done = subprocess.run([sys.executable, "-m", "callboard", *words, "--json"], env=environment, capture_output=True, check=True)
    return json.loads(done.stdout)


async def test_a_call_on_the_served_program(tmp_path: Path) -> None:
    port = free_port()
    environment = {
        **os.environ,
        "CALLBOARD_DATA_DIR": str(tmp_path),
        "CALLBOARD_DATABASE_URL": f"sqlite:///{tmp_path / 'c.db'}",
        "CALLBOARD_PUBLIC_URL": f"http://localhost:{port}",
    }
    cli(environment, "organizations", "add", "Acme Moving", "--timezone", "America/New_York")
    agent = cli(environment, "agents", "add", "Dana", "--organization", "Acme Moving", "--hours", "mon-sun 00:00-24:00")
    assert agent["id"]
    desk = Desk(Settings(database_url=environment["CALLBOARD_DATABASE_URL"], data_dir=tmp_path))
    session = desk.acting(Actor(kind="console", name="operator"))
    org = session.get(organizations.find, "Acme Moving").id
    command = [sys.executable, "-m", "callboard", "serve", "--port", str(port)]
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(  # noqa: ASYNC220 - a test may block
            command, env=environment, stdout=log, stderr=log
        ) as program,
    ):
        try:
            ends = time.monotonic() + 60
            while not answers(port):
                assert program.poll() is None, (tmp_path / "log").read_text()
                assert time.monotonic() < ends
                await asyncio.sleep(0.1)
            wish = bookings.Wish(starts_at=int(time.time()) + 300, duration_minutes=30, customer_name="Robin Vale")
            booking = session.do(bookings.book, org, wish)

            def token(_booking: object, role: str) -> str:
                url = session.get(links.join_url, f"http://localhost:{port}", booking, role)
                return parse_qs(urlsplit(url).query)["t"][0]

            place = SimpleNamespace(token=token, server=SimpleNamespace(url=f"http://localhost:{port}"))
            url = session.get(links.join_url, f"http://localhost:{port}", booking, "customer")
            async with httpx.AsyncClient() as http:
                assert (await http.get(url)).status_code == 200
                assert (await http.get(url + "x")).status_code == 403
                assert (await http.get(f"http://localhost:{port}/join/static/main.js")).status_code == 200
            async with Page(place, booking, "customer") as customer, Page(place, booking, "agent") as other:
                await customer.join()
                await other.join()
                assert [r.booking.id for r in await asyncio.to_thread(session.get, rooms.waiting, org)] == [booking.id]
                await asyncio.to_thread(session.do, rooms.admit, org, booking.id)
                await customer.until(lambda: customer.frames > 3)
                await asyncio.to_thread(session.do, rooms.end, org, booking.id)
                await customer.until(lambda: customer.room["state"] == "ended")
            for secret in (customer.token, other.token, customer.session):
                assert secret not in (tmp_path / "log").read_text()
        finally:
            program.terminate()
            assert program.wait(60) == 0
            desk.close()
