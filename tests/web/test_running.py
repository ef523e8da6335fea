"""The server as a process: what SIGTERM finishes, TLS, proxies, several workers on one socket."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from callboard.domain.errors import Invalid
from callboard.domain.hours import parse_hours
from callboard.services import agents, keys, organizations
from callboard.services.service import SYSTEM, Desk
from callboard.settings import Settings
from callboard.web.running import FILES, bind, make_server, serve
from dialects.house import House
from ports import PLAIN, free_port, wait_until_served

CALLBOARD = [sys.executable, "-m", "callboard"]


def prepare(url: str, rate_limit: int | None = None) -> str:
    """An organization with an agent who always works; its key."""
    desk = Desk(Settings(database_url=url))
    session = desk.acting(SYSTEM)
    org = session.do(organizations.add, "Acme", "America/New_York").id
    session.do(agents.add, org, "Dana", hours=parse_hours("mon-sun 00:00-24:00"))
    _, text = session.do(keys.add, org, "k", rate_limit=rate_limit)
    desk.close()
    return text


@contextlib.contextmanager
def served(url: str, *flags: str, verify: Any = PLAIN, scheme: str = "http") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``callboard serve`` until the block ends, if it has not ended before."""
    port = free_port()
    words = [*CALLBOARD, "serve", "--port", str(port), "--database-url", url, *flags]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    base = f"{scheme}://127.0.0.1:{port}"
    try:
        wait_until_served(base + "/healthz", process, verify, lambda: process.stderr.read() if process.stderr else "")
        yield process, base
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def office(sqlite_url: str) -> tuple[str, str]:
    """(database, key)."""
    return sqlite_url, prepare(sqlite_url)


def test_sigterm_finishes_what_is_in_flight_and_ends_with_success(office: tuple[str, str]) -> None:
    """A request whose body is still on its way when the signal comes is answered, and its booking is kept."""
    url, key = office
    body = json.dumps({"customerName": "Jane", "customerPhone": "5551234567", "scheduledFor": _soon()}).encode()
    with served(url) as (process, base):
        soft, hard = re.search(r"Max open files +(\d+) +(\d+)", Path(f"/proc/{process.pid}/limits").read_text()).groups()
        assert int(soft) == min(FILES, int(hard)) or int(soft) > FILES  # a thousand connections need more than the usual 1,024
        port = int(base.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
            head = (
                f"POST /qubesheets/api/external/video-calls HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
            )
            sock.sendall(head.encode())
            assert sock.recv(65536).startswith(b"HTTP/1.1 100 ")  # it has begun: it asks for the body
            process.send_signal(signal.SIGTERM)
            sock.sendall(body[:10])
            _until_nobody_listens(port)  # no new connections meanwhile
            sock.sendall(body[10:])
            answer = b""
            while chunk := sock.recv(65536):
                answer += chunk
        assert answer.startswith(b"HTTP/1.1 201"), answer[:200]
        _out, errors = process.communicate(timeout=30)
        assert process.returncode == 0
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
        assert file.execute("SELECT status FROM bookings").fetchall() == [("scheduled",)]
    lines = [json.loads(line) for line in errors.splitlines()]
    assert {"listening", "request", "stopping"} <= {line["event"] for line in lines}
    assert key not in errors


def test_every_line_of_the_log_is_json_whatever_was_sent(office: tuple[str, str]) -> None:
    url, key = office
    form = {"authorization": f"Bearer {key}", "content-type": "multipart/form-data; boundary=y"}
    with served(url) as (process, base):
        assert (
            httpx.post(base + "/involve/api/v1/appointments", content=b"--x\r\n", headers=form, verify=PLAIN).status_code == 400
        )
        with socket.create_connection(("127.0.0.1", int(base.rsplit(":", 1)[1])), timeout=20) as sock:
            sock.sendall(b"\x16\x03\x01 no HTTP\r\n\r\n")
            assert sock.recv(65536).startswith(b"HTTP/1.1 400")
        process.send_signal(signal.SIGTERM)
        _out, errors = process.communicate(timeout=30)
    lines = [json.loads(line) for line in errors.splitlines()]
    assert len(lines) >= 3
    assert all({"event", "level", "timestamp"} <= set(line) for line in lines)


def _until_nobody_listens(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
        except ConnectionError:
            return
        time.sleep(0.01)
    raise AssertionError("it still takes connections")


def _soon() -> str:
    return time.strftime("%Y-%m-%dT12:00:00Z", time.gmtime(time.time() + 3 * 86400))


def test_tls(office: tuple[str, str], tmp_path: Path) -> None:
    cert, key_file = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key_file, "-out", cert, "-days", "1",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        capture_output=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0
    locked = tmp_path / "locked.pem"
    subprocess.run(
        ["openssl", "rsa", "-in", key_file, "-aes128", "-passout", "pass:word", "-out", locked], capture_output=True, check=True
    )
    with pytest.raises(Invalid, match="without a password"):  # and nobody is asked for it
        make_server(None, Settings(tls_cert=str(cert), tls_key=str(locked)))  # type: ignore[arg-type]
    url, key = office
    trust = ssl.create_default_context(cafile=cert)
    with served(url, "--tls-cert", str(cert), "--tls-key", str(key_file), verify=trust, scheme="https") as (_process, base):
        answer = httpx.post(
            base + "/qubesheets/api/external/projects",
            json={"customerName": "Jane", "phone": "5551234567"},
            headers={"authorization": f"Bearer {key}"},
            verify=trust,
        )
        assert answer.status_code == 201
        assert answer.json()["project"]["uploadLink"].startswith("https://")


def test_settings_that_cannot_work_are_refused_before_anything_is_opened(tmp_path: Path) -> None:
    def never(_settings: Settings) -> Any:
        raise AssertionError("opened")

    with pytest.raises(Invalid, match="workers"):
        serve(Settings(workers=2, port=0, data_dir=tmp_path), never)
    (tmp_path / "x.pem").write_text("no certificate")
    with pytest.raises(Invalid, match="tls_cert"):
        serve(Settings(tls_cert=str(tmp_path / "x.pem"), tls_key=str(tmp_path / "x.pem"), port=0, data_dir=tmp_path), never)
    with pytest.raises(Invalid, match="workers"):
        serve(Settings(workers=0, port=0, data_dir=tmp_path), never)
    taken = bind(Settings(port=0))
    with pytest.raises(Invalid, match="port"):
        bind(Settings(port=taken.getsockname()[1]))
    taken.close()


def test_tls_needs_both_parts(sqlite_desk: Any, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="tls_key"):
        make_server(sqlite_desk, Settings(tls_cert=str(tmp_path)))
    with pytest.raises(Invalid, match="tls_cert"):
        make_server(sqlite_desk, Settings(tls_cert=str(tmp_path / "none"), tls_key=str(tmp_path / "none")))


def test_a_proxy_is_believed_only_when_told(tmp_path: Path) -> None:
    """What X-Forwarded-For may change is who is thought to call; an untrusted one must change nothing."""
    seen: list[Any] = []

    def watch(house: House) -> None:
        inner = house.app.pages

        async def outer(scope: Any, receive: Any, send: Any) -> None:
            seen.append(scope.get("client"))
            await inner(scope, receive, send)

        house.app.pages = outer

    for trusted in ("", "127.0.0.1"):
        house = House(tmp_path / (trusted or "none"), trusted_proxies=trusted)
        target = house.app if hasattr(house.app, "pages") else None
        if target is not None:
            watch(house)
        httpx.get(house.url + "/healthz", headers={"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"})
        house.close()
    assert [client[0] for client in seen] == ["127.0.0.1", "203.0.113.9"]


def test_embedded_in_another_loop_leaves_its_signals_alone(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    house = House(tmp_path)
    assert httpx.get(house.url + "/healthz").status_code == 200
    house.close()
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert not house._thread.is_alive()


def test_servers_that_start_together_all_note_where_they_listen(postgres_url: str) -> None:
    desks = [Desk(Settings(database_url=postgres_url)) for _ in range(6)]
    try:
        for future in [desk.serving("http://localhost:1") for desk in desks]:
            future.result(20)  # the first row of its kind: without a lock all but one would be refused
    finally:
        for desk in desks:
            desk.close()


def test_workers_share_one_socket_and_die_together(postgres_url: str) -> None:
    key = prepare(postgres_url, rate_limit=40)
    with served(postgres_url, "--workers", "2") as (process, base):
        children = _children(process.pid)
        assert len(children) == 2
        codes = []
        for _ in range(50):  # a connection each, so that the kernel deals them out
            path = base + "/qubesheets/api/external/video-calls"
            codes.append(httpx.get(path, headers={"authorization": f"Bearer {key}"}, verify=PLAIN).status_code)
        assert codes == [200] * 40 + [429] * 10  # counted together
        os.kill(children[0], signal.SIGKILL)
        for _ in range(100):
            if len(_children(process.pid)) == 2 and children[0] not in _children(process.pid):
                break
            time.sleep(0.1)
        assert len(_children(process.pid)) == 2  # replaced
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        assert process.returncode == 0


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]
