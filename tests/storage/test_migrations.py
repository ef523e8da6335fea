"""Schemas of every age: an older one is brought up on start, and what is migrated is what is declared."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Integer, text

from callboard.storage import migrate
from callboard.storage.store import Store
from callboard.storage.tables import metadata

pytestmark = pytest.mark.own_database


def test_the_migrated_schema_is_the_declared_one(database_url: str) -> None:
    store = Store(database_url)
    with store.backend.writer().connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
        assert migrate.current(connection) == migrate.HEAD
    store.close()
    # The exclusion constraint's own index and the version table are the only things the metadata does not know.
    assert [d for d in found if "claims_no_overlap" not in str(d) and "alembic_version" not in str(d)] == []


def test_an_older_database_is_brought_up_on_start(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = ModuleType("callboard.storage.migrations.v0002")
    newer.upgrade = lambda _backend: op.add_column("organizations", Column("colour", Integer))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, newer.__name__, newer)
    monkeypatch.setattr(migrate, "VERSIONS", ("0001", "0002"))
    monkeypatch.setattr(migrate, "HEAD", "0002")
    for _again in range(2):
        store = Store(database_url)
        seen = store.read(lambda c: c.execute(text("SELECT count(colour) FROM organizations")).scalar()).result()
        store.close()
        assert seen == 0


def test_a_migration_that_fails_leaves_the_database_as_it_was(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = ModuleType("callboard.storage.migrations.v0002")

    def upgrade(_backend: object) -> None:
        op.add_column("organizations", Column("colour", Integer))
        raise RuntimeError("half-way")

    broken.upgrade = upgrade  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, broken.__name__, broken)
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "VERSIONS", ("0001", "0002"))
        patch.setattr(migrate, "HEAD", "0002")
        with pytest.raises(RuntimeError, match="half-way"):
            Store(sqlite_url)
    store = Store(sqlite_url)
    columns = store.read(lambda c: c.execute(text("SELECT * FROM organizations")).keys()).result()
    store.close()
    assert "colour" not in columns
