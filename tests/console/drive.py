"""Driving the console in tests: open it on a real database, press keys, wait for what must come, read what it said."""

from __future__ import annotations

import asyncio
import sys
import time
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from textual import events
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.pilot import Pilot

from callboard.console import SWITCH, state
from callboard.console.app import CallboardApp
from callboard.services.service import Desk
from support import Office


def _printed(key: str) -> str | None:
    """What a key of a long name prints: ``slash`` → ``/``, ``pageup`` → nothing."""
    try:
        return unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(key, key)))
    except KeyError:
        return None


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
        """Keys as the terminal sends them. The pilot's own waits a tenth of a second after each; this, for what it began."""
        for key in keys:
            self.burst(key)
            await self.settle()
            for _ in range(100):
                if len(self.app.screen_stack) > 1 or not any(w.group == "command" and w.is_running for w in self.app.workers):
                    break
                await asyncio.sleep(0.005)
            await self.settle()

    def burst(self, *keys: str) -> None:
        """Keys without waiting for what any of them does, as hands that know the way send them."""
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
            self.app._driver.send_message(events.Key(name, key if len(key) == 1 else _printed(key)))  # type: ignore[union-attr]

    async def settle(self) -> None:
        """Until everybody has handled what was sent so far."""
        for _ in range(2):
            while not self.app.typed_ahead.idle:  # noqa: ASYNC110 - the app has no word for it
                await asyncio.sleep(0.002)
            done = asyncio.Event()
            self.app.call_later(done.set)
            await done.wait()
            await self.pilot._wait_for_screen()

    async def type(self, text: str) -> None:
        """Paste it where the focus is."""
        self.app.post_message(events.Paste(text))
        await self.settle()

    async def until(self, condition: Callable[[], Any], what: str = "") -> None:
        """Wait until it holds; the seconds are a limit, not a measure."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
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


async def settled(drive: Drive) -> None:
    """Until the page shows what is in the database."""
    await drive.until(lambda: not drive.page._loading and not drive.page.stale, "the data")
    await drive.pilot.pause()


async def go(drive: Drive, text: str) -> None:
    """To a date of the calendar."""
    await drive.press("g")
    await drive.asked("Ask")
    await drive.type(text)
    await drive.press("enter")
    await drive.answered()
    await settled(drive)


@asynccontextmanager
async def opened(office: Office, screen: str, size: tuple[int, int] = (150, 45), **remembered: Any) -> AsyncIterator[Drive]:
    """The console on the office's desk, showing a screen with its data; ``remembered`` is what the session before left."""
    sys.setswitchinterval(SWITCH)  # as the program itself does, or a thread that writes keeps the keys waiting
    settings = office.desk.settings
    state.save(settings.data_dir / "console.json", state.State(screen=screen, **remembered))
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
