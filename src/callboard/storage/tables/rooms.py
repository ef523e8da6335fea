"""What a call leaves behind: chat lines and recordings."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint

from callboard.storage.tables.base import Table, at, flag, key, metadata, number, organization, ref, text

chat_lines = Table(
    "chat_lines",
    metadata,
    key(),
    organization(),
    ref("booking_id", nullable=False),
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
