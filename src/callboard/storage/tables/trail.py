"""What happened: events (the outbox everything else follows from) and the audit of who did it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, String

from callboard.storage.tables.base import Table, at, document, metadata, number, organization, ref, text

events = Table(
    "events",
    metadata,
    # A rising number, so that "everything since" is a range; INTEGER on SQLite because only that is its row id.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
    Column("id", String(24), nullable=False, unique=True),
    organization(),
    text("type", nullable=False),
    ref("subject_id", nullable=False),
    number("rev", 1),
    document("data"),
    at("at", nullable=False),
    Index(None, "organization_id", "seq"),
    Index(None, "organization_id", "subject_id"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
    organization(),
    text("actor", nullable=False),
    text("action", nullable=False),  # booking.moved
    ref("subject_id", nullable=False),
    number("rev", 1),
    text("reason"),
    document("before"),  # the fields that changed, as they were: what undo needs
    document("after"),
    at("undone_at"),
    at("at", nullable=False),
    Index(None, "organization_id", "seq"),
    Index(None, "organization_id", "subject_id"),
)
