"""Fetching outside calendars: the guarded client, a size limit, conditional requests, a few redirects each judged anew."""

from __future__ import annotations

import asyncio
from urllib.parse import urljoin

import httpx

from callboard.domain.calendars import MAX_BYTES, Page
from callboard.gateways.webhooks import guarded_client

SECONDS = 30.0  # for everything
REDIRECTS = 5
_MOVED = frozenset({301, 302, 303, 307, 308})


class CalendarFetcher:
    """Reads ICS files from addresses that operators name. Never raises for what a server may do: ``Page.status`` 0 tells why."""

    def __init__(self, *, allow_private: bool = False) -> None:
        self._client = guarded_client(allow_private=allow_private, connections=20)

    async def get(self, url: str, etag: str | None) -> Page:
        """The calendar, 304 when it is the same, or status 0 with the reason as the body."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._follow(url, etag)
        except TimeoutError:
            return Page(status=0, body=b"its server took too long")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return Page(status=0, body=_sentence(error).encode())

    async def _follow(self, url: str, etag: str | None) -> Page:
        headers = {"Accept": "text/calendar, */*;q=0.1"} | ({"If-None-Match": etag} if etag else {})
        for _ in range(REDIRECTS + 1):
            async with self._client.stream("GET", url, headers=headers) as response:
                target = response.headers.get("location")
                if response.status_code not in _MOVED or not target:
                    return await _page(response)
            url = urljoin(url, target)
            if not url.startswith(("http://", "https://")):
                return Page(status=0, body=b"it points to an address that is not http")
        return Page(status=0, body=b"it points on and on")

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.aclose()


async def _page(response: httpx.Response) -> Page:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_BYTES:
            return Page(status=0, body=f"it is larger than {MAX_BYTES // 1024 // 1024} MB".encode())
    return Page(status=response.status_code, body=bytes(body), headers={k.lower(): v for k, v in response.headers.items()})


def _sentence(error: Exception) -> str:
    """A reason without addresses or paths: a tenant may read it."""
    if isinstance(error, httpx.TimeoutException):
        return "its server took too long"
    text = str(error)
    return text if text == "the address is not allowed" else f"its server cannot be reached ({type(error).__name__})"
