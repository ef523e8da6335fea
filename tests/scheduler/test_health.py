"""What is stuck is named, and what is only waiting is not."""

from __future__ import annotations

import asyncio

from callboard.domain.bookings import Wish
from callboard.domain.webhooks import Reply
from callboard.gateways.calendars import CalendarFetcher
from callboard.scheduler import Scheduler
from callboard.scheduler import calendars as scheduler_calendars
from callboard.scheduler.duty import Duty
from callboard.services import bookings, calendars, deliveries, health, messages, webhooks
from scheduler.conftest import settle


def named(office):
    return [(f.check, f.state, f.detail) for f in office.session.get(health.stuck, office.org)]


def book(office):
    start = office.desk.clock() + 100 * 3600
    wish = Wish(starts_at=start, customer_name="Jane", customer_phone="+12155551234", outside_hours=True)
    return office.do(bookings.book, wish)


def test_a_healthy_house_is_all_ok(office):
    office.desk.serving("https://calls.example").result()
    found = health.findings(office.session)
    assert {f["state"] for f in found} == {"ok"}
    assert {f["check"] for f in found} == {"background work", "webhooks", "messages", "calendars", "links"}


def test_links_that_only_this_computer_opens_are_named(office):
    said = "they begin with http://localhost:8080, which only this computer opens: set public_url"
    assert {f["check"]: f["detail"] for f in health.findings(office.session)}["links"] == said


def test_work_nobody_does_is_named(office, clock):
    office.do(webhooks.add, "https://example.com/hook")
    book(office)
    clock.pass_(299)
    assert named(office) == []
    clock.pass_(3 * 3600)
    said = [detail for check, state, detail in named(office) if (check, state) == ("background work", "bad")]
    assert any(d.startswith("deliveries: the oldest due row has waited 3 hours") for d in said)


def test_failing_and_disabled_endpoints_are_named(office, clock):
    failing, _ = office.do(webhooks.add, "https://one.example/hook")
    off, _ = office.do(webhooks.add, "https://two.example/hook")
    office.do(webhooks.disable, off.id)
    book(office)

    async def act(_job):
        return Reply(status=500, error_class="http")

    duty = Duty("deliveries", deliveries.next_due, deliveries.claim, act, deliveries.record)
    asyncio.run(Scheduler(office.desk, [duty]).settle())
    found = {detail: state for check, state, detail in named(office) if check == "webhooks"}
    assert found == {
        "Acme Moving: https://one.example/hook has failed 1 times in a row since 2026-01-05T12:00:00Z": "bad",
        "Acme Moving: https://two.example/hook is disabled: by the operator": "note",
    }
    assert failing.active


def test_messages_that_did_not_leave_are_named(office, clock):
    made = book(office)
    [message] = office.get(messages.about, made.id)
    clock.pass_(7200)
    assert ("messages", "note", "Acme Moving: 1 not sent, the oldest for 2 hours") in named(office)
    office.do(messages.mark_sent, message.id)
    assert [n for n in named(office) if n[0] == "messages"] == []


def test_a_calendar_that_cannot_be_read_is_named_with_the_reason_and_one_just_added_is_not(office, receiver, clock):
    office.do(calendars.add, "Rooms", receiver.url("/rooms.ics"))
    assert named(office) == []
    receiver.answer("/rooms.ics", 500)
    settle(office.desk, scheduler_calendars.duty(CalendarFetcher(allow_private=True), clock))
    assert named(office) == [
        ("calendars", "bad", "Acme Moving: 'Rooms' is failed: its server answered 500; last read never"),
    ]
