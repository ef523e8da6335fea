"""Room gateways: embedded (browser to browser), Janus (own media server), Whereby (a provider's page)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from callboard.domain.errors import Invalid
from callboard.gateways.rooms.base import FLAGS, Hook, Leg, Level, RoomGateway


def _embedded(settings: Mapping[str, Any]) -> RoomGateway:
    from callboard.gateways.rooms.embedded import Embedded

    return Embedded(settings)


GATEWAYS: Mapping[str, Callable[[Mapping[str, Any]], RoomGateway]] = {"embedded": _embedded}


def choose(name: str, settings: Mapping[str, Any]) -> RoomGateway:
    """The gateway of that name with its settings; Invalid for an unknown name."""
    if name not in GATEWAYS:
        raise Invalid("room_gateway", f"must be one of {', '.join(GATEWAYS)}")
    return GATEWAYS[name](settings)


__all__ = ["FLAGS", "GATEWAYS", "Hook", "Leg", "Level", "RoomGateway", "choose"]
