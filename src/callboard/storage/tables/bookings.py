"""Bookings and what stands around them: claims, blocks, tallies of the round robin, projects with their uploads.

``claims`` is the guarantee: a row exists exactly while a booking occupies an agent. The database's own refusal (EXCLUDE on
PostgreSQL, triggers on SQLite) is added by ``storage.engine``, because the two spell it differently.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, String, Text, UniqueConstraint

from callboard.storage.tables.base import Table, at, document, flag, key, metadata, number, organization, ref, text

bookings = Table(
    "bookings",
    metadata,
    key(),
    organization(),
    ref("agent_id", nullable=False),
    ref("person_id"),
    ref("project_id"),
    at("starts_at", nullable=False),
    number("duration_minutes", 30),
    number("buffer_before_minutes"),
    number("buffer_after_minutes"),
    text("timezone", nullable=False),
    text("kind", nullable=False),
    text("title", nullable=False),
    text("customer_name", nullable=False),
    text("customer_phone"),
    text("customer_email"),
    text("notes"),
    text("source", nullable=False),
    text("assignment", nullable=False),
    text("status", nullable=False),
    at("confirm_by"),
    at("cancelled_at"),
    text("cancelled_by"),
    text("cancellation_reason"),
    at("session_started_at"),
    at("session_ended_at"),
    at("on_hold_started_at"),
    at("on_hold_ended_at"),
    flag("overran"),
    text("room", nullable=False),
    number("link_version", 1),
    text("reference"),
    document("features"),
    document("details"),
    at("created_at", nullable=False),
    at("updated_at", nullable=False),
    number("rev", 1),
    Index(None, "organization_id", "starts_at", "id"),
    Index(None, "organization_id", "agent_id", "starts_at"),
    Index(None, "organization_id", "person_id", "starts_at"),
    Index(None, "organization_id", "id"),
)
# Only pending rows stand in it, so that expiring what is stale costs nothing however many bookings there are.
Index(
    "ix_bookings_pending",
    bookings.c.confirm_by,
    sqlite_where=bookings.c.status == "pending_confirmation",
    postgresql_where=bookings.c.status == "pending_confirmation",
)
Index(
    "ix_bookings_pending_of",
    bookings.c.organization_id,
    bookings.c.confirm_by,
    sqlite_where=bookings.c.status == "pending_confirmation",
    postgresql_where=bookings.c.status == "pending_confirmation",
)
Index(
    "ix_bookings_open",
    bookings.c.starts_at,
    sqlite_where=bookings.c.status.in_(["scheduled", "in_progress", "on_hold"]),
    postgresql_where=bookings.c.status.in_(["scheduled", "in_progress", "on_hold"]),
)
Index(
    "ux_bookings_reference",
    bookings.c.organization_id,
    bookings.c.reference,
    unique=True,
    sqlite_where=bookings.c.reference.is_not(None),
    postgresql_where=bookings.c.reference.is_not(None),
)

_Id = String(24).with_variant(Text, "sqlite")  # a STRICT table knows TEXT and INTEGER only
_Seconds = BigInteger().with_variant(Integer, "sqlite")
claims = Table(
    "claims",
    metadata,
    Column("organization_id", _Id, nullable=False),
    Column("booking_id", _Id, ForeignKey("bookings.id"), primary_key=True),
    Column("agent_id", _Id, primary_key=True),
    text("kind", nullable=False),
    Column("lo", _Seconds, nullable=False),
    Column("hi", _Seconds, nullable=False),
    CheckConstraint("lo < hi AND hi - lo <= 86400", name="span"),
    Index("ix_claims_agent", "organization_id", "agent_id", "lo", "hi"),
    sqlite_strict=True,
)

blocks = Table(
    "blocks",
    metadata,
    key(),
    organization(),
    ref("agent_id"),
    text("kind", nullable=False),
    text("title", nullable=False),
    at("starts_at", nullable=False),
    at("ends_at", nullable=False),
    text("external_source"),
    text("external_id"),
    ref("calendar_id"),
    at("created_at", nullable=False),
    at("updated_at", nullable=False),
    number("rev", 1),
    UniqueConstraint("organization_id", "external_source", "external_id"),
    CheckConstraint("starts_at <= ends_at", name="span"),
    Index(None, "organization_id", "agent_id", "starts_at"),
    Index(None, "organization_id", "ends_at"),
    Index(None, "calendar_id"),
)

tallies = Table(
    "tallies",
    metadata,
    Column("organization_id", String(24), primary_key=True),
    Column("window", String(7), primary_key=True),  # the organization's local month, 2026-11
    Column("agent_id", String(24), primary_key=True),
    number("given"),
    number("last"),
)

projects = Table(
    "projects",
    metadata,
    key(),
    organization(),
    ref("person_id"),
    text("customer_name", nullable=False),
    text("customer_phone"),
    text("customer_email"),
    number("link_version", 1),
    at("link_expires_at"),
    at("created_at", nullable=False),
    at("updated_at", nullable=False),
    Index(None, "organization_id", "id"),
    Index(None, "organization_id", "person_id"),
)

uploads = Table(
    "uploads",
    metadata,
    key(),
    organization(),
    ref("project_id", nullable=False),
    text("name", nullable=False),  # what the customer called it, for display only
    text("path", nullable=False),  # where it lies, relative to the data folder
    text("content_type", nullable=False),
    number("size"),
    at("created_at", nullable=False),
    Index(None, "organization_id", "project_id"),
)
