"""What the HTTP face keeps: keys, limits, idempotency, webhook endpoints and deliveries, the request log, server secrets."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Text, UniqueConstraint

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

secrets = Table("secrets", metadata, Column("name", Text, primary_key=True), text("value", nullable=False), at("created_at"))

api_keys = Table(
    "api_keys",
    metadata,
    key(),
    organization(),
    text("name", nullable=False),
    text("flavour", nullable=False),  # whose prefix it wears: qubesheets, qualifybase, qtvoice, apifycloud, involve
    text("secret_hash", nullable=False),  # SHA-256 of the secret part, hex
    text("last_four", nullable=False),
    document("scopes"),
    text("created_by", nullable=False),
    at("created_at", nullable=False),
    at("last_used_at"),
    at("revoked_at"),
    number("rate_limit", None),  # requests a window instead of the dialect's own number
    Index(None, "organization_id"),
)

rate_windows = Table(
    "rate_windows",
    metadata,
    Column("subject", String(64), primary_key=True),  # key id and limit name
    Column("window", String(24), primary_key=True),
    number("used"),
    at("expires_at", nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("organization_id", String(24), primary_key=True),
    Column("key", String(255), primary_key=True),
    text("fingerprint", nullable=False),
    number("status", 0),
    document("headers"),
    text("body", nullable=False),
    at("created_at", nullable=False),
    at("expires_at", nullable=False),
    Index(None, "expires_at"),
)

webhooks = Table(
    "webhooks",
    metadata,
    key(),
    organization(),
    ref("api_key_id"),
    text("url", nullable=False),
    text("dialect", nullable=False),
    document("event_types"),  # empty: all
    text("secret", nullable=False),  # needed to sign, so it cannot be hashed; never shown after creation
    text("old_secret"),
    at("old_secret_until"),
    text("status", nullable=False),  # active, disabled
    text("disabled_reason"),
    number("failures"),  # in a row
    at("failing_since"),
    at("last_success_at"),
    number("concurrency", 4),
    at("created_at", nullable=False),
    at("updated_at", nullable=False),
    at("deleted_at"),
    Index(None, "organization_id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    key(),
    organization(),
    ref("webhook_id", nullable=False),
    ref("event_id", nullable=False),
    text("type", nullable=False),
    text("status", nullable=False),  # waiting, delivered, failed, held (its endpoint is disabled), void
    text("payload"),  # the body as first built; retries send the same bytes
    document("request_headers"),
    document("response_headers"),
    number("response_status", None),
    text("response_body"),
    number("milliseconds", None),
    text("error_class"),
    flag("test"),
    document("history"),  # one entry an attempt
    *work_columns(),
    at("created_at", nullable=False),
    at("updated_at", nullable=False),
    UniqueConstraint("event_id", "webhook_id", "type"),  # an event reaches an endpoint once, whoever asks for it again
    Index(None, "organization_id", "id"),
    Index(None, "webhook_id", "id"),
)
Index(
    "ix_deliveries_leased",  # how many an endpoint has out now: small, however much waits for a dead one
    deliveries.c.webhook_id,
    sqlite_where=deliveries.c.lease_token.is_not(None),
    postgresql_where=deliveries.c.lease_token.is_not(None),
)
Index(
    "ix_deliveries_due",
    deliveries.c.webhook_id,
    deliveries.c.due_at,
    sqlite_where=deliveries.c.due_at.is_not(None),
    postgresql_where=deliveries.c.due_at.is_not(None),
)

recoveries = Table(
    "recoveries",
    metadata,
    key(),
    organization(),
    ref("webhook_id", nullable=False),
    at("since", nullable=False),
    at("until", nullable=False),
    document("event_types"),
    flag("everything"),  # also what was delivered
    text("status", nullable=False),  # running, done, cancelled
    text("cursor", nullable=False),  # the last event looked at: where to go on after a crash
    number("total"),
    number("seen"),
    number("queued"),
    at("created_at", nullable=False),
    at("updated_at", nullable=False),
    Index(None, "organization_id", "id"),
)

request_log = Table(
    "request_log",
    metadata,
    key(),
    organization(),
    ref("api_key_id"),
    text("method", nullable=False),
    text("path", nullable=False),
    text("dialect", nullable=False),
    number("status", 0),
    number("milliseconds", 0),
    text("code"),
    at("at", nullable=False),
    Index(None, "organization_id", "id"),
)
