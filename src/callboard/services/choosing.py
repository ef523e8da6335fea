"""Who takes a booking and whether it may be: notice, hours, blocks, limits and assignment, inside the booking's transaction."""

from __future__ import annotations

from collections.abc import Sequence

from callboard.domain import assignment as turns
from callboard.domain import availability as rules
from callboard.domain.agents import Agent
from callboard.domain.bookings import MINUTE, Assignment, Booking, Wish
from callboard.domain.errors import Invalid, LimitReached, NobodyFree, OutsideHours, OutsideNotice, Refused, SlotTaken
from callboard.domain.limits import next_allowed_at
from callboard.domain.organizations import Organization, Policy
from callboard.domain.zones import DAY, day_bounds, local, local_day
from callboard.services.availability import agendas, pool
from callboard.storage import agents as agent_rows
from callboard.storage import bookings as booking_rows
from callboard.storage.unit_of_work import Work


def check_notice(work: Work, policy: Policy, draft: Booking, *, override: bool) -> None:
    """Not in the past; not sooner than the notice unless an operator says so; not beyond the advance."""
    if draft.starts_at <= work.now:
        raise OutsideNotice("past", "the call must be in the future")
    if not override and draft.starts_at < work.now + policy.minimum_notice_minutes * MINUTE:
        raise OutsideNotice("notice", f"calls need {policy.minimum_notice_minutes} minutes notice")
    if draft.starts_at > work.now + policy.maximum_advance_days * DAY:
        raise OutsideNotice("advance", f"calls may be booked at most {policy.maximum_advance_days} days ahead")


def check_limit(work: Work, organization: Organization, draft: Booking) -> None:
    """The customer's limit, in the organization's local days; LimitReached says when one more is allowed."""
    policy = organization.policy
    if policy.customer_limit is None or draft.person_id is None:
        return
    work.backend.lock_key(work.connection, f"limit:{draft.person_id}")
    reach = (policy.customer_limit_days * 2 + 366) * DAY
    starts = booking_rows.starts_of_person(
        work, organization.id, draft.person_id, draft.starts_at - reach, draft.starts_at + reach, draft.id
    )
    allowed = next_allowed_at(
        starts,
        draft.starts_at,
        limit=policy.customer_limit,
        window_days=policy.customer_limit_days,
        timezone=organization.timezone,
    )
    if allowed is not None:
        raise LimitReached(allowed)


def check_agent(work: Work, draft: Booking, *, lock: Sequence[str], override: bool) -> Agent:
    """The draft's agent can take it (its own present claim aside), or a Refused; agents are locked in id order first."""
    work.backend.lock_agents(work.connection, sorted(set(lock)))
    agent = pool(work, draft.organization_id, [draft.agent_id])[0]  # after the lock: as the agent stands now
    refusal = _refusals(work, draft, [agent], override=override)[agent.id]
    if refusal is not None:
        raise refusal
    _check_cap(work, draft, agent)
    return agent


def choose(work: Work, organization: Organization, draft: Booking, wish: Wish, *, override: bool) -> tuple[Agent, str]:
    """The agent of a new booking and why. A named agent is checked; otherwise one of the pool who is free is taken."""
    if wish.agent_id is not None:
        return check_agent(work, draft, lock=[wish.agent_id], override=override), str(wish.assignment)
    if wish.assignment is Assignment.SELF_SELECTED:
        raise Invalid("agent_id", "must name the agent the customer selected")
    candidates = pool(work, organization.id, wish.pool)
    work.backend.lock_agents(work.connection, [a.id for a in candidates])
    refusals = _refusals(work, draft, candidates, override=override)
    loads = _loads(work, draft, candidates)
    free = [
        a
        for a in candidates
        if refusals[a.id] is None and (a.daily_cap is None or loads.get(a.id, {}).get(a.timezone, 0) < a.daily_cap)
    ]
    if not free:
        raise _why_nobody(candidates, refusals)
    if wish.assignment is Assignment.ROUND_ROBIN:
        return _take_turn(work, organization, candidates, free)
    return turns.least_loaded(free, {a.id: loads.get(a.id, {}).get(a.timezone, 0) for a in free})


def _why_nobody(candidates: list[Agent], refusals: dict[str, Refused | None]) -> Refused:
    """The one agent's own reason; of several, the one they share; else that nobody is free."""
    found = [r for r in refusals.values() if r is not None]
    if len(candidates) == 1 and found:
        return found[0]
    kinds = {type(r) for r in refusals.values()}
    if kinds == {OutsideHours}:
        return OutsideHours()
    return SlotTaken(detail="every agent has a call then") if kinds == {SlotTaken} else NobodyFree()


def _refusals(work: Work, draft: Booking, agents: Sequence[Agent], *, override: bool) -> dict[str, Refused | None]:
    lo, hi = draft.holds_from, draft.holds_to
    claimed, blocked = agendas(work, draft.organization_id, [a.id for a in agents], lo, hi)
    return {
        agent.id: rules.why_not(
            agent,
            [c for c in claimed[agent.id] if c[2] != draft.id],
            [b for b in blocked[agent.id] if b[0] < b[1]],
            starts_at=draft.starts_at,
            ends_at=draft.ends_at,
            holds_from=lo,
            holds_to=hi,
            outside_hours=override,
        )
        for agent in agents
    }


def _loads(work: Work, draft: Booking, agents: Sequence[Agent]) -> dict[str, dict[str, int]]:
    """Calls of each agent on the draft's local day, by agent and zone (agents of one zone share a query)."""
    found: dict[str, dict[str, int]] = {}
    for timezone in {a.timezone for a in agents}:
        lo, hi = day_bounds(local_day(draft.starts_at, timezone), timezone)
        ids = [a.id for a in agents if a.timezone == timezone]
        for agent_id, n in booking_rows.loads(work, draft.organization_id, ids, lo, hi).items():
            found.setdefault(agent_id, {})[timezone] = n
    return found


def _check_cap(work: Work, draft: Booking, agent: Agent) -> None:
    """The agent's own limit of calls a day; the draft itself does not count twice when it moves within the day."""
    if agent.daily_cap is None:
        return
    lo, hi = day_bounds(local_day(draft.starts_at, agent.timezone), agent.timezone)
    taken = booking_rows.listing(work, draft.organization_id, agent_id=agent.id, starts_from=lo, starts_to=hi, limit=1000)
    if sum(b.occupies and b.id != draft.id for b in taken) >= agent.daily_cap:
        raise Refused(f"{agent.name} takes at most {agent.daily_cap} calls a day")


def _take_turn(work: Work, organization: Organization, candidates: Sequence[Agent], free: Sequence[Agent]) -> tuple[Agent, str]:
    """Round robin over the organization's local month; who joins later starts level with the rest, not owed a month's calls."""
    window = f"{local(work.now, organization.timezone):%Y-%m}"
    work.backend.lock_key(work.connection, f"turn:{organization.id}")
    tallies = agent_rows.turns(work, organization.id, window)
    shares = [tallies[a.id].count / a.weight for a in candidates if a.id in tallies]
    level = min(shares, default=0.0)
    new = [(a.id, int(level * a.weight)) for a in candidates if a.id not in tallies]
    agent_rows.open_tallies(work, organization.id, window, new)
    tallies |= {agent_id: turns.Tally(given) for agent_id, given in new}
    chosen, why = turns.next_in_turn(free, tallies)
    turn = 1 + max((t.last for t in tallies.values()), default=0)
    agent_rows.take_turn(work, organization.id, window, chosen.id, turn)
    return chosen, why
