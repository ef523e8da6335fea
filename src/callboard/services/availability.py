"""What is free: one reading of claims and blocks serves the slot list, the calendar and the booking check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from callboard.domain import availability as rules
from callboard.domain.agents import Agent
from callboard.domain.blocks import Block
from callboard.domain.bookings import MAX_BUFFER, MAX_MINUTES, MINUTE, Booking, Status
from callboard.domain.errors import Invalid, NotFound
from callboard.domain.organizations import Organization
from callboard.services import agents as agents_service
from callboard.services.organizations import get as get_organization
from callboard.storage import agents as agent_rows
from callboard.storage import blocks as block_rows
from callboard.storage import bookings as booking_rows
from callboard.storage.unit_of_work import Work

MAX_DAYS = 92
Claimed = list[tuple[int, int, str]]
Blocked = list[tuple[int, int, str, str]]


@dataclass(frozen=True, slots=True)
class Slot:
    """A start and end (UTC seconds) and the agents who are free for it."""

    starts_at: int
    ends_at: int
    agent_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarView:
    """Everything a calendar draws for [lo, hi): agents, their windows, bookings, blocks and do-not-disturb, all UTC seconds."""

    organization: Organization
    lo: int
    hi: int
    agents: tuple[Agent, ...]
    bookings: tuple[Booking, ...]
    blocks: tuple[Block, ...]
    windows: dict[str, tuple[rules.Interval, ...]] = field(default_factory=dict)  # agent id → working windows
    dnd: dict[str, tuple[rules.Interval, ...]] = field(default_factory=dict)  # agent id → do-not-disturb windows


def agendas(
    work: Work, organization_id: str, agent_ids: Sequence[str], lo: int, hi: int
) -> tuple[dict[str, Claimed], dict[str, Blocked]]:
    """Claims and blocks that touch [lo, hi), by agent; a block of the whole organization stands under every agent."""
    claimed = booking_rows.claimed(work, organization_id, agent_ids, lo, hi)
    blocked: dict[str, Blocked] = {a: [] for a in agent_ids}
    few = agent_ids if len(agent_ids) <= 20 else ()
    for agent_id, begin, end, kind, title in block_rows.busy(work, organization_id, lo, hi, few):
        if agent_id is None:
            for entries in blocked.values():
                entries.append((begin, end, kind, title))
        elif agent_id in blocked:
            blocked[agent_id].append((begin, end, kind, title))
    return claimed, blocked


def pool(work: Work, organization_id: str, agent_ids: Sequence[str] = ()) -> list[Agent]:
    """The active agents named, or all active ones; NotFound for one that is not of the organization or not active."""
    if len(agent_ids) == 1:
        one = agent_rows.get(work, organization_id, agent_ids[0])
        if one is None or not one.active:
            raise NotFound("agent", agent_ids[0])
        return [one]
    everyone = {a.id: a for a in agent_rows.every(work, organization_id) if a.active}
    if not agent_ids:
        return list(everyone.values())
    missing = [a for a in agent_ids if a not in everyone]
    if missing:
        raise NotFound("agent", missing[0])
    return [everyone[a] for a in agent_ids]


def check_minutes(name: str, value: int, low: int, high: int) -> int:
    """A number of minutes within its bounds, or Invalid."""
    if not low <= value <= high:
        raise Invalid(name, f"must be {low} to {high} minutes")
    return value


def open_slots(
    work: Work,
    organization_id: str,
    lo: int,
    hi: int,
    *,
    duration_minutes: int | None = None,
    agent_ids: Sequence[str] = (),
    buffer_before_minutes: int | None = None,
    buffer_after_minutes: int | None = None,
    limit: int | None = None,
) -> list[Slot]:
    """Slots that start in [lo, hi), earliest first. None means the organization's policy; notice and advance are applied."""
    policy = get_organization(work, organization_id).policy
    minutes = check_minutes("duration", duration_minutes or policy.default_duration_minutes, 1, MAX_MINUTES)
    before = _buffer("buffer_before", buffer_before_minutes, policy.buffer_before_minutes)
    after = _buffer("buffer_after", buffer_after_minutes, policy.buffer_after_minutes)
    lo = max(lo, work.now + policy.minimum_notice_minutes * MINUTE)
    hi = min(hi, work.now + policy.maximum_advance_days * 86400 + 1)
    if hi <= lo:
        return []
    if hi - lo > MAX_DAYS * 86400:
        raise Invalid("to", f"must be at most {MAX_DAYS} days after from")
    agents = pool(work, organization_id, agent_ids)
    if not agents:
        return []
    duration, step = minutes * MINUTE, (policy.slot_interval_minutes or minutes) * MINUTE
    claimed, blocked = agendas(work, organization_id, [a.id for a in agents], lo - before, hi + duration + after)
    found = {}
    for agent in agents:
        busy = [(b, e) for b, e, _ in claimed[agent.id]]
        busy += [(b, e) for b, e, _, _ in blocked[agent.id]]
        found[agent.id] = rules.agent_slots(agent, busy, lo, hi, duration=duration, step=step, before=before, after=after)
    return [Slot(start, start + duration, ids) for start, ids in rules.combine(found, limit)]


def _buffer(name: str, given: int | None, default: int) -> int:
    return check_minutes(name, default if given is None else given, 0, MAX_BUFFER) * MINUTE


def nearest(
    work: Work,
    organization_id: str,
    wanted: int,
    *,
    duration_minutes: int | None = None,
    agent_ids: Sequence[str] = (),
    n: int = 3,
) -> list[Slot]:
    """The ``n`` open slots closest to a wanted start, in order of time: what a refusal offers instead."""
    found: list[Slot] = []
    for days in (2, 14, 45):
        found = open_slots(
            work,
            organization_id,
            wanted - days * 86400,
            wanted + days * 86400,
            duration_minutes=duration_minutes,
            agent_ids=agent_ids,
        )
        if len(found) >= n:
            break
    closest = sorted(found, key=lambda s: (abs(s.starts_at - wanted), s.starts_at))[:n]
    return sorted(closest, key=lambda s: s.starts_at)


def calendar(work: Work, organization_id: str, lo: int, hi: int, agent_ids: Sequence[str] = ()) -> CalendarView:
    """What the calendar draws for [lo, hi): of the named agents, or of all (inactive ones only where they have calls)."""
    organization = get_organization(work, organization_id)
    chosen = set(agent_ids)
    bookings = [
        as_of(b, work.now)
        for b in booking_rows.between(work, organization_id, lo, hi)
        if b.holds_to > lo and (not chosen or b.agent_id in chosen)
    ]
    busy_agents = {b.agent_id for b in bookings}
    agents = [
        a for a in agents_service.all(work, organization_id) if (a.id in chosen if chosen else a.active or a.id in busy_agents)
    ]
    blocks = [
        b
        for b in block_rows.overlapping(work, organization_id, lo, hi)
        if b.agent_id is None or not chosen or b.agent_id in chosen
    ]
    return CalendarView(
        organization=organization,
        lo=lo,
        hi=hi,
        agents=tuple(agents),
        bookings=tuple(bookings),
        blocks=tuple(blocks),
        windows={a.id: tuple(rules.working(a, lo, hi)) for a in agents},
        dnd={a.id: tuple(rules.disturbed(a, lo, hi)) for a in agents},
    )


def as_of(booking: Booking, now: int) -> Booking:
    """The booking as it truly stands: a pending one past its time is expired, swept or not."""
    if booking.status is Status.PENDING and booking.confirm_by is not None and booking.confirm_by <= now:
        return replace(booking, status=Status.EXPIRED)
    return booking
