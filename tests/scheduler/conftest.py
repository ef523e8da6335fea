"""A receiver on loopback, and a scheduler that does what is due by the test's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from callboard.gateways.webhooks import Sender
from callboard.scheduler import Scheduler, deliveries, housekeeping
from callboard.scheduler.duty import Duty, Sweep
from callboard.services.service import Desk
from callboard.web.dialects.qtvoice import hooks as qtvoice
from callboard.web.dialects.qualifybase import hooks as qualifybase
from receiver import Receiver

HOOKS: dict[str, Any] = {"qualifybase": qualifybase, "qtvoice": qtvoice}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.close()


def settle(desk: Desk, *extra: Duty[Any, Any] | Sweep, allow_private: bool = True, seconds: float = 5.0) -> int | None:
    """Everything that is due now, in a loop of its own; when the next thing is due."""

    async def once() -> int | None:
        sender = Sender(allow_private=allow_private, seconds=seconds)
        mail = deliveries.duty(sender, HOOKS, desk.clock)
        scheduler = Scheduler(desk, [*housekeeping.SWEEPS[:2], *extra, mail, deliveries.recovery_sweep()])
        try:
            return await scheduler.settle()
        finally:
            await scheduler.close()

    return asyncio.run(once())
