"""How the server's engine speaks on one connection: statements in batches, one wait for each batch.

A file of its own because it is long; which database it is for, and when it is used, stands in ``storage.engine``.
"""

from __future__ import annotations

import select as system
from collections.abc import Iterator
from typing import Any

from callboard.domain.errors import Unavailable
from callboard.storage.plans import Plan, Rows, refusal


class Line:
    """A psycopg connection, spoken to in batches: a statement leaves when somebody looks at an answer, with all before it.

    They travel in libpq's pipeline, BEGIN in front and COMMIT behind: a booking waits nine times instead of twenty-two. On
    ``psycopg.pq`` and not its cursors, whose every statement costs six times as much; the server sees one order either way.
    """

    def __init__(self, driver: Any, library: Any) -> None:
        self._driver = driver
        self._pg = driver.pgconn
        self._adapt = library.adapt.Transformer(driver)
        self._text = library.adapt.PyFormat.TEXT
        self._errors = library.errors
        status = library.pq.ExecStatus
        self._fine = {status.COMMAND_OK, status.TUPLES_OK}
        self._end = status.PIPELINE_SYNC
        self._prepared: set[bytes] = set()
        self._waiting: list[tuple[Plan, list[Any], Rows]] = []
        self._poll = system.poll()
        self._poll.register(self._pg.socket, system.POLLIN)

    def forget(self) -> None:
        """Another transaction begins: what was never sent belonged to one that was undone."""
        self._waiting = []

    def add(self, plan: Plan, sets: list[list[Any]]) -> Rows:
        """Take a statement along, once for each set of values."""
        try:
            dumped = [self._adapt.dump_sequence(values, [self._text] * len(values)) for values in sets]
        except self._errors.Error as error:
            raise refusal(plan.sql, error, self._errors.Error) from error
        rows = Rows(plan.make, self)
        self._waiting.append((plan, dumped, rows))
        return rows

    def settle(self, *, commit: bool = False) -> None:
        """Send what waits and fill in the answers; ``commit``: end the transaction with it."""
        waiting, self._waiting = self._waiting, []
        begin = not self._pg.transaction_status  # idle
        if not waiting and (begin or not commit):
            return
        try:
            fresh = self._send(waiting, begin=begin, commit=commit)
            answers = iter(self._receive())
        except BaseException as error:
            self._driver.close()  # nobody knows what it would say next; the pool drops it
            if isinstance(error, self._errors.Error):
                raise refusal("", error, self._errors.Error) from error
            raise
        if begin:
            self._take(answers, "BEGIN")
        for plan, dumped, rows in waiting:
            if plan.name in fresh:
                fresh.remove(plan.name)
                self._take(answers, plan.sql)
                self._prepared.add(plan.name)
            found = [self._take(answers, plan.sql) for _ in dumped]
            data: list[Any] = []
            for answer in found if plan.brings else ():
                self._adapt.set_pgresult(answer)
                data += self._adapt.load_rows(0, answer.ntuples, tuple)
            rows.fill(plan.come_out(data), sum(answer.command_tuples or 0 for answer in found))
        if commit and self._take(answers, "COMMIT").command_status != b"COMMIT":
            raise Unavailable("the transaction was undone")  # an error in it was swallowed, and the server rolled back

    def _send(self, waiting: list[tuple[Plan, list[Any], Rows]], *, begin: bool, commit: bool) -> set[bytes]:
        """Put everything on the line; the names of the statements prepared with it."""
        pg, fresh = self._pg, set[bytes]()
        pg.enter_pipeline_mode()
        if begin:
            pg.send_query_params(b"BEGIN ISOLATION LEVEL READ COMMITTED", None)
        for plan, dumped, _rows in waiting:
            if plan.name not in self._prepared and plan.name not in fresh:
                fresh.add(plan.name)
                pg.send_prepare(plan.name, plan.sql.encode())
            for values in dumped:
                pg.send_query_prepared(plan.name, values)
        if commit:
            pg.send_query_params(b"COMMIT", None)
        pg.pipeline_sync()
        return fresh

    def _receive(self) -> list[Any]:
        """Every answer up to the end of the batch."""
        pg, answers = self._pg, []
        while pg.flush():  # more than fits: the server may have to be read before it takes the rest
            self._poll.modify(pg.socket, system.POLLIN | system.POLLOUT)
            self._poll.poll()
            self._poll.modify(pg.socket, system.POLLIN)
            pg.consume_input()
        while True:
            while pg.is_busy():
                self._poll.poll()
                pg.consume_input()
            answer = pg.get_result()
            if answer is None:
                if pg.status:
                    raise self._errors.OperationalError("the connection is lost")
            elif answer.status == self._end:
                break
            else:
                answers.append(answer)
        pg.exit_pipeline_mode()
        return answers

    def _take(self, answers: Iterator[Any], sql: str) -> Any:
        answer = next(answers)
        if answer.status not in self._fine:
            error = self._errors.error_from_result(answer)
            raise refusal(sql, error, self._errors.Error) from error
        return answer
