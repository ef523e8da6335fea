"""Texts and calls through Twilio: our requests to a peer over real HTTP, its signed call-backs to our real socket."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from callboard.domain.errors import Invalid, NotAllowed
from callboard.gateways import sms
from callboard.gateways.twilio import signature
from callboard.services import bookings, calls, dialling, messages, people, voicemails
from callboard.storage import trail
from reach.conftest import book_on, configure, settle, sweep_forgotten
from reach.twilio_peer import NUMBER, SID, TOKEN, TwilioPeer
from support import make_office

JANE = "+15551234567"


@pytest.fixture
def peer(clock):
    made = TwilioPeer(now=clock)
    yield made
    made.close()


@pytest.fixture
def desk(served, peer, clock):
    clock.set("2026-06-01T12:00:00Z")
    table = {
        "account_sid": SID,
        "auth_token": TOKEN,
        "from_number": NUMBER,
        "operator_number": "+15005550009",
        "base_url": peer.url,
    }
    configure(served, sms_gateway="twilio", telephony_gateway="twilio", gateways={"twilio": table})
    return served


@pytest.fixture
def jane(desk, acme):
    """Jane's booking with its confirmation handed to Twilio."""
    booked = book_on(acme)
    settle(desk)
    return booked


def told(acme, booked, kind="confirmation"):
    return next(m for m in acme.get(messages.about, booked.id) if m.kind == kind)


def types(acme) -> list[str]:
    return [e.type for e in acme.session.get(trail.since, 0)[0]]


# --- the signature ----------------------------------------------------------------------------------------------------
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(words.filter(bool), words, max_size=8), st.sampled_from(["", "?a=b", "?message=abc&x=%20"]))
def test_our_signature_is_the_vendors(fields, query):
    url = f"https://calls.example.com/callbacks/sms/twilio/status{query}"
    ours = signature(TOKEN, url, fields)
    assert ours == RequestValidator(TOKEN).compute_signature(url, fields)
    assert RequestValidator(TOKEN).validate(url, fields, ours)


# --- sending ----------------------------------------------------------------------------------------------------------
def test_a_confirmation_goes_out_once_and_is_delivered_when_twilio_says_so(acme, jane, peer, desk):
    settle(desk)
    [asked] = peer.messages
    made = told(acme, jane)
    assert (asked["to"], asked["from"], asked["body"]) == (JANE, NUMBER, made.body)
    assert (made.status, made.provider_id, made.from_number) == ("sent", asked["sid"], NUMBER)
    assert peer.report(asked, "delivered").status_code == 204
    made = told(acme, jane)
    assert (made.status, made.delivered_at is not None) == ("delivered", True)
    assert types(acme).count("message.sent") == types(acme).count("message.delivered") == 1


def test_receipts_out_of_order_and_repeated_take_nothing_back(acme, jane, peer):
    [asked] = peer.messages
    for status in ("queued", "delivered", "sent", "delivered", "undelivered"):
        assert peer.report(asked, status).status_code == 204
    assert told(acme, jane).status == "delivered"
    assert types(acme).count("message.delivered") == 1


def test_an_undelivered_message_says_why(acme, jane, peer):
    peer.report(peer.messages[0], "undelivered", ErrorCode="30003")
    made = told(acme, jane)
    assert (made.status, made.reason, made.delivered) == ("failed", "Twilio: undelivered (30003)", False)
    assert "message.failed" in types(acme)


def test_a_receipt_faster_than_the_answer_counts(acme, desk, peer):
    """The receipt names our own id, so it need not wait until Twilio's id is recorded."""
    booked = book_on(acme)
    made = told(acme, booked)
    url = f"{desk.public_url}/callbacks/sms/twilio/status?message={made.id}"
    peer.post(url, {"MessageSid": "SM1", "MessageStatus": "delivered"})
    made = told(acme, booked)
    assert (made.status, made.provider_id) == ("delivered", "SM1")
    settle(desk)
    assert peer.messages == []


@pytest.mark.parametrize("how", ["unsigned", "wrong token", "another url", "changed field"])
def test_a_receipt_that_twilio_did_not_sign_is_refused(acme, jane, peer, how):
    [asked] = peer.messages
    url, fields = asked["form"]["StatusCallback"], {"MessageSid": asked["sid"], "MessageStatus": "delivered"}
    signed = RequestValidator(TOKEN if how != "wrong token" else "f" * 32).compute_signature(
        url if how != "another url" else url + "x", fields
    )
    headers = {} if how == "unsigned" else {"X-Twilio-Signature": signed}
    sent = fields if how != "changed field" else {**fields, "MessageStatus": "failed"}
    answer = httpx.post(url, data=sent, headers=headers, trust_env=False)
    assert (answer.status_code, answer.text) == (403, "refused\n")
    assert told(acme, jane).status == "sent"


def test_a_refused_number_fails_for_good_with_twilios_words(acme, desk, peer):
    peer.unsubscribed.add(JANE)
    booked = book_on(acme)
    settle(desk)
    made = told(acme, booked)
    assert (made.status, made.reason) == ("failed", "this customer told Twilio STOP (21610)")
    assert made.due_at is None


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_twilio_is_tried_again_when_it_says(acme, desk, peer, clock, status):
    peer.breaks.append((status, {"code": 20429, "message": "Too Many Requests", "status": status}, {"Retry-After": "90"}))
    booked = book_on(acme)
    settle(desk)
    made = told(acme, booked)
    assert (made.status, made.delivered, made.due_at - clock.now) == ("waiting", False, 90)
    assert "trying again" in made.reason
    clock.pass_(90)
    settle(desk)
    assert told(acme, booked).status == "sent"
    assert len(peer.messages) == 1


def test_tries_end(acme, desk, peer, clock):
    booked = book_on(acme)
    for _ in range(5):
        peer.breaks.append((503, {"message": "down"}, {}))
        settle(desk)
        clock.pass_(3600)
    made = told(acme, booked)
    assert (made.status, made.attempts, made.reason) == ("failed", 5, "Twilio 503: down")
    settle(desk)
    assert peer.messages == []


def test_an_answer_that_never_came_is_looked_up_and_not_sent_twice(acme, desk, peer):
    """The peer takes the message, then drops the connection: only asking it tells that the customer was texted."""
    peer.swallow = 1
    booked = book_on(acme)
    settle(desk)
    made = told(acme, booked)
    assert (made.status, made.provider_id) == ("sent", peer.messages[0]["sid"])
    assert len(peer.messages) == 1


def test_an_interrupted_hand_over_is_looked_up_after_the_lease(acme, desk, peer, clock):
    """Killed between the carrier's yes and our record: the next claim asks the carrier first."""
    from callboard.domain.leases import Lease
    from callboard.services import carriage

    booked = book_on(acme)
    [parcel] = acme.session.do(carriage.claim, Lease(token="dead", seconds=60, limit=5))
    httpx.post(
        f"{peer.url}/2010-04-01/Accounts/{SID}/Messages.json",
        data={"To": JANE, "From": NUMBER, "Body": parcel.message.body},
        auth=(SID, TOKEN),
        trust_env=False,
    )
    clock.pass_(61)
    settle(desk)
    assert len(peer.messages) == 1
    assert told(acme, booked).status == "sent"


def test_without_its_settings_twilio_is_refused_by_name(served):
    with pytest.raises(Invalid, match=r"gateways\.twilio\.auth_token"):
        sms.make("twilio", {"account_sid": SID}, "http://x")


# --- inbound ----------------------------------------------------------------------------------------------------------
def write(desk, peer, body, sid="SM9", **more):
    fields = {"MessageSid": sid, "From": JANE, "To": NUMBER, "Body": body, **more}
    return peer.post(f"{desk.public_url}/callbacks/sms/twilio/inbound", fields)


def test_an_answer_arrives_once_and_in_the_right_conversation(acme, desk, jane, peer, clock):
    clock.pass_(5)
    for _ in range(2):
        answer = write(desk, peer, "Running 5 min late 🙂")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
        assert answer.text.endswith("<Response/>")
    [talk] = acme.get(messages.conversations)
    assert (talk.last.body, talk.unread, talk.name) == ("Running 5 min late 🙂", 1, "Jane Doe")
    assert types(acme).count("message.received") == 1


def test_stop_by_text_ends_texts_and_start_brings_them_back(acme, desk, jane, peer):
    write(desk, peer, "STOP", OptOutType="STOP")
    assert acme.get(people.by_phone, JANE).do_not_text
    acme.do(bookings.cancel, jane.id)
    settle(desk)
    assert told(acme, jane, "cancellation").status == "void"
    assert len(peer.messages) == 1
    with pytest.raises(NotAllowed):
        acme.do(messages.send, to=JANE, body="hello")
    write(desk, peer, "start", sid="SM10")
    acme.do(messages.send, to=JANE, body="welcome back")
    settle(desk)
    assert peer.messages[-1]["body"] == "welcome back"


def test_a_stranger_belongs_where_the_number_was_set_to(acme, desk, peer):
    bolt = make_office(desk, "Bolt Dental")
    table = dict(desk.settings.gateways["twilio"])
    configure(desk, gateways={"twilio": table | {"organization": "bolt dental"}})
    write(desk, peer, "who is this?")
    inbound(desk, peer, "incoming", CallStatus="ringing")
    assert [o.get(messages.count, direction="inbound") for o in (acme, bolt)] == [0, 1]
    assert [len(o.get(calls.listing)) for o in (acme, bolt)] == [0, 1]
    book_on(acme)  # now Acme has written to the number: its answers are Acme's
    write(desk, peer, "ah, yes", sid="SM10")
    assert acme.get(messages.count, direction="inbound") == 1


def test_an_unsigned_text_is_refused_and_kept_nowhere(acme, desk, jane):
    fields = {"MessageSid": "SM9", "From": JANE, "To": NUMBER, "Body": "STOP"}
    answer = httpx.post(f"{desk.public_url}/callbacks/sms/twilio/inbound", data=fields, trust_env=False)
    assert answer.status_code == 403
    assert acme.get(messages.count, direction="inbound") == 0
    assert not acme.get(people.by_phone, JANE).do_not_text


@pytest.mark.parametrize("path", ["sms/kannel/status", "sms/outbox/inbound", "sms/nobody/status"])
def test_a_carrier_that_is_not_configured_has_no_door(desk, path):
    assert httpx.post(f"{desk.public_url}/callbacks/{path}", data={"a": "b"}, trust_env=False).status_code == 404


@pytest.mark.parametrize("body", [b"\xff\xfe=1", b"Body=%FF", b"From=%00", b"a=1&" * 300, b"x=" + b"y" * 70_000])
def test_hostile_bodies_are_refused(acme, desk, body):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    url = f"{desk.public_url}/callbacks/sms/twilio/inbound"
    assert httpx.post(url, content=body, headers=headers, trust_env=False).status_code == 400


# --- calls ------------------------------------------------------------------------------------------------------------
def test_click_to_call_rings_the_customer_and_the_history_is_twilios(acme, desk, jane, peer, clock):
    call = acme.do(calls.initiate, to="(555) 123-4567")
    settle(desk)
    [asked] = peer.calls
    assert (asked["to"], asked["from"]) == (JANE, NUMBER)
    assert "<Number>+15005550009</Number>" in asked["form"]["Twiml"]
    assert acme.get(calls.get, call.id).provider_id == asked["sid"]
    peer.report_call(asked, "ringing")
    assert acme.get(calls.get, call.id).status == "ringing"
    peer.report_call(asked, "in-progress")
    clock.pass_(145)
    peer.report_call(asked, "completed", CallDuration="145")
    peer.report_call(asked, "completed", CallDuration="145")
    done = acme.get(calls.get, call.id)
    assert (done.status, done.duration_seconds, done.from_number, done.gateway) == ("completed", 145, NUMBER, "twilio")
    assert done.ended_at - done.answered_at == 145
    assert [t for t in types(acme) if t.startswith("call.")] == ["call.initiated", "call.answered", "call.completed"]


@pytest.mark.parametrize("status", ["busy", "no-answer", "canceled", "failed"])
def test_a_call_nobody_took_is_missed(acme, desk, jane, peer, status):
    call = acme.do(calls.initiate, to=JANE)
    settle(desk)
    peer.report_call(peer.calls[0], status)
    assert acme.get(calls.get, call.id).status == "missed"


def test_a_call_twilio_refuses_has_failed_with_its_words(acme, desk, jane, peer):
    peer.breaks.append((400, {"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400}, {}))
    call = acme.do(calls.initiate, to=JANE)
    settle(desk)
    failed = acme.get(calls.get, call.id)
    assert (failed.status, failed.reason) == ("failed", "Twilio 400: Invalid 'To' Phone Number (21211)")


def test_a_call_asked_for_long_ago_is_not_placed_now(acme, desk, jane, peer, clock):
    call = acme.do(calls.initiate, to=JANE)
    clock.pass_(121)
    settle(desk)
    assert peer.calls == []
    late = acme.get(calls.get, call.id)
    assert (late.status, late.reason) == ("failed", dialling.LATE)


def inbound(desk, peer, path, **fields):
    wanted = {"CallSid": "CA7", "From": JANE, "To": NUMBER, **fields}
    return peer.post(f"{desk.public_url}/callbacks/voice/twilio/{path}", wanted)


def test_an_incoming_call_raises_the_screen_pop_and_rings_the_operator(acme, desk, jane, peer, clock):
    answer = inbound(desk, peer, "incoming", CallStatus="ringing")
    assert f'statusCallbackEvent="answered" statusCallback="{desk.public_url}/callbacks/voice/twilio/picked"' in answer.text
    assert ">+15005550009</Number>" in answer.text
    inbound(desk, peer, "incoming", CallStatus="ringing")
    [call] = acme.get(calls.live)
    pop = acme.get(calls.screen_pop, call.id)
    assert (pop.person.name, pop.next_booking.id, pop.recent_calls) == ("Jane Doe", jane.id, ())
    clock.pass_(70)
    inbound(desk, peer, "dialled", DialCallStatus="completed", DialCallDuration="60")
    done = acme.get(calls.get, call.id)
    assert (done.status, done.duration_seconds, done.ended_at - done.answered_at) == ("completed", 60, 60)
    assert acme.get(calls.lookup, JANE).recent_calls[0].id == call.id


def test_a_long_incoming_call_is_answered_when_it_is_picked_up_and_never_missed(acme, desk, jane, peer, clock):
    inbound(desk, peer, "incoming", CallStatus="ringing")
    inbound(desk, peer, "picked", CallSid="CA8", ParentCallSid="CA7", CallStatus="in-progress")
    [call] = acme.get(calls.live)
    assert call.status == "in_progress"
    clock.pass_(1800)
    acme.session.do(dialling.close_forgotten)
    inbound(desk, peer, "dialled", DialCallStatus="completed", DialCallDuration="1795")
    assert acme.get(calls.get, call.id).status == "completed"
    assert [t for t in types(acme) if t.startswith("call.")] == ["call.incoming", "call.answered", "call.completed"]


def test_a_call_of_which_only_the_end_is_told_was_answered_all_the_same(acme, desk, jane, peer, clock):
    inbound(desk, peer, "incoming", CallStatus="ringing")
    clock.pass_(70)
    inbound(desk, peer, "dialled", DialCallStatus="completed", DialCallDuration="60")
    assert [t for t in types(acme) if t.startswith("call.")] == ["call.incoming", "call.answered", "call.completed"]
    [call] = acme.get(calls.listing)
    assert (call.ended_at - call.answered_at, call.duration_seconds) == (60, 60)


def test_an_unanswered_call_becomes_a_voicemail_with_its_words(acme, desk, jane, peer):
    inbound(desk, peer, "incoming", CallStatus="ringing")
    answer = inbound(desk, peer, "dialled", DialCallStatus="no-answer")
    assert "You have reached Acme Moving" in answer.text
    assert "<Record" in answer.text
    for _ in range(2):
        inbound(desk, peer, "voicemail", RecordingUrl="https://api.twilio.com/RE1", RecordingDuration="12")
    inbound(desk, peer, "transcription", TranscriptionStatus="completed", TranscriptionText="Call me back please")
    [left] = acme.get(voicemails.listing, is_read=False)
    assert (left.transcript, left.duration_seconds, left.from_number) == ("Call me back please", 12, JANE)
    assert acme.get(calls.get, left.call_id).status == "voicemail"
    assert [t for t in types(acme) if t.startswith(("call.", "voicemail."))] == [
        "call.incoming",
        "call.missed",
        "call.voicemail",
        "voicemail.new",
        "voicemail.transcribed",
    ]
    acme.do(voicemails.mark_read, left.id)
    assert acme.get(voicemails.count, is_read=False) == 0


def test_a_caller_who_hangs_up_while_it_rings_is_a_missed_call(acme, desk, jane, peer):
    inbound(desk, peer, "incoming", CallStatus="ringing")
    inbound(desk, peer, "status", CallStatus="completed", CallDuration="9")
    [call] = acme.get(calls.listing)
    assert (call.status, call.duration_seconds) == ("missed", 0)


def test_a_call_whose_end_nobody_reported_does_not_ring_for_ever(acme, desk, jane, peer, clock):
    carried = acme.do(calls.initiate, to=JANE)
    settle(desk)
    peer.report_call(peer.calls[0], "ringing")
    by_hand = acme.do(calls.incoming, from_number=JANE)
    talking = acme.do(calls.incoming, from_number="+15557654321")
    acme.do(calls.answered, talking.id)

    def standings():
        sweep_forgotten(desk)
        return [acme.get(calls.get, c.id).status for c in (carried, by_hand, talking)]

    clock.pass_(599)
    assert standings() == ["ringing", "ringing", "in_progress"]
    clock.pass_(1)
    assert standings() == ["missed", "ringing", "in_progress"]
    assert acme.get(calls.get, carried.id).reason == "its carrier never said how it ended"
    clock.pass_(4 * 3600)
    assert standings() == ["missed", "missed", "in_progress"]
    clock.pass_(12 * 3600)
    assert standings() == ["missed", "missed", "completed"]
    assert acme.get(calls.get, talking.id).reason == "nobody said how it ended"


def test_unsigned_voice_hooks_are_refused(acme, desk):
    for path in ("incoming", "status", "dialled", "voicemail", "transcription"):
        url = f"{desk.public_url}/callbacks/voice/twilio/{path}"
        assert httpx.post(url, data={"CallSid": "CA7", "From": JANE}, trust_env=False).status_code == 403
    assert acme.get(calls.listing) == []


def test_every_receipt_finds_its_message_by_an_index(acme):
    """A receipt must not read the whole history: the look-up by the carrier's id is a search, not a scan."""

    def explain(work):
        statement = "EXPLAIN QUERY PLAN SELECT * FROM messages WHERE gateway = 'twilio' AND provider_id = 'SM1'"
        return [row[3] for row in work.connection.exec_driver_sql(statement)]

    assert all("USING INDEX" in line for line in acme.session.get(explain))
