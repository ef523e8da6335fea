"""Ports for programs that must be told theirs beforehand.

A port the system has just given and taken back may be anybody's by the time the program listens: every outgoing connection gets
one of the same range. So these come from below that range, and each is kept for this process, as long as it lives, by a name
nobody else can have meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import httpx

FIRST = 22_000  # the media servers of the tests relay through 20000-21200
RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def _candidates() -> Iterator[int]:
    """Every port there is for it, once; each process begins elsewhere."""
    last = int(RANGE.read_text().split()[0]) if RANGE.is_file() else 32_768
    many = max(last, FIRST + 1000) - FIRST
    return (FIRST + (os.getpid() * 37 + n) % many for n in range(many))


_left = _candidates()
_kept: list[socket.socket] = []


def free_port() -> int:
    """A port nothing listens on, and no other process of these tests will be given."""
    for port in _left:
        if sys.platform == "linux":
            name = socket.socket(socket.AF_UNIX)
            try:
                name.bind(f"\0callboard-test-port-{port}")
            except OSError:
                name.close()
                continue
            _kept.append(name)
        if _unused(port):
            return port
    raise AssertionError("no port is left")


def _unused(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("", port))
            except OSError:
                return False
    return True


PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used on http; making one anew for each request costs 20 ms


class Program(Protocol):
    """What can be asked whether it still runs."""

    def poll(self) -> int | None: ...


def wait_until_served(url: str, program: Program, verify: ssl.SSLContext = PLAIN, told: Callable[[], str] = str) -> None:
    """Until the program answers there with success; the test's own time limit is the limit.

    A program that ended fails the test with what it told.
    """
    place = urlsplit(url)
    while True:
        assert program.poll() is None, f"the program ended before it answered at {url}\n{told()}"
        with contextlib.suppress(OSError, httpx.TransportError):
            socket.create_connection((place.hostname, place.port), timeout=5).close()
            if httpx.get(url, verify=verify, timeout=5, trust_env=False).is_success:
                return
        time.sleep(0.02)
