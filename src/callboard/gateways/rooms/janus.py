"""Janus (Debian package ``janus``): media goes through a server of one's own, which can stop it whatever a page does.

Pages never speak to Janus: this process joins for them over one WebSocket, so room PINs and secrets stay here, and every
description is policed on its way like in an embedded room. Video rooms are made per booking and destroyed with the call.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from callboard.domain.bookings import Booking
from callboard.domain.errors import NotAllowed, Unavailable
from callboard.domain.rooms import Role
from callboard.gateways.rooms import turn
from callboard.gateways.rooms.base import FLAGS, Level, Plain, Send
from callboard.gateways.rooms.janus_link import ANSWER_SECONDS, Handle, JanusError, Link

PLUGIN = "janus.plugin.videoroom"
NO_SUCH_ROOM, ROOM_EXISTS = 426, 427
KINDS = ("mic", "cam", "screen")


class Janus(Plain):
    """Settings: ``[gateways.janus]`` url, room_secret, api_secret, admin_key, and the STUN/TURN ones of ``embedded``."""

    name = "janus"
    title = "Janus (media server of your own)"
    relays = True

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._link = Link(str(settings.get("url", "")), str(settings.get("api_secret", "")))

    def support(self) -> Mapping[str, Level]:
        """All enforced: what the room does not have is policed out of descriptions, and Janus drops what must not flow."""
        return {**dict.fromkeys(FLAGS, Level.ENFORCED), "background_blurring": Level.UI_ONLY}

    def missing(self) -> str:
        absent = [name for name in ("url", "room_secret") if not self._settings.get(name)]
        return f"set {' and '.join(absent)} under [gateways.janus]" if absent else ""

    def _word(self, booking: Booking, purpose: str) -> str:
        """The PIN or secret of a booking's room; derived, so that nothing has to be kept."""
        key = str(self._settings.get("room_secret", "")).encode()
        return hmac.new(key, f"{purpose}:{booking.id}".encode(), "sha256").hexdigest()[:32]

    async def open(self, booking: Booking, known: Mapping[str, Any]) -> Mapping[str, Any]:
        room = int(known.get("room") or int(self._word(booking, "number")[:12], 16))
        async with await self._link.attach(PLUGIN) as handle:
            kbps = booking.features.bandwidth_kbps
            wish = {
                "request": "create",
                "room": room,
                "secret": self._word(booking, "secret"),
                "pin": self._word(booking, "pin"),
                "is_private": True,
                "publishers": 2,
                "bitrate": (kbps or 0) * 1000,
                "bitrate_cap": bool(kbps),
                "description": "callboard",
                **({"admin_key": self._settings["admin_key"]} if self._settings.get("admin_key") else {}),
            }
            try:
                await handle.ask(wish)
            except JanusError as error:
                if error.number != ROOM_EXISTS:
                    raise Unavailable("the media server made no room") from error
        return {"room": room}

    def ticket(self, booking: Booking, role: Role, known: Mapping[str, Any], now: int) -> Mapping[str, Any]:  # noqa: ARG002
        return {"kind": "sfu", "iceServers": turn.ice_servers(self._settings, f"{booking.id}-{role}", now)}

    async def leg(self, booking: Booking, role: Role, known: Mapping[str, Any], send: Send) -> JanusLeg:
        async def again() -> None:
            await self.open(booking, known)  # Janus was restarted and has forgotten its rooms

        door = Door(int(known["room"]), self._word(booking, "pin"), self._word(booking, "secret"), role, again)
        return JanusLeg(self._link, door, send)

    async def end(self, booking: Booking, known: Mapping[str, Any]) -> None:
        if not known.get("room"):
            return
        async with await self._link.attach(PLUGIN) as handle:
            with contextlib.suppress(JanusError):  # gone already
                await handle.ask({"request": "destroy", "room": known["room"], "secret": self._word(booking, "secret")})

    async def close(self) -> None:
        await self._link.close()


@dataclass(frozen=True, slots=True)
class Door:
    """How to get into a booking's room, and how to have it made anew."""

    room: int
    pin: str
    secret: str
    role: str
    again: Callable[[], Awaitable[None]]


class JanusLeg:
    """One page in a room: a handle that publishes for it and one that subscribes."""

    def __init__(self, link: Link, door: Door, send: Send) -> None:
        self._link, self._door, self._send = link, door, send
        self._up: Handle | None = None
        self._down: Handle | None = None
        self._feed = 0
        self._flow: tuple[bool, bool] | None = None
        self._published = False
        self._from = 0  # the feed we look at
        self._inside = asyncio.Event()
        self._turn, self._looking = asyncio.Lock(), asyncio.Lock()

    async def join(self) -> None:
        """Enter as a publisher who sends nothing yet, and hear of the others."""
        self._up = await self._link.attach(PLUGIN, self._heard)
        door = self._door
        wish = {"request": "join", "ptype": "publisher", "room": door.room, "pin": door.pin, "display": door.role}
        try:
            joined = await self._up.ask(wish)
        except JanusError as error:
            if error.number != NO_SUCH_ROOM:
                raise Unavailable("the media server let nobody in") from error
            await door.again()
            joined = await self._up.ask(wish)
        self._feed = joined["id"]
        self._inside.set()
        await self._others(joined.get("publishers", []))

    async def _heard(self, data: Mapping[str, Any], _jsep: Mapping[str, Any] | None) -> None:
        await self._others(data.get("publishers", []))

    async def _others(self, publishers: list[Mapping[str, Any]]) -> None:
        for other in publishers:
            await self._subscribe(int(other["id"]))

    async def _subscribe(self, feed: int) -> None:
        """A fresh handle each time: whoever reloads comes back as somebody new."""
        async with self._looking:
            if feed != self._from:  # who comes while we join is told twice
                self._from = feed
                await self._look(feed)

    async def _look(self, feed: int) -> None:
        if self._down is not None:
            await self._down.detach()
        down = self._down = await self._link.attach(PLUGIN)
        wish = {
            "request": "join",
            "ptype": "subscriber",
            "room": self._door.room,
            "pin": self._door.pin,
            "streams": [{"feed": feed}],
        }
        try:
            data, jsep = await down.negotiate(wish)
        except JanusError:
            return  # gone again before we could look
        kinds = {str(s["mid"]): _kind(s) for s in data.get("streams", []) if s.get("active", True)}
        await self._send({"do": "subscribe", "description": jsep, "kinds": kinds})

    async def handle(self, message: Mapping[str, Any]) -> None:
        """publish, answer, trickle."""
        do, description = message.get("do"), message.get("description")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):  # a quick page publishes before Janus has let us in
                await self._inside.wait()
            if do == "publish" and isinstance(description, dict) and self._up is not None:
                _, answer = await self._up.negotiate({"request": "publish"}, {**description, "type": "offer"})
                await self._send({"do": "published", "description": answer})
                await self._begin()
            elif do == "answer" and isinstance(description, dict) and self._down is not None:
                await self._down.tell({"request": "start", "room": self._door.room}, {**description, "type": "answer"})
            elif do == "trickle":
                handle = self._up if message.get("way") == "up" else self._down
                if handle is not None:
                    await handle.trickle(message.get("candidate") or {"completed": True})
            else:
                raise NotAllowed("that is nothing for the media server")
        except TimeoutError as error:
            raise Unavailable("the media server lets nobody in") from error
        except JanusError as error:
            raise NotAllowed("the media server refused") from error

    async def _begin(self) -> None:
        """From now on there is something to stop; what was told before counts."""
        wanted = self._flow
        self._published, self._flow = True, None
        if wanted is not None:
            await self.allow(mic=wanted[0], pictures=wanted[1])

    async def allow(self, *, mic: bool, pictures: bool) -> None:
        """Let this page's media through, or drop it at the server; told only when it changes."""
        async with self._turn:
            if (mic, pictures) == self._flow or self._up is None:
                return
            self._flow = (mic, pictures)
            if not self._published:
                return
            for mid, passes in (("0", mic), ("1", pictures), ("2", pictures)):
                wish = {
                    "request": "moderate",
                    "room": self._door.room,
                    "secret": self._door.secret,
                    "id": self._feed,
                    "mid": mid,
                    "mute": not passes,
                }
                with contextlib.suppress(JanusError, Unavailable):  # a section that was never published
                    await self._up.ask(wish)

    async def close(self) -> None:
        for handle in (self._up, self._down):
            if handle is not None:
                await handle.detach()
        self._up = self._down = None


def _kind(stream: Mapping[str, Any]) -> str:
    """Which of a page's sections a subscribed stream is; sections are numbered in our fixed order."""
    try:
        return KINDS[int(stream["feed_mid"])]
    except (KeyError, ValueError, IndexError):
        return "mic" if stream.get("type") == "audio" else "cam"
