"""Bookings on PostgreSQL against pgbench running the same statements: eight clients, the same server, one run."""

from __future__ import annotations

import shutil
import subprocess
import time
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
from support import Clock, make_office

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]
CLIENTS = 8

_SCRIPT = """
\\set n random(1, 1000000000)
\\set start 2000000000 + :client_id * 1000000000 + :n * 1800
BEGIN;
SELECT rev FROM organizations WHERE id = '{org}';
SELECT * FROM people WHERE organization_id = '{org}' AND phone = '+1' || :n AND deleted_at IS NULL ORDER BY id LIMIT 1;
INSERT INTO people (id, organization_id, full_name, first_name, last_name, phone, search, created_at, updated_at)
  VALUES (substr(md5(random()::text), 1, 24), '{org}', 'P', '', '', '+1' || :n, '', 1, 1);
SELECT id FROM bookings WHERE organization_id = '{org}' AND status = 'pending_confirmation' AND confirm_by <= 1;
SELECT id FROM agents WHERE id = '{agent}' FOR UPDATE;
SELECT lo, hi FROM claims WHERE organization_id = '{org}' AND agent_id = '{agent}' AND lo < :start + 1800 AND hi > :start;
SELECT starts_at, ends_at FROM blocks WHERE organization_id = '{org}' AND ends_at > :start AND starts_at < :start + 1800;
INSERT INTO bookings (id, organization_id, agent_id, starts_at, timezone, kind, title, customer_name, source, assignment, status,
  room, created_at, updated_at) VALUES (lpad(to_hex(:client_id), 8, '0') || lpad(to_hex(:n), 16, '0'), '{org}', '{agent}', :start,
  'UTC', 'video', '', 'P', 'api', 'manual', 'scheduled', '', 1, 1) ON CONFLICT DO NOTHING;
INSERT INTO claims (organization_id, booking_id, agent_id, kind, lo, hi) SELECT '{org}', id, '{agent}', 'booked', :start,
  :start + 1800 FROM bookings WHERE id = lpad(to_hex(:client_id), 8, '0') || lpad(to_hex(:n), 16, '0') ON CONFLICT DO NOTHING;
SELECT id FROM webhooks WHERE organization_id = '{org}';
INSERT INTO messages (id, organization_id, direction, kind, body, status, created_at, updated_at)
  VALUES (substr(md5(random()::text), 1, 24), '{org}', 'outbound', 'confirmation', 'Hello', 'waiting', 1, 1);
INSERT INTO events (id, organization_id, type, subject_id, rev, at)
  VALUES (substr(md5(random()::text), 1, 24), '{org}', 'booking.created', 'x', 1, 1);
INSERT INTO audit (organization_id, actor, action, subject_id, rev, at) VALUES ('{org}', 'api', 'booking.created', 'x', 1, 1);
COMMIT;
"""


def _pgbench() -> str:
    found = shutil.which("pgbench") or next((str(p) for p in Path("/usr/lib/postgresql").glob("*/bin/pgbench")), "")
    if not found:
        pytest.skip("pgbench is not installed: apt-get install postgresql")
    return found


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_bookings_against_pgbench(database_url: str, clock: Clock, tmp_path: Path, figures: Figures) -> None:
    program = _pgbench()
    desk = Desk(Settings(database_url=database_url, data_dir=tmp_path), clock=clock)
    office = make_office(desk, hired=CLIENTS)
    for agent in office.agents:
        office.do(agents.update, agent.id, hours=parse_hours("mon-sun 00:00-24:00"))
    scripts: list[str] = []
    for agent in office.agents:  # one script an agent, so that clients meet on one no oftener than ours do
        script = tmp_path / f"{agent.id}.sql"
        script.write_text(_SCRIPT.format(org=office.org, agent=agent.id), encoding="utf-8")
        scripts += ["-f", str(script)]
    seconds = 4
    command = [program, "-n", "-c", str(CLIENTS), "-j", "2", "-T", str(seconds), *scripts, database_url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    floor = float(next(line for line in done.stdout.splitlines() if line.startswith("tps")).split("=")[1].split()[0])
    count, begin = 2000, time.perf_counter()
    futures: list[Future[Any]] = []
    for n in range(count):
        wish = Wish(
            starts_at=clock.now + DAY + n // CLIENTS * 1800,
            agent_id=office.agents[n % CLIENTS].id,
            customer_name="P",
            customer_phone=f"+1212555{n:04d}",
        )
        futures.append(office.session.submit(bookings.book, office.org, wish))
    assert all(f.result() for f in futures)
    figures.ratio("bookings, PostgreSQL, against pgbench", count / (time.perf_counter() - begin), floor, "≥ 0.5×", unit="/s")
    desk.close()
