"""Claiming work: any table with ``work_columns()`` is a queue, on both databases by the same statements.

A claimed row keeps standing in the queue, due again when its lease ends: a dead holder's work comes back by itself, and "due"
stays one comparison on one index. Lanes (an endpoint, an organization) take turns, and a lane has at most so many rows out at
once, so that a slow one holds up nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Row,
    Select,
    Table,
    Update,
    bindparam,
    case,
    func,
    select,
    update,
)

from callboard.domain.leases import Lease
from callboard.storage.unit_of_work import Work

LIFE = 12  # characters: "life" and eight hex digits
Capacity = Callable[[Sequence[str]], Mapping[str, int]]  # lanes → how many rows each may have out


def _lanes(lane: Column[str], due_at: Column[int]) -> Select[Any]:
    """Each lane and when its first row is due. A loose index scan: one probe a lane, however many rows stand in it."""
    waiting = due_at.is_not(None)
    first = select(func.min(lane).label("lane")).where(waiting).cte("lanes", recursive=True)
    following = select(func.min(lane)).where(waiting, lane > first.c.lane).scalar_subquery()
    lanes = first.union_all(select(following).where(first.c.lane.is_not(None)))
    soonest = select(func.min(due_at)).where(waiting, lane == lanes.c.lane).scalar_subquery()
    return select(lanes.c.lane, soonest.label("due")).where(lanes.c.lane.is_not(None))


class Out(NamedTuple):
    """A lane's rows under a living lease: all of them, and those of the one who asks."""

    n: int = 0
    own: int = 0


class Queue:
    """The statements of one table's queue, built once. ``lane`` is the column that takes turns.

    It wants two partial indexes: (lane, due_at) where due_at is not null, and (lane) where lease_token is not null.
    """

    def __init__(self, table: Table, lane: Column[str]) -> None:
        c = table.c
        waiting = c.due_at.is_not(None)
        due: ColumnElement[bool] = waiting & (c.due_at <= bindparam("now"))
        self.table = table
        self._lanes = _lanes(lane, c.due_at)
        self._out = (
            select(
                lane.label("lane"),
                func.count().label("n"),
                func.sum(case((c.lease_token.startswith(bindparam("holder")), 1), else_=0)).label("own"),
            )
            .where(c.lease_token.is_not(None), c.due_at > bindparam("now"))
            .group_by(lane)
        )
        free = select(c.id, c.due_at).where(lane == bindparam("lane"), due).order_by(c.due_at, c.id).limit(bindparam("n"))
        self._take = {True: free, False: free.where(c.lease_token.is_(None))}  # by whether it steals
        self._mark = (
            update(table)
            .where(c.id.in_(bindparam("ids", expanding=True)))
            .values(
                lease_token=bindparam("token"),
                lease_until=bindparam("until"),
                due_at=bindparam("until"),
                attempts=c.attempts + 1,
            )
            .returning(table)
        )
        self._age = select(func.count().label("n"), func.min(c.due_at).label("oldest")).where(
            waiting, c.due_at <= bindparam("now")
        )
        self._build_returns()
        self._finishes: dict[tuple[str, ...], Update] = {}

    def _build_returns(self) -> None:
        """What gives rows back: each under its own token, or all that a dead process had out."""
        table, c = self.table, self.table.c
        held = select(c.id, c.lease_token).where(c.id.in_(bindparam("ids", expanding=True)), c.lease_token.is_not(None))
        self._held = held.order_by(c.id).with_for_update()  # in order, so that two who record the same rows do not lock crosswise
        self._mine = (c.id == bindparam("job_id")) & (c.lease_token == bindparam("job_token"))
        untried = {"lease_token": None, "lease_until": None, "due_at": bindparam("now"), "attempts": c.attempts - 1}
        self._back = update(table).where(self._mine).values(untried)
        # A token begins with its holder, a holder with the process's life where it has one.
        life = func.substr(c.lease_token, 1, LIFE)
        leased = c.lease_token.is_not(None) & (c.due_at > bindparam("now"))
        self._lives = select(life.label("life")).where(leased, c.lease_token.startswith("life")).distinct()
        self._free = update(table).where(c.lease_token.is_not(None), life.in_(bindparam("lives", expanding=True))).values(untried)

    def lanes(self, work: Work) -> list[tuple[str, int]]:
        """Every lane with waiting work and the instant its first row is due, soonest first."""
        return sorted(((r.lane, r.due) for r in work.rows(self._lanes)), key=lambda lane: lane[1])

    def next_due(self, work: Work) -> int | None:
        """The instant the queue's first row is due, past or future; None when nothing waits."""
        return min((due for _, due in self.lanes(work)), default=None)

    def overdue(self, work: Work) -> tuple[int, int | None]:
        """How many rows are due and not taken, and since when the oldest one is (UTC seconds)."""
        row = work.execute(self._age, {"now": work.now}).one()
        return row.n, row.oldest

    def out(self, work: Work, holder: str) -> dict[str, Out]:
        """How many rows each lane has under a living lease."""
        return {r.lane: Out(r.n, r.own) for r in work.rows(self._out, {"now": work.now, "holder": holder})}

    def claim(self, work: Work, lease: Lease, capacity: Capacity | None = None) -> Sequence[Row[Any]]:
        """Take up to ``lease.limit`` due rows, lanes in turn; they come back marked with the token, attempts counted."""
        due = [lane for lane, at in self.lanes(work) if at <= work.now][: 4 * lease.limit]
        if not due:
            return []
        if capacity:  # who counts what is out must not count beside another who does: both would take what is left
            work.backend.lock_key(work.connection, f"claim {self.table.name}")
        room = capacity(due) if capacity else dict.fromkeys(due, lease.limit)
        rooms = {lane: min(room.get(lane, 0), lease.limit) for lane in due}
        ranked: list[tuple[int, int, str]] = []  # (turn within the lane, due, id)
        for found in self._candidates(work, lease, {lane: n for lane, n in rooms.items() if n > 0}):
            ranked.extend((turn, row.due_at, row.id) for turn, row in enumerate(found))
        ids = [id_ for _, _, id_ in sorted(ranked)[: lease.limit]]
        if not ids:
            return []
        return work.rows(self._mark, {"ids": ids, "token": lease.token, "until": work.now + lease.seconds})

    def _candidates(self, work: Work, lease: Lease, rooms: Mapping[str, int]) -> Iterable[Sequence[Row[Any]]]:
        """Due rows of each lane in order, as many as it has room for: all lanes are asked before one answer is looked at."""
        take = work.backend.skip_locked(self._take[lease.steal])
        asked = [work.execute(take, {"lane": lane, "now": work.now, "n": n}) for lane, n in rooms.items()]
        return [found.all() for found in asked]

    def finish(self, work: Work, job_id: str, token: str, due_at: int | None = None, **values: Any) -> bool:
        """Give a row back with its outcome; False when the lease is no longer ours (someone else has done it)."""
        changes = {"lease_token": None, "lease_until": None, "due_at": due_at, **values}
        found = self._finish(tuple(sorted(changes)))
        parameters = {f"new_{name}": value for name, value in changes.items()}
        return work.execute(found, {**parameters, "job_id": job_id, "job_token": token}).rowcount == 1

    def finish_all(self, work: Work, outcomes: Sequence[tuple[str, str, Mapping[str, Any]]]) -> set[str]:
        """Give rows back, each (id, token, changes of the same columns); the ids of those whose lease was still ours."""
        held = {row.id: row.lease_token for row in work.rows(self._held, {"ids": [id_ for id_, _, _ in outcomes]})}
        ours = [outcome for outcome in outcomes if held.get(outcome[0]) == outcome[1]]
        freed = {"lease_token": None, "lease_until": None}
        rows = [
            {"job_id": id_, "job_token": token, **{f"new_{name}": value for name, value in (freed | dict(changes)).items()}}
            for id_, token, changes in ours
        ]
        if rows:
            names = {*freed, *ours[0][2]}
            work.execute(self._finish(tuple(sorted(names))), rows)
        return {id_ for id_, _, _ in ours}

    def give_back(self, work: Work, jobs: Sequence[tuple[str, str]]) -> None:
        """Undo the claim of rows (id, token) that were not tried: due now, and no attempt counted."""
        work.execute(self._back, [{"job_id": id_, "job_token": token, "now": work.now} for id_, token in jobs])

    def others(self, work: Work) -> list[str]:
        """The lives of other processes that have rows out."""
        lives = (row.life for row in work.rows(self._lives, {"now": work.now}))
        return sorted(life for life in lives if life != work.backend.life)

    def take_back(self, work: Work) -> int:
        """Free what processes had out that are proved dead, as if it had not been claimed; how many rows."""
        dead = work.backend.dead(work.connection, self.others(work))
        return work.execute(self._free, {"lives": dead, "now": work.now}).rowcount if dead else 0

    def _finish(self, names: tuple[str, ...]) -> Update:
        """The statement that sets these columns: built once, since building it costs more than running it."""
        if names not in self._finishes:
            c = self.table.c
            values = {name: bindparam(f"new_{name}", type_=c[name].type) for name in names}
            self._finishes[names] = update(self.table).where(self._mine).values(values)
        return self._finishes[names]
