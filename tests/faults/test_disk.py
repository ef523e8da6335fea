"""A full disk: refused in words, nothing half written, reading goes on, and everything goes on when there is room again."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from callboard.domain.bookings import Wish
from callboard.domain.errors import Unavailable
from callboard.services import bookings, deliveries, webhooks
from callboard.services.service import SYSTEM, Desk
from callboard.settings import Settings
from callboard.storage.unit_of_work import Work
from scheduler.conftest import settle
from support import Office, make_office


def _pages(work: Work) -> int:
    return int(work.execute(text("PRAGMA page_count")).scalar() or 0)


def _limit(work: Work, pages: int) -> None:
    """What SQLite does when the file may not grow is what it does when the disk is full: SQLITE_FULL."""
    work.execute(text(f"PRAGMA max_page_count = {pages}"))


def _count(work: Work, table: str) -> int:
    return int(work.execute(text(f"SELECT count(*) FROM {table}")).scalar() or 0)


def _book(office: Office, n: int) -> Any:
    start = (office.desk.clock() // 86400 + 1) * 86400 + n * 3600
    wish = Wish(starts_at=start, customer_name="Jane Doe", outside_hours=True, notes="x" * 4000)
    return office.do(bookings.book, wish)


@pytest.fixture
def receiver():
    from receiver import Receiver

    server = Receiver()
    yield server
    server.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 6 MB, where the tests may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False) if shutil.which("mount") else None
    if done is None or done.returncode != 0:
        pytest.skip(f"needs the right to mount a small file system (root): {done.stderr.strip() if done else 'no mount'}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_really_full(small_disk, tmp_path, sqlite_template, clock):
    """Another program's file takes the last of the room, mid-work; the program is told so, and goes on when it is gone."""
    shutil.copy(sqlite_template, small_disk / "callboard.db")
    desk = Desk(Settings(database_url=f"sqlite:///{small_disk}/callboard.db", data_dir=tmp_path), clock=clock)
    try:
        office = make_office(desk)
        kept = [_book(office, n).id for n in range(3)]
        with (small_disk / "other").open("wb", buffering=0) as other, contextlib.suppress(OSError):
            while True:
                other.write(bytes(4096))
        refusal = None
        while refusal is None:  # what the log of writes had room for already
            try:
                kept.append(_book(office, len(kept)).id)
            except Unavailable as error:
                refusal = str(error)
        assert refusal.startswith("the database")
        for n in range(500, 510):
            with pytest.raises(Unavailable):
                _book(office, n)
        assert [b.id for b in office.get(bookings.listing, limit=500)] == kept
        (small_disk / "other").unlink()
        kept.append(_book(office, 600).id)
        assert [b.id for b in office.get(bookings.listing, limit=500)] == kept
        assert desk.acting(SYSTEM).get(lambda work: work.execute(text("PRAGMA integrity_check")).scalar()) == "ok"
    finally:
        desk.close()


def test_a_full_disk(sqlite_office, receiver, monkeypatch):
    monkeypatch.setattr("callboard.scheduler.parts.RETRY_SLEEPS", (0.01,))
    office, session = sqlite_office, sqlite_office.session
    office.do(webhooks.add, receiver.url(), event_types=["appointment.created"])
    kept = [_book(office, n).id for n in range(3)]
    session.do(_limit, session.get(_pages) + 25)
    refusal = None
    while refusal is None:
        try:
            kept.append(_book(office, len(kept)).id)
        except Unavailable as error:
            refusal = str(error)
    assert refusal.startswith("the database")
    assert [b.id for b in office.get(bookings.listing, limit=500)] == kept  # reading goes on, and nothing is half there
    assert session.get(_count, "claims") == len(kept)
    assert len(office.get(deliveries.listing, limit=500)) == len(kept)
    for n in range(500, 520):
        with pytest.raises(Unavailable):
            _book(office, n)
    settle(office.desk)  # the clock neither stops nor breaks; what it could not note is done again under the same id
    session.do(_limit, 1_000_000)
    kept.append(_book(office, 600).id)
    settle(office.desk)
    office.desk.clock.pass_(61)  # the leases of what could not be recorded
    settle(office.desk)
    assert {d.status for d in office.get(deliveries.listing, limit=500)} == {"delivered"}
    assert {g.id for g in receiver.got} == {f"dlv_{d.id}" for d in office.get(deliveries.listing, limit=500)}
    assert session.get(_count, "bookings") == len(kept)
    assert session.get(lambda work: work.execute(text("PRAGMA integrity_check")).scalar()) == "ok"
