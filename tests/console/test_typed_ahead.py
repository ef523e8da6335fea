"""Keys typed ahead of the screen: a whole sentence of them in one go does what the same keys do one by one."""

from __future__ import annotations

from pathlib import Path

import pytest
from acme import Acme, at
from drive import Drive, opened

from callboard.console.app import CallboardApp
from callboard.domain.bookings import Booking, Status
from callboard.services import bookings, people
from callboard.services.service import Desk
from callboard.settings import Settings
from support import Clock


@pytest.fixture
def acme(sqlite_desk: Desk, clock: Clock) -> Acme:
    return Acme(sqlite_desk, clock)


def known(acme: Acme) -> list[Booking]:
    return acme.session.get(bookings.listing, acme.org.id)


async def test_a_booking_in_one_go(acme: Acme) -> None:
    async with opened(acme, "calendar") as drive:
        drive.burst("g", *"next tue 15:00", "enter", "n", *"Jane Roe +12125550123", "enter", "enter")
        await drive.until(lambda: known(acme), "the booking")
        (made,) = known(acme)
        assert (made.customer_name, made.customer_phone, made.starts_at) == ("Jane Roe", "+12125550123", at(24, 15))


async def test_enter_twice_in_the_booking_dialog(acme: Acme) -> None:
    async with opened(acme, "calendar") as drive:
        await drive.press("n")
        await drive.asked("BookingDialog")
        await drive.type("Jane Roe")
        drive.burst("enter", "enter")
        await drive.until(lambda: known(acme), "the booking")
        assert not drive.dialog


async def test_what_follows_enter_goes_into_the_next_line(acme: Acme) -> None:
    async with opened(acme, "calendar") as drive:
        await drive.press("n")
        await drive.asked("BookingDialog")
        drive.burst(*"Jane", "enter", *"wed 11:00", "tab", *"45", "enter")
        await drive.until(lambda: known(acme), "the booking")
        (made,) = known(acme)
        assert (made.customer_name, made.starts_at, made.duration_minutes) == ("Jane", at(25, 11), 45)


async def test_enter_before_the_look_up_answered_chooses_whom_it_finds(acme: Acme) -> None:
    acme.book("Paula Novak", 16, 9, customer_phone="+420602123456")
    acme.book("Paul Weber", 17, 9, customer_phone="+420602123457")
    async with opened(acme, "calendar") as drive:
        drive.burst("n", *"602 123", "down", "up", "enter", "enter")
        await drive.until(lambda: len(known(acme)) == 3, "the booking")
        assert len(acme.session.get(people.find, acme.org.id, "Paul", 20)) == 2, "nobody new"
        assert {b.customer_name for b in known(acme)} == {"Paula Novak", "Paul Weber"}


async def test_a_look_up_that_failed_books_as_typed(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    acme.book("Jane Roe", 16, 9)
    asked: list[str] = []
    find = people.find

    def fails(work: object, org: str, text: str, limit: int) -> object:
        asked.append(text)
        if text != "Jane":
            raise RuntimeError("no answer")
        return find(work, org, text, limit)

    monkeypatch.setattr(people, "find", fails)
    async with opened(acme, "calendar") as drive:
        await drive.press("n")
        dialog = await drive.asked("BookingDialog")
        await drive.type("Jane")
        await drive.until(lambda: dialog._who, "Jane Roe")
        await drive.type(" Doe")
        drive.burst("enter", "enter")
        await drive.until(lambda: len(known(acme)) == 2, "the booking")
        assert "Jane Doe" in asked
        assert {b.customer_name for b in known(acme)} == {"Jane Roe", "Jane Doe"}


async def test_cancel_with_a_reason_and_take_it_back(acme: Acme) -> None:
    made = acme.book("Jane Roe", 23, 10)
    async with opened(acme, "calendar") as drive:
        drive.burst("g", *"mon 10:00", "enter")
        await drive.until(lambda: drive.page.booking is not None, "the booking under the cursor")
        drive.burst("x", *"called off", "enter")
        get = lambda: acme.session.get(bookings.get, acme.org.id, made.id)  # noqa: E731
        await drive.until(lambda: get().status is Status.CANCELLED, "the end of it")
        assert get().cancellation_reason == "called off"
        drive.burst("z")
        await drive.until(lambda: get().status is Status.SCHEDULED, "it to come back")


async def test_commands_follow_each_other(acme: Acme) -> None:
    made = acme.book("Jane Roe", 23, 10)
    async with opened(acme, "calendar") as drive:
        drive.burst("g", *"mon 10:00", "enter")
        await drive.until(lambda: drive.page.booking is not None, "the booking under the cursor")
        drive.burst("x", *"called off", "enter", "z", "n", "escape", "colon", *"time in any", "escape")
        get = lambda: acme.session.get(bookings.get, acme.org.id, made.id)  # noqa: E731
        await drive.until(lambda: "undone" in drive.said, "the last of it")
        assert get().status is Status.SCHEDULED
        await drive.until(lambda: not drive.dialog, "every dialog to close")
        assert len(known(acme)) == 1


async def test_another_screen_its_form_and_back(acme: Acme) -> None:
    async with opened(acme, "calendar") as drive:
        drive.burst("3", "n", *"Max Muster", "tab", *"+12125550188", "ctrl+s", "1")
        found = lambda: acme.session.get(people.find, acme.org.id, "Max", 20)  # noqa: E731
        await drive.until(found, "Max")
        assert [(p.name, p.phone) for p in found()] == [("Max Muster", "+12125550188")]
        await drive.until(lambda: drive.app.page_id == "calendar", "the calendar")


async def test_rows_of_a_screen_just_called_up(acme: Acme) -> None:
    for n in range(300):
        acme.session.do(people.add, acme.org.id, full_name=f"Person {n:03d}", is_lead=True)
    async with opened(acme, "calendar") as drive:
        drive.burst("3", "end", "up", "space", "slash", *"299", "enter", "N", *"a note", "enter")
        await drive.until(lambda: drive.app.page_id == "leads" and drive.page.table.marked, "the mark")
        (marked,) = drive.page.table.marked.values()
        assert marked is not None
        found = lambda: acme.session.get(people.find, acme.org.id, "Person 299", 2)[0].notes  # noqa: E731
        await drive.until(found, "the note")
        assert found().endswith("a note")


async def test_the_palette_runs_what_was_typed(acme: Acme) -> None:
    async with opened(acme, "calendar") as drive:
        drive.burst("ctrl+p", *"go to queue", "enter", "ctrl+p", *"new lead", "enter", *"Ana", "ctrl+s")
        await drive.until(lambda: acme.session.get(people.find, acme.org.id, "Ana", 2), "Ana")
        assert drive.app.page_id == "leads"


async def test_the_first_run_in_one_go(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "fresh")
    app = CallboardApp(settings, lambda: Desk(settings))
    async with app.run_test(size=(100, 30)) as pilot:
        drive = Drive(app, pilot)
        await drive.asked("SetUp")
        drive.burst(*"Acme", "tab", *"Europe/Berlin", "enter", *"Dana", "enter", "3", "n", *"Ana", "ctrl+s")
        await drive.until(lambda: app.page_id == "leads" and app.page.table.total == 1, "the first lead")
        await drive.until(lambda: app.page.table.row is not None, "her row")
        assert (app.organization.name, app.zone, app.agents[0].name) == ("Acme", "Europe/Berlin", "Dana")
        assert app.page.table.row.person.name == "Ana"
