"""The rows a booking comes to, written by the bare driver: the floor under every figure of bookings on SQLite."""

from __future__ import annotations

import sqlite3
from typing import Any

from callboard.domain import ids
from callboard.domain.zones import DAY

_RAW = """
INSERT INTO people (id, organization_id, full_name, first_name, last_name, phone, search, created_at, updated_at)
  VALUES (?, ?, ?, '', '', ?, '', 1, 1);
SELECT 1 FROM claims WHERE organization_id = ? AND agent_id = ? AND lo < ? AND lo > ? AND hi > ?;
INSERT INTO bookings (id, organization_id, agent_id, person_id, starts_at, timezone, kind, title, customer_name, source,
  assignment, status, room, created_at, updated_at)
  VALUES (?, ?, ?, ?, ?, 'UTC', 'video', '', ?, 'api', 'manual', 'scheduled', '', 1, 1);
INSERT INTO claims (organization_id, booking_id, agent_id, kind, lo, hi) VALUES (?, ?, ?, 'booked', ?, ?);
INSERT INTO events (id, organization_id, type, subject_id, rev, data, at) VALUES (?, ?, 'booking.created', ?, 1, '{}', 1);
INSERT INTO audit (organization_id, actor, action, subject_id, rev, after, at)
  VALUES (?, 'api', 'booking.created', ?, 1, '{}', 1);
INSERT INTO messages (id, organization_id, booking_id, direction, kind, booking_rev, body, status, created_at, updated_at)
  VALUES (?, ?, ?, 'outbound', 'confirmation', 1, ?, 'waiting', 1, 1);
INSERT INTO reminders (id, organization_id, booking_id, kind, booking_rev, recipient, status, starts_at, due_at, created_at)
  VALUES (?, ?, ?, '60', 1, 'customer', 'waiting', 1, 1, 1)
""".split(";")  # noqa: SIM905 - eight statements read better as SQL than as a list of strings


def raw_booking(driver: sqlite3.Connection, org: str, agent: str, start: int) -> None:
    """The rows a booking comes to, by the bare driver; the transaction is the caller's."""
    person, booking = ids.new(start), ids.new(start)
    values: tuple[tuple[Any, ...], ...] = (
        (person, org, "P", f"+1{start}"),
        (org, agent, start + 1800, start - DAY, start),
        (booking, org, agent, person, start, "P"),
        (org, booking, agent, start, start + 1800),
        (ids.new(start), org, booking),
        (org, booking),
        (ids.new(start), org, booking, "Hello, your call is booked."),
        (ids.new(start), org, booking),
    )
    for statement, given in zip(_RAW, values, strict=True):
        driver.execute(statement, given).fetchall()
