from __future__ import annotations

from collections.abc import Iterator

import pytest

from dialects import toy
from dialects.house import House, Tenant


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Every registered dialect and the toy one."""
    found = House(tmp_path_factory.mktemp("house"), extra=[toy.DIALECT])
    yield found
    found.close()


@pytest.fixture
def tenant(house: House) -> Iterator[Tenant]:
    found = house.tenant()
    yield found
    found.close()


@pytest.fixture
def stranger(house: House) -> Iterator[Tenant]:
    """Another organization."""
    found = house.tenant()
    yield found
    found.close()
