"""Reminders: at their moment, once, and never for a call that is off or has moved; on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from callboard.domain.bookings import Booking, Move, Wish
from callboard.domain.zones import parse_instant
from callboard.services import bookings, messages, organizations, reminders, undo
from callboard.services.service import Desk
from scheduler.conftest import settle
from support import Office

HOUR = 3600
START = "2026-06-15T20:00:00Z"


def at(text: str) -> int:
    return parse_instant(text, "at")


def book(office: Office, start: str = START, **fields: Any) -> Booking:
    wish = Wish(starts_at=at(start), customer_name="Jane Doe", customer_phone="+12155551234", outside_hours=True, **fields)
    made: Booking = office.do(bookings.book, wish)
    return made


def sent(office: Office, booking: Booking) -> list[tuple[str, int]]:
    """(lead time, written at) of the reminders that became messages."""
    return [(m.variant, m.created_at) for m in office.get(messages.about, booking.id) if m.kind == "reminder"]


def states(office: Office, booking: Booking) -> dict[int, str]:
    return {r.minutes: r.status for r in office.get(reminders.of, booking.id)}


@pytest.fixture(autouse=True)
def june(clock):
    clock.set("2026-06-01T12:00:00Z")


def test_each_goes_at_its_moment_and_only_once(office, clock):
    made = book(office)
    assert states(office, made) == {1440: "waiting", 60: "waiting"}
    for _ in range(4):
        clock.now = settle(office.desk) or clock.now
        if clock.now >= made.starts_at:
            break
    settle(office.desk)
    assert sent(office, made) == [("1440", at("2026-06-14T20:00:00Z")), ("60", at("2026-06-15T19:00:00Z"))]
    assert states(office, made) == {1440: "sent", 60: "sent"}


def test_a_day_before_means_twenty_four_hours_across_a_clock_change(office, clock):
    clock.set("2026-03-01T12:00:00Z")
    made = book(office, "2026-03-08T19:00:00Z", timezone="America/New_York")  # 3 PM EDT; the day before is EST
    assert office.get(reminders.of, made.id)[0].due_at == at("2026-03-07T19:00:00Z")


def test_one_whose_moment_had_passed_when_the_call_was_booked_is_skipped(office, clock):
    clock.now = at(START) - 5 * HOUR
    made = book(office)
    assert states(office, made) == {1440: "skipped", 60: "waiting"}
    clock.now = at(START) - HOUR
    settle(office.desk)
    assert [kind for kind, _ in sent(office, made)] == ["60"]


@pytest.mark.parametrize("verb", ["cancel", "start"])
def test_none_goes_for_a_call_that_is_off_or_under_way(office, clock, verb):
    made = book(office)
    office.do(getattr(bookings, verb), made.id)
    clock.now = at(START) - HOUR
    settle(office.desk)
    assert sent(office, made) == []
    assert states(office, made) == {}


def test_a_move_takes_its_reminders_along(office, clock):
    made = book(office)
    clock.now = at(START) - 24 * HOUR
    settle(office.desk)
    office.do(bookings.move, made.id, Move(starts_at=made.starts_at + 72 * HOUR, outside_hours=True))
    clock.now = at(START) - HOUR
    settle(office.desk)
    assert len(sent(office, made)) == 1  # nothing for the old time
    clock.now = at(START) + 48 * HOUR
    settle(office.desk)
    clock.now = at(START) + 71 * HOUR
    settle(office.desk)
    assert [kind for kind, _ in sent(office, made)] == ["1440", "1440", "60"]


def test_a_change_of_words_leaves_them_alone_and_the_new_number_is_used(office, clock):
    made = book(office)
    office.do(bookings.update, made.id, notes="ring twice", customer_phone="+12155559999")
    assert states(office, made) == {1440: "waiting", 60: "waiting"}
    clock.now = at(START) - 24 * HOUR
    settle(office.desk)
    [told] = [m for m in office.get(messages.about, made.id) if m.kind == "reminder"]
    assert told.to_number == "+12155559999"


def test_a_pending_call_has_none_until_it_is_confirmed(office, clock):
    made = book(office, hold_minutes=60)
    assert states(office, made) == {}
    office.do(bookings.confirm, made.id)
    assert states(office, made) == {1440: "waiting", 60: "waiting"}


def test_taking_a_cancellation_back_plans_them_again(office, clock):
    made = book(office)
    office.do(bookings.cancel, made.id)
    office.do(undo.undo_last)
    assert states(office, made) == {1440: "waiting", 60: "waiting"}
    clock.now = at(START) - HOUR
    settle(office.desk)
    assert ("60", clock.now) in sent(office, made)


def test_after_a_long_stop_what_is_of_no_use_any_more_is_skipped(office, clock):
    made = book(office)
    clock.now = at(START) - HOUR + 40 * 60  # twenty minutes before the call
    settle(office.desk)
    assert sent(office, made) == []
    assert states(office, made) == {1440: "skipped", 60: "skipped"}


def test_the_organization_says_when(office, clock):
    policy = office.session.get(organizations.get, office.org).policy
    office.do(organizations.update, policy=replace(policy, reminder_minutes=(30,)))
    made = book(office)
    assert states(office, made) == {30: "waiting"}


def test_what_was_sent_is_only_what_truly_left(office, clock):
    made = book(office)
    clock.now = at(START) - 24 * HOUR
    settle(office.desk)
    assert office.get(reminders.sent_of, made.id) == []  # no carrier: written, not sent
    [told] = [m for m in office.get(messages.about, made.id) if m.kind == "reminder"]
    office.do(messages.mark_sent, told.id)
    [said] = office.get(reminders.sent_of, made.id)
    assert (said.kind, said.minutes, said.sent_at, said.method) == ("reminder", 1440, clock.now, "hand")


def test_two_schedulers_send_each_once(office, clock):
    made = [book(office, f"2026-06-{10 + n // 10:02}T{10 + n % 10:02}:00:00Z") for n in range(20)]
    second = Desk(office.desk.settings, clock=clock)
    try:
        for step in range(60):
            clock.now = at("2026-06-09T10:00:00Z") + step * HOUR
            asyncio.run(_both(office.desk, second))
    finally:
        second.close()
    for booking in made:
        assert [kind for kind, _ in sent(office, booking)] == ["1440", "60"]


async def _both(one: Desk, two: Desk) -> None:
    await asyncio.gather(*(asyncio.to_thread(settle, desk) for desk in (one, two)))
