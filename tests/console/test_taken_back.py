"""Taken back from the keyboard: what the log says of it, and that the screen shows again what it showed before."""

from __future__ import annotations

from typing import Any

import pytest
from drive import Drive, opened

from callboard.domain.bookings import Wish
from callboard.domain.campaigns import ContactWish
from callboard.services import bookings, campaigns, carriage, people, rooms, voicemails
from callboard.services.calls import incoming
from support import Office, make_office

JANE = "+12125550123"


@pytest.fixture
def office(sqlite_desk: Any) -> Office:
    sqlite_desk.clock.set("2026-01-05T15:00:00Z")  # Monday, ten in the morning in New York
    return make_office(sqlite_desk)


async def logged(d: Drive, text: str) -> Any:
    """The first line of the log with that text, the log still open."""
    await d.press("comma", "l")
    await d.asked("ChoiceDialog")
    await d.type(text)
    return d.app.screen.query_one("Choices").current


async def test_the_room_from_the_log(office: Office) -> None:
    wish = Wish(starts_at=office.desk.clock.now + 600, customer_name="Jane Doe", outside_hours=True)
    call = office.do(bookings.book, wish)
    async with opened(office, "queue") as d:
        await d.until(lambda: d.page.booking is not None, "the call")
        await d.press("R")
        await d.asked("ChoiceDialog")
        await d.type("mute the customer")
        await d.press("enter")
        await d.until(lambda: office.get(rooms.state, call.id).muted == {"customer"}, "muted")
        line = await logged(d, "muted")
        assert line.title.endswith("room muted: Jane Doe")
        assert line.reason == ""
        await d.press("enter")
        await d.until(lambda: not office.get(rooms.state, call.id).muted, "heard again")
        await d.until(lambda: "undone: room muted (Jane Doe)" in d.said, "whose it was")


async def test_a_contact_given_back_is_in_hand_again(office: Office) -> None:
    autumn = office.do(campaigns.add, "Autumn", target_country="US", window="mon-sun 00:00-24:00", script="Hello {name}")
    for n, name in enumerate(("Ava", "Ben")):
        office.do(campaigns.add_contact, autumn.id, ContactWish(name=name, phone=f"+1212555020{n}"))
    office.do(campaigns.start, autumn.id)
    async with opened(office, "campaigns") as d:
        await d.until(lambda: d.page.rows.row is not None, "the campaign")
        await d.app.session.run(people.add, office.org, full_name="Cleo")
        await d.press("enter")
        await d.until(lambda: d.page.dialling.contact is not None, "the first contact")
        first = d.page.dialling.contact.name
        await d.press("v")
        await d.until(lambda: d.page.dialling.contact is None, "given back")
        await d.press("z")
        await d.until(lambda: d.page.dialling.contact is not None, "in hand again")
        assert d.page.dialling.contact.name == first
        await d.until(lambda: f"Hello {first}" in d.page.dialling.script.text, "with the script")
        assert f"undone: contact given back ({first})" in d.said
        await d.press("escape")
        await d.until(lambda: not d.page.is_dialling, "the list")
        await d.press("z")
        await d.until(lambda: "undone: person created (Cleo)" in d.said, "going away was not what was meant")


async def test_a_conversation_is_read_and_new_again(office: Office) -> None:
    given = {"gateway": "twilio", "to_number": "", "organization": office.org}
    office.session.do(carriage.receive, from_number=JANE, body="Are you there?", **given)
    async with opened(office, "phone") as d:
        await d.until(lambda: d.page.messages.row is not None and d.page.messages.row.unread == 1, "the conversation")
        await d.press("r")
        await d.until(lambda: d.page.messages.row.unread == 0, "read")
        await d.press("z")
        await d.until(lambda: d.page.messages.row.unread == 1, "new again")
        assert f"undone: conversation read ({JANE})" in d.said
        await d.press("enter")
        await d.until(lambda: d.page.messages.row.unread == 0, "opened")
        assert d.page.detail.has_focus
        await d.press("r")
        await d.until(lambda: d.page.messages.row.unread == 1, "r goes both ways")
        await d.press("z")
        await d.until(lambda: d.page.messages.row.unread == 0, "and back")
        line = await logged(d, "conversation opened")
        assert line.reason == "", "what z looks past, the log takes back"
        await d.press("enter")
        await d.until(lambda: d.page.messages.row.unread == 1, "new again")


async def test_opening_a_voicemail_twice_leaves_it_heard(office: Office) -> None:
    rang = office.do(incoming, from_number=JANE, provider_id="CA9", gateway="twilio")
    office.do(voicemails.leave, rang.id, duration_seconds=9)
    async with opened(office, "phone") as d:
        await d.press("right", "right")
        await d.until(lambda: d.page.voicemails.row is not None, "the voicemail")
        for _ in range(2):
            await d.press("enter")
            await d.until(lambda: d.page.voicemails.row.voicemail.is_read, "heard")
            await d.press("tab")
        assert office.get(voicemails.listing)[0].is_read
        await d.press("r")
        await d.until(lambda: not d.page.voicemails.row.voicemail.is_read, "new again")
