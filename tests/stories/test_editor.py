"""Long notes in the person's own editor, from a real terminal: the console steps aside and comes back with the text."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from callboard.console import state
from callboard.domain.bookings import Wish
from callboard.domain.hours import parse_hours
from callboard.domain.zones import instant, local_day
from callboard.services import agents, bookings, people
from callboard.services.service import Desk, system_clock
from callboard.settings import Settings
from support import Office, make_office
from tmux import Tmux, needs_tmux

pytestmark = [needs_tmux, pytest.mark.timeout(120)]
ZONE = "America/New_York"
# An editor as plain as can be: it shows itself, waits for a key and appends a line, or ends as badly as it is told.
EDITOR = """import pathlib, sys
print("the editor of", pathlib.Path(sys.argv[2]).read_text("utf-8"), flush=True)
input()
with open(sys.argv[2], "ab") as file:
    file.write(bytes.fromhex(sys.argv[1]))
"""


@pytest.fixture
def office(sqlite_template: Path, tmp_path: Path) -> Iterator[Office]:
    shutil.copy(sqlite_template, tmp_path / "callboard.db")
    desk = Desk(Settings(database_url=f"sqlite:///{tmp_path / 'callboard.db'}", data_dir=tmp_path))
    office = make_office(desk)
    office.do(agents.update, office.agents[0].id, hours=parse_hours("mon-sun 00:00-24:00"))
    yield office
    desk.close()


def _open(office: Office, folder: Path, screen: str, left: bytes = b"", editor: str | None = None) -> Tmux:
    """The console on that screen; its editor appends ``left``."""
    state.save(folder / "console.json", state.State(screen=screen, zone=ZONE))
    script = folder / "editor.py"
    script.write_text(EDITOR, encoding="utf-8")
    words = f"{sys.executable} {script} {left.hex()}" if editor is None else editor
    env = {"CALLBOARD_DATA_DIR": str(folder), "CALLBOARD_DATABASE_URL": str(office.desk.settings.database_url)}
    return Tmux([sys.executable, "-m", "callboard"], {**env, "VISUAL": "", "EDITOR": words})


def _booked(office: Office) -> str:
    """A call tomorrow at ten, with notes."""
    at = instant(local_day(system_clock(), ZONE), 10 * 60, ZONE) + 86400
    return office.do(bookings.book, Wish(starts_at=at, customer_name="Jane Roe", notes="Fourth floor.")).id


def _to_the_booking(screen: Tmux) -> None:
    screen.until("●")
    screen.keys("g")
    screen.until("Enter accept")
    screen.type("tomorrow 10:00")
    screen.keys("Enter")
    screen.until(lambda t: "◆ Jane Roe" in t and "10:00–10:30" in t)


def test_notes_of_a_booking(office: Office, tmp_path: Path) -> None:
    booking = _booked(office)
    with _open(office, tmp_path, "calendar", "\nKein Aufzug – größere Leiter.".encode()) as screen:
        _to_the_booking(screen)
        screen.keys("E")
        screen.until("the editor of Fourth floor.")
        screen.keys("Enter")
        screen.until(lambda t: "◆ Jane Roe" in t and "the editor of" not in t)
        screen.until(lambda _: office.get(bookings.get, booking).notes == "Fourth floor.\nKein Aufzug – größere Leiter.")
        screen.keys("z")
        screen.until(lambda _: office.get(bookings.get, booking).notes == "Fourth floor.")


def test_what_is_no_text_and_an_editor_that_is_not_there(office: Office, tmp_path: Path) -> None:
    booking = _booked(office)
    with _open(office, tmp_path, "calendar", b"\xff\xfe") as screen:
        _to_the_booking(screen)
        screen.keys("E")
        screen.until("the editor of")
        screen.keys("Enter")
        screen.until("no UTF-8 text; nothing was changed")
    with _open(office, tmp_path, "calendar", editor="/nowhere/ed") as screen:
        _to_the_booking(screen)
        screen.keys("E")
        screen.until("the editor did not start: No such file or directory")
    with _open(office, tmp_path, "calendar", editor="ed 'unclosed") as screen:
        _to_the_booking(screen)
        screen.keys("E")
        screen.until("names an editor")
    assert office.get(bookings.get, booking).notes == "Fourth floor."


def test_notes_in_a_form(office: Office, tmp_path: Path) -> None:
    person = office.do(people.add, full_name="Ana Ruiz", is_lead=True, notes="Speaks Spanish.")
    with _open(office, tmp_path, "leads", b" Mornings.") as screen:
        screen.until("▌ Ana Ruiz")
        screen.keys("e")
        screen.until("Ctrl+E $EDITOR")
        screen.keys("C-e")
        screen.until("the editor of Speaks Spanish.")
        screen.keys("Enter")
        screen.until("Speaks Spanish. Mornings.")
        assert office.get(people.get, person.id).notes == "Speaks Spanish.", "nothing is written before the form is accepted"
        screen.keys("C-s")
        screen.until(lambda _: office.get(people.get, person.id).notes == "Speaks Spanish. Mornings.")
