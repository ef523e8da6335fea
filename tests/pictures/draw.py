"""Draws every screen of the console on the sample day: what the README shows, and what to look at after a change.

``uv run python tests/pictures/draw.py`` writes the three of the README beside itself; ``… draw.py FOLDER`` all, at three sizes.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from callboard.console.app import CallboardApp
from callboard.console.screens import entries
from callboard.domain.zones import parse_instant
from callboard.services import sample
from callboard.services.service import Desk
from callboard.settings import Settings

HERE = Path(__file__).resolve().parent
NOW = parse_instant("2026-11-18T15:41:20Z", "now")  # a Wednesday, 10:41 in New York
SIZES = ((160, 45), (120, 40), (80, 24))
FONT = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
SHOWN = ("calendar", "queue", "today")


async def _draw(folder: Path, screens: tuple[str, ...], sizes: tuple[tuple[int, int], ...]) -> None:
    with tempfile.TemporaryDirectory() as data:
        settings = Settings(database_url=f"sqlite:///{data}/sample.db", data_dir=Path(data))
        desk = Desk(settings, clock=lambda: NOW)
        sample.fill(desk)
        for size in sizes:
            app = CallboardApp(settings, lambda: Desk(settings, clock=lambda: NOW), operator="demo", organization="Acme Moving")
            async with app.run_test(size=size) as pilot:
                for screen in screens:
                    await _settled(pilot)
                    app.go(screen)
                    await _settled(pilot)
                    name = f"{screen}.svg" if len(sizes) == 1 else f"{screen}-{size[0]}x{size[1]}.svg"
                    picture = _own_fonts(app.export_screenshot(title=f"callboard — {screen}"))
                    (folder / name).write_text(picture, encoding="utf-8")
        desk.close()


def _own_fonts(svg: str) -> str:
    """The picture in the reader's own fixed-width font: a README must not fetch fonts from elsewhere.

    Spaces are kept because librsvg trims even those that do not break, and shows every word a cell too far to the left.
    """
    svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    return re.sub(r"font-family: Fira Code, monospace|font-family: Fira Code", f"font-family: {FONT}", svg)


async def _settled(pilot: object) -> None:
    for _ in range(12):
        await pilot.pause(0.05)  # type: ignore[attr-defined]
        await pilot.app.workers.wait_for_complete()  # type: ignore[attr-defined]


def main() -> None:
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1])
        folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(_draw(folder, tuple(s.id for s in entries()), SIZES))
    else:
        asyncio.run(_draw(HERE, SHOWN, ((120, 40),)))


if __name__ == "__main__":
    main()
