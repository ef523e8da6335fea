"""A booking's reference: the caller's own name for it, one of a kind in the organization, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from callboard.domain.bookings import Booking, Wish
from callboard.domain.errors import CallboardError, Invalid
from callboard.domain.zones import parse_instant
from callboard.services import bookings
from callboard.services.service import Desk
from support import Office, make_office

FIRST = parse_instant("2026-01-06T15:00:00Z", "test")


def wish(hour: int, reference: str | None) -> Wish:
    return Wish(starts_at=FIRST + hour * 3600, reference=reference)


def test_a_reference_finds_its_booking_and_no_other_may_have_it(office: Office, desk: Desk) -> None:
    made = office.do(bookings.book, wish(0, "R-1"))
    assert made.reference == "R-1"
    assert office.get(bookings.by_reference, "R-1") == made
    assert office.get(bookings.by_reference, "R-2") is None
    with pytest.raises(Invalid, match="already been taken"):
        office.do(bookings.book, wish(1, "R-1"))
    for hour in (1, 2):
        assert office.do(bookings.book, wish(hour, None)).reference is None
    other = make_office(desk, "Other")
    assert other.get(bookings.by_reference, "R-1") is None
    assert other.do(bookings.book, wish(0, "R-1")).reference == "R-1"


def test_six_at_once_with_one_reference_make_one_booking(office: Office) -> None:
    def book(hour: int) -> Booking | CallboardError:
        try:
            made: Booking = office.do(bookings.book, wish(hour, "R"))
        except CallboardError as error:
            return error
        return made

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(book, range(6)))
    assert sum(isinstance(f, Booking) for f in found) == 1
    assert {type(f) for f in found} == {Booking, Invalid}


@pytest.mark.parametrize("reference", ["", "x" * 101])
def test_a_reference_has_a_length(office: Office, reference: str) -> None:
    with pytest.raises(Invalid, match="between 1 and 100"):
        office.do(bookings.book, wish(0, reference))
