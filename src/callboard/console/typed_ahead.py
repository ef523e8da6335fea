"""Keys typed ahead wait their turn: each is handed on once what the one before it began stands on the screen.

Textual hands a key at once to whatever has the focus at that moment. A dialog opens, a line is left and a command asks the
database some messages later, so the end of a sentence typed fast would go to what its beginning was about to leave: a name would
be read as commands, an Enter meant for the second line be spent on the first. A key that comes alone waits for nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, cast

from textual import events
from textual.app import App
from textual.widgets import Input
from textual.worker import Worker, get_current_worker

if TYPE_CHECKING:
    from textual.screen import Screen

    from callboard.console.app import CallboardApp

ROUNDS = 2  # the key itself is one round through the parts under it; what it made them say (Submitted, Chosen) the next
WALKS = frozenset({"up", "down", "left", "right", "pageup", "pagedown", "j", "k"})
LOOK = 0.004  # seconds between two looks whether it is done
PATIENCE = 500  # looks, some two seconds, that a slow database holds a key; on a drowning computer a look takes long as well
BUILDING = 5 * PATIENCE  # a dialog or a screen asks nobody while it is built
STUCK = 10.0  # seconds


class TypedAhead:
    """The line the keys stand in."""

    def __init__(self, app: CallboardApp) -> None:
        self._app = app
        self._waiting: deque[events.Event] = deque()
        self._turns: asyncio.Task[None] | None = None
        self._asking: dict[Worker[Any], Screen[Any]] = {}  # commands that wait for an answer, and the dialog they wait for
        self._last: tuple[str, object] = ("", None)
        self._looks: dict[object, int] = {}  # what is in the way, and how often that was seen

    @property
    def idle(self) -> bool:
        """Whether every key so far was handed on and handled."""
        return self._turns is None

    def asks(self, worker: Worker[Any], dialog: Screen[Any]) -> None:
        """A command waits for a dialog's answer: as long as the dialog stands it is the person's turn."""
        self._asking[worker] = dialog

    def answered(self, worker: Worker[Any]) -> None:
        """It goes on."""
        self._asking.pop(worker, None)

    def close(self) -> None:
        """The program ends; what still waits goes nowhere."""
        self._waiting.clear()
        if self._turns is not None:
            self._turns.cancel()

    def holds(self, event: events.Event) -> bool:
        """Keep the key until its turn comes; False: it is its turn now."""
        free = self._turns is None or (not self._waiting and self._runs_on(event))
        if free and not self._in_the_way(event):
            self._last = self._kind(event)
        else:
            free = False
            self._waiting.append(event)
        if self._turns is None:
            self._turns = asyncio.create_task(self._in_turn(), name="keys typed ahead")
        return not free

    async def _in_turn(self) -> None:
        try:
            await self._handled()
            while self._waiting:
                event = self._waiting[0]
                while self._in_the_way(event):
                    await asyncio.sleep(LOOK)
                    await self._handled()  # what was waited for has said things in its turn
                self._last = self._kind(event)
                self._app.call_later(self._app.hand_on, self._waiting.popleft())
                if not (self._waiting and self._runs_on(self._waiting[0])):
                    await self._handled()
        finally:
            self._turns = None

    def _kind(self, event: events.Event) -> tuple[str, object]:
        """Text for a line, or an arrow: of these a whole run may follow at once, for they leave the focus where it is."""
        focused = self._app.focused
        if not isinstance(event, events.Key):
            return "", None
        if event.is_printable and isinstance(focused, Input):
            return "text", focused
        return ("walk", focused) if event.key in WALKS else ("", None)

    def _runs_on(self, event: events.Event) -> bool:
        kind = self._kind(event)
        return bool(kind[0]) and kind == self._last

    async def _handled(self) -> None:
        """From the part that has the focus up to the app, each has handled what was sent to it so far."""
        app = self._app
        try:
            async with asyncio.timeout(STUCK):
                for _ in range(ROUNDS):
                    for node in (app.focused or app.screen).ancestors_with_self:
                        done = asyncio.Event()
                        if node.call_later(done.set):
                            await done.wait()
        except TimeoutError:
            return  # it was taken off the screen with its messages; the next key goes to what stands there now

    # --- what is in the way -----------------------------------------------------------------------------------------
    def _in_the_way(self, event: events.Event) -> bool:
        """Whether something is under way that this key must not overtake, and was not waited for long enough."""
        app = self._app
        found: dict[object, int] = {w: PATIENCE for w in app.workers if self._is_busy(w)}
        page = app.page
        if not app.screen.is_mounted:
            found[app.screen] = BUILDING
        if page is not None and not page.is_mounted:
            found[page] = BUILDING
        awaited = app.dispatch.awaited(event)
        if awaited is not None:
            found[awaited] = PATIENCE
        self._looks = {thing: self._looks.get(thing, 0) + 1 for thing in found}
        return any(self._looks[thing] <= patience for thing, patience in found.items())

    def _is_busy(self, worker: Worker[Any]) -> bool:
        if worker.group != "command" or worker.is_finished:
            return False
        dialog = self._asking.get(worker)
        return dialog is None or dialog not in self._app.screen_stack


class KeysInTurn(App[int]):
    """An app whose keys stand in line."""

    def __init__(self) -> None:
        super().__init__()
        self.typed_ahead = TypedAhead(cast("CallboardApp", self))

    async def on_event(self, event: events.Event) -> None:
        """Keys and pasted text go through the line; everything else, and a key on its way back up, at once."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif not self.typed_ahead.holds(event):
            await self.hand_on(event)

    async def hand_on(self, event: events.Event) -> None:
        """A key whose turn has come."""
        await super().on_event(event)

    async def push_screen_wait(self, screen: Any, *, mode: str | None = None) -> Any:
        """Ask, and let the keys through to the dialog: they need not wait for a command that waits for them."""
        worker = get_current_worker()
        self.typed_ahead.asks(worker, screen)
        try:
            return await super().push_screen_wait(screen, mode=mode)
        finally:
            self.typed_ahead.answered(worker)

    def watch_app_focus(self, focus: bool) -> None:
        """The terminal is in front again: tell the dialog that stands open."""
        if focus and self.is_running and len(self.screen_stack) > 1:
            getattr(self.screen, "returned", lambda: None)()

    def on_unmount(self) -> None:
        """Nothing waits any more."""
        self.typed_ahead.close()
