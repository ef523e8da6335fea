"""One WebSocket to Janus: a session, its handles, and the answers that find their question by transaction."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

from callboard.domain.errors import Unavailable

ANSWER_SECONDS = 10
KEEPALIVE_SECONDS = 25
Heard = Callable[[Mapping[str, Any], Mapping[str, Any] | None], Awaitable[None]]


class JanusError(Exception):
    """Janus said no; ``number`` is its own."""

    def __init__(self, number: int, reason: str) -> None:
        self.number = number
        super().__init__(f"{number}: {reason}")


class Link:
    """The connection, opened with the first need and again after a loss."""

    def __init__(self, url: str, api_secret: str) -> None:
        self._url, self._secret = url, api_secret
        self._socket: Any = None
        self._session = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._later: set[asyncio.Task[Any]] = set()
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._handles: dict[int, Handle] = {}
        self._opening = asyncio.Lock()

    async def _open(self) -> None:
        from websockets.asyncio.client import connect
        from websockets.typing import Subprotocol

        async with self._opening:
            if self._socket is not None:
                return
            try:
                self._socket = await connect(self._url, subprotocols=[Subprotocol("janus-protocol")], open_timeout=5, proxy=None)
            except (OSError, TimeoutError, ValueError) as error:
                raise Unavailable("the media server does not answer") from error
            except Exception as error:
                raise Unavailable("the media server does not speak our protocol") from error
            self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._keep())]
            self._session = int((await self._exchange({"janus": "create"}))["data"]["id"])

    async def _read(self) -> None:
        with contextlib.suppress(Exception):
            async for text in self._socket:
                self._sort(json.loads(text))
        self._lost()

    def _sort(self, message: dict[str, Any]) -> None:
        waiting = self._waiting.get(message.get("transaction", ""))
        kind = message.get("janus")
        if kind == "ack":
            return  # the real answer follows
        if waiting is not None and not waiting.done():
            waiting.set_result(message)
        elif kind == "event" and (handle := self._handles.get(message.get("sender", 0))) is not None and handle.heard:
            data = message.get("plugindata", {}).get("data", {})
            task = asyncio.ensure_future(handle.heard(data, message.get("jsep")))
            self._later.add(task)
            task.add_done_callback(self._later.discard)
            task.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _lost(self) -> None:
        self._socket = None
        self._session = 0
        self._handles.clear()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(Unavailable("the media server went away"))

    async def _keep(self) -> None:
        """Janus forgets a session that says nothing for a minute."""
        while True:
            await asyncio.sleep(KEEPALIVE_SECONDS)
            with contextlib.suppress(Unavailable, JanusError):
                await self._exchange({"janus": "keepalive"}, acknowledged=True)

    async def _exchange(self, body: dict[str, Any], *, acknowledged: bool = False) -> dict[str, Any]:
        """Send, and wait for the answer (with ``acknowledged`` for nothing at all)."""
        if self._socket is None:
            raise Unavailable("the media server went away")
        transaction = secrets.token_hex(8)
        message = {**body, "transaction": transaction}
        if self._session:
            message["session_id"] = self._session
        if self._secret:
            message["apisecret"] = self._secret
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        if not acknowledged:
            self._waiting[transaction] = future
        try:
            await self._socket.send(json.dumps(message))
            if acknowledged:
                return {}
            answer = await asyncio.wait_for(future, ANSWER_SECONDS)
        except TimeoutError as error:
            raise Unavailable("the media server does not answer") from error
        except Unavailable:
            raise
        except Exception as error:
            raise Unavailable("the media server went away") from error
        finally:
            self._waiting.pop(transaction, None)
        if answer.get("janus") == "error":
            raise JanusError(int(answer["error"].get("code", 0)), str(answer["error"].get("reason", "")))
        return answer

    async def attach(self, plugin: str, heard: Heard | None = None) -> Handle:
        """A handle on a plugin; ``heard(data, jsep)`` gets what nobody asked for."""
        await self._open()
        answer = await self._exchange({"janus": "attach", "plugin": plugin})
        handle = Handle(self, int(answer["data"]["id"]), heard)
        self._handles[handle.id] = handle
        return handle

    async def close(self) -> None:
        """Say goodbye."""
        for task in [*self._tasks, *self._later]:
            task.cancel()
        if self._socket is not None:
            with contextlib.suppress(Exception):
                await self._exchange({"janus": "destroy"})
            with contextlib.suppress(Exception):
                await self._socket.close()
            self._socket = None


class Handle:
    """One conversation with a plugin."""

    def __init__(self, link: Link, id_: int, heard: Heard | None) -> None:
        self._link, self.id, self.heard = link, id_, heard

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.detach()

    async def negotiate(
        self, body: Mapping[str, Any], jsep: Mapping[str, Any] | None = None
    ) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
        """A plugin's answer and the description with it; JanusError when it refuses."""
        message: dict[str, Any] = {"janus": "message", "handle_id": self.id, "body": dict(body)}
        if jsep is not None:
            message["jsep"] = dict(jsep)
        answer = await self._link._exchange(message)  # noqa: SLF001 - a handle is a part of its link
        data = answer.get("plugindata", {}).get("data", {})
        if "error_code" in data:
            raise JanusError(int(data["error_code"]), str(data.get("error", "")))
        return data, answer.get("jsep")

    async def ask(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """A plugin's answer."""
        return (await self.negotiate(body))[0]

    async def tell(self, body: Mapping[str, Any], jsep: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """A plugin's answer to something that carries a description."""
        return (await self.negotiate(body, jsep))[0]

    async def trickle(self, candidate: Mapping[str, Any]) -> None:
        """One network candidate."""
        await self._link._exchange(  # noqa: SLF001 - a handle is a part of its link
            {"janus": "trickle", "handle_id": self.id, "candidate": dict(candidate)}, acknowledged=True
        )

    async def detach(self) -> None:
        """Let go."""
        self._link._handles.pop(self.id, None)  # noqa: SLF001 - a handle is a part of its link
        with contextlib.suppress(Unavailable, JanusError):
            await self._link._exchange({"janus": "detach", "handle_id": self.id})  # noqa: SLF001
