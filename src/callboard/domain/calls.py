"""Telephone calls, voicemails and extensions: the history as it truly was, whoever dialled."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CallStatus(StrEnum):
    """Where a call stands."""

    INITIATED = "initiated"  # asked for; with the manual gateway: the operator is to dial
    RINGING = "ringing"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    MISSED = "missed"  # not answered, either way
    VOICEMAIL = "voicemail"
    FAILED = "failed"


LIVE = frozenset({CallStatus.INITIATED, CallStatus.RINGING, CallStatus.IN_PROGRESS})
# verb → the states it may start from
MAY = {
    "answered": frozenset({CallStatus.INITIATED, CallStatus.RINGING}),
    "ended": LIVE,
    "missed": frozenset({CallStatus.INITIATED, CallStatus.RINGING}),
    "given a voicemail": frozenset({CallStatus.RINGING, CallStatus.MISSED, CallStatus.INITIATED, CallStatus.COMPLETED}),
}
STALE_SECONDS = 120  # a call nobody could place for so long is not placed any more: who asked has moved on
# After so long without news a call that is not over is forgotten: (carried, by hand) seconds for ringing, and for talking.
RING_SECONDS, RING_BY_HAND_SECONDS, TALK_SECONDS = 600, 4 * 3600, 12 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. Instants are UTC seconds, the duration seconds of talk; numbers are E.164 where they could be read."""

    id: str
    organization_id: str
    direction: str  # inbound, outbound
    status: str
    from_number: str
    to_number: str
    gateway: str
    person_id: str | None = None
    agent_id: str | None = None
    booking_id: str | None = None
    campaign_contact_id: str | None = None
    provider_id: str | None = None
    outcome: str | None = None
    notes: str | None = None
    recording_url: str | None = None
    reason: str | None = None
    answered_at: int | None = None
    ended_at: int | None = None
    duration_seconds: int = 0
    due_at: int | None = None
    attempts: int = 0
    lease_token: str | None = None
    created_at: int = 0
    updated_at: int = 0
    rev: int = 1

    @property
    def other(self) -> str:
        """The customer's number."""
        return self.from_number if self.direction == "inbound" else self.to_number

    @property
    def live(self) -> bool:
        """Whether it is not over."""
        return self.status in LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail:
    """What a caller left: a recording somewhere, perhaps its words."""

    id: str
    organization_id: str
    from_number: str
    to_number: str
    call_id: str | None = None
    person_id: str | None = None
    agent_id: str | None = None
    path: str | None = None
    recording_url: str | None = None
    transcript: str | None = None
    is_read: bool = False
    duration_seconds: int = 0
    created_at: int = 0
    updated_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """An agent's short number."""

    id: str  # the agent's
    number: str
    name: str
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """What a gateway says of one call it was to place: ``placed``, ``manual``, ``failed`` or ``unknown``."""

    status: str
    gateway: str
    provider_id: str | None = None
    sender: str | None = None
    reason: str | None = None
