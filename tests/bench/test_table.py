"""The paged table on a million people: the widget alone and the whole console left on Leads, beside a bare Textual program."""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import crowd
from bench.figures import Figures
from bench.terminal import Terminal, bare, console
from callboard.console import state
from callboard.services.service import Desk, system_clock
from callboard.settings import Settings
from callboard.storage.store import Store
from support import make_office

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]
PEOPLE = 1_000_000
RUNS = 5
ALONE = [sys.executable, str(Path(__file__).with_name("million.py"))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder: a million people, and a session that was left on Leads."""
    found = tmp_path_factory.mktemp("million")
    database = found / "callboard.db"
    Store(f"sqlite:///{database}").close()
    desk = Desk(Settings(database_url=f"sqlite:///{database}", data_dir=found))
    office = make_office(desk, hired=3)
    crowd.people(database, office.org, PEOPLE, system_clock())
    desk.close()
    left = state.State(screen="leads", zone="America/New_York", organization_id=office.org)
    state.save(found / "console.json", left)
    return found


def _medians(starts: dict[str, tuple[Callable[[], Terminal], list[str]]]) -> dict[tuple[str, str], float]:
    """Median milliseconds from start to each text, the programs taking turns; the very first starts write the byte code."""
    times: dict[tuple[str, str], list[float]] = {(name, text): [] for name, (_, texts) in starts.items() for text in texts}
    for _ in range(RUNS + 1):
        for name, (start, texts) in starts.items():
            terminal = start()
            for text in texts:
                times[name, text].append(terminal.until(text))
            terminal.close()
    return {what: statistics.median(found[1:]) for what, found in times.items()}


def test_a_million_rows_at_start(folder: Path, figures: Figures) -> None:
    newest = f" {PEOPLE - 1}"
    alone = lambda: Terminal([*ALONE, str(folder / "callboard.db")], dict(os.environ))  # noqa: E731
    found = _medians(
        {
            "bare": (bare, ["ready here"]),
            "alone": (alone, ["Ana Carter"]),
            "console": (lambda: console(folder), ["Leads", newest, "1,000,000 people"]),
        }
    )
    floor = found["bare", "ready here"]
    figures.ratio("table: 10⁶ rows visible, widget alone, against a bare app", found["alone", "Ana Carter"], floor, "≤ 1.5×")
    figures.ratio("leads: first frame with 10⁶ people, against a bare app", found["console", "Leads"], floor, "≤ 1.8×")
    figures.ratio("leads: rows of 10⁶ people visible, whole console", found["console", newest], floor, "none")
    figures.ratio("leads: and all of them counted", found["console", "1,000,000 people"], floor, "none")


def _keys(terminal: Terminal, keys: str, times: int) -> float:
    found = []
    for _ in range(times):
        found.append(terminal.key(keys))
        terminal.drain(0.15)
    return statistics.median(found)


def test_page_down_in_a_million(folder: Path, figures: Figures) -> None:
    floor, alone, leads = bare(), Terminal([*ALONE, str(folder / "callboard.db")], dict(os.environ)), console(folder)
    floor.until("ready here")
    alone.until("Ana Carter")
    leads.until("1,000,000 people")
    for terminal in (floor, alone, leads):
        terminal.drain(1.0)
    figures.add("a bare app: key to paint", f"{_keys(floor, 'x', 30):,.1f} ms", "", "(the floor of this machine now)")
    figures.add("table: PageDown to paint, widget alone", f"{_keys(alone, PAGE_DOWN, 30):,.1f} ms", "", "(goal ≤ 10 ms)")
    figures.add("leads: PageDown to paint, whole console", f"{_keys(leads, PAGE_DOWN, 30):,.1f} ms", "", "(goal ≤ 10 ms)")
    leads.drain(0.5)
    figures.add("leads: End to the last of 10⁶ rows", f"{leads.key_until(END, ' 0  '):,.0f} ms", "", "")
    for terminal in (floor, alone, leads):
        terminal.close()


PAGE_DOWN, END = "\x1b[6~", "\x1b[F"
