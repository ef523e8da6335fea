"""Every kind of change that outsiders are told of, from the verb that makes it to the type that arrives."""

from __future__ import annotations

from typing import Any

from callboard.domain.bookings import Wish
from callboard.domain.campaigns import ContactWish
from callboard.domain.webhooks import TYPES
from callboard.services import bookings, calls, campaigns, dial_queue, messages, people, voicemails, webhooks
from receiver import Receiver
from scheduler.conftest import settle
from support import Office


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
