"""STUN and TURN: the way through NAT. Credentials are made for one person and expire (coturn's ``use-auth-secret``)."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from typing import Any

TTL_HOURS = 12


def _list(value: object) -> list[str]:
    if isinstance(value, str):
        return [v.strip() for v in value.split(",") if v.strip()]
    return [str(v) for v in value] if isinstance(value, (list, tuple)) else []


def credentials(secret: str, user: str, expires_at: int) -> tuple[str, str]:
    """(username, password) good until ``expires_at``: ``<expiry>:<id>`` and base64(HMAC-SHA1(secret, username))."""
    username = f"{expires_at}:{user}"
    digest = hmac.new(secret.encode(), username.encode(), "sha1").digest()  # coturn knows no other
    return username, base64.b64encode(digest).decode()


def ice_servers(settings: Mapping[str, Any], user: str, now: int) -> list[dict[str, Any]]:
    """For RTCPeerConnection, from ``stun_urls``, ``turn_urls`` (comma-separated), ``turn_secret``, ``turn_ttl_hours``."""
    servers: list[dict[str, Any]] = []
    stun, turn, secret = _list(settings.get("stun_urls")), _list(settings.get("turn_urls")), settings.get("turn_secret")
    if stun:
        servers.append({"urls": stun})
    if turn and secret:
        username, password = credentials(str(secret), user, now + int(settings.get("turn_ttl_hours", TTL_HOURS)) * 3600)
        servers.append({"urls": turn, "username": username, "credential": password})
    return servers


def describe(settings: Mapping[str, Any]) -> str:
    """One line for the console: what helps through NAT."""
    turn, stun = _list(settings.get("turn_urls")), _list(settings.get("stun_urls"))
    if turn and not settings.get("turn_secret"):
        return "turn_urls is set but turn_secret is not: calls behind strict NAT will fail"
    if turn:
        return f"TURN {', '.join(turn)} with credentials that expire"
    return (
        f"STUN {', '.join(stun)} only" if stun else "no STUN or TURN: calls work within one network or between public addresses"
    )
