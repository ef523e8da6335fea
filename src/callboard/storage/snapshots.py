"""What a noun looked like when something happened to it: its plain columns, kept with the event so that a late word is true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, Table, bindparam, select

from callboard.storage.tables import bookings, call_records, campaign_contacts, messages, people, voicemails, webhooks
from callboard.storage.unit_of_work import Work


def _of(table: Table, *names: str) -> Select[Any]:
    return select(*(table.c[name] for name in ("id", *names))).where(
        table.c.organization_id == bindparam("org"), table.c.id == bindparam("id")
    )


_TIMES = ("created_at", "updated_at")
_STATEMENTS: Mapping[str, Select[Any]] = {
    "booking": _of(
        bookings, "person_id", "agent_id", "project_id", "status", "starts_at", "duration_minutes", "timezone", "kind", "title",
        "customer_name", "customer_phone", "customer_email", "notes", "source", "cancellation_reason", "cancelled_at",
        "session_started_at", "session_ended_at", "overran", "rev", *_TIMES,
    ),
    "person": _of(
        people, "full_name", "first_name", "last_name", "company", "phone", "email", "country", "city", "language", "interest",
        "source", "notes", "agent_id", "is_lead", "is_contact", "external_source", "external_id", "metadata", "rev", *_TIMES,
    ),
    "contact": _of(
        campaign_contacts, "campaign_id", "person_id", "name", "phone", "interest", "city", "country", "email", "language",
        "notes", "status", "validation", "attempts", "callback_at", "booking_id", "last_attempt_at", "rev", *_TIMES,
    ),
    "call": _of(
        call_records, "person_id", "agent_id", "booking_id", "direction", "status", "from_number", "to_number", "provider_id",
        "outcome", "recording_url", "answered_at", "ended_at", "duration_seconds", "rev", *_TIMES,
    ),
    "message": _of(
        messages, "person_id", "booking_id", "direction", "kind", "from_number", "to_number", "body", "status", "provider_id",
        "sent_at", "delivered_at", *_TIMES,
    ),
    "voicemail": _of(
        voicemails, "call_id", "person_id", "from_number", "to_number", "recording_url", "transcript", "is_read",
        "duration_seconds", *_TIMES,
    ),
    "webhook": _of(webhooks, "url", "dialect", "status", "disabled_reason", "failures", "failing_since", *_TIMES),
}  # fmt: skip


def take(work: Work, organization_id: str, noun: str, subject_id: str) -> dict[str, dict[str, Any]]:
    """``{noun: its columns}`` as they stand in this transaction; empty for a noun that nobody is told of, or that is gone."""
    statement = _STATEMENTS.get(noun)
    row = work.row(statement, {"org": organization_id, "id": subject_id}) if statement is not None else None
    return {noun: dict(row._mapping)} if row else {}  # noqa: SLF001 - SQLAlchemy's public name for it
