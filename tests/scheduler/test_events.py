"""Every kind of change that outsiders are told of, from the verb that makes it to the type that arrives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from callboard.domain.bookings import Move, Wish
from callboard.domain.campaigns import ContactWish
from callboard.domain.webhooks import DIALECT_TYPES, TYPES
from callboard.services import (
    bookings,
    calls,
    campaigns,
    carriage,
    deliveries,
    dial_queue,
    expiry,
    messages,
    people,
    voicemails,
    webhooks,
)
from receiver import Receiver
from scheduler.conftest import settle
from support import Clock, Office


def told(receiver: Receiver) -> list[str]:
    return sorted(g.json.get("type") or g.json["event"] for g in receiver.got)


def listen(office: Office, receiver: Receiver, dialect: str, *prefixes: str) -> None:
    types = [t for t in TYPES if t.startswith(prefixes)]
    office.do(webhooks.add, receiver.url(), dialect=dialect, event_types=types)


def test_a_call_through_its_states(office, receiver, clock):
    listen(office, receiver, "qualifybase", "appointment.", "video_call.")
    start = clock.now + 3600
    made: Any = office.do(bookings.book, Wish(starts_at=start, customer_name="Jane Doe", outside_hours=True))
    clock.now = start
    for verb in (bookings.start, bookings.hold, bookings.resume, bookings.complete):
        office.do(verb, made.id)
    settle(office.desk)
    states = ["video_call.completed", "video_call.held", "video_call.resumed", "video_call.started"]
    assert told(receiver) == ["appointment.created", *["appointment.updated"] * 4, *states]


def test_people_are_leads_or_contacts_or_both(office, receiver, clock):
    listen(office, receiver, "qtvoice", "contact.", "lead.")
    contact = office.do(people.add, full_name="Ann Lee", phone="+12155550101", is_contact=True)
    office.do(people.update, contact.id, notes="VIP")
    office.do(people.add, full_name="Bo Kim", phone="+12155550102", is_lead=True, is_contact=True)
    settle(office.desk)
    assert told(receiver) == ["contact.created", "contact.created", "contact.updated", "lead.created"]


def test_texts_and_calls(office, receiver, clock):
    listen(office, receiver, "qtvoice", "sms.", "call.")
    sent = office.do(messages.send, to="+12155551234", body="hello")
    office.do(messages.mark_sent, sent.id)
    office.do(calls.incoming, from_number="+12155551234", to_number="+12155550199")
    settle(office.desk)
    assert told(receiver) == ["call.incoming", "sms.sent"]
    by_type = {g.json["event"]: g.json["data"] for g in receiver.got}
    assert by_type["call.incoming"]["from"] == "+12155551234"
    assert by_type["call.incoming"]["id"].startswith("call_")
    assert by_type["sms.sent"]["message"] == "hello"


def test_campaign_contacts_and_voicemails(office, receiver, clock):
    listen(office, receiver, "qualifybase", "campaign.contact.", "voicemail.")
    campaign = office.do(campaigns.add, "Spring", target_country="US", window="mon-sun 00:00-24:00")
    wishes = [ContactWish(name=f"Person {n}", phone=f"+1215555020{n}", timezone="UTC") for n in range(3)]
    for wish in wishes:
        office.do(campaigns.add_contact, campaign.id, wish)
    office.do(campaigns.start, campaign.id)
    for outcome, more in (("qualified", {}), ("not_interested", {}), ("callback_requested", {"callback_at": clock.now + 7200})):
        handed = office.do(dial_queue.next_contact, campaign.id, "dana")
        office.do(dial_queue.set_outcome, handed.contact.id, outcome, operator="dana", **more)
    call = office.do(calls.incoming, from_number="+12155551234", to_number="+12155550199")
    office.do(voicemails.leave, call.id, transcript="please call back")
    settle(office.desk)
    outcomes = ["campaign.contact.callback_requested", "campaign.contact.not_interested", "campaign.contact.qualified"]
    assert told(receiver) == [*outcomes, "voicemail.new", "voicemail.transcribed"]
    [asked] = [g.json["data"]["contact"] for g in receiver.got if g.json["type"] == outcomes[0]]
    assert (asked["status"], asked["callback_at"]) == ("callback_requested", "2026-01-05T14:00:00.000Z")


# --- every type there is --------------------------------------------------------------------------------------------
def _booked(office: Office) -> Any:
    start = office.desk.clock() + 3600
    return office.do(bookings.book, Wish(starts_at=start, customer_name="Jane Doe", outside_hours=True))


def _called(*verbs: Any) -> Callable[[Office, Clock], None]:
    def story(office: Office, clock: Clock) -> None:
        made = _booked(office)
        clock.now = made.starts_at
        for verb in verbs:
            office.do(verb, made.id)

    return story


def _moved(office: Office, clock: Clock) -> None:
    made = _booked(office)
    office.do(bookings.move, made.id, Move(starts_at=made.starts_at + 3600, outside_hours=True))


def _overran(office: Office, clock: Clock) -> None:
    _called(bookings.start)(office, clock)
    clock.pass_(3600)
    office.session.do(expiry.mark_overrun)


def _contacted(outcome: str, **more: Any) -> Callable[[Office, Clock], None]:
    def story(office: Office, clock: Clock) -> None:
        campaign = office.do(campaigns.add, "Spring", target_country="US", window="mon-sun 00:00-24:00", max_attempts=1)
        office.do(campaigns.add_contact, campaign.id, ContactWish(name="Ann", phone="+12155550200", timezone="UTC"))
        office.do(campaigns.start, campaign.id)
        handed = office.do(dial_queue.next_contact, campaign.id, "dana")
        office.do(dial_queue.set_outcome, handed.contact.id, outcome, operator="dana", **more)

    return story


def _rang(*verbs: Any) -> Callable[[Office, Clock], None]:
    def story(office: Office, clock: Clock) -> None:
        call = office.do(calls.incoming, from_number="+12155551234")
        for verb in verbs:
            office.do(verb, call.id)

    return story


def _left(transcript: str | None) -> Callable[[Office, Clock], None]:
    return _rang(lambda work, org, call: voicemails.leave(work, org, call, transcript=transcript))


def _texted(status: str) -> Callable[[Office, Clock], None]:
    def story(office: Office, clock: Clock) -> None:
        sent = office.do(messages.send, to="+12155551234", body="hello")
        office.session.do(carriage.receipt, gateway="twilio", status=status, message_id=sent.id)

    return story


def _wrote(office: Office, clock: Clock) -> None:
    office.session.do(carriage.receive, gateway="twilio", from_number="+12155551234", to_number="+12155550199", body="hi")


def _met(changed: bool = False, **fields: bool) -> Callable[[Office, Clock], None]:
    def story(office: Office, clock: Clock) -> None:
        person = office.do(people.add, full_name="Ann Lee", phone="+12155550101", **fields)
        if changed:
            office.do(people.update, person.id, notes="VIP")

    return story


def _given_up(office: Office, clock: Clock) -> None:
    other, _ = office.do(webhooks.add, "https://example.com/other", event_types=["call.incoming"])
    office.do(webhooks.disable, other.id)


STORIES: dict[str, Callable[[Office, Clock], None]] = {
    "appointment.created": lambda office, _: _booked(office),
    "appointment.updated": _moved,
    "appointment.cancelled": lambda office, _: office.do(bookings.cancel, _booked(office).id),
    "video_call.started": _called(bookings.start),
    "video_call.held": _called(bookings.start, bookings.hold),
    "video_call.resumed": _called(bookings.start, bookings.hold, bookings.resume),
    "video_call.completed": _called(bookings.start, bookings.complete),
    "video_call.no_show": _called(bookings.no_show),
    "video_call.overran": _overran,
    "campaign.contact.qualified": _contacted("qualified"),
    "campaign.contact.not_interested": _contacted("not_interested"),
    "campaign.contact.exhausted": _contacted("no_answer"),
    "campaign.contact.callback_requested": _contacted("callback_requested", callback_at=Clock()() + 7200),
    "call.incoming": _rang(),
    "call.answered": _rang(calls.answered),
    "call.completed": _rang(calls.answered, calls.ended),
    "call.missed": _rang(calls.missed),
    "call.voicemail": _left(None),
    "sms.received": _wrote,
    "sms.sent": _texted("sent"),
    "sms.delivered": _texted("delivered"),
    "voicemail.new": _left(None),
    "voicemail.transcribed": _left("please call back"),
    "contact.created": _met(is_contact=True),
    "contact.updated": _met(changed=True, is_contact=True),
    "lead.created": _met(is_lead=True),
    "lead.updated": _met(changed=True, is_lead=True),
    "webhook.disabled": _given_up,
}


def test_every_type_there_is_to_subscribe_to_has_a_story():
    assert set(STORIES) == set(TYPES)


@pytest.mark.parametrize("type_", TYPES)
def test_each_type_is_an_event_in_its_change_and_reaches_who_asked_for_it_alone(sqlite_office, receiver, clock, type_):
    office = sqlite_office
    for dialect in DIALECT_TYPES:
        office.do(webhooks.add, receiver.url(f"/{dialect}"), dialect=dialect, event_types=[type_])
    STORIES[type_](office, clock)
    waiting = office.get(deliveries.listing)  # rows of the very transaction: nothing has looked since
    assert [d.type for d in waiting] == [type_] * len(DIALECT_TYPES)
    settle(office.desk)
    [mail] = receiver.of("/qualifybase")
    assert (mail.json["type"], mail.headers["x-qualifybase-event"]) == (type_, type_)
    assert mail.json["id"].startswith("evt_")
    [voice] = receiver.of("/qtvoice")
    assert voice.json["event"] == type_
    assert set(voice.json) == {"event", "timestamp", "data"}
