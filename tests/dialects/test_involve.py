"""The Involve contract, word for word over real HTTP: an appointment made, its fields, its reference, the ways in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from callboard.domain import ids
from callboard.domain.bookings import Features
from callboard.domain.hours import parse_hours
from callboard.domain.rooms import redirect_for
from callboard.services import messages
from callboard.web.dialects.involve import examples, words
from dialects.house import House, Tenant
from dialects.involve import APPOINTMENTS, MADE, PAYLOAD, SHORT, SUMMARY, booking_of, invalid, make
from support import Clock


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


def test_the_document_says_how_a_form_spells_the_claimant(tenant: Tenant) -> None:
    document = tenant.client("").get("/involve/openapi.json").json()
    content = document["paths"]["/api/v1/appointments"]["post"]["requestBody"]["content"]
    assert set(content) == {"application/json", "application/x-www-form-urlencoded", "multipart/form-data"}
    assert content["application/x-www-form-urlencoded"]["encoding"] == {"claimant": {"style": "deepObject", "explode": True}}


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
