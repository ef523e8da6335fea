"""Every operation, field, example and sentence of the Involve contract, over real HTTP, at the time of its example."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from callboard.domain import errors, ids
from callboard.domain.bookings import Booking, Features, Wish
from callboard.domain.errors import CallboardError
from callboard.domain.hours import parse_hours
from callboard.domain.rooms import redirect_for
from callboard.services import bookings, messages
from callboard.web import faults
from callboard.web.dialects.involve import DIALECT, examples, words
from dialects.house import House, Tenant, at
from support import Clock

APPOINTMENTS = "/involve/api/v1/appointments"
SUMMARY = "/involve/client-web/schedule/pre-call/summary"
MADE = "2025-08-19T14:38:12Z"
# The contract's request, as its Python example sends it.
PAYLOAD = {
    "reference": "SXW5qOJBYeIEf0G",
    "appointment_at": "2025-08-19T16:50:00.000000",
    "duration_in_minutes": "30",
    "is_interpreter_needed": "false",
    "interpreter_language": "",
    "department": "",
    "claimant[name]": "John Doe",
    "claimant[date_of_birth]": "1990-01-01",
    "claimant[phone_number]": "+442071234567",
    "claimant[email]": "test@test.com",
    "features_call_recording_enable": "false",
    "features_breakout_room_enable": "false",
    "features_webcam_access_agent_enable": "true",
    "features_webcam_access_claimant_enable": "true",
    "features_webcam_background_blurring_enable": "false",
    "features_microphone_access_enable": "true",
    "features_screen_sharing_enable": "false",
    "features_messages_chat_enable": "false",
    "features_participant_list_enable": "false",
    "features_bandwidth": "",
    "use_custom_post_call_redirect": "false",
    "custom_user_post_call_redirect_url": "",
    "custom_agent_post_call_redirect_url": "https://www.sampleurl.co.uk",
}
SHORT = {"appointment_at": "2025-08-20T09:00:00Z", "claimant[name]": "Jane Roe"}
NOT_FOUND = {"message": "Appointment not found."}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    found = House(tmp_path_factory.mktemp("involve"), clock=Clock(MADE))
    yield found
    found.close()


@pytest.fixture
def clock(house: House) -> Iterator[Clock]:
    """The house's clock, put back when the test is over."""
    yield house.clock
    house.clock.set(MADE)


@pytest.fixture
def http(tenant: Tenant) -> httpx.Client:
    http = tenant.client()
    http.headers["accept"] = "application/json"
    return http


def make(http: httpx.Client, **changes: Any) -> dict[str, Any]:
    answer = http.post(APPOINTMENTS, data={**SHORT, **changes})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


def booking_of(tenant: Tenant, appointment: dict[str, Any]) -> Booking:
    found: Booking = tenant.session.get(bookings.get, tenant.org.id, ids.from_uuid(appointment["id"]))
    return found


def invalid(answer: httpx.Response, field: str, message: str | None = None) -> None:
    assert answer.status_code == 422, answer.text
    body = answer.json()
    assert set(body) == {"message", "errors"}
    assert body["errors"] == {field: [body["message"]]}
    if message is not None:
        assert body["message"] == message


# --- POST -------------------------------------------------------------------------------------------------------------
def check_example(tenant: Tenant, data: dict[str, Any]) -> None:
    """The contract's answer, all of it and in its order, with our own ids and links in their places."""
    id_ = ids.from_uuid(data["id"])
    assert id_ is not None
    meeting = {**examples.APPOINTMENT["meeting"]}
    meeting |= {"id": data["meeting"]["id"], "room_name": f"/{id_}", "room_url": data["meeting"]["room_url"]}
    assert data == {**examples.APPOINTMENT, "id": data["id"], "url": data["url"], "meeting": meeting}
    assert list(data) == list(examples.APPOINTMENT)
    assert list(data["claimant"]) == list(examples.APPOINTMENT["claimant"])
    assert list(data["meeting"]) == list(examples.APPOINTMENT["meeting"])
    assert data["meeting"]["id"].isdigit()
    assert f"{int(data['meeting']['id']):024x}" == id_
    assert data["meeting"]["room_url"].startswith(f"{tenant.house.url}/join/video-call{data['meeting']['room_name']}?t=")
    assert data["url"].startswith(f"{tenant.house.url}{SUMMARY}?reference=SXW5qOJBYeIEf0G&t=")


def test_create_an_appointment_as_the_contract_does(http: httpx.Client, tenant: Tenant) -> None:
    answer = http.post(APPOINTMENTS, data=PAYLOAD)
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"data"}
    check_example(tenant, answer.json()["data"])


def test_the_same_as_multipart(http: httpx.Client, tenant: Tenant) -> None:
    answer = http.post(APPOINTMENTS, files={name: (None, value) for name, value in PAYLOAD.items()})
    assert answer.status_code == 201, answer.text
    check_example(tenant, answer.json()["data"])


@pytest.mark.parametrize("kind", ["typed", "texts"])
def test_the_same_as_json(http: httpx.Client, tenant: Tenant, kind: str) -> None:
    body: dict[str, Any] = examples.NEW
    if kind == "texts":
        body = {name: value for name, value in PAYLOAD.items() if not name.startswith("claimant")}
        body["claimant"] = examples.NEW["claimant"]
    answer = http.post(APPOINTMENTS, json=body)
    assert answer.status_code == 201, answer.text
    check_example(tenant, answer.json()["data"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-08-19T16:50:00.000000", "2025-08-19T16:50:00.000000Z"),
        ("2025-08-19T16:50:00Z", "2025-08-19T16:50:00.000000Z"),
        ("2025-08-19 16:50:00", "2025-08-19T16:50:00.000000Z"),
        ("2025-08-19T17:50:00+01:00", "2025-08-19T16:50:00.000000Z"),
    ],
)
def test_a_time_without_an_offset_is_utc(http: httpx.Client, text: str, expected: str) -> None:
    assert make(http, appointment_at=text)["appointment_at"] == expected


def test_every_field_is_kept(http: httpx.Client, tenant: Tenant) -> None:
    flags = {name: "true" for name in words.FEATURES if name != "features_bandwidth"}
    made = make(
        http,
        **flags,
        features_bandwidth="512",
        duration_in_minutes="45",
        is_interpreter_needed="true",
        interpreter_language="Polish",
        department="Motor claims",
        use_custom_post_call_redirect="true",
        custom_user_post_call_redirect_url="https://example.org/thanks?x=1#end",
        custom_agent_post_call_redirect_url="https://example.org/agent",
    )
    assert all(made[name] is True for name in flags)
    wanted = {"features_bandwidth": 512, "duration_in_minutes": 45, "is_interpreter_needed": True}
    wanted |= {"interpreter_language": "Polish", "department": "Motor claims", "use_custom_post_call_redirect": True}
    assert {name: made[name] for name in wanted} == wanted
    assert http.get(f"{APPOINTMENTS}/{made['id']}").json()["data"] == made
    booking = booking_of(tenant, made)
    assert booking.features == Features(
        call_recording=True,
        breakout_room=True,
        background_blurring=True,
        bandwidth_kbps=512,
    )
    assert redirect_for(booking, "customer") == "https://example.org/thanks?x=1#end"
    assert redirect_for(booking, "agent") == "https://example.org/agent"


@pytest.mark.parametrize("flag", sorted(set(words.FEATURES) - {"features_bandwidth"}))
def test_each_flag_is_a_flag_of_the_room(http: httpx.Client, tenant: Tenant, flag: str) -> None:
    for n, (text, value) in enumerate((("true", True), ("0", False))):
        made = make(http, appointment_at=f"2025-08-20T{9 + n:02}:00:00Z", **{flag: text})
        assert made[flag] is value
        assert getattr(booking_of(tenant, made).features, words.FEATURES[flag]) is value


def test_without_options_the_room_is_as_rooms_are(http: httpx.Client, tenant: Tenant) -> None:
    made = make(http)
    assert booking_of(tenant, made).features == Features()
    assert (made["duration_in_minutes"], made["is_interpreter_needed"], made["use_custom_post_call_redirect"]) == (
        30,
        False,
        False,
    )
    assert made["claimant"] == {"name": "Jane Roe", "date_of_birth": None, "phone_number": None, "email": None, "data": []}


def test_the_claimant_is_told_by_sms(http: httpx.Client, tenant: Tenant) -> None:
    made = make(http, **{"claimant[phone_number]": "+44 20 7123 4567"})
    assert made["claimant"]["phone_number"] == "+442071234567"
    (told,) = tenant.session.get(messages.about, tenant.org.id, ids.from_uuid(made["id"]))
    assert told.to_number == "+442071234567"


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"appointment_at": None}, "appointment_at", "The appointment at field is required."),
        ({"appointment_at": ""}, "appointment_at", "The appointment at field is required."),
        ({"appointment_at": "soon"}, "appointment_at", None),
        ({"appointment_at": "2025-08-19T14:38:12"}, "appointment_at", "The appointment at field must be a date in the future."),
        ({"appointment_at": "2029-01-01T10:00:00"}, "appointment_at", "The appointment at field is too far ahead."),
        ({"appointment_at": "0001-01-01T10:00:00"}, "appointment_at", None),
        ({"duration_in_minutes": "0"}, "duration_in_minutes", "The duration in minutes field must be at least 1."),
        ({"duration_in_minutes": "721"}, "duration_in_minutes", "The duration in minutes field must be at most 720."),
        ({"duration_in_minutes": "half"}, "duration_in_minutes", "The duration in minutes field must be a whole number."),
        ({"claimant[name]": ""}, "claimant.name", "The claimant.name field is required."),
        ({"claimant[name]": None}, "claimant", "The claimant field is required."),
        ({"claimant[name]": "x" * 201}, "claimant.name", "The claimant.name field must have at most 200 characters."),
        ({"claimant[phone_number]": "12"}, "claimant.phone_number", None),
        ({"claimant[email]": "test"}, "claimant.email", "The claimant.email field must be an e-mail address."),
        ({"claimant[date_of_birth]": "01/01/1990"}, "claimant.date_of_birth", None),
        ({"claimant[date_of_birth]": "1990-02-30"}, "claimant.date_of_birth", None),
        ({"claimant[date_of_birth]": "2025-08-20"}, "claimant.date_of_birth",
         "The claimant.date of birth field must be a date in the past."),
        ({"is_interpreter_needed": "perhaps"}, "is_interpreter_needed", "The is interpreter needed field must be true or false."),
        ({"features_bandwidth": "much"}, "features_bandwidth", None),
        ({"custom_user_post_call_redirect_url": "http://example.org"}, "custom_user_post_call_redirect_url", None),
        ({"custom_agent_post_call_redirect_url": "javascript:alert(1)"}, "custom_agent_post_call_redirect_url", None),
        ({"custom_agent_post_call_redirect_url": "https://user:pass@example.org/"}, "custom_agent_post_call_redirect_url", None),
        ({"custom_agent_post_call_redirect_url": "https://example.org/ x"}, "custom_agent_post_call_redirect_url", None),
        ({"reference": "x" * 101}, "reference", "The reference field must have at most 100 characters."),
    ],
)  # fmt: skip
def test_values_that_are_not_valid(http: httpx.Client, changes: dict[str, Any], field: str, message: str | None) -> None:
    payload = {name: value for name, value in {**SHORT, **changes}.items() if value is not None}
    invalid(http.post(APPOINTMENTS, data=payload), field, message)
    assert http.get(APPOINTMENTS).json()["meta"]["total"] == 0


# --- reference --------------------------------------------------------------------------------------------------------
def test_a_reference_may_be_used_once(http: httpx.Client, tenant: Tenant, stranger: Tenant) -> None:
    make(http, reference="A-1")
    again = http.post(APPOINTMENTS, data={**SHORT, "appointment_at": "2025-08-21T09:00:00Z", "reference": "A-1"})
    invalid(again, "reference", "The reference has already been taken.")
    assert make(stranger.client(), reference="A-1")["reference"] == "A-1"
    http.post(f"{APPOINTMENTS}/{http.get(APPOINTMENTS).json()['data'][0]['id']}/cancel")
    invalid(http.post(APPOINTMENTS, data={**SHORT, "reference": "A-1"}), "reference")  # a cancelled one keeps its name


def test_a_reference_is_made_up_when_there_is_none(http: httpx.Client) -> None:
    made = make(http)
    assert made["reference"].isalnum()
    assert len(made["reference"]) == 17
    assert words.id_of_reference(made["reference"]) == ids.from_uuid(made["id"])
    other = make(http, appointment_at="2025-08-21T09:00:00Z")
    assert other["reference"] != made["reference"]
    taken = http.post(APPOINTMENTS, data={**SHORT, "appointment_at": "2025-08-22T09:00:00Z", "reference": made["reference"]})
    invalid(taken, "reference", "The reference has already been taken.")


def test_a_reference_goes_into_a_link_whatever_it_holds(http: httpx.Client) -> None:
    made = make(http, reference="Löwe & Söhne/7?x=1#2")
    found = parse_qs(urlsplit(made["url"]).query)
    assert found["reference"] == ["Löwe & Söhne/7?x=1#2"]
    assert http.get(APPOINTMENTS, params={"reference": made["reference"]}).json()["data"] == [made]


# --- the ways in ------------------------------------------------------------------------------------------------------
def test_the_url_leads_the_claimant_to_their_page(http: httpx.Client, tenant: Tenant) -> None:
    made = make(http)
    nobody = tenant.client("")
    answer = nobody.get(made["url"])
    assert answer.status_code == 302
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    page = nobody.get(answer.headers["location"])
    assert page.status_code == 200
    assert "role-customer" in page.text
    agent = nobody.get(made["meeting"]["room_url"])
    assert agent.status_code == 200
    assert "role-agent" in agent.text


def test_the_url_survives_a_move_and_dies_with_a_cancellation(http: httpx.Client, tenant: Tenant) -> None:
    made = make(http)
    nobody = tenant.client("")
    nobody.follow_redirects = True
    moved = http.patch(f"{APPOINTMENTS}/{made['id']}", data={"appointment_at": "2025-08-25T10:00:00"}).json()["data"]
    assert moved["url"] == made["url"]
    assert nobody.get(made["url"]).status_code == 200
    http.post(f"{APPOINTMENTS}/{made['id']}/cancel")
    assert nobody.get(made["url"]).status_code == 410


def test_a_reference_alone_opens_nothing(http: httpx.Client, tenant: Tenant) -> None:
    made, other = make(http, reference="1001"), make(http, appointment_at="2025-08-21T09:00:00Z")
    nobody = tenant.client("")
    nobody.follow_redirects = True
    token = parse_qs(urlsplit(made["url"]).query)["t"][0]
    crossed = f"{ids.from_uuid(other['id'])}.{token.partition('.')[2]}"
    for query, status in (
        ("reference=1001", 404),
        ("reference=1001&t=", 404),
        ("reference=1001&t=../../evil", 404),
        ("reference=1001&t=https://evil.example", 404),
        (f"reference=1001&t={token}%0d%0aX: y", 404),
        (f"reference=1001&t={token[:-2]}xx", 403),
        (f"reference=1001&t={crossed}", 403),
        (f"reference=1001&t={'0' * 24}.c.1.sig", 404),
    ):
        answer = nobody.get(f"{SUMMARY}?{query}")
        assert answer.status_code == status, query
        assert "text/html" in answer.headers["content-type"]
        assert answer.url.host == httpx.URL(tenant.house.url).host


# --- GET --------------------------------------------------------------------------------------------------------------
def test_pages(http: httpx.Client, tenant: Tenant) -> None:
    made = [make(http, appointment_at=f"2025-08-2{n}T09:00:00Z") for n in range(5)]
    path = tenant.house.url + APPOINTMENTS
    body = http.get(APPOINTMENTS, params={"per_page": 2, "page": 2}).json()
    assert body["data"] == [made[2], made[1]]  # the latest appointment first
    assert body["links"] == {
        "first": f"{path}?per_page=2&page=1",
        "last": f"{path}?per_page=2&page=3",
        "prev": f"{path}?per_page=2&page=1",
        "next": f"{path}?per_page=2&page=3",
    }
    assert body["meta"] == {"current_page": 2, "from": 3, "last_page": 3, "path": path, "per_page": 2, "to": 4, "total": 5}
    last = http.get(body["links"]["next"]).json()
    assert (last["data"], last["links"]["next"]) == ([made[0]], None)
    beyond = http.get(APPOINTMENTS, params={"per_page": 2, "page": 9}).json()
    assert (beyond["data"], beyond["meta"]["from"], beyond["links"]["prev"]) == ([], None, f"{path}?per_page=2&page=3")
    assert http.get(APPOINTMENTS, params={"sort": "appointment_at"}).json()["data"] == made


def test_an_empty_page(http: httpx.Client, tenant: Tenant) -> None:
    path = tenant.house.url + APPOINTMENTS
    assert http.get(APPOINTMENTS).json() == {
        "data": [],
        "links": {"first": f"{path}?page=1", "last": f"{path}?page=1", "prev": None, "next": None},
        "meta": {"current_page": 1, "from": None, "last_page": 1, "path": path, "per_page": 15, "to": None, "total": 0},
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=scheduled", {1, 2}),
        ("status=cancelled", {0}),
        ("reference=ref-1", {1}),
        ("reference=ref-9", set()),
        ("reference=ref-1&status=cancelled", set()),
        ("reference=ref-1&page=2", set()),
        ("date_from=2025-08-21T09:00:00Z", {1, 2}),
        ("date_to=2025-08-21T09:00:00", {0}),
        ("date_from=2025-08-21&date_to=2025-08-22", {1}),
        ("reference=ref-1&date_from=2025-08-22", set()),
        ("", {0, 1, 2}),
    ],
)
def test_filters(http: httpx.Client, query: str, expected: set[int]) -> None:
    made = [make(http, appointment_at=f"2025-08-2{n}T09:00:00Z", reference=f"ref-{n}") for n in range(3)]
    http.delete(f"{APPOINTMENTS}/{made[0]['id']}")
    body = http.get(f"{APPOINTMENTS}?{query}").json()
    assert {row["reference"] for row in body["data"]} == {f"ref-{n}" for n in expected}
    assert body["meta"]["total"] == (len(expected) if "page=2" not in query else 1)


@pytest.mark.parametrize("query", ["page=0", "per_page=101", "per_page=x", "status=done", "date_from=soon", "sort=name"])
def test_a_query_that_is_not_valid(http: httpx.Client, query: str) -> None:
    invalid(http.get(f"{APPOINTMENTS}?{query}"), query.partition("=")[0])


def test_a_booking_made_elsewhere_is_an_appointment(http: httpx.Client, tenant: Tenant) -> None:
    wish = Wish(starts_at=at("2025-08-20T09:00:00Z"), customer_name="Jane", details={"redirects": {}}, source="console")
    booking = tenant.session.do(bookings.book, tenant.org.id, wish)
    seen = http.get(f"{APPOINTMENTS}/{ids.to_uuid(booking.id)}").json()["data"]
    assert (seen["claimant"]["name"], seen["department"]) == ("Jane", None)
    assert http.get(APPOINTMENTS, params={"reference": seen["reference"]}).json()["data"] == [seen]
    DIALECT.operations[0].answers[201].shape.model_validate({"data": seen})  # type: ignore[union-attr]


def test_times_of_session_and_hold(http: httpx.Client, tenant: Tenant, clock: Clock) -> None:
    made = make(http, appointment_at="2025-08-19T15:00:00")
    id_, times = ids.from_uuid(made["id"]), {}
    names = ("session_started_at", "on_hold_started_at", "on_hold_ended_at", "session_ended_at")
    assert [made[name] for name in names] == [None] * 4
    for verb, name, text, status in (
        (bookings.start, "session_started_at", "2025-08-19T15:01:00", "in_progress"),
        (bookings.hold, "on_hold_started_at", "2025-08-19T15:05:00", "on_hold"),
        (bookings.resume, "on_hold_ended_at", "2025-08-19T15:06:30", "in_progress"),
        (bookings.complete, "session_ended_at", "2025-08-19T15:20:00", "completed"),
    ):
        clock.set(f"{text}Z")
        tenant.session.do(verb, tenant.org.id, id_)
        times[name] = f"{text}.000000Z"
        seen = http.get(f"{APPOINTMENTS}/{made['id']}").json()["data"]
        assert seen["status"] == status
        assert {name: seen[name] for name in times} == times


def test_a_room_is_open_to_the_end_of_its_day_or_as_long_as_its_links_live(http: httpx.Client, tenant: Tenant) -> None:
    assert make(http, appointment_at="2025-08-20T23:45:00")["meeting"]["end_date"] == "2025-08-21T23:45:00+00:00"
    assert make(http, appointment_at="2025-08-22T23:30:00")["meeting"]["end_date"] == "2025-08-22T23:59:59+00:00"
    tenant.policy(link_lifetime_hours=2)
    assert make(http, appointment_at="2025-08-24T10:00:00")["meeting"]["end_date"] == "2025-08-24T12:00:00+00:00"


# --- reschedule -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("media", ["form", "multipart", "json"])
def test_reschedule(http: httpx.Client, method: str, media: str) -> None:
    made = make(http, reference="R", department="Motor")
    change = {"appointment_at": "2025-08-21T10:00:00.000000", "duration_in_minutes": "45"}
    options: dict[str, Any] = {
        "form": {"data": change},
        "multipart": {"files": {name: (None, value) for name, value in change.items()}},
        "json": {"json": change},
    }[media]
    answer = http.request(method, f"{APPOINTMENTS}/{made['id']}", **options)
    assert answer.status_code == 200, answer.text
    moved = answer.json()["data"]
    meeting = {**made["meeting"], "end_date": "2025-08-21T23:59:59+00:00"}
    assert moved == {**made, "appointment_at": "2025-08-21T10:00:00.000000Z", "duration_in_minutes": 45, "meeting": meeting}
    assert http.get(f"{APPOINTMENTS}/{made['id']}").json()["data"] == moved
    assert make(http)["appointment_at"] == "2025-08-20T09:00:00.000000Z"  # the old time is free


def test_a_move_onto_another_appointment_changes_nothing(http: httpx.Client) -> None:
    made, _other = make(http), make(http, appointment_at="2025-08-21T09:00:00Z")
    change = {"appointment_at": "2025-08-21T09:15:00Z", "department": "Home", "claimant[name]": "Else"}
    answer = http.patch(f"{APPOINTMENTS}/{made['id']}", data=change)
    assert (answer.status_code, answer.json()) == (409, {"message": "Another appointment is already scheduled at that time."})
    assert http.get(f"{APPOINTMENTS}/{made['id']}").json()["data"] == made


def test_change_what_is_named_and_take_away_what_is_empty(http: httpx.Client, tenant: Tenant) -> None:
    whole = {name: value for name, value in PAYLOAD.items() if value}
    made = http.post(APPOINTMENTS, data={**whole, "department": "Motor", "features_bandwidth": "256"}).json()["data"]
    change = {
        "claimant[name]": "John Smith",
        "claimant[phone_number]": "",
        "claimant[date_of_birth]": "1991-02-03",
        "department": "",
        "is_interpreter_needed": "true",
        "interpreter_language": "Welsh",
        "features_screen_sharing_enable": "true",
        "features_messages_chat_enable": "",
        "features_bandwidth": "",
        "custom_agent_post_call_redirect_url": "",
        "reference": made["reference"],
    }
    answer = http.patch(f"{APPOINTMENTS}/{made['id']}", data=change)
    assert answer.status_code == 200, answer.text
    claimant = {**made["claimant"], "name": "John Smith", "phone_number": None, "date_of_birth": "1991-02-03"}
    assert answer.json()["data"] == {
        **made,
        "claimant": claimant,
        "department": None,
        "is_interpreter_needed": True,
        "interpreter_language": "Welsh",
        "features_screen_sharing_enable": True,
        "features_messages_chat_enable": True,
        "features_bandwidth": None,
        "custom_agent_post_call_redirect_url": None,
    }
    assert booking_of(tenant, made).rev == 2


def test_an_empty_change_changes_nothing(http: httpx.Client, tenant: Tenant) -> None:
    made = make(http)
    for body in ({}, {"claimant": {}}, {"claimant": None}):
        answer = http.patch(f"{APPOINTMENTS}/{made['id']}", json=body)
        assert (answer.status_code, answer.json()["data"]) == (200, made)
    assert booking_of(tenant, made).rev == 1


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"appointment_at": ""}, "appointment_at", "The appointment at field is required."),
        ({"appointment_at": "2025-08-18T10:00:00"}, "appointment_at", "The appointment at field must be a date in the future."),
        ({"duration_in_minutes": ""}, "duration_in_minutes", "The duration in minutes field is required."),
        ({"claimant[name]": ""}, "claimant.name", "The claimant.name field is required."),
        ({"claimant[phone_number]": "1"}, "claimant.phone_number", None),
        ({"claimant[date_of_birth]": "2030-01-01"}, "claimant.date_of_birth", None),
        ({"reference": "other"}, "reference", "The reference field cannot be changed."),
        ({"custom_user_post_call_redirect_url": "ftp://x"}, "custom_user_post_call_redirect_url", None),
    ],
)
def test_a_change_that_is_not_valid(http: httpx.Client, change: dict[str, str], field: str, message: str | None) -> None:
    made = make(http)
    invalid(http.patch(f"{APPOINTMENTS}/{made['id']}", data={"department": "Home", **change}), field, message)
    assert http.get(f"{APPOINTMENTS}/{made['id']}").json()["data"] == made


# --- cancel -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("way", ["form", "multipart", "json", "delete"])
def test_cancel_with_a_reason(http: httpx.Client, clock: Clock, way: str) -> None:
    made, reason = make(http), "The claimant asked for another day."
    clock.set("2025-08-19T15:00:00Z")
    path = f"{APPOINTMENTS}/{made['id']}"
    answer = {
        "form": lambda: http.post(f"{path}/cancel", data={"cancellation_reason": reason}),
        "multipart": lambda: http.post(f"{path}/cancel", files={"cancellation_reason": (None, reason)}),
        "json": lambda: http.post(f"{path}/cancel", json={"cancellation_reason": reason}),
        "delete": lambda: http.delete(path, params={"cancellation_reason": reason}),
    }[way]()
    assert answer.status_code == 200, answer.text
    cancelled = answer.json()["data"]
    assert cancelled == {
        **made,
        "status": "cancelled",
        "cancelled_at": "2025-08-19T15:00:00.000000Z",
        "cancellation_reason": reason,
    }
    assert http.get(path).json()["data"] == cancelled
    clock.pass_(60)
    for again in (http.post(f"{path}/cancel", data={"cancellation_reason": "x"}), http.delete(path)):
        assert (again.status_code, again.json()["data"]) == (200, cancelled)
    make(http)  # its time is free again


def test_cancel_without_a_reason(http: httpx.Client) -> None:
    for n, send in enumerate((lambda p: http.post(f"{p}/cancel"), lambda p: http.post(f"{p}/cancel", json={}), http.delete)):
        made = make(http, appointment_at=f"2025-08-2{n}T09:00:00")
        cancelled = send(f"{APPOINTMENTS}/{made['id']}").json()["data"]
        assert (cancelled["status"], cancelled["cancellation_reason"]) == ("cancelled", None)


def test_too_long_a_reason(http: httpx.Client) -> None:
    path = f"{APPOINTMENTS}/{make(http)['id']}"
    invalid(http.post(f"{path}/cancel", data={"cancellation_reason": "x" * 2001}), "cancellation_reason")
    invalid(http.delete(path, params={"cancellation_reason": "x" * 2001}), "cancellation_reason")


def test_what_is_over_is_not_changed(http: httpx.Client) -> None:
    made = make(http)
    path = f"{APPOINTMENTS}/{made['id']}"
    http.delete(path)
    for change in ({"department": "x"}, {"appointment_at": "2025-08-21T09:00:00Z"}):
        answer = http.patch(path, data=change)
        assert (answer.status_code, answer.json()) == (409, {"message": "A booking that is cancelled cannot be changed."})


def test_a_call_under_way_is_not_cancelled(http: httpx.Client, tenant: Tenant) -> None:
    made = make(http)
    tenant.session.do(bookings.start, tenant.org.id, ids.from_uuid(made["id"]))
    answer = http.delete(f"{APPOINTMENTS}/{made['id']}")
    assert (answer.status_code, set(answer.json())) == (409, {"message"})


# --- who takes it -----------------------------------------------------------------------------------------------------
def test_an_appointment_goes_to_whoever_is_free(house: House) -> None:
    tenant = house.tenant(agents_wanted=3)
    http = tenant.client()
    made = [make(http) for _ in range(3)]
    assert {booking_of(tenant, m).agent_id for m in made} == {a.id for a in tenant.agents}
    answer = http.post(APPOINTMENTS, data=SHORT)
    tenant.close()
    assert answer.status_code == 409
    assert set(answer.json()) == {"message"}


def test_outside_working_hours(house: House) -> None:
    tenant = house.tenant(timezone="Europe/London", hours=parse_hours("mon-fri 09:00-17:00"))
    answer = tenant.client().post(APPOINTMENTS, data={**SHORT, "appointment_at": "2025-08-20T16:00:00"})  # 17:00 in London
    tenant.close()
    assert (answer.status_code, answer.json()) == (409, {"message": "That time is outside working hours."})


# --- refusals ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("header", [None, "Bearer YOUR_ACCESS_TOKEN", "Basic eDp5", "ApiKey x"])
def test_unauthenticated(tenant: Tenant, header: str | None) -> None:
    answer = tenant.client("").post(APPOINTMENTS, data=PAYLOAD, headers={"authorization": header} if header else {})
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthenticated."})


def test_any_flavour_of_key_will_do(tenant: Tenant) -> None:
    key = tenant.new_key("scheduling:write", flavour="involve")
    assert key.startswith("inv_")
    assert make(tenant.client(key))["status"] == "scheduled"
    answer = tenant.client(key).get(APPOINTMENTS)
    assert (answer.status_code, answer.json()) == (403, {"message": "This action is unauthorized."})


def test_appointments_of_another_organization_are_not_found(http: httpx.Client, stranger: Tenant) -> None:
    theirs = make(stranger.client(), reference="T")
    plain = ids.from_uuid(theirs["id"])
    for id_ in (theirs["id"], "9fac14a0-4829-4b7b-b3d6-d2b189290409", plain, "x"):
        path = f"{APPOINTMENTS}/{id_}"
        for answer in (
            http.get(path), http.patch(path, data={"department": "x"}), http.put(path, json={}), http.delete(path),
            http.post(f"{path}/cancel"),
        ):  # fmt: skip
            assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert http.get(APPOINTMENTS, params={"reference": "T"}).json()["data"] == []
    assert stranger.client().get(f"{APPOINTMENTS}/{theirs['id']}").json()["data"] == theirs


def test_a_caller_may_not_set_what_is_not_the_contracts(http: httpx.Client, tenant: Tenant, stranger: Tenant) -> None:
    extra = {"id": "x", "status": "completed", "agent_id": stranger.agents[0].id, "source": "console", "created_at": "2000-01-01"}
    extra |= {"organization_id": stranger.org.id, "outside_hours": "true", "cancelled_at": "2000-01-01", "room": "x"}
    made = make(http, **extra)
    booking = booking_of(tenant, made)
    assert (booking.agent_id, booking.source, made["status"]) == (tenant.agents[0].id, "involve", "scheduled")
    answer = http.patch(f"{APPOINTMENTS}/{made['id']}", data={**extra, "session_started_at": "2000-01-01"})
    assert answer.json()["data"] == made


def test_refusals_of_the_request_itself(http: httpx.Client) -> None:
    nothing = http.get("/involve/api/v1/nothing")
    assert (nothing.status_code, nothing.json()) == (404, {"message": "The route could not be found."})
    wrong = http.put(APPOINTMENTS, data=SHORT)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST")
    assert wrong.json() == {"message": "The method is not supported for this route. Supported methods: GET, POST."}
    for body, media, status in (
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"a=1&a=2", "application/x-www-form-urlencoded", 400),
        (b"<a/>", "application/xml", 415),
        (b"x" * 300_000, "application/json", 413),
    ):
        answer = http.post(APPOINTMENTS, content=body, headers={"content-type": media})
        assert (answer.status_code, set(answer.json())) == (status, {"message"}), media


def test_idempotency(http: httpx.Client) -> None:
    first = http.post(APPOINTMENTS, data=PAYLOAD, headers={"Idempotency-Key": "a"})
    again = http.post(APPOINTMENTS, data=PAYLOAD, headers={"Idempotency-Key": "a"})
    assert first.json() == again.json()
    other = http.post(APPOINTMENTS, data=SHORT, headers={"Idempotency-Key": "a"})
    assert (other.status_code, set(other.json())) == (422, {"message"})


def test_too_many_requests(tenant: Tenant) -> None:
    http = tenant.client(tenant.new_key(flavour="involve", rate_limit=1))
    assert http.get(APPOINTMENTS).status_code == 200
    answer = http.get(APPOINTMENTS)
    assert (answer.status_code, answer.json()) == (429, {"message": "Too Many Attempts."})
    assert int(answer.headers["retry-after"]) > 0


def every(kind: type[CallboardError]) -> Iterator[type[CallboardError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from every(child)


ARGUMENTS: dict[type[CallboardError], tuple[Any, ...]] = {
    errors.Invalid: ("starts_at", "is required"),
    errors.NotFound: ("booking",),
    errors.Forbidden: ("scheduling:read",),
    errors.SlotBlocked: ("dnd",),
    errors.OutsideNotice: ("past", "the call must be in the future"),
    errors.LimitReached: (0,),
    errors.WrongState: ("cancelled", "moved"),
    errors.Stale: (2,),
    errors.LinkDead: ("expired",),
    faults.TooManyRequests: (1,),
}


@pytest.mark.parametrize(
    "kind", [k for k in every(CallboardError) if k.__module__.startswith("callboard.")], ids=lambda k: k.__name__
)
def test_every_refusal_has_words(kind: type[CallboardError]) -> None:
    answer = DIALECT.refuse(kind(*ARGUMENTS.get(kind, ())), None)
    DIALECT.error.model_validate(answer.body)
    assert answer.status >= 400
    assert answer.body["message"].strip()


def test_a_fault_tells_nothing() -> None:
    assert DIALECT.refuse(faults.Broken(), None).body == {"message": "Server Error"}
    assert DIALECT.refuse(errors.Unavailable("disk at /x"), None).body == {"message": "Service Unavailable"}
