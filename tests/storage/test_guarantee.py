"""The database itself refuses: whoever writes, however it writes, on both databases."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text, update
from sqlalchemy.exc import DBAPIError

from callboard.domain.bookings import Wish
from callboard.domain.errors import Unavailable
from callboard.domain.zones import parse_instant
from callboard.services import bookings
from callboard.settings import Settings
from callboard.storage.store import Store
from callboard.storage.tables import claims
from support import Office

NINE = parse_instant("2026-01-12T14:00:00Z", "at")
OVERLAPS = text(
    "SELECT count(*) FROM claims a JOIN claims b ON a.organization_id = b.organization_id AND a.agent_id = b.agent_id "
    "AND a.booking_id < b.booking_id AND a.lo < b.hi AND b.lo < a.hi"
)


@pytest.fixture
def two(office: Office) -> list[str]:
    """Two bookings next to each other; their ids."""
    agent = office.agents[0].id
    made = [office.do(bookings.book, Wish(starts_at=NINE + n * 1800, agent_id=agent, customer_name=f"P{n}")) for n in range(2)]
    return [b.id for b in made]


def _try(office: Office, work: Any) -> None:
    """Run raw statements past every service, in a transaction of their own."""
    with office.desk.store.backend.writer().begin() as connection:
        work(connection)


def test_a_rogue_insert_is_refused(office: Office, two: list[str]) -> None:
    row = {"organization_id": office.org, "agent_id": office.agents[0].id, "kind": "booked"}

    def rogue(connection: Connection) -> None:
        connection.execute(text("DELETE FROM claims WHERE booking_id = :b"), {"b": two[1]})
        connection.execute(insert(claims), {**row, "booking_id": two[1], "lo": NINE + 1799, "hi": NINE + 3600})

    with pytest.raises(DBAPIError):
        _try(office, rogue)


def test_a_rogue_update_is_refused(office: Office, two: list[str]) -> None:
    with pytest.raises(DBAPIError):
        _try(office, lambda c: c.execute(update(claims).where(claims.c.booking_id == two[1]).values(lo=NINE)))


@pytest.mark.parametrize(("lo", "hi"), [(NINE, NINE), (NINE + 10, NINE), (NINE + 7200, NINE + 7200 + 86401)])
def test_a_span_that_slips_through_no_constraint_is_refused(office: Office, two: list[str], lo: int, hi: int) -> None:
    with pytest.raises(DBAPIError):
        _try(office, lambda c: c.execute(update(claims).where(claims.c.booking_id == two[1]).values(lo=lo, hi=hi)))


def test_or_replace_does_not_get_round_it(sqlite_office: Office) -> None:
    agent = sqlite_office.agents[0].id
    made = sqlite_office.do(bookings.book, Wish(starts_at=NINE, agent_id=agent, customer_name="P"))
    other = sqlite_office.do(bookings.book, Wish(starts_at=NINE + 3600, agent_id=agent, customer_name="Q"))
    statement = text("INSERT OR REPLACE INTO claims VALUES (:o, :b, :a, 'booked', :lo, :hi)")
    with pytest.raises(DBAPIError, match="overlaps"):
        _try(
            sqlite_office,
            lambda c: c.execute(statement, {"o": sqlite_office.org, "b": other.id, "a": agent, "lo": NINE, "hi": NINE + 1800}),
        )
    assert sqlite_office.get(bookings.get, made.id) == made


def test_a_database_without_its_guard_is_not_opened(sqlite_url: str) -> None:
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as driver:
        driver.execute("DROP TRIGGER claims_no_overlap_update")
    driver.close()
    with pytest.raises(Unavailable, match="claims_no_overlap_update"):
        Store(sqlite_url)


def test_a_newer_schema_is_refused_with_a_clear_sentence(sqlite_url: str) -> None:
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as driver:
        driver.execute("UPDATE alembic_version SET version_num = '9999'")
    driver.close()
    with pytest.raises(Unavailable, match="install a newer callboard"):
        Store(sqlite_url)


def test_two_programs_may_start_on_an_empty_folder_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    failures: list[BaseException] = []

    def start() -> None:
        try:
            Store(url).close()
        except BaseException as error:  # noqa: BLE001 - collected for the assertion
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_what_was_answered_survives_and_is_durable(sqlite_url: str, tmp_path: Path) -> None:
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as driver:
        assert driver.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    driver.close()
    store = Store(sqlite_url)
    seen = store.write(lambda c: c.exec_driver_sql("PRAGMA synchronous").scalar()).result()
    store.close()
    assert seen == 2, "FULL"


def test_a_refused_verb_undoes_itself_alone(office: Office) -> None:
    """In one group commit, a verb that fails half-way leaves nothing while its neighbours stand."""
    agent = office.agents[0].id

    def half(work: Any) -> None:
        bookings.book(work, office.org, Wish(starts_at=NINE + 7200, agent_id=agent, customer_name="half"))
        raise ValueError("half-way")

    futures = [office.session.submit(bookings.book, office.org, Wish(starts_at=NINE, agent_id=agent, customer_name="a"))]
    failed = office.session.submit(half)
    futures.append(
        office.session.submit(bookings.book, office.org, Wish(starts_at=NINE + 1800, agent_id=agent, customer_name="b"))
    )
    assert [f.result().customer_name for f in futures] == ["a", "b"]
    with pytest.raises(ValueError, match="half-way"):
        failed.result()
    assert sorted(b.customer_name for b in office.get(bookings.listing)) == ["a", "b"]


def test_every_booking_has_its_event_and_claim(office: Office, two: list[str]) -> None:
    def look(connection: Connection) -> tuple[int, int]:
        events = connection.execute(text("SELECT count(*) FROM events WHERE type = 'booking.created'")).scalar_one()
        return events, connection.execute(OVERLAPS).scalar_one()

    assert office.desk.store.read(look).result() == (2, 0)


def test_another_process_is_heard_of(database_url: str, tmp_path: Path) -> None:
    """Two desks on one database stand for two processes: one books, the other hears within a second."""
    from callboard.services.service import Desk
    from support import make_office

    settings = Settings(database_url=database_url, data_dir=tmp_path)
    here, there = Desk(settings, clock=lambda: NINE - 86400), Desk(settings, clock=lambda: NINE - 86400)
    try:
        office = make_office(here)
        heard: list[frozenset[str]] = []
        bell = threading.Event()

        def listen(announcement: Any) -> None:
            heard.append(announcement.nouns)
            if "booking" in announcement.nouns:
                bell.set()

        stop = there.subscribe(listen)
        office.do(bookings.book, Wish(starts_at=NINE, customer_name="P"))
        assert bell.wait(1.0), heard
        stop()
    finally:
        here.close()
        there.close()


def test_a_change_without_an_event_is_heard_of_even_beside_ones_own(sqlite_url: str, tmp_path: Path) -> None:
    from callboard.services.service import Desk
    from support import make_office

    settings = Settings(database_url=sqlite_url, data_dir=tmp_path)
    here, there = Desk(settings, clock=lambda: NINE - 86400), Desk(settings, clock=lambda: NINE - 86400)
    try:
        office = make_office(here)
        bell = threading.Event()
        stop = here.subscribe(lambda a: bell.set() if "storage" in a.nouns else None)
        office.do(bookings.book, Wish(starts_at=NINE, customer_name="mine"))
        there.acting(office.session.actor).do(lambda work: work.touch(office.org, "delivery"))
        there.store.write(lambda c: c.execute(text("UPDATE secrets SET created_at = 1"))).result()
        assert bell.wait(3.0)
        stop()
    finally:
        here.close()
        there.close()


def test_sqlite_holds_claims_to_their_types(sqlite_office: Office) -> None:
    """An ordinary SQLite table would keep text where seconds belong, and text compares with no number."""
    agent = sqlite_office.agents[0].id
    made = sqlite_office.do(bookings.book, Wish(starts_at=NINE, agent_id=agent, customer_name="P"))
    with pytest.raises(DBAPIError, match="TEXT"):
        _try(sqlite_office, lambda c: c.exec_driver_sql("UPDATE claims SET lo = 'soon' WHERE booking_id = ?", (made.id,)))
