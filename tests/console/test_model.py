"""The calendar's arithmetic: lanes, clashes, midnights, and the two nights a year on which a wall clock lies."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from callboard.console.calendar.cells import lanes_of
from callboard.console.calendar.model import DND, OPEN, OUTSIDE, Grid, build, landing, outside_hours
from callboard.domain import availability as rules
from callboard.domain.agents import Agent
from callboard.domain.blocks import Block
from callboard.domain.bookings import Booking, Status
from callboard.domain.hours import parse_hours
from callboard.domain.organizations import Organization
from callboard.domain.zones import day_bounds, instant
from callboard.services.availability import CalendarView

ZONE = "America/New_York"
MONDAY = date(2026, 11, 16)
WEEK = [MONDAY + timedelta(days=n) for n in range(7)]
DANA = Agent(id="d", organization_id="o", name="Dana Reyes", timezone=ZONE, dnd=parse_hours("mon 12:00-13:00"))
LEE = Agent(id="l", organization_id="o", name="Lee Okafor", timezone="Europe/London")


def booking(name: str, start: int, minutes: int = 30, agent: str = "d", **more: object) -> Booking:
    values: dict[str, object] = {"status": Status.SCHEDULED, **more}
    return Booking(
        id=name, organization_id="o", agent_id=agent, starts_at=start, duration_minutes=minutes, customer_name=name, **values
    )  # type: ignore[arg-type]


def grid(
    bookings: list[Booking],
    blocks: list[Block] | None = None,
    days: list[date] = WEEK,
    agents: tuple[Agent, ...] = (DANA,),
    step: int = 30,
) -> Grid:
    lo, hi = day_bounds(days[0], ZONE)[0], day_bounds(days[-1], ZONE)[1]
    view = CalendarView(
        organization=Organization(id="o", name="Acme", timezone=ZONE),
        lo=lo,
        hi=hi,
        agents=agents,
        bookings=tuple(bookings),
        blocks=tuple(blocks or ()),
        windows={a.id: tuple(rules.working(a, lo, hi)) for a in agents},
        dnd={a.id: tuple(rules.disturbed(a, lo, hi)) for a in agents},
    )
    return build(view, days, ZONE, step, lo, by_agent=False)


def at(day: int, minute: int) -> int:
    return instant(WEEK[day], minute, ZONE)


def test_hours_and_do_not_disturb() -> None:
    states = grid([]).columns[0].states
    assert [states[17], states[18], states[24], states[26], states[33], states[34]] == [OUTSIDE, OPEN, DND, OPEN, OPEN, OUTSIDE]
    assert set(grid([]).columns[5].states) == {OUTSIDE}
    both = grid([], agents=(DANA, LEE)).columns[0].states
    assert both[8] == OPEN, "04:00 in New York is nine in London"
    assert both[24] == OPEN, "one who may not be disturbed is not everybody"


def test_buffers_take_rows_of_their_own_and_short_calls_one() -> None:
    made = grid([booking("a", at(0, 600), 15, buffer_before_minutes=30, buffer_after_minutes=60)])
    place = made.columns[0].places[0]
    assert (place.first, place.row, place.end, place.last) == (19, 20, 21, 23)


def test_overlaps_stand_side_by_side_and_neighbours_do_not() -> None:
    made = grid(
        [
            booking("a", at(0, 600), 60),
            booking("b", at(0, 630), 60, "l"),
            booking("c", at(0, 660), 30, "l"),
            booking("d2", at(0, 720)),
        ],
        agents=(DANA, LEE),
    )
    assert [(p.item.id, p.lane, p.lanes) for p in made.columns[0].places] == [("a", 0, 2), ("b", 1, 2), ("c", 0, 2), ("d2", 0, 1)]


def test_a_block_over_a_booking_is_a_clash_of_that_agent_alone() -> None:
    block = Block(id="x", organization_id="o", starts_at=at(0, 600), ends_at=at(0, 660), agent_id="d", title="dentist")
    made = grid(
        [booking("a", at(0, 630)), booking("b", at(0, 630), 30, "l"), booking("c", at(0, 660))], [block], agents=(DANA, LEE)
    )
    assert {i.id for i in made.items if i.clash} == {"a"}
    everybody = Block(id="x", organization_id="o", starts_at=at(0, 600), ends_at=at(0, 660), title="lunch")
    made = grid([booking("a", at(0, 630)), booking("b", at(0, 630), 30, "l")], [everybody], agents=(DANA, LEE))
    assert {i.id for i in made.items if i.clash} == {"a", "b"}


def test_over_midnight_it_stands_in_both_days_and_is_walked_once() -> None:
    made = grid([booking("a", at(0, 1410), 60)])
    assert [(p.row, p.end) for c in made.columns for p in c.places] == [(47, 48), (0, 1)]
    assert [(c, p.item.id) for c, p in made.ordered()] == [(0, "a")]


def test_the_night_the_clock_goes_forward() -> None:
    sunday = date(2027, 3, 14)
    made = grid([booking("a", instant(sunday, 90, ZONE)), booking("b", instant(sunday, 180, ZONE))], days=[sunday])
    assert [(p.item.id, p.row, p.end) for p in made.columns[0].places] == [("a", 3, 6), ("b", 6, 7)]
    assert made.start_of(0, 4) == made.start_of(0, 6), "the lost hour leads to where the clock goes on"


def test_the_night_the_clock_goes_back() -> None:
    sunday = date(2026, 11, 1)
    first = instant(sunday, 90, ZONE)
    made = grid([booking("a", first), booking("b", first + 3600)], days=[sunday])
    assert [(p.item.id, p.row, p.lane) for p in made.columns[0].places] == [("a", 3, 0), ("b", 3, 1)]


def test_landing_says_why_not() -> None:
    block = Block(id="x", organization_id="o", starts_at=at(1, 600), ends_at=at(1, 660), agent_id="d", title="dentist")
    moved = booking("a", at(0, 600), buffer_after_minutes=15)
    made = grid([moved, booking("b", at(0, 690))], [block])
    now = at(0, 540)
    assert landing(made, moved, "d", at(0, 615), now) == "", "it does not collide with itself"
    assert landing(made, moved, "d", at(0, 660), now) == "taken by b", "its buffer reaches into b"
    assert landing(made, moved, "l", at(0, 660), now) == ""
    assert landing(made, moved, "d", at(1, 630), now) == "blocked: dentist"
    assert landing(made, moved, "d", at(0, 720), now) == "do not disturb"
    assert landing(made, moved, "d", at(0, 500), now) == "that is in the past"
    assert outside_hours(made, "d", at(0, 1010), 30)
    assert not outside_hours(made, "d", at(0, 990), 30)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 95), st.integers(1, 12)), max_size=40), st.integers(4, 60))
def test_no_two_calls_share_a_cell(spans: list[tuple[int, int]], width: int) -> None:
    made = grid([booking(f"b{n}", at(0, 15 * lo), 15 * size, f"a{n}") for n, (lo, size) in enumerate(spans)], step=15)
    column = made.columns[0]
    for row in range(made.height):
        calls = [p for p in column.at(row) if p.row <= row < p.end]
        assert len({p.lane for p in calls}) == len(calls)
        drawn = sorted((x, x + size) for p, x, size, _ in lanes_of(calls, width))
        assert all(a[1] <= b[0] for a, b in pairwise(drawn)), drawn
        assert all(a >= 0 and b <= width for a, b in drawn)
        assert sum(count for _, _, _, count in lanes_of(calls, width)) == len(calls)
