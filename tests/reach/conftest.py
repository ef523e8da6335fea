"""The house with its clock and its callback routes on a real socket, for carriers to call."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from callboard.domain.bookings import Wish
from callboard.domain.zones import parse_instant
from callboard.gateways import sms, telephony
from callboard.gateways.calendars import CalendarFetcher
from callboard.scheduler import calendars, calls, messages
from callboard.scheduler.loop import Scheduler
from callboard.services import bookings
from callboard.services.service import Desk
from callboard.web import calendars as feeds
from callboard.web import callbacks
from support import Clock, Office, make_office

START = "2026-06-15T20:00:00Z"


def book_on(office: Office, starts: str = START, **fields: Any) -> Any:
    """A booking of Jane Doe's on 2026-06-15 at 4 PM in New York, unless told otherwise."""
    values = {"customer_name": "Jane Doe", "customer_phone": "5551234567", "timezone": "America/New_York", **fields}
    return office.do(bookings.book, Wish(starts_at=parse_instant(starts, "starts"), **values))


@pytest.fixture
def book(sqlite_office: Office, clock: Clock) -> Callable[..., Any]:
    """Bookings in Acme Moving, on the first of June."""
    clock.set("2026-06-01T12:00:00Z")
    return lambda starts=START, **fields: book_on(sqlite_office, starts, **fields)


def configure(desk: Desk, **gateways: Any) -> None:
    """Other settings for an open desk: which carriers, with their tables."""
    desk.settings = replace(desk.settings, **gateways)


def settle(desk: Desk) -> None:
    """Let the clock's loop hand over every message and place every call that is due, through the configured carriers."""
    names = desk.settings
    text = sms.make(names.sms_gateway, names.gateway(names.sms_gateway), desk.public_url)
    voice = telephony.make(names.telephony_gateway, names.gateway(names.telephony_gateway), desk.public_url)
    work_off(desk, [messages.duty(text), calls.duty(voice)], text, voice)


def settle_calendars(desk: Desk) -> None:
    """Let the clock's loop read every outside calendar that is due."""
    fetcher = CalendarFetcher(allow_private=desk.settings.allow_private_webhooks)
    work_off(desk, [calendars.duty(fetcher, desk.clock)], fetcher)


def sweep_forgotten(desk: Desk) -> None:
    """Let the clock's loop look for calls whose end nobody reported."""
    work_off(desk, [calls.sweep()])


def work_off(desk: Desk, duties: list[Any], *closing: Any) -> None:
    """The real loop over some duties until nothing is due."""

    async def run() -> None:
        try:
            await Scheduler(desk, duties).settle()
        finally:
            for gateway in closing:
                await gateway.close()

    asyncio.run(run())


@pytest.fixture
def served(sqlite_desk: Desk) -> Iterator[Desk]:
    """The desk with its callback and calendar routes on a real port; ``desk.public_url`` says where."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    sqlite_desk.served_at = f"http://127.0.0.1:{port}"
    app = FastAPI()
    callbacks.mount(app, sqlite_desk)
    feeds.mount(app, sqlite_desk)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        threading.Event().wait(0.005)
    yield sqlite_desk
    server.should_exit = True
    thread.join(timeout=5)
    listening.close()


@pytest.fixture
def acme(served: Desk) -> Office:
    """Acme Moving on the served desk."""
    return make_office(served)
