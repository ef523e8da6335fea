"""Calling and writing to somebody from any screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.console.dialogs.form import Answers, Field, Form
from callboard.domain.messages import MAX_BODY
from callboard.domain.phones import pretty_phone

if TYPE_CHECKING:
    from callboard.console.page import Page

SEGMENT = 160  # characters one text message holds in the simplest alphabet


async def call(page: Page, phone: str, person_id: str | None = None, *, booking_id: str | None = None) -> bool:
    """Click-to-call: a carrier rings, or the strip on top says what to dial. False when it was refused (and said why)."""
    from callboard.services import calls

    made = await page.perform(calls.initiate, page.org, to=phone, person_id=person_id, booking_id=booking_id)
    return made is not None


async def write(page: Page, phone: str, name: str = "", person_id: str | None = None) -> bool:
    """Write a text message; it is sent by the carrier, or waits in the outbox to be copied."""
    from callboard.services import messages

    def check(answers: Answers) -> tuple[str, str] | None:
        size = len(answers["body"])
        return None if 0 < size <= MAX_BODY else ("body", f"between 1 and {MAX_BODY} characters; this has {size}")

    effect = f"Sent as one text of {SEGMENT} characters, or joined from several; at most {MAX_BODY}."
    form = Form(f"Write to {name or pretty_phone(phone)}", [Field("body", "text", effect=effect, long=True)], check=check)
    answers = await page.app.push_screen_wait(form)
    if not answers:
        return False
    sent = await page.perform(messages.send, page.org, to=phone, body=answers["body"], person_id=person_id)
    if sent is not None and page.console.settings.sms_gateway == "outbox":
        page.console.say("kept in the outbox: there is no carrier; Phone shows it, y copies it")
    return sent is not None
