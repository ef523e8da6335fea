"""What is the same in every dialect: request ids, safe headers, logs without secrets, messages' outcomes, idempotency."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import threading
import time
from pathlib import Path

import pytest

from callboard.services import messages, requests
from callboard.web import logs
from dialects.house import House, Tenant

CALLS = "/qubesheets/api/external/video-calls"
BODY = {"customerName": "Jane Doe", "customerPhone": "5551234567", "scheduledFor": "2026-06-15T20:00:00.000Z"}


def test_request_ids(tenant: Tenant) -> None:
    http = tenant.client()
    assert http.get(CALLS, headers={"x-request-id": "order-17.a"}).headers["x-request-id"] == "order-17.a"
    made = {http.get(CALLS, headers={"x-request-id": bad}).headers["x-request-id"] for bad in ("", "a b", "x" * 65, "é".encode())}
    assert len(made) == 4
    assert all(len(one) == 16 for one in made)


def test_answers_are_not_kept_by_anyone_and_not_guessed_at(tenant: Tenant) -> None:
    headers = tenant.client().get(CALLS).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers


def test_head_is_get_without_a_body(tenant: Tenant) -> None:
    answer = tenant.client().head(CALLS)
    assert (answer.status_code, answer.content) == (200, b"")


def test_dots_and_doubled_slashes_are_other_addresses(tenant: Tenant) -> None:
    http = tenant.client()
    for path in ("/qubesheets//api/external/video-calls", CALLS + "/", CALLS + "/x/y", "/QUBESHEETS/api/external/video-calls"):
        assert http.get(path).status_code == 404


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "\x7f"])
def test_a_bad_idempotency_key_is_refused(tenant: Tenant, key: str) -> None:
    answer = tenant.client().post(CALLS, json=BODY, headers={"idempotency-key": key})
    assert answer.status_code == 400


def test_a_refused_request_may_be_corrected_under_the_same_idempotency_key(tenant: Tenant) -> None:
    http = tenant.client()
    header = {"idempotency-key": "one"}
    http.post(CALLS, json=BODY)
    assert http.post(CALLS, json=BODY, headers=header).status_code == 409
    assert http.post(CALLS, json={**BODY, "scheduledFor": "2026-06-16T20:00:00Z"}, headers=header).status_code == 201


def test_an_idempotency_key_belongs_to_one_organization_and_dies_after_a_day(folder: Path) -> None:
    house = House(folder)
    with contextlib.closing(house):
        one, two = house.tenant(), house.tenant()
        header = {"idempotency-key": "one"}
        first = one.client().post(CALLS, json=BODY, headers=header).json()["videoCall"]["id"]
        assert two.client().post(CALLS, json=BODY, headers=header).json()["videoCall"]["id"] != first
        house.clock.pass_(24 * 3600 + 1)
        assert one.client().post(CALLS, json=BODY, headers=header).status_code == 409  # done anew, and the slot is taken
        one.close()
        two.close()


def test_delivered_is_said_once_a_carrier_took_the_message(folder: Path) -> None:
    """The scheduler's part is played by the test: it marks the message sent while the request waits."""
    house = House(
        folder, sms_gateway="kannel", gateways={"kannel": {"url": "http://127.0.0.1:9", "username": "u", "password": "p"}}
    )
    with contextlib.closing(house):
        tenant = house.tenant()

        def carrier() -> None:
            for _ in range(200):
                for message in tenant.session.get(messages.listing, tenant.org.id):
                    tenant.session.do(messages.mark_sent, tenant.org.id, message.id)
                    return
                time.sleep(0.01)

        thread = threading.Thread(target=carrier)
        thread.start()
        http = tenant.client()
        first = http.post(CALLS, json=BODY, headers={"idempotency-key": "k"})
        thread.join()
        assert first.json()["confirmationSms"] == {"attempted": True, "delivered": True}
        again = http.post(CALLS, json=BODY, headers={"idempotency-key": "k"})
        assert again.json() == first.json()
        tenant.close()


def test_logs_and_request_rows_hold_no_secret(folder: Path) -> None:
    stream = io.StringIO()
    before = {name: logging.getLogger(name).handlers[:] for name in ("callboard", "uvicorn")}
    logs.configure("info", stream=stream)
    house = House(folder)
    try:
        with contextlib.closing(house):
            tenant = house.tenant()
            http = tenant.client()
            call = http.post(CALLS, json=BODY).json()["videoCall"]
            http.get(CALLS, params={"upcoming": "true", "api_key": "query-secret"})
            http.get(call["customerJoinLink"])
            http.post(CALLS, content=b'{"customerName": NaN}')
            time.sleep(0.7)
            rows = tenant.session.get(requests.recent, tenant.org.id)
            tenant.close()
        text = stream.getvalue()
        lines = [json.loads(line) for line in text.splitlines()]
        mine = [line for line in lines if line.get("organization") == tenant.org.id]
        assert [(line["method"], line["status"]) for line in mine] == [("POST", 201), ("GET", 200), ("POST", 415)]
        assert all(line["request_id"] and line["ms"] >= 0 and line["key"] == tenant.key.id for line in mine)
        token = call["customerJoinLink"].split("t=")[1]
        for secret in (tenant.text, tenant.text.split("_")[2], token, "query-secret", "Jane", "5551234567"):
            assert secret not in text
            assert secret not in str(rows)
        assert len(rows) == 3
    finally:
        for name, handlers in before.items():
            logging.getLogger(name).handlers = handlers


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_path_that_no_text_column_takes_is_kept_in_the_request_log(
    database: str, folder: Path, request: pytest.FixtureRequest
) -> None:
    """PostgreSQL refuses NUL, and with it would refuse every request that was written beside it."""
    url = request.getfixturevalue("postgres_url") if database == "postgres" else ""
    with contextlib.closing(House(folder, database_url=url)) as house:
        tenant = house.tenant()
        for path in ("a", "%00", "%E2%80%AE"):
            assert tenant.client().get(f"{CALLS}/{path}").status_code == 404
        rows = []
        for _ in range(100):
            rows = tenant.session.get(requests.recent, tenant.org.id)
            if len(rows) == 3:
                break
            time.sleep(0.05)
        tenant.close()
    assert {row.path for row in rows} == {f"{CALLS}/{path}" for path in ("a", "%00", "%E2%80%AE")}


def test_an_exception_is_logged_by_class_and_place_alone() -> None:
    stream = io.StringIO()
    before = logging.getLogger("callboard").handlers[:]
    try:
        logs.configure("info", stream=stream)
        try:
            int("Jane Doe, +15551234567")
        except ValueError as error:
            logs.get("callboard.web").error("request failed", error=error, authorization="Bearer x", token="abc")
        line = json.loads(stream.getvalue())
    finally:
        logging.getLogger("callboard").handlers = before
    assert line["error"] == "ValueError"
    assert line["at"][-1].endswith("test_an_exception_is_logged_by_class_and_place_alone")
    assert "Jane" not in stream.getvalue()
    assert (line["authorization"], line["token"]) == ("[redacted]", "[redacted]")
