"""Webhooks of a room gateway: believed only with its signature, over the bytes as they came."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from callboard.domain.errors import CallboardError, Forbidden
from callboard.gateways.rooms import RoomGateway
from callboard.services import rooms
from callboard.services.service import Desk
from callboard.web.rooms.hub import SERVER

MAX_BODY = 64 * 1024


class Hooks:
    """The endpoint; only the gateway in force has one."""

    def __init__(self, desk: Desk, gateway: RoomGateway) -> None:
        self._desk = desk
        self._gateway = gateway

    async def serve(self, request: Request) -> Response:
        """POST /join/hooks/{gateway}."""
        if request.path_params["gateway"] != self._gateway.name:
            return Response(status_code=404)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY:
                return Response(status_code=413)
        try:
            hook = self._gateway.hook(request.headers, body, self._desk.clock())
            if hook is not None:
                await self._desk.acting(SERVER).run(rooms.provider_said, self._gateway.name, hook.room, hook.kind, hook.role)
        except Forbidden:
            return Response(status_code=401)
        except CallboardError:
            return Response(status_code=503)  # they try again
        return Response(status_code=204)
