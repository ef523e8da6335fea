"""The duty that hands waiting messages to the carrier."""

from __future__ import annotations

from callboard.domain.messages import Outcome
from callboard.gateways.sms import SmsGateway
from callboard.scheduler.duty import Duty
from callboard.services import carriage
from callboard.services.carriage import Parcel


def duty(gateway: SmsGateway) -> Duty[Parcel, Outcome]:
    """Messages through one gateway."""

    async def act(parcel: Parcel) -> Outcome:
        if parcel.uncertain:
            if not gateway.can.finds:
                if gateway.can.sends:
                    return Outcome(status="unknown", gateway=gateway.name, reason=carriage.UNCERTAIN)
            elif (found := await gateway.find(parcel.message)) is not None:
                return found
        return await gateway.send(parcel.message)

    return Duty("messages", carriage.next_due, carriage.claim, act, carriage.record, concurrency=8, close=gateway.close)
