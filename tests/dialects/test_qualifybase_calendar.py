"""The QualifyBase contract about availability and appointments, over real HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from callboard.domain import ids
from callboard.domain.bookings import Wish
from callboard.domain.hours import parse_hours
from callboard.services import agents, bookings, organizations, people
from callboard.web.dialects.qualifybase import examples
from dialects.house import House, Tenant, at
from dialects.qualifybase import API, book, new_lead, problem


@pytest.fixture
def http(tenant: Tenant) -> httpx.Client:
    return tenant.client()


# --- availability -------------------------------------------------------------------------------------------------------
@pytest.fixture
def clinic(house: House) -> Any:
    """One agent, every day from eight to eight, in London."""
    found = house.tenant(timezone="Europe/London", hours=parse_hours("mon-sun 08:00-20:00"), agents_wanted=1)
    yield found
    found.close()


def test_the_contracts_question(clinic: Tenant) -> None:
    answer = clinic.client().get(f"{API}/availability?from=2026-04-26&preference=morning&limit=5")
    assert answer.status_code == 200
    slots = answer.json()["data"]
    assert [slot["starts_at"] for slot in slots] == [
        f"2026-04-26T{time}:00.000Z" for time in ("07:00", "07:30", "08:00", "08:30", "09:00")
    ]
    assert slots[0] == {
        "scheduled_at": "2026-04-26T07:00:00.000Z",
        "starts_at": "2026-04-26T07:00:00.000Z",
        "ends_at": "2026-04-26T07:30:00.000Z",
        "agent_ids": [ids.to_uuid(clinic.agents[0].id)],
    }


@pytest.mark.parametrize(
    ("preference", "first", "last", "many"),
    [("morning", "07:00", "10:30", 8), ("afternoon", "11:00", "15:30", 10), ("evening", "16:00", "18:30", 6)],
)
def test_parts_of_the_clinics_day(clinic: Tenant, preference: str, first: str, last: str, many: int) -> None:
    params = {"from": "2026-04-26", "to": "2026-04-26", "preference": preference}
    slots = clinic.client().get(f"{API}/availability", params=params).json()["data"]
    times = [slot["starts_at"][11:16] for slot in slots]
    assert (times[0], times[-1], len(times)) == (first, last, many)


def test_a_slot_shown_can_be_booked_and_is_then_gone(clinic: Tenant) -> None:
    http = clinic.client()
    params = {"from": "2026-04-26T08:00:00Z", "to": "2026-04-26T10:00:00Z", "duration": 60}
    slots = http.get(f"{API}/availability", params=params).json()["data"]
    assert [slot["scheduled_at"] for slot in slots] == ["2026-04-26T08:00:00.000Z", "2026-04-26T09:00:00.000Z"]
    assert book(http, scheduled_at=slots[0]["scheduled_at"], ends_at=slots[0]["ends_at"]).status_code == 201
    assert http.get(f"{API}/availability", params=params).json()["data"] == slots[1:]


def test_availability_of_one_agent(clinic: Tenant) -> None:
    http = clinic.client()
    other = clinic.session.do(agents.add, clinic.org.id, "Noor", hours=parse_hours("sun 13:00-14:00"))
    params = {"from": "2026-04-26", "to": "2026-04-26", "agent_id": ids.to_uuid(other.id)}
    slots = http.get(f"{API}/availability", params=params).json()["data"]
    assert [slot["agent_ids"] for slot in slots] == [[ids.to_uuid(other.id)]] * 2


@pytest.mark.parametrize(
    "params",
    [
        {"from": "yesterday"},
        {"from": "2026-04-31"},
        {"from": "2026-04-26", "to": "2026-04-25"},
        {"from": "2026-04-26", "to": "2026-09-26"},
        {"preference": "night"},
        {"limit": "0"},
        {"duration": "721"},
        {"agent_id": "4315bd15-3bcf-4685-9430-09afc83e8e5a"},
    ],
)
def test_an_invalid_question_is_invalid_input(http: httpx.Client, params: dict[str, str]) -> None:
    problem(http.get(f"{API}/availability", params=params), 400, "invalid_input")


# --- appointments -------------------------------------------------------------------------------------------------------
def test_the_contracts_appointment(http: httpx.Client, tenant: Tenant) -> None:
    lead = new_lead(http)
    answer = book(http, lead_id=lead["id"])
    assert answer.status_code == 201
    row = answer.json()
    assert set(row) == set(examples.APPOINTMENT)
    assert {name: row[name] for name in ("lead_id", "status", "scheduled_at", "ends_at", "title", "assigned_to")} == {
        "lead_id": lead["id"],
        "status": "confirmed",
        "scheduled_at": "2026-04-26T09:00:00.000Z",
        "ends_at": "2026-04-26T09:30:00.000Z",
        "title": "Consultation",
        "assigned_to": ids.to_uuid(tenant.agents[0].id),
    }
    assert http.get(f"{API}/appointments/{row['id']}").json() == row
    stored = tenant.session.get(bookings.get, tenant.org.id, ids.from_uuid(row["id"]))
    assert (stored.source, stored.customer_phone) == ("qualifybase", "+14155551212")


def test_without_an_end_it_has_the_clinics_usual_length(http: httpx.Client, tenant: Tenant) -> None:
    tenant.policy(default_duration_minutes=45)
    assert book(http, ends_at=None).json()["ends_at"] == "2026-04-26T09:45:00.000Z"


def test_with_an_agent_named_nobody_else_takes_it(house: House) -> None:
    tenant = house.tenant(agents_wanted=3)
    http, agent = tenant.client(), ids.to_uuid(tenant.agents[2].id)
    assert book(http, assigned_to=agent).json()["assigned_to"] == agent
    problem(book(http, assigned_to=agent), 409, "slot_unavailable")
    assert book(http).json()["assigned_to"] != agent
    tenant.close()


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"lead_id": "c3e8a1d4-..."}, 400, "invalid_input"),
        ({"lead_id": "c3e8a1d4-9a1b-4c2d-9e3f-4a5b6c7d8e9f"}, 404, "not_found"),
        ({"scheduled_at": None}, 400, "invalid_input"),
        ({"scheduled_at": "2026-04-26T09:00:00"}, 400, "invalid_input"),
        ({"scheduled_at": "2026-04-20T09:00:00Z", "ends_at": None}, 400, "invalid_input"),
        ({"scheduled_at": "2028-04-26T09:00:00Z", "ends_at": None}, 400, "invalid_input"),
        ({"ends_at": "2026-04-26T09:00:00Z"}, 400, "invalid_input"),
        ({"ends_at": "2026-04-26T09:30:20Z"}, 400, "invalid_input"),
        ({"ends_at": "2026-04-27T09:00:00Z"}, 400, "invalid_input"),
        ({"assigned_to": "4315bd15-3bcf-4685-9430-09afc83e8e5a"}, 400, "invalid_input"),
        ({"title": "x" * 201}, 400, "invalid_input"),
    ],
)
def test_what_is_wrong_with_an_appointment(http: httpx.Client, changes: dict[str, Any], status: int, code: str) -> None:
    message = problem(book(http, **changes), status, code)
    field = next(iter(changes))
    assert status == 404 or message.startswith(field)


def test_another_clinics_lead_is_no_lead(http: httpx.Client, stranger: Tenant) -> None:
    theirs = new_lead(stranger.client())["id"]
    missing = problem(book(http, lead_id="c3e8a1d4-9a1b-4c2d-9e3f-4a5b6c7d8e9f"), 404, "not_found")
    assert problem(book(http, lead_id=theirs), 404, "not_found") == missing


def test_reasons_for_a_409(http: httpx.Client, house: House, tenant: Tenant) -> None:
    assert book(http).status_code == 201
    assert "already booked" in problem(book(http), 409, "slot_unavailable")
    hours = house.tenant(hours=parse_hours("mon-fri 09:00-17:00"))
    assert "working hours" in problem(book(hours.client()), 409, "slot_unavailable")
    hours.close()
    tenant.policy(customer_limit=1)
    lead = new_lead(http)["id"]
    assert book(http, lead_id=lead, scheduled_at="2026-04-27T09:00:00Z", ends_at=None).status_code == 201
    problem(book(http, lead_id=lead, scheduled_at="2026-04-27T11:00:00Z", ends_at=None), 409, "limit_reached")


def test_patch_reschedules_and_keeps_the_length(http: httpx.Client) -> None:
    row = book(http, ends_at="2026-04-26T10:00:00Z").json()
    path = f"{API}/appointments/{row['id']}"
    moved = http.patch(path, json={"scheduled_at": "2026-04-27T09:00:00Z"}).json()
    assert (moved["id"], moved["scheduled_at"], moved["ends_at"]) == (
        row["id"], "2026-04-27T09:00:00.000Z", "2026-04-27T10:00:00.000Z",
    )  # fmt: skip
    longer = http.patch(path, json={"ends_at": "2026-04-27T10:30:00Z", "title": "Follow-up", "notes": "bring x-rays"}).json()
    assert (longer["ends_at"], longer["title"], longer["notes"]) == ("2026-04-27T10:30:00.000Z", "Follow-up", "bring x-rays")
    assert http.patch(path, json={"notes": None, "title": None}).json() | {"updated_at": ""} == {
        **longer, "notes": None, "title": "", "updated_at": "",
    }  # fmt: skip


def test_patch_is_all_or_nothing(http: httpx.Client) -> None:
    row = book(http).json()
    book(http, scheduled_at="2026-04-27T09:00:00Z", ends_at=None)
    path = f"{API}/appointments/{row['id']}"
    problem(http.patch(path, json={"title": "New", "scheduled_at": "2026-04-27T09:00:00Z"}), 409, "slot_unavailable")
    problem(http.patch(path, json={"title": "New", "status": "no_show"}), 409, "conflict")
    problem(http.patch(path, json={}), 400, "invalid_input")
    problem(http.patch(path, json={"status": "held"}), 400, "invalid_input")
    assert http.get(path).json() == row


def test_patch_gives_it_to_somebody_else(house: House) -> None:
    tenant = house.tenant(agents_wanted=2)
    http = tenant.client()
    row = book(http).json()
    other = next(ids.to_uuid(a.id) for a in tenant.agents if ids.to_uuid(a.id) != row["assigned_to"])
    assert http.patch(f"{API}/appointments/{row['id']}", json={"assigned_to": other}).json()["assigned_to"] == other
    tenant.close()


def test_statuses_as_the_contract_names_them(http: httpx.Client, tenant: Tenant) -> None:
    pending = tenant.session.do(
        bookings.book, tenant.org.id, Wish(starts_at=at("2026-05-04T15:00:00Z"), customer_name="Al", require_confirmation=True)
    )
    path = f"{API}/appointments/{ids.to_uuid(pending.id)}"
    assert http.get(path).json()["status"] == "pending"
    assert http.get(f"{API}/appointments", params={"status": "pending"}).json()["pagination"]["total"] == 1
    assert http.patch(path, json={"status": "confirmed"}).json()["status"] == "confirmed"
    tenant.session.do(bookings.start, tenant.org.id, pending.id)
    assert http.get(path).json()["status"] == "confirmed"
    assert http.patch(path, json={"status": "completed"}).json()["status"] == "completed"
    problem(http.delete(path), 409, "conflict")
    other = book(http).json()["id"]
    cancelled = http.patch(f"{API}/appointments/{other}", json={"status": "cancelled", "reason": "ill"}).json()
    assert (cancelled["status"], cancelled["cancellation_reason"]) == ("cancelled", "ill")


def test_a_pending_appointment_past_its_time_counts_as_cancelled_everywhere(house: House) -> None:
    tenant = house.tenant()
    http = tenant.client()
    wish = Wish(starts_at=at("2026-05-04T15:00:00Z"), customer_name="Al", hold_minutes=5)
    id_ = ids.to_uuid(tenant.session.do(bookings.book, tenant.org.id, wish).id)
    house.clock.pass_(300)
    assert http.get(f"{API}/appointments/{id_}").json()["status"] == "cancelled"
    assert http.get(f"{API}/appointments", params={"status": "pending"}).json()["data"] == []
    assert [r["id"] for r in http.get(f"{API}/appointments", params={"status": "cancelled"}).json()["data"]] == [id_]
    problem(http.patch(f"{API}/appointments/{id_}", json={"status": "confirmed"}), 409, "conflict")
    house.clock.pass_(-300)
    tenant.close()


def test_delete_cancels_softly_and_twice_is_once(http: httpx.Client) -> None:
    row = book(http).json()
    path = f"{API}/appointments/{row['id']}"
    first = http.delete(path, params={"reason": "moved away"})
    assert first.status_code == 200
    body = first.json()
    assert (body["status"], body["cancellation_reason"], body["cancelled_at"]) == (
        "cancelled", "moved away", "2026-04-22T12:00:00.000Z",
    )  # fmt: skip
    assert http.delete(path).json() == body
    assert [r["id"] for r in http.get(f"{API}/appointments", params={"status": "cancelled"}).json()["data"]] == [row["id"]]
    assert book(http).status_code == 201


def test_the_list_by_status_date_lead_and_agent_in_pages(clinic: Tenant) -> None:
    http = clinic.client()
    lead = new_lead(http)["id"]
    days = [book(http, lead_id=lead, scheduled_at=f"2026-04-{d}T09:00:00Z", ends_at=None).json()["id"] for d in (26, 27, 28)]
    late = book(http, scheduled_at="2026-04-27T18:30:00Z", ends_at=None).json()["id"]

    def found(**params: Any) -> list[str]:
        return [row["id"] for row in http.get(f"{API}/appointments", params=params).json()["data"]]

    assert found() == [days[2], late, days[1], days[0]]  # latest start first
    assert found(**{"from": "2026-04-27", "to": "2026-04-27"}) == [late, days[1]]  # a day is the clinic's own, whole
    assert found(**{"from": "2026-04-27T09:00:00Z", "to": "2026-04-27T18:30:00Z"}) == [days[1]]
    assert found(lead_id=lead) == [days[2], days[1], days[0]]
    assert found(assigned_to=ids.to_uuid(clinic.agents[0].id), limit=1, offset=1) == [late]
    assert found(status="cancelled") == []
    problem(http.get(f"{API}/appointments", params={"status": "scheduled"}), 400, "invalid_input")


def test_times_are_booked_in_the_leads_zone(http: httpx.Client, tenant: Tenant) -> None:
    lead = new_lead(http)["id"]
    tenant.session.do(people.update, tenant.org.id, ids.from_uuid(lead), timezone="Europe/Paris")
    id_ = ids.from_uuid(book(http, lead_id=lead).json()["id"])
    assert tenant.session.get(bookings.get, tenant.org.id, id_).timezone == "Europe/Paris"


def test_the_clinics_name_is_the_one_customers_see(http: httpx.Client, tenant: Tenant) -> None:
    from callboard.domain.organizations import Branding

    tenant.session.do(organizations.update, tenant.org.id, branding=Branding(name="Bright Smile"))
    assert http.get(f"{API}/me").json()["clinic"]["name"] == "Bright Smile"
