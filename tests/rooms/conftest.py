"""Rooms on a real server, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from callboard.domain.organizations import Branding
from callboard.services import organizations
from callboard.services.service import Desk
from callboard.settings import Settings
from rooms.engines import run_janus
from rooms.house import Place, Server, Shifted
from support import make_office


def _places(url: str, tmp_path: Path) -> Iterator[Callable[..., Place]]:
    opened: list[Place] = []

    def make(**choices: Any) -> Place:
        clock = Shifted()
        desk = Desk(Settings(database_url=url, data_dir=tmp_path / "data"), clock=clock)
        office = make_office(desk, hired=0)
        branding = Branding(name="Acme Moving", support_phone="+1 212 555 0147")
        office.session.do(organizations.update, office.org, branding=branding)
        server = Server(desk, **choices)
        server.start()
        opened.append(Place(office, server, clock))
        return opened[-1]

    yield make
    for place in opened:
        place.server.stop()
        place.office.desk.close()


@pytest.fixture
def make_place(sqlite_url: str, tmp_path: Path) -> Iterator[Callable[..., Place]]:
    """Servers on SQLite, for what does not depend on the database."""
    yield from _places(sqlite_url, tmp_path)


@pytest.fixture
def any_place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    """A server on both databases in turn, for what passes between processes."""
    for make in _places(database_url, tmp_path):
        yield make()


@pytest.fixture
def place(make_place: Callable[..., Place]) -> Place:
    return make_place()


@pytest.fixture
def janus(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A media server, and the settings of our gateway to it."""
    yield from run_janus(tmp_path)
