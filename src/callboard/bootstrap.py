"""The composition root: settings → database → services → faces. The only file that knows every part.

Imports stand inside the functions: the console paints its first frame before the database's library is loaded.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callboard.domain.errors import CallboardError, Invalid
from callboard.settings import Settings, load

if TYPE_CHECKING:
    from callboard.services.service import Desk

Companion = Callable[["Desk"], Coroutine[Any, Any, None]]


ONE_PERSON = 4  # readers: each connection keeps its statements and its map of the file, and one person asks little at once


def open_desk(settings: Settings, *, alone: bool = False) -> Desk:
    """Open (and migrate) the database the settings name; ``alone``: for one person, not for a server."""
    from callboard.services.service import Desk

    return Desk(settings, readers=ONE_PERSON) if alone else Desk(settings)


def gateways(settings: Settings, url: str) -> dict[str, Any]:
    """What reaches outside, by role, and may call back at a URL; Invalid names a setting that is missing."""
    from callboard.gateways import rooms, sms, telephony

    return {
        "sms": sms.make(settings.sms_gateway, settings.gateway(settings.sms_gateway), url),
        "telephony": telephony.make(settings.telephony_gateway, settings.gateway(settings.telephony_gateway), url),
        "rooms": rooms.choose(settings.room_gateway, settings.gateway(settings.room_gateway)),
    }


def hooks() -> Mapping[str, Any]:
    """Each dialect's webhook form, by the dialect's name."""
    from importlib import import_module

    from callboard.domain.webhooks import DIALECT_TYPES

    return {name: import_module(f"callboard.web.dialects.{name}.hooks") for name in DIALECT_TYPES}


async def _clock(desk: Desk) -> None:
    """The scheduler beside the console, in a thread of its own, until the console is left."""
    from callboard import scheduler

    running = await asyncio.to_thread(lambda: scheduler.start(desk, gateways(desk.settings, desk.public_url), hooks()))
    try:
        await asyncio.Event().wait()
    finally:
        running.stop(timeout=2)  # a receiver that hangs must not hold the terminal: its lease runs out, it is tried again


async def _api(desk: Desk) -> None:
    """The HTTP API in the console's own event loop, until the console is left."""
    from callboard.web import running

    await running.embedded(desk)


def open_console(*, demo: bool = False, serve: bool = False, **flags: Any) -> int:
    """The console with these flags; the exit status. A refusal (a newer database, a bad setting) is one line, not a traceback."""
    try:
        return run_console(load(**flags), demo=demo, serve=serve)
    except CallboardError as error:
        sys.stderr.write(f"callboard: {error}\n")
        return 2 if isinstance(error, Invalid) else 1


def run_console(settings: Settings, *, demo: bool = False, serve: bool = False) -> int:
    """The console until it is left; the exit status."""
    from callboard import console

    companions: list[Companion] = [_clock]
    if serve:
        companions.append(_api)
    serving = f"{settings.host}:{settings.port}" if serve else ""
    if not demo:
        return console.run(settings, lambda: open_desk(settings, alone=not serve), serving=serving, companions=companions)
    with _thrown_away(settings) as sample_settings:
        return console.run(
            sample_settings,
            lambda: _sample_desk(sample_settings),
            serving=serving,
            operator="demo",
            organization="Acme Moving",
            companions=companions,
        )


@contextmanager
def _thrown_away(settings: Settings) -> Iterator[Settings]:
    """The settings on an empty folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="callboard-demo-"))
    try:
        yield replace(settings, data_dir=folder, database_url=f"sqlite:///{folder / 'callboard.db'}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sample_desk(settings: Settings) -> Desk:
    from callboard.services import sample

    desk = open_desk(settings)
    sample.fill(desk)
    return desk


def run_server(settings: Settings) -> int:
    """The HTTP API and the scheduler until SIGTERM; the exit status."""
    from callboard.web import running

    return running.serve(settings, open_desk, _beside_server)


async def _beside_server(desk: Desk) -> None:
    """What runs in a server's process beside the HTTP API."""
    from callboard import scheduler

    await scheduler.run(desk, gateways(desk.settings, desk.public_url), hooks())


def deliver(desk: Desk, until: Callable[[], bool], seconds: float) -> None:
    """Send due webhook deliveries from this process, for a command that waits for one (``callboard webhooks test``)."""
    from callboard import scheduler

    asyncio.run(scheduler.deliver_now(desk, hooks(), until, seconds))


def run_web(host: str, port: int, database_url: str | None) -> int:
    """The console in a browser, each visitor a process of their own; needs the optional ``web`` extra."""
    import shlex

    from callboard.domain.errors import Unavailable

    try:
        from textual_serve.server import Server
    except ImportError as error:
        raise Unavailable("textual-serve is not installed: install callboard[web]") from error
    words = [sys.executable, "-m", "callboard", "console"]
    if database_url:
        words += ["--database-url", database_url]
    Server(shlex.join(words), host=host, port=port, title="callboard").serve()
    return 0
