"""Outside calendars become busy time; our bookings become a feed. Both through real HTTP."""

from __future__ import annotations

import re

import httpx
import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callboard.domain.blocks import Block
from callboard.domain.bookings import Booking, Move, Status, Wish
from callboard.domain.errors import Invalid, NotFound, SlotBlocked
from callboard.domain.zones import instant, iso, local_day, parse_instant
from callboard.services import availability, blocks, bookings, calendars, ics
from callboard.storage import trail
from reach.calendar_peer import CalendarPeer
from reach.calendar_peer import ics as file
from reach.conftest import book_on, configure, settle_calendars
from support import make_office

NOW = "2026-06-01T12:00:00Z"
LUNCH = "UID:lunch@x\nSUMMARY:Lunch\nDTSTART;TZID=America/New_York:20260602T120000\nDTEND;TZID=America/New_York:20260602T130000"
WEEKLY = (
    "UID:w@x\nSUMMARY:Stand-up\nDTSTART;TZID=America/New_York:20261005T090000\nDTEND;TZID=America/New_York:20261005T091500\n"
    "RRULE:FREQ=WEEKLY;COUNT=8"
)


def at(text: str) -> int:
    return parse_instant(text, "at")


def read(*events: str, zone: str = "America/New_York", now: str = NOW) -> list[tuple[str, str, str]]:
    found = ics.read(file(*events, zone=zone), now=at(now), default_zone="UTC")
    return [(iso(b.starts_at), iso(b.ends_at), b.title) for b in found]


# --- reading ----------------------------------------------------------------------------------------------------------
def test_a_single_event_in_its_zone():
    assert read(LUNCH) == [("2026-06-02T16:00:00Z", "2026-06-02T17:00:00Z", "Lunch")]


def test_a_weekly_event_keeps_its_wall_clock_over_the_change_to_winter_time():
    starts = [s for s, _, _ in read(WEEKLY)]
    assert starts[:5] == [f"2026-10-{d:02d}T13:00:00Z" for d in (5, 12, 19, 26)] + ["2026-11-02T14:00:00Z"]
    assert len(starts) == 8


@pytest.mark.parametrize("line", ["STATUS:CANCELLED", "TRANSP:TRANSPARENT", "DTEND;TZID=America/New_York:20260602T120000"])
def test_what_is_off_transparent_or_without_length_blocks_nothing(line):
    event = LUNCH if not line.startswith("DTEND") else LUNCH.rsplit("\n", 1)[0]
    assert read(f"{event}\n{line}") == []


def test_one_occurrence_moved_one_cancelled_one_left_out():
    moved = "UID:w@x\nSUMMARY:Stand-up late\nRECURRENCE-ID;TZID=America/New_York:20261012T090000\nDTSTART;TZID=America/New_York:20261012T110000\nDTEND;TZID=America/New_York:20261012T111500"  # noqa: E501
    off = "UID:w@x\nSTATUS:CANCELLED\nRECURRENCE-ID;TZID=America/New_York:20261019T090000\nDTSTART;TZID=America/New_York:20261019T090000\nDTEND;TZID=America/New_York:20261019T091500"  # noqa: E501
    found = read(WEEKLY + "\nEXDATE;TZID=America/New_York:20261026T090000", moved, off)
    assert [s for s, _, _ in found][:3] == ["2026-10-05T13:00:00Z", "2026-10-12T15:00:00Z", "2026-11-02T14:00:00Z"]
    assert len(found) == 6


def test_all_day_and_floating_events_live_in_the_calendars_zone():
    day = "UID:d@x\nSUMMARY:Off\nDTSTART;VALUE=DATE:20260603\nDTEND;VALUE=DATE:20260604"
    floating = "UID:f@x\nSUMMARY:Float\nDTSTART:20260604T090000\nDTEND:20260604T100000"
    assert read(day, floating, zone="Asia/Tokyo") == [
        ("2026-06-02T15:00:00Z", "2026-06-03T15:00:00Z", "Off"),
        ("2026-06-04T00:00:00Z", "2026-06-04T01:00:00Z", "Float"),
    ]


def test_an_event_told_by_duration_and_one_begun_before_the_horizon():
    long = "UID:l@x\nSUMMARY:Trip\nDTSTART:20260525T000000Z\nDURATION:P10D"
    assert read(long) == [("2026-05-25T00:00:00Z", "2026-06-04T00:00:00Z", "Trip")]


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 23),
    st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo"]),
    st.integers(15, 240),
    st.integers(1, 3),
)
def test_daily_expansion_is_the_wall_clock_day_by_day(hour, zone, minutes, every):
    """The oracle counts days of the wall clock and converts each by the zone's own rules."""
    event = f"UID:o@x\nSUMMARY:O\nDTSTART;TZID={zone}:20260601T{hour:02d}0000\nDURATION:PT{minutes}M\nRRULE:FREQ=DAILY;INTERVAL={every};COUNT=200"  # noqa: E501
    now = at("2026-05-20T00:00:00Z")
    found = ics.read(file(event), now=now, default_zone="UTC")
    first = local_day(at("2026-06-01T12:00:00Z"), "UTC")
    wanted = [instant(first.fromordinal(first.toordinal() + every * n), hour * 60, zone) for n in range(200)]
    wanted = [w for w in wanted if w < now + 400 * 86400]
    # An hour the clock skips or repeats has more than one right answer; days with neither are nearly all.
    same = sum(a.starts_at == b for a, b in zip(found, wanted, strict=True))
    assert same >= len(wanted) - 2
    assert {b.ends_at - b.starts_at - minutes * 60 for b in found} <= {0, 3600, -3600, 1800, -1800}


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "not an iCalendar"),
        (b"<html>BEGIN</html>", "not an iCalendar"),
        (file("UID:s@x\nDTSTART:20260601T000000Z\nRRULE:FREQ=SECONDLY"), "every minute or second"),
    ],
)
def test_what_is_no_calendar_or_too_much_is_refused(raw, why):
    with pytest.raises(Invalid, match=why):
        ics.read(raw, now=at(NOW), default_zone="UTC")


def test_too_many_events_are_refused(monkeypatch):
    monkeypatch.setattr(ics, "MAX_BUSY", 7)
    with pytest.raises(Invalid, match="more than 7 events"):
        read(WEEKLY)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "DTSTART:20260602T160000Z",
                "DTSTART;VALUE=DATE:99999999",
                "DTEND:garbage",
                "RRULE:FREQ=DAILY;UNTIL=x",
                "DURATION:-P1D",
                "UID:",
                "RRULE:FREQ=YEARLY;BYMONTH=13",
                "RECURRENCE-ID:1",
                "DTSTART;TZID=Mars/Base:20260602T090000",
                "EXDATE:;;",
                "SUMMARY:\\n\\,",
            ]
        ),
        max_size=6,
    )
)
def test_crooked_files_are_read_or_refused(lines):
    try:
        ics.read(file("\n".join(lines) or "UID:x"), now=at(NOW), default_zone="UTC")
    except Invalid:
        return


# --- following --------------------------------------------------------------------------------------------------------
@pytest.fixture
def peer():
    made = CalendarPeer(body=file(LUNCH))
    yield made
    made.close()


@pytest.fixture
def home(desk, clock):
    """Acme with one agent, on both databases; private addresses allowed, for the peer is on loopback."""
    clock.set(NOW)
    configure(desk, allow_private_webhooks=True)
    return make_office(desk)


def busy(office) -> list[Block]:
    return office.get(blocks.listing, at("2026-05-01T00:00:00Z"), at("2027-06-01T00:00:00Z"))


def test_a_followed_calendar_closes_the_slots_it_covers(home, peer):
    agent = home.agents[0]
    made = home.do(calendars.add, "Dana's Google", f"{peer.url}/dana.ics", agent_id=agent.id)
    settle_calendars(home.desk)
    seen = home.get(calendars.get, made.id)
    assert (seen.status, seen.busy, seen.last_error) == ("fresh", 1, None)
    slots = home.get(availability.open_slots, at("2026-06-02T13:00:00Z"), at("2026-06-02T21:00:00Z"), duration_minutes=60)
    assert at("2026-06-02T16:00:00Z") not in [s.starts_at for s in slots]
    wish = Wish(starts_at=at("2026-06-02T16:30:00Z"), agent_id=agent.id, customer_name="Jo")
    with pytest.raises(SlotBlocked, match="Lunch"):
        home.as_api().do(bookings.book, home.org, wish)


def test_an_unchanged_calendar_is_asked_for_with_its_etag_and_keeps_its_blocks(home, peer, clock):
    home.do(calendars.add, "C", f"{peer.url}/c.ics")
    settle_calendars(home.desk)
    before = busy(home)
    clock.pass_(900)
    settle_calendars(home.desk)
    assert peer.asked[0] is None
    assert peer.asked[1] is not None
    assert busy(home) == before
    clock.pass_(8 * 86400)
    settle_calendars(home.desk)
    assert peer.asked[-1] is None  # a week later it is read anew: the horizon has moved


def test_a_change_moves_its_block_and_a_vanished_event_takes_it_away(home, peer, clock):
    made = home.do(calendars.add, "C", f"{peer.url}/c.ics")
    settle_calendars(home.desk)
    [first] = busy(home)
    other = LUNCH.replace("lunch@x", "other@x").replace("T12", "T15").replace("T13", "T16")
    peer.body = file(LUNCH.replace("T130000", "T133000"), other)
    clock.pass_(900)
    settle_calendars(home.desk)
    lunch, second = busy(home)
    assert (lunch.id, lunch.rev, iso(lunch.ends_at)) == (first.id, 2, "2026-06-02T17:30:00Z")
    peer.body = file(other)
    clock.pass_(900)
    settle_calendars(home.desk)
    assert [b.id for b in busy(home)] == [second.id]
    home.do(calendars.remove, made.id)
    assert (busy(home), home.get(calendars.listing)) == ([], [])


@pytest.mark.parametrize(("status", "body"), [(500, b""), (404, b""), (200, b"<html>sign in</html>")])
def test_a_failing_calendar_keeps_its_blocks_and_becomes_stale(home, peer, clock, status, body):
    made = home.do(calendars.add, "C", f"{peer.url}/c.ics")
    settle_calendars(home.desk)
    peer.status, peer.body = status, body or peer.body
    clock.pass_(900)
    settle_calendars(home.desk)
    seen = home.get(calendars.get, made.id)
    assert (seen.status, seen.due_at - clock.now, len(busy(home))) == ("failed", 300, 1)
    assert seen.last_error == ("is not an iCalendar file" if body else f"its server answered {status}")
    for _ in range(5):
        clock.pass_(6 * 3600)
        settle_calendars(home.desk)
    assert home.get(calendars.get, made.id).status == "stale"
    assert len(busy(home)) == 1
    happened = [e.type for e in home.session.get(trail.since, 0)[0]]
    assert happened.count("calendar.stale") == 1
    peer.status, peer.body = 200, file(LUNCH)
    clock.pass_(3600)
    settle_calendars(home.desk)
    assert home.get(calendars.get, made.id).status == "fresh"


def test_redirects_are_followed_and_private_addresses_are_not_dialled(home, peer, clock):
    peer.location = f"{peer.url}/real.ics"
    made = home.do(calendars.add, "C", f"{peer.url}/moved.ics")
    settle_calendars(home.desk)
    assert home.get(calendars.get, made.id).status == "fresh"
    configure(home.desk, allow_private_webhooks=False)
    asked = len(peer.asked)
    blocked = home.do(calendars.add, "D", f"{peer.url}/d.ics")
    settle_calendars(home.desk)
    seen = home.get(calendars.get, blocked.id)
    assert (seen.status, seen.last_error, len(peer.asked)) == ("failed", "the address is not allowed", asked)


def test_a_file_is_taken_once(home):
    made = home.do(calendars.import_file, "Exported", file(LUNCH, WEEKLY))
    assert (made.status, made.busy, made.due_at, len(busy(home))) == ("fresh", 9, None, 9)
    with pytest.raises(Invalid):
        home.do(calendars.import_file, "Bad", b"no")
    assert len(home.get(calendars.listing)) == 1


@pytest.mark.parametrize(
    "url", ["ftp://x/y.ics", "https://", "https://me:secret@x/y.ics", "file:///etc/passwd", "https://x:99999/", "x"]
)
def test_addresses_that_are_none_are_refused(sqlite_office, url):
    with pytest.raises(Invalid, match="url"):
        sqlite_office.do(calendars.add, "C", url)


def test_webcal_means_https(sqlite_office):
    assert sqlite_office.do(calendars.add, "C", "webcal://example.com/c.ics").url == "https://example.com/c.ics"


def test_another_organizations_calendar_is_not_found(sqlite_desk):
    one, two = make_office(sqlite_desk), make_office(sqlite_desk, "Bolt Dental")
    made = one.do(calendars.add, "C", "https://example.com/c.ics")
    for verb in (calendars.get, calendars.remove, calendars.refresh):
        with pytest.raises(NotFound):
            two.do(verb, made.id)


# --- our feed ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def fed(acme, clock):
    clock.set(NOW)
    return book_on(acme, notes="third floor")


def events(url: str) -> dict[str, icalendar.Event]:
    answer = httpx.get(url, trust_env=False)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    return {str(e["uid"]): e for e in icalendar.Calendar.from_ical(answer.content).walk("VEVENT")}


def test_the_uid_stays_and_the_sequence_rises_with_every_change(acme, fed):
    url = acme.get(calendars.feed_url)
    uid = f"{fed.id}@callboard"
    event = events(url)[uid]
    assert (event["sequence"], event.start.isoformat(), event["status"]) == (1, "2026-06-15T20:00:00+00:00", "CONFIRMED")
    assert "third floor" in event["description"]
    assert f"/join/video-call/{fed.id}?t=a." in event["url"]
    acme.do(bookings.move, fed.id, Move(starts_at=at("2026-06-16T20:00:00Z")))
    event = events(url)[uid]
    assert (event["sequence"], event.start.isoformat()) == (2, "2026-06-16T20:00:00+00:00")
    acme.do(bookings.cancel, fed.id)
    event = events(url)[uid]
    assert (event["sequence"], event["status"], event["transp"]) == (3, "CANCELLED", "TRANSPARENT")
    assert "url" not in event


def test_an_agents_feed_holds_that_agents_bookings_alone(acme, fed):
    lee = acme.hire("Lee")
    theirs = book_on(acme, agent_id=lee.id, customer_phone="5557654321")
    assert set(events(acme.get(calendars.feed_url, lee.id))) == {f"{theirs.id}@callboard"}
    assert set(events(acme.get(calendars.feed_url))) == {f"{fed.id}@callboard", f"{theirs.id}@callboard"}


def test_a_reader_with_the_newest_copy_is_told_so(acme, fed):
    url = acme.get(calendars.feed_url)
    tag = httpx.get(url, trust_env=False).headers["etag"]
    same = httpx.get(url, headers={"If-None-Match": f"W/{tag}"}, trust_env=False)
    assert (same.status_code, same.content) == (304, b"")
    acme.do(bookings.cancel, fed.id)
    assert httpx.get(url, headers={"If-None-Match": tag}, trust_env=False).status_code == 200


def test_one_feeds_address_is_revoked_and_the_others_stay(acme, fed):
    lee = acme.hire("Lee")
    urls = [acme.get(calendars.feed_url), acme.get(calendars.feed_url, lee.id)]
    new = acme.do(calendars.revoke_feed, lee.id)
    assert [httpx.get(url, trust_env=False).status_code for url in (*urls, new)] == [200, 404, 200]
    newest = acme.do(calendars.revoke_feed, lee.id)
    assert newest == acme.get(calendars.feed_url, lee.id)
    assert [httpx.get(url, trust_env=False).status_code for url in (urls[1], new, newest)] == [404, 404, 200]
    assert acme.get(calendars.feed_version, lee.id) == 2
    with pytest.raises(NotFound):
        acme.do(calendars.revoke_feed, "0" * 24)


def test_a_token_that_is_not_ours_opens_nothing(acme, fed):
    url = acme.get(calendars.feed_url)
    base, token = url.rsplit("/", 1)
    forged = token.replace("all", acme.agents[0].id)
    for bad in (forged, "x.ics", token[:-6] + "AA.ics", "%00.ics", "a.b.c.ics"):
        assert httpx.get(f"{base}/{bad}", trust_env=False).status_code == 404
    with pytest.raises(NotFound):
        acme.get(calendars.feed_url, "0" * 24)


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=90),
)
def test_any_words_survive_the_feed(notes, name):
    """The library as the reader: what we escape and fold, it gives back; no line is longer than 75 octets."""
    told = {"notes": notes, "title": name, "status": Status.SCHEDULED}
    booking = Booking(id="0" * 24, organization_id="", agent_id="", starts_at=0, duration_minutes=30, **told)
    raw = ics.write(name, [ics.Entry(booking=booking, agent_name="Dana", join_url="https://x/join")])
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    [event] = icalendar.Calendar.from_ical(raw).walk("VEVENT")
    kept = re.sub(r"[\x00-\x09\x0b-\x1f\x7f]", "", notes.replace("\r\n", "\n"))
    assert str(event["description"]).split("\nJoin:")[0] == kept or not kept
    assert str(event["summary"]) == name or not name


def test_our_own_feed_read_back_is_the_bookings(acme, fed):
    """Round trip: what we write, our own reader makes busy time of."""
    raw = httpx.get(acme.get(calendars.feed_url), trust_env=False).content
    [found] = ics.read(raw, now=at(NOW), default_zone="UTC")
    assert (found.starts_at, found.ends_at) == (fed.starts_at, fed.ends_at)
