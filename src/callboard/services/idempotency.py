"""Idempotency-Key: the first request does the work and its answer is kept with it; the same request again gets that answer.

Only answers that changed something are kept: a refusal rolls back and takes its row along, so a caller may correct and try again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from callboard.domain.errors import KeyReused
from callboard.storage import idempotency as rows
from callboard.storage.unit_of_work import Work

KEEP_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer as it went out: status, JSON text, and whether it was given before."""

    status: int
    body: str
    replayed: bool = False


def fingerprint(method: str, path: str, body: bytes) -> str:
    """What makes two requests the same request: method, whole path and body, byte for byte."""
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), body))).hexdigest()


def once(work: Work, org: str, key: str, print_: str, act: Callable[[], Stored]) -> Stored:
    """Do ``act`` in this transaction unless the key has its answer already; KeyReused when it belongs to another request."""
    row = rows.get(work, org, key)
    if row is not None and row.expires_at > work.now:
        if row.fingerprint != print_:
            raise KeyReused
        return Stored(row.status, row.body, replayed=True)
    if row is not None:
        rows.drop(work, org, key)
    answer = act()
    rows.add(
        work,
        org,
        key,
        fingerprint=print_,
        status=answer.status,
        body=answer.body,
        headers=None,
        expires_at=work.now + KEEP_SECONDS,
    )
    return answer


def correct(work: Work, org: str, key: str, body: str) -> None:
    """Replace a kept answer's text: its outcome became known after the transaction (a message was delivered)."""
    rows.set_body(work, org, key, body)


def prune(work: Work, before: int) -> int:
    """Forget keys that expired before an instant (UTC seconds); how many."""
    return rows.prune(work, before)
