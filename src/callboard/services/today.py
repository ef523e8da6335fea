"""What needs somebody now, in order of harm, and the day in numbers: one read for the whole screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from callboard.domain.bookings import Booking, Status
from callboard.domain.phones import pretty_phone
from callboard.domain.zones import day_bounds, local_day
from callboard.services import blocks, bookings, calendars, calls, campaigns, messages, phone_views, rooms, webhook_views
from callboard.storage import day_counts
from callboard.storage.unit_of_work import Work

LATE_AFTER = 60  # seconds past the start before a call nobody began counts as late
BEHIND, AHEAD = 12 * 3600, 7 * 86400
DAY = 86400
ROWS = 500
MOST_NAME = 32  # letters
SPOKEN = {"chat": "text"}  # kinds of messages that are called otherwise in front of people
ORDER = (
    *("waiting", "late", "callback", "missed", "clash", "overran", "disabled"),
    *("failed", "unsent", "pending", "unread", "voicemail", "calendar"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing to settle. ``at`` is the instant it is measured from; ``id`` the noun's; ``phone`` whom to reach."""

    kind: str
    id: str
    at: int
    title: str
    detail: str = ""
    phone: str | None = None
    person_id: str | None = None

    @property
    def key(self) -> str:
        """Different for every line."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """The lines, worst first; and (hour of the day, status) → how many, for calls booked, calls dialled, deliveries, messages."""

    needs: tuple[Need, ...]
    hours: Mapping[str, Mapping[tuple[int, str], int]]


def look(work: Work, org: str, zone: str) -> Today:
    """Everything the screen shows; the day is that of ``zone``."""
    lo, hi = day_bounds(local_day(work.now, zone), zone)
    found = sorted(_needs(work, org), key=lambda n: (ORDER.index(n.kind), n.at))
    return Today(needs=tuple(found), hours={what: day_counts.by_hour(work, org, what, lo, hi) for what in day_counts.TABLES})


def _needs(work: Work, org: str) -> list[Need]:
    return [
        *_calls_to_come(work, org),
        *_callbacks(work, org),
        *_missed(work, org),
        *_endpoints(work, org),
        *_messages(work, org),
        *_voicemails(work, org),
        *_calendars(work, org),
    ]


def count(work: Work, org: str) -> int:
    """How many lines there are: the number beside the screen's name is what stands on it."""
    return len(_needs(work, org))


def _short(name: str) -> str:
    """A name that leaves room for what is said of it."""
    return name if len(name) <= MOST_NAME else f"{name[: MOST_NAME - 1]}…"


def _name(booking: Booking) -> str:
    return _short(booking.customer_name or booking.title or booking.kind)


def _calls_to_come(work: Work, org: str) -> Iterator[Need]:
    """Who waits, what is late, what runs over, what is not confirmed, what meets something else."""
    waiting = {r.booking.id: r.waiting_at or work.now for r in rooms.waiting(work, org)}
    statuses = [Status.PENDING, Status.SCHEDULED, Status.IN_PROGRESS, Status.ON_HOLD]
    found = bookings.listing(work, org, starts_from=work.now - BEHIND, starts_to=work.now + AHEAD, statuses=statuses, limit=ROWS)
    for b in found:
        need = _of_booking(work, b, waiting)
        if need is not None:
            yield need
    yield from _clashes(work, org, [b for b in found if b.starts_at > work.now])


def _of_booking(work: Work, b: Booking, waiting: Mapping[str, int]) -> Need | None:
    reach: dict[str, Any] = {"id": b.id, "phone": b.customer_phone, "person_id": b.person_id}
    if b.id in waiting:
        return Need(kind="waiting", at=waiting[b.id], title=f"{_name(b)} waits in the room", detail=b.title, **reach)
    if b.status is Status.SCHEDULED and b.starts_at + LATE_AFTER <= work.now:
        return Need(kind="late", at=b.starts_at, title=f"{_name(b)} was to be called", detail=b.title, **reach)
    if b.status is Status.PENDING and b.confirm_by is not None:
        return Need(kind="pending", at=b.confirm_by, title=f"{_name(b)} is not confirmed", detail=b.title, **reach)
    if b.status in {Status.IN_PROGRESS, Status.ON_HOLD} and b.ends_at < work.now:
        return Need(kind="overran", at=b.ends_at, title=f"the call with {_name(b)} is past its end", detail=b.title, **reach)
    return None


def _clashes(work: Work, org: str, ahead: list[Booking]) -> Iterator[Need]:
    """Calls to come that something outside took the time of meanwhile."""
    shut = [b for b in blocks.listing(work, org, work.now, work.now + AHEAD) if b.starts_at < b.ends_at]
    for b in ahead:
        other = next(
            (x for x in shut if x.agent_id in {None, b.agent_id} and x.starts_at < b.ends_at and b.starts_at < x.ends_at), None
        )
        if other is not None:
            what = other.title or other.kind.replace("_", " ")
            yield Need(
                kind="clash",
                id=b.id,
                at=b.starts_at,
                title=f"{_name(b)} clashes with {what}",
                detail=b.title,
                phone=b.customer_phone,
            )


def _callbacks(work: Work, org: str) -> Iterator[Need]:
    for c in campaigns.callbacks(work, org, until=work.now + 15 * 60):
        at = c.callback_at or work.now
        reach = {"phone": c.phone, "person_id": c.person_id}
        yield Need(
            kind="callback", id=c.id, at=at, title=f"{_short(c.name)} asked to be called back", detail=c.interest or "", **reach
        )


def _missed(work: Work, org: str) -> Iterator[Need]:
    """Callers nobody answered and nobody has reached since, once a number."""
    recent = calls.listing(work, org, created_from=work.now - DAY, limit=ROWS)
    settled: set[str] = set()
    for row, c in zip(phone_views.named(work, org, recent), recent, strict=True):
        if c.other in settled:
            continue
        settled.add(c.other)  # newest first: whatever came after this call speaks for the number
        if c.direction == "inbound" and c.status == "missed" and c.other.startswith("+"):
            title = f"{_short(row) or pretty_phone(c.other)} called and nobody answered"
            yield Need(kind="missed", id=c.id, at=c.created_at, title=title, phone=c.other, person_id=c.person_id)


def _endpoints(work: Work, org: str) -> Iterator[Need]:
    for e in webhook_views.endpoints(work, org):
        host = e.webhook.url.split("//", 1)[-1]
        if not e.webhook.active:
            at = e.webhook.updated_at
            title = f"{host} is switched off"
            yield Need(kind="disabled", id=e.id, at=at, title=title, detail=e.webhook.disabled_reason or "")
        elif e.failed:
            title = f"{e.failed} {'delivery' if e.failed == 1 else 'deliveries'} to {host} failed"
            since = e.webhook.failing_since
            detail = "in the last 24 hours" if since else "others arrived after them"
            yield Need(kind="failed", id=e.id, at=since or work.now, title=title, detail=detail)


def _messages(work: Work, org: str) -> Iterator[Need]:
    talks = messages.conversations(work, org, 50)
    names = {c.number: c.name for c in talks}
    for status in ("failed", "waiting"):
        for m in messages.listing(work, org, direction="outbound", status=status, limit=50):
            stuck = status == "failed" or (m.due_at is None or m.due_at < work.now - 300)
            if stuck and m.created_at > work.now - 7 * DAY:
                who = _short(names.get(m.to_number or "", "")) or pretty_phone(m.to_number or "")
                title = f"a {SPOKEN.get(m.kind, m.kind.replace('_', ' '))} to {who} was not sent"
                reach = {"phone": m.to_number, "person_id": m.person_id}
                yield Need(kind="unsent", id=m.id, at=m.created_at, title=title, detail=m.reason or m.body, **reach)
    for c in talks:
        if c.unread:
            detail = c.last.body if c.last.direction == "inbound" else ""
            yield Need(
                kind="unread", id=c.number, at=c.last.created_at, title=f"{_short(c.name)} wrote", detail=detail, phone=c.number
            )


def _voicemails(work: Work, org: str) -> Iterator[Need]:
    for row in phone_views.voice_rows(work, org, 50):
        v = row.voicemail
        if not v.is_read:
            who = _short(row.name) or pretty_phone(v.from_number)
            reach = {"phone": v.from_number, "person_id": v.person_id}
            yield Need(
                kind="voicemail", id=v.id, at=v.created_at, title=f"{who} left a voicemail", detail=v.transcript or "", **reach
            )


def _calendars(work: Work, org: str) -> Iterator[Need]:
    for c in calendars.listing(work, org):
        if c.status in {"stale", "failed"}:
            at = c.fetched_at or c.created_at
            yield Need(kind="calendar", id=c.id, at=at, title=f"the calendar {c.name} is not read", detail=c.last_error or "")
