"""Every table, by noun. Instants are BIGINT UTC seconds; ids are 24 hex digits; the organization leads every key."""

from callboard.storage.tables.base import metadata
from callboard.storage.tables.bookings import blocks, bookings, claims, projects, tallies, uploads
from callboard.storage.tables.people import agents, organizations, people
from callboard.storage.tables.reach import (
    calendars,
    call_records,
    campaign_contacts,
    campaigns,
    messages,
    reminders,
    voicemails,
)
from callboard.storage.tables.rooms import chat_lines, recordings, room_mail, room_presence, rooms
from callboard.storage.tables.trail import audit, events
from callboard.storage.tables.wire import (
    api_keys,
    deliveries,
    idempotency,
    rate_windows,
    recoveries,
    request_log,
    secrets,
    webhooks,
)

__all__ = [
    "agents",
    "api_keys",
    "audit",
    "blocks",
    "bookings",
    "calendars",
    "call_records",
    "campaign_contacts",
    "campaigns",
    "chat_lines",
    "claims",
    "deliveries",
    "events",
    "idempotency",
    "messages",
    "metadata",
    "organizations",
    "people",
    "projects",
    "rate_windows",
    "recordings",
    "recoveries",
    "reminders",
    "request_log",
    "room_mail",
    "room_presence",
    "rooms",
    "secrets",
    "tallies",
    "uploads",
    "voicemails",
    "webhooks",
]
