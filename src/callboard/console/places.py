"""Jumping in plain mode: every place of the screen as a line of words, found by typing some of them.

Letters drawn beside the places would be read out between the words, and say nothing to who does not see where they stand. A list
that is searched needs as few keys and says where each one leads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.widget import Widget

from callboard.console.dialogs.dialog import ChoiceDialog
from callboard.console.widgets.choices import Choice
from callboard.console.widgets.table import PAGE, PagedTable

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp
    from callboard.console.page import Page

Place = tuple[str, Callable[[], object]]  # its words, and what puts the cursor there


def places(page: Page) -> list[tuple[Widget, Place]]:
    """Every place in the lists a screen shows now, in reading order; a list that has any says so in ``places()``."""
    found: list[tuple[Widget, Place]] = []
    for widget in page.query("*"):
        own: Any = partial(_rows, widget) if isinstance(widget, PagedTable) else getattr(widget, "places", None)
        if own is not None and all(
            w.display for w in widget.ancestors_with_self if isinstance(w, Widget) and page in w.ancestors
        ):
            found += [(widget, place) for place in own()]
    return found


def _rows(table: PagedTable) -> list[Place]:
    """The rows of a table that are here: what is further away is found by its filter."""
    near = range(max(table.cursor - PAGE, 0), min(table.cursor + PAGE, table.total))
    return [(_said(table, row), partial(table.go_to, n)) for n in near if (row := table.row_at(n)) is not None]


def _said(table: PagedTable, row: Any) -> str:
    shown = (c.get(row) for c in table.all_columns if c.id not in table.hidden)
    return ", ".join(text for cell in shown if (text := (cell if isinstance(cell, str) else cell[0]).strip()))


async def choose(app: CallboardApp) -> None:
    """Choose one and go there."""
    page = app.page
    found = places(page) if page is not None else []
    if not found:
        app.say("there is nothing to jump to here")
        return
    lines = [Choice(str(n), " ".join(words.split())) for n, (_, (words, _)) in enumerate(found)]
    chosen: str | None = await app.push_screen_wait(ChoiceDialog("Go to", lines, placeholder="some of its words"))
    if chosen is not None:
        widget, (_, go) = found[int(chosen)]
        widget.focus()
        go()
        app.call_after_refresh(app.refresh_footer)  # the text is written again with the cursor there
