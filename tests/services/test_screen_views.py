"""What the screens read, on both databases: filters, timelines, duplicates, the delivery log, the day in numbers."""

from __future__ import annotations

from typing import Any

import pytest

from callboard.domain.bookings import Wish
from callboard.domain.campaigns import ContactWish
from callboard.domain.leases import Lease
from callboard.domain.webhooks import Reply
from callboard.services import (
    bookings,
    calls,
    campaign_views,
    campaigns,
    deliveries,
    lead_views,
    messages,
    people,
    people_bulk,
    phone_views,
    timeline,
    today,
    undo,
    voicemails,
    webhook_views,
    webhooks,
)
from support import Office

ZONE = "America/New_York"
HOUR = 3600


def add(office: Office, name: str, phone: str | None, **more: Any) -> Any:
    office.desk.clock.pass_(1)
    return office.do(people.add, full_name=name, phone=phone, is_lead=True, **more)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", "Ana Ben Cy"),
        ("jan OR", ""),
        ("city:os source:website", "Ana"),
        ("!city:oslo", "Ben Cy"),
        ("!source:website", "Ben Cy"),
        ("phone:0101", "Ana"),
        ("has:email", "Cy"),
        ("!has:phone", "Cy"),
        ("agent:dana", "Ben"),
        ("!agent:dana", "Ana Cy"),
        ("agent:none", "Ana Cy"),
        ("is:booked", "Ben"),
        ("!is:booked is:lead", "Ana Cy"),
        ("100%", ""),
        ("after:1h before:now", ""),
        ("since:1h", "Ana Ben Cy"),
    ],
)
def test_every_field_of_the_filter(office: Office, line: str, expected: str) -> None:
    dana = office.agents[0]
    add(office, "Ana", "+12125550101", city="Oslo", source="website")
    ben = add(office, "Ben", "+12125550102", agent_id=dana.id)
    add(office, "Cy", None, email="cy@example.com")
    office.do(bookings.book, Wish(starts_at=office.desk.clock.now + HOUR, person_id=ben.id, outside_hours=True))
    if line.startswith("after:1h"):
        office.desk.clock.pass_(2 * HOUR)
    found = office.get(lead_views.page, line, ZONE, sort="full_name", descending=False)
    assert " ".join(r.person.name for r in found) == expected
    assert office.get(lead_views.count, line, ZONE) == len(found)


@pytest.mark.parametrize("sort", ["full_name", "updated_at", "created_at", "agent_id", "city", "phone"])
def test_pages_by_key_hold_everyone_once(office: Office, sort: str) -> None:
    for n in range(11):
        add(office, f"P{n % 3}", f"+1212555{1000 + n}", city="Oslo" if n % 2 else None)
    for descending in (True, False):
        seen: list[str] = []
        after = None
        while found := office.get(lead_views.page, "", ZONE, sort=sort, descending=descending, after=after, limit=4):
            seen += [r.id for r in found]
            after = found[-1]
        assert len(seen) == len(set(seen)) == 11


def test_duplicates_are_grouped_by_their_surest_sign(office: Office) -> None:
    one = add(office, "Jane Doe", "+12125550101", email="j@example.com")
    two = add(office, "Jane D", "+12125550101")
    three = add(office, "jane doe", "+12125550109")
    groups = office.get(people_bulk.twins)
    assert [(g.what, {p.id for p in g.people}) for g in groups] == [("phone", {one.id, two.id})]
    assert {p.id for p in office.get(people_bulk.twins_of, one.id)} == {two.id, three.id}


def test_a_stroke_is_taken_back_whole_and_once(office: Office) -> None:
    ids = [add(office, f"P{n}", f"+1212555{1000 + n}").id for n in range(5)]
    for part in (ids[:3], ids[3:]):
        assert office.do(people_bulk.delete, part, stroke="s").changed == len(part)
    assert office.get(people.count) == 0
    office.do(undo.undo_last)
    assert office.get(people.count) == 5
    office.do(undo.undo_last)  # the one before the stroke: the last person was added
    assert office.get(people.count) == 4


def busy(office: Office) -> dict[str, Any]:
    clock = office.desk.clock
    hook, _ = office.do(webhooks.add, "https://crm.example.com/hook")
    jane = add(office, "Jane Doe", "+12125550101")
    booked = office.do(bookings.book, Wish(starts_at=clock.now + HOUR, person_id=jane.id, outside_hours=True, title="survey"))
    rang = office.do(calls.incoming, from_number=jane.phone, provider_id="CA1", gateway="twilio")
    office.do(voicemails.leave, rang.id, transcript="call me", duration_seconds=4)
    office.do(messages.send, to=jane.phone, body="hello")
    lease = Lease(token="t", seconds=60, limit=50)
    for n, job in enumerate(office.session.do(deliveries.claim, lease)):
        failed = Reply(error_class="blocked", error="no", milliseconds=3)
        office.session.do(deliveries.record, job, Reply(status=200, milliseconds=40) if n else failed)
    return {"hook": hook, "jane": jane, "booked": booked, "call": rang}


def test_the_timeline_holds_every_kind(office: Office) -> None:
    made = busy(office)
    card = office.get(timeline.of_person, made["jane"].id)
    assert {e.kind for e in card.entries} == {"booking", "call", "message", "voicemail", "webhook", "change"}
    row = next(r for r in office.get(lead_views.page, "jane", ZONE))
    assert row.ahead == (made["booked"].starts_at, "meeting")
    assert row.last is not None


def test_endpoints_and_their_log(office: Office) -> None:
    made = busy(office)
    endpoint = office.get(webhook_views.endpoints)[0]
    assert (endpoint.failed, endpoint.arrived) == (1, 1)
    assert endpoint.share == 0.5
    for line, n in (("", 2), ("status:failed", 1), ("!status:failed", 1), ("endpoint:crm", 2), ("type:lead", 1), ("is:test", 0)):
        assert office.get(webhook_views.count, line, ZONE) == n, line
        assert len(office.get(webhook_views.page, line, ZONE, webhook_id=made["hook"].id)) == n
    first = office.get(webhook_views.page, "", ZONE, limit=1)[0]
    assert len(office.get(webhook_views.page, "", ZONE, before=first.id)) == 1


def test_the_day_in_numbers(office: Office) -> None:
    made = busy(office)
    seen = office.get(today.look, ZONE)
    assert {"failed", "unsent", "voicemail"} >= {n.kind for n in seen.needs} >= {"failed", "voicemail"}
    assert sum(seen.hours["bookings"].values()) == 1
    assert sum(seen.hours["deliveries"].values()) == 2
    assert all(0 <= hour < 25 for counts in seen.hours.values() for hour, _ in counts)
    assert office.get(phone_views.waiting_count) == 1
    assert office.get(phone_views.call_page)[0].name == "Jane Doe"
    assert office.get(phone_views.call_page, "out") == []
    office.do(voicemails.mark_read, office.get(voicemails.listing)[0].id)
    office.desk.clock.pass_(2 * HOUR)
    assert office.get(today.look, ZONE).needs[0].id == made["booked"].id
    assert office.get(today.count) == len(office.get(today.look, ZONE).needs) > 1


def test_a_campaign_in_full(office: Office) -> None:
    autumn = office.do(campaigns.add, "Autumn", target_country="US", window="mon-sun 00:00-24:00")
    office.do(campaigns.add_contacts, autumn.id, [ContactWish(name=f"C{n}", phone=f"+1212555020{n}") for n in range(3)])
    office.do(campaigns.start, autumn.id)
    contact = office.do(campaigns.next_contact, autumn.id, "sam").contact
    office.do(campaigns.dial, contact.id)
    assert office.do(campaign_views.close_call, contact.id, "not_interested", reached=True) == 1
    office.do(campaigns.set_outcome, contact.id, "not_interested")
    board = office.get(campaign_views.board, autumn.id, ZONE)
    assert (sum(board.made), sum(board.reached), len(board.next_up)) == (1, 1, 2)
    assert board.standing.counts == {"not_interested": 1, "pending": 2}
    assert office.get(calls.listing)[0].outcome == "not interested"
