"""Every field, note and error of the ApifyCloud contract, over real HTTP, and the operations that follow its style."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from callboard.domain import ids
from callboard.domain.bookings import Wish
from callboard.domain.hours import parse_hours
from callboard.services import agents, blocks, bookings
from callboard.web.dialects.apifycloud import DIALECT, examples
from dialects.house import House, Tenant, at


@pytest.fixture
def http(tenant: Tenant) -> httpx.Client:
    return tenant.client()


def calls(tenant: Tenant, rest: str = "") -> str:
    return f"/apifycloud/api/v1/video/{ids.to_uuid(tenant.org.id)}/scheduled-calls{rest}"


def schedule(http: httpx.Client, tenant: Tenant, **changes: Any) -> httpx.Response:
    """The contract's example, with this organization's agent; a None leaves a field out."""
    body = {**examples.NEW_CALL, "assignedAgentId": ids.to_uuid(tenant.agents[0].id), **changes}
    return http.post(calls(tenant), json={k: v for k, v in body.items() if v is not None})


def made(answer: httpx.Response, status: int = 201) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"data"}
    found: dict[str, Any] = answer.json()["data"]["call"]
    return found


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The error of a refusal in the contract's shape."""
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error"}
    error: dict[str, Any] = answer.json()["error"]
    assert error["code"] == code
    assert error["message"]
    return error


# --- making a call ------------------------------------------------------------------------------------------------------
def test_the_contracts_example(http: httpx.Client, tenant: Tenant) -> None:
    call = made(schedule(http, tenant))
    assert ids.from_uuid(call["id"])
    assert {name: call[name] for name in (
        "app_id", "booking_source", "assigned_agent_id", "guest_name", "guest_phone", "guest_email", "scheduled_at",
        "duration_minutes", "app_timezone", "status", "created_at",
    )} == {
        "app_id": ids.to_uuid(tenant.org.id),
        "booking_source": "api",
        "assigned_agent_id": ids.to_uuid(tenant.agents[0].id),
        "guest_name": "Jane Doe",
        "guest_phone": "+57 300 555 0100",
        "guest_email": "jane@example.com",
        "scheduled_at": "2026-05-01T15:00:00.000Z",
        "duration_minutes": 30,
        "app_timezone": "America/Bogota",
        "status": "scheduled",
        "created_at": "2026-04-22T12:00:00.000Z",
    }  # fmt: skip
    assert (call["guest_timezone"], call["guest_intake_notes"], call["buffer_before_minutes"], call["assignment_method"]) == (
        "America/Bogota", "Wants to discuss contract renewal", 5, "manual",
    )  # fmt: skip
    stored = tenant.session.get(bookings.get, tenant.org.id, ids.from_uuid(call["id"]))
    assert (stored.customer_phone, stored.source) == ("+573005550100", "apifycloud")


def test_only_four_fields_are_needed(http: httpx.Client, tenant: Tenant) -> None:
    body = {name: examples.NEW_CALL[name] for name in ("guestName", "scheduledAtUtc", "appTimezone", "guestEmail")}
    call = made(http.post(calls(tenant), json=body))
    assert call == {
        **call,
        "assigned_agent_id": ids.to_uuid(tenant.agents[0].id),
        "assignment_method": "manual",
        "guest_phone": None,
        "guest_timezone": "America/Bogota",
        "guest_intake_notes": None,
        "duration_minutes": 30,
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 0,
        "status": "scheduled",
    }


def test_every_documented_field_may_be_null_as_well_as_missing(http: httpx.Client, tenant: Tenant) -> None:
    body = dict.fromkeys(examples.NEW_CALL) | {
        "guestName": "Jane", "scheduledAtUtc": "2026-05-01T15:00:00Z", "appTimezone": "UTC", "guestPhone": "5551234567",
    }  # fmt: skip
    assert made(http.post(calls(tenant), json=body))["guest_phone"] == "5551234567"  # as it was sent


def test_the_source_is_stamped_whatever_the_caller_says(http: httpx.Client, tenant: Tenant) -> None:
    assert made(schedule(http, tenant, bookingSource="admin", status="completed"))["booking_source"] == "api"


def test_the_organizations_buffers_hold_where_the_caller_names_none(http: httpx.Client, tenant: Tenant) -> None:
    tenant.policy(buffer_before_minutes=15, default_duration_minutes=45)
    call = made(schedule(http, tenant, bufferBeforeMinutes=None, bufferAfterMinutes=0, durationMinutes=None))
    assert (call["buffer_before_minutes"], call["buffer_after_minutes"], call["duration_minutes"]) == (15, 0, 30)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"guestName": None}, "guestName"),
        ({"guestName": ""}, "guestName"),
        ({"guestName": 7}, "guestName"),
        ({"scheduledAtUtc": None}, "scheduledAtUtc"),
        ({"scheduledAtUtc": "2026-05-01T15:00:00"}, "scheduledAtUtc"),
        ({"scheduledAtUtc": "2026-04-21T15:00:00Z"}, "scheduledAtUtc"),
        ({"scheduledAtUtc": "2029-04-21T15:00:00Z"}, "scheduledAtUtc"),
        ({"appTimezone": None}, "appTimezone"),
        ({"appTimezone": "Mars/Olympus"}, "appTimezone"),
        ({"guestTimezone": "Mars/Olympus"}, "guestTimezone"),
        ({"guestPhone": None, "guestEmail": None}, "guestPhone"),
        ({"guestPhone": "12"}, "guestPhone"),
        ({"guestEmail": "jane"}, "guestEmail"),
        ({"assignedAgentId": "user_abc"}, "assignedAgentId"),
        ({"assignedAgentId": "018f3b1e-7a2c-4d4e-9f5a-6b7c8d9e0f1a"}, "assignedAgentId"),
        ({"assignedAgentId": None, "assignmentMethod": "self_selected"}, "assignedAgentId"),
        ({"assignmentMethod": "lottery"}, "assignmentMethod"),
        ({"durationMinutes": 0}, "durationMinutes"),
        ({"durationMinutes": 721}, "durationMinutes"),
        ({"durationMinutes": "30"}, "durationMinutes"),
        ({"durationMinutes": True}, "durationMinutes"),
        ({"durationMinutes": 30.5}, "durationMinutes"),
        ({"durationMinutes": 1e300}, "durationMinutes"),
        ({"guestTimezone": "Factory"}, "guestTimezone"),
        ({"bufferBeforeMinutes": -1}, "bufferBeforeMinutes"),
        ({"bufferAfterMinutes": 241}, "bufferAfterMinutes"),
        ({"requireConfirmation": "yes"}, "requireConfirmation"),
        ({"guestIntakeNotes": "x" * 4001}, "guestIntakeNotes"),
    ],
)
def test_400_invalid_request_names_the_field(http: httpx.Client, tenant: Tenant, changes: dict[str, Any], field: str) -> None:
    error = problem(schedule(http, tenant, **changes), 400, "invalid_request")
    assert error["details"]["field"] == field
    assert http.get(calls(tenant)).json()["pagination"]["total"] == 0


def test_a_number_without_a_fraction_is_a_whole_one_however_it_is_written(http: httpx.Client, tenant: Tenant) -> None:
    """The contract's type is "number", and JSON does not tell 45.0 from 45."""
    call = made(schedule(http, tenant, durationMinutes=45.0, bufferBeforeMinutes=5.0))
    assert (call["duration_minutes"], call["buffer_before_minutes"]) == (45, 5)


def test_403_when_scheduling_is_not_enabled(http: httpx.Client, tenant: Tenant) -> None:
    call = made(schedule(http, tenant))
    tenant.policy(scheduling_enabled=False)
    problem(schedule(http, tenant, scheduledAtUtc="2026-05-02T15:00:00Z"), 403, "forbidden")
    problem(http.patch(calls(tenant, f"/{call['id']}"), json=examples.CHANGE), 403, "forbidden")
    assert http.get(calls(tenant)).status_code == 200
    assert made(http.post(calls(tenant, f"/{call['id']}/cancel")), 200)["status"] == "cancelled"


def test_403_without_the_scope_names_it(tenant: Tenant) -> None:
    reader = tenant.client(tenant.new_key("scheduling:read"))
    assert problem(schedule(reader, tenant), 403, "forbidden")["details"] == {"requiredScope": "scheduling:write"}
    assert reader.get(calls(tenant)).status_code == 200


def test_404_app_not_found_for_any_app_but_the_keys_own(http: httpx.Client, tenant: Tenant, stranger: Tenant) -> None:
    call = made(schedule(http, tenant))["id"]
    for app in (ids.to_uuid(stranger.org.id), "018f3b1e-7a2c-4d4e-9f5a-6b7c8d9e0f1a", tenant.org.id, "nonsense"):
        base = f"/apifycloud/api/v1/video/{app}/scheduled-calls"
        for answer in (
            http.post(base, json=examples.NEW_CALL),
            http.get(base),
            http.get(f"{base}/{call}"),
            http.patch(f"{base}/{call}", json=examples.CHANGE),
            http.post(f"{base}/{call}/confirm"),
            http.post(f"{base}/{call}/cancel"),
            http.delete(f"{base}/{call}"),
        ):
            problem(answer, 404, "app_not_found")


def test_409_for_an_existing_call_a_blocked_exception_a_dnd_window_and_closed_hours(tenant: Tenant, house: House) -> None:
    http = tenant.client()
    made(schedule(http, tenant))
    assert "existing call" in problem(schedule(http, tenant), 409, "conflict")["message"]
    # Buffers are part of the slot: 15:30 + 5 before its start, 5 after the first one's end.
    problem(schedule(http, tenant, scheduledAtUtc="2026-05-01T15:35:00Z"), 409, "conflict")
    made(schedule(http, tenant, scheduledAtUtc="2026-05-01T15:40:00Z"))
    start = at("2026-05-02T15:00:00Z")
    tenant.session.do(blocks.add, tenant.org.id, starts_at=start, ends_at=start + 3600)
    assert (
        "blocked exception" in problem(schedule(http, tenant, scheduledAtUtc="2026-05-02T15:15:00Z"), 409, "conflict")["message"]
    )
    tenant.session.do(agents.update, tenant.org.id, tenant.agents[0].id, dnd=parse_hours("sun 00:00-24:00"))
    assert "DND window" in problem(schedule(http, tenant, scheduledAtUtc="2026-05-03T15:15:00Z"), 409, "conflict")["message"]
    tenant.session.do(agents.update, tenant.org.id, tenant.agents[0].id, hours=parse_hours("mon 09:00-10:00"))
    assert "working hours" in problem(schedule(http, tenant, scheduledAtUtc="2026-05-05T15:15:00Z"), 409, "conflict")["message"]


def test_429_for_the_guests_limit_says_when_one_more_is_allowed(house: House) -> None:
    tenant = house.tenant(timezone="America/Bogota")
    http = tenant.client()
    tenant.policy(customer_limit=1, customer_limit_days=2)
    made(schedule(http, tenant))
    answer = schedule(http, tenant, scheduledAtUtc="2026-05-02T15:00:00Z")
    error = problem(answer, 429, "rate_limit_exceeded")
    assert error["details"] == {"nextAllowedAt": "2026-05-03T05:00:00.000Z"}  # midnight in Bogota
    assert int(answer.headers["retry-after"]) >= 1
    made(schedule(http, tenant, scheduledAtUtc="2026-05-03T15:00:00Z"))
    made(schedule(http, tenant, guestPhone="+57 300 555 0199", guestEmail=None, scheduledAtUtc="2026-05-02T15:00:00Z"))
    tenant.close()


def test_429_for_the_clients_limit_says_it_too(house: House) -> None:
    tenant = house.tenant(rate_limit=2)
    http = tenant.client()
    assert [http.get(calls(tenant)).status_code for _ in range(2)] == [200, 200]
    answer = http.get(calls(tenant))
    error = problem(answer, 429, "rate_limit_exceeded")
    assert at(error["details"]["nextAllowedAt"]) - house.clock() == int(answer.headers["retry-after"]) <= 60
    tenant.close()


# --- assignment ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def team(house: House) -> Any:
    found = house.tenant(agents_wanted=3)
    yield found
    found.close()


@pytest.mark.parametrize("method", ["manual", "self_selected", "round_robin", "pool"])
def test_a_named_agent_gets_the_call_by_every_method(team: Tenant, method: str) -> None:
    agent = ids.to_uuid(team.agents[1].id)
    call = made(schedule(team.client(), team, assignedAgentId=agent, assignmentMethod=method))
    assert (call["assigned_agent_id"], call["assignment_method"]) == (agent, method)


@pytest.mark.parametrize("form", [ids.to_uuid, str, lambda id_: f"user_{id_}"])
def test_an_agents_id_in_any_of_its_forms(team: Tenant, form: Any) -> None:
    call = made(schedule(team.client(), team, assignedAgentId=form(team.agents[2].id)))
    assert call["assigned_agent_id"] == ids.to_uuid(team.agents[2].id)


@pytest.mark.parametrize("method", [None, "manual", "round_robin", "pool"])
def test_without_an_agent_each_free_one_gets_a_call_and_then_nobody_is_left(team: Tenant, method: str | None) -> None:
    http = team.client()
    got = [made(schedule(http, team, assignedAgentId=None, assignmentMethod=method))["assigned_agent_id"] for _ in range(3)]
    assert sorted(got) == sorted(ids.to_uuid(a.id) for a in team.agents)
    problem(schedule(http, team, assignedAgentId=None, assignmentMethod=method), 409, "conflict")


def test_round_robin_goes_round(team: Tenant) -> None:
    http = team.client()
    got = [
        made(schedule(
            http, team, assignedAgentId=None, assignmentMethod="round_robin", scheduledAtUtc=f"2026-05-{day:02}T15:00:00Z"
        ))["assigned_agent_id"]
        for day in range(1, 7)
    ]  # fmt: skip
    assert got[:3] == got[3:]
    assert len(set(got)) == 3


# --- confirmation -------------------------------------------------------------------------------------------------------
def test_a_call_that_needs_confirmation_holds_its_slot_until_confirmed(http: httpx.Client, tenant: Tenant) -> None:
    call = made(schedule(http, tenant, requireConfirmation=True))
    assert (call["status"], call["confirm_by"]) == ("pending_confirmation", "2026-04-22T13:00:00.000Z")
    problem(schedule(http, tenant), 409, "conflict")
    confirmed = made(http.post(calls(tenant, f"/{call['id']}/confirm")), 200)
    assert (confirmed["id"], confirmed["status"], confirmed["confirm_by"]) == (call["id"], "scheduled", None)
    assert made(http.post(calls(tenant, f"/{call['id']}/confirm")), 200) == confirmed


def test_a_call_that_nobody_confirms_in_time_lets_go_of_its_slot(house: House) -> None:
    tenant = house.tenant()
    http = tenant.client()
    call = made(schedule(http, tenant, requireConfirmation=True))
    house.clock.pass_(3600)
    assert made(http.get(calls(tenant, f"/{call['id']}")), 200)["status"] == "expired"
    problem(http.post(calls(tenant, f"/{call['id']}/confirm")), 409, "conflict")
    made(schedule(http, tenant))
    house.clock.pass_(-3600)
    tenant.close()


# --- list, get, change, cancel ------------------------------------------------------------------------------------------
def test_the_list_by_agent_status_and_date_in_pages(team: Tenant) -> None:
    http = team.client()
    agent = [ids.to_uuid(a.id) for a in team.agents]
    made_ = [
        made(schedule(http, team, scheduledAtUtc=f"2026-05-0{day}T15:00:00Z", assignedAgentId=agent[day % 3], **more))
        for day, more in ((1, {}), (2, {}), (3, {}), (4, {"requireConfirmation": True}))
    ]
    http.post(calls(team, f"/{made_[0]['id']}/cancel"))

    def found(**params: Any) -> list[int]:
        rows = http.get(calls(team), params=params).json()["data"]["calls"]
        return [int(row["scheduled_at"][9]) for row in rows]

    assert found() == [4, 3, 2, 1]
    assert found(status="scheduled") == found(status="confirmed") == [3, 2]
    assert found(status="cancelled, pending_confirmation") == [4, 1]
    assert found(agentId=agent[1]) == [4, 1]
    assert found(dateFrom="2026-05-02T15:00:00Z", dateTo="2026-05-04T15:00:00Z") == [3, 2]
    page = http.get(calls(team), params={"limit": 2, "offset": 2}).json()
    assert page["pagination"] == {"total": 4, "limit": 2, "offset": 2, "hasMore": False}
    assert http.get(calls(team), params={"limit": 2}).json()["pagination"]["hasMore"] is True
    for bad in ({"status": "asleep"}, {"limit": 201}, {"dateFrom": "today"}, {"agentId": "user_abc"}):
        problem(http.get(calls(team), params=bad), 400, "invalid_request")


def test_get_is_what_was_made(http: httpx.Client, tenant: Tenant) -> None:
    call = made(schedule(http, tenant))
    assert made(http.get(calls(tenant, f"/{call['id']}")), 200) == call
    problem(http.get(calls(tenant, f"/{ids.to_uuid('65f1b2c3d4e5f6a7b8c9d0ff')}")), 404, "not_found")


def test_a_call_booked_elsewhere_is_here_too(http: httpx.Client, tenant: Tenant) -> None:
    wish = Wish(starts_at=at("2026-05-01T15:00:00Z"), customer_name="Al", customer_phone="+14155551212", timezone="Europe/Paris")
    id_ = ids.to_uuid(tenant.session.do(bookings.book, tenant.org.id, wish).id)
    call = made(http.get(calls(tenant, f"/{id_}")), 200)
    assert (call["booking_source"], call["guest_phone"], call["guest_timezone"], call["app_timezone"]) == (
        "admin", "+14155551212", "Europe/Paris", tenant.org.timezone,
    )  # fmt: skip


def test_patch_moves_reassigns_and_rewords(team: Tenant) -> None:
    http = team.client()
    call = made(schedule(http, team))
    path = calls(team, f"/{call['id']}")
    moved = made(http.patch(path, json=examples.CHANGE), 200)
    assert moved == {**call, "scheduled_at": "2026-05-02T16:00:00.000Z", "updated_at": moved["updated_at"]}
    agent = ids.to_uuid(team.agents[2].id)
    changes = {
        "assignedAgentId": agent, "durationMinutes": 45, "bufferAfterMinutes": 0, "guestName": "Jane Roe",
        "guestPhone": "+57 (300) 555-0101", "guestEmail": None, "guestTimezone": "Europe/Paris", "guestIntakeNotes": "call early",
    }  # fmt: skip
    assert made(http.patch(path, json=changes), 200) == {
        **moved, "assigned_agent_id": agent, "duration_minutes": 45, "buffer_after_minutes": 0, "guest_name": "Jane Roe",
        "guest_phone": "+57 (300) 555-0101", "guest_email": None, "guest_timezone": "Europe/Paris",
        "guest_intake_notes": "call early",
    }  # fmt: skip
    assert made(http.get(path), 200)["guest_phone"] == "+57 (300) 555-0101"


def test_patch_is_all_or_nothing(http: httpx.Client, tenant: Tenant) -> None:
    call = made(schedule(http, tenant))
    made(schedule(http, tenant, scheduledAtUtc="2026-05-02T16:00:00Z"))
    path = calls(tenant, f"/{call['id']}")
    problem(http.patch(path, json={**examples.CHANGE, "guestName": "Jane Roe"}), 409, "conflict")
    problem(http.patch(path, json={}), 400, "invalid_request")
    problem(http.patch(path, json={"nothing": "known"}), 400, "invalid_request")
    problem(http.patch(path, json={"guestPhone": None, "guestEmail": None, "guestName": "x"}), 400, "invalid_request")
    problem(http.patch(path, json={"scheduledAtUtc": "2026-04-01T16:00:00Z"}), 400, "invalid_request")
    problem(http.patch(path, json={"assignedAgentId": "user_abc"}), 400, "invalid_request")
    assert made(http.get(path), 200) == call


@pytest.mark.parametrize("way", ["post", "delete body", "delete query"])
def test_cancel_keeps_the_row_and_the_reason_and_twice_is_once(http: httpx.Client, tenant: Tenant, way: str) -> None:
    call = made(schedule(http, tenant))
    path = calls(tenant, f"/{call['id']}")
    if way == "post":
        answer = http.post(f"{path}/cancel", json=examples.CANCELLATION)
    elif way == "delete body":
        answer = http.request("DELETE", path, json=examples.CANCELLATION)
    else:
        answer = http.delete(path, params=examples.CANCELLATION)
    cancelled = made(answer, 200)
    assert (cancelled["status"], cancelled["cancelled_at"], cancelled["cancellation_reason"]) == (
        "cancelled", "2026-04-22T12:00:00.000Z", "Customer no longer interested",
    )  # fmt: skip
    assert made(http.post(f"{path}/cancel"), 200) == made(http.delete(path), 200) == cancelled
    problem(http.patch(path, json=examples.CHANGE), 409, "conflict")
    made(schedule(http, tenant))


def test_the_document_shows_every_operation_with_examples_that_fit(tenant: Tenant) -> None:
    document = tenant.client("").get("/apifycloud/openapi.json").json()
    create = document["paths"]["/api/v1/video/{appId}/scheduled-calls"]["post"]
    assert {"201", "400", "401", "403", "404", "409", "413", "415", "422", "429", "500"} <= set(create["responses"])
    for operation in DIALECT.operations:
        for doc in operation.answers.values():
            assert doc.shape is not None
            doc.shape.model_validate(doc.example)
