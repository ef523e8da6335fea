"""The queue's room list: what an operator does to a call's room from the keyboard, and what is said when it cannot be."""

from __future__ import annotations

import dataclasses

import pytest
from acme import Acme
from drive import Drive, opened

from callboard.console.queue.screen import Queue
from callboard.domain.bookings import Booking, Features
from callboard.domain.rooms import Room, RoomState
from callboard.services import bookings, rooms
from callboard.services.service import Desk
from support import Clock


@pytest.fixture
def acme(sqlite_desk: Desk, clock: Clock) -> Acme:
    return Acme(sqlite_desk, clock)


def room(acme: Acme, booking: Booking) -> Room:
    return acme.session.get(rooms.state, acme.org.id, booking.id)


async def stand_on(drive: Drive, booking: Booking) -> None:
    page = drive.app.page
    assert isinstance(page, Queue)
    page.calls.choose(booking.id)
    await drive.until(lambda: page.card is not None and page.card.booking.id == booking.id, "the card")


async def choose(drive: Drive, line: str) -> None:
    await drive.press("R")
    await drive.asked("ChoiceDialog")
    await drive.type(line)
    await drive.press("enter")


async def test_what_the_operator_does_to_a_room(acme: Acme) -> None:
    call = acme.book("T. Baker", 20, 9, 45)
    acme.session.do(bookings.update, acme.org.id, call.id, features=dataclasses.replace(Features(), breakout_room=True))
    acme.session.do(bookings.start, acme.org.id, call.id)
    async with opened(acme, "queue") as drive:
        await stand_on(drive, call)
        await choose(drive, "show a message")
        await drive.asked("Ask")
        await drive.type("Two more minutes")
        await drive.press("enter")
        await drive.until(lambda: room(acme, call).note == "Two more minutes", "the message")
        await choose(drive, "mute the customer")
        await drive.until(lambda: room(acme, call).muted == {"customer"}, "the mute")
        await choose(drive, "let the customer")
        await drive.until(lambda: not room(acme, call).muted, "the voice back")
        await choose(drive, "move the customer")
        await drive.until(lambda: room(acme, call).breakout == {"customer"}, "the side room")
        await choose(drive, "hold with")
        await drive.asked("Ask")
        await drive.press("enter")
        await drive.until(lambda: room(acme, call).state is RoomState.ON_HOLD, "the hold")
        assert room(acme, call).hold_message == "Back in a moment."
        await choose(drive, "new links")
        await drive.until(lambda: room(acme, call).booking.link_version == 2, "new links")
        await choose(drive, "recordings")
        await drive.asked("Message")


async def test_what_cannot_be_done_says_why(acme: Acme) -> None:
    call = acme.book("T. Baker", 20, 9, 45)
    async with opened(acme, "queue") as drive:
        await stand_on(drive, call)
        await choose(drive, "hold with")
        assert "the call has not begun" in drive.said
        await drive.press("escape")
        await choose(drive, "move the agent")
        assert "this call has no side room" in drive.said
        await drive.press("escape")
        assert room(acme, call).rev == 0
