"""What reaches customers: messages, reminders, calls, voicemails, campaigns and calendars."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint

from callboard.storage.tables.base import (
    Table,
    at,
    document,
    flag,
    key,
    metadata,
    number,
    organization,
    ref,
    text,
    work_columns,
)

messages = Table(
    "messages",
    metadata,
    key(),
    organization(),
    ref("person_id"),
    ref("booking_id"),
    ref("project_id"),
    text("direction", nullable=False),  # inbound, outbound
    text("kind", nullable=False),  # confirmation, reschedule, cancellation, reminder, upload_link, chat
    number("booking_rev", None),
    at("starts_at"),  # the time it told, so that what the customer believes can be compared with what is
    text("variant", nullable=False),  # tells two reminders of one rev apart: minutes before the call
    text("from_number"),
    text("to_number"),
    text("body", nullable=False),
    text("status", nullable=False),  # waiting, sending, sent, delivered, failed, received, void
    text("reason"),  # why it is not sent or failed, for the operator
    text("gateway"),
    text("provider_id"),
    at("sent_at"),
    at("delivered_at"),
    at("read_at"),
    *work_columns(),
    at("created_at", nullable=False),
    at("updated_at", nullable=False),
    UniqueConstraint("booking_id", "kind", "booking_rev", "variant"),  # at most one confirmation per booking and rev
    Index(None, "organization_id", "id"),
    Index(None, "organization_id", "person_id", "id"),
    Index(None, "organization_id", "booking_id"),
    Index(None, "gateway", "provider_id"),
)
Index(
    "ix_messages_due",
    messages.c.organization_id,
    messages.c.due_at,
    sqlite_where=messages.c.due_at.is_not(None),
    postgresql_where=messages.c.due_at.is_not(None),
)

reminders = Table(
    "reminders",
    metadata,
    key(),
    organization(),
    ref("booking_id", nullable=False),
    text("kind", nullable=False),  # "1440", "60": minutes before the call
    number("booking_rev", 1),
    text("recipient", nullable=False),
    at("starts_at", nullable=False),  # the start it reminds of: another one makes it void
    text("status", nullable=False),  # waiting, sent, void, skipped
    text("reason"),
    at("sent_at"),
    *work_columns(),
    at("created_at", nullable=False),
    UniqueConstraint("booking_id", "kind", "booking_rev", "recipient"),
)
Index(
    "ix_reminders_due",
    reminders.c.organization_id,
    reminders.c.due_at,
    sqlite_where=reminders.c.due_at.is_not(None),
    postgresql_where=reminders.c.due_at.is_not(None),
)

call_records = Table(
    "call_records",
    metadata,
    key(),
    organization(),
    ref("person_id"),
    ref("agent_id"),
    ref("booking_id"),
    ref("campaign_contact_id"),
    text("direction", nullable=False),
    text("status", nullable=False),  # initiated, ringing, in_progress, completed, missed, voicemail, failed
    text("from_number", nullable=False),
    text("to_number", nullable=False),
    text("gateway", nullable=False),
    text("provider_id"),
    text("outcome"),
    text("notes"),
    text("recording_url"),
    at("answered_at"),
    at("ended_at"),
    number("duration_seconds"),
    text("reason"),  # why it was not dialled, for the operator
    *work_columns(),
    at("created_at", nullable=False),
    at("updated_at", nullable=False),
    number("rev", 1),
    Index(None, "organization_id", "created_at", "id"),
    Index(None, "organization_id", "person_id", "created_at"),
    Index(None, "gateway", "provider_id"),
)
Index(
    "ix_call_records_due",
    call_records.c.organization_id,
    call_records.c.due_at,
    sqlite_where=call_records.c.due_at.is_not(None),
    postgresql_where=call_records.c.due_at.is_not(None),
)

# Only calls that are not over stand in it, so that finding the forgotten ones costs nothing however long the history is.
Index(
    "ix_call_records_live",
    call_records.c.updated_at,
    sqlite_where=call_records.c.status.in_(["initiated", "ringing", "in_progress"]),
    postgresql_where=call_records.c.status.in_(["initiated", "ringing", "in_progress"]),
)

voicemails = Table(
    "voicemails",
    metadata,
    key(),
    organization(),
    ref("call_id"),
    ref("person_id"),
    ref("agent_id"),
    text("from_number", nullable=False),
    text("to_number", nullable=False),
    text("path"),
    text("recording_url"),
    text("transcript"),
    flag("is_read"),
    number("duration_seconds"),
    at("created_at", nullable=False),
    at("updated_at", nullable=False),
    Index(None, "organization_id", "created_at", "id"),
)

campaigns = Table(
    "campaigns",
    metadata,
    key(),
    organization(),
    ref("agent_id"),
    text("name", nullable=False),
    text("status", nullable=False),  # draft, running, paused, finished
    text("target_country", nullable=False),
    text("script", nullable=False),
    document("window"),  # calling hours in the contact's zone, as weekly hours text
    number("max_attempts", 3),
    number("spacing_minutes", 240),
    number("pace_per_hour", None),
    at("started_at"),
    at("finished_at"),
    at("created_at", nullable=False),
    at("updated_at", nullable=False),
    number("rev", 1),
    UniqueConstraint("organization_id", "name"),
)

campaign_contacts = Table(
    "campaign_contacts",
    metadata,
    key(),
    organization(),
    ref("campaign_id", nullable=False),
    ref("person_id", nullable=False),
    text("name", nullable=False),
    text("phone", nullable=False),
    text("interest"),
    text("city"),
    text("country"),
    text("email"),
    text("language"),
    text("timezone"),
    text("notes"),
    text(
        "status", nullable=False
    ),  # pending, calling, qualified, not_interested, exhausted, callback_requested, invalid, do_not_call
    text("validation", nullable=False),  # valid, wrong_country, invalid
    at("callback_at"),
    ref("booking_id"),
    text("claimed_by"),  # the operator who holds it
    *work_columns(),
    at("last_attempt_at"),
    at("created_at", nullable=False),
    at("updated_at", nullable=False),
    number("rev", 1),
    UniqueConstraint("campaign_id", "phone"),
    Index(None, "organization_id", "campaign_id", "status", "due_at"),
    Index(None, "organization_id", "campaign_id", "last_attempt_at"),
    Index(None, "organization_id", "updated_at", "id"),
    Index(None, "organization_id", "person_id"),
)

calendars = Table(
    "calendars",
    metadata,
    key(),
    organization(),
    ref("agent_id"),
    text("name", nullable=False),
    text("url", nullable=False),  # empty: read from a file once
    text("etag"),
    text("status", nullable=False),  # waiting, fresh, stale, failed
    at("fetched_at"),  # the last time its server answered
    at("expanded_at"),  # the last time its events became blocks
    number("busy"),  # how many blocks it made
    *work_columns(),
    at("created_at", nullable=False),
    at("updated_at", nullable=False),
    Index(None, "organization_id"),
)
Index(
    "ix_calendars_due",
    calendars.c.organization_id,
    calendars.c.due_at,
    sqlite_where=calendars.c.due_at.is_not(None),
    postgresql_where=calendars.c.due_at.is_not(None),
)
