"""The call itself: the room as it should be, who is in it, and what it leaves behind (chat lines, recordings).

``rooms`` holds wishes and instants, not commands: an operator's process writes how the room should be, the server's process hears
of it and makes it so. A server that was away finds everything here when it returns.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, String, UniqueConstraint

from callboard.storage.tables.base import Table, at, document, flag, key, metadata, number, organization, ref, text

rooms = Table(
    "rooms",
    metadata,
    key(),  # the booking's id
    organization(),
    at("waiting_at"),  # when the customer first waited
    at("admitted_at"),
    at("joined_at"),  # when both were first in
    text("hold_message", nullable=False),
    text("note", nullable=False),  # the operator's last message to the room
    at("note_at"),
    document("muted"),  # roles
    document("breakout"),  # roles
    text("recording", nullable=False),  # "", asked, on, refused
    text("gateway", nullable=False),
    text("gateway_ref"),  # what the gateway's webhooks call the room
    document("gateway_room"),  # what the gateway needs to find its room again
    at("updated_at", nullable=False),
    number("rev", 1),
    Index(None, "organization_id", "id"),
    Index(None, "gateway", "gateway_ref"),
)

room_presence = Table(
    "room_presence",
    metadata,
    Column("booking_id", String(24), primary_key=True),
    Column("role", String(16), primary_key=True),
    organization(),
    text("session", nullable=False),  # which tab holds the place
    text("server", nullable=False),  # which process its socket is in
    text("status", nullable=False),  # waiting, in_room, left
    at("since", nullable=False),
    at("seen_at", nullable=False),
    Index(None, "organization_id", "status"),
    Index(None, "server"),
)

# Messages between two pages whose sockets are in different server processes; read within a second, gone within a minute.
room_mail = Table(
    "room_mail",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
    organization(),
    ref("booking_id", nullable=False),
    text("role", nullable=False),
    document("body"),
    at("created_at", nullable=False),
    Index(None, "booking_id", "seq"),
)

chat_lines = Table(
    "chat_lines",
    metadata,
    key(),
    organization(),
    ref("booking_id", nullable=False),
    number("position"),  # ids order to the second only
    text("role", nullable=False),
    text("body", nullable=False),
    at("created_at", nullable=False),
    Index(None, "organization_id", "booking_id"),
)

recordings = Table(
    "recordings",
    metadata,
    key(),
    organization(),
    ref("booking_id", nullable=False),
    text("role", nullable=False),
    text("path", nullable=False),
    text("content_type", nullable=False),
    number("next_sequence"),
    number("size"),
    flag("complete"),
    at("created_at", nullable=False),
    at("updated_at", nullable=False),
    UniqueConstraint("path"),
    Index(None, "organization_id", "booking_id"),
)
