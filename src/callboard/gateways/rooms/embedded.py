"""The default: media goes from browser to browser, the server carries signalling only. No account anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callboard.domain.bookings import Booking
from callboard.domain.rooms import Role
from callboard.gateways.rooms import turn
from callboard.gateways.rooms.base import FLAGS, Level, Plain


class Embedded(Plain):
    """Settings: ``[gateways.embedded]`` stun_urls, turn_urls, turn_secret, turn_ttl_hours, relay_only."""

    name = "embedded"
    title = "Embedded (browser to browser)"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings

    def support(self) -> Mapping[str, Level]:
        """All by header, signalling server or upload endpoint; blur is the browser's own, where it has one."""
        return {**dict.fromkeys(FLAGS, Level.ENFORCED), "background_blurring": Level.UI_ONLY}

    def ticket(self, booking: Booking, role: Role, known: Mapping[str, Any], now: int) -> Mapping[str, Any]:  # noqa: ARG002
        """ICE servers with credentials for this person."""
        servers = turn.ice_servers(self._settings, f"{booking.id}-{role}", now)
        relay_only = str(self._settings.get("relay_only", "")).lower() in {"1", "true", "yes", "on"}
        return {"kind": "peer", "iceServers": servers, "iceTransportPolicy": "relay" if relay_only else "all"}
