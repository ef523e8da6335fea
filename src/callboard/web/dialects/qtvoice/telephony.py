"""QTvoice's calls, voicemails and extensions."""

from __future__ import annotations

from typing import Any

from callboard.domain.errors import NotFound
from callboard.services import calls, organizations, voicemails
from callboard.services.service import Work
from callboard.web.contract import Answer, Call, Doc, Routes
from callboard.web.dialects.qtvoice import examples, shapes, words

CALLS = "/api/v1/calls"
VOICEMAILS = "/api/v1/voicemails"
routes = Routes()


def _numbers(work: Work, org: str, query: shapes.CallFilter | shapes.VoicemailFilter) -> tuple[str | None, str | None]:
    """The numbers asked for, as they are stored."""
    country = organizations.get(work, org).branding.default_country
    to = query.to if isinstance(query, shapes.CallFilter) else None
    return words.number(query.from_, country), words.number(to, country)


@routes.get(
    CALLS,
    scope="calls:read",
    query=shapes.CallFilter,
    summary="List call history",
    answers={200: Doc("A page of calls, newest first.", shapes.Calls, examples.CALLS)},
)
def list_calls(work: Work, call: Call[None, shapes.CallFilter]) -> Answer:
    """List call history with filters and pages."""
    query = call.query
    sender, recipient = _numbers(work, call.org, query)
    filters: dict[str, Any] = {
        "direction": query.direction,
        "status": query.status,
        "from_number": sender,
        "to_number": recipient,
        "created_from": query.start_date,
        "created_to": query.end_date,
    }
    found = calls.listing(work, call.org, limit=query.limit, offset=words.offset(query), **filters)
    return Answer(200, words.page(query, calls.count(work, call.org, **filters), [words.call(c) for c in found]))


def _agent(work: Work, org: str, extension_id: str | None) -> str | None:
    """The agent behind an extension."""
    if extension_id is None:
        return None
    found = words.read_id(words.EXTENSION, extension_id)
    if all(extension.id != found for extension in calls.extensions(work, org)):
        raise NotFound("extension")
    return found


@routes.post(
    CALLS,
    scope="calls:write",
    body=shapes.NewCall,
    summary="Initiate an outbound call (click-to-call)",
    example=examples.NEW_CALL,
    answers={201: Doc("Asked for: the carrier places it, or the operator dials.", shapes.Initiated, examples.INITIATED)},
    refusals=(404,),
)
def initiate_call(work: Work, call: Call[shapes.NewCall, None]) -> Answer:
    """Ask for a call to a number, from the extension named; its status tells how far it got."""
    agent_id = _agent(work, call.org, call.body.extension_id)
    placed = calls.initiate(work, call.org, to=call.body.to, from_number=call.body.from_, agent_id=agent_id)
    return Answer(201, words.initiated(placed))


@routes.get(
    CALLS + "/{id}",
    scope="calls:read",
    summary="Get details of a call",
    answers={200: Doc("The call.", shapes.CallRecord, examples.CALL)},
)
def get_call(work: Work, call: Call[None, None]) -> Answer:
    """One call."""
    return Answer(200, words.call(calls.get(work, call.org, words.read_id(words.CALL, call.path["id"]))))


@routes.get(
    VOICEMAILS,
    scope="calls:read",
    query=shapes.VoicemailFilter,
    summary="List voicemails",
    answers={200: Doc("A page of voicemails, newest first.", shapes.Voicemails, examples.VOICEMAILS)},
)
def list_voicemails(work: Work, call: Call[None, shapes.VoicemailFilter]) -> Answer:
    """List voicemails with their transcriptions."""
    query = call.query
    sender, _ = _numbers(work, call.org, query)
    filters: dict[str, Any] = {"is_read": query.is_read, "from_number": sender}
    found = voicemails.listing(work, call.org, limit=query.limit, offset=words.offset(query), **filters)
    return Answer(200, words.page(query, voicemails.count(work, call.org, **filters), [words.voicemail(v) for v in found]))


@routes.get(
    VOICEMAILS + "/{id}",
    scope="calls:read",
    summary="Get a voicemail",
    answers={200: Doc("The voicemail.", shapes.Voicemail, examples.VOICEMAIL)},
)
def get_voicemail(work: Work, call: Call[None, None]) -> Answer:
    """One voicemail."""
    return Answer(200, words.voicemail(voicemails.get(work, call.org, words.read_id(words.VOICEMAIL, call.path["id"]))))


@routes.patch(
    VOICEMAILS + "/{id}",
    scope="calls:write",
    body=shapes.VoicemailMark,
    summary="Mark a voicemail as read or unread",
    example={"is_read": True},
    answers={200: Doc("The voicemail as it is now.", shapes.Voicemail, {**examples.VOICEMAIL, "is_read": True})},
)
def mark_voicemail(work: Work, call: Call[shapes.VoicemailMark, None]) -> Answer:
    """Say that a voicemail was heard, or that it is to count as new."""
    voicemail_id = words.read_id(words.VOICEMAIL, call.path["id"])
    return Answer(200, words.voicemail(voicemails.mark_read(work, call.org, voicemail_id, read=call.body.is_read)))


@routes.get(
    "/api/v1/extensions",
    scope="calls:read",
    summary="List all extensions",
    answers={200: Doc("Every agent that has a short number.", shapes.Extensions, examples.EXTENSIONS)},
)
def list_extensions(work: Work, call: Call[None, None]) -> Answer:
    """List extensions."""
    return Answer(200, {"data": [words.extension(e) for e in calls.extensions(work, call.org)]})
