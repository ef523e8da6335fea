"""Bookings on PostgreSQL against pgbench running the same statements: eight clients, the same server, one run.

The statements are written down while the service makes a booking, so that the list cannot grow old; only what differs from one
booking to the next (ids, the number called, the time) becomes a pgbench variable.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from bench.figures import Figures
from callboard.domain.bookings import Wish
from callboard.domain.hours import parse_hours
from callboard.domain.zones import DAY
from callboard.services import agents, bookings
from callboard.services.service import Desk
from callboard.settings import Settings
from callboard.storage.engine import Line
from support import NO_POSTGRES, POSTGRES, Clock, Office, make_office

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]
CLIENTS = 8
ROUNDS = 3
COUNT = 1000
_ID = re.compile("[0-9a-f]{24}")
_VARIABLES = """
\\set n random(1, 1000000000)
\\set start 2000000000 + :client_id * 1000000000 + :n * 1800
"""
Statement = tuple[str, list[str | None]]


def _pgbench() -> str:
    found = shutil.which("pgbench") or next((str(p) for p in Path("/usr/lib/postgresql").glob("*/bin/pgbench")), "")
    if not found:
        pytest.skip("pgbench is not installed: apt-get install postgresql")
    return found


def _wish(office: Office, clock: Clock, n: int) -> Wish:
    return Wish(
        starts_at=clock.now + DAY + n // CLIENTS * 1800,
        agent_id=office.agents[n % CLIENTS].id,
        customer_name="P",
        customer_phone=f"+1212555{n:04d}",
    )


def _written_down(office: Office, wish: Wish) -> list[list[Statement]]:
    """What the service sends for one booking, in order, by the journeys it makes, with the values as text."""
    found: list[list[Statement]] = []
    send = Line._send

    def listening(line: Line, waiting: Any, **marks: bool) -> Any:
        sent = [(plan.sql, values) for plan, sets, _ in waiting for values in sets]
        found.append([(sql, [None if v is None else bytes(v).decode() for v in values]) for sql, values in sent])
        return send(line, waiting, **marks)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Line, "_send", listening)
        office.do(bookings.book, wish)
    return found


def _scripts(office: Office, journeys: Sequence[Sequence[Statement]], wish: Wish) -> tuple[str, str]:
    """The statements as pgbench runs them: one after the other, and in the service's own journeys.

    Each client books an agent of its own: the service's do not meet on one either.
    """
    start, mine = wish.starts_at, ", ".join(f"'{agent.id}'" for agent in office.agents)
    phone = str(wish.customer_phone)
    spelled = {str(start + away): f"(:start::bigint + {away})" for away in (-DAY, -3600, 0, 1800)}
    spelled |= {office.org: f"'{office.org}'", str(wish.agent_id): f"(ARRAY[{mine}])[:client_id::int + 1]"}

    def literal(value: str | None) -> str:  # without colons: pgbench takes the word after one for a variable
        if value is None:
            return "NULL"
        if _ID.fullmatch(value):
            spelled.setdefault(
                value, f"('{len(spelled):02x}' || lpad(to_hex(:client_id::int), 2, '0') || lpad(to_hex(:n::bigint), 20, '0'))"
            )
        text = value.replace("\\", r"\\").replace("'", "''").replace(":", r"\x3a")
        text = text.replace(phone, "+1' || :n::text || '")
        return spelled.get(value) or f"(E'{text}')"

    def spell(statement: Statement) -> str:
        sql, values = statement
        return re.sub(r"\$(\d+)", lambda m: literal(values[int(m[1]) - 1]), " ".join(sql.split())) + ";\n"

    batches = [[spell(statement) for statement in journey] for journey in journeys]
    batches[0].insert(0, "BEGIN;\n")
    batches[-1].append("COMMIT;\n")
    together = "".join("\\startpipeline\n" + "".join(batch) + "\\endpipeline\n" for batch in batches)
    return _VARIABLES + "".join(line for batch in batches for line in batch), _VARIABLES + together


def _floor(program: str, script: str, url: str, folder: Path, mode: str) -> float:
    """Bookings a second by pgbench."""
    file = folder / f"{mode}.sql"
    file.write_text(script, encoding="utf-8")
    command = [program, "-n", "-c", str(CLIENTS), "-j", "2", "-T", "3", "-M", mode, "-f", str(file), url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return float(next(line for line in done.stdout.splitlines() if line.startswith("tps")).split("=")[1].split()[0])


@pytest.mark.skipif(not POSTGRES, reason=NO_POSTGRES)
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_bookings_against_pgbench(database_url: str, clock: Clock, tmp_path: Path, figures: Figures) -> None:
    program = _pgbench()
    desk = Desk(Settings(database_url=database_url, data_dir=tmp_path), clock=clock)
    office = make_office(desk, hired=CLIENTS)
    for agent in office.agents:
        office.do(agents.update, agent.id, hours=parse_hours("mon-sun 00:00-24:00"))
    for n in range(4 * CLIENTS):  # until every statement is known
        office.do(bookings.book, _wish(office, clock, n))
    wish = _wish(office, clock, 4 * CLIENTS)
    journeys = _written_down(office, wish)
    single, together = _scripts(office, journeys, wish)
    mine, floor, lowest, at = [], [], [], 5 * CLIENTS
    for _round in range(ROUNDS):
        floor.append(_floor(program, single, database_url, tmp_path, "simple"))
        lowest.append(_floor(program, together, database_url, tmp_path, "prepared"))
        begin = time.perf_counter()
        wishes = (_wish(office, clock, n) for n in range(at, at + COUNT))
        futures: list[Future[Any]] = [office.session.submit(bookings.book, office.org, wish) for wish in wishes]
        assert all(f.result() for f in futures)
        mine.append(COUNT / (time.perf_counter() - begin))
        at += COUNT
    count = sum(map(len, journeys))
    ours = sorted(mine)[1]
    figures.ratio(f"bookings, PostgreSQL, against pgbench: {count} statements", ours, sorted(floor)[1], "≥ 0.5×", unit="/s")
    figures.ratio(f"… and against pgbench in the same {len(journeys)} journeys", ours, sorted(lowest)[1], "≥ 0.5×", unit="/s")
    desk.close()
