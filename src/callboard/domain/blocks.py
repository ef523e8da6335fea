"""Blocks: time an agent (or the whole organization) is not to be booked, for reasons outside callboard."""

from __future__ import annotations

from dataclasses import dataclass

BLOCK_KINDS = ("external", "time_off", "dnd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """[starts_at, ends_at) in UTC seconds; ``agent_id`` None blocks every agent of the organization."""

    id: str
    organization_id: str
    starts_at: int
    ends_at: int
    agent_id: str | None = None
    kind: str = "external"
    title: str = ""
    external_source: str | None = None
    external_id: str | None = None
    calendar_id: str | None = None
    created_at: int = 0
    updated_at: int = 0
    rev: int = 1
