"""What tables share: the metadata with its naming rule, and the column kinds both databases agree on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, MetaData, String, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Documents that are only ever read whole; JSONB on PostgreSQL so that an operator can still query them by hand.
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def key() -> Column[str]:
    """The primary key: 24 hex digits."""
    return Column("id", String(24), primary_key=True)


def organization() -> Column[str]:
    """The tenant every row belongs to."""
    return Column("organization_id", String(24), ForeignKey("organizations.id"), nullable=False)


def ref(name: str, *, nullable: bool = True) -> Column[str]:
    """Another noun's id. No foreign key: on the hot path each would cost a probe, and nothing is ever hard-deleted under it."""
    return Column(name, String(24), nullable=nullable)


def at(name: str, *, nullable: bool = True) -> Column[int]:
    """An instant in UTC seconds."""
    return Column(name, BigInteger, nullable=nullable)


def number(name: str, default: int | None = 0) -> Column[int]:
    """A whole number; default None makes it nullable."""
    return Column(
        name,
        BigInteger,
        nullable=default is None,
        default=default,
        server_default=None if default is None else str(default),
    )


def text(name: str, *, nullable: bool = True) -> Column[str]:
    """Free text."""
    return Column(name, Text, nullable=nullable, default=None if nullable else "", server_default=None if nullable else "")


def flag(name: str, *, default: bool = False) -> Column[int]:
    """A yes or no, stored as 0 or 1 on both databases so that one statement serves both."""
    return Column(name, BigInteger, nullable=False, default=int(default), server_default=str(int(default)))


def document(name: str) -> Column[Any]:
    """A JSON value."""
    return Column(name, Json, nullable=True)


def work_columns() -> list[Column[Any]]:
    """What the scheduler claims rows by: when due, how often tried, and who holds the lease until when."""
    return [at("due_at"), number("attempts"), text("lease_token"), at("lease_until"), text("last_error")]


__all__ = [
    "Table",
    "at",
    "document",
    "flag",
    "key",
    "metadata",
    "number",
    "organization",
    "ref",
    "text",
    "work_columns",
]
