from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import NO_POSTGRES, POSTGRES

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
    if not POSTGRES:
        pytest.skip(NO_POSTGRES)
    import psycopg

    name = f"callboard_web_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"{POSTGRES.rsplit('/', 1)[0]}/{name}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
