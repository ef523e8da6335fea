"""Webhooks: an endpoint is made, tested, fails, is looked into, sent again, recovered; all against a real receiver."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from drive import Drive, opened

from callboard.domain.errors import Invalid
from callboard.gateways.webhooks import Sender
from callboard.scheduler import Scheduler, deliveries
from callboard.services import people, recoveries, requests, webhook_views, webhooks
from callboard.web.dialects.qtvoice import hooks as qtvoice
from callboard.web.dialects.qualifybase import hooks as qualifybase
from receiver import Receiver
from support import Office, make_office

HOOKS: dict[str, Any] = {"qualifybase": qualifybase, "qtvoice": qtvoice}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.close()


@pytest.fixture
def office(sqlite_desk: Any) -> Office:
    return make_office(sqlite_desk)


async def sent(office: Office) -> None:
    """Whatever is due goes out, over a real connection."""
    sender = Sender(allow_private=True, seconds=5)
    scheduler = Scheduler(office.desk, [deliveries.duty(sender, HOOKS, office.desk.clock)])
    try:
        await scheduler.settle()
    finally:
        await scheduler.close()


def rows(d: Drive) -> list[Any]:
    return [d.page.table.row_at(n) for n in range(d.page.table.total)]


async def test_from_no_endpoint_to_a_recovered_one(office: Office, receiver: Receiver) -> None:
    async with opened(office, "webhooks") as d:
        await d.press("t")
        assert "choose an endpoint first" in d.said
        await d.press("n")
        await d.fill(url="not a url")
        assert d.dialog == "Form"
        await d.fill(url=receiver.url("/crm"))
        secret = (await d.asked("Message"))._copied
        assert secret.startswith("whsec_")
        await d.press("enter")
        await d.until(lambda: len(d.page.endpoints.items) == 2, "the endpoint")

        await d.press("t")
        await d.asked("ChoiceDialog")
        await d.press("enter")
        await d.until(lambda: d.page.table.total == 1, "the test")
        await sent(office)
        await d.until(lambda: rows(d)[0] is not None and rows(d)[0].status == "delivered", "its answer")
        await d.until(lambda: "200" in d.page.answer.text[0], "the answer taken apart")
        assert json.loads(receiver.of("/crm")[0].body)["type"] == rows(d)[0].type

        receiver.answer("/crm", 503, headers={"Retry-After": "30"}, body=b'{"error": "busy", "retry": null}')
        office.desk.clock.pass_(5)
        office.do(people.add, full_name="Jane Doe", phone="+14155550101", is_lead=True)
        await d.until(lambda: d.page.table.total == 2, "the event")
        await sent(office)
        await d.until(lambda: rows(d)[0].response_status == 503, "the refusal")
        await d.press("home")
        await d.until(lambda: any('"busy"' in line for line in d.page.answer.text), "its body")
        assert any("next" in line for line in d.page.answer.text)
        assert rows(d)[0].status == "waiting"

        receiver.answer("/crm", 200)
        await d.press("r")
        await d.until(lambda: "on the way again" in d.said, "the redelivery")
        await sent(office)
        await d.until(lambda: rows(d)[0].status == "delivered", "the second answer")
        first, again = receiver.of("/crm")[1:]
        assert first.body == again.body
        assert first.id == again.id


async def test_stopped_events_are_recovered_and_secrets_rotate(office: Office, receiver: Receiver) -> None:
    hook, old = office.do(webhooks.add, receiver.url("/crm"))
    async with opened(office, "webhooks") as d:
        await d.press("d")
        await d.until(lambda: not office.get(webhooks.get, hook.id).active, "the stop")
        await d.until(lambda: d.page.endpoints.items[1].state == "disabled", "it shows")
        office.do(people.add, full_name="Missed", phone="+14155550102", is_lead=True)
        office.desk.clock.pass_(60)
        await d.press("R")
        assert "d enables it" in d.said
        await d.press("z")
        await d.until(lambda: d.page.endpoints.items[1].state == "well", "the start")
        await d.press("R")
        ask = await d.asked("Ask")
        ask.query_one("Input").value = "someday"
        await d.press("enter")
        assert d.dialog == "Ask"
        ask.query_one("Input").value = "1h"
        await d.press("enter")
        await d.until(lambda: "queued again" in d.said, "the replay")
        assert office.get(recoveries.listing)[0].queued == 1
        await sent(office)
        assert receiver.of("/crm")[0].json["type"] == "lead.created"

        await d.press("s")
        await d.asked("Confirm")
        await d.press("y")
        fresh = (await d.asked("Message"))._copied
        await d.press("enter")
        assert fresh != old
        assert office.get(webhooks.get, hook.id).secrets_at(office.desk.clock.now) == (fresh, old)


async def test_the_log_is_filtered_and_copied(office: Office, receiver: Receiver) -> None:
    office.do(webhooks.add, receiver.url("/crm"))
    office.do(webhooks.add, receiver.url("/voice"), dialect="qtvoice")
    receiver.answer("/voice", 500)
    for n in range(5):
        office.do(people.add, full_name=f"P{n}", phone=f"+1415555010{n}", is_lead=True, is_contact=True)
    await sent(office)
    copied: list[str] = []
    async with opened(office, "webhooks") as d:
        await d.until(lambda: d.page.table.total == 10, "both logs")
        await d.press("slash")
        await d.type("status:waiting endpoint:voice")
        await d.until(lambda: d.page.table.total == 5, "the failing one")
        await d.press("enter")
        await d.until(lambda: d.page.table.row is not None, "a row")
        d.app.copy = lambda text, _what: copied.append(text)  # type: ignore[method-assign]
        await d.press("y")
        await d.until(lambda: copied, "the copy")
        words = shlex.split(copied[0])
        assert words[:3] == ["curl", "-X", "POST"]
        assert words[3] == receiver.url("/voice")
        assert json.loads(words[-1])
        await d.press("slash", "escape")
        await d.until(lambda: d.page.table.total == 10, "everything")
        d.page.endpoints.focus()
        await d.press("down")
        await d.until(lambda: d.page.table.total == 5, "one endpoint alone")
        asked = requests.Request(
            organization_id=office.org, api_key_id=None, method="GET", path="/v1/leads", dialect="qualifybase",
            status=404, milliseconds=3, code="not_found", at=office.desk.clock.now,
        )  # fmt: skip
        office.session.do(requests.note, [asked])
        await d.press("l")
        await d.until(lambda: d.page.asked.total == 1, "the API log")
        await d.until(lambda: d.page.asked.row_at(0) is not None, "its rows")
        assert d.page.asked.row_at(0).path == "/v1/leads"
    with pytest.raises(Invalid):
        office.get(webhook_views.page, "status:lost")


async def test_the_api_log_shows_what_was_asked_before_it_was_opened(office: Office) -> None:
    row = requests.Request(
        organization_id=office.org, api_key_id=None, method="GET", path="/v1/leads", dialect="qualifybase",
        status=200, milliseconds=3, code=None, at=office.desk.clock.now,
    )  # fmt: skip
    office.session.do(requests.note, [row, row])
    async with opened(office, "webhooks", size=(80, 24)) as d:
        assert [title for _, title, *_ in d.app.footer_items()] == ["new endpoint", "API log"]
        await d.press("l")
        await d.until(lambda: d.page.asked.total == 2, "the API log")
        await d.until(lambda: d.page.asked.row is not None, "its rows")
        assert not d.page.endpoints.display
        await d.press("slash")
        await d.type("nowhere")
        await d.until(lambda: d.page.asked.status == "ready" and not d.page.asked.total, "nothing that matches")
        assert d.page.asked.empty == "nothing matches / nowhere"
