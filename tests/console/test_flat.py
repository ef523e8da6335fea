"""What was closed is let go of: a console that is open all day holds no dialog of the morning."""

from __future__ import annotations

import gc

from acme import Acme
from drive import opened

from callboard.console.dialogs.dialog import Dialog
from callboard.services.service import Desk
from support import Clock


async def test_closed_dialogs_are_let_go(sqlite_desk: Desk, clock: Clock) -> None:
    async with opened(Acme(sqlite_desk, clock), "queue") as drive:
        for _ in range(3):
            await drive.press("question_mark")
            await drive.asked("ChoiceDialog")
            await drive.press("escape")
            await drive.answered()
        await drive.press("2")
        gc.collect()
        held = [o for o in gc.get_objects() if isinstance(o, Dialog) and o.app is drive.app]
        assert len(held) < 2, "the last one at most, while something still runs in it"
