"""From a key or a choice to the method that carries it out, with the reason when it cannot be."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from textual import events
from textual.widget import Widget
from textual.widgets import Input

from callboard.console.background import told
from callboard.console.commands import APP, Command, Keymap
from callboard.console.keys import Sequencer, name_of
from callboard.console.page import Page
from callboard.console.screens import entry

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp

ACTING = frozenset({"enter", "tab", "shift+tab", "up", "down", "pageup", "pagedown", "ctrl+s"})  # keys of a line that are no text
WALKING = frozenset({"row_up", "row_down", "page_up", "page_down", "first", "last"})  # need to know how many, not which


_PLAIN = frozenset(Widget.__mro__)


@cache
def _takes_keys(kind: type[object]) -> bool:
    """Whether widgets of this class do something with keys themselves: type them, or have bindings of their own."""
    for one in kind.__mro__:
        own = vars(one)
        if one not in _PLAIN and any(name in {"on_key", "_on_key"} or name.startswith("key_") for name in own):
            return True
        if own.get("BINDINGS") and one.__module__.startswith("textual.widgets"):
            return True
    return False


class Dispatch:
    """Knows the keymap, whose command a command is, and whether it can be done now."""

    def __init__(self, app: CallboardApp, keymap: Keymap) -> None:
        self.app = app
        self.keymap = keymap
        self.sequencer = Sequencer(keymap)
        self._waiting: Command | None = None  # its screen is being built

    def owner(self, scope: str) -> Any:
        """Who carries out commands of a scope: the app's actions, a built screen, or the widget of that scope on the screen."""
        if scope == APP:
            return self.app.actions
        if entry(scope) is not None:
            return self.app.built(scope)
        if getattr(self.app.focused, "SCOPE", "") == scope:  # of two lists on a screen, the one with the focus
            return self.app.focused
        inside = self.app.page.query("*") if self.app.page is not None else ()
        return next((w for w in inside if getattr(w, "SCOPE", "") == scope), None)

    def handler(self, command: Command) -> Callable[[], Any]:
        """What carries a command out."""
        if command.scope == APP:
            return self.app.actions.handler(command.action)
        owner = self.owner(command.scope)
        if owner is None:
            return lambda: self.app.say(f"{command.title}: there is none on this screen", "warning")
        found: Callable[[], Any] = attrgetter(command.action)(owner)
        return found

    def why_not(self, command: Command) -> str:
        """The reason why a command cannot be done now, or an empty string."""
        target = self.owner(command.scope)
        if target is None or (isinstance(target, Page) and not target.is_mounted):
            return ""
        if command.scope != APP and not self.app.is_open and inspect.iscoroutinefunction(attrgetter(command.action)(target)):
            return self.app.actions.needs_desk()
        return (attrgetter(command.why_not)(target)() or "") if command.why_not else ""

    def run(self, command_id: str) -> None:
        """Do a command by id (palette, help, a click on the footer); its screen is shown first."""
        command = self.keymap.commands[command_id]
        if entry(command.scope) is not None and command.scope != self.app.page_id:
            page = self.app.go(command.scope)
            if page is not None and not page.is_mounted:
                self._waiting = command
                return
        self.execute(command)

    def go_on(self) -> None:
        """A screen was built: do what waited for it."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self.execute(waiting)

    def execute(self, command: Command) -> None:
        """Do a command, or say why not. Coroutines run in a worker, so a handler may wait for dialogs and services."""
        reason = self.why_not(command)
        if reason:
            self.app.say(f"{command.title}: {reason}", "warning")
            return
        handler = self.handler(command)
        if inspect.iscoroutinefunction(handler):
            told(self.app, "command", handler)
        else:
            try:
                handler()
            except Exception as error:  # noqa: BLE001 - never a traceback over somebody's work
                self.app.trouble(error)
                return
        self.app.refresh_footer()

    def key(self, event: events.Key) -> None:
        """A key nobody below wanted."""
        if len(self.app.screen_stack) > 1 or self._wanted_by_widget(event.key):
            return
        ours, command = self.sequencer.press(self.scopes(), name_of(event.key, event.character))
        if ours:
            event.stop()
            event.prevent_default()
            self.app.refresh_footer()
        if command is not None:
            self.execute(command)

    def awaited(self, event: events.Event) -> object:
        """What a key typed ahead must not overtake although it is not a command: an answer it would act on. None: nothing."""
        app = self.app
        typing = isinstance(app.focused, Input)
        if not isinstance(event, events.Key) or (typing and event.key not in ACTING):
            return None  # letters go into a line as fast as they come
        if len(app.screen_stack) > 1:
            return getattr(app.screen, "awaited", None)
        command = self.keymap.find(self.scopes(), (*self.sequencer.pressed, name_of(event.key, event.character)))
        if typing or app.page is None or (command is not None and command.scope == APP):
            return None
        if not app.is_open:
            return "the database" if app.live.opening else None
        if not app.page.answered:
            return app.page
        rows: Any = app.focused
        coming = getattr(rows, "status", "") == "loading" or (getattr(rows, "total", 0) and rows.row is None)
        return (rows, rows.cursor) if coming and (command is None or command.action not in WALKING) else None

    def direct(self) -> bool:
        """Whether no dialog is open and what has the focus, and all around it, leaves keys to commands."""
        if len(self.app.screen_stack) > 1:
            return False
        node: Any = self.app.focused
        while node is not None and node is not self.app:
            if _takes_keys(node.__class__):
                return False
            node = node.parent
        return True

    def scopes(self) -> tuple[str, ...]:
        """Where a key is looked up, inmost first."""
        own = getattr(self.app.focused, "SCOPE", "")
        if own == "table" and own not in self.keymap.tables:  # pressed before the thread that prepares was done
            from callboard.console.widgets.table import TABLE_COMMANDS

            self.keymap.add(TABLE_COMMANDS)
        return (own, self.app.page_id, APP) if own else (self.app.page_id, APP)

    def _wanted_by_widget(self, key: str) -> bool:
        """Whether the focused widget, or one around it inside the screen, binds the key itself (an input's arrows)."""
        node: Any = self.app.focused
        while node is not None and not isinstance(node, Page):
            bound = node._bindings.key_to_bindings.get(key)  # noqa: SLF001 - Textual offers no question
            if bound and type(node).__module__.startswith("textual.widgets"):
                return True
            node = node.parent if hasattr(node.parent, "has_focus") else None
        return False
