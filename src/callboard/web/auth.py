"""Who asks.

A key once recognised is remembered by the SHA-256 of its header; whether it is *still* live is judged inside each request's own
transaction (``services.keys.confirm``: one read by primary key), so a revocation in any process counts from the next request
and costs no round trip of its own. A time-limited cache would be as fast and wrong for seconds.
"""

from __future__ import annotations

import hashlib

from callboard.domain.keys import ApiKey
from callboard.services import keys
from callboard.services.service import SYSTEM, Desk
from callboard.web.faults import Unauthenticated

MOST_REMEMBERED = 4096
LONGEST = 200


class Doorman:
    """Turns an Authorization header into a key."""

    def __init__(self, desk: Desk, schemes: tuple[str, ...]) -> None:
        self._desk = desk
        self._schemes = frozenset(scheme.lower() for scheme in schemes)
        self._known: dict[bytes, ApiKey] = {}

    def known(self, header: bytes | None) -> ApiKey | None:
        """The key of a header that was recognised before; whether it is still live is for the request to ask."""
        return None if header is None else self._known.get(hashlib.sha256(header).digest())

    async def recognise(self, header: bytes | None) -> ApiKey:
        """The key the database knows by this header; Unauthenticated for anything else."""
        text = self._text(header)
        key = await self._desk.acting(SYSTEM).read(keys.authenticate, text)
        if key is None or header is None:
            raise Unauthenticated
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[hashlib.sha256(header).digest()] = key
        return key

    def _text(self, header: bytes | None) -> str:
        if header is None or len(header) > LONGEST:
            raise Unauthenticated
        scheme, _, text = header.decode("latin-1").partition(" ")
        text = text.strip()
        if scheme.lower() not in self._schemes or not text.isascii():
            raise Unauthenticated
        return text

    def forget(self, key_id: str) -> None:
        """The database no longer vouches for this key."""
        self._known = {digest: key for digest, key in self._known.items() if key.id != key_id}
