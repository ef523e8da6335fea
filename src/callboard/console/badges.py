"""The numbers beside the screens' names, and the word on the desktop when somebody new waits."""

from __future__ import annotations

import asyncio
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING

from callboard.console.background import told
from callboard.console.screens import entries

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp

PATIENCE = 0.25  # seconds between two counts of the badges
DEAR, RARELY = "today", 2.0  # its count reads a little of everything: seconds between two of them
EACH = 60.0  # seconds: what is late becomes so without anybody changing anything


class Badges:
    """Counts when something changed, and once a minute."""

    def __init__(self, app: CallboardApp) -> None:
        self.app = app
        self._counting = self._recount = self._later = False
        self._looked: float | None = None
        self.waiting: frozenset[str] | None = None  # bookings whose customer was in the waiting room when last looked

    def forget(self) -> None:
        """Another organization: whoever waits there was there before."""
        self.waiting = self._looked = None

    async def count_badges(self) -> None:
        """Ask every screen's badge query again; asked while it runs, once more afterwards."""
        self._recount = True
        if self._counting:
            return
        self._counting = True
        try:
            while self._recount:
                self._recount = False
                await self._count()
                await asyncio.sleep(PATIENCE)
        finally:
            self._counting = False

    def later(self) -> None:
        """Count soon."""
        if self.app.is_open:
            told(self.app, "badges", self.count_badges)

    async def _count(self) -> None:
        app = self.app
        for item in entries():
            if item.badge and app.is_open:
                module, name = item.badge.split(":")
                if item.id == DEAR and not self._dear_again():
                    continue
                app.badges[item.id] = await app.session.read(getattr(import_module(module), name), app.organization.id)
        await self._who_waits()
        app.refresh_header()

    def _dear_again(self) -> bool:
        """Whether the dear count may be asked again; too soon, it is asked when it may."""
        wait = RARELY - (monotonic() - self._looked) if self._looked is not None else 0.0
        if wait <= 0:
            self._looked, self._later = monotonic(), False
        elif not self._later:
            self._later = True
            self.app.set_timer(wait, self.later)
        return wait <= 0

    async def _who_waits(self) -> None:
        """A customer who came into a waiting room is heard, here and on the desktop; not those of before the start."""
        from callboard.services import desk_views

        app = self.app
        if not app.is_open:
            return
        waiting = dict(await app.session.read(desk_views.waiting_now, app.organization.id))
        fresh = [name for id_, name in waiting.items() if self.waiting is not None and id_ not in self.waiting]
        self.waiting = frozenset(waiting)
        if fresh:
            who = f"{', '.join(fresh)} {'waits' if len(fresh) == 1 else 'wait'} in the room"
            self.alert(who, app.organization.display_name)
            app.say(f"{who}; {app.keymap.shown('app.queue', first=True)} opens the queue")

    def alert(self, title: str, body: str) -> None:
        """The bell, and a word on the desktop for whoever looks at another window."""
        from callboard.console import notices

        app = self.app
        app.bell()
        code = notices.sequence(title, body, app.settings.notifications)
        if code and app._driver is not None:  # noqa: SLF001 - Textual has no door for what it does not know
            app._driver.write(code)  # noqa: SLF001
            app._driver.flush()  # noqa: SLF001
