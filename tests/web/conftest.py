from __future__ import annotations

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
