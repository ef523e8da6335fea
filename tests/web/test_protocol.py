"""The socket's manners, on raw sockets: slow heads, slow bodies, big heads, two framings, pipelining, keep-alive."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from callboard.web import dialects as registry
from callboard.web.contract import Dialect
from callboard.web.protocol import HEAD_BYTES, Manners
from dialects.house import House

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server whose patience is short, so that the tests need none."""
    patch = pytest.MonkeyPatch()
    patch.setattr(Manners, "head_seconds", 0.4)
    patch.setattr(Manners, "body_seconds", 0.8)
    found = House(Path(tmp_path_factory.mktemp("hasty")))
    yield found
    found.close()
    patch.undo()


def connect(house: House) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", house.port), timeout=10)
    sock.settimeout(10)
    return sock


def everything(sock: socket.socket) -> bytes:
    """What comes until the server hangs up."""
    found = b""
    try:
        while chunk := sock.recv(65536):
            found += chunk
    except ConnectionResetError:
        pass
    return found


def test_silence_is_ended(hasty: House) -> None:
    with connect(hasty) as sock:
        assert b"408" in everything(sock).split(b"\r\n")[0]


def test_a_head_that_trickles_has_an_absolute_end(hasty: House) -> None:
    with connect(hasty) as sock:
        sock.sendall(b"GET /healthz HTTP/1.1\r\n")
        ended = False
        for n in range(100):  # a byte every now and then would keep an idle timer happy for ever
            try:
                sock.sendall(b"X-%d: y\r\n" % n)
            except OSError:
                ended = True
                break
            time.sleep(0.05)
        assert ended


def test_a_body_that_trickles_has_an_absolute_end(hasty: House) -> None:
    with connect(hasty) as sock:
        sock.sendall(
            b"POST /upload/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"[:-4].replace(b"/upload/x", b"/nowhere/x")
        )
        sock.sendall(b"\r\n\r\n")
        answer = everything(sock)
    assert answer.startswith((b"HTTP/1.1 408", b"HTTP/1.1 404"))


def test_a_slow_body_of_an_operation_is_408(hasty: House) -> None:
    tenant = hasty.tenant()
    head = (
        f"POST /qubesheets/api/external/projects HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {tenant.text}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    )
    tenant.close()
    with connect(hasty) as sock:
        sock.sendall(head.encode() + b'{"customerName":')
        assert everything(sock).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    "head",
    [
        b"GET /healthz HTTP/1.1\r\nX: " + b"a" * (HEAD_BYTES + 1) + b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n" + b"X: y\r\n" * (HEAD_BYTES // 6 + 1) + b"\r\n",
        b"GET /healthz?" + b"a" * HEAD_BYTES + b" HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 5_000_000,
    ],
    ids=["one header", "many headers", "path", "endless"],
)
def test_a_head_over_the_cap_is_431(hasty: House, head: bytes) -> None:
    with connect(hasty) as sock:
        try:
            sock.sendall(head)
        except OSError:
            return  # hung up while we were still sending: as good
        assert everything(sock).startswith(b"HTTP/1.1 431")


def test_a_head_just_under_the_cap_is_read(hasty: House) -> None:
    with connect(hasty) as sock:
        sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * (HEAD_BYTES - 200) + b"\r\nConnection: close\r\n\r\n")
        assert everything(sock).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: 5\r\nContent-Length: 5\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
    ],
)
def test_two_framings_of_one_body_are_refused(hasty: House, lines: bytes) -> None:
    with connect(hasty) as sock:
        sock.sendall(b"POST /qubesheets/x HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n")
        answer = everything(sock)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"200 OK" not in answer  # what was smuggled behind it is never served


@pytest.mark.parametrize("hosts", [b"", b"Host: x\r\nHost: x\r\n", b"Host: x/y\r\n", b"Host: a b\r\n", b"Host: a@b\r\n"])
def test_a_request_is_for_one_host(hasty: House, hosts: bytes) -> None:
    with connect(hasty) as sock:
        sock.sendall(b"GET /healthz HTTP/1.1\r\n" + hosts + b"\r\n")
        assert everything(sock).startswith(b"HTTP/1.1 400")
    with connect(hasty) as sock:
        sock.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")  # it knew no hosts yet
        assert everything(sock).startswith(b"HTTP/1.1 200")


def test_fields_behind_the_body_decide_nothing(hasty: House) -> None:
    tenant = hasty.tenant()
    head = b"POST /qubesheets/api/external/projects HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with connect(hasty) as sock:
        sock.sendall(head + b"2\r\n{}\r\n0\r\nAuthorization: Bearer " + tenant.text.encode() + b"\r\nConnection: close\r\n\r\n")
        assert sock.recv(65536).startswith(b"HTTP/1.1 401")
    tenant.close()


@pytest.mark.parametrize("dialect", registry.load(), ids=lambda d: d.name)
def test_what_never_became_a_request_is_refused_in_the_dialects_words(hasty: House, dialect: Dialect) -> None:
    start = f"POST {dialect.base}/api/v1/x HTTP/1.1\r\nHost: x\r\n".encode()
    for rest, status in (
        (b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"Host: y\r\n\r\n", 400),
        (b"X\0: y\r\n\r\n", 400),
        (b"X: " + b"a" * (HEAD_BYTES + 1) + b"\r\n\r\n", 431),
        (b"X: y", 408),
    ):
        with connect(hasty) as sock:
            sock.sendall(start + rest)
            head, _, body = everything(sock).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert b"content-type: application/json" in head
        dialect.error.model_validate_json(body)


def test_requests_on_one_connection_each_have_their_own_time(hasty: House) -> None:
    with connect(hasty) as sock:
        for _ in range(4):
            sock.sendall(GET)
            answer = b""
            while not answer.endswith(b"}"):
                answer += sock.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200")
            time.sleep(0.2)  # 0.8 s in all, twice the head's patience


def test_pipelined_requests_are_all_answered(hasty: House) -> None:
    with connect(hasty) as sock:
        sock.sendall(GET * 3 + GET.replace(b"Host: x", b"Host: x\r\nConnection: close"))
        assert everything(sock).count(b"HTTP/1.1 200") == 4


def test_a_websocket_outlives_the_deadlines(hasty: House) -> None:
    """The upgrade hands the connection over; a deadline left armed would cut a call after seconds."""
    with connect(hasty) as sock:
        sock.sendall(
            b"GET /join/video-call/65f1b2c3d4e5f6a7b8c9d0e1/signal HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        answer = sock.recv(65536)
    assert not answer.startswith(b"HTTP/1.1 408")
