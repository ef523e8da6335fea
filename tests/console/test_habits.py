"""Habits of the whole console: undo at the keyboard, notices on the desktop, views kept by name."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest
from drive import Drive, opened

from callboard.console import notices, state
from callboard.domain.bookings import Wish
from callboard.domain.campaigns import ContactWish
from callboard.domain.errors import Invalid
from callboard.domain.zones import instant
from callboard.services import bookings, calls, campaigns, keys, messages, people, phone_views, rooms, voicemails, webhooks
from callboard.settings import load
from support import Office, make_office

DESK = {"TERM": "xterm-256color"}


@pytest.fixture
def office(sqlite_desk: Any) -> Office:
    sqlite_desk.clock.set("2026-01-05T15:00:00Z")  # Monday, ten in the morning in New York
    return make_office(sqlite_desk)


# --- notices --------------------------------------------------------------------------------------------------------
def test_a_notice_in_the_terminals_own_words() -> None:
    assert notices.sequence("Ava is calling", "+1", "auto", DESK) == "\x1b]9;Ava is calling: +1\x07"
    foot = {"TERM": "foot"}
    assert notices.sequence("Ava; is calling", "a;b", "auto", foot) == "\x1b]777;notify;Ava, is calling;a;b\x07"
    assert notices.sequence("4;1;50", "", "osc9", DESK) == "\x1b]9; 4;1;50\x07", "never a progress bar"
    assert notices.sequence("a\x1b]52;c;evil\x07b", "", "osc9", DESK) == "\x1b]9;a ]52;c;evil b\x07"
    assert notices.sequence("Ava", "", "off", DESK) == notices.sequence("Ava", "", "auto", {"TERM": "linux"}) == ""
    wrapped = notices.sequence("Ava", "", "auto", {"TERM": "tmux-256color", "TMUX": "socket,1,0"})
    assert wrapped == "\x1bPtmux;\x1b\x1b]9;Ava\x07\x1b\\"
    with pytest.raises(Invalid, match="notifications"):
        load(notifications="loud")


def listen(d: Drive, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is written to the terminal from now on."""
    heard: list[str] = []
    monkeypatch.setattr(d.app._driver, "write", heard.append)
    monkeypatch.setattr(d.app, "bell", lambda: heard.append("bell"))
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return heard


async def test_a_customer_who_waits_and_a_call_are_told_on_the_desktop(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.do(people.add, full_name="Ava Silva", phone="+12125550101")
    start = office.desk.clock.now + 300
    booked = office.do(bookings.book, Wish(starts_at=start, customer_name="R. Gupta", outside_hours=True))
    async with opened(office, "calendar") as d:
        await d.until(lambda: d.app.actions.badges.waiting is not None, "who waits at the start")
        heard = listen(d, monkeypatch)
        office.do(rooms.arrive, booked.id, "customer", session="tab.page", server="here")
        await d.until(lambda: "R. Gupta waits in the room; 2 opens the queue" in d.said, "the toast")
        assert heard.count("bell") == 1
        assert "\x1b]9;R. Gupta waits in the room: Acme Moving\x07" in heard
        office.do(calls.incoming, from_number="+12125550101")
        await d.until(lambda: any("]9;Ava Silva is calling: +1 212" in h for h in heard), f"the call: {heard}")
        assert heard.count("bell") == 2


async def test_notices_can_be_turned_off(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.desk.settings = dataclasses.replace(office.desk.settings, notifications="off")
    async with opened(office, "calendar") as d:
        heard = listen(d, monkeypatch)
        office.do(calls.incoming, from_number="+12125550101")
        await d.until(lambda: "bell" in heard, "the bell")
        assert not [h for h in heard if h.startswith("\x1b]")]


# --- undo -----------------------------------------------------------------------------------------------------------
async def test_z_says_why_not_and_then_goes_on(office: Office) -> None:
    async with opened(office, "settings") as d:
        ava = await d.app.session.run(people.add, office.org, full_name="Ava", is_lead=True)
        key, _ = await d.app.session.run(keys.add, office.org, "till", "qtvoice", ["calls:read"])
        await d.app.session.run(webhooks.add, office.org, "https://example.com/hook")
        await d.app.session.run(keys.revoke, office.org, key.id)
        await d.press("z")
        await d.until(lambda: "key revoked cannot be undone: a key that was revoked stays dead" in d.said, "why not")
        assert "z again takes back what was before" in d.said
        await d.press("z")
        await d.until(lambda: "undone: webhook created" in d.said, "the one before")
        assert office.get(webhooks.listing) == []
        await d.press("comma", "l")
        log = await d.asked("ChoiceDialog")
        reasons = {c.title.split("  ", 1)[1]: c.reason for c in log.choices.shown}
        assert "stays dead" in reasons["key revoked: till"]
        assert reasons["person created: Ava"] == ""
        await d.type("person created")
        await d.press("enter")
        await d.until(lambda: "undone: person created" in d.said, "from the log")
        assert ava.id not in [p.id for p in office.get(people.page)]


async def test_a_merge_and_a_voicemail_are_taken_back_with_z(office: Office) -> None:
    one = office.do(people.add, full_name="Ava", phone="+12125550101", is_lead=True)
    office.desk.clock.pass_(1)
    two = office.do(people.add, full_name="Ava", email="ava@example.com", is_lead=True)
    call = office.do(calls.incoming, from_number="+12125550155")
    left = office.do(voicemails.leave, call.id, transcript="hello")
    async with opened(office, "leads") as d:
        await d.until(lambda: d.page.table.total == 2, "both")
        await d.press("space", "space")
        await d.until(lambda: len(d.page.table.marked) == 2, "marked")
        d.app.run_command("leads.merge")
        await d.asked("Confirm")
        await d.press("y")
        await d.until(lambda: "z makes them two again" in d.said, "one")
        await d.until(lambda: d.page.table.total == 1, "one line")
        await d.press("z")
        await d.until(lambda: d.page.table.total == 2, "two again")
        assert {p.id for p in office.get(people.page)} == {one.id, two.id}
        await d.app.session.run(voicemails.mark_read, office.org, left.id)
        await d.press("z")
        await d.until(lambda: not office.get(voicemails.get, left.id).is_read, "new again")


# --- saved views and where the cursor stood -------------------------------------------------------------------------
FILTERS = {
    "calendar": ("filter_text", "silva"),
    "queue": ("filter_text", "silva"),
    "leads": ("filter", "source:website"),
    "campaigns": ("filter", "status:running"),
    "phone": ("filter", "is:new"),
    "webhooks": ("filter", "status:failed"),
}


async def view(d: Drive, wanted: str) -> None:
    await d.press("comma", "v")
    await d.asked("ChoiceDialog")
    await d.type(wanted)
    await d.press("enter")


@pytest.mark.parametrize("screen", FILTERS)
async def test_a_view_has_a_name_on_every_screen_with_a_filter(office: Office, screen: str) -> None:
    name, text = FILTERS[screen]
    async with opened(office, screen) as d:
        setattr(d.page, name, text)
        await view(d, "save what")
        ask = await d.asked("Ask")
        assert text in str(ask.query_one("#note").render())
        await d.type("mine")
        await d.press("enter")
        await d.until(lambda: "view saved: mine" in d.said, "saved")
        await view(d, "everything")
        await d.until(lambda: getattr(d.page, name) == "", "as shipped")
        await view(d, "mine")
        await d.until(lambda: getattr(d.page, name) == text, "the view")
        await d.answered()
    kept = state.load(office.desk.settings.data_dir / "console.json")
    assert text == kept.views[screen]["mine"]["filter"]
    async with opened(office, screen) as d:
        d.app.state.views = kept.views
        await view(d, "forget")
        await d.asked("ChoiceDialog")
        await d.press("enter")
        await d.until(lambda: not d.app.state.views[screen], "forgotten")


async def test_a_screen_without_a_filter_says_so(office: Office) -> None:
    async with opened(office, "settings") as d:
        await d.press("comma", "v")
        await d.until(lambda: "this screen has no filter to save" in d.said, "the reason")


async def test_filters_of_campaigns_conversations_and_voicemails(office: Office) -> None:
    for n, name in enumerate(("Autumn", "Winter")):
        made = office.do(campaigns.add, name, target_country="US")
        if n:
            office.do(campaigns.start, made.id)
    office.do(people.add, full_name="Ana Silva", phone="+12125550101")
    for n in (1, 2):
        office.do(messages.send, to=f"+1212555010{n}", body="hello")
        call = office.do(calls.incoming, from_number=f"+1212555010{n}")
        office.do(voicemails.leave, call.id, transcript=f"about the piano {n}")
    async with opened(office, "campaigns") as d:
        await d.press("slash")
        await d.type("!status:running")
        await d.until(lambda: [s.campaign.name for s in d.page.rows.items] == ["Autumn"], "one campaign")
        await d.press("escape")
        await d.until(lambda: len(d.page.rows.items) == 2, "both")
    async with opened(office, "phone") as d:
        await d.press("slash")
        await d.type("name:silva")
        await d.until(lambda: [c.name for c in d.page.messages.items] == ["Ana Silva"], "one conversation")
        await d.press("enter", "right", "right")
        await d.until(lambda: d.page.mode == "voicemails" and len(d.page.voicemails.items) == 2, "both voicemails")
        await d.press("slash")
        await d.type('"piano 2"')
        await d.until(lambda: len(d.page.voicemails.items) == 1, "one voicemail")


async def test_the_cursor_stands_where_it_stood(office: Office) -> None:
    for n in range(40):
        office.do(people.add, full_name=f"P{n:02d}", phone=f"+121255501{n:02d}", is_lead=True)
    start = office.desk.clock.now
    for n in range(6):
        office.do(bookings.book, Wish(starts_at=start + 3600 * (n + 2), customer_name=f"C{n}", outside_hours=True))
    made = [office.do(campaigns.add, f"K{n}", target_country="US") for n in range(4)]
    kept: dict[str, Any] = {}
    for screen, row in (("leads", 30), ("queue", 3), ("campaigns", 2)):
        async with opened(office, screen) as d:
            await d.press(*["down"] * row)
            d.app.remember()
            kept[screen] = d.page.state()
    assert kept["leads"]["row"] == 30
    assert kept["campaigns"]["row"] in [c.id for c in made]
    for screen, was in kept.items():
        async with opened(office, screen, screens={screen: was}) as d:
            await d.until(lambda d=d, was=was: d.page.state() == was, f"{screen}: {was}")
            if screen == "leads":
                table = d.page.table
                await d.until(lambda table=table: table.row is not None, "the row")
                assert 0 <= table.cursor - table.scroll_offset.y < table.size.height - 1


async def test_times_in_filters_and_words_in_the_call_log(office: Office) -> None:
    start = office.desk.clock.now
    for day, name in ((0, "Today"), (3, "Thursday"), (4, "Friday")):
        when = start + day * 86400 + 7200
        office.do(bookings.book, Wish(starts_at=when, customer_name=name, outside_hours=True))
    ana = office.do(people.add, full_name="Ana Silva", phone="+12125550101")
    for number, outcome in (("+12125550101", "booked"), ("+12125550102", "not now"), ("+12125550103", "")):
        call = office.do(calls.incoming, from_number=number)
        office.do(calls.missed, call.id)
        office.do(calls.set_outcome, call.id, outcome=outcome)
        office.desk.clock.pass_(3600)
    made = office.do(calls.initiate, to="+12125550102", person_id=None, agent_id=office.agents[0].id)
    async with opened(office, "queue") as d:
        for text, left in (("after:fri", ["Friday"]), ("!on:today", ["Thursday", "Friday"]), ("before:thu today", ["Today"])):
            await d.press("slash")
            ask = await d.asked("Ask")
            ask.query_one("Input").value = text
            await d.press("enter")
            await d.answered()
            names = [r.booking.customer_name for r in d.page.calls.rows if r.booking is not None]
            assert names == left, text
        await d.press("slash")
        ask = await d.asked("Ask")
        ask.query_one("Input").value = "statsu:x"
        await d.press("enter")
        await d.until(lambda: "there is no field 'statsu'" in str(ask.query_one("#note").render()), "what is wrong")
    zone = "America/New_York"
    numbers = lambda text: [r.call.other[-1] for r in office.get(phone_views.call_page, text, zone)]  # noqa: E731
    assert numbers("") == ["2", "3", "2", "1"]
    assert numbers("missed") == numbers("way:in status:missed") == numbers("!out") == ["3", "2", "1"]
    assert numbers("silva") == numbers("name:ana") == numbers("outcome:booked") == numbers("0101") == ["1"]
    assert numbers('!"not now" in') == ["3", "1"]
    assert numbers(f"agent:{office.agents[0].name[:3]}") == ["2"]
    assert numbers("before:11:30 after:today") == ["2", "1"]
    assert numbers("phone:555-0102") == ["2", "2"]
    assert office.get(phone_views.call_count, "!missed", zone) == 1
    for wrong in ("statsu:x", "agent:zed", "status:gone", "after:blurgh"):
        with pytest.raises(Invalid):
            office.get(phone_views.call_page, wrong, zone)
    assert ana.id
    assert made.id


async def test_every_duplicate_is_merged_at_one_stroke_and_taken_back_with_one_z(office: Office) -> None:
    for n in range(15):
        for name in ("A", "B", "C"):
            office.do(people.add, full_name=f"{name}{n}", phone=f"+121255501{n:02d}", is_lead=True)
            office.desk.clock.pass_(1)
    office.do(people.add, full_name="Same", email="one@example.com")
    office.do(people.add, full_name="Same", email="two@example.com")
    async with opened(office, "leads") as d:
        await d.until(lambda: d.page.table.total == 47, "everyone")
        await d.press("D")
        dialog = await d.asked("ChoiceDialog")
        assert dialog.choices.shown[0].title == "merge all 15 groups that share a number or an address"
        await d.press("enter")
        await d.asked("Confirm")
        await d.press("y")
        await d.until(lambda: "30 people merged; z takes it back" in d.said, "the summary")
        await d.until(lambda: d.page.table.total == 17, "one of each group; two of one name stay two")
        assert {p.full_name[0] for p in office.get(people.page) if p.phone} == {"A"}
        await d.press("z")
        await d.until(lambda: d.page.table.total == 47, "all of them again")


async def test_qualified_and_booked_is_one_act_and_a_taken_slot_offers_others(office: Office) -> None:
    autumn = office.do(campaigns.add, "Autumn", target_country="US", window="mon-sun 00:00-24:00")
    for n, name in enumerate(("Ava", "Ben")):
        office.do(campaigns.add_contact, autumn.id, ContactWish(name=name, phone=f"+1212555020{n}"))
        office.desk.clock.pass_(1)
    office.do(campaigns.start, autumn.id)
    taken = instant(date(2026, 1, 6), 10 * 60, "America/New_York")
    office.do(bookings.book, Wish(starts_at=taken, agent_id=office.agents[0].id, customer_name="Somebody"))
    async with opened(office, "campaigns") as d:
        await d.press("enter")
        await d.until(lambda: d.page.dialling.contact is not None, "the first contact")
        contact = d.page.dialling.contact
        await d.press("c")
        await d.until(lambda: office.get(calls.live), "the call")
        await d.press("q")
        dialog = await d.asked("BookingDialog")
        dialog.query_one("#f-when").value = "tomorrow 10:00"
        dialog.query_one("#f-when").focus()
        await d.press("enter")
        offered = await d.asked("ChoiceDialog")
        assert "Refused: Dana already has a call then" in offered._title
        assert office.get(campaigns.contact, contact.id).status == "calling"
        assert office.get(calls.live), "nothing was ended either"
        await d.press("enter")
        await d.until(lambda: "z takes both back" in d.said, "booked at another time")
        booked = next(b for b in office.get(bookings.listing) if b.customer_name == contact.name)
        assert booked.starts_at != taken
        assert office.get(calls.live) == []
        await d.until(lambda: (c := d.page.dialling.contact) is not None and c.id != contact.id, "the next one")
        await d.press("z")
        await d.until(lambda: "undone: " in d.said, "undone")
        assert office.get(bookings.get, booked.id).status == "cancelled"
        assert office.get(campaigns.contact, contact.id).status == "pending"
