"""Webhooks from the event to a real receiver: signed in both forms, retried, given up, replayed; on both databases."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from email.utils import formatdate
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from callboard.domain import ids
from callboard.domain.bookings import Booking, Move, Wish
from callboard.domain.errors import Invalid, NotAllowed, NotFound
from callboard.domain.webhooks import DELAYS, TYPES, View, Webhook
from callboard.services import bookings, deliveries, people, recoveries, webhooks
from receiver import Answer, Receiver
from scheduler.conftest import HOOKS, settle
from support import Office, make_office

HOUR = 3600
DAY = 24 * HOUR


def subscribe(office: Office, receiver: Receiver, path: str = "/hook", **options: Any) -> tuple[Webhook, str]:
    made: tuple[Webhook, str] = office.do(webhooks.add, receiver.url(path), **options)
    return made


def book(office: Office, hours: int = 48, **fields: Any) -> Booking:
    start = (office.desk.clock() // DAY) * DAY + DAY + hours * HOUR
    wish = Wish(starts_at=start, customer_name="Jane Doe", customer_phone="+12155551234", outside_hours=True, **fields)
    made: Booking = office.do(bookings.book, wish)
    return made


def only(office: Office, **filters: Any) -> deliveries.Delivery:
    found = office.get(deliveries.listing, **filters)
    assert len(found) == 1
    return found[0]


# --- what arrives ---------------------------------------------------------------------------------------------------
def test_a_booking_reaches_its_subscriber_as_qualifybase_tells_it(office, receiver, clock):
    subscribe(office, receiver)
    made = book(office)
    settle(office.desk)
    [got] = receiver.got
    assert got.json["type"] == "appointment.created" == got.headers["x-qualifybase-event"]
    assert got.json["id"].startswith("evt_")
    assert got.json["created"] == "2026-01-05T12:00:00.000Z"
    assert got.json["data"]["appointment"] == {
        "id": ids.to_uuid(made.id),
        "lead_id": ids.to_uuid(made.person_id),
        "assigned_to": ids.to_uuid(made.agent_id),
        "status": "confirmed",
        "scheduled_at": "2026-01-08T00:00:00.000Z",
        "ends_at": "2026-01-08T00:30:00.000Z",
        "title": "",
    }
    kept = only(office)
    assert (kept.status, kept.response_status, kept.response_body, kept.due_at) == ("delivered", 200, "ok", None)
    assert [(a["status"], a["error"]) for a in kept.history] == [(200, None)]
    assert got.headers["x-qualifybase-delivery"] == f"dlv_{kept.id}" == got.id


def test_both_forms_and_the_standard_headers_verify(office, receiver, clock):
    clock.now = int(time.time())
    _, secret = subscribe(office, receiver, "/a")
    _, other = subscribe(office, receiver, "/b", dialect="qtvoice", event_types=["contact.created"])
    book(office)
    office.do(people.add, full_name="Ann Lee", phone="+12155550101", is_contact=True)
    settle(office.desk)
    a, b = receiver.of("/a")[0], receiver.of("/b")[0]
    assert Verifier(secret).verify(a.body, a.headers)["type"] == "appointment.created"
    assert Verifier(other).verify(b.body, b.headers)["event"] == "contact.created"
    assert a.headers["x-qualifybase-signature"] == hmac.new(secret.encode(), a.body, hashlib.sha256).hexdigest()
    assert b.headers["x-qtvoice-signature"] == hmac.new(other.encode(), b.body, hashlib.sha256).hexdigest()
    assert b.headers["x-qtvoice-timestamp"] == str(clock.now)
    assert b.headers["x-qtvoice-delivery-id"].startswith("dlv_")
    assert set(b.json) == {"event", "timestamp", "data"}
    assert b.json["data"]["first_name"] == "Ann"
    with pytest.raises(WebhookVerificationError):
        Verifier(other).verify(a.body, a.headers)


def test_each_change_is_told_in_the_contracts_words(office, receiver, clock):
    subscribe(office, receiver, event_types=["appointment.created", "appointment.updated", "appointment.cancelled"])
    made = book(office)
    office.do(bookings.move, made.id, Move(starts_at=made.starts_at + HOUR, outside_hours=True))
    office.do(bookings.update, made.id, notes="call the side door")
    office.do(bookings.cancel, made.id)
    settle(office.desk)
    told = sorted((g.json["type"], g.json["data"]["appointment"]["scheduled_at"]) for g in receiver.got)
    early, late = "2026-01-08T00:00:00.000Z", "2026-01-08T01:00:00.000Z"
    # what each event saw, although all of them were sent after the last
    assert told == [
        ("appointment.cancelled", late),
        ("appointment.created", early),
        ("appointment.updated", late),
        ("appointment.updated", late),
    ]


def test_one_is_told_only_what_it_asked_for_and_only_of_its_organization(desk, receiver, clock):
    one, two = make_office(desk, "One"), make_office(desk, "Two")
    subscribe(one, receiver, "/one", event_types=["appointment.cancelled"])
    subscribe(two, receiver, "/two")
    made = book(one)
    settle(desk)
    assert receiver.got == []
    one.do(bookings.cancel, made.id)
    settle(desk)
    assert [(g.path, g.json["type"]) for g in receiver.got] == [("/one", "appointment.cancelled")]
    with pytest.raises(NotFound):
        two.get(deliveries.get, one.get(deliveries.listing)[0].id)


def test_a_refused_booking_tells_nobody(office, receiver, clock):
    subscribe(office, receiver)
    book(office)
    with pytest.raises(Exception, match="already has a call"):
        book(office)
    settle(office.desk)
    assert len(receiver.got) == 1


# --- when it does not arrive ----------------------------------------------------------------------------------------
def test_the_schedule_is_kept_within_its_jitter_and_the_bytes_stay_the_same(office, receiver, clock):
    receiver.answer("/hook", 500)
    subscribe(office, receiver, event_types=["appointment.created"])
    made = book(office, 200)
    settle(office.desk)
    for n, delay in enumerate(DELAYS[1:], start=1):
        due = only(office).due_at
        assert 0.8 * delay - 1 <= due - clock.now <= 1.2 * delay + 1
        clock.now = due - 1
        settle(office.desk)
        assert len(receiver.got) == n
        clock.now = due
        office.do(bookings.update, made.id, notes=f"changed at {due}")
        settle(office.desk)
        assert len(receiver.got) == n + 1
    kept = only(office)
    assert (kept.status, kept.due_at, len(kept.history)) == ("failed", None, len(DELAYS))
    assert len({(g.body, g.id) for g in receiver.got}) == 1


@pytest.mark.parametrize("said", ["seconds", "date"])
def test_retry_after_is_honoured(office, receiver, clock, said):
    clock.now = int(time.time())
    value = "900" if said == "seconds" else formatdate(clock.now + 900, usegmt=True)
    receiver.answer("/hook", 503, headers={"Retry-After": value})
    subscribe(office, receiver)
    book(office)
    settle(office.desk)
    assert only(office).due_at == pytest.approx(clock.now + 900, abs=3)


def test_gone_disables_at_once_and_says_so(office, receiver, clock):
    receiver.answer("/hook", 410)
    hook, _ = subscribe(office, receiver)
    other, _ = subscribe(office, receiver, "/other", event_types=["webhook.disabled"])
    book(office)
    settle(office.desk)
    book(office, 50)
    settle(office.desk)
    assert len(receiver.of("/hook")) == 1
    assert office.get(webhooks.get, hook.id).disabled_reason == "it answered 410 Gone"
    [told] = receiver.of("/other")
    assert told.json["data"]["webhook"]["disabled_reason"] == "it answered 410 Gone"
    assert other.active


def test_an_endpoint_that_fails_for_days_is_disabled_and_comes_back_with_what_was_held(office, receiver, clock):
    receiver.answer("/hook", 500)
    hook, _ = subscribe(office, receiver)
    for n in range(3):
        book(office, 48 * 20 + n)
    began = clock.now
    disabled_at = None
    while disabled_at is None:
        due = settle(office.desk)
        current = office.get(webhooks.get, hook.id)
        disabled_at = clock.now if not current.active else None
        if due is None or due > clock.now + 8 * DAY:
            book(office, 48 * 30 + clock.now % 1000)
        clock.now = min(due or clock.now + DAY, clock.now + DAY)
    assert disabled_at - began >= 5 * DAY
    assert current.failures >= 20
    clock.now = disabled_at
    assert {d.status for d in office.get(deliveries.listing)} <= {"failed", "held"}
    receiver.answer("/hook", 200)
    held = [d.id for d in office.get(deliveries.listing, status="held")]
    office.do(webhooks.enable, hook.id)
    before = len(receiver.got)
    settle(office.desk)
    assert sorted(g.id for g in receiver.got[before:]) == sorted(f"dlv_{id_}" for id_ in held)
    assert office.get(webhooks.get, hook.id).failures == 0


def test_one_success_ends_the_row_of_failures(office, receiver, clock):
    receiver.answer("/hook", 500)
    hook, _ = subscribe(office, receiver)
    book(office)
    settle(office.desk)
    assert office.get(webhooks.get, hook.id).failures == 1
    receiver.answer("/hook", 204)
    clock.pass_(10)
    settle(office.desk)
    current = office.get(webhooks.get, hook.id)
    assert (current.failures, current.failing_since, current.last_success_at) == (0, None, clock.now)


@pytest.mark.parametrize(
    ("url", "error", "retried"),
    [
        ("http://169.254.169.254/latest/meta-data", "blocked", False),
        ("http://localhost:9/hook", "blocked", False),
        ("http://127.1:9/hook", "blocked", False),
        ("http://0x7f.1/hook", "blocked", False),
        ("http://2130706433/hook", "blocked", False),
        ("http://[::ffff:10.0.0.1]/hook", "blocked", False),
        ("http://does-not-exist.invalid/hook", "connect", True),
    ],
)
def test_what_may_not_be_dialled_is_refused_once_and_names_no_address(sqlite_office, clock, url, error, retried):
    office = sqlite_office
    office.do(webhooks.add, url)
    book(office)
    settle(office.desk, allow_private=False)
    kept = only(office)
    assert (kept.error_class, kept.due_at is not None, kept.status) == (error, retried, "waiting" if retried else "failed")
    assert "127.0.0.1" not in json.dumps([kept.last_error, kept.history, dict(kept.response_headers)])


def test_a_redirect_is_not_followed(sqlite_office, receiver, clock):
    receiver.answer("/hook", 302, headers={"Location": receiver.url("/elsewhere")})
    subscribe(sqlite_office, receiver)
    book(sqlite_office)
    settle(sqlite_office.desk)
    assert [g.path for g in receiver.got] == ["/hook"]
    assert only(sqlite_office).error_class == "redirect"


@pytest.mark.parametrize(("how", "error"), [("hang", "timeout"), ("drip", "timeout"), ("drop", "protocol")])
def test_a_receiver_that_does_not_answer_is_an_error_of_its_kind(sqlite_office, receiver, clock, how, error):
    receiver.answer("/hook", **{how: True})
    subscribe(sqlite_office, receiver)
    book(sqlite_office)
    settle(sqlite_office.desk, seconds=0.5)
    kept = only(sqlite_office)
    assert (kept.status, kept.error_class) == ("waiting", error)


def test_reading_an_answer_stops_at_sixteen_kibibytes(sqlite_office, receiver, clock):
    receiver.answer("/hook", body=b"\x00" + b"a" * 3_000_000, headers={"Set-Cookie": "a=b"})
    subscribe(sqlite_office, receiver)
    book(sqlite_office)
    settle(sqlite_office.desk)
    kept = only(sqlite_office)
    assert kept.status == "delivered"
    assert len(kept.response_body) == 16 * 1024
    book(sqlite_office, 50)
    settle(sqlite_office.desk)
    assert "cookie" not in receiver.got[-1].headers


# --- secrets --------------------------------------------------------------------------------------------------------
def test_rotation_signs_twice_to_the_second(office, receiver, clock):
    clock.now = int(time.time())
    hook, old = subscribe(office, receiver)
    _, new = office.do(webhooks.rotate, hook.id, overlap_seconds=100)
    started = clock.now
    for offset, both in ((0, True), (99, True), (100, False)):
        clock.now = started + offset
        book(office, 50 + offset)
        settle(office.desk)
        got = receiver.got[-1]
        assert len(got.headers["webhook-signature"].split()) == (2 if both else 1)
        Verifier(new).verify(got.body, got.headers)
        assert got.headers["x-qualifybase-signature"] == hmac.new(new.encode(), got.body, hashlib.sha256).hexdigest()
        assert ("x-qualifybase-signature-previous" in got.headers) is both
        if both:
            Verifier(old).verify(got.body, got.headers)
        else:
            with pytest.raises(WebhookVerificationError):
                Verifier(old).verify(got.body, got.headers)


def test_a_secret_is_not_in_what_is_kept_or_shown(office, receiver, clock):
    hook, secret = subscribe(office, receiver)
    book(office)
    settle(office.desk)
    shown = repr(office.get(webhooks.listing)) + repr(only(office))
    assert secret not in shown
    assert secret.removeprefix("whsec_") not in shown
    assert hook.url in shown


# --- the operator ---------------------------------------------------------------------------------------------------
def test_redelivering_sends_the_same_bytes_under_the_same_id(office, receiver, clock):
    subscribe(office, receiver)
    made = book(office)
    settle(office.desk)
    office.do(deliveries.redeliver, only(office).id)
    settle(office.desk)
    first, second = receiver.got
    assert (first.body, first.id) == (second.body, second.id)
    assert len(only(office).history) == 2
    assert made.id


def test_a_test_is_tried_once_and_judges_nobody(office, receiver, clock):
    receiver.answer("/hook", 500)
    hook, _ = subscribe(office, receiver, dialect="qtvoice")
    office.do(deliveries.send_test, hook.id)
    settle(office.desk)
    kept = only(office)
    assert (kept.test, kept.status, kept.due_at) == (True, "failed", None)
    assert receiver.got[0].json["event"] == "call.incoming"
    assert office.get(webhooks.get, hook.id).failures == 0
    with pytest.raises(Invalid):
        office.do(deliveries.send_test, hook.id, "no.such")


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("dialect", ["qualifybase", "qtvoice"])
def test_every_type_has_a_body_in_both_forms(dialect, type_):
    view = View(event_id="0" * 24, type=type_, at=0, nouns=deliveries._sample(type_, 0))
    said = json.loads(HOOKS[dialect].body(view))
    assert said.get("type", said.get("event")) == type_
    assert said["data"]


def test_removed_and_disabled_endpoints_hear_nothing(office, receiver, clock):
    gone, _ = subscribe(office, receiver, "/gone")
    off, _ = subscribe(office, receiver, "/off")
    book(office)
    office.do(webhooks.remove, gone.id)
    office.do(webhooks.disable, off.id)
    settle(office.desk)
    assert receiver.got == []
    assert {d.status for d in office.get(deliveries.listing)} == {"void", "held"}
    with pytest.raises(NotFound):
        office.get(webhooks.get, gone.id)
    with pytest.raises(NotAllowed):
        office.do(deliveries.redeliver, only(office, status="held").id)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x/y",
        "https://",
        "https://u:p@x.com/",
        "https://x.com/#frag",
        "http://x:0/",
        "nonsense",
        "http://x y/",
        "http://[::1",
    ],
)
def test_a_bad_url_is_refused_when_it_is_given(sqlite_office, url):
    with pytest.raises(Invalid, match="url"):
        sqlite_office.do(webhooks.add, url)


def test_unknown_types_and_dialects_are_refused(sqlite_office):
    with pytest.raises(Invalid, match=r"unknown event type 'lead\.lost'"):
        sqlite_office.do(webhooks.add, "https://x.com/", event_types=["lead.lost"])
    with pytest.raises(Invalid, match="dialect"):
        sqlite_office.do(webhooks.add, "https://x.com/", dialect="involve")


# --- replay ---------------------------------------------------------------------------------------------------------
def test_recover_since_sends_what_was_missed_and_nothing_twice(office, receiver, clock):
    book(office, 50)  # before anybody listened
    clock.pass_(60)
    since = clock.now
    hook, _ = subscribe(office, receiver)
    book(office, 60)
    settle(office.desk)
    office.do(webhooks.disable, hook.id)
    clock.pass_(60)
    missed = [book(office, 70 + n) for n in range(3)]
    office.do(webhooks.enable, hook.id)
    recovery = office.do(recoveries.start, hook.id, since=since)
    settle(office.desk)
    done = office.get(recoveries.get, recovery.id)
    assert (done.status, done.queued) == ("done", 3)
    assert done.seen == done.total
    told = [g.json["data"]["appointment"]["id"] for g in receiver.got]
    assert sorted(told[1:]) == sorted(ids.to_uuid(b.id) for b in missed)
    office.do(recoveries.start, hook.id, since=since)
    settle(office.desk)
    assert len(receiver.got) == 4
    office.do(recoveries.start, hook.id, since=since, everything=True, event_types=["appointment.created"])
    settle(office.desk)
    assert len(receiver.got) == 8
    assert len({g.id for g in receiver.got}) == 4


def test_a_recovery_goes_on_where_it_stopped(office, receiver, clock, monkeypatch):
    monkeypatch.setattr(recoveries, "PAGE", 4)
    subscribe(office, receiver, "/first")
    for n in range(5):
        book(office, 50 + n)
        clock.pass_(1)
    late, _ = subscribe(office, receiver, "/late")
    recovery = office.do(recoveries.start, late.id, since=0)
    assert office.session.do(recoveries.advance) is True  # a page, then the process dies
    half = office.get(recoveries.get, recovery.id)
    assert (half.status, half.seen) == ("running", 4)
    settle(office.desk)
    done = office.get(recoveries.get, recovery.id)
    assert (done.status, done.queued, done.seen) == ("done", 5, done.total)
    assert len(receiver.of("/late")) == 5


# --- turns ----------------------------------------------------------------------------------------------------------
def test_an_endpoint_gets_no_more_at_once_than_its_limit(office, receiver, clock):
    receiver.answers["/hook"] = lambda _got: Answer()
    subscribe(office, receiver, concurrency=2)
    for n in range(12):
        book(office, 50 + n)
    settle(office.desk)
    assert len(receiver.got) == 12
    assert receiver.most_open["/hook"] <= 2


def test_endpoints_take_turns(office, receiver, clock):
    subscribe(office, receiver, "/busy", concurrency=1)
    for n in range(20):
        book(office, 50 + n)
    subscribe(office, receiver, "/late", concurrency=1)
    book(office, 100)
    settle(office.desk)
    order = [g.path for g in receiver.got]
    assert len(order) == 22
    assert order.index("/late") <= 2
