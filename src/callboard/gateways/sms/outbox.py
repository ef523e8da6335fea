"""No carrier: the message stays where the operator can read and copy it, and is never called delivered."""

from __future__ import annotations

from callboard.domain.messages import Message, Outcome
from callboard.gateways.sms.base import Abilities, SmsGateway

REASON = "no text-message carrier is configured; copy the text and send it yourself"


class Outbox(SmsGateway):
    """The default."""

    name = "outbox"
    can = Abilities(sends=False)

    async def send(self, message: Message) -> Outcome:  # noqa: ARG002 - nothing leaves the house
        return Outcome(status="kept", gateway=self.name, reason=REASON)

    def hints(self) -> list[str]:
        return [REASON + ". Set sms_gateway to twilio, kannel or gammu to have messages sent."]
