"""The room's verbs and instants on both databases, without a socket."""

from __future__ import annotations

import dataclasses

import pytest

from callboard.domain.bookings import Features, Status, Wish
from callboard.domain.errors import Invalid, LinkDead, NotAllowed, PlaceTaken, WrongState
from callboard.domain.rooms import PRESENT_FOR, Recording, RoomState
from callboard.services import bookings, links, organizations, recordings, rooms
from support import Clock, Office

AGENT = {"session": "tab-one1.page-one", "server": "here"}
CUSTOMER = {"session": "tab-two2.page-two", "server": "here"}


def book(office: Office, clock: Clock, **features: object) -> str:
    wish = Wish(
        starts_at=clock() + 600,
        duration_minutes=30,
        agent_id=office.agents[0].id,
        customer_name="Robin Vale",
        outside_hours=True,
        features=Features(**features),
    )
    return office.do(bookings.book, wish).id


def test_the_states_in_order_with_their_instants(office: Office, clock: Clock) -> None:
    id_ = book(office, clock)
    assert office.get(rooms.state, id_).state is RoomState.INVITED
    clock.pass_(700)
    room = office.do(rooms.arrive, id_, "customer", **CUSTOMER)
    assert (room.state, room.waiting_at) == (RoomState.WAITING, clock())
    assert room.late_by(clock()) == 100
    assert [r.booking.id for r in office.get(rooms.waiting)] == [id_]
    clock.pass_(5)
    room = office.do(rooms.admit, id_)
    assert (room.state, room.admitted_at) == (RoomState.ADMITTED, clock())
    assert office.get(rooms.waiting) == []
    clock.pass_(5)
    room = office.do(rooms.arrive, id_, "agent", **AGENT)
    assert (room.state, room.joined_at, room.booking.session_started_at) == (RoomState.IN_CALL, clock(), clock())
    clock.pass_(5)
    room = office.do(rooms.hold, id_, "One moment")
    assert (room.state, room.hold_message, room.booking.on_hold_started_at) == (RoomState.ON_HOLD, "One moment", clock())
    clock.pass_(5)
    room = office.do(rooms.resume, id_)
    assert (room.state, room.hold_message, room.booking.on_hold_ended_at) == (RoomState.IN_CALL, "", clock())
    room = office.do(rooms.end, id_)
    assert (room.state, room.booking.status, room.booking.session_ended_at) == (RoomState.ENDED, Status.COMPLETED, clock())
    for verb in (rooms.admit, rooms.message, rooms.hold, rooms.mute):
        with pytest.raises(NotAllowed):
            office.do(verb, id_, *(["customer"] if verb in {rooms.message, rooms.mute} else []))


def test_a_pending_call_becomes_firm_when_it_begins(office: Office, clock: Clock) -> None:
    wish = Wish(
        starts_at=clock() + 600, agent_id=office.agents[0].id, customer_name="R", require_confirmation=True, outside_hours=True
    )
    id_ = office.do(bookings.book, wish).id
    office.do(rooms.arrive, id_, "customer", **CUSTOMER)
    office.do(rooms.arrive, id_, "agent", **AGENT)
    assert office.do(rooms.admit, id_).booking.status is Status.IN_PROGRESS


def test_places(office: Office, clock: Clock) -> None:
    id_ = book(office, clock)
    office.do(rooms.arrive, id_, "customer", **CUSTOMER)
    other = {"session": "tab-three.page-new", "server": "there"}
    with pytest.raises(PlaceTaken):
        office.do(rooms.arrive, id_, "customer", **other)
    again = {"session": "tab-two2.reloaded", "server": "there"}
    assert office.do(rooms.arrive, id_, "customer", **again).presences["customer"].session == "tab-two2.reloaded"
    assert (
        office.do(rooms.depart, id_, "customer", CUSTOMER["session"]).presences["customer"].status == "waiting"
    )  # not theirs now
    assert office.do(rooms.arrive, id_, "customer", **other, move=True).presences["customer"].server == "there"
    clock.pass_(PRESENT_FOR + 1)  # a server that died says nothing
    assert office.get(rooms.waiting) == []
    office.do(rooms.arrive, id_, "customer", **CUSTOMER)
    clock.pass_(PRESENT_FOR - 1)
    office.session.do(rooms.seen, "here")
    clock.pass_(PRESENT_FOR - 1)
    assert office.get(rooms.state, id_).present("customer", clock())
    assert office.do(rooms.depart, id_, "customer", CUSTOMER["session"]).presences["customer"].status == "left"


def test_what_was_never_begun_cannot_end(office: Office, clock: Clock) -> None:
    id_ = book(office, clock)
    for verb in (rooms.end, rooms.hold):
        with pytest.raises(WrongState):
            office.do(verb, id_)
    assert office.get(rooms.state, id_).hold_message == ""


def test_refusals_write_nothing(office: Office, clock: Clock) -> None:
    id_ = book(office, clock)
    with pytest.raises(NotAllowed):
        office.do(rooms.breakout, id_, "customer")
    with pytest.raises(Invalid):
        office.do(rooms.mute, id_, "interpreter")
    with pytest.raises(Invalid):
        office.do(rooms.message, id_, "x" * 2001)
    for verb in (recordings.ask, recordings.stop):
        with pytest.raises(NotAllowed):
            office.do(verb, id_)
    assert office.get(rooms.state, id_).rev == 0


def test_recording_is_asked_given_and_taken_back(office: Office, clock: Clock) -> None:
    id_ = book(office, clock, call_recording=True)
    with pytest.raises(NotAllowed):
        office.do(recordings.ask, id_)  # there is no call yet
    office.do(rooms.admit, id_)
    office.do(rooms.arrive, id_, "customer", **CUSTOMER)
    office.do(rooms.arrive, id_, "agent", **AGENT)
    assert office.do(recordings.consent, id_, given=True).recording is Recording.OFF  # nobody asked
    assert office.do(recordings.ask, id_).recording is Recording.ASKED
    assert office.do(recordings.consent, id_, given=True).recording is Recording.ON
    made = office.do(recordings.begin, id_, "agent", "video/webm;codecs=vp8")
    assert made.path.startswith("recordings/") and made.path.endswith(".webm")  # noqa: PT018 - one fact
    office.do(recordings.appended, id_, made.id, sequence=0, size=10)
    with pytest.raises(NotAllowed):
        office.do(recordings.appended, id_, made.id, sequence=0, size=20)
    assert office.do(recordings.consent, id_, given=False).recording is Recording.REFUSED
    with pytest.raises(NotAllowed):
        office.do(recordings.begin, id_, "agent", "video/webm")
    assert office.do(recordings.finish, id_, made.id).complete
    assert [(r.size, r.chunks) for r in office.get(recordings.listing, id_)] == [(10, 1)]


def test_mail_between_processes(office: Office, clock: Clock) -> None:
    id_ = book(office, clock)
    for n in range(3):
        office.do(rooms.post, id_, "agent", {"type": "chat", "n": n})
    found = office.session.get(rooms.mail, [id_], 0)
    assert [(role, body["n"]) for _, _, role, body in found] == [("agent", 0), ("agent", 1), ("agent", 2)]
    assert office.session.get(rooms.last_mail) == found[-1][0]
    clock.pass_(120)
    office.do(rooms.post, id_, "agent", {"type": "chat", "n": 9})
    assert [body["n"] for *_, body in office.session.get(rooms.mail, [id_], 0)] == [9]


def test_links_follow_their_booking(office: Office, clock: Clock) -> None:
    id_ = book(office, clock)
    booking = office.get(bookings.get, id_)
    url = office.session.get(links.join_url, "https://call.example/", booking, "agent")
    assert url.startswith(f"https://call.example/join/video-call/{id_}?t=a.1.")
    token = url.split("?t=")[1]
    read = lambda: office.session.get(links.read, id_, token)  # noqa: E731
    assert (read().booking.id, read().role) == (id_, "agent")
    assert url == office.session.get(links.join_url, "https://call.example", booking, "agent")
    policy = office.organization.policy
    office.session.do(organizations.update, office.org, policy=dataclasses.replace(policy, link_lifetime_hours=1))
    clock.pass_(600 + 3599)
    assert read().role == "agent"
    clock.pass_(1)
    with pytest.raises(LinkDead) as dead:
        read()
    assert dead.value.kind == "expired"
    clock.pass_(-4000)
    office.do(rooms.revoke_links, id_)
    with pytest.raises(LinkDead) as dead:
        read()
    assert dead.value.kind == "revoked"
    fresh = office.session.get(links.token, office.get(bookings.get, id_), "agent")
    office.do(bookings.cancel, id_)
    with pytest.raises(LinkDead) as dead:
        office.session.get(links.read, id_, fresh)
    assert dead.value.kind == "cancelled"
