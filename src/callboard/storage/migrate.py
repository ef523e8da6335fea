"""The schema's age: run what is missing on start, refuse a database that is newer than the program.

Alembic is imported only when there is something to do: a start on an up-to-date database pays one SELECT.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine, inspect, text

from callboard.domain.errors import Unavailable
from callboard.storage.backend import Backend

VERSIONS = ("0001",)
HEAD = VERSIONS[-1]


def current(connection: Connection) -> str | None:
    """The version the database carries, or None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def ensure(engine: Engine, backend: Backend) -> None:
    """Bring the schema to HEAD. Two processes may start at once: the second waits, then finds nothing to do."""
    with engine.connect() as connection:
        version = current(connection)
    if version == HEAD:
        return
    if version is not None and version not in VERSIONS:
        raise Unavailable(f"the database has schema {version}, newer than this program's {HEAD}: install a newer callboard")
    upgrade(engine, backend)


def upgrade(engine: Engine, backend: Backend) -> None:
    """Run every migration the database lacks, in one transaction."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    with engine.begin() as connection:
        backend.lock_key(connection, "callboard-migration")
        done = current(connection)
        context = MigrationContext.configure(connection)
        context._ensure_version_table()  # noqa: SLF001 - alembic's own command line does the same before it stamps
        with Operations.context(context):
            for version in VERSIONS[VERSIONS.index(done) + 1 if done else 0 :]:
                _migration(version).upgrade(backend)
                connection.execute(text("DELETE FROM alembic_version"))
                connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:v)"), {"v": version})


def _migration(version: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a module
    import importlib

    return importlib.import_module(f"callboard.storage.migrations.v{version}")
