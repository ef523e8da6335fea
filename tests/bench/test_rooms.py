"""A call's first picture beside the least two pages can do, and two hundred waiting rooms on one server process."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import uvicorn

from bench.bare_call import bare_app
from bench.figures import Figures
from callboard.domain.events import Actor
from callboard.services import agents, bookings, links, organizations, rooms
from callboard.services.service import Desk
from callboard.settings import Settings
from rooms.browsers import CHROMIUM, DEVICES, QUIET, open_page, until
from rooms.engines import answers, free_port
from rooms.house import Place, Server, Shifted
from rooms.peers import Page

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]
RUNS = 7
ROOMS = 200
WATCH = """() => {
  document.getElementById('join').addEventListener('click', () => { window.begun = performance.now(); }, { capture: true });
  document.getElementById('remote').requestVideoFrameCallback((now) => { window.first = performance.now(); });
}"""
TOOK = "() => window.first && window.first - window.begun"


def make_office(desk: Desk) -> Any:
    """An organization and short ways to act in it."""
    session = desk.acting(Actor(kind="console", name="bench"))
    org = session.do(organizations.add, "Acme Moving", "America/New_York").id
    return SimpleNamespace(
        org=org,
        session=session,
        do=lambda verb, *rest, **more: session.do(verb, org, *rest, **more),
        get=lambda query, *rest, **more: session.get(query, org, *rest, **more),
    )


@pytest.fixture
def bare() -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(bare_app(), host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium: apt-get install chromium")
def test_join_to_first_picture(sqlite_url: str, tmp_path: Path, bare: str, figures: Figures) -> None:
    """Both sides in turn, in one browser: the other page is in the room, devices are open, then a click."""
    from playwright.sync_api import sync_playwright

    clock = Shifted()
    desk = Desk(Settings(database_url=sqlite_url, data_dir=tmp_path), clock=clock)
    place = Place(make_office(desk), Server(desk), clock)
    place.server.start()
    mine: list[float] = []
    least: list[float] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *DEVICES])

        def once(first: str, second: str, ready: str) -> float:
            one, two = open_page(browser), open_page(browser)
            one.goto(first)
            until(lambda: one.evaluate(ready))
            one.click("#join")
            two.goto(second)
            until(lambda: two.evaluate(ready))
            time.sleep(0.5)
            two.evaluate(WATCH)
            two.click("#join")
            took: float = until(lambda: two.evaluate(TOOK))
            one.context.close()
            two.context.close()
            return took

        for _ in range(RUNS + 1):
            booking = place.book()
            place.office.do(rooms.admit, booking.id)
            lit = "() => !!document.getElementById('preview').videoWidth"
            mine.append(once(place.link(booking, "agent"), place.link(booking, "customer"), lit))
            least.append(once(f"{bare}/?agent", f"{bare}/", "() => document.title === 'ready'"))
        browser.close()
    place.server.stop()
    desk.close()
    figures.ratio(
        "room: join to first remote frame, against two bare pages",
        statistics.median(mine[1:]),
        statistics.median(least[1:]),
        "≤ 1.3×",
    )


def _proc(pid: int) -> tuple[float, float]:
    """CPU seconds and resident MiB of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = int(fields[11]) + int(fields[12])
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def test_two_hundred_waiting_rooms(sqlite_url: str, tmp_path: Path, figures: Figures) -> None:
    """A served process with 400 sockets; a console in this one. How long until each hears of the other, and what a room costs."""
    port = free_port()
    url = f"http://localhost:{port}"
    desk = Desk(Settings(database_url=sqlite_url, data_dir=tmp_path))
    office = make_office(desk)

    def book(n: int) -> Any:
        agent = office.do(agents.add, f"Agent {n}")
        wish = bookings.Wish(
            starts_at=int(time.time()) + 600, duration_minutes=30, agent_id=agent.id, customer_name="R", outside_hours=True
        )
        return office.do(bookings.book, wish)

    def token(booking: Any, role: str) -> str:
        return parse_qs(urlsplit(office.session.get(links.join_url, url, booking, role)).query)["t"][0]

    booked = [book(n) for n in range(ROOMS)]
    place: Any = SimpleNamespace(token=token, server=SimpleNamespace(url=url))
    environment = {
        **os.environ,
        "CALLBOARD_DATABASE_URL": sqlite_url,
        "CALLBOARD_DATA_DIR": str(tmp_path),
        "CALLBOARD_PUBLIC_URL": url,
    }
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "callboard", "serve", "--port", str(port), env=environment, stderr=subprocess.DEVNULL
    )
    try:
        while not answers(port):  # noqa: ASYNC110 - another process's socket
            await asyncio.sleep(0.1)
        begun = _proc(program.pid)
        pages = [[Page(place, b, role) for role in ("customer", "agent")] for b in booked]
        joining = time.perf_counter()
        for some in range(0, ROOMS, 20):
            await asyncio.gather(*(p.join(media=False) for pair in pages[some : some + 20] for p in pair))
        joined = time.perf_counter() - joining
        await asyncio.sleep(3)
        settled = _proc(program.pid)
        await asyncio.sleep(5)
        idle = _proc(program.pid)

        loop, heard = asyncio.get_running_loop(), asyncio.Event()
        desk.subscribe(lambda a: loop.call_soon_threadsafe(heard.set) if {"room", "storage"} & a.nouns else None)
        out: list[float] = []
        back: list[float] = []
        for customer, agent in pages[:40]:
            heard.clear()
            begin = time.perf_counter()
            await agent.say("message", text="A moment, please")
            while not (await asyncio.to_thread(office.get, rooms.state, customer.booking.id)).note:
                await asyncio.wait_for(heard.wait(), 5)
                heard.clear()
            out.append((time.perf_counter() - begin) * 1000)
            begin = time.perf_counter()
            await asyncio.to_thread(office.do, rooms.admit, customer.booking.id)
            await customer.until(lambda c=customer: c.room["place"] == "in_room")
            back.append((time.perf_counter() - begin) * 1000)
        for pair in pages:
            for page in pair:
                await page.leave()
    finally:
        program.terminate()
        await program.wait()
        desk.close()
    for what, times in (("page's change to another process's console", out), ("console's change to the page", back)):
        p50, p95 = statistics.median(times), sorted(times)[int(len(times) * 0.95)]
        figures.add(f"room: {what}, {ROOMS} rooms × 2 sockets", f"p50 {p50:,.0f} ms, p95 {p95:,.0f} ms", "", "(goal ≤ 1 s)")
    cost = f"{(settled[1] - begun[1]) / ROOMS * 1024:,.0f} KiB, {(idle[0] - settled[0]) / 5 / ROOMS * 1e6:,.0f} µs CPU a second"
    figures.add(f"room: cost of one of {ROOMS} waiting rooms", cost, f"{ROOMS * 2 / joined:,.0f} joins/s", "")
    assert max(out + back) < 5000  # heard at all
