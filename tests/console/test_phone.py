"""Phone: somebody calls, writes, leaves a voicemail; the operator answers, calls back, writes, and the record is true."""

from __future__ import annotations

from typing import Any

import pytest
from drive import Drive, opened

from callboard.console.phone import lists
from callboard.console.phone.pop import Pop
from callboard.domain.bookings import Wish
from callboard.services import bookings, calls, carriage, messages, people, phone_views, voicemails
from support import Office, make_office

JANE = "+12125550123"


@pytest.fixture
def office(sqlite_desk: Any) -> Office:
    made = make_office(sqlite_desk)
    made.do(people.add, full_name="Jane Doe", phone=JANE, timezone="Europe/Prague")
    return made


def strip(d: Drive) -> str:
    pops = d.app.screen_stack[0].query(Pop)
    if not pops or not pops.first().rings:
        return ""
    return "\n".join("".join(s.text for s in pops.first().render_line(y)) for y in range(2))


async def test_a_call_rises_over_any_screen_is_answered_and_ended(office: Office) -> None:
    jane = office.get(people.by_phone, JANE)
    old = office.do(calls.incoming, from_number=JANE)
    office.do(calls.answered, old.id)
    office.do(calls.ended, old.id, duration_seconds=187)
    office.do(calls.set_outcome, old.id, outcome="call back")
    office.desk.clock.pass_(3600)
    wish = Wish(starts_at=office.desk.clock.now + 7200, person_id=jane.id, outside_hours=True, title="survey")
    office.do(bookings.book, wish)
    async with opened(office, "settings") as d:
        await d.press("f2")
        await d.until(lambda: "nobody is calling" in d.said, "the reason")
        office.do(calls.incoming, from_number="(212) 555-0123", provider_id="CA1", gateway="twilio")
        await d.until(lambda: "Jane Doe" in strip(d), "the strip")
        shown = strip(d)
        assert "is calling" in shown
        assert "Prague 14:00" in shown
        assert "3:07 call back" in shown
        assert "survey" in shown
        assert "F2 answer" in shown
        assert d.app.page_id == "settings"
        assert office.get(phone_views.waiting_count) == 1
        await d.press("f2")
        await d.until(lambda: d.app.page_id == "leads", "who it is, in full")
        await d.until(lambda: "in call" in strip(d), "the talk")
        office.desk.clock.pass_(65)
        await d.press("f2")
        ask = await d.asked("Ask")
        ask.query_one("Input").value = "booked"
        await d.press("enter")
        await d.until(lambda: strip(d) == "", "the strip is gone")
        call = office.get(calls.listing)[0]
        assert (call.status, call.duration_seconds, call.outcome) == ("completed", 65, "booked")


async def test_an_unknown_caller_who_is_missed(office: Office) -> None:
    async with opened(office, "phone") as d:
        office.do(calls.incoming, from_number="+13125550199")
        await d.until(lambda: "unknown caller" in strip(d), "the strip")
        assert "first call" in strip(d)
        await d.press("f3")
        await d.until(lambda: strip(d) == "", "missed")
        assert office.get(calls.listing)[0].status == "missed"


async def test_conversations_calls_and_voicemails(office: Office) -> None:
    given = {"gateway": "twilio", "to_number": "", "organization": office.org}
    office.session.do(carriage.receive, from_number=JANE, body="Are you there?", **given)
    office.desk.clock.pass_(1)
    async with opened(office, "phone") as d:
        await d.until(lambda: len(d.page.messages.items) == 1, "the conversation")
        await d.until(lambda: any("Are you there?" in line for line in d.page.detail.text), "the thread")
        assert d.page.messages.row.unread == 1
        await d.press("M")
        await d.fill(body="Yes, we are.")
        await d.until(lambda: any("Yes, we are." in line for line in d.page.detail.text), "our answer")
        await d.until(lambda: d.page.messages.row.unread == 0, "read by answering")
        assert "kept in the outbox" in d.said
        await d.press("s")
        await d.until(lambda: office.get(messages.conversation, JANE)[-1].gateway == "hand", "sent by hand")
        await d.until(lambda: d.page.waiting is None, "the thread as it is now")
        await d.press("s")
        await d.until(lambda: "no text of this conversation waits" in d.said, "the reason")

        await d.press("right")
        await d.until(lambda: d.page.mode == "calls", "the calls")
        await d.press("d")
        ask = await d.asked("Ask")
        ask.query_one("Input").value = "12"
        await d.press("enter")
        assert d.dialog == "Ask"
        ask.query_one("Input").value = "212 555 0123"
        await d.press("enter")
        await d.until(lambda: d.page.calls.total == 1, "the call")
        await d.until(lambda: "Jane Doe" in strip(d), "what to dial")
        await d.press("f3")
        await d.until(lambda: office.get(calls.listing)[0].status == "missed", "nobody there")
        await d.press("o")
        await d.fill(outcome="call back", notes="after four")
        await d.until(lambda: office.get(calls.listing)[0].notes == "after four", "the outcome")

        office.desk.clock.pass_(1)
        rang = office.do(calls.incoming, from_number=JANE, provider_id="CA9", gateway="twilio")
        office.do(voicemails.leave, rang.id, duration_seconds=9)
        await d.press("right")
        await d.until(lambda: len(d.page.voicemails.items) == 1, "the voicemail")
        await d.press("p")
        await d.until(lambda: "it was not recorded" in d.said, "the reason")
        await d.press("t")
        await d.fill(text="Please call me back")
        await d.until(lambda: any("Please call me back" in line for line in d.page.detail.text), "its words")
        await d.press("r")
        await d.until(lambda: office.get(voicemails.listing)[0].is_read, "heard")
        await d.press("right")
        await d.until(lambda: d.page.contacts.total == 1, "the contacts")
        await d.press("l")
        await d.until(lambda: d.app.page_id == "leads", "the person")


async def test_who_asked_not_to_be_called_is_not_called(office: Office) -> None:
    office.do(people.update, office.get(people.by_phone, JANE).id, do_not_call=True)
    async with opened(office, "leads") as d:
        await d.until(lambda: d.page.table.row is not None, "a row")
        await d.press("c")
        await d.until(lambda: "asked not to be called" in d.said, "the refusal")
        assert office.get(calls.count) == 0


async def test_the_filter_is_seen_while_it_is_typed(office: Office) -> None:
    office.do(messages.send, to="+12125550123", body="Hello")
    async with opened(office, "phone", size=(80, 24)) as d:
        assert "write to a number" in [title for _, title, *_ in d.app.footer_items()]
        for mode in ("messages", "calls", "voicemails", "contacts"):
            assert d.page.mode == mode
            await d.press("slash")
            await d.type("nobody")
            await d.until(lambda: d.page.filter == "nobody" and d.page.shown.row is None, "nothing")
            line = d.page.query_one("FilterInput").region
            assert line.height == 1, mode
            assert d.page.region.contains_region(line), mode
            if d.page.read.get(mode, True):
                assert d.page.shown.empty == "nothing matches / nobody"
            await d.press("escape", "right")


async def test_a_number_without_a_name_stands_once(office: Office) -> None:
    office.do(calls.incoming, from_number="+12125550199", provider_id="CA1", gateway="twilio")
    async with opened(office, "phone") as d:
        await d.press("right")
        await d.until(lambda: d.page.detail.text, "the call")
        assert d.page.detail.text[0] == "+1 212-555-0199"


async def test_the_strip_cuts_a_name_and_no_fact(office: Office) -> None:
    long = "Zoë Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh"
    office.do(people.add, full_name=long, phone="+12125550177", timezone="America/Los_Angeles")
    async with opened(office, "settings", size=(80, 24)) as d:
        office.do(calls.incoming, from_number="+12125550177", provider_id="CA1", gateway="twilio")
        await d.until(lambda: "is calling" in strip(d), "the strip")
        shown = strip(d)
        assert "Zoë" in shown
        assert "…  +1 212-555-0177  is calling  F2 answer" in shown
        assert "Los Angeles" in shown
        assert "first call" in shown
        office.do(calls.incoming, from_number="+12125550178", provider_id="CA2", gateway="twilio")
        await d.until(lambda: "0178" in strip(d), "a second caller")
        assert "unknown caller  +1 212-555-0178  is calling" in strip(d)


def test_the_lists_names_make_room_for_a_filter() -> None:
    new = {"messages": 3, "voicemails": 2}
    words = lambda *given: "".join(text for text, _ in lists.titles(*given))  # noqa: E731 - one line, said once
    assert words("calls", new, "", 44).rstrip() == "messages ·3  calls  voicemails ·2  contacts"
    assert words("calls", new, "zzz", 44) == "calls  / zzz  Esc shows all"
    assert words("calls", new, "zzz", 80).startswith("messages ·3  calls")
