"""Outside calendars kept as busy blocks, and our own bookings as feeds others can subscribe to.

A calendar that stops answering keeps its blocks: yesterday's knowledge refuses a booking wrongly less often than none at all.
It is marked stale, and said so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from callboard.domain.bookings import OCCUPYING, Status
from callboard.domain.calendars import (
    AHEAD_DAYS,
    BACKOFF,
    MAX_BYTES,
    POLL_SECONDS,
    REEXPAND_SECONDS,
    STALE_SECONDS,
    Busy,
    Calendar,
    CalendarStatus,
    Fetched,
)
from callboard.domain.errors import Invalid, LinkForged, NotAllowed, NotFound
from callboard.domain.leases import Lease
from callboard.services import ics, links
from callboard.storage import agents as agent_rows
from callboard.storage import blocks as block_rows
from callboard.storage import bookings as booking_rows
from callboard.storage import calendars as rows
from callboard.storage import organizations as organization_rows
from callboard.storage import secrets
from callboard.storage.unit_of_work import Work

NAME_LENGTH = 200
URL_LENGTH = 2000
PAST_DAYS = 31
FEED_LIMIT = 5000
EVERYONE = "all"


# --- imported calendars ---------------------------------------------------------------------------------------------
def add(work: Work, org: str, name: str, url: str, *, agent_id: str | None = None) -> Calendar:
    """Follow an outside calendar by its URL (http, https, webcal); it is fetched at once and every quarter of an hour."""
    calendar = _new(work, org, name, agent_id, url=clean_url(url), due_at=work.now)
    rows.add(work, calendar)
    work.audit("calendar.added", org, calendar.id, after={"name": calendar.name, "url": calendar.url})
    work.touch(org, "calendar")
    return calendar


def import_file(work: Work, org: str, name: str, raw: bytes, *, agent_id: str | None = None) -> Calendar:
    """Take the busy time of an ICS file, once."""
    if len(raw) > MAX_BYTES:
        raise Invalid("file", f"must be at most {MAX_BYTES // 1024 // 1024} MB")
    calendar = _new(work, org, name, agent_id)
    busy = ics.read(raw, now=work.now, default_zone=_zone_for(work, calendar))
    rows.add(work, calendar)
    return _filled(work, calendar, tuple(busy))


def _filled(work: Work, calendar: Calendar, busy: tuple[Busy, ...]) -> Calendar:
    org = calendar.organization_id
    rows.replace_blocks(work, calendar, busy)
    values = {"status": "fresh", "fetched_at": work.now, "expanded_at": work.now, "busy": len(busy)}
    rows.change(work, calendar.id, **values)
    work.audit("calendar.imported", org, calendar.id, after={"name": calendar.name, "busy": len(busy)})
    work.record("calendar.fetched", org, calendar.id, busy=len(busy))
    work.touch(org, "block")
    return get(work, org, calendar.id)


def _new(work: Work, org: str, name: str, agent_id: str | None, url: str = "", due_at: int | None = None) -> Calendar:
    name = name.strip()
    if not name or len(name) > NAME_LENGTH:
        raise Invalid("name", f"must have between 1 and {NAME_LENGTH} characters")
    if agent_id is not None and agent_rows.get(work, org, agent_id) is None:
        raise NotFound("agent", agent_id)
    return Calendar(
        id=work.new_id(),
        organization_id=org,
        name=name,
        url=url,
        agent_id=agent_id,
        due_at=due_at,
        created_at=work.now,
        updated_at=work.now,
    )


def clean_url(text: str) -> str:
    """The URL to fetch; ``webcal:`` means https."""
    url = re.sub(r"^webcals?://", "https://", text.strip(), flags=re.IGNORECASE)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
        _ = parts.port
    except ValueError:
        usable = False
    if not usable or len(url) > URL_LENGTH or not url.isprintable() or " " in url:
        raise Invalid("url", "must be an http, https or webcal address without a name and password in it")
    return url


def get(work: Work, org: str, calendar_id: str) -> Calendar:
    """One imported calendar."""
    calendar = rows.get(work, org, calendar_id)
    if calendar is None:
        raise NotFound("calendar", calendar_id)
    return calendar


def listing(work: Work, org: str) -> list[Calendar]:
    """The imported calendars, by name."""
    return rows.every(work, org)


def remove(work: Work, org: str, calendar_id: str) -> None:
    """Follow it no longer; its blocks go with it."""
    calendar = get(work, org, calendar_id)
    busy = (
        [[b.key, b.starts_at, b.ends_at, b.title] for b in rows.busy_of(work, calendar)] if not calendar.url else []
    )  # a file is not there to be read again
    gone = block_rows.remove_of_calendar(work, org, calendar.id)
    rows.remove(work, org, calendar.id)
    before = {"name": calendar.name, "url": calendar.url, "agent_id": calendar.agent_id, "busy": busy}
    work.audit("calendar.removed", org, calendar.id, before=before, after={"blocks": gone})
    work.touch(org, "calendar")
    work.touch(org, "block")


def restore(work: Work, org: str, _calendar_id: str, before: Mapping[str, Any]) -> Calendar:
    """Follow a calendar again (undo of removing it): by its URL, fetched at once, or with the busy time its file had."""
    if before.get("url"):
        return add(work, org, before["name"], before["url"], agent_id=before.get("agent_id"))
    if "busy" not in before:
        raise NotAllowed("import the file again")
    calendar = _new(work, org, before["name"], before.get("agent_id"))
    rows.add(work, calendar)
    return _filled(work, calendar, tuple(Busy(*b) for b in before["busy"]))


def refresh(work: Work, org: str, calendar_id: str) -> Calendar:
    """Fetch it now."""
    calendar = get(work, org, calendar_id)
    if not calendar.url:
        raise Invalid("calendar", "came from a file; import the file again")
    rows.change(work, calendar.id, due_at=work.now, etag=None)
    work.audit("calendar.refreshed", org, calendar.id)
    work.touch(org, "calendar")
    return get(work, org, calendar_id)


# --- the duty -------------------------------------------------------------------------------------------------------
def next_due(work: Work) -> int | None:
    """When the first calendar is to be fetched."""
    return rows.QUEUE.next_due(work)


def claim(work: Work, lease: Lease) -> list[tuple[Calendar, str]]:
    """Calendars to fetch, each with the zone its floating times are read in. One unread for a week is asked for whole."""
    found = []
    for calendar in rows.claim(work, lease):
        old = calendar.expanded_at is None or work.now - calendar.expanded_at > REEXPAND_SECONDS
        if old and calendar.etag is not None:
            rows.change(work, calendar.id, etag=None)
            calendar = get(work, calendar.organization_id, calendar.id)  # noqa: PLW2901 - the same row, asked for whole
        found.append((calendar, _zone_for(work, calendar)))
    return found


def _zone_for(work: Work, calendar: Calendar) -> str:
    agent = agent_rows.get(work, calendar.organization_id, calendar.agent_id) if calendar.agent_id else None
    if agent is not None:
        return agent.timezone
    organization = organization_rows.get(work, calendar.organization_id)
    return organization.timezone if organization else "UTC"


def record(work: Work, job: tuple[Calendar, str], outcome: Fetched | Exception) -> None:
    """Write what a fetch brought: new blocks, nothing new, or a failure that leaves the old blocks standing."""
    calendar = job[0]
    if isinstance(outcome, Exception):
        outcome = Fetched(status="failed", error=f"it could not be read ({type(outcome).__name__})")
    if outcome.status == "failed":
        _failed(work, calendar, outcome)
        return
    values = {"status": "fresh", "fetched_at": work.now, "last_error": None, "attempts": 0, "updated_at": work.now}
    if outcome.status == "fresh":
        values |= {"etag": outcome.etag, "expanded_at": work.now, "busy": len(outcome.busy)}
    if not rows.QUEUE.finish(work, calendar.id, calendar.lease_token or "", work.now + POLL_SECONDS, **values):
        return
    if outcome.status == "fresh" and any(rows.replace_blocks(work, calendar, outcome.busy)):
        work.record("calendar.fetched", calendar.organization_id, calendar.id, busy=len(outcome.busy))
        work.touch(calendar.organization_id, "block")
    else:
        work.touch(calendar.organization_id, "calendar")


def _failed(work: Work, calendar: Calendar, outcome: Fetched) -> None:
    """After a day without an answer a calendar is stale; one never read has failed."""
    since = calendar.fetched_at if calendar.fetched_at is not None else calendar.created_at
    old = work.now - since >= STALE_SECONDS
    status = CalendarStatus.STALE if old else CalendarStatus.FAILED
    wait = BACKOFF[min(calendar.attempts, len(BACKOFF)) - 1]
    values = {"status": str(status), "last_error": outcome.error, "updated_at": work.now}
    if not rows.QUEUE.finish(work, calendar.id, calendar.lease_token or "", work.now + wait, **values):
        return
    if old and calendar.status != CalendarStatus.STALE:
        work.record("calendar.stale", calendar.organization_id, calendar.id, error=outcome.error)
    else:
        work.touch(calendar.organization_id, "calendar")


# --- our own feed ---------------------------------------------------------------------------------------------------
def feed_url(work: Work, org: str, agent_id: str | None = None) -> str:
    """The address at which anyone who has it may read the bookings of an agent, or of the organization."""
    if agent_id is not None and agent_rows.get(work, org, agent_id) is None:
        raise NotFound("agent", agent_id)
    version = feed_version(work, org, agent_id)
    anew = [version] if version else []
    return f"{work.public_url}/calendars/{links.sign(work, 'calendar', org, agent_id or EVERYONE, *anew)}.ics"


def feed_version(work: Work, org: str, agent_id: str | None = None) -> int:
    """How many addresses of this feed have been revoked."""
    return secrets.version(work, f"feed:{org}:{agent_id or EVERYONE}")


def revoke_feed(work: Work, org: str, agent_id: str | None = None) -> str:
    """Let the feed's address open nothing any more, from the next request on; the new one."""
    feed_url(work, org, agent_id)
    version = secrets.raise_version(work, f"feed:{org}:{agent_id or EVERYONE}")
    work.audit("calendar.feed_revoked", org, agent_id or org, after={"revoked": version})
    work.touch(org, "calendar")
    return feed_url(work, org, agent_id)


def feed(work: Work, token: str) -> bytes:
    """The feed behind a token: a month back, and everything to come. NotFound for any token that is not ours, or was revoked."""
    try:
        org, whose, *version = links.verify(work, "calendar", token)
    except (LinkForged, ValueError) as error:
        raise NotFound("calendar") from error
    if "".join(version) != str(secrets.version(work, f"feed:{org}:{whose}") or ""):
        raise NotFound("calendar")
    organization = organization_rows.get(work, org)
    if organization is None:
        raise NotFound("calendar")
    names = {a.id: a.name for a in agent_rows.every(work, org)}
    if whose != EVERYONE and whose not in names:
        raise NotFound("calendar")
    found = booking_rows.listing(
        work,
        org,
        starts_from=work.now - PAST_DAYS * 86400,
        starts_to=work.now + AHEAD_DAYS * 86400,
        agent_id=None if whose == EVERYONE else whose,
        statuses=[*OCCUPYING, Status.CANCELLED, Status.EXPIRED, Status.NO_SHOW],
        limit=FEED_LIMIT,
    )
    title = organization.display_name if whose == EVERYONE else f"{names[whose]}, {organization.display_name}"
    return ics.write(
        title,
        [
            ics.Entry(
                booking=b,
                agent_name=names.get(b.agent_id, ""),
                join_url=links.join_url(work, work.public_url, b, "agent"),
            )
            for b in found
        ],
    )
