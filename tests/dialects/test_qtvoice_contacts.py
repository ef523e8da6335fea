"""The QTvoice contract, word for word over real HTTP: text messages, contacts, the screen pop."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from callboard.domain import ids
from callboard.domain.bookings import Wish
from callboard.domain.campaigns import ContactWish
from callboard.services import (
    bookings,
    calls,
    campaigns,
    carriage,
    messages,
    people,
)
from callboard.web.dialects.qtvoice import examples
from dialects.house import House, Tenant, at
from dialects.qtvoice import BEGAN, CALLER, CONTACTS, OFFICE, SMS, do, ids_of, rang, refused
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
    caller = "+12155550147"  # nobody else's in this file: an answer goes to whoever wrote to the number last
    out = http.post(SMS, json={**examples.NEW_SMS, "to": caller}).json()["id"]
    clock.pass_(1)
    received = tenant.session.do(
        carriage.receive, gateway="hand", from_number=caller, to_number=OFFICE, body="Thanks!", organization=tenant.org.id
    )
    back = f"sms_{received.id}"
    for query, expected in {
        "": [back, out],
        "direction=outbound": [out],
        "direction=inbound": [back],
        "from=%2B12155550147": [back],
        "from=%2B12155555678": [out],
        "to=+12155550147": [out],
        "limit=1": [back],
        "limit=1&page=2": [out],
    }.items():
        assert ids_of(http.get(f"{SMS}?{query}")) == expected, query
    seen = http.get(f"{SMS}/{back}").json()
    assert (seen["status"], seen["message"], seen["direction"]) == ("received", "Thanks!", "inbound")


def test_newest_first_holds_within_a_second(http: httpx.Client, tenant: Tenant) -> None:
    wish = Wish(starts_at=at("2024-01-16T15:00:00Z"), customer_name="Ann", customer_phone="+12155550100")
    booking = tenant.session.do(bookings.book, tenant.org.id, wish)
    tenant.session.do(bookings.cancel, tenant.org.id, booking.id)
    sent = [http.post(SMS, json={"to": "+12155551234", "message": f"number {n}"}).json() for n in range(8)]
    assert len({message["createdAt"] for message in sent}) == 1
    listed = http.get(SMS).json()["data"]
    assert [message["id"] for message in listed[:8]] == [message["id"] for message in reversed(sent)]
    assert ["cancelled" in message["message"] for message in listed[8:]] == [True, False]
    assert ids_of(http.get(SMS, params={"limit": 3, "page": 2})) == [message["id"] for message in sent[4:1:-1]]


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
