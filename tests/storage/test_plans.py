"""A planned statement brings what the ordinary way brings: rows, counts, defaults, documents, IN lists, the driver's refusals."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from callboard.domain.errors import Unavailable
from callboard.domain.events import Actor
from callboard.services.service import Desk
from callboard.storage.plans import SEEN_OFTEN, Rows
from callboard.storage.tables import api_keys, organizations
from callboard.storage.unit_of_work import Work

ADD_ORG = insert(organizations)
ADD = insert(api_keys)
BY_ID = select(api_keys).where(api_keys.c.id == bindparam("key_id"))
AMONG = (
    select(api_keys.c.id, api_keys.c.scopes)
    .where(api_keys.c.id.in_(bindparam("ids", expanding=True)), api_keys.c.flavour.in_(["toy", "qubesheets"]))
    .order_by(api_keys.c.id)
)
RENAME = update(api_keys).where(api_keys.c.flavour == bindparam("kind")).values(name=bindparam("called"), last_used_at=5)
DROP = delete(api_keys).where(api_keys.c.id == bindparam("key_id"))


def key(n: int) -> dict[str, Any]:
    return {
        "id": f"{n:024x}", "organization_id": "0" * 24, "name": f"k{n}", "flavour": "toy", "secret_hash": "x",
        "last_four": "abcd", "scopes": ["a", {"b": n}], "created_by": "test", "created_at": n,
    }  # fmt: skip


@pytest.fixture
def do(desk: Desk):
    def run(act: Any) -> Any:
        return desk.submit(Actor(), act).result()

    run(lambda w: w.execute(ADD_ORG, {"id": "0" * 24, "name": "Acme", "timezone": "UTC", "created_at": 1}) and None)
    return run


def often(do: Any, act: Any) -> list[Any]:
    """The same thing until it is planned, and twice more."""
    return [do(lambda w, n=n: act(w, n)) for n in range(SEEN_OFTEN + 2)]


def test_inserts_with_defaults_and_documents(do: Any) -> None:
    often(do, lambda w, n: w.execute(ADD, key(n)) and None)
    rows = [do(lambda w, n=n: w.row(BY_ID, {"key_id": f"{n:024x}"})) for n in range(SEEN_OFTEN + 2)]
    assert [row.scopes for row in rows] == [["a", {"b": n}] for n in range(SEEN_OFTEN + 2)]
    assert {row.rate_limit for row in rows} == {None}
    assert dict(rows[0]._mapping).keys() == dict(rows[-1]._mapping).keys()
    assert [tuple(row)[:3] for row in rows] == [(f"{n:024x}", "0" * 24, f"k{n}") for n in range(SEEN_OFTEN + 2)]


def test_lists_of_any_length(do: Any) -> None:
    do(lambda w: w.execute(ADD, [key(n) for n in range(6)]) and None)
    wanted = [[], [0], [0, 1], [5], [0, 1, 2, 3, 4, 5], [3, 4], list(range(100))]
    for _ in range(SEEN_OFTEN):
        for numbers in wanted:
            found = do(lambda w, ns=numbers: w.rows(AMONG, {"ids": [f"{n:024x}" for n in ns]}))
            assert [row.id for row in found] == [f"{n:024x}" for n in numbers if n < 6]
            assert all(row.scopes[0] == "a" for row in found)


def test_a_list_that_grows_does_not_leave_a_statement_for_each_length(sqlite_desk: Desk) -> None:
    seen: set[str] = set()

    def ask(work: Work, length: int) -> None:
        driver: Any = work.connection.connection.driver_connection
        driver.set_trace_callback(lambda sql: seen.add(sql) if "api_keys" in sql else None)
        work.rows(AMONG, {"ids": ["0" * 24] * length})
        driver.set_trace_callback(None)

    for length in [*[1] * SEEN_OFTEN, *range(1, 251)]:
        sqlite_desk.submit(Actor(), lambda w, n=length: ask(w, n)).result()
    assert len(seen) < 12 + SEEN_OFTEN, "one for each power of two"


def test_updates_and_deletes_count(do: Any) -> None:
    do(lambda w: w.execute(ADD, [key(n) for n in range(6)]) and None)
    changed = often(do, lambda w, n: w.execute(RENAME, {"kind": "toy", "called": f"n{n}"}).rowcount)
    assert changed == [6] * len(changed)
    row = do(lambda w: w.row(BY_ID, {"key_id": "0" * 24}))
    assert (row.name, row.last_used_at) == (f"n{SEEN_OFTEN + 1}", 5)
    gone = often(do, lambda w, n: w.execute(DROP, {"key_id": f"{n:024x}"}).rowcount)
    assert gone == [1] * len(gone)


def test_many_at_once(do: Any) -> None:
    often(do, lambda w, n: w.execute(ADD, [key(n * 10 + i) for i in range(3)]) and None)
    assert do(lambda w: len(w.rows(select(api_keys)))) == 3 * (SEEN_OFTEN + 2)


def test_the_drivers_refusal_is_sqlalchemys_and_says_no_values(do: Any) -> None:
    def twice(w: Work, n: int) -> None:
        w.execute(ADD, key(n))
        w.execute(ADD, {**key(n), "name": "Jane Doe"})

    for n in range(SEEN_OFTEN + 2):
        with pytest.raises(Unavailable) as caught:
            do(lambda w, n=n: twice(w, n))
        cause = caught.value.__cause__
        assert isinstance(cause, IntegrityError)
        assert n < SEEN_OFTEN or "Jane" not in str(cause)
    assert do(lambda w: len(w.rows(select(api_keys)))) == 0


def test_a_planned_statement_really_is(do: Any) -> None:
    kinds = often(do, lambda w, _n: isinstance(w.execute(BY_ID, {"key_id": "x"}), Rows))
    assert kinds[-1] is True
