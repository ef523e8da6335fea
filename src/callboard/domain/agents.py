"""Agents: who takes calls, when, and how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from callboard.domain.hours import WeeklyHours, office_hours


class Direction(StrEnum):
    """Whether an agent mainly receives or places calls."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One person who takes calls. Hours and do-not-disturb are wall clock in ``timezone``."""

    id: str
    organization_id: str
    name: str
    timezone: str
    direction: Direction = Direction.OUTBOUND
    extension: str | None = None
    email: str | None = None
    hours: WeeklyHours = field(default_factory=office_hours)
    overrides: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)  # "2026-12-24": ((540, 720),)
    dnd: WeeklyHours = field(default_factory=WeeklyHours)
    weight: int = 1
    daily_cap: int | None = None
    active: bool = True
    created_at: int = 0
    rev: int = 1
