"""The calendar over a data folder (argument 1) in a headless console: what its model and its lines cost, as a JSON line."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from bench.figures import median_ms
from callboard.console.app import CallboardApp
from callboard.console.calendar.model import build
from callboard.services.service import Desk
from callboard.settings import Settings


async def main(folder: Path) -> None:
    settings = Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'callboard.db'}")
    app = CallboardApp(settings, lambda: Desk(settings), operator="sam")
    async with app.run_test(size=(120, 40)) as pilot:
        while not (app.is_open and app.page is not None and not app.page.stale and app.page.grid.grid.view is not None):
            await pilot.pause(0.02)
        page = app.page
        grid, view = page.grid, page.grid.grid.view
        assert view is not None
        assert len(view.bookings) >= 2000

        def lines() -> None:
            grid.redraw()
            for y in range(grid.size.height):
                grid.render_line(y)

        model = median_ms(lambda: build(view, page.days(), app.zone, page.step, app.now(), by_agent=False), 15)
        print(json.dumps({"model": model, "lines": median_ms(lines, 15)}))  # noqa: T201 - its report
        app.exit()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
