"""The booking verbs through the desk, on both databases: collisions, buffers, holds, moves, cancels, limits, assignment."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest

from callboard.domain import errors
from callboard.domain.bookings import Assignment, Booking, Move, Status, Wish
from callboard.domain.hours import parse_hours
from callboard.domain.organizations import Policy
from callboard.domain.zones import iso, parse_instant
from callboard.services import agents, availability, blocks, bookings, organizations, people, undo
from support import Clock, Office

MON = "2026-01-12T"  # a Monday; New York is at UTC-5: 09:00-17:00 local is 14:00Z-22:00Z


def at(text: str) -> int:
    return parse_instant(text if "T" in text else f"{MON}{text}:00Z", "at")


def wish(start: str, **more: Any) -> Wish:
    return Wish(**{"starts_at": at(start), "customer_name": "Jane Doe", "customer_phone": "5551234567", **more})


def book(office: Office, start: str, **more: Any) -> Booking:
    made: Booking = office.do(bookings.book, wish(start, **more))
    return made


def policy(office: Office, **changes: Any) -> None:
    current = office.session.get(organizations.get, office.org)
    office.do(organizations.update, policy=replace(current.policy, **changes))


def outcomes(futures: list[Future[Any]]) -> Counter[str]:
    """Class names of refusals, 'ok' for what succeeded."""
    found: Counter[str] = Counter()
    for future in futures:
        error = future.exception(timeout=60)
        found["ok" if error is None else type(error).__name__] += 1
    return found


def test_a_booking_is_kept_with_its_customer(office: Office) -> None:
    made = book(office, "15:00", customer_email="Jane@Example.com")
    kept = office.get(bookings.get, made.id)
    assert kept == made
    assert (kept.customer_phone, kept.customer_email, kept.status) == ("+15551234567", "jane@example.com", Status.SCHEDULED)
    again = book(office, "16:00", customer_name="J. Doe")
    assert again.person_id == made.person_id, "one phone number is one person"
    assert again.customer_name == "J. Doe", "a booking keeps the name it was made with"


def test_11_buffers_sum_and_touching_is_no_overlap(office: Office) -> None:
    book(office, "15:00", buffer_before_minutes=5, buffer_after_minutes=5)
    with pytest.raises(errors.SlotTaken):
        book(office, "15:44", buffer_before_minutes=10)
    assert book(office, "15:45", buffer_before_minutes=10)
    assert book(office, "17:00")
    assert book(office, "17:30")
    with pytest.raises(errors.SlotTaken):
        book(office, "17:59")


def test_12_external_blocks_are_respected_with_buffers(office: Office) -> None:
    office.do(blocks.add, starts_at=at("16:00"), ends_at=at("17:00"), title="dentist")
    with pytest.raises(errors.SlotBlocked, match="dentist"):
        book(office, "15:26", buffer_before_minutes=10, buffer_after_minutes=5)
    book(office, "15:25", buffer_before_minutes=10, buffer_after_minutes=5)
    with pytest.raises(errors.SlotBlocked):
        book(office, "17:09", buffer_before_minutes=10)
    book(office, "17:10", buffer_before_minutes=10)


def test_14_blocks_and_bookings_that_began_before_the_range_still_block(office: Office) -> None:
    office.do(blocks.add, starts_at=at("2026-01-09T12:00:00Z"), ends_at=at("15:00"))
    book(office, "15:30", buffer_after_minutes=60)
    found = office.get(availability.open_slots, at("14:00"), at("18:00"))
    assert [iso(s.starts_at)[11:16] for s in found] == ["15:00", "17:00", "17:30"]
    office.do(blocks.add, starts_at=at("17:00"), ends_at=at("17:00"))
    assert book(office, "17:00")
    with pytest.raises(errors.Invalid):
        office.do(blocks.add, starts_at=at("18:00"), ends_at=at("17:00"))


def test_15_a_hold_ends_exactly_at_its_time(office: Office, clock: Clock) -> None:
    held = book(office, "15:00", hold_minutes=60)
    assert (held.status, held.confirm_by) == (Status.PENDING, clock.now + 3600)
    clock.pass_(3599)
    with pytest.raises(errors.SlotTaken):
        book(office, "15:00")
    clock.pass_(1)
    assert office.get(bookings.get, held.id).status is Status.EXPIRED
    assert at("15:00") in {s.starts_at for s in office.get(availability.open_slots, at("14:00"), at("18:00"))}
    with pytest.raises(errors.HoldExpired):
        office.do(bookings.confirm, held.id)
    assert book(office, "15:00")


def test_a_hold_confirmed_in_time_stands(office: Office, clock: Clock) -> None:
    held = book(office, "15:00", require_confirmation=True)
    clock.pass_(60)
    firm = office.do(bookings.confirm, held.id)
    assert (firm.status, firm.rev) == (Status.SCHEDULED, 2)
    assert office.do(bookings.confirm, held.id) == firm, "confirming twice changes nothing"
    clock.pass_(86400)
    assert office.get(bookings.get, held.id).status is Status.SCHEDULED


def test_16_sixteen_at_once_for_one_slot(office: Office) -> None:
    race = [office.session.submit(bookings.book, office.org, wish("15:00", agent_id=office.agents[0].id)) for _ in range(16)]
    assert outcomes(race) == {"ok": 1, "SlotTaken": 15}
    office.hire("Lee")
    office.hire("Kim")
    pool = [office.session.submit(bookings.book, office.org, wish("16:00", assignment=Assignment.POOL)) for _ in range(16)]
    found = outcomes(pool)
    assert found["ok"] == 3
    assert sum(found.values()) == 16
    taken = {f.result().agent_id for f in pool if f.exception() is None}
    assert taken == {a.id for a in office.agents}


def test_17_moving_over_its_own_time_and_onto_another(office: Office) -> None:
    first, other = book(office, "15:00"), book(office, "16:00")
    moved = office.do(bookings.move, first.id, Move(starts_at=at("15:15")))
    assert (moved.id, moved.rev, moved.starts_at) == (first.id, 2, at("15:15"))
    with pytest.raises(errors.SlotTaken):
        office.do(bookings.move, first.id, Move(starts_at=at("15:45")))
    assert office.get(bookings.get, first.id) == moved
    with pytest.raises(errors.SlotTaken):
        book(office, "15:15")
    assert office.do(bookings.move, other.id, Move(starts_at=at("15:00"), duration_minutes=15)).duration_minutes == 15


def test_18_cancelling_frees_at_once_and_counts_once(office: Office) -> None:
    policy(office, customer_limit=1)
    made = book(office, "15:00")
    with pytest.raises(errors.LimitReached):
        book(office, "17:00")
    cancelled = office.do(bookings.cancel, made.id, reason="ill")
    assert (cancelled.status, cancelled.cancellation_reason) == (Status.CANCELLED, "ill")
    assert office.do(bookings.cancel, made.id, reason="again") == cancelled
    done = [e for e in office.get(undo.history, made.id) if e.action == "booking.cancelled"]
    assert len(done) == 1
    assert book(office, "15:00")


def test_23_after_2038_it_books_and_lists(office: Office) -> None:
    policy(office, maximum_advance_days=3650)
    office.do(agents.update, office.agents[0].id, hours=parse_hours("mon-sun 00:00-24:00"))
    clock_start = 2147483648
    office.desk.clock = lambda: clock_start - 86400
    made = office.do(bookings.book, Wish(starts_at=clock_start, customer_name="Late"))
    listed = office.get(bookings.listing, starts_from=clock_start, starts_to=clock_start + 1)
    assert [b.id for b in listed] == [made.id]
    assert iso(made.starts_at) == "2038-01-19T03:14:08Z"


def test_only_an_operator_books_outside_hours(office: Office) -> None:
    with pytest.raises(errors.OutsideHours):
        book(office, "23:00")
    assert book(office, "23:00", outside_hours=True)
    with pytest.raises(errors.OutsideHours):
        office.as_api().do(bookings.book, office.org, wish("2026-01-13T23:00:00Z", outside_hours=True))


@pytest.mark.parametrize(
    ("start", "changes", "kind"),
    [
        ("2026-01-05T11:59:00Z", {}, "past"),
        ("2026-01-05T15:00:00Z", {"minimum_notice_minutes": 240}, "notice"),
        ("2026-01-12T15:00:00Z", {"maximum_advance_days": 6}, "advance"),
    ],
)
def test_notice_and_advance(office: Office, start: str, changes: dict[str, int], kind: str) -> None:
    policy(office, **changes)
    with pytest.raises(errors.OutsideNotice) as refused:
        book(office, start)
    assert refused.value.kind == kind


def test_09_notice_of_24_hours_over_a_transition(office: Office, clock: Clock) -> None:
    clock.set("2026-03-07T20:00:00Z")  # 15:00 in New York, the night before the clock goes forward
    policy(office, minimum_notice_minutes=1440, slot_interval_minutes=60)
    office.do(agents.update, office.agents[0].id, hours=parse_hours("sun 12:00-20:00"))
    found = office.get(availability.open_slots, clock.now, clock.now + 2 * 86400)
    assert iso(found[0].starts_at) == "2026-03-08T20:00:00Z", "16:00 EDT"


def test_the_customers_limit_says_when(office: Office) -> None:
    policy(office, customer_limit=1, customer_limit_days=7)
    book(office, "15:00")
    with pytest.raises(errors.LimitReached) as refused:
        book(office, "2026-01-14T15:00:00Z")
    assert iso(refused.value.next_allowed_at) == "2026-01-19T05:00:00Z"
    assert book(office, "2026-01-19T15:00:00Z")
    assert book(office, "17:00", customer_phone="5559876543", customer_name="Another")


def test_a_limit_of_one_holds_against_a_race(office: Office) -> None:
    policy(office, customer_limit=1)
    book(office, "2026-01-13T15:00:00Z")  # the person exists
    race = [office.session.submit(bookings.book, office.org, wish(f"{15 + n // 2}:{n % 2 * 30:02d}")) for n in range(8)]
    assert outcomes(race) == {"ok": 1, "LimitReached": 7}


def test_22_round_robin_is_fair_and_weighted(office: Office) -> None:
    office.hire("Lee")
    office.hire("Kim")
    for agent in office.agents:
        office.do(agents.update, agent.id, hours=parse_hours("mon-sun 00:00-24:00"))
    counts = _turns(office, 60)
    assert max(counts.values()) - min(counts.values()) <= 1
    office.do(agents.update, office.agents[0].id, weight=2)
    office.do(agents.update, office.agents[2].id, active=False)
    office.desk.clock = lambda: at("2026-02-02T12:00:00Z")  # a new window
    weighted = _turns(office, 60, first=2000)
    assert abs(weighted[office.agents[0].id] - 40) <= 1
    assert abs(weighted[office.agents[1].id] - 20) <= 1


def _turns(office: Office, n: int, first: int = 0) -> Counter[str]:
    begin = office.desk.clock() + 86400
    futures = [
        office.session.submit(
            bookings.book,
            office.org,
            Wish(starts_at=begin + (first + k) * 1800, assignment=Assignment.ROUND_ROBIN, customer_name=f"P{k}"),
        )
        for k in range(n)
    ]
    return Counter(f.result().agent_id for f in futures)


def test_self_selected_needs_its_agent(office: Office) -> None:
    with pytest.raises(errors.Invalid):
        book(office, "15:00", assignment=Assignment.SELF_SELECTED)
    made = book(office, "15:00", assignment=Assignment.SELF_SELECTED, agent_id=office.agents[0].id)
    assert made.assignment is Assignment.SELF_SELECTED


def test_a_daily_cap_is_kept(office: Office) -> None:
    office.do(agents.update, office.agents[0].id, daily_cap=2)
    book(office, "15:00")
    book(office, "16:00")
    with pytest.raises(errors.Refused):
        book(office, "17:00")
    with pytest.raises(errors.Refused, match="at most 2"):
        book(office, "17:00", agent_id=office.agents[0].id)
    assert book(office, "2026-01-13T17:00:00Z")


def test_the_states_a_call_goes_through(office: Office, clock: Clock) -> None:
    made = book(office, "15:00")
    with pytest.raises(errors.WrongState):
        office.do(bookings.hold, made.id)
    with pytest.raises(errors.NotAllowed):
        office.do(bookings.no_show, made.id)
    clock.now = at("15:01")
    assert office.do(bookings.start, made.id).session_started_at == clock.now
    with pytest.raises(errors.WrongState):
        office.do(bookings.cancel, made.id)
    assert office.do(bookings.hold, made.id).status is Status.ON_HOLD
    clock.pass_(60)
    resumed = office.do(bookings.resume, made.id)
    assert (resumed.on_hold_started_at, resumed.on_hold_ended_at) == (at("15:01"), at("15:02"))
    done = office.do(bookings.complete, made.id)
    assert (done.status, done.session_ended_at) == (Status.COMPLETED, clock.now)


def test_somebody_elses_booking_does_not_exist(office: Office) -> None:
    made = book(office, "15:00")
    other = office.session.do(organizations.add, "Other", "Europe/London")
    for verb in (bookings.cancel, bookings.confirm, bookings.start):
        with pytest.raises(errors.NotFound):
            office.session.do(verb, other.id, made.id)
    with pytest.raises(errors.NotFound):
        office.session.do(bookings.move, other.id, made.id, Move(starts_at=at("16:00")))
    with pytest.raises(errors.NotFound):
        office.session.do(bookings.book, other.id, wish("15:00", agent_id=office.agents[0].id))


def test_a_stale_rev_is_refused(office: Office) -> None:
    made = book(office, "15:00")
    office.do(bookings.move, made.id, Move(starts_at=at("16:00"), rev=1))
    with pytest.raises(errors.Stale):
        office.do(bookings.move, made.id, Move(starts_at=at("17:00"), rev=1))


@pytest.mark.parametrize(
    "bad",
    [
        {"duration_minutes": 0},
        {"duration_minutes": 721},
        {"buffer_before_minutes": -1},
        {"buffer_after_minutes": 241},
        {"timezone": "Mars/Base"},
        {"customer_phone": "12"},
        {"customer_email": "nobody"},
        {"notes": "x" * 20_001},
    ],
)
def test_what_cannot_be_right_is_refused_and_nothing_written(office: Office, bad: dict[str, Any]) -> None:
    if bad == {"duration_minutes": 0}:
        bad = {"duration_minutes": -5}
    with pytest.raises(errors.Invalid):
        book(office, "15:00", **bad)
    assert office.get(bookings.count) == 0
    assert office.get(people.count) == 0


def test_undo_takes_back_step_by_step(office: Office) -> None:
    made = book(office, "15:00")
    office.do(bookings.move, made.id, Move(starts_at=at("16:00")))
    office.do(bookings.cancel, made.id, reason="oops")
    assert office.do(undo.undo_last).action == "booking.cancelled"
    back = office.get(bookings.get, made.id)
    assert (back.status, back.starts_at, back.cancelled_at) == (Status.SCHEDULED, at("16:00"), None)
    assert office.do(undo.undo_last).action == "booking.moved"
    assert office.get(bookings.get, made.id).starts_at == at("15:00")
    assert office.do(undo.undo_last).action == "booking.created"
    assert office.get(bookings.get, made.id).status is Status.CANCELLED
    while any(entry.undoable for entry in office.get(undo.log)):
        office.do(undo.undo_last)
    with pytest.raises(errors.NotAllowed):
        office.do(undo.undo_last)


def test_undo_refuses_when_the_slot_was_taken_meanwhile(office: Office) -> None:
    made = book(office, "15:00")
    office.do(bookings.cancel, made.id)
    book(office, "15:00", customer_name="Quick", customer_phone="5550001111")
    cancelled = next(e for e in office.get(undo.history, made.id) if e.action == "booking.cancelled")
    with pytest.raises(errors.SlotTaken):
        office.do(undo.undo, cancelled.seq)
    assert office.get(bookings.get, made.id).status is Status.CANCELLED
    assert not next(e for e in office.get(undo.history, made.id) if e.seq == cancelled.seq).undone


def test_a_block_over_a_booking_is_kept(office: Office) -> None:
    book(office, "15:00")
    office.do(blocks.add, starts_at=at("15:00"), ends_at=at("16:00"), agent_id=office.agents[0].id)
    view = office.get(availability.calendar, at("14:00"), at("18:00"))
    assert (len(view.bookings), len(view.blocks)) == (1, 1)


def test_nearest_offers_what_is_close(office: Office) -> None:
    book(office, "15:00")
    found = office.get(availability.nearest, at("15:00"))
    assert [iso(s.starts_at)[11:16] for s in found] == ["14:00", "14:30", "15:30"]


def test_policy_of_a_default_organization(office: Office) -> None:
    assert office.session.get(organizations.get, office.org).policy == Policy()
