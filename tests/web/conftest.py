from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialects.house import House, Tenant


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    found = House(tmp_path_factory.mktemp("web"), metrics=True)
    yield found
    found.close()


@pytest.fixture
def tenant(house: House) -> Iterator[Tenant]:
    found = house.tenant()
    yield found
    found.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "own"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A fresh PostgreSQL database for tests of several processes."""
    server = os.environ.get("CALLBOARD_TEST_POSTGRES", "")
    if not server:
        pytest.skip("set CALLBOARD_TEST_POSTGRES (see .ci/run)")
    import psycopg

    name = f"callboard_web_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"{server.rsplit('/', 1)[0]}/{name}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
