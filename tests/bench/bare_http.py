"""callboard's server with one bare Starlette JSON route beside it: what the ratios of test_http.py are measured against."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from callboard.bootstrap import open_desk
from callboard.settings import Settings
from callboard.web import running, server


async def ask(_request: Request) -> JSONResponse:
    return JSONResponse({"data": [{"starts_at": "2026-06-15T20:00:00Z"}] * 5})


async def book(request: Request) -> JSONResponse:
    return JSONResponse({"success": True, "videoCall": await request.json()}, 201)


def beside(desk: Any, dialects: Any = None) -> Any:
    """The application, and the bare routes at /bare."""
    app = server.create_app(desk, dialects)
    bare = Starlette(routes=[Route("/bare", ask), Route("/bare", book, methods=["POST"])])

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        await (bare if scope.get("path") == "/bare" else app)(scope, receive, send)

    return outer


if __name__ == "__main__":
    running.create_app = beside
    running.serve(Settings(data_dir=Path(sys.argv[1]), port=int(sys.argv[2]), log_level="warning"), open_desk)
