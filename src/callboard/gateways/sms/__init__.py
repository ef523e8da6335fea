"""Carriers of text messages, by the name that ``sms_gateway`` takes. A new carrier is a file here and a line in ``make``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callboard.domain.errors import Invalid
from callboard.gateways.sms.base import Abilities, Inbound, Receipt, SmsGateway

NAMES = ("outbox", "twilio", "kannel", "gammu")

__all__ = ["NAMES", "Abilities", "Inbound", "Receipt", "SmsGateway", "make"]


def make(name: str, table: Mapping[str, Any], public_url: str) -> SmsGateway:
    """The gateway of that name from its settings table; Invalid names the setting that is missing."""
    match name:
        case "outbox":
            from callboard.gateways.sms.outbox import Outbox

            return Outbox()
        case "twilio":
            from callboard.gateways.sms.twilio import TwilioSms

            return TwilioSms.configured(table, public_url)
        case "kannel":
            from callboard.gateways.sms.kannel import Kannel

            return Kannel.configured(table, public_url)
        case "gammu":
            from callboard.gateways.sms.gammu import Gammu

            return Gammu.configured(table)
        case _:
            raise Invalid("sms_gateway", f"must be one of {', '.join(NAMES)}")
