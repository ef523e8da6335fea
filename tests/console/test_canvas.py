"""The base screen composes only what changed; whatever that is, the cells are those Textual itself would have painted."""

from __future__ import annotations

import random
from typing import Any

import pytest
from acme import Acme
from drive import Drive, opened
from rich.cells import cell_len
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region

from callboard.console.canvas import LeanCompositor, apart
from callboard.services.service import Desk
from support import Clock


def cells(update: Any) -> dict[tuple[int, int], tuple[str, object]]:
    """What stands where, inside the spans the update writes."""
    assert isinstance(update, ChopsUpdate)
    found = {}
    for y, lo, hi in update.spans:
        for x, strip in update.chops[y].items():
            at = x
            for text, style, _ in strip or ():
                for char in text:
                    if lo <= at < hi:
                        found[y, at] = (char, style)
                    at += cell_len(char)
    return found


def both(drive: Drive, regions: list[Region]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """The cells of these regions as the lean compositor composes them, and as Textual's."""
    compositor = drive.app.screen_stack[0]._compositor
    answers = []
    for kind in (LeanCompositor, Compositor):
        compositor.__class__ = kind
        compositor._dirty_regions = set(regions)
        answers.append(cells(compositor.render_partial_update()))
    compositor.__class__ = LeanCompositor
    return answers[0], answers[1]


@pytest.mark.parametrize("screen", ["calendar", "queue", "leads", "today"])
async def test_the_same_cells_as_textual(sqlite_desk: Desk, clock: Clock, screen: str) -> None:
    chance = random.Random(screen)
    async with opened(Acme(sqlite_desk, clock).week(), screen) as drive:
        drive.app.say("a toast lies over it")
        await drive.settle()
        width, height = drive.app.size
        for _ in range(60):
            regions = []
            for _ in range(chance.randint(1, 4)):
                x, y = chance.randrange(width), chance.randrange(height)
                regions.append(Region(x, y, chance.randint(1, width - x), chance.randint(1, min(height - y, 12))))
            lean, whole = both(drive, regions)
            assert whole
            assert lean == whole, regions


async def test_nothing_changed(sqlite_desk: Desk, clock: Clock) -> None:
    async with opened(Acme(sqlite_desk, clock).week(), "calendar") as drive:
        compositor = drive.app.screen_stack[0]._compositor
        compositor._dirty_regions = {Region(500, 500, 3, 3)}
        assert compositor.render_partial_update() is None


def test_groups_share_no_line() -> None:
    one, two, three = Region(0, 5, 9, 2), Region(3, 6, 9, 3), Region(0, 9, 9, 1)
    assert apart([three, two, one]) == [[one, two], [three]]
    assert apart([]) == []
