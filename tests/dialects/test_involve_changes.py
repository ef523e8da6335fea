"""The Involve contract, word for word over real HTTP: appointments read, moved, changed and cancelled, and every refusal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from callboard.domain import errors, ids
from callboard.domain.bookings import Wish
from callboard.domain.errors import CallboardError
from callboard.services import bookings
from callboard.web import faults
from callboard.web.dialects.involve import DIALECT
from dialects.house import House, Tenant, at
from dialects.involve import APPOINTMENTS, MADE, NOT_FOUND, PAYLOAD, SHORT, booking_of, invalid, make
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


# What a verb or the wire may raise; the console's own (an undo that cannot be) never comes here.
KINDS = [k for k in every(CallboardError) if k.__module__.startswith(("callboard.domain.", "callboard.web."))]


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_every_refusal_has_words(kind: type[CallboardError]) -> None:
    answer = DIALECT.refuse(kind(*ARGUMENTS.get(kind, ())), None)
    DIALECT.error.model_validate(answer.body)
    assert answer.status >= 400
    assert answer.body["message"].strip()


def test_a_fault_tells_nothing() -> None:
    assert DIALECT.refuse(faults.Broken(), None).body == {"message": "Server Error"}
    assert DIALECT.refuse(errors.Unavailable("disk at /x"), None).body == {"message": "Service Unavailable"}
