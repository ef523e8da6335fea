"""The console with a watchdog in its own event loop: how late a task that only sleeps is woken. Arguments: folder, report."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from callboard import bootstrap, console
from callboard.services.service import Desk
from callboard.settings import Settings

STEP = 0.005  # seconds


async def watch(report: Path) -> None:
    """Write how often and how long the loop stood still, each second, for ever. A stall is 50 ms."""
    late: list[float] = []
    written = time.perf_counter()
    while True:
        begin = time.perf_counter()
        await asyncio.sleep(STEP)
        now = time.perf_counter()
        late.append(now - begin - STEP)
        if now - written > 1:
            written = now
            worst = sorted(late)[-5:]
            report.write_text(  # noqa: ASYNC240 - once a second, half a millisecond
                json.dumps({"stalls": sum(x > 0.05 for x in late), "looks": len(late), "worst": worst})
            )


def main() -> None:
    folder, report = Path(sys.argv[1]), Path(sys.argv[2])
    settings = Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'callboard.db'}")

    async def dog(_: Desk) -> None:
        await asyncio.sleep(5)  # what is imported once at start is not what is watched
        await watch(report)

    sys.exit(console.run(settings, lambda: bootstrap.open_desk(settings), companions=[dog]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--alone"]:  # the same dog in an empty process: what the machine itself does to it
        asyncio.run(watch(Path(sys.argv[2])))
    main()
