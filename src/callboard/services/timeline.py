"""Everything about one person in one stream: bookings, telephone calls, messages, files, webhooks, what was changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from callboard.domain.bookings import Booking
from callboard.domain.people import Person
from callboard.services import agents, bookings, calls, messages, people, undo
from callboard.storage import person_trail as rows
from callboard.storage import projects as project_rows
from callboard.storage.unit_of_work import Work

MOST = 200  # of each kind; older ones stand on their own screens


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. ``kind``: booking, call, message, upload, voicemail, webhook, change; ``state`` its word; ``id`` the noun's."""

    at: int
    kind: str
    state: str
    title: str
    detail: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A person with their agent's name, the stream newest first, and what is still to come."""

    person: Person
    agent: str
    entries: tuple[Entry, ...]
    ahead: tuple[Booking, ...]


def of_person(work: Work, org: str, person_id: str, limit: int = MOST) -> Card:
    """One person in full."""
    person = people.get(work, org, person_id)
    names = {a.id: a.name for a in agents.all(work, org)}
    booked = bookings.listing(work, org, person_id=person_id, limit=limit, newest_first=True)
    found = [
        *_bookings(booked, names),
        *_calls(work, org, person_id, limit, names),
        *_messages(work, org, person_id, limit),
        *_uploads(work, org, person_id, limit),
        *_voicemails(work, org, person_id, limit),
        *_webhooks(work, org, [person_id, *(b.id for b in booked)], limit),
        *_changes(work, org, person_id, limit),
    ]
    return Card(
        person=person,
        agent=names.get(person.agent_id or "", ""),
        entries=tuple(sorted(found, key=lambda e: (e.at, e.id), reverse=True)),
        ahead=tuple(b for b in reversed(booked) if b.starts_at >= work.now and b.occupies),
    )


def _bookings(booked: list[Booking], names: dict[str, str]) -> Iterator[Entry]:
    for b in booked:
        why = b.cancellation_reason or b.notes or ""
        yield Entry(b.starts_at, "booking", str(b.status), f"{b.title or b.kind} with {names.get(b.agent_id, '?')}", why, b.id)


def _calls(work: Work, org: str, person_id: str, limit: int, names: dict[str, str]) -> Iterator[Entry]:
    for c in calls.listing(work, org, person_id=person_id, limit=limit):
        way = "called us" if c.direction == "inbound" else "we called"
        talked = f", {c.duration_seconds // 60}:{c.duration_seconds % 60:02d}" if c.duration_seconds else ""
        who = f" ({names[c.agent_id]})" if c.agent_id in names else ""
        detail = " · ".join(t for t in (c.outcome, c.notes, c.reason) if t)
        yield Entry(c.created_at, "call", c.status, f"{way}{who}, {c.status.replace('_', ' ')}{talked}", detail, c.id)


def _messages(work: Work, org: str, person_id: str, limit: int) -> Iterator[Entry]:
    for m in messages.listing(work, org, person_id=person_id, limit=limit):
        title = "wrote" if m.direction == "inbound" else f"{m.kind.replace('_', ' ')}, {m.status}"
        note = f" ({m.reason})" if m.reason and m.status in {"waiting", "failed", "void"} else ""
        yield Entry(m.created_at, "message", m.status, title + note, m.body, m.id)


def _uploads(work: Work, org: str, person_id: str, limit: int) -> Iterator[Entry]:
    for f in project_rows.uploads_of_person(work, org, person_id, limit):
        yield Entry(f.created_at, "upload", "received", f"sent {f.name}, {-(-f.size // 1024):,} KB", f.path, f.id)


def _voicemails(work: Work, org: str, person_id: str, limit: int) -> Iterator[Entry]:
    for v in rows.voicemails_of(work, org, person_id, limit):
        state = "read" if v.is_read else "new"
        yield Entry(v.created_at, "voicemail", state, f"left a voicemail, {v.duration_seconds} s", v.transcript or "", v.id)


def _webhooks(work: Work, org: str, subject_ids: list[str], limit: int) -> Iterator[Entry]:
    for d in rows.told(work, org, subject_ids[:100], limit):
        host = d.url.split("//", 1)[-1].split("/", 1)[0]
        answer = f" ({d.response_status})" if d.response_status else ""
        yield Entry(d.created_at, "webhook", d.status, f"{d.type} → {host}, {d.status}{answer}", "", d.id)


def _changes(work: Work, org: str, person_id: str, limit: int) -> Iterator[Entry]:
    for e in undo.history(work, org, person_id, limit):
        verb = e.action.rsplit(".", 1)[-1].replace("_", " ")
        what = ", ".join(sorted(e.after or {})) if verb == "updated" else ""
        who = e.actor.split(":", 1)[-1]
        gone = ", taken back" if e.undone else ""
        yield Entry(e.at, "change", verb, f"{verb} by {who}{gone}", what.replace("_", " "), str(e.seq))
