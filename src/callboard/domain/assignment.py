"""Who gets an unassigned booking. Round robin: shortfall against weight, then least recently assigned, then id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from callboard.domain.agents import Agent


@dataclass(frozen=True, slots=True)
class Tally:
    """What an agent was given in the current window: how many, and the sequence number of the last one."""

    count: int = 0
    last: int = 0


def next_in_turn(free: Iterable[Agent], tallies: dict[str, Tally]) -> tuple[Agent, str]:
    """The agent whose share is most behind its weight, with the reason for the audit row. ``free`` must not be empty."""
    none = Tally()

    def place(agent: Agent) -> tuple[float, int, str]:
        tally = tallies.get(agent.id, none)
        return (tally.count / max(agent.weight, 1), tally.last, agent.id)

    candidates = list(free)
    chosen = min(candidates, key=place)
    tally = tallies.get(chosen.id, none)
    return chosen, f"round robin: {tally.count} given at weight {chosen.weight}, of {len(candidates)} free"


def least_loaded(free: Iterable[Agent], loads: dict[str, int]) -> tuple[Agent, str]:
    """For a pool: the agent with the fewest calls that day, then by id."""
    chosen = min(free, key=lambda a: (loads.get(a.id, 0), a.id))
    return chosen, f"pool: {loads.get(chosen.id, 0)} calls that day"
