"""A page without a browser: aiortc behind the real signalling, with the same three sections a page has."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Any, Self

import websockets
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamTrack, VideoStreamTrack
from aiortc.sdp import candidate_from_sdp

from rooms.house import Place


class Page:
    """Joins by a link's token; keeps every message; makes and answers calls as the real page does."""

    def __init__(self, place: Place, booking: Any, role: str, *, session: str | None = None, token: str | None = None) -> None:
        self.place, self.booking, self.role = place, booking, role
        self.token = token or place.token(booking, role)
        self.session = session or f"{secrets.token_hex(8)}.{secrets.token_hex(8)}"
        self.messages: list[dict[str, Any]] = []
        self.room: dict[str, Any] = {}
        self.closed: tuple[int, str] | None = None
        self.pc: RTCPeerConnection | None = None
        self.other = ""
        self.frames = 0
        self.media = True
        self.heard = asyncio.Event()
        self.tasks: list[asyncio.Task[Any]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    # --- signalling -----------------------------------------------------------------------------------------------------
    async def join(self, *, move: bool = False, origin: str | None = None, media: bool = True) -> Page:
        self.media = media
        base = self.place.server.url
        url = f"{base.replace('http', 'ws')}/join/video-call/{self.booking.id}/signal"
        self.socket = await websockets.connect(url, origin=origin or base, open_timeout=60)
        await self.say("hello", token=self.token, session=self.session, move=move)
        self.tasks.append(asyncio.create_task(self._listen()))
        await self.until(lambda: bool(self.room) or self.closed is not None)
        return self

    async def say(self, type_: str, **parts: Any) -> None:
        await self.socket.send(json.dumps({"type": type_, **parts}))

    async def _listen(self) -> None:
        try:
            async for text in self.socket:
                message = json.loads(text)
                self.messages.append(message)
                if message["type"] == "room":
                    self.room = message
                    if self.media:
                        await self._meet()
                elif message["type"] == "signal" and self.media:
                    await self._signal(message)
                self.heard.set()
        except websockets.ConnectionClosed:
            pass
        self.closed = (self.socket.close_code, self.socket.close_reason)
        self.heard.set()

    async def until(self, true: Callable[[], bool], seconds: float = 60) -> None:
        async with asyncio.timeout(seconds):
            while not true():
                self.heard.clear()
                if true():
                    return
                try:
                    await asyncio.wait_for(self.heard.wait(), 0.25)
                except TimeoutError:
                    continue

    def of(self, type_: str) -> list[dict[str, Any]]:
        return [m for m in self.messages if m["type"] == type_]

    async def refused(self, about: str) -> dict[str, Any]:
        """The refusal of a kind of message."""
        await self.until(lambda: any(m["about"] == about for m in self.of("refused")))
        return next(m for m in self.of("refused") if m["about"] == about)

    async def leave(self) -> None:
        for task in self.tasks:
            task.cancel()
        if self.pc is not None:
            await self.pc.close()
        if hasattr(self, "socket"):
            await self.socket.close()

    # --- the call -------------------------------------------------------------------------------------------------------
    async def _meet(self) -> None:
        peers = self.room["peers"]
        if not peers or peers[0]["id"] == self.other:
            return
        if self.pc is not None:
            await self.pc.close()
        self.other = peers[0]["id"]
        self.pc = RTCPeerConnection()
        self.pc.on("track", self._track)
        if self.role == "agent":
            tracks: list[MediaStreamTrack] = [AudioStreamTrack(), VideoStreamTrack(), VideoStreamTrack()]
            for track in tracks:
                self.pc.addTransceiver(track, direction="sendrecv")
            await self.pc.setLocalDescription(await self.pc.createOffer())
            await self.describe()

    async def describe(self) -> None:
        local = self.pc.localDescription
        await self.say("signal", to=self.other, description={"type": local.type, "sdp": local.sdp})

    async def _signal(self, message: dict[str, Any]) -> None:
        description = message.get("description")
        if description:
            await self.pc.setRemoteDescription(RTCSessionDescription(description["sdp"], description["type"]))
            if description["type"] == "offer":
                for transceiver in self.pc.getTransceivers():
                    transceiver.direction = "sendrecv"
                    transceiver.sender.replaceTrack(AudioStreamTrack() if transceiver.kind == "audio" else VideoStreamTrack())
                await self.pc.setLocalDescription(await self.pc.createAnswer())
                await self.describe()
        elif message.get("candidate", {}).get("candidate"):
            candidate = candidate_from_sdp(message["candidate"]["candidate"].removeprefix("candidate:"))
            candidate.sdpMid = message["candidate"].get("sdpMid")
            candidate.sdpMLineIndex = message["candidate"].get("sdpMLineIndex")
            await self.pc.addIceCandidate(candidate)

    def _track(self, track: MediaStreamTrack) -> None:
        async def watch() -> None:
            while True:
                await track.recv()
                self.frames += track.kind == "video"
                self.heard.set()

        task = asyncio.create_task(watch())
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        self.tasks.append(task)
