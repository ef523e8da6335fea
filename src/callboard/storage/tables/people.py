"""Organizations, agents, people."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint

from callboard.storage.tables.base import Table, at, document, flag, key, metadata, number, organization, ref, text

organizations = Table(
    "organizations",
    metadata,
    key(),
    text("name", nullable=False),
    text("timezone", nullable=False),
    document("policy"),
    document("branding"),
    document("templates"),  # message templates by kind
    at("created_at", nullable=False),
    number("rev", 1),
    UniqueConstraint("name"),
)

agents = Table(
    "agents",
    metadata,
    key(),
    organization(),
    text("name", nullable=False),
    text("timezone", nullable=False),
    text("direction", nullable=False),
    text("extension"),
    text("email"),
    document("hours"),
    document("overrides"),
    document("dnd"),
    number("weight", 1),
    number("daily_cap", None),
    flag("active", default=True),
    at("created_at", nullable=False),
    number("rev", 1),
    UniqueConstraint("organization_id", "extension"),
    Index(None, "organization_id", "name"),
)

people = Table(
    "people",
    metadata,
    key(),
    organization(),
    text("full_name", nullable=False),
    text("first_name", nullable=False),
    text("last_name", nullable=False),
    text("company"),
    text("phone"),
    text("email"),
    text("country"),
    text("city"),
    text("language"),
    text("timezone"),
    text("interest"),
    text("source"),
    text("notes"),
    ref("agent_id"),
    flag("is_lead"),
    flag("is_contact"),
    flag("do_not_call"),
    flag("do_not_text"),
    text("external_source"),
    text("external_id"),
    document("metadata"),
    text("search", nullable=False),  # lower-case name, company, e-mail and phone in one text, for the look-up
    at("created_at", nullable=False),
    at("updated_at", nullable=False),
    at("deleted_at"),
    ref("merged_into"),
    number("rev", 1),
    UniqueConstraint("organization_id", "external_source", "external_id"),
)
# Only people who are there stand in these: counting a million or leaping to the last of them never reads their rows.
for _order in (("phone", "id"), ("email", "id"), ("id",), ("full_name", "id"), ("updated_at", "id")):
    _live = people.c.deleted_at.is_(None)
    Index(None, people.c.organization_id, *(people.c[_name] for _name in _order), sqlite_where=_live, postgresql_where=_live)
