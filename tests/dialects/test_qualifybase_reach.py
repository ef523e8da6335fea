"""The QualifyBase contract about campaigns, calendar blocks, webhooks and its own document, over real HTTP."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import httpx
import pytest

from callboard.domain import ids
from callboard.domain.bookings import Status
from callboard.domain.webhooks import View
from callboard.services import bookings, campaigns, deliveries, people
from callboard.web.dialects.qualifybase import DIALECT, examples, words
from dialects.house import House, Tenant
from dialects.qualifybase import API, book, new_lead, problem

# The contract's endpoint reference, and the scope each operation needs here.
CONTRACT = {
    ("GET", "/api/v1/me"): None,
    ("GET", "/api/v1/leads"): "leads:read",
    ("POST", "/api/v1/leads"): "leads:write",
    ("GET", "/api/v1/agents"): "leads:read",
    ("GET", "/api/v1/availability"): "scheduling:read",
    ("POST", "/api/v1/appointments"): "scheduling:write",
    ("GET", "/api/v1/appointments"): "scheduling:read",
    ("GET", "/api/v1/appointments/{id}"): "scheduling:read",
    ("PATCH", "/api/v1/appointments/{id}"): "scheduling:write",
    ("DELETE", "/api/v1/appointments/{id}"): "scheduling:write",
    ("GET", "/api/v1/campaigns"): "campaigns:read",
    ("POST", "/api/v1/campaigns/{id}/contacts"): "campaigns:write",
    ("GET", "/api/v1/campaigns/contacts"): "campaigns:read",
    ("GET", "/api/v1/webhooks"): "webhooks:read",
    ("POST", "/api/v1/webhooks"): "webhooks:write",
    ("DELETE", "/api/v1/webhooks/{id}"): "webhooks:write",
    ("POST", "/api/v1/availability/blocks"): "scheduling:write",
    ("DELETE", "/api/v1/availability/blocks"): "scheduling:write",
}


@pytest.fixture
def http(tenant: Tenant) -> httpx.Client:
    return tenant.client()


@pytest.fixture
def campaign(tenant: Tenant) -> Any:
    return tenant.session.do(campaigns.add, tenant.org.id, "Spring implants", target_country="US", agent_id=tenant.agents[0].id)


def test_the_document_lists_the_contracts_eighteen_operations(tenant: Tenant) -> None:
    document = tenant.client("").get(f"{API}/openapi.json").json()
    found = {
        (method.upper(), path): operation.get("x-required-scope")
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert found == CONTRACT
    assert document["openapi"].startswith("3.1")
    assert document["servers"][0]["url"].endswith("/qualifybase")


@pytest.mark.parametrize("operation", DIALECT.operations, ids=lambda o: o.name)
def test_every_documented_example_fits_its_shape(operation: Any) -> None:
    for doc in operation.answers.values():
        if doc.shape is not None:
            doc.shape.model_validate(doc.example)


# --- campaigns ----------------------------------------------------------------------------------------------------------
def test_campaigns_as_choices_of_a_drop_down(http: httpx.Client, tenant: Tenant, campaign: Any) -> None:
    (row,) = http.get(f"{API}/campaigns").json()["data"]
    assert row == {
        "id": ids.to_uuid(campaign.id),
        "name": "Spring implants",
        "status": "draft",
        "agent_id": ids.to_uuid(tenant.agents[0].id),
        "target_country": "US",
        "total_contacts": 0,
        "created_at": "2026-04-22T12:00:00.000Z",
    }
    tenant.session.do(campaigns.start, tenant.org.id, campaign.id)
    tenant.session.do(campaigns.add, tenant.org.id, "Another", target_country="GB")
    running = http.get(f"{API}/campaigns", params={"status": "running"}).json()
    assert [c["name"] for c in running["data"]] == ["Spring implants"]
    page = http.get(f"{API}/campaigns", params={"limit": 1}).json()
    assert page["pagination"] == {"total": 2, "limit": 1, "offset": 0, "has_more": True}


def test_the_contracts_contact(http: httpx.Client, campaign: Any) -> None:
    path = f"{API}/campaigns/{ids.to_uuid(campaign.id)}/contacts"
    answer = http.post(path, json=examples.NEW_CONTACT)
    assert answer.status_code == 201
    row = answer.json()
    assert set(row) == set(examples.CONTACT)
    assert {name: row[name] for name in examples.NEW_CONTACT} == examples.NEW_CONTACT
    assert (row["campaign_id"], row["status"], row["validation_status"], row["attempts"]) == (
        ids.to_uuid(campaign.id), "pending", "valid", 0,
    )  # fmt: skip
    assert row["created_at"] == row["updated_at"] == "2026-04-22T12:00:00.000Z"
    again = http.post(path, json={**examples.NEW_CONTACT, "phone": "(415) 555-1212"})
    assert (again.status_code, again.json()) == (200, row)  # one number is called once
    assert http.get(f"{API}/campaigns").json()["data"][0]["total_contacts"] == 1


def test_a_number_that_cannot_be_called_is_kept_and_says_so(http: httpx.Client, campaign: Any) -> None:
    path = f"{API}/campaigns/{ids.to_uuid(campaign.id)}/contacts"
    for phone, validation in (("+442079460958", "wrong_country"), ("12", "invalid")):
        row = http.post(path, json={**examples.NEW_CONTACT, "phone": phone, "email": f"a{phone}@example.com"}).json()
        assert (row["validation_status"], row["status"]) == (validation, "invalid")


@pytest.mark.parametrize("missing", ["name", "phone", "interest", "city"])
def test_what_a_contact_must_have(http: httpx.Client, campaign: Any, missing: str) -> None:
    path = f"{API}/campaigns/{ids.to_uuid(campaign.id)}/contacts"
    for body in (
        {k: v for k, v in examples.NEW_CONTACT.items() if k != missing},
        {**examples.NEW_CONTACT, missing: None},
        {**examples.NEW_CONTACT, missing: ""},
        {**examples.NEW_CONTACT, missing: 7},
    ):
        assert problem(http.post(path, json=body), 400, "invalid_input").startswith(missing)
    assert http.get(f"{API}/campaigns/contacts").json()["data"] == []


def test_a_campaign_that_takes_nobody(http: httpx.Client, tenant: Tenant, stranger: Tenant, campaign: Any) -> None:
    path = f"{API}/campaigns/{ids.to_uuid(campaign.id)}/contacts"
    missing = problem(http.post(f"{API}/campaigns/x/contacts", json=examples.NEW_CONTACT), 404, "not_found")
    assert problem(stranger.client().post(path, json=examples.NEW_CONTACT), 404, "not_found") == missing
    tenant.session.do(campaigns.finish, tenant.org.id, campaign.id)
    assert "finished" in problem(http.post(path, json=examples.NEW_CONTACT), 409, "conflict")


def test_contacts_across_campaigns_by_status(http: httpx.Client, tenant: Tenant, campaign: Any) -> None:
    other = tenant.session.do(campaigns.add, tenant.org.id, "Another", target_country="US")
    rows = [
        http.post(
            f"{API}/campaigns/{ids.to_uuid(c.id)}/contacts", json={**examples.NEW_CONTACT, "phone": phone, "email": None}
        ).json()
        for c, phone in ((campaign, "+14155551212"), (campaign, "12"), (other, "+14155551212"))
    ]

    def found(**params: Any) -> set[str]:
        return {row["id"] for row in http.get(f"{API}/campaigns/contacts", params=params).json()["data"]}

    assert found() == {row["id"] for row in rows}
    assert found(status="pending") == {rows[0]["id"], rows[2]["id"]}
    assert found(status="invalid") == {rows[1]["id"]}
    assert found(status="qualified") == set()
    assert found(campaign_id=rows[2]["campaign_id"]) == {rows[2]["id"]}
    page = http.get(f"{API}/campaigns/contacts", params={"limit": 2, "offset": 2}).json()
    assert page["pagination"] == {"total": 3, "limit": 2, "offset": 2, "has_more": False}
    problem(http.get(f"{API}/campaigns/contacts", params={"status": "asleep"}), 400, "invalid_input")


# --- blocks -------------------------------------------------------------------------------------------------------------
BLOCK_KEYS = {"external_source": "google_calendar", "external_id": "evt_abc123"}


def test_the_contracts_block_is_created_then_updated_and_nothing_is_booked_over_it(http: httpx.Client) -> None:
    first = http.post(f"{API}/availability/blocks", json=examples.NEW_BLOCK)
    assert first.status_code == 201
    assert set(first.json()) == set(examples.BLOCK)
    assert {k: v for k, v in first.json().items() if k in {"starts_at", "ends_at", "title", *BLOCK_KEYS}} == {
        **examples.NEW_BLOCK, "starts_at": "2026-05-15T11:00:00.000Z", "ends_at": "2026-05-15T11:30:00.000Z",
    }  # fmt: skip
    meeting = {"scheduled_at": "2026-05-15T11:15:00Z", "ends_at": "2026-05-15T11:45:00Z"}
    assert "blocked" in problem(book(http, **meeting), 409, "slot_unavailable")
    asked = {"from": "2026-05-15T11:00:00Z", "to": "2026-05-15T11:30:00Z"}
    assert http.get(f"{API}/availability", params=asked).json()["data"] == []
    later = {**examples.NEW_BLOCK, "starts_at": "2026-05-15T13:00:00Z", "ends_at": "2026-05-15T13:30:00Z"}
    again = http.post(f"{API}/availability/blocks", json=later)
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert book(http, **meeting).status_code == 201


def test_deleting_a_block_is_204_even_when_it_is_gone(http: httpx.Client) -> None:
    http.post(f"{API}/availability/blocks", json=examples.NEW_BLOCK)
    for _ in range(2):
        answer = http.delete(f"{API}/availability/blocks", params=BLOCK_KEYS)
        assert (answer.status_code, answer.content) == (204, b"")
    assert book(http, scheduled_at="2026-05-15T11:00:00Z", ends_at="2026-05-15T11:30:00Z").status_code == 201
    for name in BLOCK_KEYS:
        answer = http.delete(f"{API}/availability/blocks", params={k: v for k, v in BLOCK_KEYS.items() if k != name})
        assert problem(answer, 400, "invalid_input").startswith(name)


def test_a_block_of_another_clinic_is_not_touched(http: httpx.Client, stranger: Tenant) -> None:
    http.post(f"{API}/availability/blocks", json=examples.NEW_BLOCK)
    theirs = stranger.client()
    assert theirs.delete(f"{API}/availability/blocks", params=BLOCK_KEYS).status_code == 204
    assert theirs.post(f"{API}/availability/blocks", json=examples.NEW_BLOCK).status_code == 201
    assert http.post(f"{API}/availability/blocks", json=examples.NEW_BLOCK).status_code == 200


def test_a_block_of_one_agent_leaves_the_others_free(house: House) -> None:
    tenant = house.tenant(agents_wanted=2)
    http = tenant.client()
    agent = ids.to_uuid(tenant.agents[0].id)
    assert http.post(f"{API}/availability/blocks", json={**examples.NEW_BLOCK, "agent_id": agent}).json()["agent_id"] == agent
    row = book(http, scheduled_at="2026-05-15T11:00:00Z", ends_at="2026-05-15T11:30:00Z").json()
    assert row["assigned_to"] == ids.to_uuid(tenant.agents[1].id)
    tenant.close()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends_at": "2026-05-15T11:00:00Z"}, "ends_at"),
        ({"ends_at": "2028-05-15T11:00:00Z"}, "ends_at"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"external_id": ""}, "external_id"),
        ({"external_source": 7}, "external_source"),
        ({"agent_id": "4315bd15-3bcf-4685-9430-09afc83e8e5a"}, "agent_id"),
    ],
)
def test_an_invalid_block(http: httpx.Client, changes: dict[str, Any], field: str) -> None:
    answer = http.post(f"{API}/availability/blocks", json={**examples.NEW_BLOCK, **changes})
    assert problem(answer, 400, "invalid_input").startswith(field)


# --- webhooks -----------------------------------------------------------------------------------------------------------
def test_a_webhook_shows_its_secret_once(http: httpx.Client) -> None:
    answer = http.post(f"{API}/webhooks", json=examples.NEW_WEBHOOK)
    assert answer.status_code == 201
    row = answer.json()
    assert set(row) == set(examples.NEW_WEBHOOK_ANSWER)
    secret = row.pop("signingSecret")
    assert len(secret) > 40
    assert (row["url"], row["events"], row["status"]) == (examples.NEW_WEBHOOK["url"], examples.NEW_WEBHOOK["events"], "active")
    listed = http.get(f"{API}/webhooks")
    assert listed.json() == {"data": [row]}
    assert secret not in listed.text


def test_each_key_sees_and_deletes_only_its_own_webhooks(tenant: Tenant, stranger: Tenant) -> None:
    mine, colleague, theirs = tenant.client(), tenant.client(tenant.new_key()), stranger.client()
    id_ = mine.post(f"{API}/webhooks", json=examples.NEW_WEBHOOK).json()["id"]
    missing = problem(mine.delete(f"{API}/webhooks/{ids.to_uuid('65f1b2c3d4e5f6a7b8c9d0ff')}"), 404, "not_found")
    for other in (colleague, theirs):
        assert other.get(f"{API}/webhooks").json() == {"data": []}
        assert problem(other.delete(f"{API}/webhooks/{id_}"), 404, "not_found") == missing
    answer = mine.delete(f"{API}/webhooks/{id_}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert mine.get(f"{API}/webhooks").json() == {"data": []}
    problem(mine.delete(f"{API}/webhooks/{id_}"), 404, "not_found")


def test_a_webhook_without_events_hears_all_the_contract_names(http: httpx.Client) -> None:
    row = http.post(f"{API}/webhooks", json={"url": "https://hooks.example.com/x"}).json()
    assert {
        "appointment.created", "appointment.updated", "appointment.cancelled", "campaign.contact.qualified",
        "campaign.contact.not_interested", "campaign.contact.exhausted", "campaign.contact.callback_requested",
    } <= set(row["events"])  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": None}, "url"),
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "https://user:pass@example.com"}, "url"),
        ({"url": "not a url"}, "url"),
        ({"events": ["appointment.exploded"]}, "events"),
        ({"events": []}, "events"),
        ({"events": "appointment.created"}, "events"),
        ({"events": [7]}, "events"),
    ],
)
def test_an_invalid_webhook(http: httpx.Client, changes: dict[str, Any], field: str) -> None:
    answer = http.post(f"{API}/webhooks", json={**examples.NEW_WEBHOOK, **changes})
    assert problem(answer, 400, "invalid_input").startswith(field)
    assert http.get(f"{API}/webhooks").json() == {"data": []}


def test_an_appointment_makes_one_delivery_for_who_subscribed_to_it(http: httpx.Client, tenant: Tenant) -> None:
    wanted = http.post(f"{API}/webhooks", json=examples.NEW_WEBHOOK).json()["id"]
    http.post(f"{API}/webhooks", json={**examples.NEW_WEBHOOK, "events": ["campaign.contact.qualified"]})
    row = book(http).json()
    http.patch(f"{API}/appointments/{row['id']}", json={"title": "not subscribed to"})
    http.delete(f"{API}/appointments/{row['id']}")
    found = tenant.session.get(deliveries.listing, tenant.org.id)
    assert sorted(d.type for d in found) == ["appointment.cancelled", "appointment.created"]
    assert {d.webhook_id for d in found} == {ids.from_uuid(wanted)}


def told(noun: str, found: Any) -> dict[str, Any]:
    """What a webhook says of a noun: its columns as they are stored, in the form of this dialect."""
    view = View(event_id="65f1b2c3d4e5f6a7b8c9d0e1", type="x", at=0, nouns={noun: dataclasses.asdict(found)})
    (said,) = json.loads(DIALECT.hooks.body(view))["data"].values()
    return dict(said)


@pytest.mark.parametrize("status", list(Status))
def test_a_webhook_tells_of_an_appointment_in_the_words_of_the_api(http: httpx.Client, tenant: Tenant, status: Status) -> None:
    row = book(http, lead_id=new_lead(http)["id"]).json()
    booking = tenant.session.get(bookings.get, tenant.org.id, ids.from_uuid(row["id"]))
    said = told("booking", booking)
    assert {"id", "lead_id", "assigned_to", "status", "scheduled_at", "ends_at"} <= set(said)
    assert said == {name: row[name] for name in said}
    assert told("booking", dataclasses.replace(booking, status=status))["status"] == words.STATUS[status]


def test_a_webhook_tells_of_leads_and_contacts_in_the_words_of_the_api(http: httpx.Client, tenant: Tenant, campaign: Any) -> None:
    lead = new_lead(http, external_metadata={"a": [1]}, agent_id=ids.to_uuid(tenant.agents[0].id))
    said = told("person", tenant.session.get(people.get, tenant.org.id, ids.from_uuid(lead["id"])))
    assert said == {name: lead[name] for name in said}
    contact = http.post(f"{API}/campaigns/{ids.to_uuid(campaign.id)}/contacts", json=examples.NEW_CONTACT).json()
    assert told("contact", tenant.session.get(campaigns.contact, tenant.org.id, ids.from_uuid(contact["id"]))) == contact
