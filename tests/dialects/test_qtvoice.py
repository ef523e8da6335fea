"""The QTvoice contract, word for word over real HTTP: keys, limits, calls, voicemails, extensions, errors, webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from callboard.domain import errors, ids
from callboard.domain.webhooks import View
from callboard.services import (
    agents,
    calls,
    dialling,
    keys,
    people,
    voicemails,
)
from callboard.web import faults
from callboard.web.dialects.qtvoice import DIALECT, examples, hooks
from dialects.house import House, Tenant, at
from dialects.qtvoice import API, BEGAN, CALLER, CALLS, CONTACTS, OFFICE, SMS, VOICEMAILS, do, ids_of, rang, refused
from support import Clock


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    found = House(tmp_path_factory.mktemp("qtvoice"), clock=Clock(BEGAN))
    yield found
    found.close()


@pytest.fixture
def clock(house: House) -> Iterator[Clock]:
    """The house's clock, put back when the test is over."""
    yield house.clock
    house.clock.set(BEGAN)


@pytest.fixture
def http(tenant: Tenant) -> httpx.Client:
    return tenant.client()


# --- quick start, authentication --------------------------------------------------------------------------------------
@pytest.mark.parametrize("scheme", ["Bearer", "ApiKey", "bearer", "APIKEY"])
def test_the_first_request_with_either_scheme(tenant: Tenant, scheme: str) -> None:
    http = tenant.client(tenant.new_key(flavour="qtvoice"), scheme)
    answer = http.get(CALLS, headers={"content-type": "application/json"})
    assert answer.status_code == 200
    assert answer.json() == {"data": [], "pagination": {"page": 1, "limit": 50, "total": 0, "totalPages": 0}}


def test_a_key_looks_as_the_contract_shows_it(tenant: Tenant) -> None:
    assert tenant.new_key(flavour="qtvoice").startswith("qtv_")


def test_the_document_names_both_schemes(tenant: Tenant) -> None:
    document = tenant.client("").get("/qtvoice/openapi.json").json()
    schemes = document["components"]["securitySchemes"]
    assert [s["type"] for s in schemes.values()] == ["http", "apiKey"]
    assert document["security"] == [{name: []} for name in schemes]


@pytest.mark.parametrize(
    "header", [None, "Bearer", "Bearer nonsense", "Basic dXNlcjpwYXNz", "Bearer qtv_your_api_key_here", "ApiKey", "qtv_x"]
)
def test_without_a_valid_key(tenant: Tenant, header: str | None) -> None:
    http = tenant.client("")
    answer = http.get(CALLS, headers={"authorization": header} if header else {})
    refused(answer, 401, "UNAUTHORIZED", "Invalid API key")
    assert answer.json() == examples.ERROR


def test_a_missing_permission_is_named(tenant: Tenant) -> None:
    http = tenant.client(tenant.new_key("calls:read"))
    assert http.get(CALLS).status_code == 200
    refused(http.post(CALLS, json=examples.NEW_CALL), 403, "FORBIDDEN", "Missing required permission: calls:write")
    refused(http.get(CONTACTS), 403, "FORBIDDEN", "Missing required permission: contacts:read")


# --- rate limits ------------------------------------------------------------------------------------------------------
def test_a_thousand_requests_an_hour_and_the_headers_say_so(tenant: Tenant) -> None:
    http = tenant.client(do(tenant, keys.add, "default", "qtvoice", ())[1])
    for left, path in ((999, CALLS), (998, f"{CALLS}?limit=0"), (997, f"{CALLS}/call_x"), (996, f"{API}/extensions")):
        headers = http.get(path).headers
        assert headers["x-ratelimit-limit"] == "1000"
        assert headers["x-ratelimit-remaining"] == str(left)
        assert 0 < int(headers["x-ratelimit-reset"]) <= 3600


def test_a_refused_permission_counts_and_tells_what_is_left(tenant: Tenant) -> None:
    http = tenant.client(do(tenant, keys.add, "narrow", "qtvoice", ("webhooks:read",))[1])
    answer = http.get(CALLS)
    assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (403, "999")


def test_the_limit_reached(tenant: Tenant, clock: Clock) -> None:
    http = tenant.client(tenant.new_key(flavour="qtvoice", rate_limit=2))
    assert [http.get(CALLS).status_code for _ in range(2)] == [200, 200]
    answer = http.get(CALLS)
    refused(answer, 429, "RATE_LIMITED", "Rate limit exceeded")
    assert answer.headers["x-ratelimit-remaining"] == "0"
    assert answer.headers["retry-after"] == answer.headers["x-ratelimit-reset"]
    clock.pass_(int(answer.headers["retry-after"]) - 1)
    assert http.get(CALLS).status_code == 429
    clock.pass_(1)
    assert http.get(CALLS).status_code == 200


# --- calls ------------------------------------------------------------------------------------------------------------
def one_call(tenant: Tenant, clock: Clock) -> str:
    """The call of the contract's example, as a carrier's reports make it."""
    call = rang(tenant, gateway="twilio", provider_id=f"CA{ids.new(0)}")
    clock.set("2024-01-15T10:30:05Z")
    do(tenant, calls.answered, call.id)
    clock.set("2024-01-15T10:32:30Z")
    do(tenant, calls.ended, call.id)
    tenant.session.do(
        dialling.progress,
        gateway="twilio",
        status="ended",
        provider_id=call.provider_id,
        duration_seconds=145,
        recording_url="https://...",
    )
    return f"call_{call.id}"


def test_call_history_as_the_contract_shows_it(http: httpx.Client, tenant: Tenant, clock: Clock) -> None:
    id_ = one_call(tenant, clock)
    (found,) = http.get(CALLS).json()["data"]
    assert found["callSid"].startswith("CA")
    assert found == {**examples.CALL, "id": id_, "callSid": found["callSid"]}
    assert list(found) == list(examples.CALL)
    assert http.get(f"{CALLS}/{id_}").json() == found


def test_pages_of_call_history(http: httpx.Client, tenant: Tenant, clock: Clock) -> None:
    made = []
    for _ in range(7):
        clock.pass_(60)
        made.append(f"call_{rang(tenant).id}")
    newest_first = made[::-1]
    for page, expected in ((1, newest_first[:3]), (2, newest_first[3:6]), (3, newest_first[6:]), (4, [])):
        answer = http.get(CALLS, params={"page": page, "limit": 3})
        assert ids_of(answer) == expected
        assert answer.json()["pagination"] == {"page": page, "limit": 3, "total": 7, "totalPages": 3}


def test_twenty_five_pages_of_fifty(http: httpx.Client, tenant: Tenant) -> None:
    def many(work: Any) -> None:
        for _ in range(1234):
            calls.incoming(work, tenant.org.id, from_number="anonymous")

    tenant.session.do(many)
    body = http.get(CALLS).json()
    assert body["pagination"] == examples.CALLS["pagination"]
    assert len(body["data"]) == 50
    assert len(http.get(CALLS, params={"page": 25}).json()["data"]) == 34
    assert len(http.get(CALLS, params={"limit": 100}).json()["data"]) == 100


@pytest.fixture
def history(tenant: Tenant, clock: Clock) -> dict[str, str]:
    """Calls of every kind, ten minutes apart."""
    found = {}
    for name in ("completed", "missed", "voicemail"):
        call = rang(tenant, sender={"completed": CALLER, "missed": "+442079460000", "voicemail": "anonymous"}[name])
        if name == "completed":
            do(tenant, calls.answered, call.id)
            do(tenant, calls.ended, call.id)
        elif name == "missed":
            do(tenant, calls.missed, call.id)
        else:
            do(tenant, voicemails.leave, call.id, duration_seconds=9)
        found[name] = f"call_{call.id}"
        clock.pass_(600)
    found["outbound"] = f"call_{do(tenant, calls.initiate, to=CALLER, from_number=OFFICE).id}"
    return found


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("direction=inbound", {"completed", "missed", "voicemail"}),
        ("direction=outbound", {"outbound"}),
        ("status=completed", {"completed"}),
        ("status=missed", {"missed"}),
        ("status=voicemail", {"voicemail"}),
        ("status=initiated", {"outbound"}),
        ("from=%2B12155551234", {"completed"}),
        ("from=+12155551234", {"completed"}),  # a plus that nobody encoded
        ("from=(215)%20555-1234", {"completed"}),
        ("from=+442079460000", {"missed"}),
        ("from=anonymous", {"voicemail"}),
        ("to=%2B12155555678", {"completed", "missed", "voicemail"}),
        ("to=%2B12155551234", {"outbound"}),
        ("from=%2B12155551234&direction=outbound", set()),
        ("start_date=2024-01-15T10:40:00Z", {"missed", "voicemail", "outbound"}),
        ("end_date=2024-01-15T10:40:00Z", {"completed"}),
        ("start_date=2024-01-15T10:40:00&end_date=2024-01-15T11:00:00", {"missed", "voicemail"}),
        ("start_date=2024-01-15", {"completed", "missed", "voicemail", "outbound"}),
        ("end_date=2024-01-15", set()),
        ("start_date=2024-01-15T05:40:01-05:00&status=voicemail", {"voicemail"}),
    ],
)
def test_filters_of_call_history(http: httpx.Client, history: dict[str, str], query: str, expected: set[str]) -> None:
    answer = http.get(f"{CALLS}?{query}")
    assert set(ids_of(answer)) == {history[name] for name in expected}
    assert answer.json()["pagination"]["total"] == len(expected)


@pytest.mark.parametrize(
    "query",
    [
        "page=0", "page=-1", "page=x", "limit=0", "limit=101", "limit=1.5", "direction=sideways", "status=happy",
        "start_date=yesterday", "end_date=2024-13-01", "start_date=0001-01-01T00:00:00Z", "from=", "limit=1&limit=2",
    ],
)  # fmt: skip
def test_a_bad_parameter_is_400(http: httpx.Client, query: str) -> None:
    refused(http.get(f"{CALLS}?{query}"), 400, "BAD_REQUEST")


def test_click_to_call(http: httpx.Client, tenant: Tenant) -> None:
    answer = http.post(CALLS, json=examples.NEW_CALL)
    assert answer.status_code == 201
    body = answer.json()
    assert body == {**examples.INITIATED, "id": body["id"]}
    assert list(body) == list(examples.INITIATED)
    assert ids.from_prefixed("call", body["id"])
    seen = http.get(f"{CALLS}/{body['id']}").json()
    assert (seen["direction"], seen["status"], seen["duration"]) == ("outbound", "initiated", 0)
    assert [seen[k] for k in ("callSid", "recordingUrl", "answeredAt", "endedAt")] == [None] * 4


def test_click_to_call_from_an_extension(http: httpx.Client, tenant: Tenant) -> None:
    agent = tenant.agents[0]
    do(tenant, agents.update, agent.id, extension="101")
    (extension,) = http.get(f"{API}/extensions").json()["data"]
    answer = http.post(CALLS, json={"to": "(215) 555-1234", "extension_id": extension["id"]})
    assert answer.status_code == 201
    assert (answer.json()["to"], answer.json()["from"]) == (CALLER, None)  # the carrier's number is not known yet
    placed = tenant.session.get(calls.get, tenant.org.id, answer.json()["id"].removeprefix("call_"))
    assert placed.agent_id == agent.id


def test_an_extension_nobody_has(http: httpx.Client, tenant: Tenant, stranger: Tenant) -> None:
    do(stranger, agents.update, stranger.agents[0].id, extension="7")
    without, theirs = tenant.agents[0].id, stranger.agents[0].id
    for id_ in (f"ext_{without}", f"ext_{theirs}", "ext_65f1b2c3d4e5f6a7b8c9d0ff"):
        refused(http.post(CALLS, json={"to": CALLER, "extension_id": id_}), 404, "NOT_FOUND", "Extension not found")
    refused(http.post(CALLS, json={"to": CALLER, "extension_id": without}), 400, "BAD_REQUEST")
    assert http.get(CALLS).json()["pagination"]["total"] == 0


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "to is required"),
        ({"to": ""}, "to must have at least 1 characters"),
        ({"to": "12"}, "to must be a phone number of possible length"),
        ({"to": 12155551234}, "to must be a string"),
        ({"to": CALLER, "from": "nonsense"}, None),
    ],
)
def test_a_call_that_cannot_be_asked_for(http: httpx.Client, body: dict[str, Any], error: str | None) -> None:
    refused(http.post(CALLS, json=body), 400, "BAD_REQUEST", error)


def test_nobody_is_called_who_asked_not_to_be(http: httpx.Client, tenant: Tenant) -> None:
    do(tenant, people.add, full_name="Jane Doe", phone=CALLER, do_not_call=True)
    refused(http.post(CALLS, json={"to": CALLER}), 409, "CONFLICT", "Jane Doe asked not to be called")


def test_a_call_of_another_organization_is_not_found(http: httpx.Client, stranger: Tenant) -> None:
    theirs = f"call_{rang(stranger).id}"
    for id_ in (theirs, "call_65f1b2c3d4e5f6a7b8c9d0ff", theirs.removeprefix("call_"), "call_abc123", "contact_" + theirs[5:]):
        refused(http.get(f"{CALLS}/{id_}"), 404, "NOT_FOUND", "Call not found")


# --- voicemails and extensions ----------------------------------------------------------------------------------------
def test_voicemails(http: httpx.Client, tenant: Tenant, clock: Clock) -> None:
    call = rang(tenant)
    left = do(
        tenant, voicemails.leave, call.id, recording_url="https://...", duration_seconds=23, transcript="Please call me back."
    )
    (found,) = http.get(VOICEMAILS).json()["data"]
    assert found == {**examples.VOICEMAIL, "id": f"vm_{left.id}", "callId": f"call_{call.id}"}
    assert http.get(f"{VOICEMAILS}/{found['id']}").json() == found
    clock.pass_(60)
    other = do(tenant, voicemails.leave, rang(tenant, "+442079460000").id)
    path = f"{VOICEMAILS}/vm_{other.id}"
    assert http.patch(path, json={"is_read": True}).json()["is_read"] is True
    for query, expected in {
        "": [other, left],
        "is_read=true": [other],
        "is_read=false": [left],
        "from=%2B12155551234": [left],
        "from=+442079460000": [other],
        "is_read=true&from=%2B12155551234": [],
        "limit=1&page=2": [left],
    }.items():
        assert ids_of(http.get(f"{VOICEMAILS}?{query}")) == [f"vm_{v.id}" for v in expected], query
    assert http.patch(path, json={"is_read": False}).json()["is_read"] is False
    refused(http.patch(path, json={"is_read": "yes"}), 400, "BAD_REQUEST", "is_read must be true or false")


def test_voicemails_of_another_organization_are_not_found(http: httpx.Client, stranger: Tenant) -> None:
    theirs = do(stranger, voicemails.leave, rang(stranger).id)
    refused(http.get(f"{VOICEMAILS}/vm_{theirs.id}"), 404, "NOT_FOUND", "Voicemail not found")
    refused(http.patch(f"{VOICEMAILS}/vm_{theirs.id}", json={"is_read": True}), 404, "NOT_FOUND")
    assert ids_of(http.get(VOICEMAILS)) == []


def test_extensions(http: httpx.Client, tenant: Tenant) -> None:
    assert http.get(f"{API}/extensions").json() == {"data": []}
    agent = tenant.agents[0]
    do(tenant, agents.update, agent.id, extension="101")
    assert http.get(f"{API}/extensions").json() == {
        "data": [{"id": f"ext_{agent.id}", "extension": "101", "name": agent.name, "active": True}]
    }


# --- errors -----------------------------------------------------------------------------------------------------------
def test_errors_of_the_request_itself(http: httpx.Client) -> None:
    refused(http.get(f"{API}/nothing"), 404, "NOT_FOUND", "Endpoint not found")
    wrong = http.put(CALLS, json={})
    refused(wrong, 405, "METHOD_NOT_ALLOWED")
    assert wrong.headers["allow"] == "GET, POST"
    refused(http.post(CALLS, content=b"{", headers={"content-type": "application/json"}), 400, "BAD_REQUEST")
    refused(http.post(CALLS, data={"to": CALLER}), 415, "UNSUPPORTED_MEDIA_TYPE")
    refused(http.post(CALLS, content=b"x" * 300_000, headers={"content-type": "application/json"}), 413, "PAYLOAD_TOO_LARGE")


def test_idempotency(http: httpx.Client) -> None:
    first = http.post(SMS, json=examples.NEW_SMS, headers={"Idempotency-Key": "a"})
    again = http.post(SMS, json=examples.NEW_SMS, headers={"Idempotency-Key": "a"})
    assert (first.json(), again.headers["idempotent-replayed"]) == (again.json(), "true")
    refused(
        http.post(SMS, json={**examples.NEW_SMS, "message": "other"}, headers={"Idempotency-Key": "a"}),
        422,
        "IDEMPOTENCY_KEY_REUSED",
    )
    assert len(ids_of(http.get(SMS))) == 1


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.Invalid("to", "is required"), 400, "BAD_REQUEST"),
        (faults.Unauthenticated(), 401, "UNAUTHORIZED"),
        (errors.Forbidden("calls:read"), 403, "FORBIDDEN"),
        (errors.NotFound("call"), 404, "NOT_FOUND"),
        (faults.TooManyRequests(5), 429, "RATE_LIMITED"),
        (faults.Broken(), 500, "SERVER_ERROR"),
        (errors.Unavailable(""), 503, "SERVICE_UNAVAILABLE"),
        (errors.SlotTaken(), 409, "CONFLICT"),
        (errors.LimitReached(0), 409, "CONFLICT"),
        (errors.LinkDead("expired"), 409, "CONFLICT"),
        (errors.LinkForged(), 403, "FORBIDDEN"),
    ],
)
def test_every_code_of_the_contract(error: errors.CallboardError, status: int, code: str) -> None:
    answer = DIALECT.refuse(error, None)
    assert (answer.status, answer.body["code"]) == (status, code)
    DIALECT.error.model_validate(answer.body)


# --- webhooks ---------------------------------------------------------------------------------------------------------
def test_a_webhook_as_the_contract_shows_and_verifies_it(tenant: Tenant) -> None:
    call = rang(tenant)
    columns = {"id": call.id, "from_number": CALLER, "to_number": OFFICE, "direction": "inbound", "created_at": at(BEGAN)}
    body = hooks.body(View(event_id=ids.new(0), type="call.incoming", at=at(BEGAN), nouns={"call": columns}))
    said = json.loads(body)
    assert (said["event"], said["timestamp"], set(said)) == ("call.incoming", BEGAN, {"event", "timestamp", "data"})
    wanted = {"id": f"call_{call.id}", "from": CALLER, "to": OFFICE, "direction": "inbound"}
    assert {k: said["data"][k] for k in wanted} == wanted
    headers = hooks.headers(["secret"], body, at(BEGAN), "dlv_1", "call.incoming")
    assert headers == {  # the contract's own verification: hex HMAC-SHA256 of the payload
        "X-QTvoice-Signature": hmac.new(b"secret", body, hashlib.sha256).hexdigest(),
        "X-QTvoice-Timestamp": str(at(BEGAN)),
        "X-QTvoice-Delivery-ID": "dlv_1",
    }
