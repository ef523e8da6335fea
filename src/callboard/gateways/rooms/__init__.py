"""Room gateways: embedded (browser to browser), Janus (own media server), Whereby (a provider's page)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from callboard.domain.errors import Invalid
from callboard.gateways.rooms.base import FLAGS, Hook, Leg, Level, RoomGateway


def _embedded(settings: Mapping[str, Any]) -> RoomGateway:
    from callboard.gateways.rooms.embedded import Embedded

    return Embedded(settings)


def _janus(settings: Mapping[str, Any]) -> RoomGateway:
    from callboard.gateways.rooms.janus import Janus

    return Janus(settings)


def _whereby(settings: Mapping[str, Any]) -> RoomGateway:
    from callboard.gateways.rooms.whereby import Whereby

    return Whereby(settings)


GATEWAYS: Mapping[str, Callable[[Mapping[str, Any]], RoomGateway]] = {
    "embedded": _embedded,
    "janus": _janus,
    "whereby": _whereby,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A gateway for the console: what it can do, and what it still needs (``missing`` empty: ready)."""

    name: str
    title: str
    support: Mapping[str, Level]
    missing: str


def describe(settings_of: Callable[[str], Mapping[str, Any]]) -> list[Described]:
    """Every gateway; ``settings_of`` is ``settings.gateway``."""
    made = [make(settings_of(name)) for name, make in GATEWAYS.items()]
    return [Described(name=g.name, title=g.title, support=g.support(), missing=g.missing()) for g in made]


def choose(name: str, settings: Mapping[str, Any]) -> RoomGateway:
    """The gateway of that name with its settings; Invalid for an unknown name."""
    if name not in GATEWAYS:
        raise Invalid("room_gateway", f"must be one of {', '.join(GATEWAYS)}")
    return GATEWAYS[name](settings)


__all__ = ["FLAGS", "GATEWAYS", "Described", "Hook", "Leg", "Level", "RoomGateway", "choose", "describe"]
