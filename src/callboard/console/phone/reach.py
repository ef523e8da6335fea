"""Calling and writing to somebody from any screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.console.dialogs.form import Answers, Field, Form
from callboard.console.words import reason
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
        return None if 0 < size <= MAX_BODY else ("body", f"between 1 and {MAX_BODY:,} characters; this has {size:,}")

    effect = f"Sent as one text of {SEGMENT} characters, or joined from several; at most {MAX_BODY:,}."
    form = Form(f"Write to {name or pretty_phone(phone)}", [Field("body", "text", effect=effect, long=True)], check=check)
    answers = await page.app.push_screen_wait(form)
    if not answers:
        return False
    sent = await page.perform(messages.send, page.org, to=phone, body=answers["body"], person_id=person_id)
    if sent is not None and page.console.settings.sms_gateway == "outbox":
        page.console.say("kept in the outbox: there is no carrier; Phone shows it, y copies it")
    return sent is not None


async def rings(page: Page) -> None:
    """One's own telephone rings, which no carrier tells: note who calls, and the strip on top says who that is."""
    from callboard.services import calls

    number = await ask_number(page, "Who is calling?", "the number your telephone shows; who it is stands on top then")
    if number:
        await page.perform(calls.incoming, page.org, from_number=number)


async def ask_number(page: Page, title: str, note: str = "") -> str | None:
    """Ask for a telephone number, shown as it is understood while it is typed; E.164, or None."""
    from callboard.console.dialogs.dialog import Ask
    from callboard.domain.errors import CallboardError
    from callboard.domain.phones import parse_phone

    country = page.console.organization.branding.default_country

    def check(text: str) -> str:
        try:
            parse_phone(text, country)
        except CallboardError as error:
            return reason(error)
        return ""

    def describe(text: str) -> str:
        return "" if check(text) else pretty_phone(parse_phone(text, country))

    answer: str | None = await page.app.push_screen_wait(
        Ask(title, placeholder="+1 212 555 0123", note=note, check=check, describe=describe)
    )
    return parse_phone(answer, country) if answer else None
