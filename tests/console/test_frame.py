"""The frame: what starts without the database, keys and their names, palette, help, footer, sizes, the first run, the end."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from acme import Acme
from drive import Drive, opened

from callboard.console.app import CallboardApp
from callboard.console.commands import Command, Keymap, keys_table
from callboard.console.screens import all_commands, entries
from callboard.services import agents, organizations
from callboard.services.service import Desk
from callboard.settings import Settings
from support import Clock

HEAVY = (
    "sqlalchemy",
    "alembic",
    "fastapi",
    "pydantic",
    "httpx",
    "dateparser",
    "phonenumbers",
    "uvicorn",
    "callboard.services",
    "callboard.storage",
)
FENCE = f"""
import asyncio, sys, threading
from pathlib import Path
from callboard.settings import Settings
from callboard.console.app import CallboardApp

gate = threading.Event()

def open_desk():
    gate.wait(20)
    raise RuntimeError("never opened")

async def main():
    app = CallboardApp(Settings(data_dir=Path(sys.argv[1])), open_desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "Calendar" in app.query_one("#header").render_line(0).text
        print(sorted(m for m in sys.modules if m.startswith({HEAVY!r})))
        gate.set()
        app.exit()

asyncio.run(main())
"""


def test_the_first_frame_needs_neither_database_nor_services(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FENCE, str(tmp_path)], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_every_command_has_its_own_id_a_key_and_a_handler() -> None:
    commands = [c for found in all_commands().values() for c in found]
    assert len({c.id for c in commands}) == len(commands)
    keymap = Keymap()
    keymap.add(commands)
    assert keymap.clashes == []
    for entry in entries():
        page = entry.load()()
        for command in page.COMMANDS:
            assert command.scope == entry.id, command.id
            assert callable(attrgetter(command.action)(page)), command.id
            if command.why_not:
                assert callable(attrgetter(command.why_not)(page)), command.id
    table = keys_table()
    for command in commands:
        assert f"`{command.id}`" in table


def test_remapped_keys_and_what_is_wrong_with_them() -> None:
    keymap = Keymap({"calendar.new": "ctrl+n", "calendar.move": "x", "calender.oops": "q", "app.palette": ",>t"})
    for commands in all_commands().values():
        keymap.add(commands)
    assert keymap.find(("calendar", "app"), ("ctrl+n",)).id == "calendar.new"  # type: ignore[union-attr]
    assert keymap.find(("calendar", "app"), ("n",)) is None
    warnings = "\n".join(keymap.warnings())
    assert "calender.oops: no such command" in warnings
    assert "x is both calendar.move and calendar.cancel" in warnings
    assert ", t is both app.palette and app.theme" in warnings


def test_a_leader_and_a_key_of_the_same_name_clash() -> None:
    keymap = Keymap()
    keymap.add([Command("app.a", ",", "one", "a"), Command("page.b", ",>b", "two", "b")])
    assert keymap.clashes == [", b is both app.a and page.b"]


@pytest.fixture
def acme(sqlite_desk: Desk, clock: Clock) -> Acme:
    return Acme(sqlite_desk, clock)


async def test_remapped_in_the_config_shown_everywhere_and_warned_of(acme: Acme) -> None:
    acme.desk.settings = replace(acme.desk.settings, keys={"calendar.new": "i", "calendar.nothing": "u"})
    async with opened(acme, "calendar") as drive:
        await drive.until(lambda: "calendar.nothing: no such command" in drive.said, "the warning")
        assert " i new " in drive.app.query_one("#footer").render_line(0).text
        await drive.press("n")
        assert drive.dialog == ""
        await drive.press("i")
        await drive.asked("BookingDialog")


async def test_screens_by_number_and_back(acme: Acme) -> None:
    async with opened(acme, "calendar") as drive:
        for entry in entries():
            await drive.press(entry.key)
            assert drive.app.page_id == entry.id
            await drive.until(lambda entry=entry: drive.app.query_one("#pages").current == entry.id, entry.title)
        await drive.press("-", "-")
        assert drive.app.page_id == entries()[-3].id
        for _ in range(30):
            await drive.press("-")
        assert "where you began" in drive.said


async def test_letters_of_another_layout_press_the_same_key(acme: Acme) -> None:
    async with opened(acme, "calendar") as drive:
        await drive.pilot.press("т")  # Cyrillic, the key of n
        await drive.asked("BookingDialog")
        await drive.press("escape")
        await drive.answered()
        await drive.pilot.press("γ")  # Greek, the key of g
        await drive.asked("Ask")


async def test_palette_finds_runs_and_remembers(acme: Acme) -> None:
    async with opened(acme, "calendar") as drive:
        await drive.press(":")
        dialog = await drive.asked("ChoiceDialog")
        shown = {c.id: c for c in dialog.choices.shown}
        for found in all_commands().values():
            assert {c.id for c in found} <= set(shown)
        assert shown["calendar.new"].keys == "n"
        assert "choose a booking" in shown["calendar.move"].reason
        await drive.type("month with")
        assert dialog.choices.current.id == "calendar.month"
        await drive.press("enter")
        await drive.answered()
        await drive.until(lambda: drive.app.page.mode == "month", "the month")
        await drive.press("ctrl+p")
        dialog = await drive.asked("ChoiceDialog")
        assert dialog.choices.current.id == "calendar.month"


async def test_a_command_of_another_screen_goes_there_first(acme: Acme) -> None:
    async with opened(acme, "calendar") as drive:
        await drive.press("?")
        dialog = await drive.asked("ChoiceDialog")
        assert dialog.choices.current.id.startswith("calendar.")
        for found in all_commands().values():
            assert {c.id for c in found} <= {c.id for c in dialog.choices.shown}
        await drive.type("earlier calls")
        assert dialog.choices.current.id == "queue.earlier"
        await drive.press("enter")
        await drive.answered()
        await drive.until(lambda: drive.app.page_id == "queue" and drive.app.page.earlier, "the queue's own command")


async def test_a_greyed_command_says_why(acme: Acme) -> None:
    async with opened(acme, "calendar") as drive:
        drive.app.page.grid.select_none()
        await drive.press("m")
        assert "move: choose a booking first" in drive.said


async def test_which_key_after_a_leader(acme: Acme) -> None:
    async with opened(acme, "calendar") as drive:
        footer = drive.app.query_one("#footer")
        await drive.press(",")
        text = footer.render_line(0).text
        for word in ("t choose a theme", "l log", "o switch to another organization"):
            assert word in text
        await drive.press("escape")
        assert "choose a theme" not in footer.render_line(0).text


@pytest.mark.parametrize("width", [40, 57, 80, 99, 120, 200])
async def test_the_footer_shows_whole_commands_only(acme: Acme, width: int) -> None:
    async with opened(acme, "calendar", size=(width, 30)) as drive:
        text = drive.app.query_one("#footer").render_line(0).text
        assert len(text) == width
        titles = [f"{keys} {title}" for keys, title, _, _ in drive.app.footer_items()]
        left = text.removesuffix("? help ").strip()
        for title in titles:
            left = left.replace(title, "", 1)
        assert left.strip() == ""
        assert text.endswith("? help ")


async def test_sizes(acme: Acme) -> None:
    async with opened(acme, "calendar", size=(120, 40)) as drive:
        base = drive.app.screen_stack[0]
        for size, classes in (
            ((99, 30), {"narrow"}),
            ((79, 30), {"narrow", "small"}),
            ((120, 23), {"small"}),
            ((39, 30), {"tiny"}),
        ):
            await drive.pilot.resize_terminal(*size)
            await drive.until(lambda classes=classes: classes <= base.classes, str(classes))
        assert drive.app.query_one("#too-small").render().plain == "callboard needs 1 more column"
        assert not drive.app.query_one("#pages").display
        await drive.pilot.resize_terminal(30, 10)
        await drive.until(lambda: "10 more columns and 2 more lines" in drive.app.query_one("#too-small").render().plain)


async def test_header_at_every_width(acme: Acme) -> None:
    async with opened(acme, "calendar", size=(160, 30)) as drive:
        for width in (160, 120, 100, 80, 66, 60, 40):
            await drive.pilot.resize_terminal(width, 30)
            await drive.pilot.pause()
            text = drive.app.query_one("#header").render_line(0).text
            assert len(text) == width
            assert ("1Cal " if 66 <= width <= 80 else "1 Calendar ") in text
            assert text.endswith("● 09:41 ")
            assert ("5 Phone" in text) == (width >= 100)
            assert ("5Phone" in text) == (66 <= width <= 80), "names as long as there is room for any"
            assert ("New York" in text) == (width != 66)
            assert ("EST ●" in text) == (width == 66)
        drive.app.serving = "127.0.0.1:8080"
        await drive.pilot.resize_terminal(200, 30)
        await drive.pilot.pause()
        text = drive.app.query_one("#header").render_line(0).text
        assert "serving 127.0.0.1:8080" in text
        assert "Acme Moving" in text
        assert "New York" in text
        await drive.pilot.resize_terminal(120, 30)
        await drive.pilot.pause()
        text = drive.app.query_one("#header").render_line(0).text
        assert "serving :8080" in text
        assert "5 Phone" in text
        drive.app.badges = {"queue": 12, "phone": 5, "today": 16}
        drive.app.refresh_header()
        text = drive.app.query_one("#header").render_line(0).text
        assert "serving :8080" in text
        assert "4 Camp  5 Phone ·5" in text, "names are shortened, not left out"
        await drive.pilot.resize_terminal(80, 30)
        await drive.pilot.pause()
        text = drive.app.query_one("#header").render_line(0).text
        assert text.startswith("1Cal 2Queue·12 3Leads 4Camp 5Phone·5 6Hooks 7Today·16 8Set ")
        assert text.endswith(":8080 EST ● 09:41 ")
        await drive.pilot.click("#header", offset=(text.index("3Leads") + 2, 0))
        await drive.until(lambda: drive.app.page_id == "leads", "a click on a name goes there")


async def test_jump_letters(acme: Acme) -> None:
    booking = acme.book("Jo Doe", 20, 15)
    async with opened(acme, "calendar") as drive:
        await drive.press("'")
        await drive.asked("JumpDialog")
        await drive.press("a")
        await drive.answered()
        await drive.until(lambda: drive.app.page.booking is not None and drive.app.page.booking.id == booking.id, "the jump")


async def test_the_log_takes_back_an_older_change(acme: Acme) -> None:
    async with opened(acme, "calendar") as drive:
        await drive.app.session.run(agents.update, acme.org.id, acme.lee.id, name="Lee O.")
        await drive.app.session.run(agents.update, acme.org.id, acme.mia.id, name="Mia B.")
        await drive.press(",", "l")
        dialog = await drive.asked("ChoiceDialog")
        assert "agent updated" in dialog.choices.shown[0].title
        await drive.press("down", "enter")
        await drive.answered()
        await drive.until(lambda: acme.session.get(agents.get, acme.org.id, acme.lee.id).name == "Lee Okafor", "the older one")
        assert acme.session.get(agents.get, acme.org.id, acme.mia.id).name == "Mia B."


async def test_first_run_asks_three_things(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "fresh")
    app = CallboardApp(settings, lambda: Desk(settings))
    async with app.run_test(size=(100, 30)) as pilot:
        drive = Drive(app, pilot)
        dialog = await drive.asked("SetUp")
        await drive.type("Acme Moving")
        await drive.press("enter")
        assert app.screen.focused is dialog.query_one("#agent")
        dialog.query_one("#zone").value = "Mars/Olympus"
        await drive.type("Dana Reyes")
        await drive.press("enter")
        assert "IANA" in dialog.query_one("#note").render().plain
        dialog.query_one("#zone").value = "America/New_York"
        await drive.press("enter")
        await drive.answered()
        await drive.until(lambda: app.is_open and app.agents, "the first agent")
        assert (app.organization.name, app.zone, app.agents[0].name) == ("Acme Moving", "America/New_York", "Dana Reyes")
    kept = json.loads((settings.data_dir / "console.json").read_text())
    assert kept["zone"] == "America/New_York"


async def test_a_database_that_does_not_open_is_said_in_the_frame(tmp_path: Path) -> None:
    def refuse() -> Any:
        raise RuntimeError("disk on fire, password=hunter2")

    app = CallboardApp(Settings(data_dir=tmp_path), refuse)
    async with app.run_test(size=(100, 30)) as pilot:
        drive = Drive(app, pilot)
        dialog = await drive.asked("NoDatabase")
        assert "something went wrong (RuntimeError); the report is in" in dialog._text
        await drive.press("y")
        assert "The database did not open sent to the terminal's clipboard" in drive.said
        await drive.press("r")
        await drive.until(lambda: drive.dialog == "NoDatabase" and app.screen is not dialog, "tried again, and the same")
        await drive.press("escape")
        await drive.answered()
        assert "○" in app.query_one("#header").render_line(0).text
        await drive.press("comma", "e")
        shown = await drive.asked("Message")
        assert "disk on fire" in shown._text
        assert "hunter2" not in shown._text
        await drive.press("escape")
        await drive.answered()
        await drive.press("n", "2", "-", "?")
        await drive.asked("ChoiceDialog")
    report = next((tmp_path / "log").glob("crash-*.txt")).read_text()
    assert "disk on fire" in report
    assert "hunter2" not in report


async def test_a_crash_leaves_a_masked_report_and_no_locals(acme: Acme, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="boom"):  # noqa: PT012 - the app raises what stopped it when it is left
        async with opened(acme, "calendar") as drive:

            def fail() -> None:
                hidden = "local variable"
                raise RuntimeError(f"boom {len(hidden)} qbs_abcdefghijklmnop")

            drive.app.call_later(fail)
            await asyncio.sleep(0.2)
    assert drive.app.crash_file is not None
    assert "qbs_…" in drive.app.crash_file.read_text()
    shown = capsys.readouterr().err
    assert "callboard stopped: RuntimeError; the report is in" in " ".join(shown.split())
    assert "local variable" not in shown


async def test_organizations_are_switched_and_kept_apart(acme: Acme) -> None:
    acme.book("Jo Doe", 20, 15)
    other = acme.session.do(organizations.add, "Zeta", "Europe/Prague")
    async with opened(acme, "calendar") as drive:
        assert len(drive.app.page.grid.grid.items) == 1
        await drive.press(",", "o")
        await drive.asked("ChoiceDialog")
        await drive.type("zeta")
        await drive.press("enter")
        await drive.answered()
        await drive.until(lambda: drive.app.organization.id == other.id and not drive.app.page.stale, "Zeta")
        await drive.until(lambda: drive.app.page.grid.grid.items == [], "its own calendar")
        assert drive.app.zone == "Europe/Prague"
