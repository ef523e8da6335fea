"""Statements that travel together on PostgreSQL: nothing is lost, nothing half kept, and the server's refusals arrive."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import bindparam, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from callboard.domain.errors import Unavailable
from callboard.domain.events import Actor
from callboard.services.service import Desk
from callboard.storage.plans import SEEN_OFTEN
from callboard.storage.tables import api_keys, organizations
from callboard.storage.unit_of_work import Work
from support import NO_POSTGRES, POSTGRES

ORG = "0" * 24
ADD_ORG = insert(organizations)
ADD = insert(api_keys)
COUNT = select(func.count()).select_from(api_keys)
BY_ID = select(api_keys.c.name).where(api_keys.c.id == bindparam("key_id"))
RENAME = update(api_keys).where(api_keys.c.id == bindparam("key_id")).values(name=bindparam("called"))
pytestmark = [
    pytest.mark.skipif(not POSTGRES, reason=NO_POSTGRES),
    pytest.mark.parametrize("database_url", ["postgres"], indirect=True),
]


def key(n: int, name: str = "k") -> dict[str, Any]:
    return {
        "id": f"{n:024x}", "organization_id": ORG, "name": name, "flavour": "toy", "secret_hash": "x",
        "last_four": "abcd", "scopes": ["a"], "created_by": "test", "created_at": n,
    }  # fmt: skip


@pytest.fixture
def do(desk: Desk) -> Callable[[Any], Any]:
    """Runs verbs with every statement here planned already."""

    def run(act: Any) -> Any:
        return desk.submit(Actor(), act).result()

    run(lambda w: w.execute(ADD_ORG, {"id": ORG, "name": "Acme", "timezone": "UTC", "created_at": 1}) and None)
    for n in range(900, 901 + SEEN_OFTEN):
        run(lambda w, n=n: w.execute(ADD, key(n)) and w.execute(COUNT).scalar() and w.row(BY_ID, {"key_id": "x"}))
        run(lambda w, n=n: w.execute(RENAME, {"key_id": f"{n:024x}", "called": "z"}) and None)
        run(lambda w: w.execute(ADD, [key(950), key(951)]) and None)
        run(lambda w: w.execute(text("DELETE FROM api_keys")) and None)
    return run


def count(do: Callable[[Any], Any]) -> int:
    return int(do(lambda w: w.execute(COUNT).scalar()))


def test_answers_come_in_the_order_of_the_questions(do: Callable[[Any], Any]) -> None:
    def act(w: Work) -> list[Any]:
        before = w.execute(COUNT)
        w.execute(ADD, key(1))
        named = w.execute(BY_ID, {"key_id": f"{1:024x}"})
        changed = w.execute(RENAME, {"key_id": f"{1:024x}", "called": "later"})
        after = w.execute(BY_ID, {"key_id": f"{1:024x}"})
        return [after.scalar(), changed.rowcount, named.scalar(), before.scalar(), w.execute(COUNT).scalar()]

    assert do(act) == ["later", 1, "k", 0, 1]


def test_what_nobody_looked_at_is_kept_with_the_commit(do: Callable[[Any], Any]) -> None:
    do(lambda w: w.execute(ADD, key(1)) and None)
    assert count(do) == 1


def test_a_refusal_nobody_looked_at_undoes_the_whole_verb(do: Callable[[Any], Any]) -> None:
    def twice(w: Work) -> str:
        w.execute(ADD, key(1))
        w.execute(ADD, key(1))
        return "done"

    with pytest.raises(Unavailable):
        do(twice)
    assert count(do) == 0


def test_an_error_that_was_swallowed_is_never_committed(do: Callable[[Any], Any]) -> None:
    def swallow(w: Work) -> str:
        w.execute(ADD, key(1))
        with contextlib.suppress(IntegrityError):
            assert w.execute(ADD, key(1)).rowcount == 1  # to look is to wait
        return "done"

    with pytest.raises(Unavailable):
        do(swallow)
    assert count(do) == 0


def test_a_verbs_own_refusal_sends_nothing_later(do: Callable[[Any], Any]) -> None:
    def refuse(w: Work) -> None:
        w.execute(ADD, key(1))
        raise LookupError

    for _ in range(3):
        with pytest.raises(LookupError):
            do(refuse)
    assert count(do) == 0
    do(lambda w: w.execute(ADD, key(2)) and None)  # what was prepared is still there after a ROLLBACK
    assert count(do) == 1


def test_ordinary_statements_see_what_waits_before_them(do: Callable[[Any], Any]) -> None:
    def act(w: Work) -> int:
        w.execute(ADD, key(1))
        return int(w.connection.execute(text("SELECT count(*) FROM api_keys")).scalar() or 0)

    assert do(act) == 1


def test_more_than_the_line_holds(do: Callable[[Any], Any]) -> None:
    """Both sides' buffers overflow: neither may wait for the other for ever."""
    wide = "w" * 20_000

    def act(w: Work) -> int:
        w.execute(ADD, [key(n, wide) for n in range(400)])
        names = [w.execute(BY_ID, {"key_id": f"{n:024x}"}) for n in range(400)]
        w.execute(ADD, [key(n, wide) for n in range(400, 800)])
        return sum(len(found.scalar() or "") for found in names)

    assert do(act) == 400 * 20_000
    assert count(do) == 800


def test_text_the_server_cannot_hold_is_refused_whole(do: Callable[[Any], Any]) -> None:
    with pytest.raises(Unavailable):
        do(lambda w: w.execute(ADD, key(1, "cut\0here")) and None)
    assert count(do) == 0


def test_a_lost_connection_is_told_once_and_replaced(do: Callable[[Any], Any], database_url: str) -> None:
    def cut(w: Work) -> None:
        w.execute(ADD, key(1))
        pid = w.connection.execute(text("SELECT pg_backend_pid()")).scalar()
        with psycopg.connect(database_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (pid,))
        w.execute(ADD, key(2))

    with pytest.raises(Unavailable):
        do(cut)
    assert [count(do) for _ in range(4)] == [0] * 4
    do(lambda w: w.execute(ADD, key(3)) and None)
    assert count(do) == 1
