"""What gateways declare and ask for; Whereby against a server that speaks its API, down to its signed webhooks."""

from __future__ import annotations

import asyncio
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from callboard.domain.bookings import Features, Status
from callboard.domain.errors import Invalid
from callboard.gateways.rooms import FLAGS, GATEWAYS, Level, choose, describe
from callboard.gateways.rooms.turn import ice_servers
from callboard.services import bookings, rooms
from rooms.house import Place
from rooms.peers import Page
from support import Peer


@pytest.mark.parametrize("name", GATEWAYS)
def test_every_gateway_declares_every_flag(name: str) -> None:
    gateway = choose(name, {})
    assert set(gateway.support()) == set(FLAGS)
    assert all(isinstance(level, Level) for level in gateway.support().values())


def test_what_the_console_shows() -> None:
    found = {d.name: d for d in describe(lambda _name: {})}
    assert found["embedded"].missing == ""
    assert "room_secret" in found["janus"].missing
    assert "api_key" in found["whereby"].missing
    assert found["embedded"].support["chat"] is Level.ENFORCED
    assert found["embedded"].support["background_blurring"] is Level.UI_ONLY
    assert found["whereby"].support["chat"] is Level.UI_ONLY
    assert found["whereby"].support["bandwidth_kbps"] is Level.ABSENT
    with pytest.raises(Invalid):
        choose("zoom", {})


def test_turn_needs_its_secret() -> None:
    assert ice_servers({"turn_urls": "turn:x"}, "me", 0) == []
    both = ice_servers({"stun_urls": "stun:a, stun:b", "turn_urls": ["turn:x"], "turn_secret": "s"}, "me", 100)
    assert both[0] == {"urls": ["stun:a", "stun:b"]}
    assert both[1]["username"] == f"{100 + 12 * 3600}:me"


class Provider:
    """A server that answers as Whereby's API does, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, Any] | None]] = []
        self.status = 201
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None: ...

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                provider.asked.append((self.command, self.path, json.loads(body) if body else None))
                good = self.headers["authorization"] == "Bearer key" and provider.status < 400
                self.send_response(provider.status if good else 401)
                self.end_headers()
                if good and self.command == "POST":
                    room = "https://acme.whereby.com/r1"
                    made = {"meetingId": "m-1", "roomUrl": room, "hostRoomUrl": f"{room}?roomKey=secret"}
                    self.wfile.write(json.dumps(made).encode())

            do_POST = do_DELETE = answer  # noqa: N815 - the standard library's names

        self.http = Peer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    @property
    def settings(self) -> dict[str, str]:
        return {"api_key": "key", "webhook_secret": "hush", "base_url": f"http://127.0.0.1:{self.http.server_port}/v1"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    found = Provider()
    yield found
    found.http.shutdown()
    found.http.server_close()


async def test_whereby_opens_a_room_for_those_let_in(make_place: Callable[..., Place], provider: Provider) -> None:
    place = make_place(gateway=choose("whereby", provider.settings))
    booking = place.book(features=Features(chat=False, screen_sharing=False))
    async with Page(place, booking, "customer") as customer, Page(place, booking, "agent") as agent:
        await customer.join(media=False)
        assert not customer.of("ticket")
        await agent.join(media=False)
        assert "roomKey=secret" in agent.of("ticket")[0]["url"]
        await agent.say("admit")
        await customer.until(lambda: bool(customer.of("ticket")))
        url = customer.of("ticket")[0]["url"]
        assert "roomKey" not in json.dumps(customer.messages)
        query = {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}
        assert (query["chat"], query["screenshare"], query["audio"], query["cameraAccess"]) == ("off", "off", "on", "on")
        assert [a[:2] for a in provider.asked] == [("POST", "/v1/meetings")]
        assert provider.asked[0][2]["fields"] == ["hostRoomUrl"]
        await agent.say("end")
        await customer.until(lambda: customer.room["state"] == "ended")
        for _ in range(100):
            if len(provider.asked) > 1:
                break
            await asyncio.sleep(0.02)
        assert provider.asked[1][:2] == ("DELETE", "/v1/meetings/m-1")


async def test_whereby_down_is_said_and_tried_again(make_place: Callable[..., Place], provider: Provider) -> None:
    provider.status = 500
    place = make_place(gateway=choose("whereby", provider.settings))
    booking = place.book()
    async with Page(place, booking, "customer") as customer:
        await customer.join(media=False)
        assert customer.closed[0] == 4503
    provider.status = 201
    async with Page(place, booking, "customer") as customer:
        await customer.join(media=False)
        assert customer.room["place"] == "waiting"


def signed(body: bytes, at: float, secret: str = "hush") -> dict[str, str]:
    stamp = str(int(at * 1000))
    return {"Whereby-Signature": f"t={stamp},v1={hmac.new(secret.encode(), stamp.encode() + b'.' + body, 'sha256').hexdigest()}"}


async def test_whereby_webhooks_are_believed_by_their_signature(make_place: Callable[..., Place], provider: Provider) -> None:
    place = make_place(gateway=choose("whereby", provider.settings))
    booking = place.book()
    url = f"{place.server.url}/join/hooks/whereby"
    place.office.do(rooms.admit, booking.id)
    async with Page(place, booking, "agent") as agent, Page(place, booking, "customer") as customer:
        await agent.join(media=False)
        await customer.join(media=False)
        assert place.office.get(bookings.get, booking.id).status is Status.IN_PROGRESS
        ended = json.dumps({"type": "room.session.ended", "data": {"meetingId": "m-1"}}).encode()
        async with httpx.AsyncClient() as http:
            now = time.time()
            for bad in (
                {},
                signed(ended, now, "wrong"),
                signed(ended, now - 3600),
                signed(b"other", now),
                {"Whereby-Signature": "t=x,v1=y"},
            ):
                assert (await http.post(url, content=ended, headers=bad)).status_code == 401
            assert place.office.get(bookings.get, booking.id).status is Status.IN_PROGRESS
            other = ended.replace(b"m-1", b"m-2")
            assert (await http.post(url, content=other, headers=signed(other, now))).status_code == 204
            assert (
                await http.post(url.replace("whereby", "janus"), content=ended, headers=signed(ended, now))
            ).status_code == 404
            assert (await http.post(url, content=ended, headers=signed(ended, now))).status_code == 204
        assert place.office.get(bookings.get, booking.id).status is Status.COMPLETED
        await customer.until(lambda: customer.room["state"] == "ended")
