"""What a room gateway is: where the call's media goes, and which of the room's flags it really enforces.

Each gateway declares every flag as enforced (a hostile page cannot get round it), UI-only (a button is hidden) or absent; the
console shows which, because a switch that does nothing is worse than none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Protocol

from callboard.domain.bookings import Booking, Features
from callboard.domain.errors import NotAllowed
from callboard.domain.rooms import Role

FLAGS: tuple[str, ...] = tuple(f.name for f in fields(Features))
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class Level(StrEnum):
    """How far a gateway keeps a flag's promise."""

    ENFORCED = "enforced"
    UI_ONLY = "UI only"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A provider's webhook, verified: ``kind`` is joined, left, waiting, started or ended; ``room`` the provider's room."""

    kind: str
    room: str
    role: Role | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


class Leg(Protocol):
    """One page's way through a media server; only gateways with ``relays`` have them."""

    async def join(self) -> None:
        """Go in, now that messages have somewhere to go."""

    async def handle(self, message: Mapping[str, Any]) -> None:
        """A message of kind ``sfu`` from the page."""

    async def allow(self, *, mic: bool, pictures: bool) -> None:
        """Let this page's sound and pictures through, or stop them at the server."""

    async def close(self) -> None:
        """The page has gone."""


class RoomGateway(Protocol):
    """One way to carry a call."""

    name: str
    title: str
    relays: bool  # pages speak to a media server through us
    external: bool  # pages go to the provider's own page

    def support(self) -> Mapping[str, Level]:
        """Every flag of the room, and how far it is kept."""

    def missing(self) -> str:
        """What has to be set before it can be used; empty when it is ready."""

    def frames(self) -> tuple[str, ...]:
        """Origins whose pages ours may frame."""

    async def open(self, booking: Booking, known: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make the room, or find the one in ``known``; what to remember of it (no secrets that a log could show)."""

    def ticket(self, booking: Booking, role: Role, known: Mapping[str, Any], now: int) -> Mapping[str, Any]:
        """What a role's page needs to join."""

    async def leg(self, booking: Booking, role: Role, known: Mapping[str, Any], send: Send) -> Leg:
        """A page's way through the media server."""

    async def end(self, booking: Booking, known: Mapping[str, Any]) -> None:
        """The call is over; put everybody out."""

    def hook(self, headers: Mapping[str, str], body: bytes, now: int) -> Hook | None:
        """A provider's webhook: None for one that means nothing to us; Forbidden for a bad signature."""

    async def close(self) -> None:
        """Let go of connections."""


class Plain:
    """What a gateway without media server, provider page or webhooks answers; the others override what they have."""

    relays = False
    external = False

    def missing(self) -> str:
        """Nothing."""
        return ""

    def frames(self) -> tuple[str, ...]:
        """None."""
        return ()

    async def open(self, booking: Booking, known: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG002 - the protocol's
        """Nothing to make."""
        return known

    async def leg(self, booking: Booking, role: Role, known: Mapping[str, Any], send: Send) -> Leg:  # noqa: ARG002 - the protocol's
        """There is no media server."""
        raise NotAllowed("this room has no media server")

    async def end(self, booking: Booking, known: Mapping[str, Any]) -> None:
        """Nobody to put out."""

    def hook(self, headers: Mapping[str, str], body: bytes, now: int) -> Hook | None:  # noqa: ARG002 - the protocol's
        """Nobody calls."""
        return None

    async def close(self) -> None:
        """Nothing is open."""
