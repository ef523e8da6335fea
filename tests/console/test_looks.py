"""What a demanding eye wants: columns that hold with any script, empty screens that say what to do; filters without a match."""

from __future__ import annotations

from pathlib import Path

import pytest
from acme import ZONE, Acme, at
from drive import Drive, opened
from rich.cells import cell_len

from callboard.console.app import CallboardApp
from callboard.domain.events import Actor
from callboard.services import blocks, organizations, people
from callboard.services.service import Desk
from callboard.settings import Settings
from support import Clock, Office

NAMES = (
    "渡辺 美智子 株式会社ヤマト運輸",
    "e\u0301le\u0301onore d\u0327",
    "👩\u200d👩\u200d👧 Rossi",
    "مُحَمَّد بن عبد الله",
    "tab\tname",
    "\u2764\ufe0f heart \u260e\ufe0f",
    "\u202eturned",
)


@pytest.fixture
def acme(sqlite_desk: Desk, clock: Clock) -> Acme:
    return Acme(sqlite_desk, clock)


def painted(drive: Drive) -> list[str]:
    """What stands on the terminal."""
    return [strip.text for strip in drive.app.screen._compositor.render_strips()]


async def seen(drive: Drive, words: str) -> None:
    """Wait until it stands on the terminal: what was done is painted a little later."""
    await drive.until(lambda: any(words in line for line in painted(drive)), words)


def wild(acme: Acme) -> None:
    """Calls, blocks and people whose names take more or fewer cells than letters."""
    for hour, name in enumerate(NAMES, 9):
        acme.book(name, 20, hour, agent_id=acme.lee.id, title=name, customer_phone=f"+141555501{hour:02d}")
        span = {"starts_at": at(20, hour), "ends_at": at(20, hour, 30)}
        acme.session.do(blocks.add, acme.org.id, agent_id=acme.dana.id, title=name, **span)


@pytest.mark.parametrize("width", [160, 120, 80])
@pytest.mark.parametrize("key", ["w", "d", "M"])
async def test_the_calendars_columns_hold_with_any_name(acme: Acme, width: int, key: str) -> None:
    wild(acme)
    async with opened(acme, "calendar", size=(width, 40)) as drive:
        await drive.press(key)
        await drive.until(lambda: {cell_len(line) for line in painted(drive)} == {width}, "lines as wide as the terminal")
        if key != "M":
            grid = drive.page.grid
            ends = [x + size - 1 for _, x, size in grid.layout_columns()]
            for y in range(grid.size.height):
                line = grid.render_line(y)
                assert [line.crop(end, end + 1).text for end in ends] == [" "] * len(ends), line.text


@pytest.mark.parametrize("screen", ["leads", "today", "queue"])
async def test_lists_hold_with_any_name(acme: Acme, screen: str) -> None:
    wild(acme)
    async with opened(acme, screen, size=(80, 30)) as drive:
        await drive.until(lambda: {cell_len(line) for line in painted(drive)} == {80}, "lines as wide as the terminal")


async def test_what_has_to_be_done_is_not_cut_from_a_wide_name(acme: Acme) -> None:
    acme.clock.now = at(20, 8)
    acme.book("王小明 東京", 20, 9, customer_phone="+14155550101")
    acme.clock.now = at(20, 9, 20)
    async with opened(acme, "today", size=(100, 30)) as drive:
        await seen(drive, "王小明 東京 was to be called · survey")


@pytest.mark.parametrize("size", [(160, 45), (80, 24)], ids=str)
async def test_without_agents_the_calendar_says_where_they_come_from(
    sqlite_desk: Desk, clock: Clock, size: tuple[int, int]
) -> None:
    session = sqlite_desk.acting(Actor(kind="cli", name="seed"))
    org = session.do(organizations.add, "Nobody Inc", ZONE)
    office = Office(sqlite_desk, session, org, [])
    async with opened(office, "calendar", size=size) as drive:
        await seen(drive, "30 min   no agents yet")
        await seen(drive, "under Agents, n adds one with their hours")


async def test_a_filter_that_matches_nothing_says_so(acme: Acme) -> None:
    acme.week()
    acme.session.do(people.add, acme.org.id, full_name="Jane Doe", phone="+14155550199")
    looked_for = {"calendar": {"filter": "zzzz"}, "leads": {"filter": "zzzz"}, "queue": {"filter": "zzzz"}}
    async with opened(acme, "calendar", screens=looked_for) as drive:
        await drive.until(lambda: "/ zzzz  0 of 11" in painted(drive)[1], "the filter and what is left")
        for key, words in (("3", "nobody matches zzzz"), ("2", "nothing matches zzzz")):
            await drive.press(key)
            await seen(drive, words)


async def test_signs_shown_as_pictures_are_shown_as_signs(acme: Acme) -> None:
    acme.book("\u2764\ufe0f heart", 20, 11, customer_phone="+14155550101")
    async with opened(acme, "queue", size=(100, 30)) as drive:
        await seen(drive, "\u2764 heart")
        for key in ("1", "3"):
            await drive.press(key)
            await seen(drive, "heart")
            assert "\ufe0f" not in "".join(painted(drive))


async def test_the_queue_begins_with_its_first_title_whenever_it_gets_its_size(acme: Acme) -> None:
    acme.week()
    async with opened(acme, "queue", size=(120, 40)) as drive:
        drive.page.calls._top = 1  # where a list of one line stands on its first call
        await drive.pilot.resize_terminal(120, 38)
        await drive.until(lambda: painted(drive)[1].startswith(" NOW"), "the first title")


async def test_a_month_on_a_small_screen_says_when_its_days_begin(acme: Acme) -> None:
    acme.week()
    async with opened(acme, "calendar", size=(80, 24)) as drive:
        await drive.press("M")
        await seen(drive, " 09:00 +")
        assert not any("more" in line for line in painted(drive))


async def test_after_a_leader_every_key_that_may_follow_is_shown(acme: Acme) -> None:
    for width in (120, 60, 40):
        async with opened(acme, "leads", size=(width, 24)) as drive:
            await drive.press("comma")
            await drive.until(lambda: any("log" in line for line in painted(drive)[-9:]), "the strip")
            strip = "\n".join(painted(drive)[-9:])
            following = [key for key, _ in drive.app.sequencer.following]
            assert all(f" {key} " in strip for key in following), strip
            await drive.press("escape")
            await drive.until(lambda: "new lead" in painted(drive)[-1], "the footer again")
            assert "log" not in "\n".join(painted(drive)[-9:])


async def test_a_list_to_choose_from_is_as_high_as_it_is_long(acme: Acme) -> None:
    acme.session.do(people.add, acme.org.id, full_name="Jane Doe", phone="+14155550199", is_lead=True)
    async with opened(acme, "leads", size=(120, 40)) as drive:
        await drive.press("a")
        dialog = await drive.asked("ChoiceDialog")
        assert dialog.choices.size.height == len(dialog.choices.shown) == 4
        await drive.press("escape")
        await drive.press("question_mark")
        help_ = await drive.asked("ChoiceDialog")
        assert help_.choices.size.height > 15
        assert help_.choices.size.width > 90  # its long lines stand there whole


async def test_a_lost_database_says_its_reason_and_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "no.db"
    file.write_bytes(b"this is no database " * 100)
    settings = Settings(database_url=f"sqlite:///{file}", data_dir=tmp_path)
    app = CallboardApp(settings, lambda: Desk(settings), operator="sam")
    async with app.run_test(size=(100, 30)) as pilot:
        drive = Drive(app, pilot)
        await drive.until(lambda: drive.dialog == "NoDatabase", "the reason")
        await seen(drive, "file is not a database")
        await drive.press("escape")
        await seen(drive, "the database did not answer: ^r asks again")
