"""What a booking makes the customer read, and how far it truly gets without a carrier."""

from __future__ import annotations

import pytest

from callboard.domain.bookings import Move, Wish
from callboard.domain.errors import Invalid, NotAllowed, SlotTaken
from callboard.domain.events import Event
from callboard.domain.organizations import Branding
from callboard.domain.zones import parse_instant
from callboard.services import bookings, calls, carriage, messages, organizations, people, templates, undo
from callboard.storage import trail
from reach.conftest import book_on, configure, settle
from support import make_office

AGAIN = "2026-06-16T20:30:00Z"


def at(text: str) -> int:
    return parse_instant(text, "at")


def test_confirmation_names_the_time_in_the_customers_zone_and_the_link(office, clock):
    clock.set("2026-06-01T12:00:00Z")
    booked = book_on(office, timezone="Europe/London")
    made = office.get(messages.of_booking, booked.id, "confirmation", 1)
    assert made.to_number == "+15551234567"
    assert made.body.startswith("Acme Moving: your video call is booked for Mon Jun 15, 9:00 PM BST (Europe/London).")
    assert f"/join/video-call/{booked.id}?t=" in made.body
    assert (made.status, made.reason, made.delivered, made.attempted) == ("waiting", "not sent yet", False, True)


def test_the_link_in_the_message_opens_the_booking(office, clock):
    from callboard.services import links

    clock.set("2026-06-01T12:00:00Z")
    booked = book_on(office)
    body = office.get(messages.of_booking, booked.id, "confirmation", 1).body
    token = body.split("?t=")[1].split()[0]
    opened = office.session.get(links.read, booked.id, token)
    assert (opened.booking.id, opened.role) == (booked.id, "customer")


def test_without_a_carrier_it_waits_in_the_outbox_and_says_so(sqlite_office, book):
    booked = book()
    settle(sqlite_office.desk)
    made = sqlite_office.get(messages.of_booking, booked.id, "confirmation", 1)
    assert (made.status, made.gateway, made.delivered) == ("waiting", "outbox", False)
    assert "no text-message carrier is configured" in made.reason
    assert made.settled
    assert messages.truth(made) == (True, False)


def test_no_phone_no_message(sqlite_office, book):
    booked = book(customer_phone=None, customer_email="jane@example.com")
    assert sqlite_office.get(messages.of_booking, booked.id, "confirmation", 1) is None
    assert messages.truth(None) == (False, False)


def test_a_move_and_a_cancellation_are_told_once_each(office, clock):
    clock.set("2026-06-01T12:00:00Z")
    booked = book_on(office)
    moved = office.do(bookings.move, booked.id, Move(starts_at=at(AGAIN)))
    gone = office.do(bookings.cancel, booked.id)
    told = office.get(messages.about, booked.id)
    assert [(m.kind, m.booking_rev) for m in told] == [
        ("confirmation", 1),
        ("reschedule", moved.rev),
        ("cancellation", gone.rev),
    ]
    by_kind = {m.kind: m for m in told}
    assert "moved to Tue Jun 16, 4:30 PM EDT (America/New_York)" in by_kind["reschedule"].body
    assert "on Tue Jun 16, 4:30 PM EDT (America/New_York) has been cancelled" in by_kind["cancellation"].body
    assert office.get(messages.listing)[::-1] == told
    assert [by_kind[k].status for k in ("confirmation", "reschedule", "cancellation")] == ["void", "void", "waiting"]


def kinds(office, booked) -> list[tuple[str, str]]:
    return [(m.kind, m.status) for m in office.get(messages.about, booked.id)]


def test_a_change_taken_back_before_the_customer_heard_of_it_is_not_told(sqlite_office, book):
    booked = book()
    first = sqlite_office.get(messages.about, booked.id)[0]
    sqlite_office.do(messages.mark_sent, first.id)
    sqlite_office.do(bookings.move, booked.id, Move(starts_at=at(AGAIN)))
    sqlite_office.do(undo.undo_last)
    assert kinds(sqlite_office, booked) == [("confirmation", "sent"), ("reschedule", "void")]
    sqlite_office.do(bookings.cancel, booked.id)
    sqlite_office.do(undo.undo_last)
    assert kinds(sqlite_office, booked)[2:] == [("cancellation", "void")]


def test_a_cancellation_taken_back_after_the_customer_heard_of_it_is_told(sqlite_office, book):
    booked = book()
    sqlite_office.do(bookings.cancel, booked.id)
    gone = sqlite_office.get(messages.about, booked.id)[-1]
    sqlite_office.do(messages.mark_sent, gone.id)
    sqlite_office.session.do(_undo_cancel, sqlite_office.org, booked.id)
    assert kinds(sqlite_office, booked) == [("confirmation", "void"), ("cancellation", "sent"), ("confirmation", "waiting")]


def _undo_cancel(work, org, booking_id):
    [row] = [r for r in trail.history(work, org, booking_id) if r.action == "booking.cancelled"]
    undo.undo(work, org, row.seq)


def test_the_same_event_twice_makes_one_message(office, clock):
    clock.set("2026-06-01T12:00:00Z")
    booked = book_on(office)

    def again(work):
        messages.react(work, Event(type="booking.created", organization_id=office.org, subject_id=booked.id))
        return messages.queue(work, office.org, kind="confirmation", booking=booked).id

    known = office.get(messages.of_booking, booked.id, "confirmation", 1).id
    assert office.session.do(again) == known
    assert office.get(messages.count) == 1


def test_two_reminders_of_one_rev_are_two_messages(office, clock):
    clock.set("2026-06-01T12:00:00Z")
    booked = book_on(office)
    first = office.do(messages.queue, kind="reminder", booking=booked, variant="1440")
    second = office.do(messages.queue, kind="reminder", booking=booked, variant="60")
    assert first.id != second.id
    assert office.do(messages.queue, kind="reminder", booking=booked, variant="60").id == second.id


def test_a_silent_cancellation_says_nothing(sqlite_office, book):
    booked = book()
    sqlite_office.do(bookings.cancel, booked.id, notify=False)
    assert [m.kind for m in sqlite_office.get(messages.about, booked.id)] == ["confirmation"]


def test_a_pending_booking_is_confirmed_to_the_customer_only_when_it_stands(sqlite_office, book):
    booked = book(require_confirmation=True)
    assert sqlite_office.get(messages.about, booked.id) == []
    stands = sqlite_office.do(bookings.confirm, booked.id)
    assert [(m.kind, m.booking_rev) for m in sqlite_office.get(messages.about, booked.id)] == [("confirmation", stands.rev)]


def test_a_pending_booking_that_is_dropped_was_never_announced(sqlite_office, book):
    booked = book(require_confirmation=True)
    sqlite_office.do(bookings.cancel, booked.id)
    assert sqlite_office.get(messages.about, booked.id) == []


def test_another_agent_is_no_news_for_the_customer(sqlite_office, book):
    lee = sqlite_office.hire("Lee")
    booked = book(agent_id=sqlite_office.agents[0].id)
    sqlite_office.do(bookings.move, booked.id, Move(agent_id=lee.id))
    assert [m.kind for m in sqlite_office.get(messages.about, booked.id)] == ["confirmation"]


def test_an_imported_calendar_texts_nobody(sqlite_office, book):
    booked = book(source="import")
    assert sqlite_office.get(messages.about, booked.id) == []


def test_what_is_overtaken_before_it_is_sent_becomes_void(sqlite_office, book, clock):
    booked = book()
    sqlite_office.do(bookings.cancel, booked.id, notify=False)
    settle(sqlite_office.desk)
    made = sqlite_office.get(messages.about, booked.id)[0]
    assert (made.status, made.reason) == ("void", "the call is cancelled")


def test_a_refused_booking_leaves_no_message(sqlite_office, book):
    book()
    with pytest.raises(SlotTaken):
        book(customer_phone="5557654321")
    assert sqlite_office.get(messages.count) == 1


# --- templates ------------------------------------------------------------------------------------------------------
def test_own_words_per_kind_are_used_and_can_be_taken_back(office, clock):
    clock.set("2026-06-01T12:00:00Z")
    text = "Hi {first_name}, {organization} sees you {date} at {time} {zone}, {duration} min with {agent}: {link}"
    office.do(templates.save, "confirmation", text)
    booked = book_on(office)
    body = office.get(messages.of_booking, booked.id, "confirmation", 1).body
    assert body.startswith("Hi Jane, Acme Moving sees you Mon Jun 15 at 4:00 PM EDT, 30 min with Dana: http")
    office.do(templates.reset, "confirmation")
    assert [t.own for t in office.get(templates.listing)] == [False] * 5


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        ("confirmation", "See you {when} {link} {agnet}", r"\{agnet\} is not a variable of confirmation; there are"),
        ("confirmation", "See you {when} {link", "brace without its pair"),
        ("confirmation", "See you {link.__class__}", r"\{link.__class__\} is not a variable"),
        ("confirmation", "See you {when}", r"must contain \{link\}"),
        ("cancellation", "Gone: {link}", r"\{link\} is not a variable of cancellation"),
        ("cancellation", "   ", "must not be empty"),
        ("cancellation", "x" * 1601, "at most 1600"),
        ("chat", "hello", "must be one of confirmation"),
    ],
)
def test_templates_are_checked_when_saved(sqlite_office, kind, text, why):
    with pytest.raises(Invalid, match=why):
        sqlite_office.do(templates.save, kind, text)
    assert all(not t.own for t in sqlite_office.get(templates.listing))


def test_the_display_name_and_clock_are_the_organizations(sqlite_office, book):
    sqlite_office.session.do(
        organizations.update, sqlite_office.org, branding=Branding(name="Acme & Söhne", default_country="DE")
    )
    booked = book(customer_phone="030 123456", timezone="Europe/Berlin")
    made = sqlite_office.get(messages.of_booking, booked.id, "confirmation", 1)
    assert made.to_number == "+4930123456"
    assert made.body.startswith("Acme & Söhne: your video call is booked for Mon Jun 15, 22:00 CEST (Europe/Berlin).")


def test_a_call_of_another_year_says_so(sqlite_office, book):
    booked = book(starts="2027-01-04T15:00:00Z")
    body = sqlite_office.get(messages.of_booking, booked.id, "confirmation", 1).body
    assert "Mon Jan 4 2027, 10:00 AM EST (America/New_York)" in body


def test_a_zone_without_letters_is_written_as_an_offset(sqlite_office, book):
    booked = book(timezone="Asia/Kathmandu")
    body = sqlite_office.get(messages.of_booking, booked.id, "confirmation", 1).body
    assert "1:45 AM GMT+5:45 (Asia/Kathmandu)" in body


# --- opting out -----------------------------------------------------------------------------------------------------
def test_an_opted_out_customer_is_not_written_to(office, clock):
    clock.set("2026-06-01T12:00:00Z")
    office.do(messages.opt_out, "+15551234567")
    booked = book_on(office)
    made = office.get(messages.of_booking, booked.id, "confirmation", 1)
    assert (made.status, messages.truth(made)) == ("void", (False, False))
    assert "STOP" in made.reason
    with pytest.raises(NotAllowed, match="STOP"):
        office.do(messages.send, to="+15551234567", body="hello")
    assert [p.phone for p in office.get(messages.opted_out_people)] == ["+15551234567"]


def test_stop_and_start_words_change_the_list_and_withdraw_what_waits(office, clock):
    clock.set("2026-06-01T12:00:00Z")
    booked = book_on(office)
    office.session.do(carriage.receive, gateway="test", from_number="+15551234567", to_number="+15005550006", body=" Stop. ")
    assert office.get(messages.about, booked.id)[0].status == "void"
    assert office.get(people.by_phone, "+15551234567").do_not_text
    office.session.do(carriage.receive, gateway="test", from_number="+15551234567", to_number="+15005550006", body="START")
    assert not office.get(people.by_phone, "+15551234567").do_not_text
    office.session.do(
        carriage.receive, gateway="test", from_number="+15551234567", to_number="+15005550006", body="please stop by at 4"
    )
    assert not office.get(people.by_phone, "+15551234567").do_not_text


def test_stop_reaches_every_organization_that_wrote_from_the_shared_number(sqlite_desk, clock):
    clock.set("2026-06-01T12:00:00Z")
    one, two = make_office(sqlite_desk), make_office(sqlite_desk, "Bolt Dental")
    for each in (one, two):
        book_on(each)
    one.session.do(carriage.receive, gateway="test", from_number="+15551234567", to_number="", body="STOP")
    assert [each.get(people.by_phone, "+15551234567").do_not_text for each in (one, two)] == [True, True]


# --- conversations --------------------------------------------------------------------------------------------------
def test_an_answer_joins_the_conversation_with_its_person(office, clock):
    clock.set("2026-06-01T12:00:00Z")
    book_on(office)
    clock.pass_(60)
    heard = office.session.do(
        carriage.receive,
        gateway="test",
        from_number="+15551234567",
        to_number="+15005550006",
        body="Can we do 5?",
        provider_id="SM1",
    )
    assert heard.organization_id == office.org
    twice = office.session.do(
        carriage.receive,
        gateway="test",
        from_number="+15551234567",
        to_number="+15005550006",
        body="Can we do 5?",
        provider_id="SM1",
    )
    assert twice.id == heard.id
    [talk] = office.get(messages.conversations)
    assert (talk.name, talk.unread, talk.total, talk.last.body) == ("Jane Doe", 1, 2, "Can we do 5?")
    assert [m.direction for m in office.get(messages.conversation, "+15551234567")] == ["outbound", "inbound"]
    assert office.do(messages.mark_read, "+15551234567") == 1
    assert office.get(messages.conversations)[0].unread == 0
    happened, _ = office.session.get(trail.since, 0)
    assert [e.type for e in happened].count("message.received") == 1


def test_a_strangers_text_is_kept_when_there_is_one_organization_and_dropped_when_it_is_anyones(sqlite_desk):
    one = make_office(sqlite_desk)
    kept = one.session.do(carriage.receive, gateway="test", from_number="+15550001111", to_number="", body="hello?")
    assert kept.organization_id == one.org
    make_office(sqlite_desk, "Bolt Dental")
    assert one.session.do(carriage.receive, gateway="test", from_number="+15550002222", to_number="", body="hello?") is None


def test_a_carrier_that_says_it_eight_times_at_once_is_heard_once(office):
    told = {"gateway": "test", "from_number": "+15551234567", "to_number": "", "body": "hello", "provider_id": "SM1"}
    futures = [office.session.submit(carriage.receive, **told) for _ in range(8)]
    rings = [office.session.submit(calls.incoming, office.org, from_number="+15551234567", provider_id="CA1") for _ in range(8)]
    assert len({f.result().id for f in futures}) == office.get(messages.count) == 1
    assert len({f.result().id for f in rings}) == office.get(calls.count) == 1


def test_a_short_code_or_a_name_may_write_too(sqlite_office):
    for sender in ("12345", "MYBANK"):
        heard = sqlite_office.session.do(carriage.receive, gateway="test", from_number=sender, to_number="", body="STOP")
        assert heard.from_number == sender
    assert sqlite_office.get(messages.opted_out_people) == []


# --- the operator's hand --------------------------------------------------------------------------------------------
def test_the_operator_can_say_that_they_sent_it_themselves(sqlite_office, book):
    booked = book()
    settle(sqlite_office.desk)
    waiting = sqlite_office.get(messages.about, booked.id)[0]
    sent = sqlite_office.do(messages.mark_sent, waiting.id)
    assert (sent.status, sent.gateway, sent.reason) == ("sent", "hand", "sent by hand (tester)")
    with pytest.raises(NotAllowed):
        sqlite_office.do(messages.retry, waiting.id)


def test_another_organizations_message_is_not_found(sqlite_desk, clock):
    from callboard.domain.errors import NotFound

    clock.set("2026-06-01T12:00:00Z")
    one, two = make_office(sqlite_desk), make_office(sqlite_desk, "Bolt Dental")
    book_on(one)
    theirs = one.get(messages.listing)[0]
    with pytest.raises(NotFound):
        two.get(messages.get, theirs.id)
    with pytest.raises(NotFound):
        two.do(messages.retry, theirs.id)
    assert two.get(messages.listing) == []


def test_an_unknown_carrier_is_refused_by_name(sqlite_desk):
    configure(sqlite_desk, sms_gateway="pigeon")
    with pytest.raises(Invalid, match="must be one of outbox, twilio"):
        settle(sqlite_desk)


def test_a_wish_with_a_phone_in_any_spelling_is_written_to_in_e164(sqlite_office, clock):
    clock.set("2026-06-01T12:00:00Z")
    wish = Wish(starts_at=at("2026-06-15T20:00:00Z"), customer_name="Jo", customer_phone="(555) 123-4567")
    booked = sqlite_office.do(bookings.book, wish)
    assert sqlite_office.get(messages.about, booked.id)[0].to_number == "+15551234567"
