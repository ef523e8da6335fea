"""One attempt at one endpoint: post, read a little of the answer, say what came of it. It never raises."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from types import TracebackType
from typing import Self

import httpcore
import httpx

from callboard.domain.webhooks import BODY_KEPT, GONE, Reply
from callboard.gateways.webhooks.guard import HEADERS, BlockedInside, GuardedPools

ATTEMPT_SECONDS = 15.0  # for everything: name, connection, TLS, answer
CONNECT_SECONDS = 6.0
HEADERS_KEPT = 50
HEADER_LENGTH = 500
_ALWAYS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class Sender:
    """Posts to endpoints, as many at once as it is asked to. An async context manager: leaving it closes its connections.

    On httpx's engine, not its client: that has no redirects, cookies or environment to heed, and costs half.
    """

    def __init__(self, *, allow_private: bool = False, seconds: float = ATTEMPT_SECONDS) -> None:
        self._pools = GuardedPools(allow_private=allow_private)
        # Shorter than the whole, so that a handshake that hangs ends by its own clock: cancelled, it would leave its socket open.
        step = min(CONNECT_SECONDS, 0.8 * seconds)
        self._extensions = {"timeout": httpx.Timeout(None, connect=step).as_dict()}  # the rest has the clock of the whole
        self._seconds = seconds

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of every connection."""
        await self._pools.aclose()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Post a body; 2xx is a success, everything else has an error class."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._seconds):
                reply = await self._exchange(url, headers, body)
        except _FAILURES as error:
            reply = Reply(error_class=_class_of(error), error=_sentence(error))
        elapsed = round((time.monotonic() - began) * 1000)
        return replace(reply, milliseconds=elapsed, request_headers=headers, payload=body.decode())

    async def _exchange(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        target, host = _target(url)
        said = [(name.encode(), value.encode()) for name, value in headers.items()]
        said = [(b"Host", host), *_ALWAYS, *said, (b"Content-Length", b"%d" % len(body))]
        request = httpcore.Request(b"POST", target, headers=said, content=body, extensions=self._extensions)
        response = await self._pools.handle_async_request(request)
        try:
            text = await _some_of(response)
        finally:
            await response.aclose()
        error_class = _judge(response.status)
        return Reply(
            error_class=error_class,
            error=None if error_class is None else f"it answered {response.status}",
            status=response.status,
            headers=_some_headers(response),
            body=text,
            retry_after=_retry_after(response) if error_class else None,
        )


@lru_cache(maxsize=1024)
def _target(url: str) -> tuple[httpcore.URL, bytes]:
    """A URL as the engine wants it, and its Host. Reading one costs a tenth of a post, and an endpoint's is always the same."""
    read = httpx.Request("POST", url)
    parts = read.url
    target = httpcore.URL(scheme=parts.raw_scheme, host=parts.raw_host, port=parts.port, target=parts.raw_path)
    return target, read.headers.get("host", "").encode()


def _some_headers(response: httpcore.Response) -> dict[str, str]:
    """As many as anyone would read in a log, as they came (latin-1 reads any bytes)."""
    pairs = response.headers[:HEADERS_KEPT]
    return {k[:HEADER_LENGTH].decode("latin-1").lower(): v[:HEADER_LENGTH].decode("latin-1") for k, v in pairs}


async def _some_of(response: httpcore.Response) -> str:
    """The first 16 KiB as they came; what follows is left unread and the connection with it."""
    kept = bytearray()
    async for chunk in response.aiter_stream():
        kept += chunk
        if len(kept) >= BODY_KEPT:
            break
    return bytes(kept[:BODY_KEPT]).decode("utf-8", "replace").replace("\0", "\ufffd")


def _judge(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    if status == GONE:
        return "gone"
    return "redirect" if 300 <= status < 400 else "http"


_CLASSES: tuple[tuple[type[Exception], str], ...] = (
    (BlockedInside, "blocked"),
    (httpx.InvalidURL, "bad_url"),
    (httpcore.UnsupportedProtocol, "bad_url"),
    (httpcore.TimeoutException, "timeout"),
    (TimeoutError, "timeout"),
    (httpcore.ConnectError, "connect"),
    (httpcore.ProtocolError, "protocol"),
    (httpcore.NetworkError, "network"),
    (ValueError, "bad_url"),
    (OSError, "network"),
)
_FAILURES = tuple(kind for kind, _ in _CLASSES)


def _class_of(error: Exception) -> str:
    cause: BaseException | None = None if isinstance(error, TimeoutError | httpcore.TimeoutException) else error
    while cause is not None:
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLWantReadError):
            return "tls"
        cause = cause.__cause__ or cause.__context__
    return next((name for kind, name in _CLASSES if isinstance(error, kind)), "network")


_SENTENCES = {
    "blocked": "the address is not allowed",
    "bad_url": "the URL cannot be used",
    "timeout": "no answer in time",
    "connect": "no connection",
    "tls": "no trusted TLS connection",
    "protocol": "the answer was not HTTP",
    "network": "the connection broke",
}


def _sentence(error: Exception) -> str:
    """Our own words: the library's may carry the address that was dialled."""
    return _SENTENCES[_class_of(error)]


def _retry_after(response: httpcore.Response) -> int | None:
    """Seconds to wait, from either spelling of Retry-After."""
    value = next((v.decode("latin-1") for k, v in response.headers if k.lower() == b"retry-after"), "")
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), 10**8)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0, round((at - datetime.now(UTC)).total_seconds()))
