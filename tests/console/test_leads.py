"""Leads: found, filtered, added, edited, assigned, merged, brought in, written out, and all of it taken back."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from drive import opened

from callboard.domain.bookings import Wish
from callboard.domain.errors import Invalid
from callboard.domain.events import Actor
from callboard.domain.filters import moment, parse
from callboard.services import bookings, calls, lead_views, messages, people, people_bulk, people_files, timeline
from support import Office, make_office

NEW_YORK = "America/New_York"


@pytest.fixture
def office(sqlite_desk: Any) -> Office:
    made = make_office(sqlite_desk, hired=2)
    for name, phone, city, source in (
        ("Jane Doe", "+12125550123", "New York", "website"),
        ("Petr Novak", "+420602123456", "Prague", "referral"),
        ("Ana Silva", "+5511955501234", "Oslo", "website"),
    ):
        made.do(people.add, full_name=name, phone=phone, city=city, source=source, is_lead=True)
    return made


def names(office: Office, text: str = "") -> list[str]:
    return sorted(r.person.name for r in office.get(lead_views.page, text, NEW_YORK))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("source:website", ["Ana Silva", "Jane Doe"]),
        ("source:website !city:oslo", ["Jane Doe"]),
        ("!jane", ["Ana Silva", "Petr Novak"]),
        ('"petr novak"', ["Petr Novak"]),
        ("(212) 555-0123", ["Jane Doe"]),
        ("2125550123", ["Jane Doe"]),
        ("agent:none is:lead", ["Ana Silva", "Jane Doe", "Petr Novak"]),
        ("agent:dana", []),
        ("has:email", []),
        ("!has:email city:pra", ["Petr Novak"]),
        ("after:today", ["Ana Silva", "Jane Doe", "Petr Novak"]),
        ("since:2026-01-06", []),
        ("is:booked", []),
    ],
)
def test_the_filter_line_filters_in_the_database(office: Office, line: str, expected: list[str]) -> None:
    assert names(office, line) == expected
    assert office.get(lead_views.count, line, NEW_YORK) == len(expected)


@pytest.mark.parametrize("line", ["colour:red", "agent:nobodyhere", "after:someday", "is:happy"])
def test_a_wrong_filter_says_what_there_is(office: Office, line: str) -> None:
    with pytest.raises(Invalid) as refused:
        office.get(lead_views.page, line, NEW_YORK)
    assert refused.value.field == "filter"


def test_words_for_days(clock: Any) -> None:
    now = clock.now  # Monday 2026-01-05 07:00 in New York
    assert moment("today", now, NEW_YORK) == now - 7 * 3600
    assert moment("fri", now, NEW_YORK) == now - 7 * 3600 - 3 * 86400
    assert moment("09:30", now, NEW_YORK) == now + 150 * 60
    assert moment("3d", now, NEW_YORK) == now - 3 * 86400
    assert moment("dec 24", now, NEW_YORK) == moment("2025-12-24", now, NEW_YORK)
    assert [t.value for t in parse('a: "two words" b:c !d:"e f')] == ["two words", "c", "e f"]


def test_the_story_holds_everything_about_a_person(office: Office, clock: Any) -> None:
    jane = next(p for p in office.get(people.page) if p.name == "Jane Doe")
    office.do(bookings.book, Wish(starts_at=clock.now + 7200, person_id=jane.id, outside_hours=True, title="survey"))
    office.do(calls.initiate, to=jane.phone)
    office.do(messages.send, to=jane.phone, body="hello there")
    office.do(people.update, jane.id, city="Oslo")
    card = office.get(timeline.of_person, jane.id)
    assert {e.kind for e in card.entries} == {"booking", "call", "message", "change"}
    assert [e.at for e in card.entries] == sorted((e.at for e in card.entries), reverse=True)
    assert any("city" in e.detail for e in card.entries)
    assert [b.title for b in card.ahead] == ["survey"]


def test_a_file_is_guessed_previewed_and_brought_in_once(office: Office) -> None:
    text = "Customer Name;Mobile;E-mail;Channel\nAnna Berg;+4790000001;anna@b.no;Radio\nBad;12;;\n"
    text += "Jane D;(212) 555-0123;jane@d.com;\n"
    sheet = people_files.read(text.encode("cp1252"))
    assert sheet.guess == ("full_name", "phone", "email", "source")
    seen = people_files.preview(sheet, sheet.guess, "US")
    assert (seen.usable, [n for n, _ in seen.problems]) == (2, [3])
    rows = list(people_files.fields_of(sheet, sheet.guess))
    first = office.do(people_bulk.bring_in, rows, stroke="s1")
    assert (first.changed, first.updated, [w for w, _ in first.refused]) == (1, 1, ["line 3"])
    again = office.do(people_bulk.bring_in, rows, stroke="s2")
    assert (again.changed, again.updated, again.same) == (0, 0, 2)
    found = {p.name: p for p in office.get(people.page)}
    assert found["Jane Doe"].email == "jane@d.com"
    assert found["Anna Berg"].source == "other"
    with pytest.raises(Invalid):
        people_files.read(b"only one line")


def test_an_export_is_no_formula(office: Office) -> None:
    evil = office.do(people.add, full_name="=HYPERLINK(1)", phone="+12125550199", city="@SUM")
    cells = next(csv.reader([people_files.csv_line(evil, "Dana")]))
    row = dict(zip(people_files.EXPORTED, cells, strict=False))
    assert (row["full_name"], row["city"], row["phone"]) == ("'=HYPERLINK(1)", "'@SUM", "+12125550199")


async def test_a_day_with_leads(office: Office, tmp_path: Path) -> None:
    """Add, refuse, filter, edit, assign two, take it back, write out, merge: by keys alone."""
    office.desk.clock.pass_(60)
    async with opened(office, "leads") as d:
        await d.until(lambda: d.page.table.total == 3, "three people")
        await d.press("n")
        await d.fill(phone="12")
        assert d.dialog == "Form"  # it says what is wrong and stays
        await d.fill(full_name="Jan Doe", phone="212 555 0123", email="jan@example.com", source="website")
        await d.until(lambda: d.page.table.total == 4, "the new lead")
        assert any(p.email == "jan@example.com" and p.is_lead for p in office.get(people.page))

        await d.press("slash")
        await d.type("source:website !city:oslo")
        await d.until(lambda: d.page.table.total == 2, "the filter")
        await d.press("enter")
        await d.until(lambda: d.page.table.has_focus, "the rows have the keys again")

        await d.press("space", "space", "a")
        await d.asked("ChoiceDialog")
        await d.type("lee")
        await d.press("enter")
        await d.until(lambda: names(office, "agent:lee") == ["Jan Doe", "Jane Doe"], "both assigned")
        await d.press("z")
        await d.until(lambda: names(office, "agent:lee") == [], "both taken back by one key")

        await d.press("home", "m")
        dialog = await d.asked("ChoiceDialog")
        assert "Jan" in dialog.choices.current.title
        await d.press("enter")
        await d.asked("Confirm")
        await d.press("y")
        await d.until(lambda: d.page.table.total == 1, "two made one")
        assert names(office) == ["Ana Silva", "Jane Doe", "Petr Novak"]
        assert office.get(people.by_phone, "+12125550123").email == "jan@example.com"

        await d.press("E")
        ask = await d.asked("Ask")
        ask.query_one("Input").value = str(tmp_path / "out.csv")
        await d.press("enter")
        await d.until(lambda: "1 person written" in d.said, "the export")
        assert len(list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines()))) == 1

        await d.press("slash", "escape")
        await d.until(lambda: d.page.table.total == 3, "everyone")


async def test_import_delete_and_undo_at_one_stroke(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("name,phone\n" + "".join(f"P{n},+1212555{1000 + n}\n" for n in range(60)) + "Bad,1\n")
    async with opened(office, "leads") as d:
        await d.until(lambda: d.page.table.total == 3, "three people")
        await d.press("I")
        ask = await d.asked("Ask")
        ask.query_one("Input").value = str(file)
        await d.press("enter")
        await d.asked("ChoiceDialog")
        await d.press("enter")
        report = await d.asked("Message")
        assert "60 new" in report._text
        assert "line 62" in report._text
        await d.press("enter")
        await d.until(lambda: d.page.table.total == 63, "sixty more")
        await d.press("z")
        await d.until(lambda: d.page.table.total == 3, "one key takes the import back")
        await d.press("delete")
        await d.until(lambda: d.page.table.total == 2, "one deleted")
        await d.press("z")
        await d.until(lambda: d.page.table.total == 3, "one back")


async def test_long_work_stops_where_it_is_told_to(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("name,phone\n" + "".join(f"P{n},+1212{5550000 + n}\n" for n in range(20_000)))
    async with opened(office, "leads") as d:
        await d.press("I")
        ask = await d.asked("Ask")
        ask.query_one("Input").value = str(file)
        await d.press("enter")
        await d.asked("ChoiceDialog")
        await d.press("enter")
        bar = await d.asked("Progress")
        await d.until(lambda: bar._steps.done > 0, "the first step")
        await d.press("escape")
        await d.until(lambda: "stopped before the end" in d.said, "the end")
        await d.answered()
        made = office.get(people.count) - 3
        assert 0 < made < 20_000
        assert f"{made} new" in d.said
        while (there := office.get(people.count)) > 3:  # five thousand at a stroke
            await d.press("z")
            await d.until(lambda there=there: office.get(people.count) < there, "taken back")


async def test_another_consoles_change_shows_and_is_not_overwritten(office: Office) -> None:
    async with opened(office, "leads") as d:
        await d.until(lambda: d.page.table.row is not None, "a row")
        person = d.page.table.row.person
        await d.press("e")
        await d.asked("Form")
        office.desk.acting(Actor(kind="console", name="other")).do(people.update, office.org, person.id, city="Bergen")
        await d.fill(city="Rome")
        await d.until(lambda: "changed by somebody else" in d.said, "the refusal")
        assert office.get(people.get, person.id).city == "Bergen"
        await d.until(lambda: "Bergen" in " ".join(d.page.detail.text), "their change on the card")


async def test_nobody_yet_and_small_terminals(sqlite_desk: Any) -> None:
    empty = make_office(sqlite_desk)
    async with opened(empty, "leads", (60, 20)) as d:
        await d.until(lambda: d.page.table.status == "ready", "the count")
        await d.press("e")
        assert "nobody is chosen" in d.said
        assert "n adds a lead" in d.page.table.empty
        assert not d.page.detail.display
        await d.press("tab")
        assert d.page.detail.display
        assert not d.page.table.parent.display


async def test_a_call_is_booked_from_a_lead(office: Office) -> None:
    async with opened(office, "leads") as d:
        await d.until(lambda: d.page.table.row is not None, "a row")
        person = d.page.table.row.person
        await d.press("b")
        dialog = await d.asked("BookingDialog")
        await d.until(lambda: dialog._who, "who it is")
        dialog.query_one("#f-when").value = "tomorrow 15:00"
        dialog.query_one("#f-when").focus()
        await d.press("enter")
        await d.until(lambda: office.get(bookings.listing), "the booking")
        assert office.get(bookings.listing)[0].person_id == person.id
        await d.until(lambda: any("next" in line for line in d.page.detail.text), "it stands on the card")
        assert "booked" in d.said
