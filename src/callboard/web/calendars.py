"""The calendar feeds at addresses that are their own key. A reader that has the newest copy is told so (304)."""

from __future__ import annotations

from hashlib import sha256

from fastapi import FastAPI, Request, Response

from callboard.domain.errors import NotFound
from callboard.domain.events import Actor
from callboard.services import calendars
from callboard.services.service import Desk

READER = Actor(kind="customer", name="calendar feed")
HEADERS = {"Cache-Control": "private, no-cache", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


def mount(app: FastAPI, desk: Desk) -> None:
    """Add ``GET /calendars/{token}.ics``."""

    async def feed(request: Request) -> Response:
        try:
            body = await desk.acting(READER).read(calendars.feed, request.path_params["token"])
        except NotFound:
            return Response("no such calendar\n", status_code=404, media_type="text/plain", headers=HEADERS)
        tag = f'"{sha256(body).hexdigest()[:32]}"'
        headers = HEADERS | {"ETag": tag}
        known = {t.strip().removeprefix("W/") for t in request.headers.get("if-none-match", "").split(",")}
        if tag in known or "*" in known:
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = 'inline; filename="callboard.ics"'
        return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)

    app.router.add_route("/calendars/{token}.ics", feed, methods=["GET", "HEAD"], include_in_schema=False)
