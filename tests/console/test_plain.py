"""Plain mode: the same day as sentences, the terminal's cursor on the line that matters."""

from __future__ import annotations

from dataclasses import replace

from acme import Acme
from drive import Drive, opened

from callboard.console.plain import PlainView
from callboard.console.screens import entries
from callboard.services import people
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


async def test_jumping_is_a_list_of_every_place_in_words(sqlite_desk: Desk, clock: Clock) -> None:
    acme = Acme(sqlite_desk, clock).week()
    for name in ("Ada Lovelace", "Grace Hopper"):
        acme.session.do(people.add, acme.org.id, full_name=name)
    acme.desk.settings = replace(acme.desk.settings, plain=True)
    async with opened(acme, "calendar", size=(100, 30)) as drive:
        await drive.until(lambda: any("P. Novak" in line for line in text(drive)), "the week as text")
        await drive.press("'")
        listed = (await drive.asked("ChoiceDialog")).choices
        sentences = [line for line in text(drive) if " with " in line and not line.startswith("here:")]
        assert [c.title for c in listed.shown] == sentences, "what can be gone to is what is read"
        await drive.type("novak")
        assert "P. Novak" in listed.current.title
        await drive.press("enter")
        await drive.answered()
        await drive.until(lambda: drive.page.booking is not None and drive.page.booking.customer_name == "P. Novak", "there")
        await drive.until(lambda: "P. Novak" in text(drive)[1], "the line of the cursor")
        await drive.press("'")
        await drive.asked("ChoiceDialog")
        await drive.type("dentist")
        await drive.press("enter")
        await drive.until(lambda: "dentist" in text(drive)[1], "a block as well")

        await drive.press("2")
        await drive.until(lambda: text(drive)[:2] == ["Queue", "NOW"], "the queue as text")
        await drive.press("'")
        await drive.asked("ChoiceDialog")
        await drive.type("novak")
        await drive.press("enter")
        await drive.until(lambda: any(line.startswith("chosen: Fri 09:30 P. Novak") for line in text(drive)), "the call")

        await drive.press("3")
        await drive.until(lambda: "Ada Lovelace" in "".join(text(drive)), "the people")
        await drive.press("'")
        await drive.asked("ChoiceDialog")
        await drive.type("ada lov")
        await drive.press("enter")
        await drive.until(lambda: drive.page.table.row.person.name == "Ada Lovelace", "a row of a table")
        await drive.until(lambda: "Ada Lovelace" in text(drive)[drive.page.linear_here()], "read at the cursor")

        await drive.press("8")
        await drive.until(lambda: drive.page.ID == "settings" and drive.page.lines.items, "the settings")
        await drive.press("'")
        await drive.asked("ChoiceDialog")
        await drive.type("time zone")
        await drive.press("enter")
        await drive.answered()
        assert drive.page.lines.has_focus
        assert "zone" in drive.page.lines.row.label


async def test_where_there_is_nothing_to_jump_to_it_says_so(sqlite_desk: Desk, clock: Clock) -> None:
    acme = Acme(sqlite_desk, clock)
    acme.desk.settings = replace(acme.desk.settings, plain=True)
    async with opened(acme, "queue") as drive:
        await drive.press("'")
        await drive.until(lambda: "there is nothing to jump to here" in drive.said, "why not")
        assert drive.dialog == ""
