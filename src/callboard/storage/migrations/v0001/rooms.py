"""The first schema: chat lines, recordings, room mail, room presence, rooms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from callboard.storage.migrations.v0001.kinds import DOCUMENT


def create() -> None:
    """Create the tables and their indexes."""
    op.create_table(
        "chat_lines",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("organization_id", sa.String(length=24), nullable=False),
        sa.Column("booking_id", sa.String(length=24), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("role", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_chat_lines_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_lines")),
    )
    op.create_index(
        op.f("ix_chat_lines_organization_id_booking_id"), "chat_lines", ["organization_id", "booking_id"], unique=False
    )
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("organization_id", sa.String(length=24), nullable=False),
        sa.Column("booking_id", sa.String(length=24), nullable=False),
        sa.Column("role", sa.Text(), server_default="", nullable=False),
        sa.Column("path", sa.Text(), server_default="", nullable=False),
        sa.Column("content_type", sa.Text(), server_default="", nullable=False),
        sa.Column("next_sequence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("complete", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_recordings_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("path", name=op.f("uq_recordings_path")),
    )
    op.create_index(
        op.f("ix_recordings_organization_id_booking_id"), "recordings", ["organization_id", "booking_id"], unique=False
    )
    op.create_table(
        "room_mail",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", sa.String(length=24), nullable=False),
        sa.Column("booking_id", sa.String(length=24), nullable=False),
        sa.Column("role", sa.Text(), server_default="", nullable=False),
        sa.Column("body", DOCUMENT, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_room_mail_organization_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_room_mail")),
    )
    op.create_index(op.f("ix_room_mail_booking_id_seq"), "room_mail", ["booking_id", "seq"], unique=False)
    op.create_table(
        "room_presence",
        sa.Column("booking_id", sa.String(length=24), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("organization_id", sa.String(length=24), nullable=False),
        sa.Column("session", sa.Text(), server_default="", nullable=False),
        sa.Column("server", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_room_presence_organization_id")),
        sa.PrimaryKeyConstraint("booking_id", "role", name=op.f("pk_room_presence")),
    )
    op.create_index(op.f("ix_room_presence_organization_id_status"), "room_presence", ["organization_id", "status"], unique=False)
    op.create_index(op.f("ix_room_presence_server"), "room_presence", ["server"], unique=False)
    op.create_table(
        "rooms",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("organization_id", sa.String(length=24), nullable=False),
        sa.Column("waiting_at", sa.BigInteger(), nullable=True),
        sa.Column("admitted_at", sa.BigInteger(), nullable=True),
        sa.Column("joined_at", sa.BigInteger(), nullable=True),
        sa.Column("hold_message", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("note_at", sa.BigInteger(), nullable=True),
        sa.Column("muted", DOCUMENT, nullable=True),
        sa.Column("breakout", DOCUMENT, nullable=True),
        sa.Column("recording", sa.Text(), server_default="", nullable=False),
        sa.Column("gateway", sa.Text(), server_default="", nullable=False),
        sa.Column("gateway_ref", sa.Text(), nullable=True),
        sa.Column("gateway_room", DOCUMENT, nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("rev", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_rooms_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
    )
    op.create_index(op.f("ix_rooms_gateway_gateway_ref"), "rooms", ["gateway", "gateway_ref"], unique=False)
    op.create_index(op.f("ix_rooms_organization_id_id"), "rooms", ["organization_id", "id"], unique=False)
