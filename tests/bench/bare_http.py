"""callboard's server with bare Starlette JSON routes beside it: what the ratios of test_http.py are measured against.

``/floor`` is a booking without its rules: the rows alone, by the bare driver, through the same writer, as durably.
No key, no validation, no choice of agent, no words to the customer: no booking over HTTP in one process can be faster than this.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bench.raw import raw_booking
from callboard.bootstrap import open_desk
from callboard.domain.events import Actor
from callboard.services import agents, organizations
from callboard.settings import Settings
from callboard.web import running, server
from callboard.web.landing import Landing


async def ask(_request: Request) -> JSONResponse:
    return JSONResponse({"data": [{"starts_at": "2026-06-15T20:00:00Z"}] * 5})


async def book(request: Request) -> JSONResponse:
    return JSONResponse({"success": True, "videoCall": await request.json()}, 201)


def floor(desk: Any) -> Route:
    """The rows of a booking, durable, by a bare route."""
    acting = desk.acting(Actor(kind="cli", name="bench"))
    org = acting.get(organizations.all)[0].id
    agent = acting.get(agents.all, org)[0].id
    landing, starts = Landing(), itertools.count(2_000_000_000, 1800)

    def write(connection: Any) -> None:
        raw_booking(connection.connection.driver_connection, org, agent, next(starts))

    async def keep(request: Request) -> JSONResponse:
        body = await request.json()
        await landing.home(desk.store.write(write))
        return JSONResponse({"success": True, "videoCall": body}, 201)

    return Route("/floor", keep, methods=["POST"])


def beside(desk: Any, dialects: Any = None) -> Any:
    """The application, and the bare routes at /bare and /floor."""
    app = server.create_app(desk, dialects)
    bare = Starlette(routes=[Route("/bare", ask), Route("/bare", book, methods=["POST"]), floor(desk)])

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        await (bare if scope.get("path") in {"/bare", "/floor"} else app)(scope, receive, send)

    return outer


if __name__ == "__main__":
    running.create_app = beside
    running.serve(Settings(data_dir=Path(sys.argv[1]), port=int(sys.argv[2]), log_level="warning"), open_desk)
