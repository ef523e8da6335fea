"""Undo: every action that is audited has a way back or a reason why not, one gesture is one step, and a merge is taken apart."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import callboard
from callboard.domain.bookings import Wish
from callboard.domain.campaigns import TRANSITIONS, ContactWish
from callboard.domain.errors import NotAllowed, NotFound
from callboard.domain.messages import MessageStatus
from callboard.domain.rooms import Recording
from callboard.services import (
    agents,
    blocks,
    bookings,
    calendars,
    calls,
    campaign_views,
    campaigns,
    deliveries,
    keys,
    messages,
    people,
    people_bulk,
    projects,
    recoveries,
    undo,
    voicemails,
    webhooks,
)
from callboard.services.dial_queue import _EVENTS
from callboard.services.inverses import CLOCK, FINAL, INVERSE, THEIR_OWN
from callboard.services.undo import Final
from support import Office

SOURCE = Path(callboard.__file__).parent
WRITERS = {"audit", "_change", "_step"}  # whoever of the services writes an audit row under a name it is given
# What the names that are put together while the program runs can become.
MADE_UP = {
    "campaign.{}": {f"campaign.{verb}" for verb in TRANSITIONS},
    "room.recording_{}": {f"room.recording_{r.value or 'stopped'}" for r in Recording},
    "contact.{}": {f"contact.{word}" for word in _EVENTS},
}


def audited() -> dict[str, str]:
    """Every action an audit row can carry, and where it is written: read from the source, so that a new verb is seen here."""
    found: dict[str, str] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        writes = any(isinstance(n, ast.Call) and getattr(n.func, "attr", "") == "audit" for n in ast.walk(tree))
        for node in ast.walk(tree) if writes else ():
            for name in _names(node):
                found.setdefault(name, f"{path.name}:{node.lineno}")  # type: ignore[attr-defined]
    return found


def _names(node: ast.AST) -> set[str]:
    """The actions a node names: an argument of a writer, or what a variable ``event``/``verb`` is given for one."""
    if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in WRITERS:
        return {name for argument in node.args for name in _texts(argument)}
    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in {"event", "verb"}:
        return _texts(node.value)
    return set()


def _texts(node: ast.AST) -> set[str]:
    if isinstance(node, ast.IfExp):
        return _texts(node.body) | _texts(node.orelse)
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value and " " not in node.value:
        return {node.value}
    if isinstance(node, ast.JoinedStr):
        form = "".join(p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
        return MADE_UP[form] if "." in form else set()
    return set()


def test_every_audited_action_can_be_undone_or_says_why_not() -> None:
    written = audited()
    assert len(written) > 60, "the walk through the source finds what is audited"
    declared = set(INVERSE) | set(FINAL)
    assert not {name: where for name, where in written.items() if name not in declared}
    assert not declared - set(written), "nothing is declared that nobody writes"
    assert not set(INVERSE) & set(FINAL)
    assert set(FINAL) >= CLOCK
    assert set(INVERSE) >= set(THEIR_OWN)
    for name, reason in FINAL.items():
        assert len(reason.split()) > 3, f"{name}: a reason, not a word"


def test_a_merge_is_taken_apart(office: Office) -> None:
    keep = office.do(people.add, full_name="Ana Silva", phone="+12125550101", notes="first", external_source=None)
    other = office.do(
        people.add,
        full_name="A. Silva",
        email="ana@example.com",
        city="Lisbon",
        notes="second",
        external_source="crm",
        external_id="7",
    )
    start = office.desk.clock.now + 7 * 86400
    mine = office.do(bookings.book, Wish(starts_at=start, person_id=keep.id, outside_hours=True))
    theirs = office.do(bookings.book, Wish(starts_at=start + 7200, person_id=other.id, outside_hours=True))
    call = office.do(calls.initiate, to="+12125550177", person_id=other.id)

    merged = office.do(people.merge, keep.id, other.id)
    assert (merged.city, merged.external_id, merged.notes) == ("Lisbon", "7", "first\nsecond")
    assert office.get(bookings.get, theirs.id).person_id == keep.id
    office.do(people.update, keep.id, city="Porto")  # what was changed since is nobody's to take away
    office.do(undo.undo_last)
    office.do(people.update, keep.id, city="Porto")
    last = next(e for e in office.get(undo.history, keep.id) if e.action == "person.merged")
    assert office.do(undo.undo, last.seq).action == "person.merged"

    again, back = office.get(people.get, keep.id), office.get(people.get, other.id)
    assert (again.city, again.email, again.notes, again.external_id) == ("Porto", None, "first", None)
    assert (back.city, back.email, back.notes, back.external_id) == ("Lisbon", "ana@example.com", "second", "7")
    assert office.get(bookings.get, mine.id).person_id == keep.id
    assert office.get(bookings.get, theirs.id).person_id == other.id
    assert office.get(calls.get, call.id).person_id == other.id
    with pytest.raises(NotAllowed, match="undone already"):
        office.do(undo.undo, last.seq)


def test_a_merge_where_both_have_outside_ids(office: Office) -> None:
    keep = office.do(people.add, full_name="Ana", external_source="crm", external_id="1")
    other = office.do(people.add, full_name="Ann", external_source="crm", external_id="2")
    office.do(people.merge, keep.id, other.id)
    assert office.do(people.upsert_external, "crm", "2", full_name="Ana")[0].id == keep.id
    office.do(undo.undo_last)
    assert office.get(people.get, other.id).external_id == "2"
    assert office.do(people.upsert_external, "crm", "2", full_name="Anna")[0].id == other.id


def test_one_gesture_is_one_step(office: Office) -> None:
    campaign = office.do(campaigns.add, "Autumn", target_country="US", window="mon-sun 00:00-24:00")
    contact, _ = office.do(campaigns.add_contact, campaign.id, ContactWish(name="Ava", phone="+12125550101"))
    office.do(campaigns.start, campaign.id)
    office.do(campaigns.next_contact, campaign.id, "tester")
    wish = Wish(starts_at=office.desk.clock.now + 7 * 86400, outside_hours=True)
    _, booking = office.do(campaigns.qualify, contact.id, wish, operator="tester")
    done = office.do(undo.undo_last)
    assert {done.action, *done.others} == {"booking.created", "contact.outcome"}
    assert office.get(bookings.get, booking.id).status == "cancelled"
    assert office.get(campaigns.contact, contact.id).status == "pending"

    office.do(campaigns.next_contact, campaign.id, "tester")
    office.do(campaign_views.settle, contact.id, "do_not_call", reached=True, operator="tester")
    assert office.get(people.get, contact.person_id).do_not_call
    office.do(undo.undo_last)
    assert not office.get(people.get, contact.person_id).do_not_call
    assert office.get(campaigns.contact, contact.id).status == "pending"
    assert office.do(undo.undo_last).action == "campaign.started"
    assert office.get(campaigns.get, campaign.id).status == "draft"


def test_a_list_brought_in_goes_out_again(office: Office) -> None:
    campaign = office.do(campaigns.add, "Autumn", target_country="US", window="mon-sun 00:00-24:00")
    wishes = [ContactWish(name=f"P{n}", phone=f"+1212555010{n}") for n in range(6)]
    for at in (0, 3):
        office.do(campaigns.add_contacts, campaign.id, wishes[at : at + 3], stroke="s1")
    office.do(campaigns.start, campaign.id)
    called = office.do(campaigns.next_contact, campaign.id, "tester").contact
    office.do(undo.undo_last)
    office.do(undo.undo_last)
    assert [c.id for c in office.get(campaigns.contacts)] == [called.id], "who was called stays"
    with pytest.raises(Final, match="somebody was called") as told:
        office.do(undo.undo_last)
    assert office.do(undo.undo_last, told.value.seqs).action == "agent.created"


def _leads(office: Office, count: int) -> None:
    rows = [(n, {"full_name": f"P{n}", "phone": f"+1212{5550000 + n}"}) for n in range(count)]
    office.do(people_bulk.bring_in, rows, stroke="s1")


def test_what_others_did_since_is_not_in_the_way(office: Office) -> None:
    office.do(people.add, full_name="Ava")
    api = office.as_api()
    for n in range(undo.LOOK_BACK + 5):
        api.do(people.add, office.org, full_name=f"From elsewhere {n}")
    assert undo.told(office.do(undo.undo_last)) == "undone: person created (Ava)"
    assert office.get(people.count) == undo.LOOK_BACK + 5


def test_after_a_long_stroke_the_one_before_it(office: Office) -> None:
    office.do(people.add, full_name="Ava")
    _leads(office, undo.LOOK_BACK + 5)
    assert undo.told(office.do(undo.undo_last)) == f"undone: person created × {undo.LOOK_BACK + 5}"
    assert undo.told(office.do(undo.undo_last)) == "undone: person created (Ava)"


def test_a_stroke_longer_than_one_step_says_that_there_is_more(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo, "MOST_AT_A_STROKE", 5)
    _leads(office, 12)
    said = []
    while office.get(people.count):
        said.append(undo.told(office.do(undo.undo_last)))
    assert [" × 5; there is more of it" in text for text in said] == [True, True, False]


def test_a_campaign_nobody_was_called_for(office: Office) -> None:
    campaign = office.do(campaigns.add, "Autumn", target_country="US")
    office.do(campaigns.start, campaign.id)
    office.do(campaigns.finish, campaign.id)
    assert office.do(undo.undo_last).action == "campaign.finished"
    assert office.get(campaigns.get, campaign.id).status == "running"
    assert office.get(campaigns.get, campaign.id).finished_at is None
    office.do(undo.undo_last)
    office.do(undo.undo_last)
    with pytest.raises(NotFound):
        office.get(campaigns.get, campaign.id)


def test_an_endpoint_comes_back_with_what_waited_for_it(office: Office) -> None:
    hook, secret = office.do(webhooks.add, "https://example.com/hook", event_types=["contact.created"])
    office.do(people.add, full_name="Ava", is_contact=True)
    waiting = office.get(deliveries.listing)[0]
    office.do(webhooks.remove, hook.id)
    assert office.get(webhooks.listing) == []
    assert office.get(deliveries.get, waiting.id).status == "void"
    assert office.do(undo.undo_last).action == "webhook.removed"
    assert office.get(webhooks.get, hook.id).secret == secret
    assert office.get(deliveries.get, waiting.id).status == "waiting"

    _, fresh = office.do(webhooks.rotate, hook.id)
    office.do(undo.undo_last)
    back = office.get(webhooks.get, hook.id)
    assert (back.secret, back.old_secret) == (secret, fresh)
    office.do(webhooks.rotate, hook.id, overlap_seconds=0)
    with pytest.raises(NotAllowed, match="forgotten"):
        office.do(undo.undo_last)
    recovery = office.do(recoveries.start, hook.id, since=0)
    office.do(undo.undo_last)
    assert office.get(recoveries.get, recovery.id).status == "cancelled"


def test_what_cannot_be_undone_says_why_and_is_looked_past_the_next_time(office: Office) -> None:
    office.do(people.add, full_name="Ava")
    key, _ = office.do(keys.add, "till", "qtvoice", ["calls:read"])
    office.do(keys.revoke, key.id)
    with pytest.raises(Final, match="key revoked cannot be undone: a key that was revoked stays dead") as told:
        office.do(undo.undo_last)
    assert office.do(undo.undo_last, told.value.seqs).action == "key.created"  # revoking it twice changes nothing
    assert office.do(undo.undo_last, told.value.seqs).action == "person.created"
    line = next(e for e in office.get(undo.log) if e.action == "key.revoked")
    assert not line.undoable
    assert "stays dead" in line.why_not
    with pytest.raises(Final):
        office.do(undo.undo, line.seq)


def test_voicemails_messages_and_wishes_of_silence(office: Office) -> None:
    call = office.do(calls.incoming, from_number="+12125550101", to_number="+12125550100", provider_id="c1")
    left = office.do(voicemails.leave, call.id, transcript="hello")
    office.do(voicemails.mark_read, left.id)
    office.do(voicemails.transcribe, left.id, "hello there")
    office.do(undo.undo_last)
    assert office.get(voicemails.get, left.id).transcript == "hello"
    office.do(undo.undo_last)
    assert not office.get(voicemails.get, left.id).is_read

    text = office.do(messages.send, to="+12125550101", body="hi")
    office.do(messages.mark_sent, text.id)
    office.do(undo.undo_last)
    assert office.get(messages.get, text.id).status == MessageStatus.WAITING
    office.do(undo.undo_last)
    assert office.get(messages.get, text.id).status == "void"

    office.do(messages.opt_out, "+12125550102")
    office.do(undo.undo_last)
    assert office.get(messages.opted_out_people) == []
    office.as_api().do(messages.opt_out, office.org, "+12125550103")
    line = next(e for e in office.get(undo.log) if e.action == "person.opted_out")
    assert "only they" in line.why_not
    with pytest.raises(Final, match="the customer asked for it"):
        office.do(undo.undo, line.seq)


ICS = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\n"
    b"DTSTART:20260107T150000Z\r\nDTEND:20260107T160000Z\r\nSUMMARY:dentist\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def test_agents_blocks_and_calendars(office: Office) -> None:
    kim = office.hire("Kim Two")
    office.do(undo.undo_last)
    assert not office.get(agents.get, kim.id).active

    given = {"starts_at": office.desk.clock.now, "ends_at": office.desk.clock.now + 3600}
    block, _ = office.do(blocks.upsert_external, "google", "g1", title="dentist", **given)
    office.do(blocks.upsert_external, "google", "g1", title="school", **(given | {"ends_at": given["ends_at"] + 60}))
    office.do(undo.undo_last)
    back = office.get(blocks.get, block.id)
    assert (back.title, back.ends_at) == ("dentist", given["ends_at"])
    office.do(undo.undo_last)
    with pytest.raises(NotFound):
        office.get(blocks.get, block.id)

    kept = office.do(calendars.import_file, "Dana's", ICS, agent_id=office.agents[0].id)
    office.do(calendars.remove, kept.id)
    assert office.do(undo.undo_last).action == "calendar.removed"
    (again,) = office.get(calendars.listing)
    assert (again.name, again.busy, again.agent_id) == ("Dana's", 1, office.agents[0].id)
    followed = office.do(calendars.add, "Lee's", "https://example.com/lee.ics")
    office.do(calendars.remove, followed.id)
    office.do(undo.undo_last)
    assert [c.url for c in office.get(calendars.listing)] == ["", "https://example.com/lee.ics"]


def test_a_link_given_up_stays_dead(office: Office) -> None:
    project: Any = office.do(projects.create, customer_name="Ava")
    office.do(projects.revoke_link, project.id)
    with pytest.raises(Final, match="stay dead"):
        office.do(undo.undo_last)
