"""Long work in sight: a bar, what is being done, and Escape to stop between two steps. What is done stays done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from callboard.console.background import soon
from callboard.console.dialogs.dialog import Dialog

WIDTH = 56


class Steps:
    """Handed to the work: ``told(done, total, words)`` shows, ``stopped`` says that the person wants it to end."""

    def __init__(self, show: Callable[[int, int, str], None]) -> None:
        self._show = show
        self.stopped = False
        self.done = 0

    def told(self, done: int, total: int, words: str = "") -> None:
        """So much of so much is done (total 0: nobody knows how much there is)."""
        self.done = done
        self._show(done, total, words)


Work = Callable[[Steps], Awaitable[str]]


class Progress(Dialog[str]):
    """Runs the work and answers with its summary; a failure answers None and is told as every failure is."""

    HINT: ClassVar[str] = "Esc stop here; what is done stays done"

    def __init__(self, title: str, work: Work) -> None:
        super().__init__(title)
        self._work = work
        self._steps = Steps(self._show)

    def body(self) -> ComposeResult:
        """The bar and the words."""
        yield Static("", id="bar", markup=False)
        yield Static("starting …", id="note", markup=False)

    def on_mount(self) -> None:
        """Begin."""
        soon(self, "progress", self._run)

    async def _run(self) -> None:
        try:
            summary = await self._work(self._steps)
        except Exception as error:  # noqa: BLE001 - told to the person, or written to the crash file
            self.console.trouble(error)
            self.dismiss(None)
            return
        self.dismiss(summary + (" (stopped)" if self._steps.stopped else ""))

    def _show(self, done: int, total: int, words: str) -> None:
        if not self.is_attached:
            return
        share = done / total if total else 0.0
        filled = round(share * WIDTH)
        number = f"{done:,} of {total:,}" if total else f"{done:,}"
        drawn = "" if self.console.settings.plain else "█" * filled + "─" * (WIDTH - filled)
        self.query_one("#bar", Static).update(drawn)
        self.query_one("#note", Static).update(f"{number}  {words}")

    def action_leave(self) -> None:
        """Ask the work to end after the step it is at: the dialog closes with it, never before."""
        self._steps.stopped = True
        for note in self.query("#note").results(Static):
            note.update("stopping …")
