"""Open slots, and the busy blocks of external calendars."""

from __future__ import annotations

from callboard.domain.errors import Invalid
from callboard.services import availability, blocks, organizations
from callboard.services.service import Work
from callboard.web.contract import Answer, Call, Doc, Routes
from callboard.web.dialects.qualifybase import answers, examples, shapes, words
from callboard.web.dialects.qualifybase.clinic import agent_named

routes = Routes()
USUAL_DAYS = 14
DAY = 86400
FIRST_LOOK = 2 * DAY


@routes.get(
    "/api/v1/availability",
    scope="scheduling:read",
    query=shapes.AvailabilityQuery,
    summary="Find open slots",
    answers={200: Doc("Open slots, earliest first.", answers.Slots, examples.SLOTS)},
)
def list_slots(work: Work, call: Call[None, shapes.AvailabilityQuery]) -> Answer:
    """Times at which somebody is free: what is shown here can be booked, by the same rules that judge a booking."""
    query, zone = call.query, organizations.get(work, call.org).timezone
    lo = work.now if query.from_ is None else words.begins(query.from_, zone)
    hi = lo + USUAL_DAYS * DAY if query.to is None else words.ends(query.to, zone)
    if hi <= lo:
        raise Invalid("to", "must be after from")
    agent = agent_named(work, call.org, query.agent_id, "agent_id")
    if hi - lo > availability.MAX_DAYS * DAY:
        raise Invalid("to", f"must be at most {availability.MAX_DAYS} days after from")
    found = _first(work, call, lo, hi, (agent.id,) if agent else ())
    return Answer(200, {"data": [words.slot(slot) for slot in found], "timezone": zone})


def _first(
    work: Work, call: Call[None, shapes.AvailabilityQuery], lo: int, hi: int, agent_ids: tuple[str, ...]
) -> list[availability.Slot]:
    """As many slots as asked for, looked for a little further at a time: most callers want the next few, not a fortnight."""
    query, zone = call.query, organizations.get(work, call.org).timezone
    found: list[availability.Slot] = []
    span = FIRST_LOOK
    while lo < hi and len(found) < query.limit:
        end = min(hi, lo + span)
        wanted = query.limit - len(found) if query.preference is None else None
        slots = availability.open_slots(
            work, call.org, lo, end, duration_minutes=query.duration, agent_ids=agent_ids, limit=wanted
        )
        found += slots if query.preference is None else [s for s in slots if words.preferred(s, query.preference, zone)]
        lo, span = end, span * 4
    return found[: query.limit]


@routes.post(
    "/api/v1/availability/blocks",
    scope="scheduling:write",
    body=shapes.NewBlock,
    summary="Upsert a busy block",
    example=examples.NEW_BLOCK,
    answers={
        200: Doc("The block that external_source and external_id name was updated.", answers.Block, examples.BLOCK),
        201: Doc("A new block.", answers.Block, examples.BLOCK),
    },
)
def save_block(work: Work, call: Call[shapes.NewBlock, None]) -> Answer:
    """Mirror an event of an external calendar: nothing is booked over it from now on. Again with the same ids, it moves."""
    body = call.body
    if body.ends_at <= body.starts_at:
        raise Invalid("ends_at", "must be after starts_at")
    agent = agent_named(work, call.org, body.agent_id, "agent_id")
    block, new = blocks.upsert_external(
        work,
        call.org,
        body.external_source,
        body.external_id,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        title=body.title or "",
        agent_id=agent.id if agent else None,
    )
    return Answer(201 if new else 200, words.block(block))


@routes.delete(
    "/api/v1/availability/blocks",
    scope="scheduling:write",
    query=shapes.BlockQuery,
    summary="Delete a busy block",
    answers={204: Doc("Gone, whether it was there or not.")},
)
def delete_block(work: Work, call: Call[None, shapes.BlockQuery]) -> Answer:
    """Forget an event of an external calendar. Deleting what is already gone is no error."""
    blocks.remove_external(work, call.org, call.query.external_source, call.query.external_id)
    return Answer(204)
