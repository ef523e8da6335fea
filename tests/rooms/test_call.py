"""A call from the first click to the last, by two peers without a browser, with an operator in another process's shoes."""

from __future__ import annotations

import asyncio

import pytest

from callboard.domain.bookings import Features, Status
from callboard.domain.rooms import RoomState
from callboard.services import bookings, rooms
from callboard.services.service import Desk
from callboard.web.rooms import hub
from rooms.house import Place, Server
from rooms.peers import Page


async def test_from_the_waiting_room_to_the_end(place: Place) -> None:
    booking = place.book(starts_in=600, features=Features(bandwidth_kbps=600))
    assert place.office.get(rooms.state, booking.id).state is RoomState.INVITED
    async with Page(place, booking, "customer") as customer, Page(place, booking, "agent") as agent:
        await customer.join()
        assert (customer.room["state"], customer.room["place"], customer.room["peers"]) == ("waiting", "waiting", [])
        assert [r.booking.id for r in place.office.get(rooms.waiting)] == [booking.id]
        assert not customer.of("ticket")
        await agent.join()
        assert agent.room["customer"]["place"] == "waiting"
        await agent.say("admit")
        await customer.until(lambda: customer.frames > 3)
        await agent.until(lambda: agent.frames > 3)
        assert agent.room["state"] == customer.room["state"] == "in_call"
        stored = place.office.get(bookings.get, booking.id)
        assert stored.status is Status.IN_PROGRESS
        assert stored.session_started_at == agent.room["startedAt"] is not None
        assert "b=AS:" in next(m for m in customer.of("signal") if "description" in m)["description"]["sdp"]

        await agent.say("hold", text="One moment, please.")
        await customer.until(lambda: customer.room["state"] == "on_hold")
        assert customer.room["holdMessage"] == "One moment, please."
        assert place.office.get(bookings.get, booking.id).on_hold_started_at == customer.room["heldAt"]
        await agent.say("resume")
        await customer.until(lambda: customer.room["state"] == "in_call")

        await agent.say("end")
        await customer.until(lambda: customer.room["state"] == "ended")
    stored = place.office.get(bookings.get, booking.id)
    assert stored.status is Status.COMPLETED
    assert stored.session_ended_at >= stored.session_started_at
    assert stored.on_hold_ended_at is not None


async def test_the_operator_acts_from_another_process(any_place: Place) -> None:
    """A second desk on the same file, as a console beside the server is: it hears of the page, and the page of it.

    How soon is what ``tests/bench/test_rooms.py`` measures: here a second would be a measure of the machine's other work.
    """
    place = any_place
    booking = place.book()
    console = Desk(place.office.desk.settings, clock=place.clock)
    heard: list[bool] = []
    console.subscribe(lambda a: heard.append(True) if "room" in a.nouns else None)
    session = console.acting(place.office.session.actor)

    def do(verb, *args, **kwargs):  # the console's thread is not the test's loop
        return asyncio.to_thread(session.do, verb, place.org, booking.id, *args, **kwargs)

    try:
        async with Page(place, booking, "customer") as customer, Page(place, booking, "agent") as agent:
            await customer.join(media=False)
            await customer.until(lambda: bool(heard))
            await do(rooms.message, "We will be with you in a minute.")
            await customer.until(lambda: customer.room["note"] == "We will be with you in a minute.")
            await agent.join(media=False)
            await do(rooms.admit)
            await customer.until(lambda: customer.room["state"] == "in_call")
            await do(rooms.mute, "customer")
            await customer.until(lambda: customer.room["muted"])
            await agent.until(lambda: agent.room["peers"][0]["muted"])
            await do(rooms.hold, "Back soon")
            await customer.until(lambda: customer.room["holdMessage"] == "Back soon")
            await do(rooms.resume)
            await do(rooms.end)
            await customer.until(lambda: customer.room["state"] == "ended")
    finally:
        console.close()


async def test_an_early_admission_lets_the_customer_straight_in(place: Place) -> None:
    booking = place.book()
    place.office.do(rooms.admit, booking.id)
    async with Page(place, booking, "customer") as customer:
        await customer.join(media=False)
        assert (customer.room["place"], customer.room["state"]) == ("in_room", "admitted")


async def test_the_agent_is_told_how_late_the_customer_is(place: Place) -> None:
    booking = place.book(starts_in=-300)
    async with Page(place, booking, "customer") as customer, Page(place, booking, "agent") as agent:
        await customer.join(media=False)
        await agent.join(media=False)
        assert 295 <= agent.room["customer"]["lateBy"] <= 310
        assert place.office.get(rooms.waiting)[0].late_by(place.clock()) >= 300


async def test_a_customer_may_leave_and_return(place: Place) -> None:
    booking = place.book()
    place.office.do(rooms.admit, booking.id)
    async with Page(place, booking, "agent") as agent:
        await agent.join()
        async with Page(place, booking, "customer") as customer:
            await customer.join()
            await agent.until(lambda: agent.frames > 0)
            await customer.say("leave")
            await agent.until(lambda: agent.room["customer"]["place"] == "left" and not agent.room["peers"])
        async with Page(place, booking, "customer") as again:
            await again.join()
            await again.until(lambda: again.frames > 0)
            assert agent.room["state"] == "in_call"


async def test_a_lost_connection_is_forgiven_for_a_moment(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "GRACE", 4)  # longer than a busy machine takes to come back
    booking = place.book()
    place.office.do(rooms.admit, booking.id)
    async with Page(place, booking, "agent") as agent, Page(place, booking, "customer") as customer:
        await agent.join(media=False)
        await customer.join(media=False)
        before = place.office.get(rooms.state, booking.id).presences["customer"].since
        await customer.socket.close(1001)
        again = await Page(place, booking, "customer", session=customer.session).join(media=False)
        await asyncio.sleep(hub.GRACE + 0.3)
        assert place.office.get(rooms.state, booking.id).presences["customer"].since == before
        assert all(m["customer"]["place"] == "in_room" for m in agent.of("room")[-1:])
        await again.leave()
        await agent.until(lambda: agent.room["customer"]["place"] == "left")


async def test_the_same_link_twice_asks_before_it_moves(place: Place) -> None:
    booking = place.book()
    async with Page(place, booking, "customer") as first, Page(place, booking, "customer") as second:
        await first.join(media=False)
        await second.join(media=False)
        assert second.closed == (4409, "taken")
        assert first.closed is None
        third = await Page(place, booking, "customer").join(move=True, media=False)
        await first.until(lambda: first.closed is not None)
        assert first.closed == (4409, "moved")
        assert third.room["place"] == "waiting"
        await third.leave()


async def test_a_server_restart_in_mid_call_is_forgotten(place: Place) -> None:
    """The next server on the same port knows everything from the database; media between the peers never stops."""
    booking = place.book()
    place.office.do(rooms.admit, booking.id)
    async with Page(place, booking, "agent") as agent, Page(place, booking, "customer") as customer:
        await agent.join()
        await customer.join()
        await customer.until(lambda: customer.frames > 3)
        await asyncio.to_thread(place.server.stop)
        await customer.until(lambda: customer.closed is not None)
        assert customer.closed[0] in {1012, 1001, 1006}
        flowing = customer.frames
        await asyncio.to_thread(place.server.start)
        again = await Page(place, booking, "customer", session=customer.session).join(media=False)
        assert again.room["state"] == "in_call"
        back = await Page(place, booking, "agent", session=agent.session).join(media=False)
        assert back.room["peers"][0]["id"] == agent.other  # the same page: nothing to renegotiate
        await customer.until(lambda: customer.frames > flowing)
        await again.leave()
        await back.leave()


async def test_a_move_and_a_cancellation_reach_an_open_page(place: Place) -> None:
    from callboard.domain.bookings import Move

    booking = place.book()
    async with Page(place, booking, "customer") as customer:
        await customer.join(media=False)
        later = booking.starts_at + 3600
        place.office.do(bookings.move, booking.id, Move(starts_at=later, outside_hours=True))
        await customer.until(lambda: customer.room["startsAt"] == later)
        place.office.do(bookings.cancel, booking.id)
        await customer.until(lambda: customer.room["state"] == "ended" and customer.room["status"] == "cancelled")


async def test_revoked_links_close_the_pages_they_opened(place: Place) -> None:
    booking = place.book()
    async with Page(place, booking, "customer") as customer:
        await customer.join(media=False)
        place.office.do(rooms.revoke_links, booking.id)
        await customer.until(lambda: customer.closed is not None)
        assert customer.closed == (4403, "revoked")
        async with Page(place, booking, "customer", token=customer.token) as again:
            await again.join(media=False)
            assert again.closed == (4403, "revoked")
    async with Page(place, booking, "customer") as fresh:
        await fresh.join(media=False)
        assert fresh.room["place"] == "waiting"


async def test_two_server_processes_share_a_room(any_place: Place) -> None:
    """A second hub, with its own desk on the same file, as a second worker is: the call is made across the two."""
    place = any_place
    desk = Desk(place.office.desk.settings, clock=place.clock)
    other = Place(place.office, Server(desk), place.clock)
    await asyncio.to_thread(other.server.start)
    booking = place.book(features=Features())
    place.office.do(rooms.admit, booking.id)
    try:
        async with Page(place, booking, "agent") as agent, Page(other, booking, "customer") as customer:
            await agent.join()
            await customer.join()
            await customer.until(lambda: customer.frames > 3)
            await agent.until(lambda: agent.frames > 3)
            await agent.say("chat", text="across")
            await customer.until(lambda: [m["text"] for m in customer.of("chat")] == ["across"])
            await customer.say("media", cam=False)
            await agent.until(lambda: agent.room["peers"][0].get("cam") is False)
            await agent.say("hold", text="")
            await customer.until(lambda: customer.room["state"] == "on_hold")
    finally:
        await asyncio.to_thread(other.server.stop)
        desk.close()
