"""The first schema: every table, and what refuses a double booking."""

from __future__ import annotations

from alembic import op

from callboard.storage import secrets
from callboard.storage.engine import Backend
from callboard.storage.tables import metadata


def upgrade(backend: Backend) -> None:
    """Create the tables, the guard and the server's secrets."""
    connection = op.get_bind()
    metadata.create_all(connection)
    backend.install_guard(connection)
    secrets.install(connection)
