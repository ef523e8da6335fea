"""Driving the console in tests: open it on a real database, press keys, wait for what must come, read what it said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from textual import events
from textual.pilot import Pilot

from callboard.console import state
from callboard.console.app import CallboardApp
from callboard.services.service import Desk
from support import Office


@dataclass
class Drive:
    """An open console."""

    app: CallboardApp
    pilot: Pilot[int]

    @property
    def page(self) -> Any:
        return self.app.page

    @property
    def said(self) -> str:
        """Every toast so far."""
        return "\n".join(str(n.message) for n in self.app._notifications)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Paste it where the focus is: the pilot waits after every single key."""
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    async def until(self, condition: Callable[[], Any], what: str = "") -> None:
        """Wait until it holds; the seconds are a limit, not a measure."""
        for _ in range(400):
            await self.pilot.pause(0.01)
            if condition():
                return
        raise AssertionError(f"{what or 'it'} did not come; said: {self.said!r}")

    @property
    def dialog(self) -> str:
        """The class of the dialog on top, or an empty text."""
        return type(self.app.screen).__name__ if len(self.app.screen_stack) > 1 else ""

    async def asked(self, dialog: str) -> Any:
        await self.until(lambda: self.dialog == dialog, dialog)
        await self.pilot.pause()
        return self.app.screen

    async def answered(self) -> None:
        await self.until(lambda: not self.dialog, "the end of the dialog")
        await self.pilot.pause()

    async def fill(self, **answers: str) -> None:
        """Write into the lines of a form and accept it."""
        form = await self.asked("Form")
        for name, value in answers.items():
            line = form.query_one(f"#f-{name}")
            if hasattr(line, "_choices"):
                line._at = [v for v, _ in line._choices].index(value)
            elif hasattr(line, "text"):
                line.text = value
            else:
                line.value = value
        await self.press("ctrl+s")


@asynccontextmanager
async def opened(office: Office, screen: str, size: tuple[int, int] = (150, 45)) -> AsyncIterator[Drive]:
    """The console on the office's desk, showing a screen with its data."""
    settings = office.desk.settings
    state.save(settings.data_dir / "console.json", state.State(screen=screen))
    app = CallboardApp(settings, lambda: Shared(office.desk), operator="sam")
    async with app.run_test(size=size) as pilot:
        drive = Drive(app, pilot)
        await drive.until(
            lambda: app.is_open and app.page is not None and not app.page._loading and not app.page.stale, "the data"
        )
        await pilot.pause()
        yield drive


class Shared:
    """The office's desk, which outlives the console: everything but closing it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._desk, name)

    def close(self) -> None:
        pass
