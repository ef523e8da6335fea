"""Readiness: can this process write, is the schema the program's, and is the background work keeping up; and what is stuck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from callboard.domain.zones import iso
from callboard.services.service import Session
from callboard.storage import health as rows
from callboard.storage.unit_of_work import Work

LATE_SECONDS = 300  # work due for longer than this is stuck
UNSENT_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at. ``state``: ok, note (good to know), bad (stuck); ``organization_id`` None: of the house."""

    check: str
    state: str
    detail: str
    organization_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """``late_seconds``: by kind of background work, how late its oldest due row is."""

    schema: str | None
    expected_schema: str
    late_seconds: Mapping[str, int] = field(default_factory=dict)

    @property
    def migrated(self) -> bool:
        """Whether the database carries the program's schema."""
        return self.schema == self.expected_schema


def check(work: Work) -> Health:
    """Write a row and look around; raises what the database raises."""
    rows.write(work)
    schema, expected = rows.schema(work)
    return Health(schema=schema, expected_schema=expected, late_seconds=rows.oldest_due(work))


def stuck(work: Work, organization_id: str | None = None) -> list[Finding]:
    """What waits and should not: late work, failing endpoints, unsent messages, stale calendars; of one organization or all."""
    names = rows.names(work)
    found = [*_late(work), *_endpoints(work, names), *_messages(work, names), *_calendars(work, names)]
    return [f for f in found if organization_id is None or f.organization_id in {None, organization_id}]


def findings(session: Session) -> list[dict[str, str]]:
    """What ``callboard doctor`` prints: every check by name, ok where nothing is stuck."""
    found = session.get(stuck)
    checks = ("background work", "webhooks", "messages", "calendars")
    fine = [Finding(check=c, state="ok", detail="nothing stuck") for c in checks if not any(f.check == c for f in found)]
    return [{"check": f.check, "state": f.state, "detail": f.detail} for f in (*found, *fine, session.get(_links))]


def _links(work: Work) -> Finding:
    """Whether customers can open what they are sent."""
    url = work.public_url
    if urlsplit(url).hostname in {"localhost", "127.0.0.1", "::1"}:
        return Finding(
            check="links", state="note", detail=f"they begin with {url}, which only this computer opens: set public_url"
        )
    return Finding(check="links", state="ok", detail=f"they begin with {url}")


def _late(work: Work) -> list[Finding]:
    return [
        Finding(
            check="background work",
            state="bad",
            detail=f"{name}: the oldest due row has waited {_span(late)}; is a scheduler running?",
        )
        for name, late in sorted(rows.oldest_due(work).items())
        if late > LATE_SECONDS
    ]


def _endpoints(work: Work, names: Mapping[str, str]) -> list[Finding]:
    found = []
    for row in rows.failing(work):
        if row.status != "active":
            detail = f"{row.url} is disabled: {row.disabled_reason}"
        else:
            detail = f"{row.url} has failed {row.failures} times in a row since {iso(row.failing_since)}"
        state = "note" if row.status != "active" and row.disabled_reason == "by the operator" else "bad"
        found.append(_of(row, names, "webhooks", state, detail))
    return found


def _messages(work: Work, names: Mapping[str, str]) -> list[Finding]:
    found = []
    for row in rows.unsent(work, work.now - UNSENT_DAYS * 86400):
        if row.status == "failed":
            found.append(_of(row, names, "messages", "bad", f"{row.n} failed in the last {UNSENT_DAYS} days"))
        elif work.now - row.oldest > LATE_SECONDS:
            detail = f"{row.n} not sent, the oldest for {_span(work.now - row.oldest)}"
            found.append(_of(row, names, "messages", "note", detail))
    return found


def _calendars(work: Work, names: Mapping[str, str]) -> list[Finding]:
    return [
        _of(
            row,
            names,
            "calendars",
            "bad",
            f"{row.name!r} is {row.status}: {row.last_error}; last read {iso(row.fetched_at) or 'never'}",
        )
        for row in rows.stale_calendars(work)
    ]


def _of(row: Any, names: Mapping[str, str], check: str, state: str, detail: str) -> Finding:
    org = row.organization_id
    return Finding(check=check, state=state, detail=f"{names.get(org, org)}: {detail}", organization_id=org)


def _span(seconds: int) -> str:
    """A length of time in its largest whole unit."""
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            n = seconds // size
            return f"{n} {word}{'' if n == 1 else 's'}"
    return f"{seconds} seconds"
