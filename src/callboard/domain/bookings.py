"""Bookings: one customer call on the calendar, its states, and the wish it is made from.

``pending_confirmation → scheduled → in_progress ↔ on_hold → completed``, or ``cancelled``, ``no_show``, ``expired``.
A booking is never re-created when it moves: the id stays, ``rev`` rises with every change (RFC 5545 SEQUENCE).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from callboard.domain.errors import HoldExpired, WrongState

MINUTE = 60
MAX_MINUTES = 12 * 60  # one call
MAX_BUFFER = 4 * 60


class Status(StrEnum):
    """Where a booking stands."""

    PENDING = "pending_confirmation"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    EXPIRED = "expired"


OCCUPYING = frozenset({Status.PENDING, Status.SCHEDULED, Status.IN_PROGRESS, Status.ON_HOLD, Status.COMPLETED})
OPEN = frozenset({Status.PENDING, Status.SCHEDULED, Status.IN_PROGRESS, Status.ON_HOLD})
MOVABLE = frozenset({Status.PENDING, Status.SCHEDULED})

# verb → (states it may start from, state it ends in)
TRANSITIONS: Mapping[str, tuple[frozenset[Status], Status]] = {
    "confirmed": (frozenset({Status.PENDING}), Status.SCHEDULED),
    "started": (frozenset({Status.SCHEDULED}), Status.IN_PROGRESS),
    "held": (frozenset({Status.IN_PROGRESS}), Status.ON_HOLD),
    "resumed": (frozenset({Status.ON_HOLD}), Status.IN_PROGRESS),
    "completed": (frozenset({Status.IN_PROGRESS, Status.ON_HOLD}), Status.COMPLETED),
    "cancelled": (MOVABLE, Status.CANCELLED),
    "marked no-show": (frozenset({Status.SCHEDULED}), Status.NO_SHOW),
    "expired": (frozenset({Status.PENDING}), Status.EXPIRED),
}


class Assignment(StrEnum):
    """How the agent of a booking is found."""

    MANUAL = "manual"
    SELF_SELECTED = "self_selected"
    ROUND_ROBIN = "round_robin"
    POOL = "pool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What the room allows, after Involve's feature flags."""

    call_recording: bool = False
    breakout_room: bool = False
    webcam_agent: bool = True
    webcam_customer: bool = True
    background_blurring: bool = False
    microphone: bool = True
    screen_sharing: bool = True
    chat: bool = True
    participant_list: bool = True
    bandwidth_kbps: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One call. Instants are UTC seconds; durations and buffers are minutes; ``timezone`` is the customer's."""

    id: str
    organization_id: str
    agent_id: str
    starts_at: int
    duration_minutes: int
    status: Status
    person_id: str | None = None
    project_id: str | None = None
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    timezone: str = "UTC"
    kind: str = "video"
    title: str = ""
    customer_name: str = ""
    customer_phone: str | None = None
    customer_email: str | None = None
    notes: str | None = None
    source: str = "console"  # console, cli, import, or a dialect's name
    assignment: Assignment = Assignment.MANUAL
    confirm_by: int | None = None  # a pending booking's last instant, exclusive
    cancelled_at: int | None = None
    cancelled_by: str | None = None
    cancellation_reason: str | None = None
    session_started_at: int | None = None
    session_ended_at: int | None = None
    on_hold_started_at: int | None = None
    on_hold_ended_at: int | None = None
    overran: bool = False
    room: str = ""
    link_version: int = 1
    reference: str | None = None  # the caller's own name for it, one of a kind in the organization
    features: Features = field(default_factory=Features)
    details: Mapping[str, Any] = field(default_factory=dict)  # what one dialect keeps for itself, under its own name
    created_at: int = 0
    updated_at: int = 0
    rev: int = 1

    @property
    def ends_at(self) -> int:
        """The instant the call ends."""
        return self.starts_at + self.duration_minutes * MINUTE

    @property
    def holds_from(self) -> int:
        """Where the agent's occupied time begins, buffer included."""
        return self.starts_at - self.buffer_before_minutes * MINUTE

    @property
    def holds_to(self) -> int:
        """Where the agent's occupied time ends (exclusive), buffer included."""
        return self.ends_at + self.buffer_after_minutes * MINUTE

    @property
    def occupies(self) -> bool:
        """Whether it takes its agent's time."""
        return self.status in OCCUPYING

    def may(self, verb: str, now: int) -> Status:
        """The state ``verb`` leads to, or WrongState/HoldExpired."""
        sources, target = TRANSITIONS[verb]
        late = self.confirm_by is not None and now >= self.confirm_by
        if verb == "confirmed" and late and self.status in {Status.PENDING, Status.EXPIRED}:
            raise HoldExpired
        if self.status not in sources:
            raise WrongState(self.status, verb)
        return target

    def link_expires_at(self, lifetime_hours: int) -> int:
        """When join links die: so many hours after the scheduled time as it stands now (Qubesheets: 24)."""
        return self.starts_at + lifetime_hours * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a caller asks for: the same shape from the ``n`` key, the command line and five dialects.

    ``agent_id`` None lets the engine choose from ``pool`` (all active agents when empty). None for duration, buffers and
    timezone means the organization's own. ``outside_hours`` is the operator's override; ``hold_minutes`` makes a pending booking.
    """

    starts_at: int
    duration_minutes: int | None = None
    agent_id: str | None = None
    pool: tuple[str, ...] = ()
    assignment: Assignment = Assignment.MANUAL
    buffer_before_minutes: int | None = None
    buffer_after_minutes: int | None = None
    timezone: str | None = None
    kind: str = "video"
    title: str = ""
    person_id: str | None = None
    project_id: str | None = None
    customer_name: str = ""
    customer_phone: str | None = None
    customer_email: str | None = None
    notes: str | None = None
    source: str = "console"
    require_confirmation: bool = False
    hold_minutes: int | None = None
    outside_hours: bool = False
    reference: str | None = None
    features: Features = field(default_factory=Features)
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A change of time, length, agent or buffers of a booking; None leaves a part as it is."""

    starts_at: int | None = None
    duration_minutes: int | None = None
    agent_id: str | None = None
    buffer_before_minutes: int | None = None
    buffer_after_minutes: int | None = None
    timezone: str | None = None
    outside_hours: bool = False
    rev: int | None = None  # the rev the caller saw; None skips the check
