"""Outside calendars: read at intervals, expanded into busy time, and honest about their age."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

POLL_SECONDS = 900
BACKOFF = (300, 900, 3600)  # after failures in a row; then every hour
STALE_SECONDS = 24 * 3600  # so long without an answer, what we know of a calendar may be wrong
BEHIND_DAYS, AHEAD_DAYS = 1, 400  # the horizon of expansion: a little more than a booking may be in advance
REEXPAND_SECONDS = 7 * 86400  # an unchanged calendar is read anew after a week: its horizon has moved
MAX_BYTES = 8 * 1024 * 1024
MAX_BUSY = 20_000


class CalendarStatus(StrEnum):
    """What can be said of an imported calendar."""

    WAITING = "waiting"
    FRESH = "fresh"
    STALE = "stale"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """An imported calendar; ``agent_id`` None blocks the whole organization. ``url`` empty: it came from a file, once."""

    id: str
    organization_id: str
    name: str
    url: str = ""
    agent_id: str | None = None
    etag: str | None = None
    status: str = CalendarStatus.WAITING
    fetched_at: int | None = None
    expanded_at: int | None = None
    busy: int = 0
    due_at: int | None = None
    attempts: int = 0
    lease_token: str | None = None
    last_error: str | None = None
    created_at: int = 0
    updated_at: int = 0


@dataclass(frozen=True, slots=True)
class Busy:
    """One stretch of busy time: [starts_at, ends_at) UTC seconds, told apart from its fellows by ``key``."""

    key: str
    starts_at: int
    ends_at: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What fetching came to: ``fresh`` with its busy time, ``same`` (not modified), or ``failed`` with the reason."""

    status: str
    etag: str | None = None
    busy: tuple[Busy, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An HTTP answer of a calendar's server."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
