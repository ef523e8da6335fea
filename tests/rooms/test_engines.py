"""Against the real programs: Janus carries a call and stops it, coturn lets our credentials in and no others."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from callboard.domain.bookings import Features
from callboard.gateways.rooms import choose
from callboard.gateways.rooms.turn import credentials
from callboard.services import rooms
from rooms.engines import free_port, wait_for
from rooms.house import Place
from rooms.peers import Page

pytestmark = pytest.mark.engines


def readable(sdp: str) -> str:
    """A refused section has no ICE lines, as browsers know; aiortc wants them nevertheless."""
    ice = [line for line in sdp.splitlines() if line.startswith(("a=ice-ufrag", "a=ice-pwd"))][:2]
    extra = "\r\n".join([*ice, "a=setup:active", "a=rtcp-mux", "a=rtpmap:0 VP8/90000"])
    return sdp.replace("a=inactive\r\n", f"a=inactive\r\n{extra}\r\n")


class SfuPage(Page):
    """A page whose media goes through the media server: one connection up, one down."""

    up: RTCPeerConnection | None = None
    down: RTCPeerConnection | None = None

    async def _meet(self) -> None:
        if self.room["peers"] and self.up is None and any(m.get("do") == "ready" for m in self.of("sfu")):
            self.up = RTCPeerConnection()
            for track in (AudioStreamTrack(), VideoStreamTrack(), VideoStreamTrack()):
                self.up.addTransceiver(track, direction="sendonly")
            await self.up.setLocalDescription(await self.up.createOffer())
            await self.say("sfu", do="publish", description={"type": "offer", "sdp": self.up.localDescription.sdp})

    async def take(self, message: dict[str, Any]) -> None:
        if message["do"] == "ready":
            await self._meet()
        elif message["do"] == "published":
            await self.up.setRemoteDescription(RTCSessionDescription(readable(message["description"]["sdp"]), "answer"))
        elif message["do"] == "subscribe":
            if self.down is not None:
                await self.down.close()
            self.down = RTCPeerConnection()
            self.down.on("track", self._track)
            await self.down.setRemoteDescription(RTCSessionDescription(readable(message["description"]["sdp"]), "offer"))
            await self.down.setLocalDescription(await self.down.createAnswer())
            await self.say("sfu", do="answer", description={"type": "answer", "sdp": self.down.localDescription.sdp})

    async def _listen(self) -> None:
        done = 0

        async def serve() -> None:
            nonlocal done
            while True:
                await asyncio.sleep(0.01)
                while done < len(self.of("sfu")):
                    done += 1
                    await self.take(self.of("sfu")[done - 1])

        self.tasks.append(asyncio.create_task(serve()))
        await super()._listen()

    async def leave(self) -> None:
        await super().leave()
        for pc in (self.up, self.down):
            if pc is not None:
                await pc.close()


async def still(page: Page, seconds: float = 1.0) -> int:
    """Frames that come in that time."""
    before = page.frames
    await asyncio.sleep(seconds)
    return page.frames - before


async def test_janus_carries_a_call_and_stops_it(make_place: Callable[..., Place], janus: dict[str, str]) -> None:
    """Both keep sending whatever they are told: on hold and when muted it is the media server that drops it."""
    place = make_place(gateway=choose("janus", janus))
    booking = place.book(features=Features(bandwidth_kbps=800))
    async with SfuPage(place, booking, "customer") as customer, SfuPage(place, booking, "agent") as agent:
        await customer.join()
        await agent.join()
        assert not customer.of("ticket")  # nothing opens the room before the agent says so
        await agent.say("admit")
        await customer.until(lambda: customer.frames > 3)
        await agent.until(lambda: agent.frames > 3)
        assert {m.get("kind") for m in customer.of("ticket")} == {"sfu"}
        assert all("pin" not in str(m) and janus["room_secret"] not in str(m) for m in customer.messages)
        await agent.say("hold", text="")
        await customer.until(lambda: customer.room["state"] == "on_hold")
        await asyncio.sleep(0.7)
        assert await still(customer) == 0
        assert await still(agent) == 0
        await agent.say("resume")
        flowing = customer.frames
        await customer.until(lambda: customer.frames > flowing + 3)
        await agent.say("end")
        await customer.until(lambda: customer.room["state"] == "ended")


async def test_janus_drops_a_camera_the_room_does_not_have(make_place: Callable[..., Place], janus: dict[str, str]) -> None:
    place = make_place(gateway=choose("janus", janus))
    booking = place.book(features=Features(webcam_customer=False, screen_sharing=False))
    place.office.do(rooms.admit, booking.id)
    async with SfuPage(place, booking, "customer") as customer, SfuPage(place, booking, "agent") as agent:
        await customer.join()
        await agent.join()
        await customer.until(lambda: customer.frames > 3)
        assert agent.frames == 0


async def test_a_media_server_that_is_down_is_said(make_place: Callable[..., Place]) -> None:
    place = make_place(gateway=choose("janus", {"url": f"ws://127.0.0.1:{free_port()}", "room_secret": "x"}))
    async with Page(place, place.book(), "customer") as customer:
        await customer.join(media=False)
        assert customer.closed[0] == 4503


@pytest.fixture
def coturn(tmp_path: Path) -> Iterator[tuple[int, str]]:
    if shutil.which("turnserver") is None:
        pytest.skip("coturn is not installed")
    port = free_port()
    command = [
        *("turnserver", "-n", "--no-cli", "--no-tls", "--no-dtls", "--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1"),
        *("--listening-port", str(port), "--use-auth-secret", "--static-auth-secret", "shared", "--realm", "callboard.test"),
        *("--allow-loopback-peers", "--log-file", "stdout", "--pidfile", str(tmp_path / "turn.pid"), "--min-port", "21000"),
        *("--max-port", "21200", "--userdb", str(tmp_path / "turn.db")),
    ]
    with (tmp_path / "turn.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as program:
        try:
            wait_for(port, program)
            yield port, "shared"
        finally:
            program.terminate()
            program.wait(10)


async def relay_candidates(servers: list[dict[str, Any]]) -> list[str]:
    """What a page gathers through these servers."""
    ice = [RTCIceServer(urls=s["urls"], username=s.get("username"), credential=s.get("credential")) for s in servers]
    pc = RTCPeerConnection(RTCConfiguration(iceServers=ice))
    pc.addTransceiver("audio")
    try:
        await pc.setLocalDescription(await pc.createOffer())
        return [line for line in pc.localDescription.sdp.splitlines() if " typ relay" in line]
    finally:
        await pc.close()


async def test_coturn_lets_our_credentials_in_and_no_others(make_place: Callable[..., Place], coturn: tuple[int, str]) -> None:
    port, secret = coturn
    settings = {"turn_urls": f"turn:127.0.0.1:{port}?transport=udp", "turn_secret": secret, "turn_ttl_hours": 1}
    place = make_place(gateway=choose("embedded", settings))
    booking = place.book()
    async with Page(place, booking, "agent") as agent:
        await agent.join(media=False)
        servers = agent.of("ticket")[0]["iceServers"]
        assert secret not in str(agent.messages)
        assert int(servers[0]["username"].split(":")[0]) - place.clock() == pytest.approx(3600, abs=5)
        assert await relay_candidates(servers)
    wrong = credentials("another", "x", int(time.time()) + 600)
    old = credentials(secret, "x", int(time.time()) - 60)
    for username, credential in (wrong, old):
        found: list[str] = []
        with contextlib.suppress(Exception):  # aiortc raises, or gathers nothing: both are no
            found = await relay_candidates([{**servers[0], "username": username, "credential": credential}])
        assert found == []
