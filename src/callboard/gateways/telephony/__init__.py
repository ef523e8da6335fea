"""Who places calls, by the name that ``telephony_gateway`` takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callboard.domain.errors import Invalid
from callboard.gateways.telephony.base import Abilities, Progress, TelephonyGateway

NAMES = ("manual", "twilio")

__all__ = ["NAMES", "Abilities", "Progress", "TelephonyGateway", "make"]


def make(name: str, table: Mapping[str, Any], public_url: str) -> TelephonyGateway:
    """The gateway of that name from its settings table; Invalid names the setting that is missing."""
    match name:
        case "manual":
            from callboard.gateways.telephony.manual import Manual

            return Manual()
        case "twilio":
            from callboard.gateways.telephony.twilio import TwilioCalls

            return TwilioCalls.configured(table, public_url)
        case _:
            raise Invalid("telephony_gateway", f"must be one of {', '.join(NAMES)}")
