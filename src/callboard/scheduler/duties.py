"""The plan: every duty and sweep, a line each, in the order in which a busy house would want them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callboard.gateways.calendars import CalendarFetcher
from callboard.gateways.webhooks import Sender
from callboard.scheduler import calendars, calls, deliveries, housekeeping, messages
from callboard.scheduler.duty import Duty, Sweep
from callboard.services.service import Desk


def plan(desk: Desk, gateways: Mapping[str, Any], hooks: Mapping[str, Any]) -> list[Duty[Any, Any] | Sweep]:
    """What the loop does. ``gateways`` by role (``sms``, ``telephony``), ``hooks`` by dialect name; bootstrap hands both in."""
    sender = Sender(allow_private=desk.settings.allow_private_webhooks)
    return [
        *housekeeping.SWEEPS,
        *([messages.duty(gateways["sms"])] if "sms" in gateways else []),
        *([calls.duty(gateways["telephony"])] if "telephony" in gateways else []),
        calls.sweep(),
        deliveries.inheritance(),
        deliveries.duty(sender, hooks, desk.clock),
        deliveries.recovery_sweep(),
        calendars.duty(CalendarFetcher(allow_private=desk.settings.allow_private_webhooks), desk.clock),
    ]
