"""What somebody does who has read nothing but the screen: no wrong guess ends in the wrong thing done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from acme import Acme, at
from drive import Drive, go, opened
from textual import events
from textual.widgets import Input, Static

from callboard.console.app import CallboardApp
from callboard.console.phone.pop import Pop
from callboard.console.plain import PlainView
from callboard.console.widgets.bar import Bar
from callboard.domain.bookings import Wish
from callboard.domain.campaigns import ContactWish
from callboard.domain.phones import country_of_zone
from callboard.services import bookings, calls, campaigns, webhooks
from callboard.services.service import Desk
from callboard.settings import Settings
from support import Clock, make_office


@pytest.fixture
def acme(sqlite_desk: Desk, clock: Clock) -> Acme:
    return Acme(sqlite_desk, clock)


async def test_the_lines_of_a_booking_say_and_do_what_the_arrows_mean_there(acme: Acme) -> None:
    async with opened(acme, "calendar") as drive:
        await go(drive, "mon 10:00")
        await drive.press("n")
        dialog = await drive.asked("BookingDialog")
        keys = lambda: dialog.query_one(".dialog-hint", Static).render().plain  # noqa: E731
        value = lambda name: dialog.query_one(f"#f-{name}", Input).value  # noqa: E731
        await drive.type("Maria Lopez")
        await drive.until(lambda: dialog.query_one("Choices").shown, "the offer")
        assert dialog.query_one("Choices").shown[-1].title == "new: Maria Lopez · no phone, no e-mail"
        await drive.type(" 312 555 0199 m@example.com")
        await drive.until(lambda: "m@example" in dialog.query_one("Choices").shown[-1].title, "what it is taken for")
        assert dialog.query_one("Choices").shown[-1].title == "new: Maria Lopez · 312 555 0199 · m@example.com"
        assert "choose who" in keys()
        await drive.press("tab", "down", "down", "up")
        assert value("when") == "Mon 23 Nov 2026 10:30"
        assert "half an hour" in keys()
        await drive.press("tab", "tab", "down", "down")
        assert "choose an agent" in keys()
        assert value("agent") == "Lee Okafor"
        await drive.press("tab")
        assert "↑" not in keys()
        await drive.press("up")
        assert drive.app.screen.focused is dialog.query_one("#f-agent")
        dialog.query_one("#f-when").value = "next tue 10:0"
        await drive.pilot.pause()
        await drive.press("enter")
        assert "not a time" in dialog.query_one("#note", Static).render().plain
        dialog.query_one("#f-when").value = "tue"
        await drive.pilot.pause()
        assert "24 November 2026, 10:00" in dialog.query_one("#note", Static).render().plain, "a day alone keeps the hour"
        await drive.press("enter")
        await drive.answered()
        made = acme.session.get(bookings.listing, acme.org.id)[0]
        assert (made.starts_at, made.agent_id, made.customer_phone) == (at(24, 10), acme.lee.id, "+13125550199")


async def test_a_number_of_another_country_says_what_is_missing_and_where(acme: Acme) -> None:
    async with opened(acme, "calendar") as drive:
        await drive.press("n")
        dialog = await drive.asked("BookingDialog")
        await drive.type("Otto 030 90182")
        await drive.until(lambda: dialog.query_one("Choices").shown, "the offer")
        await drive.press("tab", "enter")
        assert "with + and the code" in dialog.query_one("#note", Static).render().plain
        assert drive.app.screen.focused is dialog.query_one("#f-who")


async def test_what_is_carried_is_handed_to_an_agent_in_the_week(acme: Acme) -> None:
    booked = acme.book("Jo Doe", 23, 10)
    async with opened(acme, "calendar") as drive:
        await go(drive, "mon 10:00")
        await drive.press("m", "down", "a")
        dialog = await drive.asked("ChoiceDialog")
        assert [c.title for c in dialog.choices.shown] == ["Dana Reyes", "Lee Okafor", "Mia Brandt"], "not everyone"
        await drive.type("lee")
        await drive.press("enter")
        await drive.answered()
        assert any("Lee Okafor" in part[0] for part in drive.page.carrying.lines()[0])
        await drive.press("enter")
        got = lambda: acme.session.get(bookings.get, acme.org.id, booked.id)  # noqa: E731
        await drive.until(lambda: got().agent_id == acme.lee.id, "the move")
        assert got().starts_at == at(23, 10, 30)
        assert "with Lee Okafor" in drive.said
        await drive.press("z")
        await drive.until(lambda: got().agent_id == acme.dana.id, "both taken back")
        assert got().starts_at == at(23, 10)
        assert not drive.page.agent_id


async def test_the_card_in_front_takes_the_keys_of_the_call(acme: Acme) -> None:
    acme.book("Jo Doe", 23, 10)
    async with opened(acme, "calendar") as drive:
        await go(drive, "mon 10:00")
        await drive.press("enter")
        card = await drive.asked("KeyedCard")
        assert card.HINT.startswith("m move   x cancel   e notes")
        assert "c confirm" not in card.HINT
        await drive.press("c")
        assert drive.dialog == "KeyedCard"
        await drive.press("m")
        await drive.answered()
        await drive.until(lambda: drive.page.carrying.active, "it in the hand")
        await drive.press("escape", "enter")
        await drive.asked("KeyedCard")
        await drive.press("x")
        ask = await drive.asked("Ask")
        assert "Cancel Jo Doe" in ask._title


async def test_qualified_is_a_booking_in_two_keys_at_the_first_open_slot(sqlite_desk: Desk, clock: Clock) -> None:
    clock.set("2026-01-05T15:00:00Z")  # Monday, ten in the morning in New York
    office = make_office(sqlite_desk)
    autumn = office.do(campaigns.add, "Autumn", target_country="US", agent_id=office.agents[0].id)
    office.do(campaigns.add_contact, autumn.id, ContactWish(name="Ava", phone="+12125550201", timezone="America/New_York"))
    office.do(campaigns.start, autumn.id)
    hour = clock.now + 3600
    wish = Wish(starts_at=hour, duration_minutes=90, agent_id=office.agents[0].id, customer_name="Jo")
    office.do(bookings.book, wish)
    async with opened(office, "campaigns") as drive:
        await drive.until(lambda: drive.page.rows.row is not None, "the campaign")
        await drive.press("enter")
        await drive.until(lambda: drive.page.dialling.contact is not None, "the contact")
        await drive.press("q")
        await drive.asked("BookingDialog")
        await drive.press("enter")
        await drive.until(lambda: "qualified and booked" in drive.said, "the booking")
        made = office.get(bookings.listing)
        assert sorted(b.starts_at for b in made) == [hour, hour + 5400]


async def test_a_new_organization_reads_numbers_of_its_own_country(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "fresh")
    app = CallboardApp(settings, lambda: Desk(settings))
    async with app.run_test(size=(100, 30)) as pilot:
        drive = Drive(app, pilot)
        dialog = await drive.asked("SetUp")
        await drive.press("enter")
        assert "needed here" in dialog.query_one("#note", Static).render().plain
        await drive.type("Blue Van")
        dialog.query_one("#zone").value = "Europe/Berlin"
        await drive.press("enter")
        await drive.type("Nora")
        await drive.press("enter")
        await drive.answered()
        await drive.until(lambda: app.is_open and app.agents, "the first agent")
        assert "n books a call" in drive.said
        assert app.organization.branding.default_country == "DE"
    assert (country_of_zone("America/New_York"), country_of_zone("Asia/Kolkata"), country_of_zone("UTC")) == ("US", "IN", None)


async def test_ones_own_telephone_rings_on_a_key(acme: Acme) -> None:
    """No carrier tells the console: the number is typed, and the strip says who it is."""
    acme.book("Jo Doe", 23, 10, customer_phone="+13125550177")
    async with opened(acme, "phone") as drive:
        await drive.press("i")
        ask = await drive.asked("Ask")
        await drive.type("12")
        await drive.press("enter")
        assert drive.dialog == "Ask"
        ask.query_one(Input).value = "312 555 0177"
        await drive.press("enter")
        await drive.answered()
        pops = lambda: drive.app.screen_stack[0].query(Pop)  # noqa: E731
        await drive.until(lambda: pops() and pops().first().rings, "the strip")
        assert "Jo Doe" in pops().first().render_line(0).text
        await drive.press("f2")
        await drive.until(lambda: drive.app.page_id == "leads", "who it is, once answered")
        ringing = acme.session.get(calls.live, acme.org.id)
        assert ringing[0].answered_at is not None
        await drive.press("f2")
        await drive.asked("Ask")
        await drive.type("wants a date")
        await drive.press("enter")
        made = lambda: acme.session.get(calls.listing, acme.org.id)[0]  # noqa: E731
        await drive.until(lambda: made().outcome == "wants a date", "what came of it")


async def test_a_second_zone_is_said_on_any_screen(acme: Acme) -> None:
    async with opened(acme, "settings") as drive:
        await drive.press("+")
        assert "too" in drive.said
        for _ in range(8):
            if not drive.app.second_zone:
                break
            await drive.press("+")
        assert "no second time zone" in drive.said


async def test_escape_takes_a_filter_away_where_it_is_shown(acme: Acme) -> None:
    acme.book("Jo Doe", 23, 10, customer_phone="+13125550177")
    acme.book("Max Roe", 23, 11, customer_phone="+13125550178")
    async with opened(acme, "leads") as drive:
        await drive.press("/")
        await drive.type("roe")
        await drive.press("enter")
        await drive.until(lambda: drive.page.table.total == 1, "one of them")
        assert "/ roe  Esc shows all" in drive.page.query_one(Bar).text
        await drive.press("escape")
        await drive.until(lambda: drive.page.table.total == 2, "both")
        await drive.until(lambda: "Esc" not in drive.page.query_one(Bar).text, "the line without it")


async def test_a_filter_typed_in_plain_mode_is_read_back(acme: Acme) -> None:
    acme.desk.settings = replace(acme.desk.settings, plain=True)
    async with opened(acme, "leads") as drive:
        told = lambda: "\n".join(drive.app.query_one(PlainView).text)  # noqa: E731
        await drive.press("/")
        await drive.until(lambda: "nothing typed yet; such as" in told(), "what may be typed")
        await drive.type("roe")
        await drive.until(lambda: "filter: roe" in told(), "what was typed")
        await drive.press("escape")
        await drive.until(lambda: "filter" not in told().split("keys:")[0], "the list")


async def test_the_arrows_walk_the_panes_and_a_stopped_endpoint_is_named(acme: Acme) -> None:
    one, two = (acme.session.do(webhooks.add, acme.org.id, f"https://{name}.example.com/hook")[0] for name in ("one", "two"))
    async with opened(acme, "webhooks") as drive:
        await drive.until(lambda: len(drive.page.endpoints.items) == 3, "the endpoints")
        await drive.until(lambda: drive.page.table.has_focus, "the log in hand")
        assert ("Tab", "next pane") in [(keys, title) for keys, title, *_ in drive.app.footer_items()]
        await drive.press("left")
        assert drive.page.endpoints.has_focus
        await drive.press("right", "right", "left", "left", "down")
        assert drive.page.endpoints.has_focus
        chosen = drive.page.endpoints.row.webhook
        assert chosen.id in {one.id, two.id}
        await drive.press("d")
        await drive.until(lambda: f"{chosen.url.removeprefix('https://')} disabled" in drive.said, "which one it was")


async def test_a_dialog_that_opened_behind_another_window_takes_the_keys_on_return(acme: Acme) -> None:
    """A browser's page begins without the focus, and so does first run in it."""
    async with opened(acme, "calendar") as drive:
        drive.app.post_message(events.AppBlur())
        await drive.pilot.pause()
        drive.app.run_command("calendar.date")
        ask = await drive.asked("Ask")
        assert ask.focused is None
        drive.app.post_message(events.AppFocus())
        await drive.until(lambda: ask.focused is not None, "the line in hand")
        await drive.press("a")
        assert ask.query_one(Input).value == "a"


async def test_help_finds_a_room_of_the_settings_by_what_one_wants(acme: Acme) -> None:
    async with opened(acme, "calendar") as drive:
        for typed, room in (("every command's keys", "keys"), ("who takes calls", "agents")):
            await drive.press("?")
            dialog = await drive.asked("ChoiceDialog")
            await drive.type(typed)
            await drive.until(lambda d=dialog, r=room: d.choices.current.id == f"settings.at_{r}", f"the room of {typed}")
            await drive.press("enter")
            await drive.answered()
            await drive.until(
                lambda r=room: drive.app.page_id == "settings" and drive.page.is_mounted and drive.page.room.id == r, typed
            )
