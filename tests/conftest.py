"""What every test shares: a clock that stands still, a fresh real database of each kind, a desk on it.

PostgreSQL runs when CALLBOARD_TEST_POSTGRES names a server where databases may be made
(``postgresql://user@127.0.0.1:5432/postgres``); ``.ci/run`` starts one.
"""

from __future__ import annotations

import gc
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from callboard.services.service import Desk
from callboard.settings import Settings
from callboard.storage.store import Store
from callboard.storage.tables import metadata
from support import NO_POSTGRES, POSTGRES, Clock, Office, make_office

DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.skipif(not POSTGRES, reason=NO_POSTGRES))]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes the user's own configuration and data."""
    for name in list(os.environ):
        if name.startswith("CALLBOARD_") and not name.startswith("CALLBOARD_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("CALLBOARD_DATA_DIR", str(tmp_path / "data" / "callboard"))
    return tmp_path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "callboard.db"
    Store(f"sqlite:///{path}").close()
    return path


def _postgres(statement: str) -> None:
    import psycopg

    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    name = f"callboard_template_{uuid.uuid4().hex[:8]}"
    _postgres(f"CREATE DATABASE {name}")
    Store(f"{POSTGRES.rsplit('/', 1)[0]}/{name}").close()
    yield name
    _postgres(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "callboard.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_shared(postgres_template: str) -> Iterator[str]:
    """One database for the tests that leave the schema alone: emptied after each, which costs a tenth of a new one."""
    name = f"callboard_shared_{uuid.uuid4().hex[:8]}"
    _postgres(f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    yield name
    _postgres(f"DROP DATABASE {name} WITH (FORCE)")


def _emptied(name: str) -> None:
    """Take every row out again; the server's secrets come with the schema and stay."""
    import psycopg

    tables = [t.name for t in reversed(metadata.sorted_tables) if t.name != "secrets"]
    with psycopg.connect(f"{POSTGRES.rsplit('/', 1)[0]}/{name}", autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", (name,)
        )
        emptied = [f"DELETE FROM {table}" for table in tables] + ["DELETE FROM secrets WHERE name <> 'links'"]
        connection.execute("; ".join(emptied))  # type: ignore[arg-type]


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh migrated database: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    server = POSTGRES.rsplit("/", 1)[0]
    if request.node.get_closest_marker("own_database") is None:
        shared = request.getfixturevalue("postgres_shared")
        yield f"{server}/{shared}"
        _emptied(shared)
        return
    template = request.getfixturevalue("postgres_template")
    name = f"callboard_test_{uuid.uuid4().hex[:12]}"
    _postgres(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield f"{server}/{name}"
    _postgres(f"DROP DATABASE {name} WITH (FORCE)")


def _desk(url: str, tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    opened = Desk(Settings(database_url=url, data_dir=tmp_path / "data"), clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def desk(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    """A desk on both databases in turn."""
    yield from _desk(database_url, tmp_path, clock)


@pytest.fixture
def sqlite_desk(sqlite_url: str, tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    """A desk on SQLite alone, for what does not depend on the database."""
    yield from _desk(sqlite_url, tmp_path, clock)


@pytest.fixture
def office(desk: Desk) -> Office:
    """Acme Moving in New York with one agent, Dana, on both databases."""
    return make_office(desk)


@pytest.fixture
def sqlite_office(sqlite_desk: Desk) -> Office:
    """The same on SQLite alone."""
    return make_office(sqlite_desk)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was read stays until the end; to look through it for garbage again and again was a quarter of the console's tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where everything is installed (``.ci/run``) a skipped test is a failure."""
    if not os.environ.get("CALLBOARD_TEST_NOTHING_SKIPPED"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and exitstatus == 0:
        reporter.write_line(f"{len(skipped)} tests were skipped where none may be")
        session.exitstatus = 1
