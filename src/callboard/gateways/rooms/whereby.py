"""Whereby: the call takes place on the provider's page.

Its flags are query parameters of that page, which anybody may rewrite, so they are declared as what they are: UI only.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx

from callboard.domain.bookings import Booking
from callboard.domain.errors import Forbidden, Unavailable
from callboard.domain.rooms import Role
from callboard.domain.zones import iso
from callboard.gateways import certificates
from callboard.gateways.rooms.base import FLAGS, Hook, Level, Plain

API = "https://api.whereby.dev/v1"
TOLERANCE_SECONDS = 300  # how old a webhook may be
LINGER_SECONDS = 3600  # how long a room outlives its call's end
_EVENTS = {
    "room.client.joined": "joined",
    "room.client.left": "left",
    "room.client.knocked": "waiting",
    "room.session.started": "started",
    "room.session.ended": "ended",
}
_HOSTS = frozenset({"host", "granted_host", "owner"})


class Whereby(Plain):
    """Settings: ``[gateways.whereby]`` api_key, webhook_secret, base_url."""

    name = "whereby"
    title = "Whereby (the provider's page)"
    external = True

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._http: httpx.AsyncClient | None = None

    def support(self) -> Mapping[str, Level]:
        """What its page hides on request; the rest it does not have, or not by request."""
        shown = {"breakout_room", "microphone", "webcam_agent", "webcam_customer", "screen_sharing", "chat", "participant_list"}
        return {flag: Level.UI_ONLY if flag in shown else Level.ABSENT for flag in FLAGS}

    def missing(self) -> str:
        return "" if self._settings.get("api_key") else "set api_key under [gateways.whereby]"

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        if self._http is None:
            self._http = httpx.AsyncClient(timeout=10, trust_env=False, follow_redirects=False, verify=certificates.public())
        url = str(self._settings.get("base_url") or API).rstrip("/") + path
        try:
            key = {"Authorization": f"Bearer {self._settings['api_key']}"}
            answer = await self._http.request(method, url, json=body, headers=key)
        except (httpx.HTTPError, KeyError) as error:
            raise Unavailable("Whereby does not answer") from error
        if answer.status_code >= 400:
            raise Unavailable(f"Whereby answered {answer.status_code}")
        return answer.json() if answer.content else None

    async def open(self, booking: Booking, known: Mapping[str, Any]) -> Mapping[str, Any]:
        if known.get("id"):
            return known
        wish = {
            "endDate": iso(booking.ends_at + LINGER_SECONDS),
            "isLocked": True,
            "roomMode": "normal",
            "fields": ["hostRoomUrl"],
        }
        made = await self._ask("POST", "/meetings", wish)
        try:
            return {"id": str(made["meetingId"]), "guest": made["roomUrl"], "host": made["hostRoomUrl"]}
        except (KeyError, TypeError) as error:
            raise Unavailable("Whereby answered something else") from error

    def ticket(self, booking: Booking, role: Role, known: Mapping[str, Any], now: int) -> Mapping[str, Any]:  # noqa: ARG002
        features = booking.features
        camera = features.webcam_agent if role == "agent" else features.webcam_customer
        flags = {
            "cameraAccess": camera,
            "audio": features.microphone,
            "screenshare": features.screen_sharing,
            "chat": features.chat,
            "people": features.participant_list,
            "breakout": features.breakout_room,
            "precallReview": False,
        }
        extra = {name: "on" if on else "off" for name, on in flags.items()}
        if features.participant_list:
            extra["displayName"] = booking.customer_name if role == "customer" else ""
        return {
            "kind": "external",
            "url": _with(known["host" if role == "agent" else "guest"], {k: v for k, v in extra.items() if v}),
        }

    async def end(self, booking: Booking, known: Mapping[str, Any]) -> None:  # noqa: ARG002 - the protocol's
        if known.get("id"):
            await self._ask("DELETE", f"/meetings/{known['id']}")

    def hook(self, headers: Mapping[str, str], body: bytes, now: int) -> Hook | None:
        """``Whereby-Signature: t=<seconds>,v1=<hex>`` over ``t.body``; Forbidden when forged or old."""
        said = dict(part.split("=", 1) for part in headers.get("whereby-signature", "").split(",") if "=" in part)
        at, given = said.get("t", ""), said.get("v1", "")
        secret = str(self._settings.get("webhook_secret") or "")
        if not secret or not at.isdigit():
            raise Forbidden("webhook")
        seconds = int(at[:16]) // (1000 if len(at) > 11 else 1)
        wanted = hmac.new(secret.encode(), at.encode() + b"." + body, "sha256").hexdigest()
        if abs(now - seconds) > TOLERANCE_SECONDS or not hmac.compare_digest(wanted, given):
            raise Forbidden("webhook")
        try:
            event = json.loads(body)
            kind, data = _EVENTS.get(event["type"]), event["data"]
            room = str(data["meetingId"])
        except (ValueError, KeyError, TypeError):
            return None
        role: Role = "agent" if data.get("roleName") in _HOSTS else "customer"
        return Hook(kind=kind, room=room, role=role if "client" in event["type"] else None) if kind else None

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()
            self._http = None


def _with(url: str, extra: Mapping[str, str]) -> str:
    """The address with more in its query."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *extra.items()])))
