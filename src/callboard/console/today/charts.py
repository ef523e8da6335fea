"""The day in four small charts: calls by the hour, their outcomes, deliveries, messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.cells import cell_len

from callboard.console import glyphs
from callboard.console.widgets.charts import bars, columns
from callboard.console.widgets.split import Line

if TYPE_CHECKING:
    from callboard.services.today import Today

HEIGHT = 4
Counts = Mapping[tuple[int, str], int]
_OUTCOMES = ("completed", "in_progress", "scheduled", "pending_confirmation", "no_show", "cancelled")
_MESSAGES = ("delivered", "sent", "waiting", "failed", "received")


def _hours(counts: Counts, states: frozenset[str] | None = None) -> list[int]:
    found = [0] * 25
    for (hour, state), n in counts.items():
        if states is None or state in states:
            found[min(max(hour, 0), 24)] += n
    return found


def _columns(title: str, what: str, counts: Counts, role: str, width: int, states: frozenset[str] | None = None) -> list[Line]:
    """Columns from the first busy hour to the last, so that a working day fills the width."""
    hours = _hours(counts, states)
    busy = [h for h, n in enumerate(hours) if n]
    head: Line = [(title, "accent"), (f"  {sum(hours)} {what}", "dim")]
    if not busy:
        return [head, "", [("nothing yet today", "dim")]]
    first, last = min(*busy, 9), max(*busy, 17)
    shown = hours[first : last + 1]
    size = 2 if len(shown) * 2 + 5 <= width else 1
    labels = [f"{h:02d}" for h in range(first, last + 1)]
    lines: list[Line] = [head, *columns(shown, labels, HEIGHT, role, size)]
    return lines


def _bars(title: str, what: str, kind: str, counts: Counts, states: tuple[str, ...], width: int) -> list[Line]:
    totals: dict[str, int] = {}
    for (_, state), n in counts.items():
        totals[state] = totals.get(state, 0) + n
    head: Line = [(title, "accent"), (f"  {sum(totals.values())} {what}", "dim")]
    rows = []
    for state in states:
        if totals.get(state):
            glyph, role = glyphs.of(kind, state)
            rows.append((f"{glyph} {state.split('_confirmation')[0].replace('_', ' ')}", totals[state], role))
    if not rows:
        return [head, "", [("nothing yet today", "dim")]]
    lines: list[Line] = [head, *bars(rows, width)]
    return lines


def calls(today: Today, width: int) -> list[Line]:
    """Video calls by the hour they are booked at."""
    gone = frozenset({"cancelled", "expired"})
    counts = {k: n for k, n in today.hours["bookings"].items() if k[1] not in gone}
    return _columns("CALLS BY HOUR", "booked", counts, "scheduled", width)


def outcomes(today: Today, width: int) -> list[Line]:
    """What became of them."""
    return _bars("OUTCOMES", "calls", "booking", today.hours["bookings"], _OUTCOMES, width)


def deliveries(today: Today, width: int) -> list[Line]:
    """Webhook deliveries by the hour, with how many failed."""
    counts = today.hours["deliveries"]
    lines = _columns("DELIVERIES", "sent", counts, "done", width)
    failed = sum(n for (_, state), n in counts.items() if state == "failed")
    if failed and isinstance(lines[0], list):
        head = sum(cell_len(p if isinstance(p, str) else p[0]) for p in lines[0])
        told = f"  ✕ {failed} failed"
        lines[0].append((told if head + cell_len(told) <= width else f"  ✕ {failed}", "clash"))
    return lines


def messages(today: Today, width: int) -> list[Line]:
    """Texts by how far they got."""
    return _bars("MESSAGES", "today", "message", today.hours["messages"], _MESSAGES, width)
