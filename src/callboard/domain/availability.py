"""The one availability function: integers in, integers out, for the grid, the API and the booking check alike.

Half-open intervals of UTC seconds. Windows come from weekly hours, date overrides and a zone; busy comes from claims
(their buffers inside) and blocks. The new booking's own buffers widen what must be free, never the window: a buffer may
overhang working hours. The slot grid begins where a (merged) window begins.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache

from callboard.domain.agents import Agent
from callboard.domain.errors import OutsideHours, Refused, SlotBlocked, SlotTaken
from callboard.domain.hours import WeeklyHours
from callboard.domain.zones import DAY, instant, local_day

Interval = tuple[int, int]


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Sorted, non-empty, with touching or overlapping intervals made one."""
    out: list[Interval] = []
    for lo, hi in sorted(intervals):
        if hi <= lo:
            continue
        if out and lo <= out[-1][1]:
            if hi > out[-1][1]:
                out[-1] = (out[-1][0], hi)
        else:
            out.append((lo, hi))
    return out


@lru_cache(maxsize=4096)
def _windows(
    hours: WeeklyHours,
    overrides: tuple[tuple[str, tuple[tuple[int, int], ...]], ...],
    timezone: str,
    first: date,
    last: date,
) -> tuple[Interval, ...]:
    found: list[Interval] = []
    special = dict(overrides)
    day = first
    while day <= last:
        spans = special.get(day.isoformat(), hours.days[day.weekday()])
        found += [(instant(day, a, timezone), instant(day, b, timezone)) for a, b in spans]
        day += timedelta(days=1)
    return tuple(merge(found))


def clip(intervals: Iterable[Interval], lo: int, hi: int) -> list[Interval]:
    """The parts of the intervals inside [lo, hi)."""
    return [(max(a, lo), min(b, hi)) for a, b in intervals if a < hi and b > lo]


def working(agent: Agent, lo: int, hi: int, days_back: int = 2) -> Sequence[Interval]:
    """The agent's working windows that touch [lo, hi), whole (not clipped), so that slot grids keep their beginnings.

    What began more than ``days_back`` days ago is cut there; two suffice to see a night shift (it belongs to the day it begins).
    """
    first = local_day(lo, agent.timezone) - timedelta(days=days_back)
    last = local_day(hi, agent.timezone) + timedelta(days=1)
    windows = _windows(agent.hours, tuple(sorted(agent.overrides.items())), agent.timezone, first, last)
    return [w for w in windows if w[0] < hi and w[1] > lo]


def disturbed(agent: Agent, lo: int, hi: int) -> Sequence[Interval]:
    """The agent's do-not-disturb windows that touch [lo, hi)."""
    if agent.dnd.empty:
        return []
    first = local_day(lo, agent.timezone) - timedelta(days=2)
    last = local_day(hi, agent.timezone) + timedelta(days=1)
    return [w for w in _windows(agent.dnd, (), agent.timezone, first, last) if w[0] < hi and w[1] > lo]


def inside(windows: Sequence[Interval], lo: int, hi: int) -> bool:
    """Whether one (merged) window holds [lo, hi) whole."""
    at = bisect_right(windows, (lo, 1 << 62)) - 1
    return at >= 0 and windows[at][0] <= lo and hi <= windows[at][1]


def slots(
    windows: Sequence[Interval], busy: Sequence[Interval], *, duration: int, step: int, before: int = 0, after: int = 0
) -> list[int]:
    """Every start on the grid that fits. ``busy`` must be merged and sorted; all numbers are seconds. One sweep, no search."""
    found: list[int] = []
    append = found.append
    index, count = 0, len(busy)
    need = duration + after
    for lo, hi in windows:
        at, last = lo, hi - duration
        while at <= last:
            begin = at - before
            while index < count and busy[index][1] <= begin:
                index += 1
            if index == count:
                found.extend(range(at, last + 1, step))
                break
            wall, over = busy[index]
            free_until = wall - need  # the last start before the next busy time
            if at <= free_until:
                stop = min(free_until, last)
                found.extend(range(at, stop + 1, step)) if at + step <= stop else append(at)
                at += ((stop - at) // step + 1) * step
            else:
                at += max(1, -((at - over - before) // step)) * step  # first grid point whose buffer clears it
    return found


_ENDLESS = 8  # days without a gap: no beginning to count from


def _grids(agent: Agent, lo: int, hi: int, duration: int) -> Sequence[Interval]:
    """The windows as the slot grid counts them: from where each begins; where work never pauses, from each local midnight.

    Without the second rule the grid of somebody who works around the clock would shift with the day the question begins.
    """
    windows = working(agent, lo, hi, _ENDLESS + 1)
    if not windows or windows[0][0] > lo - _ENDLESS * DAY:
        return windows
    end = windows[0][1]
    day = local_day(lo, agent.timezone)
    found: list[Interval] = []
    while (midnight := instant(day, 0, agent.timezone)) < min(end, hi):
        day += timedelta(days=1)
        found.append((midnight, min(instant(day, 0, agent.timezone) + duration - 1, end)))
    return [*found, *windows[1:]]


def agent_slots(
    agent: Agent,
    busy: Iterable[Interval],
    lo: int,
    hi: int,
    *,
    duration: int,
    step: int,
    before: int = 0,
    after: int = 0,
) -> list[int]:
    """Starts in [lo, hi) at which the agent can take a call of ``duration`` seconds with those buffers."""
    windows = _grids(agent, lo, hi, duration)
    if not windows:
        return []
    dnd = disturbed(agent, lo - before, hi + duration + after)
    taken = merge([*busy, *dnd]) if dnd else merge(busy)
    starts = slots(windows, taken, duration=duration, step=step, before=before, after=after)
    if starts and (starts[0] < lo or starts[-1] >= hi):
        return [s for s in starts if lo <= s < hi]
    return starts


def combine(per_agent: Mapping[str, Sequence[int]], limit: int | None = None) -> list[tuple[int, tuple[str, ...]]]:
    """Starts of many agents (sorted) → (start, ids of the agents free then), by start; the first ``limit`` of them."""
    at: dict[int, list[str]] = {}
    for agent_id, starts in per_agent.items():
        for start in starts[:limit]:  # what is among the first of all is among the first of its own agent
            if start in at:
                at[start].append(agent_id)
            else:
                at[start] = [agent_id]
    return [(start, tuple(at[start])) for start in sorted(at)[:limit]]


def why_not(
    agent: Agent,
    claimed: Iterable[tuple[int, int, str]],
    blocked: Iterable[tuple[int, int, str, str]],
    *,
    starts_at: int,
    ends_at: int,
    holds_from: int,
    holds_to: int,
    outside_hours: bool = False,
) -> Refused | None:
    """Why the agent cannot take [starts_at, ends_at) with its buffers, or None. The same intervals the slot sweep sees."""
    if any(lo < holds_to and hi > holds_from for lo, hi, _booking in claimed):
        return SlotTaken(agent.name)
    for lo, hi, kind, title in blocked:
        if lo < holds_to and hi > holds_from:
            return SlotBlocked(kind, title)
    if any(lo < holds_to and hi > holds_from for lo, hi in disturbed(agent, holds_from, holds_to)):
        return SlotBlocked("dnd")
    if not outside_hours and not inside(working(agent, starts_at, ends_at), starts_at, ends_at):
        return OutsideHours(agent.name)
    return None
