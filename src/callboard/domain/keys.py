"""API keys: what a secret looks like, and what it may do.

``qbs_<24 hex id>_<43 characters of secret><6 of checksum>``. The secret has 256 bits of chance, so one SHA-256 of it is as
good as a slow password hash (argon2 would cost 95 ms a request); the checksum tells a mistyped key from an unknown one, for
secret scanners.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib
from dataclasses import dataclass

from callboard.domain.errors import Invalid

RESOURCES = ("scheduling", "leads", "campaigns", "webhooks", "calls", "messages", "contacts")
SCOPES: tuple[str, ...] = tuple(f"{resource}:{right}" for resource in RESOURCES for right in ("read", "write"))
FLAVOURS = {
    "qubesheets": "qbs_",
    "qualifybase": "qbk_live_",
    "qtvoice": "qtv_",
    "apifycloud": "apc_",
    "involve": "inv_",
}
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET, _CHECK = 43, 6
_FORM = re.compile(rf"({'|'.join(FLAVOURS.values())})([0-9a-f]{{24}})_([0-9A-Za-z]{{{_SECRET}}})([0-9A-Za-z]{{{_CHECK}}})\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it is kept: never the secret, only its hash and its last four characters."""

    id: str
    organization_id: str
    name: str
    flavour: str
    secret_hash: str
    last_four: str
    scopes: frozenset[str]
    created_by: str = ""
    created_at: int = 0
    last_used_at: int | None = None
    revoked_at: int | None = None
    rate_limit: int | None = None  # requests a window instead of the dialect's own number

    def may(self, scope: str | None) -> bool:
        """Whether the key holds a scope; None is a route that any key may use."""
        return scope is None or scope in self.scopes


def _base62(value: int, width: int) -> str:
    digits = []
    for _ in range(width):
        value, digit = divmod(value, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), _CHECK)


def mint(flavour: str, key_id: str) -> str:
    """The whole key of a flavour, to be shown once."""
    if flavour not in FLAVOURS:
        raise Invalid("flavour", f"must be one of {', '.join(FLAVOURS)}")
    body = f"{FLAVOURS[flavour]}{key_id}_{_base62(secrets.randbits(256), _SECRET)}"
    return body + _checksum(body)


def read(text: str) -> tuple[str, str] | None:
    """(id, hash of the secret) of a well-formed key, or None for any other text."""
    match = _FORM.match(text)
    if match is None or _checksum(text[:-_CHECK]) != match[4]:
        return None
    return match[2], digest(match[3])


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def check_scopes(scopes: object) -> frozenset[str]:
    """The scopes named, all of them when none is; Invalid for an unknown one. ``scheduling`` alone means both rights."""
    if not scopes:
        return frozenset(SCOPES)
    found: set[str] = set()
    for scope in scopes if isinstance(scopes, (list, tuple, set, frozenset)) else (scopes,):
        if scope in RESOURCES:
            found |= {f"{scope}:read", f"{scope}:write"}
        elif scope in SCOPES:
            found.add(str(scope))
        else:
            raise Invalid("scopes", f"must be among {', '.join(SCOPES)}")
    return frozenset(found)
