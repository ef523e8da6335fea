"""A small race of four real processes on one database; the long one stands in tests/bench."""

from __future__ import annotations

from pathlib import Path

from bench.test_engine import race
from support import Clock


def test_four_processes_never_double_book(database_url: str, clock: Clock, tmp_path: Path) -> None:
    found, overlaps, _seconds = race(database_url, clock, tmp_path, 120)
    assert overlaps == 0
    assert set(found) <= {"booked", "told why"}, found
    assert found["booked"] > 100
    assert sum(found.values()) == 480
