"""The log of what was done is whole: every verb that changes something is in it, or stands here with the reason why not.

What is done on the way to something else (a contact handed over, a conversation opened) is in it and not in undo's way.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import callboard
from callboard.domain.bookings import Features, Wish
from callboard.domain.campaigns import ContactWish
from callboard.domain.errors import NotAllowed
from callboard.services import blocks, bookings, calendars, campaigns, carriage, messages, people, projects, rooms, undo, webhooks
from callboard.services.undo import Entry, Final
from support import Office

SERVICES = Path(callboard.__file__).parent / "services"
JANE = "+12125550101"
TOLD = {"record", "touch"}  # whoever changes something says so by one of these
# Verbs whose change nobody at this end made, or that the log has under another name.
NOT_IN_IT = {
    "calendars.record": "the clock fetched it; Settings shows when",
    "calls.incoming": "somebody called; it stands in Phone",
    "campaigns.discard": "undo itself",
    "campaigns.empty": "undo itself",
    "carriage.claim": "the carrier's queue; each message says how it stands",
    "carriage.receipt": "the carrier said so; the message shows it",
    "carriage.receive": "somebody wrote; it stands in Phone",
    "carriage.record": "the carrier said so; the message shows it",
    "deliveries.react": "follows from an event; it has a log of its own, in Webhooks",
    "deliveries.record": "the receiver answered; it stands in the delivery log",
    "deliveries.record_all": "the receivers answered; it stands in the delivery log",
    "dial_queue.restore": "undo itself",
    "dialling.claim": "the telephone's queue; the call says how it stands",
    "dialling.close_forgotten": "the clock closed it; the call says so",
    "dialling.progress": "the carrier said so; the call shows it",
    "dialling.record": "the carrier said so; the call shows it",
    "messages.queue": "follows from what was done; the message stands in Phone",
    "messages.react": "follows from an event; the message stands in Phone",
    "messages.unmark_sent": "undo itself",
    "messages.withdraw": "undo itself",
    "projects.add_upload": "the customer sent it; it stands in their story",
    "recordings.begin": "asked, on and stopped are in it; this is the file",
    "recordings.finish": "asked, on and stopped are in it; this is the file",
    "recoveries.advance": "the recovery that was started is in it; this is its next step",
    "reminders.send_due": "the clock sent it; the message stands in Phone",
    "requests.note": "it is a log itself, in Webhooks",
    "rooms.arrive": "somebody opened their link; the booking's card shows who is there",
    "rooms.depart": "somebody left the page; the booking's card shows who is there",
    "rooms.keep_chat": "what was said in the room; it is kept with the booking",
    "rooms.post": "two pages find each other; nothing is kept",
    "rooms.provider_said": "the provider said so; the booking's card shows who is there",
    "voicemails.leave": "somebody spoke; it stands in Phone",
}


def unlogged() -> Iterator[str]:
    """Every public verb of the services that says something changed and writes no audit row, by itself or through its helpers."""
    for path in sorted(SERVICES.glob("*.py")):
        own = {n.name: n for n in ast.parse(path.read_text("utf-8")).body if isinstance(n, ast.FunctionDef)}
        for name in own:
            reached = _reached(name, own, set())
            if not name.startswith("_") and reached & TOLD and "audit" not in reached:
                yield f"{path.stem}.{name}"


def _reached(name: str, own: dict[str, ast.FunctionDef], seen: set[str]) -> set[str]:
    """The methods of ``work`` that a function uses."""
    seen.add(name)
    found: set[str] = set()
    for node in ast.walk(own[name]):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in {"work", "w"}:
            found.add(node.attr)
        elif isinstance(node, ast.Name) and node.id in own and node.id not in seen:
            found |= _reached(node.id, own, seen)
    return found


def test_every_change_is_in_the_log_or_says_why_not() -> None:
    found = set(unlogged())
    assert found == set(NOT_IN_IT), "a verb that changes something is audited, or stands here with its reason"
    assert all(len(reason.split()) > 1 for reason in NOT_IN_IT.values())


def done(office: Office) -> list[str]:
    """The log's actions, newest first."""
    return [e.action for e in office.get(undo.log)]


def line(office: Office, action: str) -> Entry:
    return next(e for e in office.get(undo.log) if e.action == action)


def test_the_room_s_switches_go_back(office: Office) -> None:
    start = office.desk.clock.now + 600
    wish = Wish(starts_at=start, customer_name="Jane", outside_hours=True, features=Features(breakout_room=True))
    id_ = office.do(bookings.book, wish).id
    office.do(rooms.message, id_, "Two minutes")
    office.do(rooms.message, id_, "One minute")
    office.do(rooms.mute, id_, "customer")
    assert office.do(rooms.mute, id_, "customer").muted == {"customer"}
    office.do(rooms.breakout, id_, "agent")
    office.do(rooms.mute, id_, "customer", on=False)
    office.do(rooms.breakout, id_, "agent", on=False)
    assert done(office)[:6] == [
        "room.brought_back",
        "room.unmuted",
        "room.moved_aside",
        "room.muted",  # once: the second time nothing changed
        "room.message_shown",
        "room.message_shown",
    ]
    office.do(undo.undo_last)
    assert office.get(rooms.state, id_).breakout == {"agent"}
    office.do(undo.undo_last)
    assert office.get(rooms.state, id_).muted == {"customer"}
    office.do(undo.undo_last)
    office.do(undo.undo_last)
    room = office.get(rooms.state, id_)
    assert (room.breakout, room.muted, room.note) == (frozenset(), frozenset(), "One minute")
    office.do(undo.undo_last)
    assert office.get(rooms.state, id_).note == "Two minutes"
    office.do(undo.undo_last)
    assert office.get(rooms.state, id_).note == ""
    assert office.do(undo.undo_last).action == "booking.created"


def test_a_room_that_is_over_says_so(office: Office) -> None:
    wish = Wish(starts_at=office.desk.clock.now + 600, customer_name="Jane", outside_hours=True)
    id_ = office.do(bookings.book, wish).id
    office.do(rooms.mute, id_, "customer")
    office.do(bookings.cancel, id_)
    with pytest.raises(NotAllowed, match="the call is over"):
        office.do(undo.undo, line(office, "room.muted").seq)


def received(office: Office, *texts: str) -> None:
    given = {"gateway": "twilio", "to_number": "", "organization": office.org}
    for text in texts:
        office.session.do(carriage.receive, from_number=JANE, body=text, **given)
        office.desk.clock.pass_(1)


def unread(office: Office) -> int:
    return office.get(messages.conversations)[0].unread


def test_what_was_read_is_new_again(office: Office) -> None:
    received(office, "Are you there?", "Hello?")
    office.do(messages.mark_read, JANE)
    assert unread(office) == 0
    office.desk.clock.pass_(1)
    received(office, "Well?")
    office.do(messages.mark_read, JANE)
    assert office.do(undo.undo_last).action == "conversation.read"
    assert unread(office) == 1, "what was read before stays read"
    office.do(undo.undo_last)
    assert unread(office) == 3
    office.do(messages.mark_read, JANE)
    assert office.do(messages.mark_unread, JANE) == 1
    assert unread(office) == 1, "by hand only the newest is new again"
    office.do(undo.undo_last)
    assert unread(office) == 0
    assert office.do(messages.mark_unread, "+12125550177") == 0


def test_opening_a_conversation_does_not_stand_in_the_way(office: Office) -> None:
    received(office, "Are you there?")
    office.do(people.add, full_name="Ava")
    office.do(messages.mark_read, JANE, opened=True)
    opened = line(office, "conversation.opened")
    assert opened.undoable
    assert office.do(undo.undo_last).action == "person.created"
    office.do(undo.undo, opened.seq)
    assert unread(office) == 1


def test_a_contact_given_back_is_in_the_same_hands_again(office: Office) -> None:
    campaign = office.do(campaigns.add, "Autumn", target_country="US", window="mon-sun 00:00-24:00")
    made = [
        office.do(campaigns.add_contact, campaign.id, ContactWish(name=name, phone=f"+1212555010{n}"))[0]
        for n, name in enumerate(("Ava", "Bea"))
    ]
    office.do(campaigns.start, campaign.id)
    first = office.do(campaigns.next_contact, campaign.id, "dana").contact
    taken = line(office, "contact.taken")
    assert taken.undoable
    office.do(campaigns.release, first.id, operator="dana")
    assert office.get(campaigns.in_hand, campaign.id, "dana") is None
    assert office.do(undo.undo_last).action == "contact.given_back"
    back = office.get(campaigns.in_hand, campaign.id, "dana")
    assert (back.id, back.attempts) == (first.id, 1)

    office.do(campaigns.release, first.id, operator="dana")
    office.do(campaigns.set_outcome, first.id, "not_interested")
    given = next(e for e in office.get(undo.log) if e.action == "contact.given_back" and not e.undone)
    with pytest.raises(NotAllowed, match="may not be called now"):
        office.do(undo.undo, given.seq)
    other = office.do(campaigns.next_contact, campaign.id, "dana").contact
    assert other.id in {c.id for c in made} - {first.id}
    with pytest.raises(NotAllowed, match=f"{other.name} is in hand now"):
        office.do(undo.undo, given.seq)
    with pytest.raises(NotAllowed, match="nobody is with this contact"):
        office.do(undo.undo, taken.seq)


def test_being_handed_a_contact_and_going_away_do_not_stand_in_the_way(office: Office) -> None:
    campaign = office.do(campaigns.add, "Autumn", target_country="US", window="mon-sun 00:00-24:00")
    for n in range(2):
        office.do(campaigns.add_contact, campaign.id, ContactWish(name=f"P{n}", phone=f"+1212555010{n}"))
    office.do(campaigns.start, campaign.id)
    first = office.do(campaigns.next_contact, campaign.id, "dana").contact
    office.do(campaigns.set_outcome, first.id, "not_interested", operator="dana")
    second = office.do(campaigns.next_contact, campaign.id, "dana").contact
    assert office.do(undo.undo_last).action == "contact.outcome"
    office.do(undo.undo, line(office, "contact.taken").seq)
    assert office.get(campaigns.contact, second.id).attempts == 0
    held = office.do(campaigns.next_contact, campaign.id, "dana").contact
    office.do(campaigns.release, held.id, operator="dana", leaving=True)
    left = line(office, "contact.left")
    assert left.undoable
    assert office.do(undo.undo_last).action == "campaign.started"


def test_the_log_says_whose_it_was(office: Office) -> None:
    wish = Wish(starts_at=office.desk.clock.now + 600, customer_name="Jane Doe", outside_hours=True)
    id_ = office.do(bookings.book, wish).id
    office.do(bookings.update, id_, title="survey")
    hook, _ = office.do(webhooks.add, "https://example.com/hook")
    office.do(webhooks.disable, hook.id)
    received(office, "Are you there?")
    office.do(messages.mark_read, JANE)
    block = office.do(blocks.add, starts_at=office.desk.clock.now, ends_at=office.desk.clock.now + 60, title="dentist")
    office.do(blocks.remove, block.id)
    assert [e.about for e in office.get(undo.log, 6)] == [
        "dentist",
        "dentist",
        JANE,
        "https://example.com/hook",
        "https://example.com/hook",
        "Jane Doe",
    ]
    assert undo.told(office.do(undo.undo_last)) == "undone: block removed (dentist)"


def test_what_only_asked_is_in_the_log_with_its_reason(office: Office) -> None:
    ava = office.do(people.add, full_name="Ava")
    office.do(projects.create, customer_name="Ava", person_id=ava.id)
    with pytest.raises(Final, match="revoke the link instead") as told:
        office.do(undo.undo_last)
    followed = office.do(calendars.add, "Lee's", "https://example.com/lee.ics")
    office.do(calendars.refresh, followed.id)
    assert "only asked" in line(office, "calendar.refreshed").why_not
    with pytest.raises(Final) as asked:
        office.do(undo.undo_last)
    assert office.do(undo.undo_last, told.value.seqs | asked.value.seqs).action == "calendar.added"
