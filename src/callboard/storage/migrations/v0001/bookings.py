"""The first schema: blocks, bookings, claims, projects, tallies, uploads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from callboard.storage.migrations.v0001.kinds import DOCUMENT


def create() -> None:
    """Create the tables and their indexes."""
    op.create_table(
        "tallies",
        sa.Column("organization_id", sa.String(length=24), nullable=False),
        sa.Column("window", sa.String(length=7), nullable=False),
        sa.Column("agent_id", sa.String(length=24), nullable=False),
        sa.Column("given", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "window", "agent_id", name=op.f("pk_tallies")),
    )
    op.create_table(
        "blocks",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("organization_id", sa.String(length=24), nullable=False),
        sa.Column("agent_id", sa.String(length=24), nullable=True),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("external_source", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("calendar_id", sa.String(length=24), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("rev", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("starts_at <= ends_at", name=op.f("ck_blocks_span")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_blocks_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
        sa.UniqueConstraint(
            "organization_id",
            "external_source",
            "external_id",
            name=op.f("uq_blocks_organization_id_external_source_external_id"),
        ),
    )
    op.create_index(op.f("ix_blocks_calendar_id"), "blocks", ["calendar_id"], unique=False)
    op.create_index(
        op.f("ix_blocks_organization_id_agent_id_starts_at"), "blocks", ["organization_id", "agent_id", "starts_at"], unique=False
    )
    op.create_index(op.f("ix_blocks_organization_id_ends_at"), "blocks", ["organization_id", "ends_at"], unique=False)
    op.create_table(
        "bookings",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("organization_id", sa.String(length=24), nullable=False),
        sa.Column("agent_id", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=True),
        sa.Column("project_id", sa.String(length=24), nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("duration_minutes", sa.BigInteger(), server_default="30", nullable=False),
        sa.Column("buffer_before_minutes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("buffer_after_minutes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("timezone", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("customer_name", sa.Text(), server_default="", nullable=False),
        sa.Column("customer_phone", sa.Text(), nullable=True),
        sa.Column("customer_email", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("assignment", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("confirm_by", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.Column("cancellation_reason", sa.Text(), nullable=True),
        sa.Column("session_started_at", sa.BigInteger(), nullable=True),
        sa.Column("session_ended_at", sa.BigInteger(), nullable=True),
        sa.Column("on_hold_started_at", sa.BigInteger(), nullable=True),
        sa.Column("on_hold_ended_at", sa.BigInteger(), nullable=True),
        sa.Column("overran", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("room", sa.Text(), server_default="", nullable=False),
        sa.Column("link_version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("features", DOCUMENT, nullable=True),
        sa.Column("details", DOCUMENT, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("rev", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_bookings_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
    )
    op.create_index(
        "ix_bookings_open",
        "bookings",
        ["starts_at"],
        unique=False,
        sqlite_where=sa.text("status IN ('scheduled', 'in_progress', 'on_hold')"),
        postgresql_where=sa.text("status IN ('scheduled', 'in_progress', 'on_hold')"),
    )
    op.create_index(
        op.f("ix_bookings_organization_id_agent_id_starts_at"),
        "bookings",
        ["organization_id", "agent_id", "starts_at"],
        unique=False,
    )
    op.create_index(op.f("ix_bookings_organization_id_id"), "bookings", ["organization_id", "id"], unique=False)
    op.create_index(
        op.f("ix_bookings_organization_id_person_id_starts_at"),
        "bookings",
        ["organization_id", "person_id", "starts_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_bookings_organization_id_starts_at_id"), "bookings", ["organization_id", "starts_at", "id"], unique=False
    )
    op.create_index(
        "ix_bookings_pending",
        "bookings",
        ["confirm_by"],
        unique=False,
        sqlite_where=sa.text("status = 'pending_confirmation'"),
        postgresql_where=sa.text("status = 'pending_confirmation'"),
    )
    op.create_index(
        "ix_bookings_pending_of",
        "bookings",
        ["organization_id", "confirm_by"],
        unique=False,
        sqlite_where=sa.text("status = 'pending_confirmation'"),
        postgresql_where=sa.text("status = 'pending_confirmation'"),
    )
    op.create_index(
        "ux_bookings_reference",
        "bookings",
        ["organization_id", "reference"],
        unique=True,
        sqlite_where=sa.text("reference IS NOT NULL"),
        postgresql_where=sa.text("reference IS NOT NULL"),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("organization_id", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=True),
        sa.Column("customer_name", sa.Text(), server_default="", nullable=False),
        sa.Column("customer_phone", sa.Text(), nullable=True),
        sa.Column("customer_email", sa.Text(), nullable=True),
        sa.Column("link_version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("link_expires_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_projects_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
    )
    op.create_index(op.f("ix_projects_organization_id_id"), "projects", ["organization_id", "id"], unique=False)
    op.create_index(op.f("ix_projects_organization_id_person_id"), "projects", ["organization_id", "person_id"], unique=False)
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("organization_id", sa.String(length=24), nullable=False),
        sa.Column("project_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("path", sa.Text(), server_default="", nullable=False),
        sa.Column("content_type", sa.Text(), server_default="", nullable=False),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_uploads_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index(op.f("ix_uploads_organization_id_project_id"), "uploads", ["organization_id", "project_id"], unique=False)
    op.create_table(
        "claims",
        sa.Column("organization_id", sa.String(length=24).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("booking_id", sa.String(length=24).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("agent_id", sa.String(length=24).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("lo", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hi", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("lo < hi AND hi - lo <= 86400", name=op.f("ck_claims_span")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_claims_booking_id")),
        sa.PrimaryKeyConstraint("booking_id", "agent_id", name=op.f("pk_claims")),
        sqlite_strict=True,
    )
    op.create_index("ix_claims_agent", "claims", ["organization_id", "agent_id", "lo", "hi"], unique=False)
