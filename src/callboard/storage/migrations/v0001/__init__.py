"""The first schema: every table as it was, and what refuses a double booking. A change is a new version, not an edit here."""

from __future__ import annotations

from alembic import op

from callboard.storage import secrets
from callboard.storage.backend import Backend
from callboard.storage.migrations.v0001 import bookings, people, reach, rooms, trail, wire


def upgrade(backend: Backend) -> None:
    """Create the tables, the guard and the server's secrets."""
    for noun in (people, bookings, reach, rooms, trail, wire):
        noun.create()
    connection = op.get_bind()
    backend.install_guard(connection)
    secrets.install(connection)
