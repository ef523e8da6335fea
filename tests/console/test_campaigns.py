"""Campaigns: made, filled from a spreadsheet and from leads, started, dialled through with a key an outcome, finished."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from drive import Drive, opened
from rich.cells import cell_len

from callboard.domain.campaigns import ContactWish
from callboard.domain.zones import instant, local_day
from callboard.services import bookings, calls, campaigns, people
from support import Office, make_office


@pytest.fixture
def office(sqlite_desk: Any) -> Office:
    sqlite_desk.clock.set("2026-01-05T15:00:00Z")  # Monday, ten in the morning in New York
    return make_office(sqlite_desk)


def status(office: Office, name: str) -> str:
    found = next(c for c in office.get(campaigns.contacts) if c.name == name)
    return str(found.status)


def in_hand(d: Drive) -> str:
    return d.page.dialling.contact.name if d.page.dialling.contact is not None else ""


async def test_a_campaign_from_nothing_to_its_end(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(
        "Client;Tel.;City\nAva;212 555 0101;New York\nBen;+44 20 7946 0123;London\nCy;12;x\nDee;2125550104;New York\n"
    )
    office.do(people.add, full_name="Lea Lead", phone="+12125550105", is_lead=True, source="website")
    office.do(people.add, full_name="Other", phone="+12125550106", is_lead=True, source="referral")
    async with opened(office, "campaigns") as d:
        await d.press("enter")
        await d.press("o")
        await d.until(lambda: "there is no campaign" in d.said, "the reason")
        await d.press("n")
        await d.fill(name="Autumn", window="whenever")
        assert d.dialog == "Form"
        await d.fill(window="mon-fri 09:00-18:00", script="Hello {name}, about {interest}.")
        await d.until(lambda: len(d.page.rows.items) == 1, "the campaign")

        await d.press("I")
        ask = await d.asked("Ask")
        ask.query_one("Input").value = str(file)
        await d.press("enter")
        dialog = await d.asked("ChoiceDialog")
        assert dialog.choices.shown[0].title == "import 2 contacts"
        assert "2 lines cannot be used" in dialog.choices.shown[1].title
        await d.press("enter")
        await d.until(lambda: "2 added" in d.said, "the import")
        await d.press("L")
        ask = await d.asked("Ask")
        ask.query_one("Input").value = "source:website"
        await d.press("enter")
        await d.until(lambda: "1 added" in d.said, "the leads")
        await d.until(lambda: d.page.rows.row.total == 3, "three on the list")

        await d.press("o")
        await d.until(lambda: "s starts it" in d.said, "why not")
        await d.press("s")
        await d.until(lambda: d.page.rows.row.campaign.status == "running", "running")
        await d.press("z")
        await d.until(lambda: d.page.rows.row.campaign.status == "draft", "taken back")
        await d.press("F")
        await d.asked("Confirm")
        await d.press("y")
        await d.until(lambda: d.page.rows.row.campaign.status == "finished", "finished")
        await d.press("s")
        await d.until(lambda: "it is finished" in d.said, "why not")


async def test_what_runs_stands_first_and_escape_shows_all_again(office: Office) -> None:
    made = {name: office.do(campaigns.add, name, target_country="US") for name in ("Draft", "Over", "Running", "Newest")}
    office.do(campaigns.start, made["Running"].id)
    office.do(campaigns.finish, made["Over"].id)

    def names(d: Drive) -> list[str]:
        return [s.campaign.name for s in d.page.rows.items]

    async with opened(office, "campaigns") as d:
        await d.until(lambda: len(names(d)) == 4, "the campaigns")
        assert names(d)[0] == "Running"
        assert names(d)[-1] == "Over"
        await d.press("slash")
        await d.type("status:draft")
        await d.press("enter")
        await d.until(lambda: set(names(d)) == {"Draft", "Newest"}, "the filter")
        await d.press("escape")
        await d.until(lambda: len(names(d)) == 4, "all of them again")


async def test_a_key_an_outcome(office: Office) -> None:
    autumn = office.do(campaigns.add, "Autumn", target_country="US", script="Hello {name}, about {interest}.")
    for n, name in enumerate(("Ava", "Ben", "Cy", "Dee", "Eva", "Flo", "Gus")):
        wish = ContactWish(name=name, phone=f"+1212555020{n}", interest="storage", timezone="America/New_York")
        office.do(campaigns.add_contact, autumn.id, wish)
        office.desk.clock.pass_(1)
    office.do(campaigns.start, autumn.id)
    async with opened(office, "campaigns") as d:
        await d.until(lambda: d.page.rows.row is not None, "the campaign")
        await d.press("q")
        await d.until(lambda: "opens its dial queue" in d.said, "the reason")
        await d.press("enter")
        await d.until(lambda: in_hand(d), "the first contact")
        first = in_hand(d)
        await d.until(lambda: f"Hello {first}, about storage." in d.page.dialling.script.text, "the script")

        await d.press("c")
        await d.until(lambda: office.get(calls.live), "the call")
        await d.press("a")
        await d.until(lambda: in_hand(d) not in {"", first}, "the next one at once")
        assert status(office, first) == "pending"
        made = office.get(calls.listing)[0]
        assert (made.status, made.outcome) == ("missed", "no answer")

        second = in_hand(d)
        office.desk.clock.pass_(1)
        await d.press("c")
        await d.until(lambda: office.get(calls.live), "the call")
        await d.press("f2")
        await d.until(lambda: office.get(calls.live)[0].answered_at is not None, "somebody answered")
        office.desk.clock.pass_(90)
        await d.press("i")
        await d.until(lambda: in_hand(d) not in {"", second}, "the next")
        assert status(office, second) == "not_interested"
        assert (office.get(calls.listing)[0].duration_seconds, office.get(calls.listing)[0].outcome) == (90, "not interested")
        await d.press("z")
        await d.until(lambda: status(office, second) == "pending", "a slip of the finger taken back")
        assert office.get(calls.listing)[0].outcome is None

        third = in_hand(d)
        await d.press("k")
        ask = await d.asked("Ask")
        ask.query_one("Input").value = "yesterday 10:00"
        await d.press("enter")
        assert d.dialog == "Ask"
        ask.query_one("Input").value = "tomorrow 15:00"
        await d.press("enter")
        await d.until(lambda: in_hand(d) not in {"", third}, "the next")
        contact = next(c for c in office.get(campaigns.contacts) if c.name == third)
        day = local_day(office.desk.clock.now + 86400, "America/New_York")
        assert contact.callback_at == instant(day, 15 * 60, "America/New_York")

        fourth = in_hand(d)
        await d.press("x")
        await d.until(lambda: in_hand(d) not in {"", fourth}, "the next")
        assert office.get(people.find, fourth)[0].do_not_call
        await d.press("z")
        await d.until(lambda: not office.get(people.find, fourth)[0].do_not_call, "both taken back by one key")
        assert status(office, fourth) == "pending"

        fifth = in_hand(d)
        await d.press("q")
        dialog = await d.asked("BookingDialog")
        dialog.query_one("#f-when").value = "tomorrow 10:00"
        dialog.query_one("#f-when").focus()
        await d.press("enter")
        await d.until(lambda: in_hand(d) not in {"", fifth}, "the next")
        assert status(office, fifth) == "qualified"
        booked = office.get(bookings.listing)[0]
        assert (booked.customer_name, local_day(booked.starts_at, "America/New_York")) == (fifth, day)

        sixth = in_hand(d)
        await d.press("escape")
        await d.until(lambda: not d.page.is_dialling, "the list")
        assert status(office, sixth) == "pending"
        await d.until(lambda: d.page.rows.row.counts.get("qualified") == 1, "the counts")
        await d.until(lambda: any("qualified" in line for line in d.page.detail.text), "the chart")


async def test_when_nobody_may_be_called_it_says_from_when(office: Office) -> None:
    autumn = office.do(campaigns.add, "Autumn", target_country="US", window="mon-fri 12:00-18:00")
    office.do(campaigns.add_contact, autumn.id, ContactWish(name="Ava", phone="+12125550201", timezone="America/New_York"))
    office.do(campaigns.start, autumn.id)
    async with opened(office, "campaigns", (80, 24)) as d:
        await d.until(lambda: d.page.rows.row is not None, "the campaign")
        await d.press("enter")
        await d.until(lambda: any("from 12:00" in line for line in d.page.dialling.who.text), "from when")
        office.desk.clock.set("2026-01-05T17:00:00Z")
        await d.press("space")
        await d.until(lambda: in_hand(d) == "Ava", "noon")


async def test_in_a_small_terminal_tab_shows_the_person_in_place_of_the_script(office: Office) -> None:
    made = office.do(
        campaigns.add, "Autumn", target_country="US", window="mon-sun 00:00-24:00", script="1. Hello {name}, " + "well " * 30
    )
    wish = ContactWish(name="佐藤愛子 " * 4, phone="+12125550101", notes="lives on the third floor")
    office.do(campaigns.add_contacts, made.id, [wish])
    async with opened(office, "campaigns", size=(80, 24)) as d:
        assert "Enter" not in [key for key, *_ in d.app.footer_items()]  # a draft is not dialled
        await d.press("s")
        await d.until(lambda: "Enter" in [key for key, *_ in d.app.footer_items()], "it can be dialled")
        await d.press("enter")
        await d.until(lambda: d.page.dialling.card.text, "somebody")
        dialling = d.page.dialling
        assert ("Esc", "leave") in d.page.footer()
        assert not dialling.card.display
        found = dialling.script.text[1:]
        assert all(cell_len(line) < 79 for line in found)
        assert all(line.startswith("   ") for line in found[1:])
        await d.press("tab")
        await d.until(lambda: dialling.card.has_focus and dialling.card.region.width == 80, "everything about them")
        await d.until(lambda: not dialling.script.is_on_screen, "its place")
        await d.press("tab")
        await d.until(lambda: dialling.script.is_on_screen, "the script again")
