"""Every example and sentence of the Qubesheets contract, over real HTTP."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from callboard.domain import ids
from callboard.domain.bookings import Wish
from callboard.domain.hours import parse_hours
from callboard.domain.organizations import Branding
from callboard.services import bookings, messages, organizations, people, projects, templates
from callboard.web.dialects.qubesheets import examples
from dialects.house import NOW, House, Tenant, at

CALLS = "/qubesheets/api/external/video-calls"
PROJECTS = "/qubesheets/api/external/projects"
EXISTING = {"customerPhone": "5551234567", "scheduledFor": "2026-06-15T20:00:00.000Z"}


@pytest.fixture
def http(tenant: Tenant) -> httpx.Client:
    return tenant.client()


def schedule(http: httpx.Client, **changes: Any) -> httpx.Response:
    body = {**examples.NEW_CALL, **changes}
    return http.post(CALLS, json={k: v for k, v in body.items() if v is not None})


def keys_of(value: Any) -> Any:
    """The names of an answer, all the way down, to compare with the contract's example."""
    if isinstance(value, dict):
        return {k: keys_of(v) for k, v in value.items()}
    return [keys_of(v) for v in value[:1]] if isinstance(value, list) else type(value).__name__


# --- 1. POST ----------------------------------------------------------------------------------------------------------
def test_create_new_project_and_schedule_call(http: httpx.Client, tenant: Tenant) -> None:
    answer = schedule(http)
    assert answer.status_code == 201
    body = answer.json()
    assert keys_of(body) == keys_of(examples.SCHEDULED)
    assert (body["success"], body["message"]) == (True, "Video call scheduled successfully")
    call = body["videoCall"]
    assert {k: call[k] for k in ("scheduledFor", "timezone", "status", "customerName", "customerPhone", "customerEmail")} == {
        "scheduledFor": "2026-06-15T20:00:00.000Z",
        "timezone": "America/New_York",
        "status": "scheduled",
        "customerName": "Jane Doe",
        "customerPhone": "+15551234567",
        "customerEmail": "jane@example.com",
    }
    assert call["createdAt"] == "2026-04-22T12:00:00.000Z"
    assert ids.from_hex(call["id"])
    assert ids.from_hex(call["projectId"])
    project, created, own = call["roomId"].split("-")
    assert (project, int(created), len(own)) == (call["projectId"], at("2026-04-22T12:00:00Z") * 1000, 8)
    for link in (call["agentJoinLink"], call["customerJoinLink"]):
        assert link.startswith(f"{tenant.house.url}/join/video-call/{call['id']}?t=")
    assert call["agentJoinLink"] != call["customerJoinLink"]


def test_schedule_call_on_existing_project(http: httpx.Client) -> None:
    project = schedule(http).json()["videoCall"]["projectId"]
    answer = http.post(CALLS, json={**EXISTING, "projectId": project, "scheduledFor": "2026-06-16T20:00:00.000Z"})
    assert answer.status_code == 201
    call = answer.json()["videoCall"]
    assert (call["projectId"], call["customerName"]) == (project, "Jane Doe")


def test_the_timezone_may_be_left_out_and_is_then_the_organizations(http: httpx.Client, tenant: Tenant) -> None:
    assert schedule(http, timezone=None).json()["videoCall"]["timezone"] == tenant.org.timezone


def test_both_join_links_open_without_a_login(http: httpx.Client, tenant: Tenant) -> None:
    call = schedule(http).json()["videoCall"]
    nobody = tenant.client("")
    for link in (call["agentJoinLink"], call["customerJoinLink"]):
        assert nobody.get(link).status_code == 200


def test_the_customer_gets_the_join_link_by_sms_and_no_delivery_is_claimed_without_a_carrier(
    http: httpx.Client, tenant: Tenant
) -> None:
    body = schedule(http).json()
    assert body["confirmationSms"] == {"attempted": True, "delivered": False}
    (message,) = tenant.session.get(messages.about, tenant.org.id, body["videoCall"]["id"])
    assert message.to_number == "+15551234567"
    assert body["videoCall"]["customerJoinLink"] in message.body
    assert tenant.org.name in message.body
    assert "4:00" in message.body  # 20:00Z in the zone the caller named


def test_join_links_live_from_creation_until_24_hours_after_the_scheduled_time(tmp_path: Path) -> None:
    """The contract's note; a reschedule moves the end with the time, and the link stays the same."""
    with contextlib.closing(House(tmp_path)) as house:
        tenant = house.tenant()
        http, nobody = tenant.client(), tenant.client("")
        call = schedule(http).json()["videoCall"]
        moved = http.patch(f"{CALLS}/{call['id']}", json=examples.RESCHEDULE).json()["videoCall"]
        links = {call["agentJoinLink"], call["customerJoinLink"], moved["agentJoinLink"], moved["customerJoinLink"]}
        assert len(links) == 2
        for when, status in ((NOW, 200), ("2026-06-17T20:59:59Z", 200), ("2026-06-17T21:00:00Z", 410)):
            house.clock.set(when)
            assert {nobody.get(link).status_code for link in links} == {status}
        tenant.close()


def test_messages_speak_with_the_companys_name_and_its_own_template(http: httpx.Client, tenant: Tenant) -> None:
    """The contract's note on branding, for the first message, the reschedule, the cancellation and the upload link."""
    tenant.session.do(organizations.update, tenant.org.id, branding=Branding(name="Blue Truck"))
    tenant.session.do(templates.save, tenant.org.id, "confirmation", "{organization} for {first_name}: {when} {link}")
    made = schedule(http, timezone="Europe/London").json()["videoCall"]
    http.patch(f"{CALLS}/{made['id']}", json={**examples.RESCHEDULE, "timezone": "Asia/Tokyo"})
    http.request("DELETE", f"{CALLS}/{made['id']}", json={"sendSms": True})
    first, moved, cancelled = [m.body for m in tenant.session.get(messages.about, tenant.org.id, made["id"])]
    assert first.startswith("Blue Truck for Jane: Mon Jun 15, 9:00 PM BST (Europe/London) ")
    assert first.endswith(made["customerJoinLink"])
    assert moved.startswith("Blue Truck: ")
    assert "Wed Jun 17, 6:00 AM" in moved  # 21:00Z of the 16th in Tokyo
    assert made["customerJoinLink"] in moved
    assert cancelled.startswith("Blue Truck: ")
    assert "Asia/Tokyo" in cancelled


@pytest.mark.parametrize("phone", ["5551234567", "(555) 123-4567", "555-123-4567", "+1 555 123 4567", "15551234567"])
def test_us_numbers_are_normalized(http: httpx.Client, phone: str) -> None:
    assert schedule(http, customerPhone=phone).json()["videoCall"]["customerPhone"] == "+15551234567"


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"scheduledFor": "2020-06-15T20:00:00.000Z"}, "Invalid scheduledFor", "scheduledFor must be in the future"),
        ({"scheduledFor": None}, "Invalid scheduledFor", "scheduledFor is required"),
        ({"scheduledFor": "tomorrow"}, "Invalid scheduledFor", None),
        ({"scheduledFor": "2026-06-15T20:00:00"}, "Invalid scheduledFor", None),
        ({"scheduledFor": "0001-06-15T20:00:00Z"}, "Invalid scheduledFor", None),
        ({"scheduledFor": "9999-06-15T20:00:00Z"}, "Invalid scheduledFor", None),
        ({"scheduledFor": "2028-06-15T20:00:00Z"}, "Invalid scheduledFor", "scheduledFor is too far in the future"),
        ({"scheduledFor": 1781553600}, "Invalid scheduledFor", "scheduledFor must be a string"),
        ({"timezone": "Mars/Olympus"}, "Invalid timezone", None),
        ({"timezone": "EST5EDT4,M3"}, "Invalid timezone", None),
        ({"customerPhone": "12"}, "Invalid customerPhone", None),
        ({"customerPhone": None}, "Invalid customerPhone", "customerPhone is required"),
        ({"customerEmail": "jane"}, "Invalid customerEmail", "customerEmail must be an e-mail address"),
        ({"customerName": None}, "Invalid customerName", "customerName is required when projectId is not given"),
        ({"customerName": ""}, "Invalid customerName", None),
        ({"customerName": 7}, "Invalid customerName", "customerName must be a string"),
        ({"projectId": "nonsense"}, "Invalid projectId", None),
    ],
)
def test_an_invalid_request_is_400_and_says_which_field(
    http: httpx.Client, changes: dict[str, Any], error: str, message: str | None
) -> None:
    answer = schedule(http, **changes)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "message"}
    assert answer.json()["error"] == error
    if message is not None:
        assert answer.json()["message"] == message


def test_an_unknown_project_is_404(http: httpx.Client, stranger: Tenant) -> None:
    theirs = schedule(stranger.client()).json()["videoCall"]["projectId"]
    for project in ("507f1f77bcf86cd799439011", theirs):
        answer = http.post(CALLS, json={**EXISTING, "projectId": project})
        assert answer.status_code == 404
        assert answer.json() == {
            "error": "Project not found",
            "message": "No project with that id was found for this organization",
        }


def test_a_refused_call_leaves_nothing_behind(http: httpx.Client, tenant: Tenant) -> None:
    schedule(http)
    before = len(tenant.session.get(projects.listing, tenant.org.id))
    answer = schedule(http, customerName="John Roe", customerPhone="5559876543", customerEmail=None)
    assert answer.status_code == 409
    assert answer.json()["error"] == "Time slot unavailable"
    assert len(tenant.session.get(projects.listing, tenant.org.id)) == before
    assert tenant.session.get(people.find, tenant.org.id, "John Roe") == []


def test_a_time_outside_working_hours_is_refused(house: House) -> None:
    tenant = house.tenant(hours=parse_hours("mon-fri 09:00-17:00"))
    answer = schedule(tenant.client(), scheduledFor="2026-06-15T23:00:00.000Z")
    tenant.close()
    assert answer.status_code == 409
    assert answer.json() == {"error": "Time slot unavailable", "message": "That time is outside working hours"}


# --- 2. and 3. GET ----------------------------------------------------------------------------------------------------
def test_list_upcoming(http: httpx.Client) -> None:
    made = schedule(http).json()["videoCall"]
    answer = http.get(CALLS, params={"upcoming": "true", "limit": 20})
    assert answer.status_code == 200
    body = answer.json()
    assert keys_of(body) == keys_of(examples.PAGE)
    assert body["pagination"] == {"total": 1, "limit": 20, "skip": 0, "returned": 1}
    assert body["videoCalls"] == [{**made, "updatedAt": "2026-04-22T12:00:00.000Z"}]


def test_pages(http: httpx.Client) -> None:
    made = [schedule(http, scheduledFor=f"2026-06-15T{hour}:00:00.000Z").json()["videoCall"]["id"] for hour in range(14, 19)]
    page = http.get(CALLS, params={"upcoming": "true", "limit": 2, "skip": 2}).json()
    assert [c["id"] for c in page["videoCalls"]] == made[2:4]
    assert page["pagination"] == {"total": 5, "limit": 2, "skip": 2, "returned": 2}
    assert [c["id"] for c in http.get(CALLS, params={"limit": 3}).json()["videoCalls"]] == made[:1:-1]  # newest first


def test_upcoming_leaves_out_what_was_cancelled(http: httpx.Client) -> None:
    made = schedule(http).json()["videoCall"]["id"]
    http.delete(f"{CALLS}/{made}")
    assert http.get(CALLS, params={"upcoming": "true"}).json()["pagination"]["total"] == 0
    assert http.get(CALLS, params={"status": "cancelled"}).json()["pagination"]["total"] == 1


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=-1", "limit=x", "skip=-1", "upcoming=maybe", "limit=1&limit=2", "skip=%ff", "a=%00"]
)
def test_a_bad_query_is_400(http: httpx.Client, query: str) -> None:
    answer = http.get(f"{CALLS}?{query}")
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "message"}


def test_get_one_with_the_messages_that_really_went_out(http: httpx.Client, tenant: Tenant) -> None:
    made = schedule(http).json()["videoCall"]
    body = http.get(f"{CALLS}/{made['id']}").json()
    assert body == {"success": True, "videoCall": {**made, "remindersSent": [], "updatedAt": "2026-04-22T12:00:00.000Z"}}
    (message,) = tenant.session.get(messages.about, tenant.org.id, made["id"])
    tenant.session.do(messages.mark_sent, tenant.org.id, message.id)
    body = http.get(f"{CALLS}/{made['id']}").json()
    assert keys_of(body) == keys_of(examples.ONE)
    assert body["videoCall"]["remindersSent"] == [{"type": "confirmation", "sentAt": "2026-04-22T12:00:00.000Z", "method": "sms"}]


def test_not_found(http: httpx.Client) -> None:
    answer = http.get(f"{CALLS}/65f1b2c3d4e5f6a7b8c9d0e1")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": "Video call not found",
        "message": "No video call with that id was found for this organization",
    }


def test_a_call_booked_elsewhere_has_its_person_for_a_project(http: httpx.Client, tenant: Tenant) -> None:
    wish = Wish(starts_at=at("2026-06-15T20:00:00Z"), customer_name="Ann Lee", customer_phone="+15550001111")
    booking = tenant.session.do(bookings.book, tenant.org.id, wish)
    call = http.get(f"{CALLS}/{booking.id}").json()["videoCall"]
    assert call["projectId"] == booking.person_id
    answer = http.post(CALLS, json={"projectId": call["projectId"], "scheduledFor": "2026-06-16T20:00:00.000Z"})
    assert answer.status_code == 201
    assert answer.json()["videoCall"]["customerName"] == "Ann Lee"
    assert answer.json()["videoCall"]["projectId"] == booking.person_id
    assert http.get(CALLS, params={"projectId": booking.person_id}).json()["pagination"]["total"] == 2


# --- 4. PATCH ---------------------------------------------------------------------------------------------------------
def test_reschedule(http: httpx.Client, tenant: Tenant) -> None:
    made = schedule(http).json()["videoCall"]
    answer = http.patch(f"{CALLS}/{made['id']}", json=examples.RESCHEDULE)
    assert answer.status_code == 200
    body = answer.json()
    assert keys_of(body) == keys_of(examples.RESCHEDULED)
    assert body["message"] == "Video call rescheduled successfully"
    assert body["videoCall"] == {
        **{k: made[k] for k in ("id", "projectId", "timezone", "status", "agentJoinLink", "customerJoinLink")},
        "scheduledFor": "2026-06-16T21:00:00.000Z",
    }
    assert body["rescheduleSms"] == {"attempted": True, "delivered": False}
    told = tenant.session.get(messages.about, tenant.org.id, made["id"])
    assert [m.kind for m in told] == ["confirmation", "reschedule"]


def test_only_scheduled_calls_can_be_rescheduled_or_cancelled(http: httpx.Client) -> None:
    made = schedule(http).json()["videoCall"]["id"]
    assert http.delete(f"{CALLS}/{made}").status_code == 200
    moved = http.patch(f"{CALLS}/{made}", json=examples.RESCHEDULE)
    assert (moved.status_code, moved.json()["message"]) == (409, "Only calls with status scheduled can be rescheduled")
    again = http.delete(f"{CALLS}/{made}")
    assert (again.status_code, again.json()["message"]) == (409, "Only calls with status scheduled can be cancelled")


def test_a_call_that_waits_for_confirmation_cannot_be_rescheduled(http: httpx.Client, tenant: Tenant) -> None:
    wish = Wish(starts_at=at("2026-06-15T20:00:00Z"), customer_name="Ann", require_confirmation=True)
    booking = tenant.session.do(bookings.book, tenant.org.id, wish)
    assert http.patch(f"{CALLS}/{booking.id}", json=examples.RESCHEDULE).status_code == 409


# --- 5. DELETE --------------------------------------------------------------------------------------------------------
def test_cancel_and_tell_the_customer(http: httpx.Client) -> None:
    made = schedule(http).json()["videoCall"]["id"]
    answer = http.request("DELETE", f"{CALLS}/{made}", json={"sendSms": True})
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "message": "Video call cancelled",
        "videoCall": {"id": made, "status": "cancelled"},
        "cancellationSms": {"attempted": True, "delivered": False},
    }


@pytest.mark.parametrize("body", [None, {}, {"sendSms": False}])
def test_cancel_silently(http: httpx.Client, tenant: Tenant, body: dict[str, Any] | None) -> None:
    made = schedule(http).json()["videoCall"]["id"]
    answer = http.request("DELETE", f"{CALLS}/{made}", json=body) if body is not None else http.delete(f"{CALLS}/{made}")
    assert answer.json()["cancellationSms"] == {"attempted": False, "delivered": False}
    kinds = [m.kind for m in tenant.session.get(messages.about, tenant.org.id, made)]
    assert "cancellation" not in kinds


# --- 6. projects ------------------------------------------------------------------------------------------------------
def test_create_project_and_send_the_upload_link(http: httpx.Client, tenant: Tenant) -> None:
    answer = http.post(PROJECTS, json={"customerName": "John Smith", "phone": "5551234567"})
    assert answer.status_code == 201
    body = answer.json()
    assert keys_of(body) == keys_of(examples.PROJECT)
    assert body["uploadLinkSms"] == {"attempted": True, "delivered": False}
    assert body["project"]["phone"] == "+15551234567"
    assert tenant.client("").get(body["project"]["uploadLink"]).status_code == 200
    (message,) = tenant.session.get(messages.listing, tenant.org.id)
    assert body["project"]["uploadLink"] in message.body


# --- errors -----------------------------------------------------------------------------------------------------------
def test_401(tenant: Tenant) -> None:
    answer = tenant.client("").get(CALLS)
    assert answer.status_code == 401
    assert answer.json() == {
        "error": "Invalid or missing API key",
        "message": "Please provide a valid API key in the Authorization header: Bearer qbs_keyId_secret",
    }


def test_keys_look_as_the_contract_says(tenant: Tenant) -> None:
    prefix, key_id, secret = tenant.text.split("_")
    assert prefix == "qbs"
    assert ids.from_hex(key_id)
    assert len(secret) == 49
