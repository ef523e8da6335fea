"""Links that open something without an account: join links, upload links, calendar feeds.

A token carries no expiry: whether it still opens its room is judged against the booking as it stands now, so a moved call keeps
its link and a cancelled one loses it at once. The id stands in the path and is signed with it, which keeps links short enough
for a text message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from itsdangerous import BadSignature, Signer

from callboard.domain.bookings import Booking, Status
from callboard.domain.errors import LinkDead, LinkForged, NotFound
from callboard.storage import rooms as store
from callboard.storage import secrets
from callboard.storage.unit_of_work import Work

Role = Literal["agent", "customer"]
ROLES: tuple[Role, ...] = ("agent", "customer")
_LETTER: dict[str, Role] = {"a": "agent", "c": "customer"}
_PART = re.compile(r"[A-Za-z0-9_-]+\Z")


@dataclass(frozen=True, slots=True)
class JoinLink:
    """What a valid join link opens: this booking, in this role."""

    booking: Booking
    role: Role


def _signer(work: Work, purpose: str) -> Signer:
    return Signer(secrets.value(work, "links"), salt=f"callboard:{purpose}", sep=".", key_derivation="hmac", digest_method=sha256)


def sign(work: Work, purpose: str, *parts: str | int) -> str:
    """A token that carries ``parts`` (letters, digits, ``_``, ``-``) and is good for ``purpose`` alone."""
    texts = [str(part) for part in parts]
    if not texts or not all(map(_PART.match, texts)):
        raise ValueError("parts of a token are letters, digits, _ and -")
    return _signer(work, purpose).sign(".".join(texts)).decode()


def verify(work: Work, purpose: str, token: str) -> tuple[str, ...]:
    """The parts of a token made by :func:`sign` for the same purpose; LinkForged for any other text."""
    try:
        return tuple(_signer(work, purpose).unsign(token.encode("utf-8", "replace")).decode("ascii").split("."))
    except (BadSignature, ValueError) as error:
        raise LinkForged from error


def token(work: Work, booking: Booking, role: Role) -> str:
    """The ``t`` of a join link."""
    return sign(work, f"join:{booking.id}", role[0], booking.link_version)


def join_url(work: Work, public_url: str, booking: Booking, role: Role) -> str:
    """The join link of a role; ``public_url`` is ``settings.public_url``, empty for where the server listens.

    The same until the link is revoked.
    """
    return f"{(public_url or work.public_url).rstrip('/')}/join/video-call/{booking.id}?t={token(work, booking, role)}"


def read(work: Work, booking_id: str, token: str) -> JoinLink:
    """The booking a join link opens. NotFound (no such booking), LinkForged, or LinkDead (cancelled, expired, revoked).

    A completed call's link stays readable until it expires: its page says that the call has ended.
    """
    from callboard.services import bookings, organizations

    org = store.organization_of(work, booking_id)
    if org is None:
        raise NotFound("booking", booking_id)
    parts = verify(work, f"join:{booking_id}", token)
    role = _LETTER.get(parts[0])
    if role is None or len(parts) != 2:
        raise LinkForged
    booking = bookings.get(work, org, booking_id)
    policy = organizations.get(work, org).policy
    if booking.status is Status.CANCELLED:
        raise LinkDead("cancelled", booking.id, org, role)
    if parts[1] != str(booking.link_version):
        raise LinkDead("revoked", booking.id, org, role)
    if booking.status is Status.EXPIRED or work.now >= booking.link_expires_at(policy.link_lifetime_hours):
        raise LinkDead("expired", booking.id, org, role)
    return JoinLink(booking, role)
