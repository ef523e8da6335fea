"""The console in a real pseudo-terminal beside a bare Textual program: first frame, key to paint, screen change, idle."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.figures import Figures
from bench.terminal import Terminal
from callboard.services import sample
from callboard.services.service import Desk, system_clock
from callboard.settings import Settings

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]
BARE = [sys.executable, str(Path(__file__).with_name("bare.py"))]
OURS = [sys.executable, "-m", "callboard"]


@pytest.fixture
def ours(sqlite_url: str, tmp_path: Path) -> Callable[[], Terminal]:
    desk = Desk(Settings(database_url=sqlite_url, data_dir=tmp_path), clock=system_clock)
    sample.fill(desk)
    desk.close()
    env = {**os.environ, "CALLBOARD_DATABASE_URL": sqlite_url, "CALLBOARD_DATA_DIR": str(tmp_path / "data")}
    return lambda: Terminal(OURS, env)


def _bare() -> Terminal:
    return Terminal(BARE, dict(os.environ))


def test_first_frame(ours: Callable[[], Terminal], figures: Figures) -> None:
    mine, bare, week = [], [], []
    for _ in range(8):
        terminal = _bare()
        bare.append(terminal.until("ready here"))
        terminal.close()
        terminal = ours()
        mine.append(terminal.until("Calendar"))
        week.append(terminal.until("Dana"))
        terminal.close()
    first, floor = statistics.median(mine[1:]), statistics.median(bare[1:])  # the very first start writes the byte code
    figures.ratio("console: start to first frame, against a bare app", first, floor, "≤ 1.8×")
    figures.add("console: start to the week's bookings drawn", f"{statistics.median(week[1:]):,.0f} ms", "", "")


def test_keys_screens_and_idle(ours: Callable[[], Terminal], figures: Figures) -> None:
    bare, mine = _bare(), ours()
    bare.until("ready here")
    mine.until("Dana")
    bare.drain()
    mine.drain(1.0)
    time.sleep(5)  # what is imported once after the start is not what is measured
    keys, floor = [], []
    for n in range(30):
        floor.append(bare.key("x"))
        bare.drain(0.05)
        mine_key = mine.key("\x1b[B" if n % 2 else "\x1b[A")
        keys.append(mine_key)
        mine.drain(0.05)
    figures.ratio("console: key to paint, against a bare app", statistics.median(keys), statistics.median(floor), "≤ 1.5×")
    changes = []
    for n in range(20):
        changes.append(mine.key("12"[(n + 1) % 2]))
        mine.drain(0.3)
    figures.add("console: key to another screen's first paint", f"{statistics.median(changes):,.1f} ms", "", "(goal ≤ 20 ms)")
    mine.drain(1.0)
    begin, used = time.perf_counter(), mine.cpu()
    idle = 20.0
    while time.perf_counter() - begin < idle:
        mine.drain(1.0)
    figures.add("console: idle, processor", f"{(mine.cpu() - used) / idle * 100:.1f} %", "", "(goal ≤ 1 %)")
    figures.add("console: resident memory", f"{mine.memory_mb():,.0f} MB", "", "")
    bare.close()
    mine.close()
