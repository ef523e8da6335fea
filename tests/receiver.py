"""A webhook receiver: a real HTTP server on loopback, in a thread of its own, that remembers what it was sent."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Got:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Answer:
    """What to answer with; ``hang`` never does, ``drop`` closes the connection instead."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    hang: bool = False
    drop: bool = False
    drip: bool = False  # a byte a while, for ever


class Receiver:
    """``answer(path, …)`` sets what a path answers; ``got`` is what came, in order."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.got: list[Got] = []
        self.answers: dict[str, Answer | Callable[[Got], Answer]] = {}
        self.open_now: dict[str, int] = {}
        self.most_open: dict[str, int] = {}
        self._host = host
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        self._ready.wait(30)

    def url(self, path: str = "/hook", host: str | None = None) -> str:
        return f"http://{host or self._host}:{self.port}{path}"

    def answer(self, path: str, status: int = 200, **more: Any) -> None:
        self.answers[path] = Answer(status=status, **more)

    def of(self, path: str) -> list[Got]:
        return [g for g in self.got if g.path == path]

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connection, self._host, 0, limit=1 << 20)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while await self._request(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        path = head[0].split(" ")[1]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        got = Got(path, headers, body)
        self.got.append(got)
        self.open_now[path] = self.open_now.get(path, 0) + 1
        self.most_open[path] = max(self.most_open.get(path, 0), self.open_now[path])
        try:
            return await self._reply(got, writer)
        finally:
            self.open_now[path] -= 1

    async def _reply(self, got: Got, writer: asyncio.StreamWriter) -> bool:
        found = self.answers.get(got.path, Answer())
        answer = found(got) if callable(found) else found
        if answer.drop:
            return False
        if answer.hang:
            await asyncio.sleep(3600)
        lines = [f"HTTP/1.1 {answer.status} X", f"Content-Length: {len(answer.body)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        if answer.drip:
            writer.write(head.replace(b"Content-Length: %d" % len(answer.body), b"Content-Length: 1000000"))
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)
        writer.write(head + answer.body)
        await writer.drain()
        return True

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)


class Elsewhere:
    """The same in a process of its own, so that it does not share the sender's processor time; paths under /hang never answer."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def _serve_until_closed() -> None:
    server = Receiver()
    server.answers |= {f"/hang/{n}": Answer(hang=True) for n in range(10)}
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.close()


if __name__ == "__main__":
    _serve_until_closed()
