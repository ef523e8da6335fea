"""The console in a real terminal: what a newcomer's hands do, from the first key to the last, at three sizes."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import httpx
import pytest

from callboard.console import state
from callboard.domain.bookings import Booking
from callboard.domain.hours import parse_hours
from callboard.domain.zones import local
from callboard.services import agents, bookings, people
from callboard.services.service import SYSTEM, Desk, system_clock
from callboard.settings import Settings
from ports import free_port
from support import make_office
from tmux import Tmux, needs_tmux

pytestmark = needs_tmux
PROGRAM = [sys.executable, "-m", "callboard"]


class House:
    """A data folder with an office whose only agent always works; opened anew for each look, as another process would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        desk = self._desk()
        office = make_office(desk)
        office.do(agents.update, office.agents[0].id, hours=parse_hours("mon-sun 00:00-24:00"))
        self.org = office.org
        for n in range(300):
            office.do(people.add, full_name=f"Person {n:03d}", is_lead=True)
        desk.close()

    def _desk(self) -> Desk:
        return Desk(Settings(database_url=f"sqlite:///{self.folder / 'callboard.db'}", data_dir=self.folder))

    @property
    def booking(self) -> Booking:
        """The one booking there is."""
        desk = self._desk()
        try:
            (found,) = desk.acting(SYSTEM).get(bookings.listing, self.org)
        finally:
            desk.close()
        return found

    def open(self, *arguments: str, columns: int = 120, rows: int = 40) -> Tmux:
        env = {"CALLBOARD_DATA_DIR": str(self.folder), "CALLBOARD_DATABASE_URL": f"sqlite:///{self.folder / 'callboard.db'}"}
        return Tmux([*PROGRAM, *arguments], env, columns, rows)


@pytest.fixture
def house(sqlite_template: Path, tmp_path: Path) -> House:
    folder = tmp_path / "house"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "callboard.db")
    return House(folder)


def _lines_with(text: str, words: str) -> list[str]:
    return [line for line in text.split("\n") if words in line]


def _cursor(text: str) -> str:
    """The name under the cursor of a list."""
    found = re.search(r"▌ (Person \d+)", text)
    return found[1] if found else ""


def test_booked_moved_cancelled_and_taken_back_by_keys(house: House) -> None:
    # The line of the present time stands over the label of its row: book at an hour that it is nowhere near.
    hour = 15 if 8 <= local(system_clock(), "America/New_York").hour <= 12 else 10
    with house.open() as screen:
        screen.until("n new")
        screen.until("●")
        screen.keys("g")
        screen.until("Enter accept")
        screen.type(f"tomorrow {hour}:00")
        screen.keys("Enter")
        screen.until(f"{hour}:00–{hour}:30  30 min   open: Dana")

        screen.keys("n")
        screen.until("New booking")
        screen.type("Jane Roe +12125550123")
        screen.until("new: Jane Roe")
        screen.keys("Enter")  # who it is
        screen.keys("Enter")  # and as it stands
        text = screen.until(lambda t: "New booking" not in t and "◆ Jane Roe" in t)
        row = next(n for n, line in enumerate(text.split("\n")) if "◆ Jane Roe" in line)
        assert text.split("\n")[row].startswith(f" {hour}:00")
        booking = house.booking
        assert booking.customer_name == "Jane Roe"
        assert f"{local(booking.starts_at, 'America/New_York'):%H:%M}" == f"{hour}:00"

        screen.keys("m")
        screen.until("put back")
        screen.keys("Down", "Down", "Enter")
        text = screen.until(lambda t: "put back" not in t and any("◆ Jane Roe" in x for x in _lines_with(t, f" {hour + 1}:00")))
        assert house.booking.starts_at == booking.starts_at + 3600

        screen.keys("x")
        screen.until("reason")
        screen.type("called off")
        screen.keys("Enter")
        screen.until(lambda t: "◆ Jane Roe" not in t)
        assert house.booking.status == "cancelled"

        screen.keys("z")
        screen.until("◆ Jane Roe")
        assert house.booking.status == "scheduled"

        screen.resize(80, 24)
        # the terminal has its new size before the program has drawn on it
        screen.until(
            lambda t: (
                "◆ Jane" in t
                and max(map(len, t.split("\n"))) <= 80
                and t.count("\n") == 24
                and "? help" in t.rstrip("\n").split("\n")[-1]
            )
        )
        screen.resize(39, 11)
        screen.until("callboard needs 1")
        screen.resize(120, 40)
        screen.until("◆ Jane Roe")

        screen.keys("C-q")
        assert screen.wait() == 0
        assert "Traceback" not in screen.text


def test_left_on_leads_the_keys_work_at_once(house: House) -> None:
    state.save(house.folder / "console.json", state.State(screen="leads"))
    with house.open(columns=80, rows=24) as screen:
        first = _cursor(screen.until("▌ Person"))
        screen.keys("PageDown")
        second = _cursor(screen.until(lambda t: _cursor(t) not in {"", first}))
        screen.keys("End")
        screen.until(lambda t: _cursor(t) not in {"", first, second})
        screen.keys("Home")
        screen.until(lambda t: _cursor(t) == first)
        screen.keys("C-q")
        assert screen.wait() == 0


def test_the_api_beside_the_console(house: House) -> None:
    port = free_port()
    address = f"127.0.0.1:{port}"
    with house.open("--serve", "--port", str(port)) as screen:
        screen.until(f":{port} ")
        screen.until("●")
        with httpx.Client(base_url=f"http://{address}", transport=httpx.HTTPTransport(retries=5)) as client:
            assert client.get("/healthz").status_code == 200
            for key, title in (("2", " 2 Queue "), ("3", " 3 Leads "), ("1", " 1 Calendar ")):
                screen.keys(key)
                for _ in range(10):
                    assert client.get("/healthz").status_code == 200
                screen.until(title)
        screen.keys("C-q")
        assert screen.wait() == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://{address}/healthz")


@pytest.mark.long
def test_the_demo_serves_too_and_leaves_nothing_behind(tmp_path: Path) -> None:
    port = free_port()
    folder = tmp_path / "temporary"
    folder.mkdir()
    with Tmux([*PROGRAM, "demo", "--serve", "--port", str(port)], {"TMPDIR": str(folder)}) as screen:
        screen.until(lambda t: f":{port} " in t and re.search(r"[◆▶✓] \w", t))
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").json()["status"] == "ok"
        assert [p.name for p in folder.iterdir() if p.name.startswith("callboard-demo-")]
        screen.keys("C-q")
        assert screen.wait() == 0
        assert not [p.name for p in folder.iterdir() if p.name.startswith("callboard-demo-")]
