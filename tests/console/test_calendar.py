"""A day at the calendar, with keys and mouse, on a real database."""

from __future__ import annotations

from datetime import date

import pytest
from acme import NOW, ZONE, Acme, at
from drive import Drive, go, opened, settled
from textual.geometry import Offset

from callboard.console.calendar.screen import Calendar
from callboard.domain.bookings import Booking, Status
from callboard.domain.zones import instant, local
from callboard.services import agents, blocks, bookings, organizations
from callboard.services.service import Desk
from support import Clock


@pytest.fixture
def acme(sqlite_desk: Desk, clock: Clock) -> Acme:
    return Acme(sqlite_desk, clock)


def get(acme: Acme, booking: Booking) -> Booking:
    return acme.session.get(bookings.get, acme.org.id, booking.id)


def page(drive: Drive) -> Calendar:
    found = drive.app.page
    assert isinstance(found, Calendar)
    return found


async def test_book_with_the_keyboard_and_take_it_back(acme: Acme) -> None:
    acme.book("Paula Novak", 16, 9, customer_phone="+420602123456")
    async with opened(acme, "calendar") as drive:
        await go(drive, "next tue 15:00")
        assert page(drive).slot()[0] == at(24, 15)
        await drive.press("n")
        dialog = await drive.asked("BookingDialog")
        await drive.type("602 123")
        await drive.until(lambda: dialog._who, "the person by phone")
        await drive.press("enter", "enter")
        await drive.answered()
        await drive.until(lambda: page(drive).booking is not None, "the booking on the grid")
        made = page(drive).booking
        assert made is not None
        assert (made.customer_name, made.starts_at, made.status) == ("Paula Novak", at(24, 15), Status.SCHEDULED)
        assert made.source == "console"
        await drive.press("z")
        await drive.until(lambda: page(drive).booking is None, "the booking to go")
        assert get(acme, made).status is Status.CANCELLED


async def test_a_new_customer_is_made_from_free_text_and_a_span_gives_the_length(acme: Acme) -> None:
    async with opened(acme, "calendar") as drive:
        await go(drive, "mon 10:00")
        await drive.press("shift+down", "shift+down")
        assert page(drive).slot() == (at(23, 10), at(23, 11, 30), True)
        await drive.press("n")
        dialog = await drive.asked("BookingDialog")
        await drive.type("Ana Ruiz +34 600 123 456 ana@example.com")
        await drive.until(lambda: dialog.query_one("Choices").shown, "the offer to book as typed")
        await drive.press("enter", "enter")
        await drive.answered()
        await drive.until(lambda: page(drive).booking is not None, "the booking")
        made = page(drive).booking
        assert made is not None
        assert (made.customer_name, made.customer_phone, made.customer_email) == ("Ana Ruiz", "+34600123456", "ana@example.com")
        assert made.duration_minutes == 90


async def test_a_refused_booking_says_why_and_offers_the_nearest_three_slots(acme: Acme) -> None:
    acme.book("Jo Doe", 23, 10, duration_minutes=60)
    async with opened(acme, "calendar") as drive:
        page(drive).agent_id = acme.dana.id
        await go(drive, "mon 10:00")
        page(drive).grid.select_none()
        await drive.press("n")
        dialog = await drive.asked("BookingDialog")
        await drive.type("Max")
        await drive.until(lambda: dialog.query_one("Choices").shown, "the offer to book as typed")
        await drive.press("enter", "enter")
        refused = await drive.asked("ChoiceDialog")
        assert "Dana Reyes already has a call then" in refused._title
        offered = [c.id for c in refused.choices.shown]
        assert offered == [str(at(23, 9)), str(at(23, 9, 30)), str(at(23, 11)), "again"]
        await drive.press("down", "down", "enter")
        await drive.answered()
        await drive.until(lambda: page(drive).booking is not None, "the booking")
        made = page(drive).booking
        assert made is not None
        assert made.starts_at == at(23, 11)


async def test_move_mode_carries_refuses_and_drops(acme: Acme) -> None:
    taken = acme.book("Jo Doe", 23, 11)
    moved = acme.book("M. Chen", 23, 10)
    async with opened(acme, "calendar") as drive:
        await go(drive, "mon 10:00")
        assert page(drive).booking == get(acme, moved)
        await drive.press("m", "down", "down")
        ghost = page(drive).grid.ghost
        assert ghost is not None
        assert "taken by Jo Doe" in ghost.problem
        await drive.press("enter")
        assert "cannot land" in drive.said
        await drive.press("down", "down")
        assert page(drive).grid.ghost is not None
        assert page(drive).grid.ghost.problem == ""
        await drive.press("enter")
        await drive.until(lambda: get(acme, moved).starts_at == at(23, 12), "the move")
        assert get(acme, taken).starts_at == at(23, 11)
        assert get(acme, moved).rev == moved.rev + 1
        await drive.until(lambda: page(drive).grid.ghost is None)
        await drive.press("z")
        await drive.until(lambda: get(acme, moved).starts_at == at(23, 10), "undo")


async def test_escape_returns_what_is_carried(acme: Acme) -> None:
    moved = acme.book("M. Chen", 23, 10)
    async with opened(acme, "calendar") as drive:
        await go(drive, "mon 10:00")
        await drive.press("m", "right", "down", "escape")
        assert page(drive).grid.ghost is None
        assert page(drive).booking == get(acme, moved) == moved
        assert page(drive).slot()[0] == at(23, 10)


async def test_outside_hours_asks_before_it_lands(acme: Acme) -> None:
    moved = acme.book("M. Chen", 23, 16)
    async with opened(acme, "calendar") as drive:
        await go(drive, "mon 16:00")
        await drive.press("m", "down", "down", "down")
        assert page(drive).grid.ghost is not None
        assert page(drive).grid.ghost.warning
        await drive.press("enter")
        asked = await drive.asked("ChoiceDialog")
        assert asked.choices.shown[0].id == "anyway"
        await drive.press("enter")
        await drive.answered()
        await drive.until(lambda: get(acme, moved).starts_at == at(23, 17, 30), "the move")


async def test_cancel_with_a_reason_confirm_and_undo(acme: Acme) -> None:
    pending = acme.book("M. Chen", 23, 10, hold_minutes=7 * 1440)
    async with opened(acme, "calendar") as drive:
        await go(drive, "mon 10:00")
        await drive.press("c")
        await drive.until(lambda: get(acme, pending).status is Status.SCHEDULED, "confirmed")
        await drive.until(lambda: page(drive).booking is not None and page(drive).booking.status is Status.SCHEDULED)
        await drive.press("c")
        assert "not waiting to be confirmed" in drive.said
        await drive.press("x")
        await drive.asked("Ask")
        await drive.type("the customer is ill")
        await drive.press("enter")
        await drive.answered()
        await drive.until(lambda: get(acme, pending).status is Status.CANCELLED, "cancelled")
        assert get(acme, pending).cancellation_reason == "the customer is ill"
        await drive.until(lambda: page(drive).grid.item is None, "its place to be free")
        await drive.press("z")
        await drive.until(lambda: get(acme, pending).status is Status.SCHEDULED, "reinstated")


async def test_next_open_goes_on_from_the_cursor(acme: Acme) -> None:
    acme.session.do(agents.update, acme.org.id, acme.lee.id, active=False)
    acme.session.do(agents.update, acme.org.id, acme.mia.id, active=False)
    acme.book("Jo Doe", 20, 10, duration_minutes=120)
    async with opened(acme, "calendar") as drive:
        await drive.press("t", "f")
        await drive.until(lambda: page(drive).slot()[0] == at(20, 12), "the first open slot")
        await drive.press("f")
        await drive.until(lambda: page(drive).slot()[0] == at(20, 12, 30), "the second")


async def test_a_block_is_made_shown_as_a_clash_and_removed(acme: Acme) -> None:
    acme.book("Jo Doe", 23, 10)
    async with opened(acme, "calendar") as drive:
        page(drive).agent_id = acme.dana.id
        await go(drive, "mon 9:30")
        await drive.press("shift+down", "b")
        await drive.asked("Ask")
        await drive.type("dentist")
        await drive.press("enter")
        await drive.answered()
        await drive.until(lambda: any(i.block is not None for i in page(drive).grid.grid.items), "the block")
        assert [i.clash for i in page(drive).grid.grid.items if i.booking is not None] == [True]
        block = acme.session.get(blocks.listing, acme.org.id, at(23, 0), at(24, 0))[0]
        assert (block.starts_at, block.ends_at, block.agent_id) == (at(23, 9, 30), at(23, 10, 30), acme.dana.id)
        page(drive).grid.set_cursor(0, 19, select=block.id)
        await drive.press("x")
        await drive.until(lambda: not acme.session.get(blocks.listing, acme.org.id, at(23, 0), at(24, 0)), "its removal")


async def test_two_consoles_on_one_database(desk: Desk, clock: Clock) -> None:
    """On both databases: what another process commits is on this grid by itself."""
    acme = Acme(desk, clock)
    async with opened(acme, "calendar") as drive:
        other = Desk(acme.settings, clock=clock)
        try:
            seed = Acme.__new__(Acme)
            seed.__dict__ = {**acme.__dict__, "desk": other, "session": other.acting(acme.session.actor)}
            seed.book("From afar", 20, 15)
            await drive.until(lambda: any("From afar" in i.lines[0] for i in page(drive).grid.grid.items), "the other's booking")
        finally:
            other.close()


async def test_the_grid_tells_states_apart_without_colour(acme: Acme) -> None:
    acme.week()
    async with opened(acme, "calendar", size=(160, 45)) as drive:
        await settled(drive)
        text = "\n".join(page(drive).grid.render_line(y).text for y in range(40))
        for mark in ("░", "▒", "╱", "▌", "✓", "◆", "▶", "‖", "∅", "‼", "09:41"):
            assert mark in text, mark
        assert "everyone (3)" in page(drive).query_one("TitleBar").render_line(0).text


async def test_views_agents_zones_and_filter(acme: Acme) -> None:
    acme.week()
    async with opened(acme, "calendar", size=(160, 45)) as drive:
        await settled(drive)
        await drive.press("d")
        await settled(drive)
        assert [c.title for c in page(drive).grid.grid.columns] == ["Dana Reyes", "Lee Okafor", "Mia Brandt"]
        await drive.press("M")
        await settled(drive)
        load = next(d for d in page(drive).query_one("MonthGrid").days if d.day == date(2026, 11, 20))
        assert load.calls == 7
        await drive.press("enter")
        await settled(drive)
        assert page(drive).mode == "day"
        await drive.press("w", "T")
        await settled(drive)
        assert drive.app.zone == "America/Chicago"
        assert "08:41" in page(drive).grid.render_line(0).text + "".join(page(drive).grid.render_line(y).text for y in range(40))
        await drive.press("+")
        assert drive.app.second_zone == ZONE
        await drive.press("/")
        await drive.asked("Ask")
        await drive.type("agent:lee !silva")
        await drive.press("enter")
        await drive.answered()
        assert {i.lines[0][2:] for i in page(drive).grid.grid.items if i.booking is not None and not i.muted} == {
            "N. Haddad",
            "V. Cruz",
        }
        await drive.press("escape")
        await drive.press("escape")
        assert page(drive).filter_text == ""


async def test_the_day_rolls_over_by_itself_and_an_expired_hold_leaves(acme: Acme, clock: Clock) -> None:
    acme.book("M. Chen", 20, 14, hold_minutes=3 * 1440)
    acme.book("Held", 20, 16, hold_minutes=60)
    async with opened(acme, "calendar") as drive:
        await drive.press("d")
        await settled(drive)
        assert len(page(drive).grid.grid.items) == 2
        clock.now = at(20, 15, 30) + 3600
        drive.app._minute = 0
        page(drive).tick(clock.now)
        await drive.until(lambda: len(page(drive).grid.grid.items) == 1, "the expired hold to leave")
        clock.now = at(21, 0, 1)
        page(drive).tick(clock.now)
        await settled(drive)
        assert page(drive).here == date(2026, 11, 21)


async def test_the_mouse_selects_scrolls_and_carries(acme: Acme) -> None:
    moved = acme.book("M. Chen", 23, 10)
    async with opened(acme, "calendar", size=(160, 45)) as drive:
        await go(drive, "mon 8:00")
        grid = page(drive).grid
        place = grid.grid.columns[0].places[0]
        start = Offset(grid.axis + 2, place.row - grid.top + 1)
        await drive.pilot.click(grid, offset=start)
        assert page(drive).booking == moved
        await drive.pilot.mouse_down(grid, offset=start)
        await drive.pilot.hover(grid, offset=start + Offset(0, 4))
        assert grid.ghost is not None
        await drive.pilot.mouse_up(grid, offset=start + Offset(0, 4))
        await drive.until(lambda: get(acme, moved).starts_at == at(23, 12), "the move")
        await drive.pilot.double_click(grid, offset=start + Offset(0, 4))
        await drive.asked("KeyedCard")


async def test_a_lost_hour_is_refused_by_name(acme: Acme) -> None:
    async with opened(acme, "calendar") as drive:
        await drive.press("g")
        await drive.asked("Ask")
        await drive.type("march 14 2027 2:30")
        await drive.press("enter")
        await drive.answered()
        assert "does not exist in America/New_York" in drive.said


async def test_autumn_night_books_the_first_pass(acme: Acme) -> None:
    acme.session.do(organizations.update, acme.org.id, policy=acme.org.policy)
    async with opened(acme, "calendar") as drive:
        await go(drive, "nov 7 2027 1:30")
        assert page(drive).slot()[0] == instant(date(2027, 11, 7), 90, ZONE)


async def test_what_was_shown_is_shown_again(acme: Acme) -> None:
    async with opened(acme, "calendar") as drive:
        await go(drive, "dec 24 10:00")
        await drive.press("d")
        await settled(drive)
        drive.app.exit(0)
    from callboard.console import state

    kept = state.load(acme.settings.data_dir / "console.json").screens["calendar"]
    assert (kept["mode"], kept["day"]) == ("day", "2026-12-24")
    again = Calendar()
    again.restore(kept)
    assert (again.mode, again.here) == ("day", date(2026, 12, 24))


def test_now_is_friday() -> None:
    assert f"{local(NOW, ZONE):%a %H:%M}" == "Fri 09:41"
