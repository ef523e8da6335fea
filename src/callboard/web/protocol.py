"""The socket's manners.

uvicorn leaves a connection that sends its headers slowly open for ever and takes a header of 5 MiB: here both have an
absolute end, counted from the request's first byte, whatever trickles in meanwhile. Two hosts, two framings, a coding that
is not undone here and fields behind the body are how a request means one thing to a proxy and another to us: refused, or
not read.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEAD_SECONDS = 5.0
BODY_SECONDS = 10.0
HEAD_BYTES = 32 * 1024
UPLOAD_SECONDS = 600.0
UPLOAD_PATHS = (b"/upload/", b"/room/", b"/rooms/", b"/join/")
_SENTENCES = {400: b"Bad request", 408: b"Request timeout", 431: b"Request header fields too large"}
_HOST = re.compile(rb"[A-Za-z0-9._~%:\[\]-]*\Z")
CROWDED = "callboard.crowded"  # in a request's scope: it came over one connection too many
_PRINTABLE = re.compile(rb"[\x21-\x7e]*\Z")


class Manners(HttpToolsProtocol):
    """uvicorn's httptools protocol with deadlines for head and body and a cap on the head."""

    head_seconds = HEAD_SECONDS
    body_seconds = BODY_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.url = b""
        self._deadline: asyncio.TimerHandle | None = None
        self._head_open = True  # between requests, and until the head of one is whole
        self._head_bytes = 0
        self._sum = 0  # bytes of the head as parsed
        self._bad_head = 0  # the status a head is refused with, once it is whole

    # --- deadlines --------------------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline = self.loop.call_later(self.head_seconds, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        self._refuse(408)

    def _refuse(self, status: int) -> None:
        """Say why, when nothing has been said yet, and hang up."""
        if self.transport is None or self.transport.is_closing():
            return
        cycle = self.cycle
        if cycle is None or cycle.response_complete or not cycle.response_started:
            media, said = self._words(status)
            head = b"content-type: %s\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % (media, len(said))
            self.transport.write(STATUS_LINE[status] + head + said)
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()

    def _words(self, status: int) -> tuple[bytes, bytes]:
        """Media type and body: the application's own, which knows whose caller it is by the path, as far as it came."""
        speak = getattr(self.config.app, "unreadable", None)
        found: tuple[bytes, bytes] | None = speak(self.url, status) if speak is not None else None
        return found or (b"text/plain; charset=utf-8", _SENTENCES[status])

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words give way to ours
        """What the parser could not read."""
        self._refuse(400)

    # --- the head ---------------------------------------------------------------------------------------------------
    def data_received(self, data: bytes) -> None:
        if self._head_open:
            if self._deadline is None:
                self._deadline = self.loop.call_later(self.head_seconds, self._too_slow)
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_open and self._head_bytes > HEAD_BYTES:
            self._refuse(431)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._bad_head = 0
        self._sum = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._sum += len(url)
        if self._sum > HEAD_BYTES:
            self._bad_head = 431
        elif not _PRINTABLE.match(url):
            self._bad_head = 400

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._head_open:
            return  # behind the body: what may not be decided by a field there comes from the head alone
        super().on_header(name, value)
        self._sum += len(name) + len(value) + 4
        if self._sum > HEAD_BYTES:
            self._bad_head = 431

    def on_headers_complete(self) -> None:
        if self._bad_head or not self._one_way():
            self._head_open = False
            self._refuse(self._bad_head or 400)
            return
        super().on_headers_complete()
        self._head_open = False
        self._head_bytes = 0
        self._disarm()
        self._deadline = self.loop.call_later(self._patience(), self._too_slow)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        """One connection too many: uvicorn's two words give way to the application's own, which know the caller's dialect."""
        if app is service_unavailable:
            cycle.scope[CROWDED] = True
            cycle.keep_alive = False
            app = self.app
        super()._start_asgi_task(cycle, app)

    def _patience(self) -> float:
        """Seconds a body may take: files from a telephone need longer than JSON from a server."""
        return UPLOAD_SECONDS if self.url.startswith(UPLOAD_PATHS) else self.body_seconds

    def handle_websocket_upgrade(self) -> None:
        """From here on the connection is another protocol's; ours must not end it."""
        self._disarm()
        super().handle_websocket_upgrade()

    def _one_way(self) -> bool:
        """Whether the head can be read in one way only: one host, one framing of the body, chunks and no other coding."""
        hosts = framings = 0
        for name, value in self.headers:
            if name == b"host":
                hosts += 1 if _HOST.match(value) else 2
            elif name == b"content-length":
                framings += 1
            elif name == b"transfer-encoding":
                framings += 1 if value.strip().lower() == b"chunked" else 2
        return framings <= 1 and (hosts == 1 or (not hosts and self.parser.get_http_version() == "1.0"))

    def on_body(self, body: bytes) -> None:
        if self.cycle is None or self.transport.is_closing():
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._disarm()
        self._head_open = True
        self._head_bytes = 0
        if self.cycle is None or self.transport.is_closing():
            return
        super().on_message_complete()
