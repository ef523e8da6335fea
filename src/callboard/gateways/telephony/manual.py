"""The operator's own telephone: callboard shows the number, the operator dials and says what happened."""

from __future__ import annotations

from callboard.domain.calls import Call, Dialled
from callboard.gateways.telephony.base import Abilities, TelephonyGateway


class Manual(TelephonyGateway):
    """The default."""

    name = "manual"
    can = Abilities(dials=False)

    async def dial(self, call: Call) -> Dialled:
        return Dialled(status="manual", gateway=self.name, reason=f"dial {call.to_number} on your own telephone")

    def hints(self) -> list[str]:
        return ["Calls are dialled on your own telephone; mark them answered and ended yourself."]
