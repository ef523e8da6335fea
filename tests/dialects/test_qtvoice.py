"""Every operation, filter, example and sentence of the QTvoice contract, over real HTTP, at the time of its examples."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from callboard.domain import errors, ids
from callboard.domain.bookings import Wish
from callboard.domain.campaigns import ContactWish
from callboard.domain.webhooks import View
from callboard.services import (
    agents,
    bookings,
    calls,
    campaigns,
    carriage,
    dialling,
    keys,
    messages,
    people,
    voicemails,
)
from callboard.web import faults
from callboard.web.dialects.qtvoice import DIALECT, examples, hooks
from dialects.house import House, Tenant, at
from support import Clock

API = "/qtvoice/api/v1"
CALLS, SMS, CONTACTS, VOICEMAILS = f"{API}/calls", f"{API}/sms", f"{API}/contacts", f"{API}/voicemails"
BEGAN = "2024-01-15T10:30:00Z"
CALLER, OFFICE = "+12155551234", "+12155555678"


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


def do(tenant: Tenant, verb: Any, *args: Any, **kwargs: Any) -> Any:
    return tenant.session.do(verb, tenant.org.id, *args, **kwargs)


def rang(tenant: Tenant, sender: str = CALLER, to: str = OFFICE, **more: Any) -> Any:
    """An incoming call."""
    return do(tenant, calls.incoming, from_number=sender, to_number=to, **more)


def ids_of(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["data"]]


def refused(answer: httpx.Response, status: int, code: str, error: str | None = None) -> None:
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error", "code"}
    assert answer.json()["code"] == code
    if error is not None:
        assert answer.json()["error"] == error


# --- quick start, authentication --------------------------------------------------------------------------------------
@pytest.mark.parametrize("scheme", ["Bearer", "ApiKey", "bearer", "APIKEY"])
def test_the_first_request_with_either_scheme(tenant: Tenant, scheme: str) -> None:
    http = tenant.client(tenant.new_key(flavour="qtvoice"), scheme)
    answer = http.get(CALLS, headers={"content-type": "application/json"})
    assert answer.status_code == 200
    assert answer.json() == {"data": [], "pagination": {"page": 1, "limit": 50, "total": 0, "totalPages": 0}}


def test_a_key_looks_as_the_contract_shows_it(tenant: Tenant) -> None:
    assert tenant.new_key(flavour="qtvoice").startswith("qtv_")


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


# --- sms --------------------------------------------------------------------------------------------------------------
def test_send_an_sms_without_a_carrier(http: httpx.Client, tenant: Tenant) -> None:
    answer = http.post(SMS, json=examples.NEW_SMS)
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == set(examples.SMS)
    assert {k: body[k] for k in ("from", "to", "direction", "message", "createdAt")} == {
        k: examples.SMS[k] for k in ("from", "to", "direction", "message", "createdAt")
    }
    assert (body["status"], body["sentAt"], body["deliveredAt"]) == ("queued", None, None)
    assert "no text-message carrier" in body["reason"]
    assert http.get(f"{SMS}/{body['id']}").json()["status"] == "queued"
    assert ids_of(http.get(SMS)) == [body["id"]]


def test_from_is_optional(http: httpx.Client) -> None:
    answer = http.post(SMS, json={"to": "(215) 555-1234", "message": "Hello"})
    assert (answer.status_code, answer.json()["from"], answer.json()["to"]) == (201, None, CALLER)


def test_how_far_an_sms_got_is_told_as_it_is(http: httpx.Client, tenant: Tenant, clock: Clock) -> None:
    id_ = http.post(SMS, json=examples.NEW_SMS).json()["id"]
    plain = id_.removeprefix("sms_")
    clock.pass_(1)
    do(tenant, messages.mark_sent, plain)
    sent = http.get(f"{SMS}/{id_}").json()
    assert (sent["status"], sent["sentAt"], sent["deliveredAt"]) == ("sent", "2024-01-15T10:30:01Z", None)
    tenant.session.do(carriage.receipt, gateway="hand", status="delivered", message_id=plain)
    delivered = http.get(f"{SMS}/{id_}").json()
    assert (delivered["status"], delivered["deliveredAt"]) == ("delivered", "2024-01-15T10:30:01Z")


def test_with_a_carrier_the_answer_says_whether_it_took_it(tmp_path: Path) -> None:
    house = House(tmp_path, clock=Clock(BEGAN), sms_gateway="kannel")
    try:
        tenant = house.tenant()
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(tenant.client().post, SMS, json=examples.NEW_SMS)
            while not (waiting := tenant.session.get(messages.listing, tenant.org.id)):
                assert not answer.done()
            do(tenant, messages.mark_sent, waiting[0].id)
            body = answer.result().json()
        assert (body["status"], body["sentAt"]) == ("sent", BEGAN)
        tenant.close()
    finally:
        house.close()


def test_filters_and_pages_of_sms(http: httpx.Client, tenant: Tenant, clock: Clock) -> None:
    out = http.post(SMS, json=examples.NEW_SMS).json()["id"]
    clock.pass_(1)
    received = tenant.session.do(
        carriage.receive, gateway="hand", from_number=CALLER, to_number=OFFICE, body="Thanks!", org=tenant.org.id
    )
    back = f"sms_{received.id}"
    for query, expected in {
        "": [back, out],
        "direction=outbound": [out],
        "direction=inbound": [back],
        "from=%2B12155551234": [back],
        "from=%2B12155555678": [out],
        "to=+12155551234": [out],
        "limit=1": [back],
        "limit=1&page=2": [out],
    }.items():
        assert ids_of(http.get(f"{SMS}?{query}")) == expected, query
    seen = http.get(f"{SMS}/{back}").json()
    assert (seen["status"], seen["message"], seen["direction"]) == ("received", "Thanks!", "inbound")


def test_what_a_booking_sends_is_listed_too(http: httpx.Client, tenant: Tenant) -> None:
    do(tenant, bookings.book, Wish(starts_at=at("2024-01-16T15:00:00Z"), customer_name="Jane", customer_phone=CALLER))
    (told,) = http.get(SMS, params={"to": CALLER}).json()["data"]
    assert "/join/video-call/" in told["message"]


@pytest.mark.parametrize(
    "body",
    [{}, {"to": CALLER}, {"to": CALLER, "message": ""}, {"to": CALLER, "message": "x" * 1601}, {"to": "1", "message": "x"},
     {"to": CALLER, "message": "   "}, {"to": CALLER, "message": 5}],
)  # fmt: skip
def test_an_sms_that_cannot_be_sent(http: httpx.Client, body: dict[str, Any]) -> None:
    refused(http.post(SMS, json=body), 400, "BAD_REQUEST")
    assert ids_of(http.get(SMS)) == []


def test_nobody_is_texted_who_said_stop(http: httpx.Client, tenant: Tenant) -> None:
    do(tenant, messages.opt_out, CALLER)
    refused(http.post(SMS, json=examples.NEW_SMS), 409, "CONFLICT")


def test_an_sms_of_another_organization_is_not_found(http: httpx.Client, stranger: Tenant) -> None:
    theirs = stranger.client().post(SMS, json=examples.NEW_SMS).json()["id"]
    refused(http.get(f"{SMS}/{theirs}"), 404, "NOT_FOUND", "Message not found")


# --- contacts ---------------------------------------------------------------------------------------------------------
def create(http: httpx.Client, **changes: Any) -> dict[str, Any]:
    answer = http.post(CONTACTS, json={**examples.NEW_CONTACT, **changes})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_create_a_contact(http: httpx.Client) -> None:
    made = create(http)
    assert made == {**examples.CONTACT, "id": made["id"]}
    assert ids.from_prefixed("contact", made["id"])
    assert http.get(f"{CONTACTS}/{made['id']}").json() == made
    assert http.get(CONTACTS).json() == {"data": [made], "pagination": {"page": 1, "limit": 50, "total": 1, "totalPages": 1}}


def test_search_contacts(http: httpx.Client) -> None:
    john = create(http)["id"]
    jane = create(http, first_name="Jane", last_name="Roe", company="Beta GmbH", email="jane@beta.example", phone="+4930901820")[
        "id"
    ]
    for query, expected in {
        "search=john": [john],
        "search=DOE": [john],
        "search=acme": [john],
        "search=jane%40beta": [jane],
        "search=beta%20jane": [jane],
        "search=nobody": [],
        "search=%25": [],
        "phone=%2B12155551234": [john],
        "phone=215-555-1234": [john],
        "phone=+4930901820": [jane],
        "phone=nonsense": [],
        "search=jane&phone=%2B12155551234": [],
        "limit=1": [jane],
        "limit=1&page=2": [john],
    }.items():
        assert ids_of(http.get(f"{CONTACTS}?{query}")) == expected, query


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_update_a_contact(http: httpx.Client, clock: Clock, method: str) -> None:
    made = create(http)
    clock.pass_(60)
    answer = http.request(method, f"{CONTACTS}/{made['id']}", json={"last_name": "Smith", "phone": "215-555-9999", "notes": ""})
    assert answer.status_code == 200
    assert answer.json() == {
        **made,
        "last_name": "Smith",
        "phone": "+12155559999",
        "notes": None,
        "updatedAt": "2024-01-15T10:31:00Z",
    }
    assert http.get(f"{CONTACTS}/{made['id']}").json() == answer.json()
    assert ids_of(http.get(CONTACTS, params={"search": "smith"})) == [made["id"]]


def test_something_must_remain_of_a_contact(http: httpx.Client) -> None:
    made = create(http)
    empty = dict.fromkeys(("first_name", "last_name", "company", "email", "phone"))
    for method in ("PUT", "PATCH"):
        refused(http.request(method, f"{CONTACTS}/{made['id']}", json=empty), 400, "BAD_REQUEST")
        refused(http.request(method, f"{CONTACTS}/{made['id']}", json={**empty, "phone": ""}), 400, "BAD_REQUEST")
    assert http.get(f"{CONTACTS}/{made['id']}").json() == made


def test_delete_a_contact(http: httpx.Client) -> None:
    made = create(http)
    answer = http.delete(f"{CONTACTS}/{made['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    for method in ("GET", "DELETE"):
        refused(http.request(method, f"{CONTACTS}/{made['id']}"), 404, "NOT_FOUND", "Contact not found")
    refused(http.patch(f"{CONTACTS}/{made['id']}", json={"notes": "x"}), 404, "NOT_FOUND")
    assert http.get(f"{CONTACTS}/lookup", params={"phone": CALLER}).json()["found"] is False


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "contact needs at least one of first_name, last_name, company, email, phone"),
        ({"notes": "x"}, None),
        ({"first_name": "", "phone": " "}, None),
        ({"first_name": 5}, "first_name must be a string"),
        ({"first_name": "x" * 201}, "first_name must have at most 200 characters"),
        ({"email": "john"}, "email must be an e-mail address"),
        ({"phone": "12"}, "phone must be a phone number of possible length"),
    ],
)
def test_a_contact_that_cannot_be(http: httpx.Client, body: dict[str, Any], error: str | None) -> None:
    refused(http.post(CONTACTS, json=body), 400, "BAD_REQUEST", error)
    assert ids_of(http.get(CONTACTS)) == []


def test_a_caller_may_not_set_what_is_not_the_contracts(http: httpx.Client, tenant: Tenant) -> None:
    extra = {"id": "contact_65f1b2c3d4e5f6a7b8c9d0ff", "do_not_call": True, "organization_id": "x", "createdAt": "2000-01-01"}
    made = create(http, **extra)
    assert made == {**examples.CONTACT, "id": made["id"]}
    assert not tenant.session.get(people.get, tenant.org.id, made["id"].removeprefix("contact_")).do_not_call


def test_contacts_of_another_organization_are_not_found(http: httpx.Client, stranger: Tenant) -> None:
    made = create(stranger.client())
    path = f"{CONTACTS}/{made['id']}"
    for answer in (http.get(path), http.put(path, json={"notes": "x"}), http.patch(path, json={"notes": "x"}), http.delete(path)):
        refused(answer, 404, "NOT_FOUND", "Contact not found")
    assert stranger.client().get(path).json() == made
    assert http.get(f"{CONTACTS}/lookup", params={"phone": CALLER}).json()["found"] is False


def test_a_customer_known_from_a_booking_becomes_the_contact(http: httpx.Client, tenant: Tenant) -> None:
    wish = Wish(starts_at=at("2024-01-16T15:00:00Z"), customer_name="John Doe", customer_phone=CALLER)
    booking = do(tenant, bookings.book, wish)
    assert create(http)["id"] == f"contact_{booking.person_id}"
    assert create(http)["id"] != f"contact_{booking.person_id}"  # two contacts may share a number: a family, a switchboard


def test_a_contact_goes_before_somebody_else_with_the_number(http: httpx.Client, tenant: Tenant) -> None:
    do(tenant, people.add, full_name="Somebody Else", phone=CALLER)
    made = create(http)
    found = http.get(f"{CONTACTS}/lookup", params={"phone": CALLER}).json()
    assert found["contact"]["id"] == made["id"]


# --- screen pop -------------------------------------------------------------------------------------------------------
def test_lookup_as_the_contract_shows_it(http: httpx.Client, tenant: Tenant, clock: Clock) -> None:
    made = create(http)
    call = rang(tenant)
    do(tenant, calls.answered, call.id)
    clock.pass_(120)
    do(tenant, calls.ended, call.id)
    body = http.get(f"{CONTACTS}/lookup", params={"phone": CALLER}).json()
    example = examples.SCREEN_POP
    assert body == {
        "found": True,
        "contact": {**examples.CALLER, "id": made["id"]},
        "recent_calls": [{**example["recent_calls"][0], "id": f"call_{call.id}"}],
    }


@pytest.mark.parametrize("phone", ["%2B12155551234", "+12155551234", "2155551234", "1-215-555-1234", "(215)%20555.1234"])
def test_lookup_in_any_spelling(http: httpx.Client, phone: str) -> None:
    made = create(http)
    body = http.get(f"{CONTACTS}/lookup?phone={phone}").json()
    assert (body["found"], body["contact"]["id"]) == (True, made["id"])


def test_lookup_of_somebody_unknown_still_tells_their_calls(http: httpx.Client, tenant: Tenant, clock: Clock) -> None:
    made = []
    for _ in range(12):
        clock.pass_(60)
        made.append(f"call_{rang(tenant).id}")
    body = http.get(f"{CONTACTS}/lookup", params={"phone": CALLER}).json()
    assert (body["found"], body["contact"]) == (False, None)
    assert [c["id"] for c in body["recent_calls"]] == made[:1:-1]  # the last ten, newest first
    empty = {"found": False, "contact": None, "recent_calls": []}
    for phone in ("+12155550000", "anonymous", "x"):
        assert http.get(f"{CONTACTS}/lookup", params={"phone": phone}).json() == empty


def test_lookup_finds_a_campaign_contact_and_a_lead(http: httpx.Client, tenant: Tenant) -> None:
    campaign = do(tenant, campaigns.add, "Winback", target_country="US")
    do(tenant, people.add, full_name="Known Mail", email="known@mail.example", is_lead=True)
    do(tenant, people.add, full_name="Ada Lead", phone="+12155550199", is_lead=True)
    for name, phone, email in (("Eve New", "+12155550111", None), ("Known Mail", "+12155550122", "known@mail.example")):
        do(tenant, campaigns.add_contact, campaign.id, ContactWish(name=name, phone=phone, email=email))
        body = http.get(f"{CONTACTS}/lookup", params={"phone": phone}).json()
        assert (body["found"], f"{body['contact']['first_name']} {body['contact']['last_name']}") == (True, name)
    assert http.get(f"{CONTACTS}/lookup", params={"phone": "+12155550199"}).json()["contact"]["last_name"] == "Lead"


def test_lookup_tells_no_calls_to_a_key_that_may_not_read_them(tenant: Tenant) -> None:
    rang(tenant)
    http = tenant.client(tenant.new_key("contacts:read"))
    assert http.get(f"{CONTACTS}/lookup", params={"phone": CALLER}).json()["recent_calls"] == []


def test_lookup_needs_a_number(http: httpx.Client) -> None:
    for query in ("", "?phone=", "?phone=%20", "?phone=1&phone=2"):
        refused(http.get(f"{CONTACTS}/lookup{query}"), 400, "BAD_REQUEST")


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
