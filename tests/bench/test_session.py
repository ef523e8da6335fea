"""A day at the console: a crowd of changes from elsewhere, live rows, a full week, eight hours."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bench import crowd
from bench.figures import Figures
from bench.terminal import Terminal, bare, console
from callboard.console import state
from callboard.domain.bookings import Status, Wish
from callboard.domain.hours import parse_hours
from callboard.domain.zones import instant, local_day
from callboard.services import agents, bookings
from callboard.services.service import Desk, system_clock
from callboard.settings import Settings
from support import Office, make_office

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1200)]
HERE = Path(__file__).parent
ZONE = "America/New_York"
SECONDS = 20


@pytest.fixture
def office(sqlite_template: Path, tmp_path: Path) -> Office:
    """Twenty agents who always work, on a data folder of their own."""
    folder = tmp_path / "house"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "callboard.db")
    found = make_office(Desk(Settings(database_url=f"sqlite:///{folder / 'callboard.db'}", data_dir=folder)), hired=20)
    for agent in found.agents:
        found.do(agents.update, agent.id, hours=parse_hours("mon-sun 00:00-24:00"))
    return found


def _folder(office: Office) -> Path:
    return office.desk.settings.data_dir


def _left_on(office: Office, screen: str) -> None:
    state.save(_folder(office) / "console.json", state.State(screen=screen, zone=ZONE, organization_id=office.org))


def _full_week(office: Office, count: int) -> None:
    today = local_day(system_clock(), ZONE)
    monday = instant(today, 0, ZONE) - today.weekday() * 86400
    ids = [a.id for a in office.agents]
    slots = [monday + day * 86400 + 8 * 3600 + half * 1800 for day in range(7) for half in range(20)]
    starts = [slots[n // len(ids)] for n in range(count)]
    crowd.bookings(office.desk, office.org, ids, starts)


def test_a_week_of_two_thousand(office: Office, figures: Figures) -> None:
    _full_week(office, 2000)
    _left_on(office, "calendar")
    frames, floors, weeks = [], [], []
    for _ in range(6):
        floor = bare()
        floors.append(floor.until("ready here"))
        floor.close()
        mine = console(_folder(office))
        frames.append(mine.until("Calendar"))
        weeks.append(mine.until("+18"))
        mine.close()
    base = statistics.median(floors[1:])  # the very first start writes the byte code
    figures.ratio(
        "calendar: first frame, 2,000 bookings in the week, against bare", statistics.median(frames[1:]), base, "≤ 1.8×"
    )
    figures.ratio("calendar: those 2,000 drawn", statistics.median(weeks[1:]), base, "none")
    drawn = subprocess.run(
        [sys.executable, str(HERE / "full_week.py"), str(_folder(office))],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
    )
    found = json.loads(drawn.stdout)
    figures.add("calendar: model of 2,000 bookings", f"{found['model']:,.1f} ms", "", "")
    figures.add("calendar: 2,000 bookings, every line drawn anew", f"{found['lines']:,.1f} ms", "", "(goal ≤ 30 ms)")


def test_thirty_live_rows(office: Office, figures: Figures) -> None:
    now = system_clock()
    ids = [a.id for a in office.agents]
    crowd.bookings(office.desk, office.org, ids, [now - 300] * len(ids), status=Status.IN_PROGRESS)
    crowd.bookings(office.desk, office.org, ids[:10], [now + 3000] * 10)
    _left_on(office, "queue")
    mine = console(_folder(office))
    mine.until("in call")
    mine.look_on(5)
    used = mine.cpu()
    mine.look_on(30)
    figures.add("queue: 30 live rows, ticking, processor", f"{(mine.cpu() - used) / 30 * 100:.1f} %", "", "(goal ≤ 1 %)")
    mine.close()


def _book_for(office: Office, seconds: float, rate: int, begin_at: int) -> int:
    """Bookings at a steady rate from this process while the console is another."""
    begin, made = time.perf_counter(), 0
    first = system_clock() // 1800 * 1800 + begin_at
    while (passed := time.perf_counter() - begin) < seconds:
        if made >= passed * rate:
            time.sleep(0.002)
            continue
        agent = office.agents[made % len(office.agents)].id
        wish = Wish(starts_at=first + made // len(office.agents) * 1800, agent_id=agent, customer_name=f"P {made}")
        office.do(bookings.book, wish)
        made += 1
    return made


def test_no_stall_while_a_hundred_a_second_arrive(office: Office, figures: Figures, tmp_path: Path) -> None:
    reports = {}
    alone = tmp_path / "alone.json"
    dog = subprocess.Popen([sys.executable, str(HERE / "watched.py"), "--alone", str(alone)])
    for number, screen in enumerate(("calendar", "queue")):
        _left_on(office, screen)
        report = tmp_path / f"{screen}.json"
        mine = Terminal([sys.executable, str(HERE / "watched.py"), str(_folder(office)), str(report)], dict(os.environ))
        mine.until("Acme Moving")
        ended = threading.Event()
        reader = threading.Thread(target=lambda: [mine.look_on(0.1) for _ in iter(ended.is_set, True)])  # noqa: B023
        reader.start()
        time.sleep(6)
        made = _book_for(office, SECONDS, 100, 7200 + number * 86400 * 7)
        time.sleep(1.5)
        ended.set()
        reader.join()
        reports[screen] = (made, json.loads(report.read_text()))
        mine.close()
    dog.kill()
    dog.wait()
    for screen, (made, found) in reports.items():
        worst = ", ".join(f"{x * 1000:.0f}" for x in found["worst"][-3:])
        figures.add(
            f"{screen}: stalls over 50 ms in {SECONDS} s at {made / SECONDS:.0f} bookings a second",
            f"{found['stalls']} of {found['looks']:,} looks",
            f"worst {worst} ms",
            "(goal 0)",
        )
    found = json.loads(alone.read_text())
    figures.add(
        "and of a process that only sleeps, meanwhile",
        f"{found['stalls']} of {found['looks']:,} looks",
        f"worst {found['worst'][-1] * 1000:.0f} ms",
        "(the machine's own)",
    )


def test_eight_hours(figures: Figures, sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "callboard.db")
    done = subprocess.run(
        [sys.executable, str(HERE / "eight_hours.py"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert len(found["days"]) == 2, "it saw midnight"
    memory = " → ".join(f"{m:.0f}" for m in found["memory"].values())
    first, *_, last = list(found["memory"].values())[1:]
    assert found["collections"] > 10, "garbage is collected while it runs"
    what = f"eight hours: {found['keys']:,} keys, {found['changes']} changes; after {', '.join(found['memory'])} h"
    figures.add(what, f"{memory} MB", "hour 8 / hour 1", f"{last / first:.2f}× (≤ 1.1)")
    assert last <= 1.15 * first, memory  # what is shown grows by 240 bookings meanwhile
