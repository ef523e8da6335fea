"""QTvoice's text messages: everything written to and from customers, and a free text sent."""

from __future__ import annotations

from typing import Any

from callboard.services import messages, organizations
from callboard.services.service import Desk, Work
from callboard.web.contract import Answer, Call, Doc, Routes
from callboard.web.dialects.qtvoice import examples, shapes, words
from callboard.web.outcomes import settled

SMS = "/api/v1/sms"
NO_CARRIER = "no text-message carrier is configured; the message waits in the outbox"
routes = Routes()


@routes.get(
    SMS,
    scope="messages:read",
    query=shapes.SmsFilter,
    summary="List SMS messages",
    answers={200: Doc("A page of messages, newest first.", shapes.SmsPage, examples.SMS_PAGE)},
)
def list_sms(work: Work, call: Call[None, shapes.SmsFilter]) -> Answer:
    """List text messages, the ones about bookings among them."""
    query = call.query
    country = organizations.get(work, call.org).branding.default_country
    filters: dict[str, Any] = {
        "direction": query.direction,
        "from_number": words.number(query.from_, country),
        "to_number": words.number(query.to, country),
    }
    found = messages.listing(work, call.org, limit=query.limit, offset=words.offset(query), **filters)
    return Answer(200, words.page(query, messages.count(work, call.org, **filters), [words.sms(m) for m in found]))


@routes.get(
    SMS + "/{id}",
    scope="messages:read",
    summary="Get an SMS message",
    answers={200: Doc("The message.", shapes.Sms, examples.SMS)},
)
def get_sms(work: Work, call: Call[None, None]) -> Answer:
    """One message, with how far it truly got."""
    return Answer(200, words.sms(messages.get(work, call.org, words.read_id(words.SMS, call.path["id"]))))


async def _sent(desk: Desk, call: Call[Any, Any], answer: Answer) -> Answer:
    """Say what a carrier made of it, or that there is none: ``queued`` without a reason would sound like a promise."""
    message = await settled(desk, call.org, answer.note)
    if message is not None:
        return Answer(answer.status, words.sms(message))
    return Answer(answer.status, {**answer.body, "reason": NO_CARRIER})


@routes.post(
    SMS,
    scope="messages:write",
    body=shapes.NewSms,
    summary="Send an SMS message",
    example=examples.NEW_SMS,
    answers={201: Doc("Written; status says whether a carrier has taken it.", shapes.Sms, examples.SMS)},
    after=_sent,
)
def send_sms(work: Work, call: Call[shapes.NewSms, None]) -> Answer:
    """Send a text message. Without a carrier it stays queued, with the reason, and is never called sent."""
    body = call.body
    message = messages.send(work, call.org, to=body.to, body=body.message, from_number=body.from_)
    return Answer(201, words.sms(message), note=message.id)
