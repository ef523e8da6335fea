"""What every screen is: a widget that declares its commands, asks the services for what it shows, and asks again when told.

Not a Textual ``Screen``: switching those costs 80 ms, showing another child of a ``ContentSwitcher`` 10.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual.geometry import Offset
from textual.widget import Widget

from callboard.console.background import soon
from callboard.console.commands import Command
from callboard.console.inks import Inks

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp
    from callboard.services.service import Session

T = TypeVar("T")

PATIENCE, MOST_PATIENCE = 0.25, 0.6  # seconds between two loads of a screen: as long as the last one took, within these
WIDE, SMALL_COLUMNS, SMALL_LINES, TINY_COLUMNS, TINY_LINES = 100, 80, 24, 40, 12


def too_small(width: int, height: int) -> str:
    """What a terminal lacks to be worked in, in a sentence; empty when it is large enough."""
    needed = [_more(TINY_COLUMNS - width, "column")] * (width < TINY_COLUMNS)
    needed += [_more(TINY_LINES - height, "line")] * (height < TINY_LINES)
    return f"callboard needs {' and '.join(needed)}" if needed else ""


def _more(n: int, what: str) -> str:
    return f"{n} more {what}{'s' if n != 1 else ''}"


@dataclass(frozen=True, slots=True)
class Target:
    """A place the jump letters lead to: where on the terminal, and what happens there."""

    at: Offset
    go: Callable[[], object]


class Page(Widget):
    """One screen of the console. Subclasses set the class variables and override what they need."""

    ID: ClassVar[str] = ""
    COMMANDS: ClassVar[tuple[Command, ...]] = ()
    NOUNS: ClassVar[frozenset[str]] = frozenset()  # announcements of these nouns make load() run again

    def __init__(self) -> None:
        super().__init__(id=self.ID)
        self._loading = False
        self.stale = True  # what is shown is older than the last announcement
        self.answered = False  # the first load is over, well or badly

    # --- what the frame offers --------------------------------------------------------------------------------------
    @property
    def console(self) -> CallboardApp:
        """The app: organization, agents, zone, now(), say(), copy(), inks."""
        return cast("CallboardApp", self.app)

    @property
    def session(self) -> Session:
        """The services' door: ``await self.session.read(query, …)``, ``await self.session.run(verb, …)``."""
        return self.console.session

    @property
    def org(self) -> str:
        """The id of the organization shown."""
        return self.console.organization.id

    @property
    def inks(self) -> Inks:
        """The styles of the theme in force."""
        return self.console.inks

    def on_mount(self) -> None:
        """Built for the first time; it may have been left again before it stood."""
        if self.console.page_id == self.ID:
            self.console.shown(self, new=True)

    # --- what a screen overrides ------------------------------------------------------------------------------------
    async def load(self) -> None:
        """Ask the services for everything shown, then draw. Runs when first shown and after announcements of NOUNS."""

    def tick(self, now: int) -> None:
        """A minute (every second with ``EVERY_SECOND``) passed while the screen was visible; ``now`` is UTC seconds."""

    EVERY_SECOND: ClassVar[bool] = False

    def state(self) -> dict[str, Any]:
        """What to remember between sessions, plain JSON."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Take back what :meth:`state` gave; called before the first load."""

    def bottom(self) -> Sequence[Command]:
        """The commands of the bottom line, in order, where it is no mode of its own; a shorter title may stand for a long one."""
        return [c for c in self.COMMANDS if c.footer]

    def named(self, titles: Mapping[str, str]) -> list[Command]:
        """For :meth:`bottom`: these commands (the id's last part), each under this title, or its own where that is empty."""
        known = {c.id.partition(".")[2]: c for c in self.COMMANDS}
        return [replace(known[name], title=title or known[name].title) for name, title in titles.items()]

    def footer(self) -> list[tuple[str, str]] | None:
        """(keys, title) for the bottom line while the screen is in a mode of its own; None: its footer commands."""
        return None

    def targets(self) -> list[Target]:
        """Places for the jump letters; by default everything that takes the focus."""
        return [Target(w.region.offset, w.focus) for w in self.query("*") if w.focusable and w.region.width and w.is_on_screen]

    def linear(self) -> list[str]:
        """The screen as lines of plain text in reading order, for a screen reader (plain mode)."""
        return [f"{self.ID}: nothing to read here yet"]

    def linear_here(self) -> int:
        """Which of those lines the cursor is on."""
        return 0

    def repaint(self) -> None:
        """The theme or the zone changed: draw again what is known."""
        for widget in self.query("*"):
            widget.refresh()
        self.refresh()

    # --- asking and doing -------------------------------------------------------------------------------------------
    def reload(self) -> None:
        """Ask again, soon, without blocking; any number of calls while one load runs become one more load."""
        self.stale = True
        if not self._loading and self.console.is_open:
            self._loading = True
            soon(self, "load", self._load)

    async def _load(self) -> None:
        try:
            while self.stale and self.is_attached:
                self.stale = False
                begun = time.monotonic()
                await self.load()
                self.console.live.loaded()
                self.console.refresh_footer()
                if self.stale:
                    took = time.monotonic() - begun
                    await asyncio.sleep(min(max(PATIENCE, took), MOST_PATIENCE))  # changes come in crowds: once for all
        except Exception as error:  # noqa: BLE001 - the last data stays visible and the dot says it is old
            self.stale = True
            self.console.live.failed(error)
        finally:
            self._loading, self.answered = False, True

    async def perform(self, verb: Callable[..., T], *args: Any, **kwargs: Any) -> T | None:
        """Run a verb; a refusal becomes a toast and None. The screen changes when the announcement comes, not here."""
        try:
            return await self.session.run(verb, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - told to the person, or written to the crash file
            self.console.trouble(error)
            return None
