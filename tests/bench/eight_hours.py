"""Eight hours at the console in a few minutes: keys and live changes from elsewhere in turn, midnight, on a clock that is pushed.

Arguments: an empty data folder. Prints one JSON line: resident memory at start, middle and end, keys and changes.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from pathlib import Path

from textual import events

from callboard.console.app import CallboardApp
from callboard.domain.bookings import Wish
from callboard.domain.errors import Refused
from callboard.domain.hours import parse_hours
from callboard.domain.zones import local_day
from callboard.services import agents, bookings
from callboard.services.service import Desk
from callboard.settings import Settings
from support import Clock, make_office

MINUTES = 8 * 60
ROUND = (*"1", "down", "down", "right", "pagedown", "pageup", "M", "w", "d", "w", "t", "2", "down", "down", "up", "v", "v",
         "3", "down", "pagedown", "end", "home", "7", "6", "5", "8", "-", "?", "escape", "1", ":", "escape", "T")  # fmt: skip


def resident() -> float:
    """Megabytes, after a collection."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


async def main(folder: Path) -> None:
    clock = Clock("2026-01-05T23:00:00Z")  # 18:00 in New York: midnight comes after six hours
    settings = Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'callboard.db'}")
    desk = Desk(settings, clock=clock)
    other = Desk(settings, clock=clock)  # a second door to the same file: its changes come through the feed
    office = make_office(other, hired=4)
    for agent in office.agents:
        office.do(agents.update, agent.id, hours=parse_hours("mon-sun 00:00-24:00"))
    app = CallboardApp(settings, lambda: desk, operator="sam")
    memory, keys, changes, days = [], 0, 0, set()
    async with app.run_test(size=(160, 45)) as pilot:
        while not (app.is_open and app.page is not None and not app.page.stale):
            await pilot.pause(0.02)
        for minute in range(MINUTES + 1):
            clock.pass_(60)
            app._tick()
            if minute % 2 == 0:
                start = clock.now // 1800 * 1800 + 1800 * (2 + minute % 300)
                try:
                    made = await office.session.run(bookings.book, office.org, Wish(starts_at=start, customer_name=f"P {minute}"))
                    if minute % 4 == 0:
                        await office.session.run(bookings.cancel, office.org, made.id, reason="elsewhere")
                    changes += 1
                except Refused:
                    pass
            for key in ROUND if minute % 2 else ():
                app._driver.send_message(events.Key(key, key if len(key) == 1 else None))  # type: ignore[union-attr]
                await asyncio.sleep(0)
                keys += 1
            while not app.typed_ahead.idle:  # noqa: ASYNC110 - it has no event for that
                await asyncio.sleep(0.002)
            for _ in range(50):
                if len(app.screen_stack) == 1:
                    break
                app._driver.send_message(events.Key("escape", None))  # type: ignore[union-attr]
                await pilot.pause(0.02)
            days.add(str(local_day(app.now(), app.zone)))
            if len(app.screen_stack) > 1:
                raise RuntimeError(f"{app.screen} stays open")
            if minute in {30, 60, MINUTES // 2, MINUTES * 3 // 4, MINUTES}:
                memory.append(round(resident(), 1))
        print(json.dumps({"memory": memory, "keys": keys, "changes": changes, "days": sorted(days), "said": app.last_said}))  # noqa: T201 - its report
    other.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
