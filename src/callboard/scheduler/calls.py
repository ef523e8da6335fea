"""The duty that places calls somebody asked for."""

from __future__ import annotations

from callboard.domain.calls import Call, Dialled
from callboard.gateways.telephony import TelephonyGateway
from callboard.scheduler.duty import Duty
from callboard.services import dialling


def duty(gateway: TelephonyGateway) -> Duty[Call, Dialled]:
    """Calls through one gateway."""
    return Duty("calls", dialling.next_due, dialling.claim, gateway.dial, dialling.record, concurrency=4)
