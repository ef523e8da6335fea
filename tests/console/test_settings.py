"""Settings: every room is shown, changed, taken back; secrets are shown once; keys are remapped into the person's file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from drive import Drive, opened

from callboard.console.settings.look import keep_key
from callboard.console.settings.screen import ROOMS
from callboard.console.settings.staff import format_days, parse_days
from callboard.domain.errors import Invalid
from callboard.services import agents, calendars, keys, organizations, templates
from support import Office, make_office


@pytest.fixture
def office(sqlite_desk: Any) -> Office:
    return make_office(sqlite_desk)


async def room(d: Drive, name: str) -> None:
    d.page.go_to(name)
    title = next(r.title for r in ROOMS if r.id == name).upper()
    await d.until(lambda: d.page.lines.title.startswith(title) and d.page.lines.status == "ready" and not d.page._loading, name)
    d.page.lines.focus()
    await d.pilot.pause()


async def at(d: Drive, line: str) -> None:
    assert d.page.lines.select(line), f"no line {line} in {[i.id for i in d.page.lines.items]}"
    await d.pilot.pause()


async def answer(d: Drive, text: str) -> None:
    ask = await d.asked("Ask")
    ask.query_one("Input").value = text
    await d.press("enter")


async def test_the_house_is_changed_and_taken_back(office: Office) -> None:
    def policy() -> Any:
        return office.get(organizations.get).policy

    async with opened(office, "settings") as d:
        await room(d, "policy")
        await at(d, "buffer_after_minutes")
        await d.press("enter")
        await answer(d, "soon")
        assert d.dialog == "Ask"
        await answer(d, "15")
        await d.until(lambda: policy().buffer_after_minutes == 15, "the buffer")
        await d.until(lambda: d.page.lines.row.value == "15 min", "it shows")
        await d.press("z")
        await d.until(lambda: policy().buffer_after_minutes == 0, "taken back")
        await at(d, "scheduling_enabled")
        await d.press("enter")
        await d.until(lambda: not policy().scheduling_enabled, "closed")
        await at(d, "reminder_minutes")
        await d.press("enter")
        await answer(d, "120, 15")
        await d.until(lambda: policy().reminder_minutes == (120, 15), "reminders")

        await room(d, "branding")
        await at(d, "colour")
        await d.press("enter")
        await answer(d, "red")
        assert d.dialog == "Ask"
        await answer(d, "#112233")
        await d.until(lambda: office.get(organizations.get).branding.colour == "#112233", "the colour")
        await room(d, "organization")
        await at(d, "id")
        await d.press("enter")
        await d.until(lambda: "an id never changes" in d.said, "the reason")


async def test_agents_and_their_hours(office: Office) -> None:
    async with opened(office, "settings") as d:
        await room(d, "agents")
        await d.press("n")
        await d.fill(name="Mia", hours="mon 9 to 5")
        assert d.dialog == "Form"
        await d.fill(hours="mon-thu 09:00-12:00; sat 22:00-06:00", overrides="2026-12-24 09:00-10:00; 2026-12-25 off", weight="2")
        await d.until(lambda: len(d.page.lines.items) == 2, "the new agent")
        mia = next(a for a in office.get(agents.all) if a.name == "Mia")
        assert (mia.weight, mia.hours.days[5], mia.overrides["2026-12-25"]) == (2, ((1320, 1800),), ())
        await at(d, mia.id)
        await d.press("delete")
        await d.until(lambda: not office.get(agents.get, mia.id).active, "off")
        await d.press("z")
        await d.until(lambda: office.get(agents.get, mia.id).active, "on again")
        assert format_days(parse_days(format_days(mia.overrides))) == "2026-12-24 09:00-10:00; 2026-12-25 off"
        with pytest.raises(Invalid):
            parse_days("2026-12-24")


async def test_words_keys_and_calendars(office: Office, tmp_path: Path) -> None:
    async with opened(office, "settings") as d:
        await room(d, "templates")
        await at(d, "confirmation")
        await d.press("enter")
        dialog = await d.asked("TemplateDialog")
        dialog.query_one("TextArea").text = "Come at {when}: {lnk}"
        await d.until(lambda: "not a variable" in str(dialog.query_one("#note").render()), "the mistake")
        await d.press("ctrl+s")
        assert d.dialog == "TemplateDialog"
        dialog.query_one("TextArea").text = "{first_name}, come at {time}: {link}"
        await d.until(lambda: "Jane, come at" in str(dialog.query_one(".read").render()), "the reading")
        await d.press("ctrl+s")
        await d.until(lambda: "Jane, come at" in office.get(templates.preview, "confirmation"), "kept")
        await d.until(lambda: d.page.lines.row.value == "your words", "it shows")
        await d.press("delete")
        await d.until(lambda: d.page.lines.row.value == "default", "the default again")

        await room(d, "api")
        await d.press("n")
        await d.fill(name="website", flavour="qtvoice", scopes="leads:fly")
        assert d.dialog == "Form"
        await d.fill(scopes="leads:read")
        secret = (await d.asked("Message"))._copied
        await d.press("enter")
        found = office.session.get(keys.authenticate, secret)
        assert found is not None
        assert found.scopes == {"leads:read"}
        await d.until(lambda: len(d.page.lines.items) == 1, "the key")
        assert secret not in "\n".join(d.page.linear())
        await d.press("delete")
        await d.asked("Confirm")
        await d.press("y")
        await d.until(lambda: office.session.get(keys.authenticate, secret) is None, "revoked")

        await room(d, "calendars")
        file = tmp_path / "busy.ics"
        file.write_text(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260106T150000Z\r\n"
            "DTEND:20260106T160000Z\r\nSUMMARY:dentist\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
        await d.press("n")
        await d.fill(name="Dana's own", url=str(file))
        await d.until(lambda: len(d.page.lines.items) == 3, "the calendar, all calls' feed and Dana's")
        assert office.get(calendars.listing)[0].busy == 1
        dana = office.agents[0].id
        old = office.get(calendars.feed_url, dana)
        await at(d, f"feed {dana}")
        assert d.page.lines.row.copied == old
        await d.press("delete")
        await d.asked("Confirm")
        await d.press("y")
        await d.until(lambda: d.page.lines.row.copied not in {"", old}, "a new address")
        assert "1 address before it revoked" in d.page.lines.row.effect
        assert d.page.lines.row.copied == office.get(calendars.feed_url, dana)


async def test_every_room_has_lines_that_say_what_they_do(office: Office) -> None:
    async with opened(office, "settings") as d:
        for each in ROOMS:
            await room(d, each.id)
            assert d.page.lines.items or each.new, each.id
            for line in d.page.lines.items:
                assert line.effect, line.id
                assert line.change or line.drop or line.why, line.id


async def test_a_key_is_remapped_at_once_and_kept(office: Office) -> None:
    config = office.desk.settings.config_file
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text('# mine\ntheme = "fjord"\n\n[keys]\n"leads.new" = "w"  # as elsewhere\n\n[gateways.twilio]\nsid = "x"\n')
    async with opened(office, "settings") as d:
        await d.until(lambda: "leads.new" in d.app.keymap.commands, "every screen's commands")
        await room(d, "keys")
        await at(d, "app.undo")
        await d.press("enter")
        await answer(d, "x n")  # n is a key of screens: shown, not taken
        assert d.dialog == "Ask"
        await answer(d, "f9")
        await d.until(lambda: d.app.keymap.shown("app.undo") == "F9", "in force")
        data = tomllib.loads(config.read_text())
        assert data["keys"] == {"leads.new": "w", "app.undo": "f9"}
        assert data["theme"] == "fjord"
        assert data["gateways"] == {"twilio": {"sid": "x"}}
        await room(d, "organization")
        await at(d, "name")
        await d.press("enter")
        await answer(d, "Other")
        await d.until(lambda: office.get(organizations.get).name == "Other", "renamed")
        await d.press("f9")
        await d.until(lambda: office.get(organizations.get).name == "Acme Moving", "the new key undoes")


def test_the_file_keeps_its_other_lines(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    keep_key(path, "app.undo", "u")
    keep_key(path, "leads.new", 'w "')
    keep_key(path, "app.undo", "")
    assert tomllib.loads(path.read_text()) == {"keys": {"leads.new": 'w "'}}


async def test_what_a_line_has_no_room_for_stands_under_the_lines(office: Office) -> None:
    async with opened(office, "settings", size=(80, 24)) as d:
        await room(d, "calendars")
        await d.until(lambda: d.page.whole.display, "the line in full")
        address = d.page.lines.row.copied
        assert len(address) > 58
        assert "".join(d.page.whole.text).startswith(address)
        assert " ".join(d.page.whole.text).endswith("give it to colleagues alone.")
        await room(d, "organization")
        assert d.page.rooms.lines == 1
        await d.press("down", "down")
        assert d.page.line.id == "id"
        assert d.page.whole.text == ["What the API calls it; y copies it."]
        assert ("Enter", "change") not in d.page.footer()


async def test_what_is_wrong_with_an_answer_has_the_colour_of_what_is_wrong(office: Office) -> None:
    async with opened(office, "settings") as d:
        await room(d, "policy")
        await d.press("enter")
        await answer(d, "many")
        note = d.app.screen.query_one("#note")
        assert str(note.render()) == "a whole number, please"
        assert note.styles.color.hex == d.app.inks.colour("clash").upper()
