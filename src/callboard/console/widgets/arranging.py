"""The paged table's two questions: sort by what, show which columns. Imported when asked; the first frame needs no dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.console.dialogs.dialog import ChoiceDialog
from callboard.console.widgets.choices import Choice

if TYPE_CHECKING:
    from callboard.console.widgets.table import PagedTable


async def ask_sort(table: PagedTable) -> None:
    """Ask for the column; the same one again turns the order round."""
    choices = [Choice(c.id, c.title) for c in table.all_columns if c.sort]
    chosen = await table.app.push_screen_wait(ChoiceDialog("Sort by (again: the other way)", choices))
    if chosen is not None:
        table.sort_by(chosen, not table.order.descending if table.order.sort == chosen else False)


async def ask_columns(table: PagedTable) -> None:
    """Show or hide one column after another; Escape when it is right."""
    while True:
        choices = [Choice(c.id, f"{'–' if c.id in table.hidden else '✓'} {c.title}") for c in table.all_columns]
        chosen: str | None = await table.app.push_screen_wait(ChoiceDialog("Columns (Esc when done)", choices))
        if chosen is None:
            return
        if chosen in table.hidden or len(table.hidden) < len(table.all_columns) - 1:
            table.show_columns(table.hidden ^ {chosen})
