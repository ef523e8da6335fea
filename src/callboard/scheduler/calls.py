"""The duty that places calls somebody asked for, and the sweep over those whose end nobody reported."""

from __future__ import annotations

from callboard.domain.calls import Call, Dialled
from callboard.gateways.telephony import TelephonyGateway
from callboard.scheduler.duty import Duty, Sweep
from callboard.services import dialling


def duty(gateway: TelephonyGateway) -> Duty[Call, Dialled]:
    """Calls through one gateway."""
    return Duty("calls", dialling.next_due, dialling.claim, gateway.dial, dialling.record, concurrency=4, close=gateway.close)


def sweep() -> Sweep:
    """Every few minutes: calls whose end nobody reported."""
    return Sweep("forgotten calls", dialling.close_forgotten, every=300)
