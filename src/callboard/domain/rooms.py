"""Rooms: where a booking's call takes place, and the states a customer goes through in one.

``invited → waiting → admitted → in_call ↔ on_hold → ended``. The state is read off the booking and the room's instants, never
stored beside them: there is nothing that could disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal
from urllib.parse import urlsplit

from callboard.domain.bookings import OPEN, Booking, Status

Role = Literal["agent", "customer"]
ROLES: tuple[Role, ...] = ("agent", "customer")
LATE_AFTER = 60  # seconds past the start before anybody is called late
PRESENT_FOR = 45  # seconds a presence counts without its server having said so again
MAX_TEXT = 2000  # characters of a chat line or an operator's message


class RoomState(StrEnum):
    """Where the call stands, as the operator and both pages see it."""

    INVITED = "invited"
    WAITING = "waiting"
    ADMITTED = "admitted"
    IN_CALL = "in_call"
    ON_HOLD = "on_hold"
    ENDED = "ended"


class Recording(StrEnum):
    """Whether the call is recorded; only ON lets the server take a chunk."""

    OFF = ""
    ASKED = "asked"
    ON = "on"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Who holds the place of a role: ``status`` is waiting, in_room or left; ``since`` when that began."""

    role: Role
    session: str
    server: str
    status: str
    since: int
    seen_at: int

    def present(self, now: int) -> bool:
        """Whether somebody is there: a server that died cannot say that they left."""
        return self.status != "left" and now - self.seen_at <= PRESENT_FOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A booking's room: its wishes (muted, breakout, hold message) and instants, with who is there."""

    booking: Booking
    waiting_at: int | None = None
    admitted_at: int | None = None
    joined_at: int | None = None
    hold_message: str = ""
    note: str = ""
    note_at: int | None = None
    muted: frozenset[str] = frozenset()
    breakout: frozenset[str] = frozenset()
    recording: Recording = Recording.OFF
    gateway: str = ""
    gateway_room: Mapping[str, Any] = field(default_factory=dict)
    presences: Mapping[str, Presence] = field(default_factory=dict)
    rev: int = 0

    @property
    def state(self) -> RoomState:
        """Where the call stands."""
        if self.booking.status not in OPEN:
            return RoomState.ENDED
        if self.booking.status is Status.ON_HOLD:
            return RoomState.ON_HOLD
        customer = self.presences.get("customer")
        if self.admitted_at is None:
            return RoomState.WAITING if customer and customer.status == "waiting" else RoomState.INVITED
        return RoomState.IN_CALL if self.booking.status is Status.IN_PROGRESS else RoomState.ADMITTED

    def present(self, role: str, now: int) -> bool:
        """Whether somebody holds the place of ``role`` now, waiting or inside."""
        presence = self.presences.get(role)
        return presence is not None and presence.present(now)

    def late_by(self, now: int) -> int:
        """Seconds past the start when the call has not begun and is late; else 0."""
        begun = self.booking.session_started_at is not None or self.state is RoomState.ENDED
        late = now - self.booking.starts_at
        return late if late > LATE_AFTER and not begun else 0


def redirect_for(booking: Booking, role: Role) -> str | None:
    """Where a role's page goes after the call: an https address from the booking, or None.

    Read from ``details["redirects"]`` (``agent``, ``customer``), or as Involve spells it. Anything but https is dropped: a page
    that sends people on must not send them somewhere unprotected, or to a ``javascript:`` address.
    """
    chosen = dict(booking.details.get("redirects") or {})
    involve = booking.details.get("involve") or {}
    words = {"agent": "agent", "customer": "user"}
    if isinstance(involve, Mapping) and involve.get("use_custom_post_call_redirect"):
        chosen.setdefault(role, involve.get(f"custom_{words[role]}_post_call_redirect_url"))
    url = chosen.get(role)
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    plain = parts.scheme == "https" and parts.hostname and not parts.username and not parts.password
    return url.strip() if plain and url.isprintable() and " " not in url.strip() else None
