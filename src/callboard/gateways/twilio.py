"""A Twilio account: authenticated form posts, and the check of what claims to come from Twilio. Texts and calls share it.

Not the vendor's package: it is synchronous, and five megabytes for two requests and an HMAC. Our tests hold both against it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from callboard.domain.errors import Forbidden, Invalid
from callboard.gateways import certificates

DEFAULT_BASE = "https://api.twilio.com"
SIGNATURE = "x-twilio-signature"
TIMEOUT = httpx.Timeout(15.0, connect=5.0)


def signature(auth_token: str, url: str, fields: Mapping[str, str]) -> str:
    """What ``X-Twilio-Signature`` must be: base64 HMAC-SHA1 of the URL followed by every name and value in order of names."""
    signed = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


@dataclass(slots=True)
class TwilioAccount:
    """One account and the numbers it sends from."""

    account_sid: str
    auth_token: str
    from_number: str = ""
    messaging_service_sid: str = ""
    base_url: str = DEFAULT_BASE
    _client: httpx.AsyncClient | None = field(default=None, repr=False)

    @classmethod
    def configured(cls, table: Mapping[str, Any]) -> TwilioAccount:
        """From ``[gateways.twilio]`` or ``CALLBOARD_TWILIO_*``; Invalid names what is missing."""
        for name in ("account_sid", "auth_token"):
            if not table.get(name):
                raise Invalid(f"gateways.twilio.{name}", "must be set to use Twilio")
        return cls(
            account_sid=str(table["account_sid"]),
            auth_token=str(table["auth_token"]),
            from_number=str(table.get("from_number", "")),
            messaging_service_sid=str(table.get("messaging_service_sid", "")),
            base_url=str(table.get("base_url") or DEFAULT_BASE).rstrip("/"),
        )

    @property
    def client(self) -> httpx.AsyncClient:
        """The connection pool, opened when first needed (inside the running loop)."""
        if self._client is None:
            self._client = httpx.AsyncClient(
                auth=(self.account_sid, self.auth_token),
                timeout=TIMEOUT,
                trust_env=False,
                follow_redirects=False,
                verify=certificates.public(),
            )
        return self._client

    def path(self, resource: str) -> str:
        """The URL of a resource of the account."""
        return f"{self.base_url}/2010-04-01/Accounts/{self.account_sid}/{resource}"

    async def post(self, resource: str, form: Mapping[str, Any]) -> httpx.Response:
        """Create something."""
        return await self.client.post(self.path(resource), data=dict(form))

    async def get(self, resource: str, query: Mapping[str, str]) -> httpx.Response:
        """Read something."""
        return await self.client.get(self.path(resource), params=dict(query))

    def check(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> None:
        """Forbidden unless Twilio signed this request for this URL."""
        given = headers.get(SIGNATURE, "")
        if not hmac.compare_digest(given.encode(), signature(self.auth_token, url, fields).encode()):
            raise Forbidden("twilio signature")

    async def close(self) -> None:
        """Close the pool."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def trouble(response: httpx.Response) -> tuple[int | None, str]:
    """(Twilio's error code, a sentence) of an answer that is not a success."""
    try:
        body = response.json()
        code = int(body.get("code") or 0) or None
        return code, f"Twilio {response.status_code}: {str(body.get('message', ''))[:200]}" + (f" ({code})" if code else "")
    except (ValueError, AttributeError, TypeError):
        return None, f"Twilio answered {response.status_code}"
