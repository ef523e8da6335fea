"""Its shapes, words, routes and refusals, small enough for one file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from callboard.domain import ids
from callboard.domain.bookings import Booking, Move, Wish
from callboard.domain.errors import CallboardError, NotFound
from callboard.services import bookings
from callboard.services.service import Work
from callboard.web import refusing
from callboard.web.contract import Answer, Call, Doc, Operation, Routes
from callboard.web.shapes import Instant, Line, Shape

routes = Routes()


class Ask(Shape):
    when: Instant
    who: Line = Field(min_length=1, max_length=80)


class Shift(Shape):
    when: Instant


class Slot(Shape):
    id: str
    when: str
    state: str


class No(Shape):
    no: str


def spell(booking: Booking) -> dict[str, Any]:
    when = datetime.fromtimestamp(booking.starts_at, UTC).isoformat()
    return {"id": ids.to_uuid(booking.id), "when": when, "state": str(booking.status)}


def refuse(error: CallboardError, operation: Operation | None) -> Answer:
    return Answer(refusing.status(error), {"no": error.code})


def key(text: str) -> str:
    found = ids.from_uuid(text)
    if found is None:
        raise NotFound("booking")
    return found


_ONE = {200: Doc("The slot.", Slot)}


@routes.post(
    "/slots",
    scope="scheduling:write",
    body=Ask,
    example={"when": "2026-06-15T20:00:00Z", "who": "Jane"},
    answers={201: Doc("Made.", Slot)},
)
def make(work: Work, call: Call[Ask, None]) -> Answer:
    wish = Wish(starts_at=call.body.when, customer_name=call.body.who, source="toy")
    return Answer(201, spell(bookings.book(work, call.org, wish)))


@routes.get("/slots/{id}", scope="scheduling:read", answers=_ONE)
def see(work: Work, call: Call[None, None]) -> Answer:
    return Answer(200, spell(bookings.get(work, call.org, key(call.path["id"]))))


@routes.patch("/slots/{id}", scope="scheduling:write", body=Shift, example={"when": "2026-06-15T20:00:00Z"}, answers=_ONE)
def shift(work: Work, call: Call[Shift, None]) -> Answer:
    return Answer(200, spell(bookings.move(work, call.org, key(call.path["id"]), Move(starts_at=call.body.when))))


@routes.delete("/slots/{id}", scope="scheduling:write", answers={204: Doc("Gone.")})
def drop(work: Work, call: Call[None, None]) -> Answer:
    bookings.cancel(work, call.org, key(call.path["id"]))
    return Answer(204)
