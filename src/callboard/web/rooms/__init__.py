"""The call in the browser: join page, waiting room, signalling, recording uploads. ``mount(app, desk)`` adds it to a server.

``pages`` renders, ``signalling`` holds the sockets, ``actions`` is what a page may say, ``hub`` keeps pages told of what the
database says, ``views`` is what they are told, ``sdp`` and ``headers`` are what a hostile page cannot get round.
"""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from callboard.gateways.rooms import choose
from callboard.services.service import Desk
from callboard.web.rooms.hooks import Hooks
from callboard.web.rooms.hub import Hub
from callboard.web.rooms.pages import Pages
from callboard.web.rooms.render import HERE
from callboard.web.rooms.signalling import Signalling
from callboard.web.rooms.uploads import Uploads

PREFIX = "/join/video-call/{booking_id}"


class _Static:
    """The page's files; named without a hash, so a browser asks whether they changed."""

    def __init__(self) -> None:
        self._files = StaticFiles(directory=HERE / "static")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += [(b"cache-control", b"no-cache"), (b"x-content-type-options", b"nosniff")]
            await send(message)

        await self._files(scope, receive, stamped)


def mount(app: Starlette, desk: Desk, **choices: Any) -> Hub:
    """Add the rooms to an app. ``await hub.close()`` when the server stops; pages then reconnect to the next one.

    ``choices`` may name another gateway: ``gateway=…``; else it is ``settings.room_gateway``.
    """
    settings = desk.settings
    gateway = choices.get("gateway") or choose(settings.room_gateway, settings.gateway(settings.room_gateway))
    hub = Hub(desk, gateway)
    uploads = Uploads(desk, hub)
    app.router.routes.extend(
        [
            Mount("/join/static", _Static(), name="join-static"),
            WebSocketRoute(f"{PREFIX}/signal", Signalling(hub, desk.public_url).serve, name="join-signal"),
            Route(f"{PREFIX}/recordings", uploads.begin, methods=["POST"], name="join-recordings"),
            Route(f"{PREFIX}/recordings/{{recording_id}}/{{sequence}}", uploads.append, methods=["PUT"], name="join-chunk"),
            Route(f"{PREFIX}/recordings/{{recording_id}}", uploads.finish, methods=["POST"], name="join-recorded"),
            Route("/join/hooks/{gateway}", Hooks(desk, gateway).serve, methods=["POST"], name="join-hook"),
            Route(PREFIX, Pages(desk, gateway).serve, methods=["GET"], name="join-page"),
        ]
    )
    return hub


__all__ = ["Hub", "mount"]
