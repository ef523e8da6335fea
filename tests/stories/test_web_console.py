"""``callboard web``: a page on loopback alone, and behind it a console of its own for whoever opens it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from callboard.services.service import Desk
from callboard.settings import Settings
from ports import free_port, wait_until_served
from support import make_office

pytest.importorskip("textual_serve", reason="needs the web extra (callboard[web])")
SEQUENCES = re.compile(r"\x1b(\[[0-9;?<>=]*[A-Za-z]|\][^\x07]*\x07|[()][A-Z0-9]|[=>])")


@pytest.fixture
def address(sqlite_template: Path, tmp_path: Path) -> Iterator[str]:
    """Where the console is served, over a database with one office."""
    shutil.copy(sqlite_template, tmp_path / "callboard.db")
    url = f"sqlite:///{tmp_path / 'callboard.db'}"
    desk = Desk(Settings(database_url=url, data_dir=tmp_path))
    make_office(desk, name="Harbour Movers")
    desk.close()
    port = free_port()
    words = [sys.executable, "-m", "callboard", "web", "--port", str(port), "--database-url", url]
    env = {**os.environ, "CALLBOARD_DATA_DIR": str(tmp_path)}
    server = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_served(f"http://127.0.0.1:{port}/", server)
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def _listening(port: int) -> set[str]:
    """Local addresses (hexadecimal, as the kernel spells them) on which that port listens."""
    found = set()
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text(encoding="ascii").splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            host, hexadecimal = local.split(":")
            if state == "0A" and int(hexadecimal, 16) == port:
                found.add(host)
    return found


def _until(terminal: ClientConnection, text: str) -> str:
    """Read frames until the text has been painted."""
    seen = b""
    while text not in SEQUENCES.sub("", seen.decode("utf-8", "replace")):
        frame = terminal.recv(timeout=40)
        seen += frame if isinstance(frame, bytes) else b""
    return SEQUENCES.sub("", seen.decode("utf-8", "replace"))


def test_the_console_in_a_browser(address: str) -> None:
    page = httpx.get(f"http://{address}/")
    assert page.status_code == 200
    assert "callboard" in page.text
    socket_url = re.search(r'data-session-websocket-url="([^"]+)"', page.text)
    assert socket_url, page.text
    assert socket_url[1].startswith(f"ws://{address}/")
    with connect(f"{socket_url[1]}?width=120&height=40") as first, connect(f"{socket_url[1]}?width=90&height=30") as second:
        for terminal in (first, second):
            _until(terminal, "New York")  # the header, once it knows the office
        first.send(json.dumps(["stdin", "3"]))
        _until(first, "nobody here yet")
        second.send(json.dumps(["stdin", "?"]))
        _until(second, "Help: Calendar first")


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads the kernel's table of sockets")
def test_on_loopback_alone(address: str) -> None:
    assert _listening(int(address.rpartition(":")[2])) == {"0100007F"}
