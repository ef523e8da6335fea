"""Texts through Twilio's Messages.json, with signed status callbacks and inbound messages.

The callback URL carries our own id: a receipt may be faster than the answer that would have told us Twilio's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx

from callboard.domain.errors import Invalid
from callboard.domain.messages import Message, Outcome
from callboard.gateways.sms.base import Abilities, Inbound, Receipt, SmsGateway
from callboard.gateways.twilio import TwilioAccount, trouble

STATUS_PATH = "/callbacks/sms/twilio/status"
INBOUND_PATH = "/callbacks/sms/twilio/inbound"
_STATUS = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
STOPPED = 21610  # Twilio: the recipient has unsubscribed
_AMBIGUOUS = frozenset({500, 502, 504})  # it may have been taken before the answer broke


@dataclass(slots=True)
class TwilioSms(SmsGateway):
    """The text side of an account."""

    account: TwilioAccount
    public_url: str
    organization: str = ""
    name: str = "twilio"
    can: Abilities = Abilities(sends=True, receipts=True, inbound=True, finds=True)  # noqa: RUF009 - frozen

    @classmethod
    def configured(cls, table: Mapping[str, Any], public_url: str) -> TwilioSms:
        """From the settings table; Invalid names what is missing."""
        account = TwilioAccount.configured(table)
        if not (account.from_number or account.messaging_service_sid):
            raise Invalid("gateways.twilio.from_number", "or messaging_service_sid must be set to send texts")
        return cls(account=account, public_url=public_url.rstrip("/"), organization=str(table.get("organization", "")))

    async def send(self, message: Message) -> Outcome:
        form = {
            "To": message.to_number or "",
            "Body": message.body,
            "StatusCallback": f"{self.public_url}{STATUS_PATH}?message={message.id}",
        }
        if message.from_number:
            form["From"] = message.from_number
        elif self.account.messaging_service_sid:
            form["MessagingServiceSid"] = self.account.messaging_service_sid
        else:
            form["From"] = self.account.from_number
        try:
            response = await self.account.post("Messages.json", form)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            return self._later(f"Twilio cannot be reached ({type(error).__name__})")
        except httpx.HTTPError as error:
            return await self._doubtful(message, f"Twilio did not answer ({type(error).__name__})")
        return await self._judge(message, response)

    async def _judge(self, message: Message, response: httpx.Response) -> Outcome:
        if response.is_success:
            return self._sent(response.json())
        code, sentence = trouble(response)
        if response.status_code in _AMBIGUOUS:
            return await self._doubtful(message, sentence)
        if response.status_code in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
            after = response.headers.get("retry-after", "")
            return self._later(sentence, int(after) if after.isdigit() else None)
        if code == STOPPED:
            sentence = "this customer told Twilio STOP (21610)"
        return Outcome(status="failed", gateway=self.name, reason=sentence)

    def _sent(self, body: Mapping[str, Any]) -> Outcome:
        return Outcome(status="sent", gateway=self.name, provider_id=body.get("sid"), sender=body.get("from") or None)

    def _later(self, reason: str, after: int | None = None) -> Outcome:
        return Outcome(status="retry", gateway=self.name, reason=reason, retry_after=after)

    async def _doubtful(self, message: Message, reason: str) -> Outcome:
        """Look before trying again: the customer must not be texted twice."""
        try:
            return await self.find(message) or self._later(reason)
        except (httpx.HTTPError, ValueError, KeyError):
            return Outcome(status="unknown", gateway=self.name, reason=f"{reason}; it may have been sent")

    async def find(self, message: Message) -> Outcome | None:
        response = await self.account.get("Messages.json", {"To": message.to_number or "", "PageSize": "50"})
        response.raise_for_status()
        for found in response.json()["messages"]:
            made = parsedate_to_datetime(found["date_created"]).timestamp() if found.get("date_created") else 0
            if found.get("body") == message.body and made >= message.created_at - 60:
                return self._sent(found)
        return None

    def read_status(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> Receipt | None:
        self.account.check(url, fields, headers)
        status = _STATUS.get(fields.get("MessageStatus", ""))
        if status is None:
            return None
        code = fields.get("ErrorCode") or None
        reason = f"Twilio: {fields.get('MessageStatus')}" + (f" ({code})" if code else "") if status == "failed" else None
        _, _, ours = url.partition("?message=")
        return Receipt(status=status, provider_id=fields.get("MessageSid"), message_id=ours or None, reason=reason)

    def read_inbound(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> Inbound:
        self.account.check(url, fields, headers)
        if not (fields.get("From") and fields.get("MessageSid")):
            raise Invalid("From", "must be given")
        return Inbound(
            from_number=fields["From"],
            to_number=fields.get("To", ""),
            body=fields.get("Body", ""),
            provider_id=fields["MessageSid"],
        )

    def hints(self) -> list[str]:
        return [
            f"In Twilio's console, for the number {self.account.from_number or 'of the messaging service'}:",
            f"A message comes in: Webhook {self.public_url}{INBOUND_PATH}, HTTP POST",
            "Status callbacks are asked for with every message; nothing to enter.",
            "When several organizations share callboard, set gateways.twilio.organization to where strangers belong.",
        ]

    async def close(self) -> None:
        await self.account.close()
