"""Many rows at once, written straight into the tables: a million people, a week of two thousand bookings.

Through the services each row would be a transaction; what is measured here is reading them.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import insert

from callboard.domain import ids
from callboard.domain.bookings import Status
from callboard.services.service import Desk
from callboard.storage.tables import bookings as booking_table
from callboard.storage.tables import claims

FIRST = ("Ana", "Ben", "Chloé", "Diego", "Emma", "Grace", "Jane", "Kofi", "Linda", "Mei", "Noah", "Omar", "Petr", "Rohan", "Tom")
LAST = (
    "Silva",
    "Carter",
    "Martin",
    "Ruiz",
    "Larsen",
    "O'Neill",
    "Doe",
    "Osei",
    "Park",
    "Chen",
    "Kim",
    "Haddad",
    "Novák",
    "Gupta",
)
_PERSON = """
INSERT INTO people (id, organization_id, full_name, first_name, last_name, company, phone, email, city, source, metadata,
                    is_lead, is_contact, search, created_at, updated_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '{}', 1, 0, ?, ?, ?)
"""


def people(database: Path, organization_id: str, count: int, newest: int) -> None:
    """``count`` leads, one a minute up to ``newest`` (UTC seconds)."""
    chance = random.Random(3)
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA synchronous = OFF")

    def row(n: int) -> tuple[object, ...]:
        first, last, at = chance.choice(FIRST), chance.choice(LAST), newest - (count - n) * 60
        name, phone, email = f"{first} {last} {n}", f"+1212{n:07d}", f"{n}@example.com"
        search = f"{name} {email} {phone}".lower()
        return (ids.new(at), organization_id, name, first, f"{last} {n}", None, phone, email, "Boston", "website", search, at, at)

    with connection:
        connection.executemany(_PERSON, (row(n) for n in range(count)))
    connection.close()


def bookings(
    desk: Desk, organization_id: str, agents: Sequence[str], starts: Sequence[int], *, status: Status = Status.SCHEDULED
) -> None:
    """A booking of half an hour at each start (UTC seconds), with the agents in turn."""
    running = {"session_started_at": min(starts)} if status is Status.IN_PROGRESS else {}
    made = [(ids.new(start), agents[n % len(agents)], start) for n, start in enumerate(starts)]
    with desk.store.backend.writer().begin() as connection:
        connection.execute(
            insert(booking_table),
            [
                {
                    "id": booking,
                    "organization_id": organization_id,
                    "agent_id": agent,
                    "starts_at": start,
                    "duration_minutes": 30,
                    "timezone": "America/New_York",
                    "kind": "video",
                    "title": "survey, three bedrooms",
                    "customer_name": f"{FIRST[n % len(FIRST)]} {LAST[n % len(LAST)]}",
                    "customer_phone": f"+1212{n:07d}",
                    "source": "console",
                    "assignment": "manual",
                    "status": status.value,
                    "room": "",
                    "created_at": start,
                    "updated_at": start,
                    **running,
                }
                for n, (booking, agent, start) in enumerate(made)
            ],
        )
        connection.execute(
            insert(claims),
            [
                {"organization_id": organization_id, "booking_id": b, "agent_id": a, "kind": "booked", "lo": s, "hi": s + 1800}
                for b, a, s in made
            ],
        )
