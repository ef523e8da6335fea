"""What is done to endpoints: made, changed, stopped, given a new secret, sent a test, sent again what they missed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from callboard.console import words
from callboard.console.dialogs.dialog import Ask, ChoiceDialog, Confirm, Message
from callboard.console.dialogs.form import Answers, Field, Form
from callboard.console.dialogs.progress import Progress, Steps
from callboard.console.webhooks.lists import bare
from callboard.console.widgets.choices import Choice
from callboard.domain.errors import CallboardError
from callboard.domain.filters import moment
from callboard.domain.webhooks import DIALECT_TYPES, ROTATION_SECONDS, TYPES, Webhook

if TYPE_CHECKING:
    from callboard.console.webhooks.screen import Webhooks

LOOK = 0.15  # seconds between two looks at a replay


def _check(answers: Answers) -> tuple[str, str] | None:
    from callboard.services import webhooks

    try:
        webhooks.check_url(answers["url"])
        webhooks.check_types(_types(answers["types"]))
    except CallboardError as error:
        return ("types" if "event" in str(error) else "url"), words.reason(error)
    return None


def _types(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _fields(webhook: Webhook | None) -> list[Field]:
    dialects = [(d, d) for d in DIALECT_TYPES]
    known = "Separated by blanks; empty means all of its dialect. There are: " + ", ".join(TYPES[:6]) + ", …"
    fields = [
        Field(
            "url", "URL", webhook.url if webhook else "", "Where events are posted to.", placeholder="https://example.com/hook"
        ),
        Field("types", "events", " ".join(webhook.event_types) if webhook else "", known),
    ]
    if webhook is None:
        fields.insert(1, Field("dialect", "dialect", "qualifybase", "In whose words it is told.", dialects))
    return fields


async def new(page: Webhooks) -> None:
    """A new endpoint; its secret is shown this once."""
    from callboard.services import webhooks

    answers = await page.app.push_screen_wait(Form("New webhook endpoint", _fields(None), check=_check))
    if not answers:
        return
    types = _types(answers["types"])
    made = await page.perform(webhooks.add, page.org, answers["url"], dialect=answers["dialect"], event_types=types)
    if made is not None:
        await _show_secret(page, made[0], made[1], "")


async def edit(page: Webhooks, webhook: Webhook) -> None:
    """Another URL, other events."""
    from callboard.services import webhooks

    answers = await page.app.push_screen_wait(Form(f"Edit {bare(webhook.url)}", _fields(webhook), check=_check))
    if answers:
        types = _types(answers["types"])
        await page.perform(webhooks.update, page.org, webhook.id, url=answers["url"], event_types=types)


async def _show_secret(page: Webhooks, webhook: Webhook, secret: str, more: str) -> None:
    text = f"{secret}\n\nThis is shown once: y copies it, then put it where {bare(webhook.url)} verifies signatures.{more}"
    await page.app.push_screen_wait(Message("Signing secret", text, copied=secret))


async def rotate(page: Webhooks, webhook: Webhook) -> None:
    """A new secret. The old one signs too for a day, so that nothing is refused meanwhile."""
    from callboard.services import webhooks

    hours = ROTATION_SECONDS // 3600
    text = f"{bare(webhook.url)} gets a new signing secret. The old one is valid beside it for {hours} hours."
    if await page.app.push_screen_wait(Confirm("Rotate the secret?", text)):
        made = await page.perform(webhooks.rotate, page.org, webhook.id)
        if made is not None:
            await _show_secret(page, made[0], made[1], f"\nFor {hours} hours deliveries carry both signatures.")


async def toggle(page: Webhooks, webhook: Webhook) -> None:
    """Stop telling it, or tell it again."""
    from callboard.services import webhooks

    if webhook.active:
        done = await page.perform(webhooks.disable, page.org, webhook.id)
        words_ = "disabled: what happens now is held for it; d enables it again"
    else:
        done = await page.perform(webhooks.enable, page.org, webhook.id)
        words_ = "enabled: what was held goes out now; R recovers what it missed"
    if done is not None:
        page.console.say(f"{bare(webhook.url)} {words_}")  # by name: the log may show all of them


async def remove(page: Webhooks, webhook: Webhook) -> None:
    """Unsubscribe for good."""
    from callboard.services import webhooks

    text = f"{webhook.url}\n\nWhat waits for it is never sent. Disabling (d) can be taken back, this cannot."
    if await page.app.push_screen_wait(Confirm("Remove this endpoint?", text)):
        await page.perform(webhooks.remove, page.org, webhook.id)


async def test(page: Webhooks, webhook: Webhook) -> None:
    """Send a made-up event of a kind it listens to."""
    from callboard.services import deliveries

    types = webhook.event_types or DIALECT_TYPES[webhook.dialect]
    kind = await page.app.push_screen_wait(ChoiceDialog("Send a test of", [Choice(t, t) for t in types]))
    if kind is not None:
        sent = await page.perform(deliveries.send_test, page.org, webhook.id, kind)
        if sent is not None:
            page.console.say(f"a made-up {kind} is on its way; the log shows what is answered")


async def recover(page: Webhooks, webhook: Webhook) -> None:
    """Send again what it missed since a moment, with progress; Escape stops where it stands."""
    from callboard.services import recoveries

    app = page.console

    def describe(text: str) -> str:
        try:
            return f"everything it missed since {words.stamp(moment(text, app.now(), app.zone), app.zone)} ({app.zone})"
        except CallboardError as error:
            return words.reason(error)

    def check(text: str) -> str:
        try:
            moment(text, app.now(), app.zone)
        except CallboardError as error:
            return words.reason(error)
        return ""

    asked = Ask(f"Recover {bare(webhook.url)} since", value="yesterday", check=check, describe=describe)
    text = await app.push_screen_wait(asked)
    if not text:
        return
    started = await page.perform(recoveries.start, page.org, webhook.id, since=moment(text, app.now(), app.zone))
    if started is None:
        return

    async def work(steps: Steps) -> str:
        return await _follow(page, started.id, steps)

    summary = await app.push_screen_wait(Progress("Recovering", work))
    if summary:
        app.say(summary)


async def _follow(page: Webhooks, recovery_id: str, steps: Steps) -> str:
    """Take it further page by page; the background does so too, and both may."""
    from callboard.services import recoveries

    while True:
        now = await page.session.read(recoveries.get, page.org, recovery_id)
        steps.told(now.seen, now.total, f"events looked at, {now.queued:,} queued again")
        if now.status != "running":
            return f"{words.plural(now.queued, 'delivery', 'deliveries')} queued again of {words.plural(now.seen, 'event')}"
        if steps.stopped:
            await page.session.run(recoveries.cancel, page.org, recovery_id)
            continue
        await page.session.run(recoveries.advance)
        await asyncio.sleep(LOOK if now.total > now.seen else 0)
