"""The WebSocket of a page: one hello with the link's token, then small JSON messages, each checked, counted and answered.

The token comes in the first message, not in the address: addresses end up in access logs.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from callboard.domain import ids
from callboard.domain.errors import CallboardError, LinkDead, LinkForged, NotFound, PlaceTaken
from callboard.services import rooms
from callboard.web.rooms import headers
from callboard.web.rooms.actions import ACTIONS
from callboard.web.rooms.hub import SERVER, Closed, Hub, Peer
from callboard.web.rooms.limits import Bucket, Buckets

HELLO_SECONDS = 5
MAX_MESSAGE = 64 * 1024
_SESSION = re.compile(r"[A-Za-z0-9_-]{8,40}\.[A-Za-z0-9_-]{8,40}\Z")
DEAD_CODES = {"expired": 4410, "cancelled": 4411, "revoked": 4403}


class Signalling:
    """The endpoint; one instance a server."""

    def __init__(self, hub: Hub, public_url: str) -> None:
        self._hub = hub
        self._public_url = public_url
        self._links = Buckets(rate=0.5, burst=30)  # connections of one link
        self._addresses = Buckets(rate=20, burst=600)  # an office may sit behind one address

    async def serve(self, socket: WebSocket) -> None:
        """Refuse strangers before the handshake is done; serve the rest until they go."""
        address = socket.client.host if socket.client else ""
        if not headers.same_origin(socket.headers.get("origin"), socket.headers.get("host"), self._public_url):
            await socket.close(4403, "origin")
            return
        booking_id = ids.parse(socket.path_params["booking_id"])
        if booking_id is None or self._addresses.take(address) or self._links.take(booking_id):
            await socket.close(4429 if booking_id else 4404, "refused")
            return
        await socket.accept()
        peer: Peer | None = None
        at_once = False
        try:
            peer = await self._hello(socket, booking_id)
            writer = asyncio.create_task(_write(socket, peer))
            try:
                at_once = await self._read(socket, peer, writer)
            finally:
                writer.cancel()
        except Closed as closed:
            with contextlib.suppress(RuntimeError):
                await socket.close(closed.code, closed.reason)
        except WebSocketDisconnect:
            pass
        finally:
            if peer is not None:
                await self._hub.leave(peer, at_once=at_once)

    # --- arriving -------------------------------------------------------------------------------------------------------
    async def _hello(self, socket: WebSocket, booking_id: str) -> Peer:
        """The first message: who it is, by which link, from which tab."""
        try:
            first = _parse(await asyncio.wait_for(_receive(socket), HELLO_SECONDS))
        except TimeoutError as error:
            raise Closed(4408, "no hello") from error
        token, session = first.get("token"), first.get("session")
        if first.get("type") != "hello" or not isinstance(token, str) or not isinstance(session, str):
            raise Closed(4400, "hello expected")
        if len(token) > 200 or not _SESSION.match(session):
            raise Closed(4400, "hello expected")
        await self._hub.start()
        try:
            return await self._enter(booking_id, token, session, move=first.get("move") is True)
        except (LinkForged, NotFound) as error:
            raise Closed(4403 if isinstance(error, LinkForged) else 4404, "link") from error
        except LinkDead as error:
            raise Closed(DEAD_CODES.get(error.kind, 4410), error.kind) from error
        except PlaceTaken as error:
            raise Closed(4409, "taken") from error
        except CallboardError as error:
            raise Closed(4503 if error.code == "unavailable" else 4410, error.code) from error

    async def _enter(self, booking_id: str, token: str, session: str, *, move: bool) -> Peer:
        ask = self._hub.desk.acting(SERVER)
        found = await ask.read(rooms.opened, booking_id, token)
        booking, gateway = found.room.booking, self._hub.gateway
        if found.dead:
            raise LinkDead(found.dead, booking.id, booking.organization_id, found.role)
        if gateway.missing():
            raise Closed(4503, "gateway")
        if found.room.gateway != gateway.name:
            known = dict(await gateway.open(booking, {}))
            await ask.run(rooms.use_gateway, booking.organization_id, booking.id, gateway.name, known)
        peer = Peer(
            org=booking.organization_id,
            booking_id=booking.id,
            role=found.role,
            session=session,
            link_version=booking.link_version,
            names={"agent": found.agent_name, "customer": booking.customer_name},
            keep_chat=found.organization.policy.keep_chat,
        )
        peer.send({"type": "welcome", "role": peer.role, "id": peer.id, "chat": await self._chat(peer)})
        await self._hub.enter(peer, move=move)
        return peer

    async def _chat(self, peer: Peer) -> list[dict[str, Any]]:
        if not peer.keep_chat:
            return []
        lines = await self._hub.desk.acting(SERVER).read(rooms.chat, peer.org, peer.booking_id)
        return [{"own": line["role"] == peer.role, "text": line["text"], "at": line["at"]} for line in lines[-200:]]

    # --- talking --------------------------------------------------------------------------------------------------------
    async def _read(self, socket: WebSocket, peer: Peer, writer: asyncio.Task[None]) -> bool:
        """Until the page leaves (True: it said so) or its socket closes."""
        bucket = Bucket(rate=25, burst=150)  # a page with many network addresses sends that many candidates at once
        while True:
            reading = asyncio.ensure_future(_receive(socket))
            done, _ = await asyncio.wait({reading, writer}, return_when=asyncio.FIRST_COMPLETED)
            if reading not in done:
                reading.cancel()
                return False
            if bucket.take():
                raise Closed(4429, "too fast")
            message = _parse(reading.result())
            if message.get("type") == "leave":
                return True
            await self._act(peer, message)

    async def _act(self, peer: Peer, message: dict[str, Any]) -> None:
        kind = message.get("type")
        action: Callable[[Hub, Peer, dict[str, Any]], Awaitable[None]] | None = (
            ACTIONS.get(kind) if isinstance(kind, str) else None
        )
        if action is None:
            peer.send({"type": "refused", "about": "message", "code": "unknown"})
            return
        try:
            await action(self._hub, peer, message)
        except CallboardError as error:
            peer.send({"type": "refused", "about": kind, "code": error.code, "text": str(error)})


async def _receive(socket: WebSocket) -> str:
    """The next text; a page never sends bytes."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code") or 1005)
    text = message.get("text")
    if not isinstance(text, str):
        raise Closed(1003, "text only")
    return text


async def _write(socket: WebSocket, peer: Peer) -> None:
    """Send what is queued for a page, until it must close."""
    while True:
        message = await peer.outbox.get()
        try:
            if isinstance(message, Closed):
                if socket.application_state is WebSocketState.CONNECTED:
                    await socket.close(message.code, message.reason)
                return
            await socket.send_text(json.dumps(message, separators=(",", ":"), ensure_ascii=False))
        except (WebSocketDisconnect, RuntimeError):
            return


def _parse(text: str) -> dict[str, Any]:
    """One JSON object of bounded size, or the end of the conversation."""
    if len(text) > MAX_MESSAGE:
        raise Closed(1009, "too long")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Closed(1007, "not JSON") from error
    if not isinstance(value, dict):
        raise Closed(1007, "not an object")
    return value
