"""The connections themselves: TLS with the name checked, one connection for many posts, long answers, connections that end."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from callboard.gateways.webhooks import Sender

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Place:
    """A server that answers what it is told to, and counts connections and packets."""

    port: int = 0
    answer: bytes = OK
    close_after: bool = False
    connections: int = 0
    posts: int = 0
    packets: list[int] = field(default_factory=list)

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                first = await reader.read(65536)
                if not first:
                    return
                self.packets.append(len(first))
                length = int(first.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                there = len(first) - first.index(b"\r\n\r\n") - 4
                await reader.readexactly(length - there)
                self.posts += 1
                writer.write(self.answer)
                await writer.drain()
                if self.close_after:
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good for ``localhost`` alone."""
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "both.pem"
    words = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        folder / "key.pem",
        "-out",
        folder / "cert.pem",
    ]
    words += ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(words, check=True, capture_output=True)
    made.write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    return made


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    made = Place()
    async with await asyncio.start_server(made.speak, "127.0.0.1", 0) as server:
        made.port = server.sockets[0].getsockname()[1]
        yield made


@pytest.fixture
async def secret_place(certificate: Path) -> AsyncIterator[Place]:
    """The same behind TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    made = Place()
    async with await asyncio.start_server(made.speak, "127.0.0.1", 0, ssl=context) as server:
        made.port = server.sockets[0].getsockname()[1]
        yield made


def trusting(certificate: Path) -> Sender:
    """A sender on a machine whose owner trusts it; OpenSSL reads such things from the environment once a process."""
    sender = Sender(allow_private=True)
    sender._pools.context.load_verify_locations(certificate)
    return sender


async def test_several_posts_share_a_tls_connection(secret_place, certificate):
    async with trusting(certificate) as sender:
        for n in range(3):
            reply = await sender.post(f"https://localhost:{secret_place.port}/hook", {"X-A": "b"}, b"x" * 500 * n)
            assert (reply.error_class, reply.error, reply.status, reply.body) == (None, None, 200, "ok"), (n, reply.milliseconds)
    assert (secret_place.connections, secret_place.posts) == (1, 3)


async def test_a_certificate_for_another_name_is_not_trusted(secret_place, certificate):
    async with trusting(certificate) as sender:
        reply = await sender.post(f"https://127.0.0.1:{secret_place.port}/hook", {}, b"{}")
    assert (reply.error_class, reply.error, secret_place.posts) == ("tls", "no trusted TLS connection", 0)


async def test_head_and_body_travel_together(place):
    async with Sender(allow_private=True) as sender:
        await sender.post(f"http://127.0.0.1:{place.port}/", {}, b"x" * 400)
    assert place.posts == len(place.packets) == 1
    assert place.packets[0] > 400


async def test_a_body_larger_than_any_buffer_arrives_whole(place):
    async with Sender(allow_private=True) as sender:
        reply = await sender.post(f"http://127.0.0.1:{place.port}/", {}, b"x" * 3_000_000)
    assert (reply.error_class, place.posts) == (None, 1)


async def test_an_answer_without_end_is_not_gathered(place):
    place.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 40000000\r\n\r\n" + b"y" * 8_000_000
    async with Sender(allow_private=True) as sender:
        reply = await sender.post(f"http://127.0.0.1:{place.port}/", {}, b"{}")
    assert (reply.error_class, len(reply.body)) == (None, 16 * 1024)


async def test_a_connection_the_other_side_closed_is_not_used_again(place):
    place.close_after = True
    async with Sender(allow_private=True) as sender:
        for _ in range(3):
            assert (await sender.post(f"http://127.0.0.1:{place.port}/", {}, b"{}")).error_class is None
            await asyncio.sleep(0.05)
    assert (place.connections, place.posts) == (3, 3)


@pytest.mark.parametrize(
    ("answer", "error"), [(b"", "protocol"), (b"HTTP/1.1 200", "protocol"), (b"\x00\x01\r\n\r\n", "protocol")]
)
async def test_an_answer_that_breaks_off(place, answer, error):
    place.answer, place.close_after = answer, True
    async with Sender(allow_private=True) as sender:
        assert (await sender.post(f"http://127.0.0.1:{place.port}/", {}, b"{}")).error_class == "protocol"
