"""The duty that reads outside calendars: fetch, expand in a thread, hand over the busy time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from callboard.domain.calendars import Calendar, Fetched, Page
from callboard.domain.errors import Invalid
from callboard.gateways.calendars import CalendarFetcher
from callboard.scheduler.duty import Duty
from callboard.services import calendars, ics


def duty(fetcher: CalendarFetcher, clock: Callable[[], int]) -> Duty[tuple[Calendar, str], Fetched]:
    """Outside calendars through one fetcher."""

    async def act(job: tuple[Calendar, str]) -> Fetched:
        calendar, zone = job
        page = await fetcher.get(calendar.url, calendar.etag)
        return await asyncio.to_thread(_judge, page, clock(), zone)

    return Duty("calendars", calendars.next_due, calendars.claim, act, calendars.record, concurrency=2, close=fetcher.close)


def _judge(page: Page, now: int, zone: str) -> Fetched:
    if page.status == HTTPStatus.NOT_MODIFIED:
        return Fetched(status="same")
    if page.status != HTTPStatus.OK:
        reason = page.body.decode() if page.status == 0 else f"its server answered {page.status}"
        return Fetched(status="failed", error=reason)
    try:
        busy = ics.read(page.body, now=now, default_zone=zone)
    except Invalid as error:
        return Fetched(status="failed", error=error.reason)
    return Fetched(status="fresh", etag=page.headers.get("etag"), busy=busy)
