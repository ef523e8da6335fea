"""The screens, in the order of their number keys.

A screen is imported when it is first shown, and its commands when help, palette or README ask: nothing here imports one at start.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from callboard.console.commands import APP, Command

if TYPE_CHECKING:
    from callboard.console.page import Page


@dataclass(frozen=True, slots=True)
class Entry:
    """One screen: its key, id, title, where its class stands, and (``module:function``) the service query for its badge.

    The badge query is ``(work, organization_id) -> int``; it is asked again after every change.
    """

    key: str
    id: str
    title: str
    path: str
    badge: str = ""
    short: str = ""  # the title where there is little room

    def load(self) -> type[Page]:
        """The screen's class, imported now."""
        found: type[Page] = _resolve(self.path)
        return found


def _resolve(path: str) -> Any:
    module, name = path.split(":")
    return getattr(import_module(module), name)


_ALL = (
    Entry("1", "calendar", "Calendar", "callboard.console.calendar.screen:Calendar", short="Cal"),
    Entry("2", "queue", "Queue", "callboard.console.queue.screen:Queue", "callboard.services.desk_views:waiting_count"),
    Entry("3", "leads", "Leads", "callboard.console.leads.screen:Leads"),
    Entry("4", "campaigns", "Campaigns", "callboard.console.campaigns.screen:Campaigns", short="Camp"),
    Entry("5", "phone", "Phone", "callboard.console.phone.screen:Phone", "callboard.services.phone_views:waiting_count"),
    Entry("6", "webhooks", "Webhooks", "callboard.console.webhooks.screen:Webhooks", short="Hooks"),
    Entry("7", "today", "Today", "callboard.console.today.screen:Today", "callboard.services.today:count"),
    Entry("8", "settings", "Settings", "callboard.console.settings.screen:Settings", short="Set"),
)


@lru_cache(maxsize=1)
def entries() -> tuple[Entry, ...]:
    """The screens this installation has (looked for on disk, not imported)."""
    return tuple(e for e in _ALL if find_spec(e.path.split(":")[0].rsplit(".", 1)[0]) and find_spec(e.path.split(":")[0]))


def entry(screen_id: str) -> Entry | None:
    """One screen by id."""
    return next((e for e in entries() if e.id == screen_id), None)


def all_commands() -> dict[str, tuple[Command, ...]]:
    """Scope → commands: the app's own, then each screen's. Imports every screen."""
    from callboard.console.app_commands import app_commands
    from callboard.console.widgets.table import TABLE_COMMANDS

    return {APP: app_commands(), "table": TABLE_COMMANDS, **{e.id: e.load().COMMANDS for e in entries()}}
