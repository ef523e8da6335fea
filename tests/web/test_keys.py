"""Keys: their form, what is kept of them, and that a revocation counts from the next request in every process."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from callboard.domain import keys as rules
from callboard.domain.errors import Invalid
from callboard.domain.keys import FLAVOURS, SCOPES
from callboard.services import keys
from dialects.house import House, Tenant
from support import Office

CALLS = "/qubesheets/api/external/video-calls"


@pytest.mark.parametrize(("flavour", "prefix"), FLAVOURS.items())
def test_each_flavour_has_its_prefix(office: Office, flavour: str, prefix: str) -> None:
    key, text = office.do(keys.add, "Zapier", flavour)
    assert re.fullmatch(rf"{prefix}{key.id}_[0-9A-Za-z]{{49}}", text)
    assert key.last_four == text[-4:]
    assert key.created_by == "console:tester"


def test_the_secret_is_nowhere_in_the_database(office: Office) -> None:
    _key, text = office.do(keys.add, "Zapier")
    secret = text.rsplit("_", 1)[1]
    rows = office.desk.store.read(lambda c: [tuple(map(str, r)) for r in c.exec_driver_sql("SELECT * FROM api_keys")]).result()
    assert rows
    assert all(secret not in cell and secret[:43] not in cell for row in rows for cell in row)


def test_only_the_very_text_is_recognized(office: Office) -> None:
    _key, text = office.do(keys.add, "Zapier")
    other = rules.mint("qubesheets", text.split("_")[1])  # the right id, a well-formed secret, the wrong one
    unknown = rules.mint("qubesheets", "65f1b2c3d4e5f6a7b8c9d0e1")
    assert office.session.get(keys.authenticate, text).name == "Zapier"
    for wrong in (other, unknown, text[:-1], text + "0", text.upper(), "", "qbs_", text.replace("qbs_", "qtv_", 1)):
        assert office.session.get(keys.authenticate, wrong) is None


def test_no_two_secrets_are_alike_and_each_has_its_whole_chance() -> None:
    made = {rules.mint("involve", "65f1b2c3d4e5f6a7b8c9d0e1") for _ in range(200)}
    assert len(made) == 200
    assert len({text[-49:-6] for text in made}) == 200
    assert 62**43 > 2**256


def test_scopes(office: Office) -> None:
    assert office.do(keys.add, "all")[0].scopes == frozenset(SCOPES)
    assert office.do(keys.add, "some", "qubesheets", ["leads:read", "calls"])[0].scopes == {
        "leads:read",
        "calls:read",
        "calls:write",
    }
    with pytest.raises(Invalid, match="scopes"):
        office.do(keys.add, "none", "qubesheets", ["everything"])
    with pytest.raises(Invalid, match="flavour"):
        office.do(keys.add, "none", "acme")


def test_revoking_twice_changes_nothing_more(office: Office) -> None:
    key, _text = office.do(keys.add, "Zapier")
    first = office.do(keys.revoke, key.id)
    assert office.do(keys.revoke, key.id) == first
    assert [k.revoked_at is not None for k in office.get(keys.listing)] == [True]


def test_a_revocation_by_another_process_counts_from_the_next_request(house: House, tenant: Tenant) -> None:
    http = tenant.client()
    assert http.get(CALLS).status_code == 200  # the server remembers the key now
    url = f"sqlite:///{house.settings.data_dir / 'callboard.db'}"
    command = [sys.executable, "-m", "callboard", "keys", "revoke", tenant.key.id, "--organization", tenant.org.id]
    command += ["--database-url", url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    assert http.get(CALLS).status_code == 401
    assert http.post(CALLS, content=b"not json").status_code == 401  # nor does it learn what is wrong with its request


def test_last_use_is_kept_but_not_per_request(folder: Path) -> None:
    house = House(folder)
    with contextlib.closing(house):
        tenant = house.tenant()
        http = tenant.client()
        for _ in range(5):
            assert http.get(CALLS).status_code == 200
        tenant.close()
        house.clock.pass_(100)
        path = house.settings.data_dir / "callboard.db"
    import sqlite3

    with contextlib.closing(sqlite3.connect(path)) as file:
        (used,) = file.execute("SELECT last_used_at FROM api_keys").fetchone()
        (count,) = file.execute("SELECT count(*) FROM request_log WHERE status = 200").fetchone()
    assert used == house.clock.now - 100
    assert count == 5


def test_the_apikey_scheme_belongs_to_qtvoice_alone(tenant: Tenant) -> None:
    http: httpx.Client = tenant.client(scheme="ApiKey")
    assert http.get("/qtvoice/api/v1/calls").status_code == 200
    assert http.get(CALLS).status_code == 401
