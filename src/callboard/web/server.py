"""What is mounted where: each dialect under its base path, rooms and pages beside them.

A dialect's requests go straight to its seam, past the middleware of the application that serves the pages: at a thousand
requests a second every layer in between is felt.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from typing import Any

from fastapi import FastAPI
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from callboard.services.service import Desk
from callboard.web import calendars, callbacks, faults, jsons, rooms, uploads
from callboard.web import dialects as registry
from callboard.web.attempts import Attempts
from callboard.web.contract import JSON, Dialect
from callboard.web.journal import Journal
from callboard.web.landing import Landing
from callboard.web.limits import Allowances
from callboard.web.metrics import Metrics
from callboard.web.pages import SAFE, Documents, Pages
from callboard.web.protocol import CROWDED
from callboard.web.remembered import Remembered
from callboard.web.seam import Common, Seam

_UNREADABLE: dict[int, type[faults.BadBody]] = {408: faults.TooSlow, 431: faults.HeadTooLarge}


class Callboard:
    """The ASGI application. ``pages`` is the FastAPI application for everything that is no dialect; rooms mount there."""

    def __init__(self, desk: Desk, dialects: Iterable[Dialect]) -> None:
        self.desk = desk
        self.dialects = tuple(dialects)
        self.metrics = Metrics() if desk.settings.metrics else None
        self.journal = Journal(desk, self.metrics)
        attempts = Attempts(desk.settings.failed_keys_per_minute)
        self._common = Common(desk, self.journal, Allowances(desk), Remembered(desk), attempts, Landing())
        self.pages = _pages(self)
        self._seams: dict[str, Seam] = {}
        self._open: dict[str, Any] = {}
        for dialect in self.dialects:
            self._mount(dialect)

    def _mount(self, dialect: Dialect) -> None:
        documents = Documents(self.desk, dialect)
        for path in dict.fromkeys(("/openapi.json", dialect.openapi_path)):
            self.pages.add_api_route(dialect.base + path, documents.openapi, include_in_schema=False)
            self._open[dialect.base + path] = True
        for path in dict.fromkeys(("/", "/docs", dialect.docs_path)):
            self.pages.add_api_route(dialect.base + path, documents.docs, include_in_schema=False)
            self._open[dialect.base + path] = True
        for path, page in dialect.pages.items():
            self.pages.add_api_route(dialect.base + path, page(self.desk), include_in_schema=False)
            self._open[dialect.base + path] = True
        self._seams[dialect.base.strip("/")] = Seam(dialect, self._common)

    def unreadable(self, url: bytes, status: int) -> tuple[bytes, bytes] | None:
        """Media type and body for a request that never became one, in the words of the dialect it was on its way to."""
        seam = self._seams.get(url[1:].decode("latin-1").partition("/")[0])
        if seam is None:
            return None
        answer = seam.dialect.refuse(_UNREADABLE.get(status, faults.BadHead)(), None)
        return JSON.encode(), jsons.dumps(answer.body).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """To the dialect whose base the path begins with; everything else to the pages."""
        if scope["type"] == "http":
            path: str = scope["path"]
            seam = self._seams.get(path[1:].partition("/")[0])
            if seam is not None and not (path in self._open and scope["method"] in {"GET", "HEAD"}):
                await seam(scope, receive, send)
                return
            if CROWDED in scope:
                await JSONResponse({"error": "Too many connections"}, 503, {**SAFE, "retry-after": "1"})(scope, receive, send)
                return
        await self.pages(scope, receive, send)


def _pages(app: Callboard) -> FastAPI:
    @contextlib.asynccontextmanager
    async def lifespan(_pages: FastAPI) -> AsyncIterator[None]:
        keeper = asyncio.create_task(app.journal.keep())
        try:
            yield
        finally:
            await hub.close()
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper

    desk = app.desk
    pages = FastAPI(title="callboard", openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    pages.add_middleware(RequestBodyLimitMiddleware, max_body_size=uploads.limit_bytes(desk))
    pages.add_middleware(uploads.Doorstep, desk=desk)
    handlers = Pages(desk, app.dialects, app.metrics)
    for path, handler in (
        ("/", handlers.front),
        ("/healthz", handlers.healthz),
        ("/readyz", handlers.readyz),
        ("/metrics", handlers.counters),
    ):
        pages.add_api_route(path, handler, include_in_schema=False)
    uploads.mount(pages, desk)
    callbacks.mount(pages, desk)
    calendars.mount(pages, desk)
    hub = rooms.mount(pages, desk)

    async def broken(_request: Any, _error: Exception) -> JSONResponse:
        return JSONResponse({"error": "Internal server error"}, 500, SAFE)

    pages.add_exception_handler(Exception, broken)
    return pages


def create_app(desk: Desk, dialects: Iterable[Dialect] | None = None) -> Callboard:
    """The application over an open desk, with every dialect of the registry unless told which."""
    return Callboard(desk, registry.load() if dialects is None else dialects)
