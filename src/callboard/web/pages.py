"""Pages and probes that belong to no dialect: the front door, documents of each dialect, health, readiness, counters.

Every page carries its own style and no script, so that it works without a network beyond this server.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from callboard import __version__
from callboard.services import health
from callboard.services.service import SYSTEM, Desk
from callboard.web import openapi, reference
from callboard.web.contract import Dialect
from callboard.web.metrics import Metrics

SAFE = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def page(title: str, body: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """One self-contained HTML page; ``body`` is markup whose values were escaped."""
    style = files("callboard.web").joinpath("static/page.css").read_text("utf-8")
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<style>{style}</style></head><body><main>{body}</main></body></html>"
    )
    return Response(text, status, {**SAFE, **(headers or {})}, "text/html; charset=utf-8")


def _wants_html(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


class Pages:
    """The handlers, with the desk and the dialects they speak of."""

    def __init__(self, desk: Desk, dialects: Iterable[Dialect], metrics: Metrics | None) -> None:
        self._desk = desk
        self._dialects = tuple(dialects)
        self._metrics = metrics

    def front(self, request: Request) -> Response:
        """``/``: the dialects with their base URLs, for people or for programs."""
        listed = [self._entry(d) for d in self._dialects]
        if not _wants_html(request):
            return JSONResponse({"name": "callboard", "version": __version__, "dialects": listed}, headers=SAFE)
        rows = "".join(
            f'<tr><th scope="row">{html.escape(e["title"])}</th><td><code>{html.escape(e["base_url"])}</code></td>'
            f'<td><a href="{html.escape(e["docs"])}">docs</a></td><td><a href="{html.escape(e["openapi"])}">OpenAPI</a></td></tr>'
            for e in listed
        )
        return page(
            "callboard",
            "<h1>callboard</h1><p>Point an integration at the base URL of the API it already speaks.</p>"
            f"<table><thead><tr><th>Speaks</th><th>Base URL</th><th></th><th></th></tr></thead><tbody>{rows}</tbody></table>",
        )

    def _entry(self, dialect: Dialect) -> dict[str, str]:
        base = self._desk.public_url + dialect.base
        return {
            "name": dialect.name,
            "title": dialect.title,
            "base_url": base,
            "openapi": base + dialect.openapi_path,
            "docs": base + dialect.docs_path,
        }

    def healthz(self, _request: Request) -> Response:
        """``/healthz``: the process answers."""
        return JSONResponse({"status": "ok", "version": __version__}, headers=SAFE)

    async def readyz(self, _request: Request) -> Response:
        """``/readyz``: the database takes a write and carries the program's schema; how late background work is."""
        try:
            found = await self._desk.acting(SYSTEM).run(health.check)
        except Exception as error:  # noqa: BLE001 - whatever it is, we are not ready; its class is enough to look further
            checks: dict[str, Any] = {"database_write": False, "error": type(error).__name__}
            return JSONResponse({"status": "unavailable", "checks": checks}, 503, SAFE)
        checks = {
            "database_write": True,
            "migrations": found.migrated,
            "schema": found.schema,
            "oldest_due_seconds": max(found.late_seconds.values(), default=0),
            "late_seconds": dict(found.late_seconds),
        }
        ready = found.migrated
        return JSONResponse({"status": "ready" if ready else "unavailable", "checks": checks}, 200 if ready else 503, SAFE)

    def counters(self, _request: Request) -> Response:
        """``/metrics``: Prometheus, when settings turn it on."""
        if self._metrics is None:
            return PlainTextResponse("metrics are off", 404, SAFE)
        return Response(self._metrics.text(), headers=SAFE, media_type="text/plain; version=0.0.4; charset=utf-8")


class Documents:
    """The OpenAPI document and docs page of one dialect, built when first asked for (and again when the public URL changes)."""

    def __init__(self, desk: Desk, dialect: Dialect) -> None:
        self._desk = desk
        self._dialect = dialect
        self._built: tuple[str, dict[str, Any]] | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document."""
        url = self._desk.public_url
        if self._built is None or self._built[0] != url:
            self._built = (url, openapi.document(self._dialect, url))
        return self._built[1]

    def openapi(self, _request: Request) -> Response:
        """``openapi.json``."""
        return JSONResponse(self.document, headers=SAFE)

    def docs(self, _request: Request) -> Response:
        """The page."""
        return page(self._dialect.title, reference.markup(self.document, self._dialect, self._desk.public_url))
