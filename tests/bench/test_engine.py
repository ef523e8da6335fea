"""The engine's figures: slots against a bare integer sweep, durable bookings against the raw driver, races, and a long past."""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from bench.figures import Figures, median_ms
from bench.raw import raw_booking
from callboard.domain import availability as rules
from callboard.domain import ids
from callboard.domain.agents import Agent
from callboard.domain.bookings import Wish
from callboard.domain.errors import CallboardError, Refused
from callboard.domain.hours import parse_hours
from callboard.domain.zones import DAY, instant
from callboard.services import agents, availability, bookings, organizations
from callboard.services.service import Desk
from callboard.settings import Settings
from callboard.storage.tables import bookings as booking_table
from callboard.storage.tables import claims
from support import Clock, make_office

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]
NY = "America/New_York"
MONDAY = date(2026, 1, 12)
ALWAYS = parse_hours("mon-sun 00:00-24:00")
OVERLAPS = (
    "SELECT count(*) FROM claims a JOIN claims b ON a.agent_id = b.agent_id AND a.organization_id = b.organization_id "
    "AND a.booking_id < b.booking_id AND a.lo < b.hi AND b.lo < a.hi"
)


def _team(n: int, busy: int) -> list[tuple[Agent, list[tuple[int, int]]]]:
    """``n`` agents with office hours over 28 days and ``busy`` random busy intervals each."""
    chance = random.Random(1)
    lo = instant(MONDAY, 0, NY)
    team = []
    for k in range(n):
        agent = Agent(id=f"{k:024x}", organization_id="o", name=str(k), timezone=NY, hours=parse_hours("mon-fri 09:00-17:00"))
        starts = sorted(lo + chance.randrange(28 * 96) * 900 for _ in range(busy))
        team.append((agent, [(s, s + 900) for s in starts]))
    return team


def _floor(team: list[tuple[Agent, list[tuple[int, int]]]], lo: int, hi: int) -> int:
    """The least that must be done: one pass over sorted integers per agent, windows made beforehand."""
    found = 0
    for agent, busy in team:
        index = 0
        for begin, end in rules.working(agent, lo, hi):
            at = begin
            while at + 900 <= end:
                while index < len(busy) and busy[index][1] <= at:
                    index += 1
                if index == len(busy) or busy[index][0] >= at + 900:
                    found += 1
                at += 900
    return found


def _ours(team: list[tuple[Agent, list[tuple[int, int]]]], lo: int, hi: int) -> int:
    per_agent = {a.id: rules.agent_slots(a, busy, lo, hi, duration=900, step=900) for a, busy in team}
    return sum(len(agents_free) for _start, agents_free in rules.combine(per_agent))


def test_slots_against_the_integer_sweep(figures: Figures) -> None:
    lo, hi = instant(MONDAY, 0, NY), instant(MONDAY + timedelta(days=28), 0, NY)
    fifty = _team(50, 200)
    assert _ours(fifty, lo, hi) == _floor(fifty, lo, hi)
    ours, floor = median_ms(lambda: _ours(fifty, lo, hi)), median_ms(lambda: _floor(fifty, lo, hi))
    figures.ratio("slots: 50 agents × 28 days × 15 min, 200 busy each", ours, floor, "≤ 2.5×")
    ten = _team(10, 200)
    figures.ratio("slots: 50 agents against 10 (linear is 5×)", ours, median_ms(lambda: _ours(ten, lo, hi)), "about 5×")


def _history(desk: Desk, org: str, agent_ids: list[str], rows: int, newest: int) -> None:
    """Past bookings written straight into the tables, newest last."""
    with desk.store.backend.writer().begin() as connection:
        for first in range(0, rows, 20_000):
            found = []
            for n in range(first, min(rows, first + 20_000)):
                start = newest - (rows - n) // len(agent_ids) * 1800 - 1800
                found.append((ids.new(start), agent_ids[n % len(agent_ids)], start))
            connection.execute(
                insert(booking_table),
                [
                    {
                        "id": i,
                        "organization_id": org,
                        "agent_id": a,
                        "starts_at": s,
                        "duration_minutes": 30,
                        "timezone": NY,
                        "kind": "video",
                        "title": "",
                        "customer_name": "Past",
                        "source": "import",
                        "assignment": "manual",
                        "status": "completed",
                        "room": "",
                        "created_at": s,
                        "updated_at": s,
                    }
                    for i, a, s in found
                ],
            )
            connection.execute(
                insert(claims),
                [
                    {"organization_id": org, "booking_id": i, "agent_id": a, "kind": "booked", "lo": s, "hi": s + 1800}
                    for i, a, s in found
                ],
            )


def test_a_million_past_bookings_cost_nothing(sqlite_url: str, tmp_path: Path, figures: Figures) -> None:
    now = instant(MONDAY, 600, NY)
    desk = Desk(Settings(database_url=sqlite_url, data_dir=tmp_path), clock=lambda: now)
    office = make_office(desk, hired=5)
    for agent in office.agents:
        office.do(agents.update, agent.id, hours=ALWAYS)

    def ask() -> Any:
        return office.get(availability.open_slots, now, now + 28 * DAY, duration_minutes=15)

    starts = iter(range(now + DAY, now + 300 * DAY, 1800))

    def book() -> Any:
        return office.do(bookings.book, Wish(starts_at=next(starts), agent_id=office.agents[0].id, customer_name="P"))

    empty, empty_book = median_ms(ask), median_ms(book, 60)
    _history(desk, office.org, [a.id for a in office.agents], 1_000_000, now)
    figures.ratio("slots query: 10⁶ past bookings against none", median_ms(ask), empty, "about 1×")
    figures.ratio("one durable booking: 10⁶ past bookings against none", median_ms(book, 60), empty_book, "about 1×")
    desk.close()


def test_durable_bookings_against_the_raw_driver(sqlite_url: str, tmp_path: Path, figures: Figures) -> None:
    now = instant(MONDAY, 600, NY)
    desk = Desk(Settings(database_url=sqlite_url, data_dir=tmp_path), clock=lambda: now)
    office = make_office(desk, hired=2)
    for agent in office.agents:
        office.do(agents.update, agent.id, hours=ALWAYS)
    driver = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    driver.execute("PRAGMA synchronous=FULL")
    mine, raw = [], []
    n, count = 0, 300
    for _round in range(4):
        begin = time.perf_counter()
        futures = [
            office.session.submit(
                bookings.book,
                office.org,
                Wish(
                    starts_at=now + DAY + (n + k) * 1800,
                    agent_id=office.agents[0].id,
                    customer_name="P",
                    customer_phone=f"+1212555{n + k:04d}",
                ),
            )
            for k in range(count)
        ]
        assert all(f.result() for f in futures)
        mine.append(count / (time.perf_counter() - begin))
        begin = time.perf_counter()
        for k in range(count):
            driver.execute("BEGIN IMMEDIATE")
            raw_booking(driver, office.org, office.agents[1].id, now + DAY + (n + k) * 1800)
            driver.execute("COMMIT")
        raw.append(count / (time.perf_counter() - begin))
        n += count
    driver.close()
    desk.close()
    best, floor = sorted(mine)[2], sorted(raw)[2]
    figures.ratio("durable bookings, SQLite FULL, against the raw driver", best, floor, "≥ 0.5×", unit="/s")


def _racer(url: str, org: str, agent_ids: list[str], now: int, count: int, seed: int, answers: Any) -> None:
    """One process of the race: random overlapping wishes, every outcome counted by its name."""
    chance = random.Random(seed)
    desk = Desk(Settings(database_url=url), clock=lambda: now)
    session = desk.acting(make_actor(seed))
    found: Counter[str] = Counter()
    waiting = []
    for _ in range(count):
        wish = Wish(
            starts_at=now + DAY + chance.randrange(20_000) * 300,
            duration_minutes=chance.choice((15, 30, 45)),
            agent_id=chance.choice(agent_ids),
            buffer_after_minutes=chance.choice((0, 10)),
        )
        waiting.append(session.submit(bookings.book, org, wish))
        if len(waiting) >= 50:
            _count(waiting, found)
    _count(waiting, found)
    desk.close()
    answers.put(dict(found))


def make_actor(seed: int) -> Any:
    from callboard.domain.events import Actor

    return Actor(kind="api", name=f"racer {seed}")


def _count(waiting: list[Any], found: Counter[str]) -> None:
    for future in waiting:
        error = future.exception()
        if error is None:
            found["booked"] += 1
        elif isinstance(error, Refused) and str(error):
            found["told why"] += 1
        else:
            found[f"FAILED {type(error).__name__}" if isinstance(error, CallboardError) else "CRASHED"] += 1
    waiting.clear()


@pytest.mark.parametrize("count", [10_000])
def test_four_processes_race(database_url: str, clock: Clock, tmp_path: Path, figures: Figures, count: int) -> None:
    found, overlaps, seconds = race(database_url, clock, tmp_path, count)
    name = "PostgreSQL" if database_url.startswith("postgres") else "SQLite"
    assert overlaps == 0
    assert set(found) <= {"booked", "told why"}, found
    assert sum(found.values()) == 4 * count
    figures.add(
        f"race: 4 processes × {count:,} wishes, {name}",
        f"{found['booked']:,} booked, {found['told why']:,} told why",
        f"{4 * count / seconds:,.0f}/s",
        "0 overlaps  (goal 0)",
    )


def race(url: str, clock: Clock, tmp_path: Path, count: int) -> tuple[Counter[str], int, float]:
    """Four real processes on one database; outcomes, overlaps by independent SQL, seconds."""
    desk = Desk(Settings(database_url=url, data_dir=tmp_path), clock=clock)
    office = make_office(desk, hired=4)
    for agent in office.agents:
        office.do(agents.update, agent.id, hours=ALWAYS)
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    agent_ids = [a.id for a in office.agents]
    racers = [
        context.Process(target=_racer, args=(url, office.org, agent_ids, clock.now, count, seed, answers)) for seed in range(4)
    ]
    begin = time.perf_counter()
    for racer in racers:
        racer.start()
    found: Counter[str] = Counter()
    for _ in racers:
        found.update(answers.get(timeout=1500))
    for racer in racers:
        racer.join(timeout=60)
    seconds = time.perf_counter() - begin
    overlaps = desk.store.read(lambda c: c.execute(text(OVERLAPS)).scalar()).result()
    assert office.get(bookings.count) == found["booked"]
    desk.close()
    return found, int(overlaps or 0), seconds


def test_policy_defaults_are_not_what_makes_it_fast() -> None:
    """The figures above book with messages, reminders, events and audit on: nothing is switched off for them."""
    assert organizations.Policy().reminder_minutes == (1440, 60)
