"""The request log: who asked what of the API and what was answered; no bodies, no query strings, no secrets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from callboard.domain import ids
from callboard.storage import request_log as rows
from callboard.storage.unit_of_work import Work


class Request(NamedTuple):
    """One request. ``milliseconds`` as the server measured them; ``code`` the refusal's stable word, if it was one.

    A tuple and no dataclass: a busy server makes thousands a second, while requests wait for the interpreter.
    """

    organization_id: str
    api_key_id: str | None
    method: str
    path: str
    dialect: str
    status: int
    milliseconds: int
    code: str | None
    at: int
    id: str = ""


def note(work: Work, requests: Sequence[Request]) -> None:
    """Write a batch."""
    fresh = ids.several([r.at for r in requests])
    rows.add(work, [{**r._asdict(), "id": id_} for r, id_ in zip(requests, fresh, strict=True)])
    for org in {r.organization_id for r in requests}:
        work.touch(org, "request")


def recent(work: Work, org: str, limit: int = 100) -> list[Request]:
    """The newest requests of an organization, newest first."""
    return [
        Request(
            organization_id=row.organization_id,
            api_key_id=row.api_key_id,
            method=row.method,
            path=row.path,
            dialect=row.dialect,
            status=row.status,
            milliseconds=row.milliseconds,
            code=row.code,
            at=row.at,
            id=row.id,
        )
        for row in rows.recent(work, org, limit)
    ]


def prune(work: Work, before: int) -> int:
    """Forget requests before an instant (UTC seconds); how many."""
    return rows.prune(work, before)
