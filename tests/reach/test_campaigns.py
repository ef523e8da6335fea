"""Campaigns: who is called next and when, what came of it, lists from files and leads."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callboard.domain import contact_lists
from callboard.domain.bookings import Wish
from callboard.domain.campaigns import ContactWish, check_number, next_open
from callboard.domain.errors import Invalid, NotAllowed, NotFound, SlotTaken
from callboard.domain.hours import parse_hours
from callboard.domain.zones import instant, local, parse_instant
from callboard.services import calls, campaigns, people
from callboard.storage import trail
from support import make_office

NEW_YORK, LOS_ANGELES = "+12125550100", "+14155551212"


def at(text: str) -> int:
    return parse_instant(text, "at")


@pytest.fixture
def running(office, clock):
    """A running campaign of Acme's for the US, Monday noon in New York."""
    clock.set("2026-06-01T16:00:00Z")
    made = office.do(campaigns.add, "Spring", target_country="us", agent_id=office.agents[0].id)
    office.do(campaigns.start, made.id)
    return made


def put(office, campaign, phone=NEW_YORK, name="Alex Smith", **more):
    return office.do(campaigns.add_contact, campaign.id, ContactWish(name=name, phone=phone, **more))[0]


def following(office, campaign, operator="dana"):
    return office.do(campaigns.next_contact, campaign.id, operator)


def types(office) -> list[str]:
    return [e.type for e in office.session.get(trail.since, 0)[0] if e.noun in {"campaign", "contact"}]


# --- numbers and windows ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("(415) 555-1212", "US", ("+14155551212", "valid")),
        ("+14155551212", "US", ("+14155551212", "valid")),
        ("5551234567", "US", ("+15551234567", "valid")),
        ("+1 416 555 0123", "US", ("+14165550123", "wrong_country")),
        ("+49 30 123456", "US", ("+4930123456", "wrong_country")),
        ("030 123456", "DE", ("+4930123456", "valid")),
        ("+90 532 123 45 67", "TR", ("+905321234567", "valid")),
        ("12", "US", ("+112", "invalid")),
        ("call me", "US", ("call me", "invalid")),
        ("+1 415 555 1212 ext. 5", "US", ("+1 415 555 1212 ext. 5", "invalid")),
    ],
)
def test_numbers_are_checked_for_the_target_country(text, country, expected):
    assert check_number(text, country) == expected


@settings(max_examples=300, deadline=None)
@given(
    st.integers(at("2026-03-01T00:00:00Z"), at("2026-11-30T00:00:00Z")),
    st.sampled_from(["America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    st.sampled_from(["mon-fri 09:00-17:00", "sat 22:00-06:00", "sun 01:30-02:30", "wed 09:00-09:15,13:00-14:00"]),
)
def test_the_next_open_instant_is_the_first_minute_inside_the_window(now, zone, text):
    hours = parse_hours(text)
    opens = next_open(hours, zone, now)

    def inside(t: int) -> bool:
        wall = local(t, zone)
        for back in (0, 1):
            day = wall.date().fromordinal(wall.date().toordinal() - back)
            for a, b in hours.days[day.weekday()]:
                if instant(day, a, zone) <= t < instant(day, b, zone):
                    return True
        return False

    assert opens >= now
    assert inside(opens)
    if opens > now:
        step = max(60, (opens - now) // 400)
        assert not any(inside(t) for t in range(now, opens - 1, step))
        assert not inside(opens - 1)


# --- the campaign itself ----------------------------------------------------------------------------------------------
def test_a_campaign_starts_pauses_goes_on_and_finishes(office, running):
    put(office, running)
    office.do(campaigns.pause, running.id)
    with pytest.raises(NotAllowed, match="the campaign is paused"):
        following(office, running)
    office.do(campaigns.start, running.id)
    assert following(office, running).contact is not None
    office.do(campaigns.finish, running.id)
    for verb in (campaigns.start, campaigns.pause, campaigns.finish):
        with pytest.raises(NotAllowed, match="finished"):
            office.do(verb, running.id)
    with pytest.raises(NotAllowed, match="finished"):
        put(office, running, LOS_ANGELES)
    assert [t for t in types(office) if t.startswith("campaign.")] == [
        "campaign.created",
        "campaign.started",
        "campaign.paused",
        "campaign.started",
        "campaign.finished",
    ]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("target_country", {"target_country": "XX"}),
        ("name", {"name": "  "}),
        ("window", {"window": ""}),
        ("hours", {"window": "mon 25:00-26:00"}),
        ("max_attempts", {"max_attempts": 0}),
        ("pace_per_hour", {"pace_per_hour": 0}),
        ("spacing_minutes", {"spacing_minutes": -1}),
    ],
)
def test_what_cannot_be_is_refused_by_name(sqlite_office, field, values):
    given = {"name": "Spring", "target_country": "US"} | values
    name = given.pop("name")
    with pytest.raises(Invalid) as refused:
        sqlite_office.do(campaigns.add, name, **given)
    assert refused.value.field == field
    assert sqlite_office.get(campaigns.listing) == []


def test_its_agent_must_be_outbound_and_the_organizations(sqlite_desk):
    one, two = make_office(sqlite_desk), make_office(sqlite_desk, "Bolt Dental")
    inbound = one.hire("Ina", direction="inbound")
    with pytest.raises(Invalid, match="outbound"):
        one.do(campaigns.add, "A", target_country="US", agent_id=inbound.id)
    with pytest.raises(NotFound):
        two.do(campaigns.add, "B", target_country="US", agent_id=one.agents[0].id)


# --- contacts ---------------------------------------------------------------------------------------------------------
def test_a_contact_is_a_person_the_screen_pop_finds(office, running):
    made = put(office, running, phone="(415) 555-1212", interest="implants", city="San Francisco", email="Alex@Example.com")
    assert (made.phone, made.validation, made.status) == (LOS_ANGELES, "valid", "pending")
    assert made.timezone == "America/Los_Angeles"
    seen = office.get(calls.lookup, "415-555-1212")
    assert (seen.person.id, seen.person.name, seen.person.is_lead) == (made.person_id, "Alex Smith", True)
    assert (seen.person.interest, seen.person.city) == ("implants", "San Francisco")


def test_the_same_number_twice_is_one_contact_and_one_person(office, running):
    first, new = office.do(campaigns.add_contact, running.id, ContactWish(name="Alex", phone=LOS_ANGELES))
    again, newer = office.do(campaigns.add_contact, running.id, ContactWish(name="Alexander", phone="415 555 1212"))
    assert (first.id, new, newer) == (again.id, True, False)
    other = office.do(campaigns.add, "Autumn", target_country="US")
    elsewhere = put(office, other, phone=LOS_ANGELES)
    assert elsewhere.person_id == first.person_id
    assert types(office).count("contact.added") == 2


@pytest.mark.parametrize(("phone", "validation"), [("+493012345678", "wrong_country"), ("12", "invalid"), ("none", "invalid")])
def test_a_number_that_is_not_the_countrys_is_kept_and_never_called(office, running, phone, validation):
    made = put(office, running, phone=phone)
    assert (made.status, made.validation, made.due_at) == ("invalid", validation, None)
    assert following(office, running).reason == "nobody is left to call"
    with pytest.raises(NotAllowed):
        office.do(campaigns.dial, made.id)


# --- who is next ------------------------------------------------------------------------------------------------------
def test_nobody_is_called_outside_their_own_hours(office, running, clock):
    put(office, running, phone=LOS_ANGELES)
    clock.set("2026-06-01T15:59:59Z")  # 08:59:59 in Los Angeles, noon in New York
    waits = following(office, running)
    assert (waits.contact, waits.wait_until, waits.reason) == (None, at("2026-06-01T16:00:00Z"), "nobody may be called yet")
    clock.pass_(1)
    assert following(office, running).contact.phone == LOS_ANGELES


def test_a_window_narrowed_after_the_contact_was_added_counts(office, running, clock):
    put(office, running)
    office.do(campaigns.update, running.id, window="tue 10:00-11:00")
    waits = following(office, running)
    assert waits.wait_until == at("2026-06-02T14:00:00Z")


def test_two_operators_never_get_the_same_person(office, running):
    for n in range(40):
        put(office, running, phone=f"+1212555{1000 + n}", name=f"P{n}")
    gate = threading.Barrier(8)

    def take(n: int) -> list[str]:
        gate.wait()
        got = []
        for k in range(5):
            handed = following(office, running, f"op{n}-{k}")
            got.append(handed.contact.id)
        return got

    with ThreadPoolExecutor(8) as pool:
        found = [id_ for got in pool.map(take, range(8)) for id_ in got]
    assert len(found) == len(set(found)) == 40


def test_asked_again_before_the_outcome_it_is_the_same_contact(office, running):
    put(office, running)
    put(office, running, phone=LOS_ANGELES)
    first = following(office, running).contact
    assert following(office, running).contact.id == first.id
    assert following(office, running).contact.attempts == 1
    with pytest.raises(NotAllowed, match="is with dana now"):
        office.do(campaigns.set_outcome, first.id, "qualified", operator="lee")


def test_a_contact_its_operator_walked_away_from_comes_back(office, running, clock):
    first = put(office, running)
    following(office, running)
    clock.pass_(1799)
    assert following(office, running, "lee").contact is None
    clock.pass_(1)
    taken = following(office, running, "lee").contact
    assert (taken.id, taken.attempts, taken.claimed_by) == (first.id, 2, "lee")


def test_a_contact_given_back_counts_no_try(office, running):
    made = put(office, running)
    following(office, running)
    freed = office.do(campaigns.release, made.id, operator="dana")
    assert (freed.status, freed.attempts) == ("pending", 0)


def test_tries_keep_their_distance_and_end(office, running, clock):
    made = put(office, running)
    for n in range(3):
        handed = following(office, running)
        assert handed.contact.attempts == n + 1
        done = office.do(campaigns.set_outcome, made.id, "no_answer")
        if n < 2:
            assert following(office, running).wait_until == done.due_at
            assert done.due_at >= clock.now + 240 * 60
            clock.now = done.due_at
    assert (done.status, done.due_at) == ("exhausted", None)
    assert types(office).count("contact.exhausted") == 1
    assert following(office, running).reason == "nobody is left to call"


def test_the_next_try_waits_for_the_morning(office, running, clock):
    made = put(office, running)
    clock.set("2026-06-01T22:00:00Z")  # 18:00; four hours later the window has closed
    following(office, running)
    done = office.do(campaigns.set_outcome, made.id, "busy")
    assert done.due_at == at("2026-06-02T13:00:00Z")


def test_the_pace_holds_for_all_operators_together(office, clock):
    clock.set("2026-06-01T16:00:00Z")
    slow = office.do(campaigns.add, "Slow", target_country="US", pace_per_hour=2)
    office.do(campaigns.start, slow.id)
    for n in range(4):
        put(office, slow, phone=f"+1212555{2000 + n}")
    assert following(office, slow, "a").contact
    clock.pass_(600)
    assert following(office, slow, "b").contact
    waits = following(office, slow, "c")
    assert (waits.contact, waits.wait_until) == (None, at("2026-06-01T17:00:00Z"))
    clock.set("2026-06-01T17:00:00Z")
    assert following(office, slow, "c").contact


def test_do_not_call_is_checked_in_the_claim(office, running):
    made = put(office, running)
    office.do(people.update, made.person_id, do_not_call=True)
    assert following(office, running).contact is None
    assert office.get(campaigns.contact, made.id).status == "do_not_call"


def test_who_says_do_not_call_is_called_by_no_campaign(office, running):
    other = office.do(campaigns.add, "Autumn", target_country="US")
    office.do(campaigns.start, other.id)
    made = put(office, running)
    put(office, other)
    following(office, running)
    office.do(campaigns.set_outcome, made.id, "do_not_call")
    assert following(office, other).contact is None
    with pytest.raises(NotAllowed, match="asked not to be called"):
        office.do(calls.initiate, to=NEW_YORK)


# --- outcomes ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("outcome", ["qualified", "not_interested"])
def test_an_outcome_is_final_and_an_event(office, running, outcome):
    made = put(office, running)
    following(office, running)
    done = office.do(campaigns.set_outcome, made.id, outcome, notes="spoke to her")
    assert (done.status, done.due_at, done.notes, done.claimed_by) == (outcome, None, "spoke to her", None)
    assert types(office)[-1] == f"contact.{outcome}"
    with pytest.raises(NotAllowed, match="has its outcome"):
        office.do(campaigns.set_outcome, made.id, "no_answer")


def test_a_callback_is_a_dated_task_and_comes_first(office, running, clock):
    made = put(office, running)
    following(office, running)
    when = at("2026-06-02T12:30:00Z")  # before the window opens: their own wish
    with pytest.raises(Invalid, match="callback_at"):
        office.do(campaigns.set_outcome, made.id, "callback_requested")
    with pytest.raises(Invalid, match="callback_at"):
        office.do(campaigns.set_outcome, made.id, "callback_requested", callback_at=clock.now)
    office.do(campaigns.set_outcome, made.id, "callback_requested", callback_at=when)
    assert [c.callback_at for c in office.get(campaigns.callbacks)] == [when]
    put(office, running, phone="+12125550199")
    clock.now = when
    assert following(office, running).contact.id == made.id
    assert types(office).count("contact.callback_requested") == 1


def test_a_qualified_contact_becomes_a_booking_both_or_neither(office, running):
    made = put(office, running, phone=LOS_ANGELES)
    following(office, running)
    starts = at("2026-06-02T15:00:00Z")
    done, booking = office.do(campaigns.qualify, made.id, Wish(starts_at=starts, duration_minutes=30))
    assert (done.status, done.booking_id, booking.person_id) == ("qualified", booking.id, made.person_id)
    assert (booking.customer_phone, booking.timezone) == (LOS_ANGELES, "America/Los_Angeles")
    second = put(office, running)
    following(office, running)
    with pytest.raises(SlotTaken):
        office.do(campaigns.qualify, second.id, Wish(starts_at=starts, agent_id=booking.agent_id))
    assert office.get(campaigns.contact, second.id).status == "calling"


def test_a_call_to_a_contact_knows_it(office, running):
    made = put(office, running)
    following(office, running)
    call = office.do(campaigns.dial, made.id, operator="dana")
    assert (call.to_number, call.campaign_contact_id, call.person_id) == (NEW_YORK, made.id, made.person_id)


def test_standings_count_by_status(office, running):
    put(office, running)
    put(office, running, phone="+493012345678")
    [standing] = office.get(campaigns.listing)
    assert (standing.total, dict(standing.counts)) == (2, {"pending": 1, "invalid": 1})


def test_another_organizations_campaign_and_contact_are_not_found(sqlite_desk, clock):
    one, two = make_office(sqlite_desk), make_office(sqlite_desk, "Bolt Dental")
    made = one.do(campaigns.add, "Spring", target_country="US")
    contact = put(one, made)
    for verb in (campaigns.get, campaigns.start, campaigns.standing):
        with pytest.raises(NotFound):
            two.do(verb, made.id)
    with pytest.raises(NotFound):
        two.do(campaigns.set_outcome, contact.id, "qualified")
    with pytest.raises(NotFound):
        put(two, made)
    assert two.get(campaigns.contacts) == []


# --- lists ------------------------------------------------------------------------------------------------------------
def read(text: str | bytes, country="US", **chosen):
    sheet = contact_lists.read(text if isinstance(text, bytes) else text.encode(), chosen)
    made = [w for _, w in contact_lists.wishes(sheet, country)]
    good = [w for w in made if isinstance(w, ContactWish)]
    return sheet, good, [w for w in made if isinstance(w, contact_lists.Refused)]


def test_columns_are_guessed_by_the_words_people_use():
    sheet, good, bad = read("First Name;Last Name;Mobile Phone;E-Mail;Treatment\nAlex;Smith;(415) 555-1212;a@b.co;implants\n")
    assert sheet.named() == {
        "first_name": "First Name",
        "last_name": "Last Name",
        "phone": "Mobile Phone",
        "email": "E-Mail",
        "interest": "Treatment",
    }
    assert (good[0].name, good[0].phone, good[0].interest, bad) == ("Alex Smith", LOS_ANGELES, "implants", [])


def test_a_column_of_numbers_is_found_without_its_word():
    sheet, good, _ = read("Kunde,Rufnr\nAnna,030 123456\nBert,030 123457\n", country="DE")
    assert sheet.named()["phone"] == "Rufnr"
    assert [w.phone for w in good] == ["+4930123456", "+4930123457"]


def test_refused_lines_say_why():
    lines = [
        "A,415 555 1212,",
        "B,,",
        "C,12,",
        "D,+49 30 123456,",
        "E,+14155551212,",
        "F,4155551213,nope",
        "",
        "G,4155551214,g@h.io",
    ]
    text = "\n".join(["name,phone,email", *lines])
    _, good, bad = read(text)
    assert [w.name for w in good] == ["A", "G"]
    assert [(r.line, r.reason) for r in bad] == [
        (3, "no telephone number"),
        (4, "12 is no number"),
        (5, "+49 30 123456 is not a number of US"),
        (6, "+14155551212 stands in line 2 already"),
        (7, "nope is no e-mail address"),
    ]


@pytest.mark.parametrize(
    "raw",
    [
        "name\tphone\nJosé\t4155551212\n".encode("utf-16"),
        "name;phone\nJosé;4155551212\n".encode("cp1252"),
        b"\xef\xbb\xbf" + 'name,phone\n"José",4155551212\r\n'.encode(),
    ],
)
def test_what_spreadsheets_write_is_read(raw):
    assert read(raw)[1][0].name == "José"


@pytest.mark.parametrize(
    ("text", "chosen", "why"),
    [
        ("", {}, "is empty"),
        ("name,city\nA,B\n", {}, "has no column of telephone numbers among name, city"),
        ("name,phone\nA,1\n", {"phone": "Tel"}, "there is no column 'Tel'; there are name, phone"),
        ("name,phone\nA,1\n", {"fax": "phone"}, "'fax' is not a field"),
    ],
)
def test_a_list_that_cannot_be_read_says_why(text, chosen, why):
    with pytest.raises(Invalid, match=why):
        read(text, **chosen)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(raw):
    with contextlib.suppress(Invalid):
        read(raw)


def test_leads_fill_a_campaign_once(office, running):
    office.do(people.add, full_name="Ann", phone=NEW_YORK, is_lead=True, interest="implants")
    office.do(people.add, full_name="Bob", phone=LOS_ANGELES, is_lead=True)
    office.do(people.add, full_name="Cat", email="c@d.co", is_lead=True)
    first = office.do(campaigns.add_leads, running.id, interest="implants")
    assert (first.added, first.known) == (1, 0)
    second = office.do(campaigns.add_leads, running.id)
    assert (second.added, second.known) == (1, 1)
