"""Running the server: headless until SIGTERM, inside a console's event loop, or as several processes on one socket."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterable
from pathlib import Path
from typing import Any

import uvicorn

from callboard.domain.errors import Invalid
from callboard.services.service import Desk, why_alone
from callboard.settings import Settings
from callboard.web import logs
from callboard.web.contract import Dialect
from callboard.web.protocol import Manners
from callboard.web.server import create_app

CONNECTIONS = 1000
GIVE_WAY_SECONDS = 0.0005  # Python's 5 ms would make the event loop wait that long for every thread that reads or writes
FILES = 8192  # sockets that wait to be told they are one too many are open files too
GRACE_SECONDS = 10
BACKLOG = 2048
RESTART_SECONDS = 1
_log = logs.get("callboard.web")


class Server(uvicorn.Server):
    """uvicorn's server; signals are its owner's affair, so that a clean end is exit code 0 and a console keeps its Ctrl+C."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the process's signal handlers alone."""
        yield

    @property
    def port(self) -> int:
        """Where it really listens: a port of 0 was chosen by the system."""
        return int(self.servers[0].sockets[0].getsockname()[1])


def _check_tls(settings: Settings) -> None:
    """Invalid for what could not be served with, told before anything is opened and not by OpenSSL's own sentence."""
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise Invalid("tls_key" if settings.tls_cert else "tls_cert", "must be given together with the other")
    if not settings.tls_cert:
        return
    for name in ("tls_cert", "tls_key"):
        if not Path(getattr(settings, name)).is_file():
            raise Invalid(name, "must name a readable file")
    try:  # the password: a server has nobody to ask for one
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_cert, settings.tls_key, password="")
    except (ssl.SSLError, OSError, ValueError) as error:
        raise Invalid("tls_cert", "must be a PEM certificate, and tls_key its key without a password") from error


def make_server(desk: Desk, settings: Settings, dialects: Iterable[Dialect] | None = None) -> Server:
    """A server over an open desk, not yet listening."""
    _check_tls(settings)
    config = uvicorn.Config(
        create_app(desk, dialects),
        host=settings.host,
        port=settings.port,
        http=Manners,
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=75,
        backlog=BACKLOG,
        ssl_certfile=settings.tls_cert or None,
        ssl_keyfile=settings.tls_key or None,
        ws_max_size=64 * 1024,
    )
    return Server(config)


def bind(settings: Settings) -> socket.socket:
    """The listening socket; Invalid when the address cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol is named: asyncio turns Nagle's algorithm off only on sockets that say they are TCP, and an answer of two
    # writes would otherwise wait 40 ms for the client's delayed acknowledgement.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((settings.host, settings.port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise Invalid("port", f"cannot listen on {settings.host}:{settings.port}: {error.strerror}") from error
    sock.set_inheritable(True)
    return sock


def public_url(settings: Settings, sock: socket.socket) -> str:
    """What customers' links begin with when the system chose the port."""
    if settings.public_url or settings.port:
        return settings.resolved_public_url
    return settings.resolved_public_url.rsplit(":", 1)[0] + f":{sock.getsockname()[1]}"


async def _say_where(desk: Desk, settings: Settings, sock: socket.socket) -> None:
    """Unless a setting says what links begin with, they begin with where we listen, those of other processes too."""
    if not settings.public_url:
        await asyncio.wrap_future(desk.serving(public_url(settings, sock)))


@contextlib.asynccontextmanager
async def listening(
    desk: Desk, settings: Settings, *, sock: socket.socket | None = None, dialects: Iterable[Dialect] | None = None
) -> AsyncIterator[Server]:
    """A server that runs in this event loop while the context lasts; leaving finishes what is in flight."""
    own = sock or bind(settings)
    try:
        await _say_where(desk, settings, own)
        server = make_server(desk, settings, dialects)
    except BaseException:
        own.close()
        raise
    task = asyncio.create_task(server.serve(sockets=[own]), name="callboard-web")
    try:
        while not server.started:
            if task.done():
                task.result()
                raise Invalid("port", "the server did not start")
            await asyncio.sleep(0.01)
        yield server
    finally:
        server.should_exit = True
        await task


async def embedded(desk: Desk) -> None:
    """The server inside a console's event loop until cancelled: its lines go to a file, the terminal belongs to the console."""
    logs.configure(desk.settings.log_level, file=desk.settings.log_dir / "server.log")
    async with listening(desk, desk.settings):
        await asyncio.Event().wait()


# --- headless ---------------------------------------------------------------------------------------------------------
OpenDesk = Callable[[Settings], Desk]
Beside = Callable[[Desk], Coroutine[Any, Any, None]]


def _allow_files() -> None:
    """As many open files as the system lets us have: a thousand connections and a database do not fit into the usual 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def serve(settings: Settings, open_desk: OpenDesk, beside: Beside | None = None) -> int:
    """Headless until SIGTERM, which finishes what is in flight; the exit status. ``beside`` runs in each process."""
    if settings.workers < 1:
        raise Invalid("workers", "must be at least 1")
    _check_tls(settings)
    logs.configure(settings.log_level)
    _allow_files()
    sys.setswitchinterval(GIVE_WAY_SECONDS)
    sock = bind(settings)
    try:
        if settings.workers == 1:
            return _serve_one(settings, sock, open_desk, beside)
        if reason := why_alone(settings):
            raise Invalid("workers", reason)
        return _serve_many(settings, sock, open_desk, beside)
    finally:
        sock.close()


def _serve_one(settings: Settings, sock: socket.socket, open_desk: OpenDesk, beside: Beside | None) -> int:
    desk = open_desk(settings)
    try:
        asyncio.run(_until_told(desk, settings, sock, beside))
    finally:
        desk.close()
    return 0


async def _until_told(desk: Desk, settings: Settings, sock: socket.socket, beside: Beside | None) -> None:
    """Serve until told to stop, or until what runs beside breaks: a server whose clock stands must not look healthy."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    async with listening(desk, settings, sock=sock):
        _log.info("listening", url=desk.public_url, address=f"{settings.host}:{sock.getsockname()[1]}", pid=os.getpid())
        waiting: set[asyncio.Task[Any]] = {asyncio.create_task(told.wait())}
        if beside is not None:
            waiting.add(asyncio.create_task(beside(desk)))
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        _log.info("stopping")
    for task in waiting - done:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    for task in done:
        task.result()


def _serve_many(settings: Settings, sock: socket.socket, open_desk: OpenDesk, beside: Beside | None) -> int:
    """Processes that share the listening socket. One that dies is replaced; SIGTERM ends them all and waits.

    Forked before any thread or connection exists: neither survives a fork.
    """
    children: set[int] = set()
    stopping = False

    def stop(_number: int, _frame: Any) -> None:
        nonlocal stopping
        stopping = True
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    old = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    children |= {_fork(settings, sock, open_desk, beside) for _ in range(settings.workers)}
    while children:
        pid, status = os.wait()
        children.discard(pid)
        if not stopping:
            _log.warning("worker ended", pid=pid, status=os.waitstatus_to_exitcode(status))
            time.sleep(RESTART_SECONDS)  # one that cannot start must not become a storm
        if not stopping:
            children.add(_fork(settings, sock, open_desk, beside))
    for number, handler in old.items():
        signal.signal(number, handler)
    return 0


def _fork(settings: Settings, sock: socket.socket, open_desk: OpenDesk, beside: Beside | None) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        status = _serve_one(settings, sock, open_desk, beside)
    except Exception as error:  # noqa: BLE001 - a child must never return into its parent's code
        _log.error("worker failed", error=error)
    os._exit(status)
