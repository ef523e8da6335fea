"""API keys: made, listed, revoked, and recognised. The secret leaves :func:`add` once and is kept nowhere."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping

from callboard.domain import keys as rules
from callboard.domain.errors import Invalid, NotFound
from callboard.domain.keys import ApiKey
from callboard.storage import keys as rows
from callboard.storage.unit_of_work import Work

NAME_LENGTH = 120
MOST_REQUESTS = 100_000_000
_NOBODY = rules.digest("nobody")


def add(
    work: Work,
    org: str,
    name: str,
    flavour: str = "qubesheets",
    scopes: Iterable[str] = (),
    *,
    rate_limit: int | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its text, shown once. No scopes means all; ``rate_limit`` replaces the dialect's number of requests."""
    title = " ".join(name.split())
    if not title or len(title) > NAME_LENGTH:
        raise Invalid("name", f"must be 1 to {NAME_LENGTH} characters")
    if rate_limit is not None and not 1 <= rate_limit <= MOST_REQUESTS:
        raise Invalid("rate_limit", f"must be a whole number from 1 to {MOST_REQUESTS}")
    key_id = work.new_id()
    text = rules.mint(flavour, key_id)
    found = rules.read(text)
    if found is None:
        raise Invalid("flavour", "makes no readable key")
    key = ApiKey(
        id=key_id,
        organization_id=org,
        name=title,
        flavour=flavour,
        secret_hash=found[1],
        last_four=text[-4:],
        scopes=rules.check_scopes(tuple(scopes)),
        created_by=str(work.actor),
        created_at=work.now,
        rate_limit=rate_limit,
    )
    rows.add(work, key)
    work.audit("key.created", org, key_id, after={"name": title, "flavour": flavour, "scopes": sorted(key.scopes)})
    work.touch(org, "key")
    return key, text


def listing(work: Work, org: str) -> list[ApiKey]:
    """Every key of an organization, revoked ones among them, oldest first."""
    return rows.listing(work, org)


def get(work: Work, org: str, key_id: str) -> ApiKey:
    """One key of an organization."""
    key = rows.get(work, key_id)
    if key is None or key.organization_id != org:
        raise NotFound("key", key_id)
    return key


def revoke(work: Work, org: str, key_id: str) -> ApiKey:
    """Make a key useless from the next request on, in every process. Revoking twice changes nothing."""
    key = get(work, org, key_id)
    if rows.revoke(work, org, key_id):
        work.audit("key.revoked", org, key_id, after={"name": key.name})
        work.touch(org, "key")
    return get(work, org, key_id)


def authenticate(work: Work, text: str) -> ApiKey | None:
    """The live key of a text, or None. An unknown id takes the same path as a wrong secret."""
    found = rules.read(text)
    if found is None:
        return None
    key_id, digest = found
    key = rows.get(work, key_id)
    right = hmac.compare_digest(digest, key.secret_hash if key else _NOBODY)
    return key if key is not None and right and key.revoked_at is None else None


def confirm(work: Work, key_id: str) -> bool:
    """Whether a key recognised before is live in this very transaction: what makes a revocation count at once."""
    return rows.live(work, key_id)


def note_use(work: Work, times: Mapping[str, int]) -> None:
    """Keep when keys were last used; gathered by the server and written now and then, not per request."""
    rows.used(work, times.items())
