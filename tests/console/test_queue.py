"""The queue: its order, its clocks, and every verb from start to no-show."""

from __future__ import annotations

import pytest
from acme import NOW, ZONE, Acme, at
from drive import Drive, opened
from rich.cells import cell_len

from callboard.console.queue.rows import arrange
from callboard.console.queue.screen import Queue
from callboard.domain.bookings import Booking, Status
from callboard.services import bookings, desk_views, messages, rooms
from callboard.services.service import Desk
from support import Clock


@pytest.fixture
def acme(sqlite_desk: Desk, clock: Clock) -> Acme:
    return Acme(sqlite_desk, clock)


def get(acme: Acme, booking: Booking) -> Booking:
    return acme.session.get(bookings.get, acme.org.id, booking.id)


def page(drive: Drive) -> Queue:
    found = drive.app.page
    assert isinstance(found, Queue)
    return found


def shown(drive: Drive) -> list[str]:
    return [r.booking.customer_name if r.booking else r.title for r in page(drive).calls.rows]


async def stand_on(drive: Drive, booking: Booking) -> None:
    page(drive).calls.choose(booking.id)
    await drive.until(lambda: page(drive).card is not None and page(drive).card.booking.id == booking.id, "the card")


async def test_order_countdown_late_and_no_phone(acme: Acme) -> None:
    acme.week()
    async with opened(acme, "queue") as drive:
        assert shown(drive)[:6] == ["NOW", "A. Silva", "P. Novak", "LATE", "R. Gupta", "NEXT"]
        assert set(shown(drive)[6:8]) == {"T. Baker", "N. Haddad"}
        assert shown(drive)[8] == "S. Ito"
        words = {r.booking.customer_name: (r.words, r.trouble) for r in page(drive).calls.rows if r.booking}
        assert words["P. Novak"][0] == "in call 12:00"
        assert words["A. Silva"][0] == "on hold 01:00"
        assert words["R. Gupta"][0] == "11 min late"
        assert words["S. Ito"][0] == "in 4 h 49 min"
        assert words["M. Chen"][1] == "unconfirmed"
        assert words["N. Haddad"][1] == "no phone"
        assert drive.app.badges["queue"] == 1
        assert shown(drive)[-1].startswith("EARLIER  ✓ 1")
        acme.clock.now += 61
        page(drive).tick(acme.clock.now)
        assert (
            next(r.words for r in page(drive).calls.rows if r.booking and r.booking.customer_name == "P. Novak")
            == "in call 13:01"
        )


def painted(drive: Drive) -> list[str]:
    """What stands on the terminal."""
    return [strip.text for strip in drive.app.screen._compositor.render_strips()]


async def test_an_empty_queue_says_so_on_the_screen(acme: Acme) -> None:
    async with opened(acme, "queue") as drive:
        assert any("no calls today or in the next seven days" in line for line in painted(drive))
        await drive.press("slash")
        await drive.asked("Ask")
        await drive.type("chen")
        await drive.press("enter")
        await drive.answered()
        assert any("nothing matches chen" in line for line in painted(drive))


@pytest.mark.parametrize("width", [160, 120, 100, 80, 50])
async def test_columns_stand_under_each_other_whatever_the_names(acme: Acme, width: int) -> None:
    from callboard.services import agents

    acme.session.do(agents.update, acme.org.id, acme.dana.id, name="Wolfeschlegelsteinhausenbergerdorff Senior")
    for hour, name in (
        (11, "王小明 株式会社ヤマト運輸 東京支店長"),
        (12, "e\u0301le\u0301onore"),
        (13, "👩\u200d👩\u200d👧 Rossi"),
        (14, "tab\tname"),
    ):
        acme.book(name, 20, hour, customer_phone="+14155550101")
    acme.book("Later", 23, 10, customer_phone="+14155550101")
    async with opened(acme, "queue", size=(width, 30)) as drive:
        calls = page(drive).calls
        lines = [calls.render_line(y) for y in range(8)]
        assert {strip.cell_length for strip in lines} == {calls.size.width}
        rows = [strip.text for strip in lines if ":00" in strip.text]
        places = {cell_len(text[: text.index(" in ")]) for text in rows}
        assert len(places) == 1 or width == 50  # with little room the words stand at the right edge instead
        assert all("… in " in text for text in rows) or width == 50  # the agent's name is cut, and ends before the words


async def test_from_start_to_end_and_back(acme: Acme) -> None:
    call = acme.book("T. Baker", 20, 9, 45, customer_phone="+13125550188", customer_email="t@example.com")
    async with opened(acme, "queue") as drive:
        await stand_on(drive, call)
        await drive.press("e")
        assert "it is scheduled" in drive.said
        for key, status in (("s", Status.IN_PROGRESS), ("h", Status.ON_HOLD), ("h", Status.IN_PROGRESS), ("e", Status.COMPLETED)):
            await drive.press(key)
            await drive.until(lambda status=status: get(acme, call).status is status, str(status))
            await drive.until(
                lambda status=status: status is Status.COMPLETED or page(drive).booking.status is status, "the row to follow"
            )
        await drive.press("z")
        await drive.until(lambda: get(acme, call).status is Status.IN_PROGRESS, "undo")


async def test_no_show_waits_for_the_start(acme: Acme) -> None:
    call = acme.book("T. Baker", 20, 9, 45)
    async with opened(acme, "queue") as drive:
        await stand_on(drive, call)
        await drive.press("N")
        assert "has not begun yet" in drive.said
        acme.clock.now = at(20, 10)
        await drive.press("N")
        await drive.until(lambda: get(acme, call).status is Status.NO_SHOW, "no-show")


async def test_reschedule_offers_what_is_open(acme: Acme) -> None:
    acme.book("Jo Doe", 23, 15)
    call = acme.book("T. Baker", 20, 15)
    async with opened(acme, "queue") as drive:
        await stand_on(drive, call)
        await drive.press("r")
        await drive.asked("Ask")
        await drive.type("monday 15:00")
        await drive.press("enter")
        offered = await drive.asked("ChoiceDialog")
        assert [c.id for c in offered.choices.shown] == [str(at(23, 14)), str(at(23, 14, 30)), str(at(23, 15, 30)), "again"]
        await drive.press("enter")
        await drive.answered()
        await drive.until(lambda: get(acme, call).starts_at == at(23, 14), "the move")


async def test_message_and_links(acme: Acme) -> None:
    call = acme.book("T. Baker", 20, 15, customer_phone="+13125550188")
    async with opened(acme, "queue") as drive:
        await stand_on(drive, call)
        await drive.press("m")
        await drive.asked("Ask")
        await drive.type("We call at three.")
        await drive.press("enter")
        await drive.answered()
        await drive.until(
            lambda: any(m.body == "We call at three." for m in acme.session.get(messages.listing, acme.org.id)), "the message"
        )
        await drive.press("y")
        assert "the customer's link sent to the terminal's clipboard" in drive.said
        text = "\n".join(page(drive).query_one("#card").text)
        assert "Chicago" not in text
        assert "New York" in text
        assert "…/join/…" in text
        await drive.press("enter")
        await drive.asked("CardDialog")
        await drive.press("escape")
        await drive.answered()
        await drive.press("g")
        await drive.until(lambda: drive.app.page_id == "calendar" and drive.app.page.booking is not None, "the calendar")
        assert drive.app.page.booking.id == call.id


async def test_a_customer_who_waits_comes_first_and_is_admitted(acme: Acme) -> None:
    call = acme.book("R. Gupta", 20, 9, 45)
    async with opened(acme, "queue") as drive:
        await drive.press("a")
        assert "nobody waits" in drive.said
        acme.session.do(rooms.arrive, acme.org.id, call.id, "customer", session="s1", server="here")
        await drive.until(lambda: shown(drive)[:2] == ["WAITING", "R. Gupta"], "the customer")
        assert page(drive).calls.rows[1].words == "in the room 0 min"
        await drive.press("a")
        await drive.until(lambda: acme.session.get(rooms.state, acme.org.id, call.id).admitted_at == acme.clock.now, "admitted")


async def test_filter_and_small_terminal(acme: Acme) -> None:
    acme.week()
    async with opened(acme, "queue", size=(79, 23)) as drive:
        card = page(drive).query_one("#card")
        assert card.display is False or card.region.width == 0
        await drive.press("tab")
        assert card.region.width > 0
        assert page(drive).calls.region.width == 0
        await drive.press("escape", "/")
        await drive.asked("Ask")
        await drive.type("agent:lee")
        await drive.press("enter")
        await drive.answered()
        assert {r.booking.customer_name for r in page(drive).calls.rows if r.booking} == {"A. Silva", "N. Haddad"}


def test_waiting_longest_first_then_late(acme: Acme) -> None:
    one, two, three = acme.book("One", 20, 10), acme.book("Two", 20, 11), acme.book("Three", 20, 9, 30)
    view = acme.session.get(desk_views.queue, acme.org.id, at(20, 0), at(21, 0))
    rows = arrange(view.bookings, {two.id: NOW - 60}, NOW, ZONE, earlier=False)
    assert [r.booking.id if r.booking else r.title for r in rows] == ["WAITING", two.id, "LATE", three.id, "NEXT", one.id]
