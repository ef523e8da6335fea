"""Eight hours at the console in a few minutes: keys and live changes from elsewhere in turn, midnight, on a clock that is pushed.

Arguments: a data folder with an empty database, and how many hours instead of 8. Prints one JSON line: the resident memory after
0.5, 1, 2, 4, 6, 8 hours (then after every fourth), full collections and what they found, keys, changes, days.

The changes come from another process, as in life, so that what is measured is the console's own. It collects its garbage as the
real one does: nothing is collected here for the sake of a better figure.
"""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
from pathlib import Path

from textual import events

from callboard import bootstrap, console
from callboard.console.app import CallboardApp
from callboard.domain.bookings import Wish
from callboard.domain.errors import Refused
from callboard.domain.hours import parse_hours
from callboard.domain.zones import local_day
from callboard.services import agents, bookings
from callboard.services.service import Desk
from callboard.settings import Settings
from support import Clock, make_office

EVENING = "2026-01-05T23:00:00Z"  # 18:00 in New York: midnight comes after six hours
ROUND = (*"1", "down", "down", "right", "pagedown", "pageup", "M", "w", "d", "w", "t", "2", "down", "down", "up", "v", "v",
         "3", "down", "pagedown", "end", "home", "7", "6", "5", "8", "-", "?", "escape", "1", ":", "escape", "T")  # fmt: skip
LOOKS = (30, 60, 120, 240, 360, 480)  # minutes


def resident() -> float:
    """Megabytes of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * 4096 / 1e6, 1)


def settings(folder: Path) -> Settings:
    """Of the house on that folder."""
    return Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'callboard.db'}")


def elsewhere(folder: Path) -> None:
    """The other process: a minute's number comes in, a booking is made, every second one cancelled, and a line goes out."""
    clock = Clock(EVENING)
    office = make_office(Desk(settings(folder), clock=clock), hired=4)
    for agent in office.agents:
        office.do(agents.update, agent.id, hours=parse_hours("mon-sun 00:00-24:00"))
    print("ready", flush=True)  # noqa: T201 - its answer
    for line in sys.stdin:
        minute = int(line)
        clock.set(EVENING)
        clock.pass_(60 * (minute + 1))
        start = clock.now // 1800 * 1800 + 1800 * (2 + minute % 300)
        try:
            made = office.do(bookings.book, Wish(starts_at=start, customer_name=f"P {minute}"))
            if minute % 4 == 0:
                office.do(bookings.cancel, made.id, reason="elsewhere")
            print("changed", flush=True)  # noqa: T201
        except Refused:
            print("refused", flush=True)  # noqa: T201
    office.desk.close()


class Day:
    """One console, and the other process beside it."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock(EVENING)
        self.other = subprocess.Popen(
            [sys.executable, __file__, str(folder), "elsewhere"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.hear()
        desk = Desk(settings(folder), clock=self.clock, readers=bootstrap.ONE_PERSON)
        self.app = CallboardApp(desk.settings, lambda: desk, operator="sam", companions=[console._settle])
        self.memory: dict[float, float] = {}
        self.keys, self.changes = 0, 0
        self.days: set[str] = set()

    def hear(self) -> str:
        """What the other process answers."""
        assert self.other.stdout is not None
        return self.other.stdout.readline().strip()

    async def change(self, minute: int) -> None:
        """Somebody else books."""
        assert self.other.stdin is not None
        self.other.stdin.write(f"{minute}\n")
        self.other.stdin.flush()
        self.changes += await asyncio.to_thread(self.hear) == "changed"

    async def round(self) -> None:
        """Through every screen by keys, as fast as they are taken."""
        for key in ROUND:
            self.app._driver.send_message(events.Key(key, key if len(key) == 1 else None))  # type: ignore[union-attr]
            await asyncio.sleep(0)
            self.keys += 1

    async def home(self) -> None:
        """Every key is handled, every dialog closed."""
        while not self.app.typed_ahead.idle:  # noqa: ASYNC110 - it has no event for that
            await asyncio.sleep(0.002)
        for _ in range(50):
            if len(self.app.screen_stack) == 1:
                return
            self.app._driver.send_message(events.Key("escape", None))  # type: ignore[union-attr]
            await asyncio.sleep(0.02)
        raise RuntimeError(f"{self.app.screen} stays open")

    async def live(self, minutes: int) -> None:
        """That many minutes, looking at the memory now and then."""
        gc.disable()  # as console.run does; its companion turns it on again
        async with self.app.run_test(size=(160, 45)):
            while not (gc.isenabled() and self.app.page is not None and not self.app.page.stale):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            for minute in range(minutes + 1):
                self.clock.pass_(60)
                self.app._tick()
                if minute % 2 == 0:
                    await self.change(minute)
                else:
                    await self.round()
                await self.home()
                self.days.add(str(local_day(self.app.now(), self.app.zone)))
                if minute in LOOKS or (minute and minute % 240 == 0):
                    self.memory[minute / 60] = resident()
        self.other.communicate()


def main(folder: Path, hours: float) -> None:
    """Print what was found."""
    day = Day(folder)
    asyncio.run(day.live(int(hours * 60)))
    collected = gc.get_stats()[2]
    found = {"memory": day.memory, "keys": day.keys, "changes": day.changes, "days": sorted(day.days)}
    print(json.dumps(found | {"collections": collected["collections"], "collected": collected["collected"]}))  # noqa: T201


if __name__ == "__main__":
    if sys.argv[2:] == ["elsewhere"]:
        elsewhere(Path(sys.argv[1]))
    else:
        main(Path(sys.argv[1]), float((sys.argv[2:] or ["8"])[0]))
