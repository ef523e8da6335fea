"""Recording uploads: numbered chunks, appended to one file in the data folder. 403 where the room does not record.

The browser's recorder gives pieces of one stream, so joining them is appending them in order; a chunk that comes twice (its
answer was lost) is answered as before, one out of turn is refused.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from callboard.domain import ids
from callboard.domain.bookings import Booking
from callboard.domain.errors import CallboardError, Invalid, LinkDead, LinkForged, NotAllowed, NotFound
from callboard.domain.rooms import Role
from callboard.services import links, recordings
from callboard.services.recordings import Recorded
from callboard.services.service import Desk
from callboard.web.rooms.hub import ACTORS, SERVER, Hub
from callboard.web.rooms.limits import Buckets

MAX_CHUNK = 8 * 1024 * 1024
MAX_RECORDING = 4 * 1024 * 1024 * 1024
_STATUS: dict[type[CallboardError], int] = {LinkForged: 403, LinkDead: 410, NotFound: 404, NotAllowed: 403, Invalid: 415}
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class _Refusal(Exception):
    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        super().__init__(reason)


class Uploads:
    """The upload endpoints; one instance a server."""

    def __init__(self, desk: Desk, hub: Hub) -> None:
        self._desk = desk
        self._hub = hub
        self._links = Buckets(rate=2, burst=30)
        self._writing: dict[str, asyncio.Lock] = {}

    async def begin(self, request: Request) -> Response:
        """POST …/recordings: a new recording, once everybody agreed. Answers its id."""
        return await self._answer(request, self._begin)

    async def append(self, request: Request) -> Response:
        """PUT …/recordings/{id}/{sequence}: the next chunk."""
        return await self._answer(request, self._append)

    async def finish(self, request: Request) -> Response:
        """POST …/recordings/{id}: the recording is whole."""
        return await self._answer(request, self._finish)

    async def _answer(self, request: Request, act: object) -> Response:
        try:
            booking, role = await self._link(request)
            found: Recorded = await act(request, booking, role)  # type: ignore[operator]
        except _Refusal as refusal:
            return JSONResponse({"error": str(refusal)}, refusal.status, headers=_HEADERS)
        except CallboardError as error:
            status = next((s for kind, s in _STATUS.items() if isinstance(error, kind)), 503)
            return JSONResponse({"error": error.code}, status, headers=_HEADERS)
        body = {"id": found.id, "next": found.chunks, "size": found.size, "complete": found.complete}
        return JSONResponse(body, 201 if request.method == "POST" and not found.chunks else 200, headers=_HEADERS)

    async def _link(self, request: Request) -> tuple[Booking, Role]:
        """Whose page it is: the link's token, in a header because addresses end up in logs. Only the agent's page records."""
        booking_id = ids.parse(request.path_params["booking_id"])
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if booking_id is None:
            raise NotFound("booking")
        if self._links.take(booking_id):
            raise _Refusal(429, "too many chunks")
        if scheme.lower() != "bearer":
            raise LinkForged
        link = await self._desk.acting(SERVER).read(links.read, booking_id, token.strip()[:300])
        if link.role != "agent":
            raise NotAllowed("only the agent's page records")
        return link.booking, link.role

    async def _begin(self, request: Request, booking: Booking, role: Role) -> Recorded:
        kind = request.headers.get("content-type", "")
        verb = self._desk.acting(ACTORS[role])
        return await verb.run(recordings.begin, booking.organization_id, booking.id, role, kind)

    async def _append(self, request: Request, booking: Booking, role: Role) -> Recorded:
        recording_id, text = request.path_params["recording_id"], request.path_params["sequence"]
        if not text.isascii() or not text.isdigit() or len(text) > 6:
            raise _Refusal(400, "sequence")
        sequence, org = int(text), booking.organization_id
        verb = self._desk.acting(ACTORS[role])
        await verb.read(recordings.may_append, org, booking.id, recording_id, role)
        chunk = await _body(request)
        lock = self._writing.setdefault(recording_id, asyncio.Lock())
        async with lock:
            found = await verb.read(recordings.may_append, org, booking.id, recording_id, role)
            if sequence == found.chunks - 1:
                return found  # it came before; only the answer was lost
            if sequence != found.chunks:
                raise _Refusal(409, "sequence")
            if found.size + len(chunk) > MAX_RECORDING:
                raise _Refusal(413, "recording is full")
            size = await asyncio.to_thread(_write, self._desk.settings.data_dir / found.path, found.size, chunk)
            return await verb.run(recordings.appended, org, booking.id, recording_id, sequence=sequence, size=size)

    async def _finish(self, request: Request, booking: Booking, role: Role) -> Recorded:
        recording_id = request.path_params["recording_id"]
        verb = self._desk.acting(ACTORS[role])
        await verb.read(recordings.may_append, booking.organization_id, booking.id, recording_id, role)
        self._writing.pop(recording_id, None)
        return await verb.run(recordings.finish, booking.organization_id, booking.id, recording_id)


async def _body(request: Request) -> bytes:
    """The chunk, read no further than it may be long."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_CHUNK:
            raise _Refusal(413, "chunk is too large")
        parts.append(part)
    if not size:
        raise _Refusal(400, "empty chunk")
    return b"".join(parts)


def _write(path: Path, at: int, chunk: bytes) -> int:
    """Put a chunk at ``at`` (what a crash left behind it is overwritten) and make it durable; the new length."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        os.pwrite(descriptor, chunk, at)
        os.ftruncate(descriptor, at + len(chunk))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return at + len(chunk)
