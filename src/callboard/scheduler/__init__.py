"""The clock: what must happen later, or outside. ``run`` lives in the caller's event loop, ``start`` in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Mapping
from typing import Any

from callboard.scheduler.duties import plan
from callboard.scheduler.loop import Scheduler
from callboard.services.service import Desk

__all__ = ["Running", "Scheduler", "plan", "run", "start"]


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


class Running:
    """A scheduler in a thread of its own, beside a console or a server whose event loop must not wait for it."""

    def __init__(self, desk: Desk, gateways: Mapping[str, Any], hooks: Mapping[str, Any]) -> None:
        self.scheduler = Scheduler(desk, plan(desk, gateways, hooks))
        self._thread = threading.Thread(target=asyncio.run, args=(self.scheduler.run(),), name="callboard-clock", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 30.0) -> None:
        """Finish what is in flight (seconds to wait at most), then end."""
        self.scheduler.stop()
        with contextlib.suppress(RuntimeError):
            self._thread.join(timeout)


def start(desk: Desk, gateways: Mapping[str, Any], hooks: Mapping[str, Any]) -> Running:
    """Begin to work in a thread."""
    return Running(desk, gateways, hooks)
