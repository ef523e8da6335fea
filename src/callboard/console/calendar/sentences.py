"""The calendar for a screen reader: the period, what the cursor stands on, and every booking as a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.console.calendar.model import DAY
from callboard.console.calendar.words import times
from callboard.console.widgets.split import Detail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callboard.console.app import CallboardApp
    from callboard.console.calendar.model import Grid, Place
    from callboard.console.calendar.screen import Calendar


def told(app: CallboardApp, grid: Grid) -> Iterator[tuple[str, int, Place]]:
    """What stands in a period: in words, the column, and its place there."""
    names = {a.id: a.name for a in app.agents}
    for number, column in enumerate(grid.columns):
        for place in column.places:
            item = place.item
            if column.lo <= item.lo:
                kind = item.booking.status.replace("_", " ") if item.booking is not None else "block"
                clash = ", lies under a block" if item.clash else ""
                who = names.get(item.agent_id or "", "everyone")
                what = item.lines[0].lstrip("◇◆▶‖✓∅✕ ")
                yield f"{times(item.lo, item.hi, app.zone)}: {kind}, {what}, with {who}{clash}", number, place


def sentences(page: Calendar) -> list[str]:
    """The period as sentences."""
    app = page.console
    lines = [f"Calendar, {page.title_text()}, {page.who()}, times in {app.zone}"]
    lines.append("here: " + " ".join(" ".join(page.query_one("#line", Detail).text).split()))
    lines += [words for words, _, _ in told(app, page.grid.grid)]
    return lines if len(lines) > 2 else [*lines, f"no bookings; rows of {page.step} minutes, {DAY // page.step} a day"]
