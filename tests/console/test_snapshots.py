"""The calendar and the queue as text at three sizes, beside this file: alignment and truncation, whatever the colours.

After a change that is meant, run it with CALLBOARD_TEST_WRITE_SNAPSHOTS=1 and read the diff.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from acme import Acme
from drive import Drive, opened

from callboard.services.service import Desk
from support import Clock

FOLDER = Path(__file__).parent / "snapshots"
WRITE = "CALLBOARD_TEST_WRITE_SNAPSHOTS"
LINK = re.compile(r"…/join/…[0-9a-f]{6}")


def text(drive: Drive) -> str:
    """Every line but the header, which grows with the number of screens."""
    lines = [strip.text for strip in drive.app.screen._compositor.render_strips()][1:]
    return "\n".join(LINK.sub("…/join/……id……", line).rstrip() for line in lines) + "\n"


@pytest.mark.parametrize("size", [(160, 45), (120, 40), (80, 24)], ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("screen", ["calendar", "queue"])
async def test_as_it_was(sqlite_desk: Desk, clock: Clock, screen: str, size: tuple[int, int]) -> None:
    acme = Acme(sqlite_desk, clock).week()
    path = FOLDER / f"{screen}-{size[0]}x{size[1]}.txt"
    async with opened(acme, screen, size=size) as drive:
        await drive.press("down", "up")
        if screen == "queue":
            await drive.until(lambda: drive.app.page.card is not None, "the card")
        drive.app.clear_notifications()
        await drive.settle()
        found = text(drive)
    if os.environ.get(WRITE):
        FOLDER.mkdir(exist_ok=True)
        path.write_text(found, "utf-8")
    assert found == path.read_text("utf-8")
