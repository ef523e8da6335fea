"""The clock: what must happen later, or outside. ``run`` lives in the caller's event loop, ``start`` in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping
from typing import Any

from callboard.gateways.webhooks import Sender
from callboard.scheduler import deliveries
from callboard.scheduler.duties import plan
from callboard.scheduler.loop import Scheduler
from callboard.services.service import Desk

__all__ = ["Running", "Scheduler", "deliver_now", "plan", "run", "start"]


async def run(desk: Desk, gateways: Mapping[str, Any], hooks: Mapping[str, Any]) -> None:
    """Work until the task is cancelled; what is in flight then is finished and recorded before this returns."""
    scheduler = Scheduler(desk, plan(desk, gateways, hooks))
    working = asyncio.create_task(scheduler.run())
    try:
        await asyncio.shield(working)
    except asyncio.CancelledError:
        scheduler.stop()
        await working
        raise


async def deliver_now(desk: Desk, hooks: Mapping[str, Any], until: Callable[[], bool], seconds: float) -> None:
    """Send due webhook deliveries until something is so, or so many seconds are over; what another scheduler holds is its own."""
    sender = Sender(allow_private=desk.settings.allow_private_webhooks)
    scheduler = Scheduler(desk, [deliveries.duty(sender, hooks, desk.clock)])
    working = asyncio.create_task(scheduler.run())
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not await asyncio.to_thread(until):  # noqa: ASYNC110 - the answer lies in the database
                await asyncio.sleep(0.05)
    scheduler.stop()
    await working


class Running:
    """A scheduler in a thread of its own, beside a console or a server whose event loop must not wait for it."""

    def __init__(self, desk: Desk, gateways: Mapping[str, Any], hooks: Mapping[str, Any]) -> None:
        self.scheduler = Scheduler(desk, plan(desk, gateways, hooks))
        self._thread = threading.Thread(target=asyncio.run, args=(self.scheduler.run(),), name="callboard-clock", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 20.0) -> None:
        """Finish what is in flight (seconds to wait at most), then end."""
        self.scheduler.stop()
        with contextlib.suppress(RuntimeError):
            self._thread.join(timeout)


def start(desk: Desk, gateways: Mapping[str, Any], hooks: Mapping[str, Any]) -> Running:
    """Begin to work in a thread."""
    return Running(desk, gateways, hooks)
