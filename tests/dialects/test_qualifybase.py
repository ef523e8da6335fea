"""Every example and sentence of the QualifyBase contract about keys, leads and agents, over real HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from callboard.domain import ids
from callboard.services import agents, people
from callboard.web.dialects.qualifybase import examples
from dialects.house import House, Tenant
from dialects.qualifybase import API, lead_body, new_lead, problem


@pytest.fixture
def http(tenant: Tenant) -> httpx.Client:
    return tenant.client()


# --- whose key ----------------------------------------------------------------------------------------------------------
def test_me_tells_the_clinic_and_the_key(tenant: Tenant) -> None:
    http = tenant.client(tenant.new_key("leads:read", flavour="qualifybase"))
    body = http.get(f"{API}/me").json()
    assert body["clinic"] == {"id": ids.to_uuid(tenant.org.id), "name": tenant.org.name, "timezone": tenant.org.timezone}
    key = body["api_key"]
    assert (key["prefix"], key["scopes"], key["rate_limit_per_minute"]) == ("qbk_live_", ["leads:read"], 120)
    assert set(key) == set(examples.ME["api_key"])


def test_any_key_may_ask_who_it_is(tenant: Tenant) -> None:
    assert tenant.client(tenant.new_key("calls:read")).get(f"{API}/me").status_code == 200


def test_keys_are_never_taken_from_the_query(tenant: Tenant) -> None:
    problem(tenant.client("").get(f"{API}/me", params={"api_key": tenant.text}), 401, "unauthorized")


def test_a_key_has_120_requests_a_minute_and_is_then_told_when_to_come_back(house: House) -> None:
    tenant = house.tenant(flavour="qualifybase", rate_limit=None)
    http = tenant.client()
    assert [http.get(f"{API}/me").status_code for _ in range(120)] == [200] * 120
    refused = http.get(f"{API}/leads")
    problem(refused, 429, "rate_limited")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    house.clock.pass_(60)
    assert http.get(f"{API}/me").status_code == 200
    house.clock.pass_(-60)
    tenant.close()


# --- leads --------------------------------------------------------------------------------------------------------------
def test_the_contracts_lead_is_created_and_then_updated(http: httpx.Client, tenant: Tenant) -> None:
    body = lead_body(agent_id=ids.to_uuid(tenant.agents[0].id))
    first = http.post(f"{API}/leads", json=body)
    assert first.status_code == 201
    row = first.json()
    assert {name: row[name] for name in body} == body  # the saved row, the agent among it
    assert set(row) == set(examples.LEAD)
    assert row["clinic_id"] == ids.to_uuid(tenant.org.id)
    again = http.post(f"{API}/leads", json={**body, "city": "Oakland"})
    assert again.status_code == 200
    assert again.json() == {**row, "city": "Oakland"}
    assert http.get(f"{API}/leads").json()["pagination"]["total"] == 1


def test_an_update_leaves_alone_what_it_does_not_name_and_clears_what_it_names_as_null(http: httpx.Client) -> None:
    row = http.post(f"{API}/leads", json=lead_body(notes="call back", external_metadata={"a": 1})).json()
    keys = {name: row[name] for name in ("external_source", "external_id", "phone")}
    assert http.post(f"{API}/leads", json=keys).json() == row
    cleared = http.post(f"{API}/leads", json={**keys, "notes": None, "external_metadata": None, "agent_id": None}).json()
    assert (cleared["notes"], cleared["external_metadata"], cleared["email"]) == (None, {}, row["email"])


def test_without_outside_ids_each_call_makes_a_lead(http: httpx.Client) -> None:
    assert new_lead(http)["id"] != new_lead(http)["id"]


@pytest.mark.parametrize(
    "source", ["website", "instagram", "whatsapp", "facebook", "tiktok", "referral", "email", "paid_ads", "other"]
)
def test_every_source(http: httpx.Client, source: str) -> None:
    assert new_lead(http, source=source)["source"] == source


def test_metadata_comes_back_as_it_was_sent_up_to_4_kb(http: httpx.Client) -> None:
    metadata = {"deal": {"stage": 3, "tags": ["a", "b"], "value": 1.5, "open": True, "owner": None}, "text": ""}
    metadata["text"] = "x" * (4096 - len(httpx.Request("POST", "http://x", json=metadata).content))
    assert new_lead(http, external_metadata=metadata)["external_metadata"] == metadata
    metadata["text"] += "x"
    answer = http.post(f"{API}/leads", json=lead_body(external_metadata=metadata))
    assert "external_metadata" in problem(answer, 400, "invalid_input")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone": None, "email": None}, "phone"),
        ({"external_id": None}, "external_id"),
        ({"external_source": None}, "external_source"),
        ({"source": "carrier_pigeon"}, "source"),
        ({"phone": "12"}, "phone"),
        ({"email": "alex"}, "email"),
        ({"email": "alex@localhost"}, "email"),
        ({"full_name": 7}, "full_name"),
        ({"external_metadata": [1]}, "external_metadata"),
        ({"external_metadata": "text"}, "external_metadata"),
        ({"agent_id": "4315bd15-3bcf-4685-9430-09afc83e8e5a"}, "agent_id"),
        ({"agent_id": "dana"}, "agent_id"),
        ({"notes": "x" * 4001}, "notes"),
    ],
)
def test_an_invalid_lead_is_400_invalid_input_and_names_the_field(
    http: httpx.Client, changes: dict[str, Any], field: str
) -> None:
    assert problem(http.post(f"{API}/leads", json=lead_body(**changes)), 400, "invalid_input").startswith(field)
    assert http.get(f"{API}/leads").json()["data"] == []


def test_only_outbound_agents_of_this_clinic_take_leads(http: httpx.Client, tenant: Tenant, stranger: Tenant) -> None:
    inbound = tenant.session.do(agents.add, tenant.org.id, "Ines", direction="inbound")
    off = tenant.session.do(agents.add, tenant.org.id, "Otto", direction="outbound", active=False)
    for agent in (inbound, off, stranger.agents[0]):
        body = lead_body(agent_id=ids.to_uuid(agent.id))
        assert problem(http.post(f"{API}/leads", json=body), 400, "invalid_input").startswith("agent_id")


def test_a_local_number_is_read_with_the_country_beside_it(http: httpx.Client) -> None:
    assert new_lead(http, phone="020 7946 0958", country="GB")["phone"] == "+442079460958"
    assert new_lead(http, phone="(415) 555-1212", country=None)["phone"] == "+14155551212"


def test_leads_are_listed_newest_first_in_pages_and_by_filter(http: httpx.Client, tenant: Tenant) -> None:
    agent = ids.to_uuid(tenant.agents[0].id)
    made = [new_lead(http, source="email", email=f"a{i}@example.com") for i in range(3)]
    made.append(new_lead(http, agent_id=agent, phone="+14155550000"))
    tenant.session.do(people.add, tenant.org.id, full_name="A contact", is_contact=True)
    page = http.get(f"{API}/leads", params={"limit": 3}).json()
    assert page["pagination"] == {"total": 4, "limit": 3, "offset": 0, "has_more": True}
    rest = http.get(f"{API}/leads", params={"limit": 3, "offset": 3}).json()
    assert rest["pagination"]["has_more"] is False
    assert {row["id"] for row in page["data"] + rest["data"]} == {row["id"] for row in made}
    for params, found in (
        ({"source": "email"}, made[:3]),
        ({"agent_id": agent}, made[3:]),
        ({"phone": "+1 415 555 0000"}, made[3:]),
        ({"email": "A1@example.com"}, made[1:2]),
    ):
        assert {r["id"] for r in http.get(f"{API}/leads", params=params).json()["data"]} == {r["id"] for r in found}


# --- agents -------------------------------------------------------------------------------------------------------------
def test_agents_by_direction(http: httpx.Client, tenant: Tenant) -> None:
    tenant.session.do(agents.add, tenant.org.id, "Ines", direction="inbound")
    everyone = http.get(f"{API}/agents").json()["data"]
    assert [set(agent) for agent in everyone] == [set(examples.AGENTS["data"][0])] * 2
    for direction, names in (("outbound", ["Agent 0"]), ("inbound", ["Ines"])):
        found = http.get(f"{API}/agents", params={"direction": direction}).json()["data"]
        assert [agent["name"] for agent in found] == names
    problem(http.get(f"{API}/agents", params={"direction": "up"}), 400, "invalid_input")
