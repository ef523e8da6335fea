"""The table of figures: ratios measured side by side in one run; nothing asserts on a time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

ROWS: list[tuple[str, str, str, str]] = []


class Figures:
    """Collects lines of the table: what, measured, compared with, ratio and goal."""

    def add(self, what: str, measured: str, reference: str, ratio: str) -> None:
        ROWS.append((what, measured, reference, ratio))

    def ratio(self, what: str, measured: float, reference: float, goal: str, unit: str = "ms") -> None:
        self.add(what, f"{measured:,.1f} {unit}", f"{reference:,.1f} {unit}", f"{measured / reference:.2f}×  (goal {goal})")


def median_ms(act: Callable[[], Any], runs: int = 7) -> float:
    """Median milliseconds of several runs after one that is not counted."""
    act()
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        act()
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)
