"""The operator's face: a Textual console over the services.

**How to write a screen** (``console/leads/screen.py``; its line already stands in ``console/screens.py``)::

    class Leads(Page):
        ID = "leads"
        NOUNS = frozenset({"person", "booking"})          # announcements of these run load() again
        COMMANDS = (                                       # keys, palette, help, footer and README all come from here
            Command("leads.new", "n", "new lead", "new", footer=True),
            Command("leads.edit", "e", "edit", "edit", why_not="needs_lead", footer=True),
        )

        def compose(self):                                 # list left, detail right; folds by itself on small terminals
            yield Split(PagedTable(COLUMNS, source=self), Detail())

        async def load(self):                              # first shown, and after each announcement of NOUNS
            from callboard.services import people          # services are imported inside functions, never on top
            self.found = await self.session.read(people.page, self.org, limit=200)
            self.query_one(Detail).show([...])             # draw; the last data stays visible while this runs

        def needs_lead(self) -> str:                       # why_not: the reason, or ""
            return "" if self.chosen else "no lead is chosen"

        async def new(self):                               # handlers may be async: they run in a worker, may await dialogs
            name = await self.app.push_screen_wait(Ask("New lead", placeholder="name"))
            if name:
                await self.perform(people.add, self.org, full_name=name)   # a refusal becomes a toast; the announcement redraws

``self.console`` is the app (``organization``, ``agents``, ``zone``, ``now()``, ``say()``, ``copy()``, ``actions.browse()``,
``go("calendar")``, ``page_of("calendar")``); ``self.inks("scheduled")`` a style. ``state()/restore()`` keep things between
sessions, ``tick(now)`` runs each minute, ``linear()`` gives the lines a screen reader gets, ``footer()`` the keys of a mode.
Keys: alternatives by spaces, sequences by ``>`` (``"ctrl+p :"``, ``",>t"``). A screen's key may not be one of the app's.
``action`` and ``why_not`` may be dotted (``verbs.new``): a screen keeps its handlers in objects of their own when it grows.
A widget with ``SCOPE = "table"`` gives its scope's keys the first word while it has the focus. ``filters`` is the language of
every ``/``, ``dates`` what a typed time means, ``editor`` the person's own editor; a screen's badge is a query in ``screens``.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from callboard.services.service import Desk
    from callboard.settings import Settings

SETTLED = 3.0  # seconds after the database was opened
SWITCH = 0.0005  # seconds a thread computes before another may: the loop that paints waits no 5 ms behind one that reads


def run(
    settings: Settings,
    open_desk: Callable[[], Desk],
    *,
    serving: str = "",
    operator: str = "",
    organization: str = "",
    companions: Sequence[Callable[[Desk], Coroutine[Any, Any, None]]] = (),
) -> int:
    """Run the console until it is left; the exit code.

    ``open_desk`` is called in a thread after the first paint and should import the services itself. ``serving`` is shown in
    the header; ``companions`` run in the console's own event loop beside it (the embedded API).
    """
    gc.disable()  # nothing made while starting is garbage; looking for it costs a tenth of the start
    from callboard.console.app import CallboardApp

    sys.setswitchinterval(SWITCH)
    app = CallboardApp(
        settings,
        open_desk,
        serving=serving,
        operator=operator or _login(),
        organization=organization,
        companions=[_settle, *companions],
    )
    code = app.run(mouse=settings.mouse)
    return (app.return_code or 0) if code is None else code


async def _settle(_: Desk) -> None:
    """Once all is imported and built, collect garbage again, but never look through that for it: 80 ms each time, a stall."""
    await asyncio.sleep(SETTLED)
    gc.freeze()
    gc.set_threshold(5000, 10, 10)
    gc.enable()


def _login() -> str:
    import getpass

    with contextlib.suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return ""
