"""What runs out: holds, calls nobody joined, calls past their end, keys and logs; on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from callboard.domain.bookings import Booking, Wish
from callboard.domain.zones import parse_instant
from callboard.scheduler import Scheduler, housekeeping
from callboard.services import bookings, deliveries, idempotency, organizations, requests, webhooks
from callboard.services.idempotency import Stored
from callboard.services.service import Desk
from callboard.storage import trail
from support import Office, make_office

NOON = "2026-01-12T17:00:00Z"
HOUR = 3600


def book(office: Office, start: str = NOON, **fields: Any) -> Booking:
    wish = Wish(starts_at=parse_instant(start, "at"), customer_name="Jane Doe", outside_hours=True, **fields)
    made: Booking = office.do(bookings.book, wish)
    return made


def sweep(desk: Desk) -> int | None:
    """Housekeeping as the loop does it; when it is due next."""
    return asyncio.run(Scheduler(desk, housekeeping.SWEEPS).settle())


def events(office: Office, type_: str) -> int:
    return sum(e.type == type_ for e in office.session.get(trail.since, 0)[0])


def status(office: Office, booking: Booking) -> str:
    return str(office.get(bookings.get, booking.id).status)


def test_a_hold_lapses_at_its_second_and_its_event_follows(office, clock):
    made = book(office, hold_minutes=10)
    clock.pass_(599)
    assert sweep(office.desk) <= clock.now + 1
    assert events(office, "booking.expired") == 0
    clock.pass_(1)
    assert status(office, made) == "expired"  # nobody has swept yet
    sweep(office.desk)
    assert events(office, "booking.expired") == 1
    sweep(office.desk)
    assert events(office, "booking.expired") == 1


def test_a_call_nobody_joined_becomes_a_no_show_after_its_organizations_own_time(desk, clock):
    quick, slow = make_office(desk, "Quick"), make_office(desk, "Slow")
    for office, minutes in ((quick, 10), (slow, 90)):
        policy = office.session.get(organizations.get, office.org).policy
        office.do(organizations.update, policy=replace(policy, no_show_after_minutes=minutes))
    one, two = book(quick), book(slow)
    clock.set(NOON)
    clock.pass_(10 * 60 - 1)
    sweep(desk)
    assert (status(quick, one), status(slow, two)) == ("scheduled", "scheduled")
    clock.pass_(1)
    sweep(desk)
    assert (status(quick, one), status(slow, two)) == ("no_show", "scheduled")
    clock.pass_(80 * 60)
    sweep(desk)
    assert (status(quick, one), status(slow, two)) == ("no_show", "no_show")
    assert (events(quick, "booking.no_show"), events(slow, "booking.no_show")) == (1 + 1, 1 + 1)  # the trail is the house's


def test_a_call_past_its_end_is_marked_and_goes_on(office, clock):
    made = book(office)
    clock.set(NOON)
    office.do(bookings.start, made.id)
    clock.pass_(30 * 60 + 1)
    sweep(office.desk)
    now = office.get(bookings.get, made.id)
    assert (str(now.status), now.overran) == ("in_progress", True)
    sweep(office.desk)
    assert events(office, "booking.overran") == 1
    clock.pass_(3 * HOUR)
    sweep(office.desk)
    assert status(office, made) == "in_progress"


def test_keys_and_logs_are_forgotten_in_time_and_what_waits_is_not(office, clock):
    office.do(webhooks.add, "https://example.com/hook", event_types=["appointment.created"])
    book(office)
    office.do(idempotency.once, "key", "print", lambda: Stored(201, "{}"))
    logged = requests.Request(
        organization_id=office.org, api_key_id=None, method="GET", path="/", dialect="toy", status=200, milliseconds=1,
        code=None, at=clock.now,
    )  # fmt: skip
    office.session.do(requests.note, [logged])
    clock.pass_(23 * HOUR)
    sweep(office.desk)
    assert office.do(idempotency.once, "key", "print", lambda: Stored(500, "")).replayed
    clock.pass_(31 * 24 * HOUR)
    sweep(office.desk)
    assert not office.do(idempotency.once, "key", "other", lambda: Stored(201, "{}")).replayed
    assert office.get(requests.recent) == []
    [waiting] = office.get(deliveries.listing)
    office.do(webhooks.disable, waiting.webhook_id)
    clock.pass_(HOUR)
    sweep(office.desk)
    assert office.get(deliveries.listing) == []


def test_two_sweepers_do_not_trip_over_each_other(office, clock):
    made = [book(office, f"2026-01-12T{hour:02}:00:00Z", hold_minutes=5) for hour in range(14, 22)]
    clock.pass_(300)
    second = Desk(office.desk.settings, clock=clock)

    async def both() -> None:
        await asyncio.gather(*(asyncio.to_thread(sweep, desk) for desk in (office.desk, second) for _ in range(3)))

    asyncio.run(both())
    second.close()
    assert {status(office, b) for b in made} == {"expired"}
    assert events(office, "booking.expired") == len(made)
