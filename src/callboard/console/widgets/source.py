"""What a paged table is given: columns, and a source that hands out rows a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from callboard.console.commands import Command

PAGE = 200  # rows


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``get(row)`` gives its text, or (text, role). ``width`` in cells; 0 shares what is left.

    ``rank``: the higher, the earlier it is left out when there is no room. ``sort``: the source knows how to sort by it.
    """

    id: str
    title: str
    width: int
    get: Callable[[Any], str | tuple[str, str]]
    right: bool = False
    sort: bool = True
    rank: int = 0
    least: int = 12  # cells a shared column needs at least


@dataclass(frozen=True, slots=True)
class Ask:
    """What the table wants: rows in this order, after the row ``after`` when that is known, else from number ``offset``."""

    sort: str = ""
    descending: bool = False
    after: Any = None
    offset: int = 0
    limit: int = PAGE


class PageSource(Protocol):
    """Where rows come from. Filtering is the source's own affair: change it there and call ``table.reload()``."""

    async def count(self) -> int:
        """How many rows there are."""
        ...

    async def page(self, ask: Ask) -> Sequence[Any]:
        """At most ``ask.limit`` rows."""
        ...


TABLE_COMMANDS = (
    Command("table.up", "up k", "row up", "row_up"),
    Command("table.down", "down j", "row down", "row_down"),
    Command("table.page_up", "pageup", "page up", "page_up"),
    Command("table.page_down", "pagedown", "page down", "page_down"),
    Command("table.first", "home", "first row", "first"),
    Command("table.last", "end", "last row", "last"),
    Command("table.mark", "space", "mark the row (bulk commands act on marked rows)", "mark"),
    Command("table.mark_all", "*", "mark every row loaded, or none", "mark_all"),
    Command("table.sort", ",>r", "sort by another column", "choose_sort"),
    Command("table.columns", ",>c", "choose columns", "choose_columns"),
    Command("table.choose", "enter", "open the row", "choose"),
)
