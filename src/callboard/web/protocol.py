"""The socket's manners.

uvicorn leaves a connection that sends its headers slowly open for ever and takes a header of 5 MiB: here both have an
absolute end, counted from the request's first byte, whatever trickles in meanwhile.
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
CROWDED = "callboard.crowded"  # in a request's scope: it came over one connection too many
_PRINTABLE = re.compile(rb"[\x21-\x7e]*\Z")


class Manners(HttpToolsProtocol):
    """uvicorn's httptools protocol with deadlines for head and body and a cap on the head."""

    head_seconds = HEAD_SECONDS
    body_seconds = BODY_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
            sentence = _SENTENCES[status]
            self.transport.write(
                STATUS_LINE[status]
                + b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\ncontent-length: "
                + str(len(sentence)).encode()
                + b"\r\n\r\n"
                + sentence
            )
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()

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
        super().on_header(name, value)
        self._sum += len(name) + len(value) + 4
        if self._sum > HEAD_BYTES:
            self._bad_head = 431

    def on_headers_complete(self) -> None:
        if self._bad_head or not self._one_length():
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

    def _one_length(self) -> bool:
        """One length, or chunks: two framings of one body are how requests are smuggled past a proxy."""
        names = [name for name, _value in self.headers if name in {b"content-length", b"transfer-encoding"}]
        return len(names) <= 1

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
