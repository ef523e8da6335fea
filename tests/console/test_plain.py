"""Plain mode: the same day as sentences, the terminal's cursor on the line that matters."""

from __future__ import annotations

from dataclasses import replace

from acme import Acme
from drive import Drive, opened

from callboard.console.plain import PlainView
from callboard.console.screens import entries
from callboard.services.service import Desk
from support import Clock


def text(drive: Drive) -> list[str]:
    return drive.app.query_one(PlainView).text


async def test_the_calendar_and_queue_as_sentences(sqlite_desk: Desk, clock: Clock) -> None:
    acme = Acme(sqlite_desk, clock).week()
    acme.desk.settings = replace(acme.desk.settings, plain=True)
    async with opened(acme, "calendar") as drive:
        await drive.until(lambda: any("P. Novak" in line for line in text(drive)), "the week as text")
        lines = text(drive)
        assert lines[0].startswith("Calendar, Nov 16 – 22, 2026, everyone (3)")
        assert "Thu 19 10:30–11:30: scheduled, L. Park, with Dana Reyes, lies under a block" in lines
        assert "Wed 18 09:00–10:30: block, dentist · Dana, with Dana Reyes" in lines
        assert lines[-1].startswith("keys: n new")
        view = drive.app.query_one(PlainView)
        assert view.region.y == 1
        assert drive.app.cursor_position.y == 2
        assert view.render_line(0).text.startswith("Calendar, Nov 16")
        await drive.press("tab")
        assert text(drive)[1].startswith("here: ◆ T. Baker")
        await drive.press("c")
        assert "said: confirm: it is not waiting to be confirmed" in text(drive)
        await drive.press("2")
        await drive.until(lambda: text(drive)[:2] == ["Queue", "NOW"], "the queue as text")
        await drive.until(lambda: any(line.startswith("chosen: Fri 09:15 A. Silva, on hold") for line in text(drive)))
        assert drive.app.cursor_position.y == 3
        await drive.press("down")
        assert any(line.startswith("chosen: Fri 09:30 P. Novak") for line in text(drive))


async def test_every_screen_has_text(sqlite_desk: Desk, clock: Clock) -> None:
    acme = Acme(sqlite_desk, clock)
    acme.book("Jo Doe", 20, 15)
    acme.desk.settings = replace(acme.desk.settings, plain=True)
    async with opened(acme, "calendar") as drive:
        for entry in entries():
            await drive.press(entry.key)
            await drive.until(lambda: drive.app.page.is_mounted and not drive.app.page.stale and text(drive), entry.title)
            assert "nothing to read here yet" not in "".join(drive.app.page.linear()), entry.title
