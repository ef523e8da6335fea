"""Time facts with known answers: what the IANA rules say, and what follows from callboard's policies (half-open intervals)."""

from __future__ import annotations

import importlib.resources
import zoneinfo
from datetime import date, datetime

import pytest

from callboard.domain.agents import Agent
from callboard.domain.availability import agent_slots, slots, working
from callboard.domain.errors import Invalid
from callboard.domain.hours import WeeklyHours, parse_hours
from callboard.domain.zones import DAY, day_bounds, explicit_instant, instant, iso, local, local_day, parse_instant

NY, LONDON, HOWE = "America/New_York", "Europe/London", "Australia/Lord_Howe"
SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)


def z(text: str) -> int:
    return parse_instant(text, "test")


def agent(hours: str, zone: str = NY, **more: object) -> Agent:
    return Agent(id="a", organization_id="o", name="A", timezone=zone, hours=parse_hours(hours), **more)  # type: ignore[arg-type]


def day_slots(hours: str, day: date, zone: str = NY, minutes: int = 30, step: int | None = None) -> list[int]:
    lo, hi = day_bounds(day, zone)
    return agent_slots(agent(hours, zone), [], lo, hi, duration=minutes * 60, step=(step or minutes) * 60)


def test_01_times_that_do_not_exist_or_exist_twice() -> None:
    with pytest.raises(Invalid, match="does not exist"):
        explicit_instant(datetime(2026, 3, 8, 2, 30), NY)
    assert iso(explicit_instant(datetime(2026, 11, 1, 1, 30), NY)) == "2026-11-01T05:30:00Z"  # the first pass
    assert [iso(s) for s in day_slots("sun 01:00-02:00", AUTUMN)][1::2] == ["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"]
    assert iso(explicit_instant(datetime(2026, 10, 25, 1, 30), LONDON)) == "2026-10-25T00:30:00Z"
    both = [
        s for s in range(z("2026-10-24T23:00:00Z"), z("2026-10-25T04:00:00Z"), 1800) if f"{local(s, LONDON):%H:%M}" == "01:30"
    ]
    assert [iso(s) for s in both] == ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [(NY, SPRING, 23), (NY, AUTUMN, 25), (HOWE, date(2026, 4, 5), 24.5), (HOWE, date(2026, 10, 4), 23.5)],
)
def test_02_local_days_are_not_always_24_hours(zone: str, day: date, hours: float) -> None:
    lo, hi = day_bounds(day, zone)
    assert (hi - lo) / 3600 == hours


def test_03_working_hours_on_transition_days() -> None:
    starts = day_slots("sun 09:00-17:00", SPRING)
    assert (iso(starts[0]), len(starts), iso(starts[-1] + 1800)) == ("2026-03-08T13:00:00Z", 16, "2026-03-08T21:00:00Z")
    assert _window("sun 13:00-18:00", SPRING) == ("2026-03-08T17:00:00Z", "2026-03-08T22:00:00Z")
    assert _window("sun 13:00-18:00", AUTUMN) == ("2026-11-01T18:00:00Z", "2026-11-01T23:00:00Z")


def _window(hours: str, day: date, zone: str = NY) -> tuple[str | None, str | None]:
    lo, hi = day_bounds(day, zone)
    (window,) = [w for w in working(agent(hours, zone), lo, hi) if lo <= w[0] < hi]
    return iso(window[0]), iso(window[1])


def test_04_night_shifts_belong_to_the_day_they_begin() -> None:
    assert _window("sat 22:00-06:00", date(2026, 3, 7)) == ("2026-03-08T03:00:00Z", "2026-03-08T10:00:00Z")
    lo, hi = _window("sat 22:00-06:00", date(2026, 10, 31))
    assert (z(str(hi)) - z(str(lo))) / 3600 == 9


def test_05_whole_days_on_transition_days() -> None:
    assert len(day_slots("sun 00:00-24:00", SPRING)) == 46
    assert len(day_slots("sun 00:00-24:00", AUTUMN)) == 50
    twice = [f"{local(s, NY):%H:%M}" for s in day_slots("sun 01:00-02:00", AUTUMN)]
    assert twice == ["01:00", "01:30", "01:00", "01:30"]


def test_06_windows_in_gaps_and_folds() -> None:
    assert day_slots("sun 02:00-03:00", SPRING) == []
    assert day_slots("sun 02:10-02:50", SPRING, minutes=5) == []
    assert _window("sun 02:30-05:00", SPRING) == ("2026-03-08T07:00:00Z", "2026-03-08T09:00:00Z")
    assert _window("sun 00:00-01:30", AUTUMN) == ("2026-11-01T04:00:00Z", "2026-11-01T05:30:00Z")


def test_07_zones_with_odd_offsets() -> None:
    starts = day_slots("mon 09:00-17:00", date(2026, 3, 9), "Asia/Kolkata")
    assert (len(starts), iso(starts[0]), iso(starts[-1] + 1800)) == (16, "2026-03-09T03:30:00Z", "2026-03-09T11:30:00Z")
    assert f"{local(starts[0], 'Asia/Kolkata'):%H:%M}" == "09:00"
    assert iso(instant(date(2026, 3, 9), 540, "Asia/Kathmandu")) == "2026-03-09T03:15:00Z"


def test_08_a_weekly_meeting_keeps_its_wall_time() -> None:
    days = (date(2026, 3, 2), date(2026, 3, 9))
    assert [iso(instant(d, 540, NY)) for d in days] == ["2026-03-02T14:00:00Z", "2026-03-09T13:00:00Z"]


def test_09_twenty_four_hours_is_not_the_same_time_tomorrow() -> None:
    assert f"{local(instant(date(2026, 3, 7), 540, NY) + DAY, NY):%H:%M}" == "10:00"


def test_10_the_local_day_depends_on_the_zone() -> None:
    at = z("2026-03-09T03:30:00Z")
    assert (local_day(at, NY), local_day(at, "Asia/Tokyo")) == (date(2026, 3, 8), date(2026, 3, 9))


def test_12_external_busy_time_and_new_buffers() -> None:
    nine = z("2026-03-09T09:00:00Z")
    busy = [(nine + 2 * 3600, nine + 3 * 3600)]
    starts = slots([(nine, nine + 8 * 3600)], busy, duration=1800, step=60, before=600, after=300)
    before = [s for s in starts if s < busy[0][0]]
    later = [s for s in starts if s > busy[0][0]]
    assert (iso(before[-1] + 1800), iso(later[0])) == ("2026-03-09T10:55:00Z", "2026-03-09T12:10:00Z")


def test_13_the_grid_begins_where_the_window_begins() -> None:
    base = z("2026-03-09T09:00:00Z")

    def grid(minutes: int, step: int) -> list[int]:
        return [(s - base) // 60 for s in slots([(base, base + minutes * 60)], [], duration=1800, step=step * 60)]

    assert grid(60, 20) == [0, 20]
    assert grid(120, 45) == [0, 45, 90]
    touching = day_slots("mon 09:00-09:45,09:45-10:30", date(2026, 3, 9), minutes=30)
    assert [f"{local(s, NY):%H:%M}" for s in touching] == ["09:00", "09:30", "10:00"]


def test_13_around_the_clock_the_grid_does_not_depend_on_the_question() -> None:
    always = agent("mon-sun 00:00-24:00")
    lo, hi = z("2026-03-10T00:00:00Z"), z("2026-03-12T00:00:00Z")
    whole = agent_slots(always, [], lo, hi, duration=2700, step=2700)
    for shift in (86400, 3600, 300):
        part = agent_slots(always, [], lo + shift, hi, duration=2700, step=2700)
        assert part == [s for s in whole if s >= lo + shift]
    assert instant(date(2026, 3, 10), 0, NY) in whole
    over_midnight = agent("sat 22:00-24:00; sun 00:00-02:00")
    lo, hi = z("2026-03-15T00:00:00Z"), z("2026-03-15T12:00:00Z")
    walls = [f"{local(s, NY):%H:%M}" for s in agent_slots(over_midnight, [], lo, hi, duration=1800, step=2700)]
    assert walls == ["22:00", "22:45", "23:30", "00:15", "01:00"]


def test_14_zero_length_busy_blocks_nothing() -> None:
    lo, hi = day_bounds(date(2026, 3, 9), NY)
    noon = instant(date(2026, 3, 9), 615, NY)
    free = agent_slots(agent("mon 09:00-17:00"), [(noon, noon)], lo, hi, duration=1800, step=1800)
    assert len(free) == 16


def test_hours_spelling_survives_a_round_trip() -> None:
    text = "mon-fri 09:00-12:00,13:00-17:00; sat 22:00-06:00; sun 00:00-24:00"
    from callboard.domain.hours import format_hours

    assert format_hours(parse_hours(text)) == text
    for wrong in ("mon", "mon 9-17", "foo 09:00-17:00", "mon 25:00-26:00", "mon 09:60-10:00"):
        with pytest.raises(Invalid):
            parse_hours(wrong)
    assert parse_hours("").empty


def test_a_date_override_replaces_the_weekday() -> None:
    monday = date(2026, 3, 9)
    lo, hi = day_bounds(monday, NY)
    special = agent("mon 09:00-17:00", overrides={"2026-03-09": ((600, 660),)})
    assert len(agent_slots(special, [], lo, hi, duration=1800, step=1800)) == 2
    off = agent("mon 09:00-17:00", overrides={"2026-03-09": ()})
    assert agent_slots(off, [], lo, hi, duration=1800, step=1800) == []


def test_do_not_disturb_closes_what_hours_open() -> None:
    lo, hi = day_bounds(date(2026, 3, 9), NY)
    quiet = agent("mon 09:00-12:00", dnd=parse_hours("mon 10:00-11:00"))
    free = agent_slots(quiet, [], lo, hi, duration=1800, step=1800)
    assert [f"{local(s, NY):%H:%M}" for s in free] == ["09:00", "09:30", "11:00", "11:30"]


@pytest.mark.parametrize("zone", ["America/Vancouver", "America/Winnipeg", "America/Havana", "Africa/Casablanca"])
def test_the_tz_package_goes_before_the_system(zone: str) -> None:
    """Debian 12's own database is an hour off for these in 2026-27."""
    folder = importlib.resources.files("tzdata") / "zoneinfo"
    assert zoneinfo.TZPATH[0] == str(folder)
    with (folder / zone).open("rb") as file:
        packaged = zoneinfo.ZoneInfo.from_file(file)
    for month in range(1, 13):
        at = z(f"2027-{month:02d}-15T12:00:00Z")
        assert local(at, zone).utcoffset() == datetime.fromtimestamp(at, packaged).utcoffset()


@pytest.mark.parametrize(
    "name", ["right/UTC", "posix/Europe/London", "Factory", "localtime", "posixrules", "../UTC", "america/new_york"]
)
def test_what_some_systems_keep_beside_the_zones_is_none(name: str) -> None:
    with pytest.raises(Invalid, match="IANA"):
        local(0, name)


def test_weekly_hours_refuse_what_is_no_window() -> None:
    with pytest.raises(Invalid):
        WeeklyHours((((540, 540),),) + ((),) * 6)
    with pytest.raises(Invalid):
        WeeklyHours(((),) * 3)
