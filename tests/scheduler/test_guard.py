"""The client for outsiders' URLs: the address that is checked is the address that is dialled, whatever a name server says."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any

import httpcore
import pytest

from callboard.gateways.webhooks import Sender
from callboard.gateways.webhooks.guard import guarded_client


class Names:
    """A name server of our own: each look-up of a name takes the next answer. Remembers what was dialled."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.dialled: list[str] = []

        async def getaddrinfo(_loop: Any, host: str, port: int, **_: Any) -> list[Any]:
            self.asked += 1
            return [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in self.answers[min(self.asked, len(answers)) - 1]
            ]

        async def connect(host: str, *_: Any) -> Any:
            self.dialled.append(host)
            raise httpcore.ConnectError("unreachable")

        monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", getaddrinfo)
        monkeypatch.setattr("callboard.gateways.webhooks.wire.connect", connect)


async def post(url: str, *, allow_private: bool = False, seconds: float = 3) -> Any:
    async with Sender(allow_private=allow_private, seconds=seconds) as sender:
        return await sender.post(url, {}, b"{}")


async def test_a_name_that_changes_its_answer_is_dialled_as_it_was_checked(monkeypatch):
    names = Names(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    reply = await post("http://rebinding.example/")
    assert (reply.error_class, names.asked, names.dialled) == ("connect", 1, ["93.184.216.34"])


async def test_a_name_with_one_private_answer_among_public_ones_is_refused(monkeypatch):
    names = Names(monkeypatch, ["93.184.216.34", "10.0.0.7"])
    reply = await post("http://mixed.example/")
    assert (reply.error_class, reply.error, names.dialled) == ("blocked", "the address is not allowed", [])


async def test_the_environments_proxy_is_not_asked(monkeypatch, receiver):
    monkeypatch.setenv("HTTP_PROXY", receiver.url("/proxy"))
    monkeypatch.setenv("ALL_PROXY", receiver.url("/proxy"))
    reply = await post("http://169.254.169.254/latest/")
    assert reply.error_class == "blocked"
    async with guarded_client(allow_private=True) as client:
        assert (await client.get(receiver.url("/direct"))).status_code == 200
    assert [g.path for g in receiver.got] == ["/direct"]


@pytest.mark.parametrize(("answer", "error"), [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "tls"), (b"", "timeout")])
async def test_a_receiver_that_does_not_speak_tls(answer, error):
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read(1)
            writer.write(answer)
            await writer.drain()
            while await reader.read(1000):
                pass
        writer.close()
        over.set()

    over = asyncio.Event()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reply = await post(f"https://127.0.0.1:{port}/", allow_private=True, seconds=0.5)
        await over.wait()
    assert reply.error_class == error


async def test_the_private_setting_is_what_lets_loopback_in(receiver):
    assert (await post(receiver.url())).error_class == "blocked"
    assert (await post(receiver.url(), allow_private=True)).error_class is None
    assert len(receiver.got) == 1
