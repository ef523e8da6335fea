"""Today: what harms most stands first, each line is settled by its key, and a quiet day says so."""

from __future__ import annotations

from typing import Any

import pytest
from drive import Drive, opened

from callboard.domain.bookings import Wish
from callboard.domain.campaigns import ContactWish
from callboard.domain.leases import Lease
from callboard.domain.webhooks import Reply
from callboard.services import (
    blocks,
    bookings,
    calls,
    campaigns,
    carriage,
    deliveries,
    messages,
    people,
    today,
    voicemails,
    webhooks,
)
from support import Office, make_office

HOUR = 3600


@pytest.fixture
def office(sqlite_desk: Any) -> Office:
    return make_office(sqlite_desk)


def book(office: Office, name: str, at: int, **more: Any) -> Any:
    phone = f"+1212555{1000 + sum(map(ord, name)) % 9000}"
    return office.do(
        bookings.book, Wish(starts_at=at, customer_name=name, customer_phone=phone, outside_hours=True, title="survey", **more)
    )


def trouble(office: Office) -> dict[str, Any]:
    """One of most things that can go wrong, made by what really makes them."""
    clock = office.desk.clock
    now = clock.now
    hook, _ = office.do(webhooks.add, "https://crm.example.com/hook")
    late = book(office, "Late Larry", now + HOUR)
    pending = book(office, "Pia Pending", now + 30 * HOUR, hold_minutes=600)
    clash = book(office, "Clara Clash", now + 10 * HOUR)
    office.do(
        blocks.add, agent_id=clash.agent_id, kind="external", title="dentist", starts_at=clash.starts_at, ends_at=clash.ends_at
    )
    campaign = office.do(campaigns.add, "Autumn", target_country="US", window="mon-sun 00:00-24:00")
    office.do(campaigns.add_contact, campaign.id, ContactWish(name="Cal Back", phone="+12125550777"))
    office.do(campaigns.start, campaign.id)
    handed = office.do(campaigns.next_contact, campaign.id, "tester").contact
    office.do(campaigns.set_outcome, handed.id, "callback_requested", callback_at=now + HOUR)
    clock.pass_(HOUR + 300)
    rang = office.do(calls.incoming, from_number="+12125550111")
    office.do(calls.missed, rang.id)
    clock.pass_(1)
    spoke = office.do(calls.incoming, from_number="+12125550222", provider_id="CA2", gateway="twilio")
    office.do(voicemails.leave, spoke.id, transcript="call me", duration_seconds=3)
    given = {"gateway": "twilio", "to_number": "", "organization": office.org}
    office.session.do(carriage.receive, from_number="+12125550333", body="hello?", **given)
    lease = Lease(token="t", seconds=60, limit=50)
    for job in office.session.do(deliveries.claim, lease):
        office.session.do(deliveries.record, job, Reply(error_class="blocked", error="the address is not allowed"))
    return {"hook": hook, "late": late, "pending": pending, "clash": clash}


async def to(d: Drive, kind: str) -> None:
    key = next((n.key for n in d.page.needs.items if n.kind == kind), "")
    assert d.page.needs.select(key), kind
    await d.pilot.pause()


def kinds(d: Drive) -> list[str]:
    return list(dict.fromkeys(n.kind for n in d.page.needs.items))


async def test_worst_first_and_each_settled_by_its_key(office: Office) -> None:
    made = trouble(office)
    async with opened(office, "today") as d:
        await d.until(lambda: d.page.needs.items, "the lines")
        assert kinds(d) == ["late", "callback", "missed", "clash", "failed", "unsent", "pending", "unread", "voicemail"]
        assert office.get(today.count) == len(d.page.needs.items)
        await d.until(lambda: d.app.badges.get("today") == len(d.page.needs.items), "the number beside its name")

        await d.press("f")
        assert "not waiting to be confirmed" in d.said
        await to(d, "late")
        await d.press("N")
        await d.until(lambda: office.get(bookings.get, made["late"].id).status == "no_show", "the no-show")
        await d.until(lambda: "late" not in kinds(d), "its line is gone")
        await d.press("z")
        await d.until(lambda: "late" in kinds(d), "taken back")
        await to(d, "late")
        await d.press("enter")
        await d.until(lambda: any(c.booking_id == made["late"].id for c in office.get(calls.live)), "called")
        await d.press("f3")

        await to(d, "pending")
        await d.press("enter")
        await d.until(lambda: office.get(bookings.get, made["pending"].id).status == "scheduled", "confirmed")
        await d.until(lambda: "pending" not in kinds(d), "its line is gone")

        await to(d, "failed")
        await d.press("r")
        await d.until(lambda: "failed" not in kinds(d), "on the way again")
        assert {x.status for x in office.get(deliveries.listing)} == {"waiting"}

        await to(d, "unsent")
        first = d.page.need.id
        copied: list[str] = []
        d.app.copy = lambda text, _what: copied.append(text)  # type: ignore[method-assign]
        await d.press("enter")
        await d.until(lambda: copied == [office.get(messages.get, first).body], "the text to send by hand")
        await d.press("s")
        await d.until(lambda: office.get(messages.get, first).gateway == "hand", "sent")

        await to(d, "voicemail")
        await d.press("h")
        await d.until(lambda: "voicemail" not in kinds(d), "heard")
        await to(d, "unread")
        await d.press("enter")
        await d.fill(body="Yes?")
        await d.until(lambda: "unread" not in kinds(d), "answered")

        office.desk.clock.pass_(1)
        await to(d, "missed")
        await d.press("c")
        await d.until(lambda: "missed" not in kinds(d), "called back")
        await to(d, "clash")
        await d.press("enter")
        await d.until(lambda: d.app.page_id == "calendar", "where it is")


async def test_a_quiet_day_says_so_and_time_brings_the_lines(office: Office) -> None:
    clock = office.desk.clock
    book(office, "Sue Soon", clock.now + 600)
    office.do(people.add, full_name="Nobody")
    async with opened(office, "today") as d:
        await d.until(lambda: d.page.needs.status == "ready", "the answer")
        unsent = [n.kind for n in d.page.needs.items]
        assert unsent in ([], ["unsent"])
        assert "Nothing waits" in d.page.needs.empty
        assert any("1 booked" in line for line in d.page.panes[0].text)
        clock.pass_(700)
        d.page.tick(clock.now)
        await d.until(lambda: "late" in kinds(d), "what was to come is late")
