"""Texts through a Kannel gateway of one's own (SMPP, modems, whatever it is connected to), over its HTTP door.

Kannel does not sign what it calls back, so the URLs we give it carry a key made from a secret both sides know.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from callboard.domain.errors import Forbidden, Invalid
from callboard.domain.messages import Message, Outcome
from callboard.gateways import certificates
from callboard.gateways.sms.base import Abilities, Inbound, Receipt, SmsGateway

STATUS_PATH = "/callbacks/sms/kannel/status"
INBOUND_PATH = "/callbacks/sms/kannel/inbound"
DELIVERED, FAILED, SUBMITTED, REJECTED = 1, 2, 8, 16
_MASK = DELIVERED | FAILED | SUBMITTED | REJECTED
_STATUS = {DELIVERED: "delivered", FAILED: "failed", SUBMITTED: "sent", REJECTED: "failed"}
# 3GPP TS 23.038: what goes through without doubling its length.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)


@dataclass(slots=True)
class Kannel(SmsGateway):
    """One smsbox."""

    base_url: str
    username: str
    password: str
    public_url: str
    from_number: str = ""
    secret: str = ""
    organization: str = ""
    name: str = "kannel"
    can: Abilities = Abilities(sends=True, receipts=True, inbound=True)  # noqa: RUF009 - frozen
    _client: httpx.AsyncClient | None = field(default=None, repr=False)

    @classmethod
    def configured(cls, table: Mapping[str, Any], public_url: str) -> Kannel:
        """From ``[gateways.kannel]`` or ``CALLBOARD_KANNEL_*``; Invalid names what is missing."""
        for name in ("base_url", "username", "password"):
            if not table.get(name):
                raise Invalid(f"gateways.kannel.{name}", "must be set to use Kannel")
        return cls(
            base_url=str(table["base_url"]).rstrip("/"),
            username=str(table["username"]),
            password=str(table["password"]),
            public_url=public_url.rstrip("/"),
            from_number=str(table.get("from_number", "")),
            secret=str(table.get("callback_secret") or table["password"]),
            organization=str(table.get("organization", "")),
        )

    @property
    def key(self) -> str:
        """What a callback must carry."""
        return hmac.new(self.secret.encode(), b"callboard kannel callbacks", hashlib.sha256).hexdigest()[:40]

    async def send(self, message: Message) -> Outcome:
        self._client = self._client or httpx.AsyncClient(timeout=15.0, trust_env=False, verify=certificates.public())
        query = {
            "username": self.username,
            "password": self.password,
            "from": message.from_number or self.from_number,
            "to": message.to_number or "",
            "text": message.body,
            "charset": "UTF-8",
            "coding": "0" if _GSM.issuperset(message.body) else "2",
            "dlr-mask": str(_MASK),
            "dlr-url": f"{self.public_url}{STATUS_PATH}?key={self.key}&id={message.id}&status=%d&reply=%A",
        }
        try:
            response = await self._client.get(f"{self.base_url}/cgi-bin/sendsms", params=query)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            return Outcome(status="retry", gateway=self.name, reason=f"Kannel cannot be reached ({type(error).__name__})")
        except httpx.HTTPError as error:
            reason = f"Kannel did not answer ({type(error).__name__}); it may have been sent"
            return Outcome(status="unknown", gateway=self.name, reason=reason)
        if response.status_code == httpx.codes.ACCEPTED:
            return Outcome(status="sent", gateway=self.name, provider_id=message.id, sender=query["from"] or None)
        reason = f"Kannel {response.status_code}: {response.text.strip()[:200]}"
        return Outcome(status="retry" if response.is_server_error else "failed", gateway=self.name, reason=reason)

    def _check(self, fields: Mapping[str, str]) -> None:
        if not hmac.compare_digest(fields.get("key", "").encode(), self.key.encode()):
            raise Forbidden("kannel key")

    def read_status(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> Receipt | None:  # noqa: ARG002
        self._check(fields)
        code = fields.get("status", "")
        status = _STATUS.get(int(code)) if code.isdigit() else None
        if status is None:
            return None
        reason = f"Kannel: {fields.get('reply') or 'not delivered'}"[:200] if status == "failed" else None
        ours = fields.get("id")
        return Receipt(status=status, provider_id=ours, message_id=ours, reason=reason)

    def read_inbound(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> Inbound:  # noqa: ARG002
        self._check(fields)
        if not fields.get("from"):
            raise Invalid("from", "must be given")
        return Inbound(
            from_number=fields["from"],
            to_number=fields.get("to", ""),
            body=fields.get("text", ""),
            provider_id=fields.get("id") or None,
        )

    def hints(self) -> list[str]:
        return [
            "In kannel.conf: texts longer than one message are cut off unless the user may send several, and what customers",
            "write arrives by a service:",
            "group = sendsms-user",
            f"username = {self.username}",
            "password = the one set here",
            "max-messages = 10",
            "concatenation = true",
            "",
            "group = sms-service",
            "keyword = default",
            f'get-url = "{self.public_url}{INBOUND_PATH}?key={quote(self.key)}&from=%p&to=%P&text=%b&id=%I"',
            "max-messages = 0",
        ]

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None
