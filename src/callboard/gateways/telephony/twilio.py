"""Calls through Twilio's Calls.json: the customer is rung, and joined to the operator's telephone when they answer.

Inbound calls ring the operator's telephone first; unanswered ones may leave a voicemail. Instructions go inline (``Twiml``), so
that placing a call needs no page of ours to be reachable; only reports do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape, quoteattr

import httpx

from callboard.domain.calls import Call, Dialled
from callboard.domain.errors import Invalid
from callboard.gateways.telephony.base import Abilities, Progress, TelephonyGateway
from callboard.gateways.twilio import TwilioAccount, trouble

PATH = "/callbacks/voice/twilio"
_STATUS = {
    "ringing": "ringing",
    "in-progress": "answered",
    "answered": "answered",
    "completed": "ended",
    "busy": "missed",
    "no-answer": "missed",
    "canceled": "missed",
    "failed": "failed",
}
RING_SECONDS = 25
EMPTY = "<Response/>"


def _digits(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) <= 6 else None


@dataclass(slots=True)
class TwilioCalls(TelephonyGateway):
    """The voice side of an account. ``operator`` is the telephone (E.164 or sip:) calls are joined to."""

    account: TwilioAccount
    public_url: str
    operator: str
    organization: str = ""
    name: str = "twilio"
    can: Abilities = Abilities(dials=True, reports=True, inbound=True, voicemail=True)  # noqa: RUF009 - frozen

    @classmethod
    def configured(cls, table: Mapping[str, Any], public_url: str) -> TwilioCalls:
        """From the settings table; Invalid names what is missing."""
        account = TwilioAccount.configured(table)
        for name in ("from_number", "operator_number"):
            if not table.get(name):
                raise Invalid(f"gateways.twilio.{name}", "must be set to place calls")
        return cls(
            account=account,
            public_url=public_url.rstrip("/"),
            operator=str(table["operator_number"]),
            organization=str(table.get("organization", "")),
        )

    def _join(self, caller: str, action: str = "", picked: str = "") -> str:
        noun = "Sip" if self.operator.startswith("sip:") else "Number"
        after = f" action={quoteattr(action)}" if action else ""
        told = f' statusCallbackEvent="answered" statusCallback={quoteattr(picked)}' if picked else ""
        target = f"<{noun}{told}>{escape(self.operator)}</{noun}>"
        return f'<Response><Dial timeout="{RING_SECONDS}" callerId={quoteattr(caller)}{after}>{target}</Dial></Response>'

    async def dial(self, call: Call) -> Dialled:
        sender = call.from_number or self.account.from_number
        form = {
            "To": call.to_number,
            "From": sender,
            "Twiml": self._join(sender),
            "StatusCallback": f"{self.public_url}{PATH}/status?call={call.id}",
            "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        }
        try:
            response = await self.account.post("Calls.json", form)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            return self._failed(f"Twilio cannot be reached ({type(error).__name__})")
        except httpx.HTTPError as error:
            reason = f"Twilio did not answer ({type(error).__name__}); the telephone may have rung"
            return Dialled(status="unknown", gateway=self.name, reason=reason)
        if not response.is_success:
            return self._failed(trouble(response)[1])
        return Dialled(status="placed", gateway=self.name, provider_id=response.json().get("sid"), sender=sender)

    def _failed(self, reason: str) -> Dialled:
        return Dialled(status="failed", gateway=self.name, reason=reason)

    def check(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> None:
        self.account.check(url, fields, headers)

    def read_status(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> Progress | None:
        self.check(url, fields, headers)
        status = _STATUS.get(fields.get("CallStatus", ""))
        if status is None:
            return None
        ours = parse_qs(urlsplit(url).query).get("call", [None])[0]
        return Progress(
            status=status,
            provider_id=fields.get("CallSid"),
            call_id=ours,
            duration_seconds=_digits(fields.get("CallDuration")),
            recording_url=fields.get("RecordingUrl"),
        )

    # --- what an inbound call is told ---------------------------------------------------------------------------------
    def welcome(self, caller: str) -> str:
        """Ring the operator's telephone, showing who calls; say when they pick up, and what came of it."""
        return self._join(
            caller or self.account.from_number, f"{self.public_url}{PATH}/dialled", f"{self.public_url}{PATH}/picked"
        )

    def record_instruction(self, organization_name: str) -> str:
        """Nobody answered: let them leave a message."""
        words = escape(f"You have reached {organization_name}. Please leave a message after the tone.")
        done = quoteattr(f"{self.public_url}{PATH}/voicemail")
        heard = quoteattr(f"{self.public_url}{PATH}/transcription")
        record = f'<Record maxLength="180" playBeep="true" transcribe="true" transcribeCallback={heard} action={done}/>'
        return f"<Response><Say>{words}</Say>{record}</Response>"

    def hints(self) -> list[str]:
        return [
            f"In Twilio's console, for the number {self.account.from_number}:",
            f"A call comes in: Webhook {self.public_url}{PATH}/incoming, HTTP POST",
            f"Call status changes: {self.public_url}{PATH}/status, HTTP POST",
        ]

    async def close(self) -> None:
        await self.account.close()
