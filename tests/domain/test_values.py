"""Ids in every spelling, phones, limits, and the slot sweep against the slow obvious way."""

from __future__ import annotations

import subprocess
import sys
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.domain import ids
from callboard.domain.availability import merge, slots
from callboard.domain.errors import Invalid
from callboard.domain.limits import next_allowed_at
from callboard.domain.phones import parse_phone
from callboard.domain.zones import iso, parse_instant

IDS = st.integers(0, 2**96 - 1).map(lambda n: f"{n:024x}")


@given(IDS)
def test_an_id_is_the_same_in_every_form(id_: str) -> None:
    text = ids.to_uuid(id_)
    assert uuid.UUID(text).version == 8
    assert uuid.UUID(text).variant == uuid.RFC_4122
    assert ids.from_uuid(text) == ids.from_uuid(text.upper()) == id_
    assert ids.parse(ids.prefixed("call", id_)) == ids.parse(id_.upper()) == ids.parse(text) == id_
    assert ids.from_prefixed("call", ids.prefixed("call", id_)) == id_


@given(st.uuids())
def test_a_foreign_uuid_is_recognised(value: uuid.UUID) -> None:
    found = ids.from_uuid(str(value))
    assert found is None or ids.to_uuid(found) == str(value)


def test_new_ids_sort_by_time_and_never_repeat() -> None:
    made = [ids.new(1_800_000_000 + n) for n in range(500)]
    assert sorted(made) == made
    within = [ids.new(n % 2) for n in range(10_000)]  # two seconds by turns, as transactions overlap
    assert len(set(within)) == 10_000
    for second in (0, 1):
        assert within[second::2] == sorted(within[second::2])


def test_processes_that_share_a_past_make_different_ids() -> None:
    code = (
        "import os; from callboard.domain import ids; ids.new(7)\n"
        "for _ in range(2): os.fork()\n"
        "os.write(1, ('\\n'.join(ids.several([7] * 100)) + '\\n').encode())"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert len(made) == len(set(made)) == 400


def test_a_second_that_is_full_begins_again() -> None:
    ids._marks[3] = (1 << 64) - 2
    made = [ids.new(3) for _ in range(3)]
    assert all(len(id_) == 24 and id_.startswith("00000003") for id_ in made)
    assert made == sorted(made)


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("5551234567", "US", "+15551234567"),
        ("(415) 555-1212", "US", "+14155551212"),
        ("+57 300 555 0100", "US", "+573005550100"),
        ("020 7123 4567", "GB", "+442071234567"),
    ],
)
def test_phones_become_e164(text: str, country: str, expected: str) -> None:
    assert parse_phone(text, country) == expected


@pytest.mark.parametrize("text", ["", "12", "abc", "+1", "+0000000000000000000", "555 1234 ext 5"])
def test_what_is_no_phone_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_phone(text)


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 300)), max_size=5),
    st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 90)), max_size=12),
    st.integers(1, 60),
    st.integers(1, 40),
    st.integers(0, 30),
    st.integers(0, 30),
)
def test_the_sweep_finds_what_trying_every_slot_finds(
    windows: list[tuple[int, int]], busy: list[tuple[int, int]], duration: int, step: int, before: int, after: int
) -> None:
    open_ = merge((a, a + n) for a, n in windows)
    taken = merge((a, a + n) for a, n in busy)
    obvious = [
        start
        for lo, hi in open_
        for start in range(lo, hi - duration + 1, step)
        if not any(b < start + duration + after and e > start - before for b, e in taken)
    ]
    assert slots(open_, taken, duration=duration, step=step, before=before, after=after) == obvious


def test_the_customers_limit_counts_local_days() -> None:
    def at(text: str) -> int:
        return parse_instant(text, "at")

    evening = at("2026-03-09T03:30:00Z")  # 8 March in New York, 9 March in Tokyo
    rules = {"limit": 1, "window_days": 1}
    assert next_allowed_at([evening], at("2026-03-09T15:00:00Z"), timezone="America/New_York", **rules) is None
    tokyo = next_allowed_at([evening], at("2026-03-09T05:00:00Z"), timezone="Asia/Tokyo", **rules)
    assert iso(tokyo) == "2026-03-09T15:00:00Z"
    week = next_allowed_at([evening], at("2026-03-10T15:00:00Z"), timezone="America/New_York", limit=1, window_days=7)
    assert iso(week) == "2026-03-15T04:00:00Z"
