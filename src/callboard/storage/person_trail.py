"""What happened around people: the last touch and the next call of many at once, and the webhooks that told of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Row, bindparam, func, select

from callboard.storage.tables import (
    bookings,
    call_records,
    campaign_contacts,
    deliveries,
    events,
    messages,
    people,
    voicemails,
    webhooks,
)
from callboard.storage.unit_of_work import Work

AT_ONCE = 64
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_ORG: BindParameter[Any] = bindparam("org")
_CALLS = (
    select(call_records.c.person_id, func.max(call_records.c.created_at).label("at"))
    .where(call_records.c.organization_id == _ORG, call_records.c.person_id.in_(_IDS))
    .group_by(call_records.c.person_id)
)
_MESSAGES = (
    select(messages.c.person_id, func.max(messages.c.created_at).label("at"))
    .where(messages.c.organization_id == _ORG, messages.c.person_id.in_(_IDS), messages.c.status != "void")
    .group_by(messages.c.person_id)
)
_MET = (
    select(bookings.c.person_id, func.max(bookings.c.starts_at).label("at"))
    .where(
        bookings.c.organization_id == _ORG,
        bookings.c.person_id.in_(_IDS),
        bookings.c.starts_at < bindparam("now"),
        bookings.c.status.in_(["in_progress", "on_hold", "completed", "no_show"]),
    )
    .group_by(bookings.c.person_id)
)
_NEXT = (
    select(bookings.c.person_id, func.min(bookings.c.starts_at).label("at"))
    .where(
        bookings.c.organization_id == _ORG,
        bookings.c.person_id.in_(_IDS),
        bookings.c.starts_at >= bindparam("now"),
        bookings.c.status.in_(["pending_confirmation", "scheduled"]),
    )
    .group_by(bookings.c.person_id)
)
_CALLBACKS = (
    select(campaign_contacts.c.person_id, func.min(campaign_contacts.c.callback_at).label("at"))
    .where(
        campaign_contacts.c.organization_id == _ORG,
        campaign_contacts.c.person_id.in_(_IDS),
        campaign_contacts.c.status == "callback_requested",
    )
    .group_by(campaign_contacts.c.person_id)
)
_TOLD = (
    select(
        deliveries.c.id,
        deliveries.c.type,
        deliveries.c.status,
        deliveries.c.created_at,
        deliveries.c.response_status,
        webhooks.c.url,
    )
    .join(events, events.c.id == deliveries.c.event_id)
    .join(webhooks, webhooks.c.id == deliveries.c.webhook_id)
    .where(events.c.organization_id == _ORG, events.c.subject_id.in_(_IDS))
    .order_by(deliveries.c.id.desc())
    .limit(bindparam("n"))
)
_VOICEMAILS = (
    select(voicemails.c.id, voicemails.c.created_at, voicemails.c.transcript, voicemails.c.duration_seconds, voicemails.c.is_read)
    .where(voicemails.c.organization_id == _ORG, voicemails.c.person_id == bindparam("person"))
    .order_by(voicemails.c.created_at.desc())
    .limit(bindparam("n"))
)


def touches(work: Work, org: str, ids: Sequence[str]) -> tuple[dict[str, tuple[int, str]], dict[str, tuple[int, str]]]:
    """By person: the newest (instant, call, message or meeting) behind, and the first (instant, call or callback) ahead."""
    last: dict[str, tuple[int, str]] = {}
    ahead: dict[str, tuple[int, str]] = {}
    for part in _parts(ids):
        given = {"org": org, "ids": part, "now": work.now}
        for kind, statement in (("call", _CALLS), ("message", _MESSAGES), ("meeting", _MET)):
            for row in work.rows(statement, given):
                last[row.person_id] = max(last.get(row.person_id, (0, "")), (row.at, kind))
        for kind, statement in (("meeting", _NEXT), ("callback", _CALLBACKS)):
            for row in work.rows(statement, given):
                if row.at is not None:
                    ahead[row.person_id] = min(ahead.get(row.person_id, (row.at, kind)), (row.at, kind))
    return last, ahead


def _parts(ids: Sequence[str]) -> list[list[str]]:
    """A table's page, some at a time: each connection keeps the statement of a long list, 230 bytes for each place in it."""
    return [list(ids[at : at + AT_ONCE]) for at in range(0, len(ids), AT_ONCE)]


def told(work: Work, org: str, subject_ids: Sequence[str], limit: int) -> Sequence[Row[Any]]:
    """Webhook deliveries of events of these nouns, newest first: id, type, status, created_at, response_status, url."""
    return work.rows(_TOLD, {"org": org, "ids": list(subject_ids), "n": limit}) if subject_ids else []


def voicemails_of(work: Work, org: str, person_id: str, limit: int) -> Sequence[Row[Any]]:
    """Voicemails a person left, newest first."""
    return work.rows(_VOICEMAILS, {"org": org, "person": person_id, "n": limit})


_NAMES = select(people.c.id, people.c.full_name, people.c.company, people.c.email, people.c.phone).where(
    people.c.organization_id == _ORG, people.c.id.in_(_IDS)
)


def names(work: Work, org: str, ids: Sequence[str]) -> dict[str, str]:
    """Person → the best name there is."""
    found = (row for part in _parts(ids) for row in work.rows(_NAMES, {"org": org, "ids": part}))
    return {r.id: r.full_name or r.company or r.email or r.phone or "unknown" for r in found}
