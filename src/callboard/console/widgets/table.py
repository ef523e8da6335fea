"""The paged table: a window over any number of rows that a source sorts, filters and hands out a page at a time.

Drawn by the line, over eight pages of 200 rows: Textual's DataTable holds every row and needs 10 s for a hundred thousand, this
needs the same fifth of a second for a million. A page after a known one is asked for by its last row (keyset); only a leap
(End, the scroll bar) asks by offset.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.style import Style
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from callboard.console.background import newest, soon
from callboard.console.widgets.lines import clean, fit, fit_right, strip, wrap
from callboard.console.widgets.source import PAGE, TABLE_COMMANDS, Ask, Column, PageSource

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp

KEPT = 8  # pages
DRAWN = 300  # lines kept as they were drawn: two screens full, on a large one
GAP = 2  # cells

__all__ = ["KEPT", "PAGE", "TABLE_COMMANDS", "Ask", "Column", "PageSource", "PagedTable"]


class PagedTable(ScrollView):
    """``PagedTable(columns, source, key=lambda row: row.id)``; posts ``Moved`` and ``Chosen``."""

    SCOPE = "table"
    can_focus = True
    DEFAULT_CSS = "PagedTable { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }"

    class Moved(Message):
        """The cursor stands on another row (None: there is none, or it is not loaded yet)."""

        ALLOW_SELECTOR_MATCH: ClassVar[set[str]] = set()

        def __init__(self, table: PagedTable, row: Any) -> None:
            self.table, self.row = table, row
            super().__init__()

        def can_replace(self, message: Message) -> bool:
            """A newer one makes an older pointless."""
            return isinstance(message, type(self))

    class Chosen(Message):
        """Enter or a double click on a row."""

        def __init__(self, table: PagedTable, row: Any) -> None:
            self.table, self.row = table, row
            super().__init__()

    def __init__(
        self,
        columns: Sequence[Column],
        source: PageSource,
        *,
        key: Callable[[Any], str] = lambda row: str(row.id),
        sort: str = "",
        descending: bool = False,
        empty: str = "nothing here yet",
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        super().__init__(id=id)
        self.all_columns = tuple(columns)
        self.hidden: set[str] = set()
        self.source = source
        self.key = key
        self.order = Ask(sort=sort, descending=descending)
        self.empty = empty
        self.total = 0
        self.status = "loading"  # loading, ready, error
        self.problem = ""
        self.cursor = 0
        self._start = 0  # the row to begin at, when the first have been counted
        self.marked: dict[str, Any] = {}
        self._pages: OrderedDict[int, list[Any]] = OrderedDict()
        self._ends: dict[int, Any] = {}  # page → its last row, kept after the page itself is dropped
        self._asked: set[int] = set()
        self._generation = 0
        self._layout: list[tuple[Column, int]] = []
        self._strips: dict[tuple[int, int, bool, bool, int], Strip] = {}

    # --- what a screen calls ----------------------------------------------------------------------------------------
    @property
    def row(self) -> Any:
        """The row under the cursor; None while it is not loaded."""
        return self.row_at(self.cursor)

    @property
    def chosen(self) -> list[Any]:
        """What a bulk command acts on: the marked rows, or the one under the cursor."""
        return list(self.marked.values()) or ([self.row] if self.row is not None else [])

    def row_at(self, index: int) -> Any:
        """A loaded row by number, or None."""
        page = self._pages.get(index // PAGE)
        at = index % PAGE
        return page[at] if page is not None and at < len(page) else None

    def reload(self, *, top: bool = False) -> None:
        """Ask again; what is shown stays until the answer comes. ``top``: the order or the filter is another."""
        self._generation += 1
        self._asked.clear()
        self._ends.clear()
        if top:
            self._pages.clear()
            self.cursor = 0
            self.status = "loading"
            self.scroll_to(0, 0, animate=False)
        newest(self, "count", self._recount, self._generation)

    def unmark(self) -> None:
        """No row is marked."""
        self.marked.clear()
        self.refresh()

    def sort_by(self, column: str, descending: bool = False) -> None:
        """Another order, by the source."""
        self.order = Ask(sort=column, descending=descending)
        self.reload(top=True)

    def show_columns(self, hidden: set[str]) -> None:
        """Leave these columns out."""
        self.hidden = set(hidden)
        self._arrange()

    def prefs(self) -> dict[str, Any]:
        """Order and columns, to keep in a screen's ``state()``."""
        return {"sort": self.order.sort, "descending": self.order.descending, "hidden": sorted(self.hidden)}

    def take_prefs(self, prefs: dict[str, Any]) -> None:
        """What :meth:`prefs` gave."""
        known = {c.id for c in self.all_columns}
        if prefs.get("sort") in known:
            self.order = Ask(sort=prefs["sort"], descending=bool(prefs.get("descending")))
        self.hidden = {c for c in prefs.get("hidden", []) if c in known}

    @property
    def place(self) -> int:
        """Where the cursor stands, to keep in a screen's ``state()``."""
        return self.cursor or self._start

    def begin_at(self, place: object) -> None:
        """Where it stood when the session before ended."""
        self._start = place if isinstance(place, int) and place > 0 else 0

    # --- pages ------------------------------------------------------------------------------------------------------
    async def _guarded(self, generation: int, work: Awaitable[Any]) -> Any:
        try:
            found = await work
        except Exception as error:  # noqa: BLE001 - shown in the table; the rows there were stay
            if generation == self._generation:
                self.status, self.problem = "error", str(error) or type(error).__name__
                self.refresh()
            return None
        return found if generation == self._generation else None

    async def _recount(self, generation: int) -> None:
        if self.status == "loading":
            await self._fetch(0, generation)  # the first rows stand there while a million are still being counted
            if generation != self._generation or 0 not in self._pages:
                return
            self._measure(len(self._pages[0]))
        total = await self._guarded(generation, self.source.count())
        if total is None:
            return
        fresh = {0} if self.status == "loading" else set()
        self.status = "ready"
        self._measure(total)
        self.cursor = min(self.cursor, max(total - 1, 0))
        visible = {(self.scroll_offset.y + y) // PAGE for y in (0, max(self.size.height - 1, 0))} | {self.cursor // PAGE}
        for number in [n for n in self._pages if n not in visible]:
            del self._pages[number]
        for number in sorted(visible - fresh):
            if number * PAGE < total:
                await self._fetch(number, generation)
        if not total:
            self._pages.clear()
        if fresh or not total:
            start, self._start = self._start, 0
            self.go_to(start) if start else self._moved()
        self.refresh()

    def _measure(self, total: int) -> None:
        """So many rows there are, or at least these while they are being counted."""
        self.total = total
        self.virtual_size = Size(self.size.width, total + 1)

    def _want(self, number: int) -> None:
        """Ask for a page unless it is here or on its way."""
        if number in self._asked or number in self._pages or number < 0 or number * PAGE >= self.total:
            return
        self._asked.add(number)
        soon(self, "pages", self._fetch, number, self._generation)

    async def _fetch(self, number: int, generation: int) -> None:
        before = self._ends.get(number - 1)
        ask = replace(self.order, after=before, offset=0 if before is not None else number * PAGE)
        found = await self._guarded(generation, self.source.page(ask))
        self._asked.discard(number)
        if found is None:
            return
        rows = list(found)
        self._pages[number] = rows
        self._pages.move_to_end(number)
        if rows:
            self._ends[number] = rows[-1]
        while len(self._pages) > KEPT:
            self._pages.popitem(last=False)
        self._strips.clear()
        for row in rows:
            if (name := self.key(row)) in self.marked:
                self.marked[name] = row
        self.refresh()
        if number == self.cursor // PAGE:
            self._moved()

    # --- drawing ----------------------------------------------------------------------------------------------------
    def on_resize(self, _: Resize) -> None:
        """Columns share the new width."""
        self._arrange()

    def _arrange(self) -> None:
        width = self.size.width - 2 + GAP - 1  # marks; behind the last column only the scrollbar
        columns = [c for c in self.all_columns if c.id not in self.hidden]
        while len(columns) > 1 and sum((c.width or c.least) + GAP for c in columns) > width:
            columns.remove(max(columns, key=lambda c: (c.rank, columns.index(c))))
        left = width - sum(c.width + GAP for c in columns)
        shared = [c for c in columns if not c.width]
        self._layout = []
        for column in columns:
            size = column.width
            if not size:
                size = max(left // len(shared), 4)
                left -= size
                shared = shared[1:]
            self._layout.append((column, size))
        self._strips.clear()
        self.virtual_size = Size(self.size.width, self.total + 1)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The titles on the first line, then rows; a row that is not here yet asks for its page."""
        app = cast("CallboardApp", self.app)
        width = self.size.width
        if y == 0:
            return self._titles(app, width)
        index = self.scroll_offset.y + y - 1
        if index >= self.total:
            return strip([(self._message(y), app.inks("clash" if self.status == "error" else "dim"))], width, app.inks())
        row = self.row_at(index)
        if row is None:
            if self.status == "error":
                return strip([(self._message(y), app.inks("clash"))], width, app.inks())
            self._want(index // PAGE)
            return strip([("  …", app.inks("dim"))], width, app.inks())
        current = index == self.cursor
        marked = self.key(row) in self.marked
        key = (index, width, current, marked, app.inks.stamp)
        found = self._strips.get(key)
        if found is None:
            if len(self._strips) > DRAWN:
                self._strips.clear()
            found = self._strips[key] = self._row(app, row, width, current, marked)
        return found

    def _message(self, y: int) -> str:
        waits = self.app.live.not_read() if hasattr(self.app, "live") else "reading …"  # a bare frame has no desk
        said = waits if self.status == "loading" else self.problem if self.status == "error" else self.empty
        lines = [] if self.total and self.status != "error" else wrap(said, self.size.width - 4)
        return f"  {lines[y - 2]}" if 2 <= y < len(lines) + 2 else ""

    def _titles(self, app: CallboardApp, width: int) -> Strip:
        ink = app.inks("dim", "surface")
        parts: list[tuple[str, Style]] = [(f"{len(self.marked)}✓"[:2] if self.marked else "  ", app.inks("accent", "surface"))]
        for column, size in self._layout:
            arrow = ("▾" if self.order.descending else "▴") if column.id == self.order.sort else ""
            put = fit_right if column.right else fit
            parts.append((put(column.title + arrow, size) + " " * GAP, app.inks("accent", "surface") if arrow else ink))
        return strip(parts, width, ink)

    def _row(self, app: CallboardApp, row: Any, width: int, current: bool, marked: bool) -> Strip:
        back = "select" if current else "background"
        parts: list[tuple[str, Style]] = [
            ("▌" if current else " ", app.inks("accent", back)),
            ("✓" if marked else " ", app.inks("accent", back, bold=True)),
        ]
        for column, size in self._layout:
            value = column.get(row)
            text, role = (value, "text") if isinstance(value, str) else value
            put = fit_right if column.right else fit
            parts.append((put(clean(text), size) + " " * GAP, app.inks(role, back)))
        return strip(parts, width, app.inks("text", back))

    # --- the cursor -------------------------------------------------------------------------------------------------
    def go_to(self, index: int) -> None:
        """Put the cursor on a row by number and keep it in sight."""
        if not self.total:
            return
        before, self.cursor = self.cursor, min(max(index, 0), self.total - 1)
        height = max(self.size.height - 1, 1)
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(0, self.cursor, animate=False)
        elif self.cursor >= top + height:
            self.scroll_to(0, self.cursor - height + 1, animate=False)
        for at in (before, self.cursor):
            self.refresh(Region(0, at - self.scroll_offset.y + 1, self.size.width, 1))
        self._want((self.cursor + height) // PAGE)
        self._moved()

    def _moved(self) -> None:
        self.post_message(self.Moved(self, self.row))

    def row_up(self) -> None:
        """One up."""
        self.go_to(self.cursor - 1)

    def row_down(self) -> None:
        """One down."""
        self.go_to(self.cursor + 1)

    def page_up(self) -> None:
        """One screenful up."""
        self.go_to(self.cursor - max(self.size.height - 1, 1))

    def page_down(self) -> None:
        """One screenful down."""
        self.go_to(self.cursor + max(self.size.height - 1, 1))

    def first(self) -> None:
        """The first row."""
        self.go_to(0)

    def last(self) -> None:
        """The last row."""
        self.go_to(self.total - 1)

    def mark(self) -> None:
        """Mark or unmark the row and go one down."""
        row = self.row
        if row is not None:
            name = self.key(row)
            if self.marked.pop(name, None) is None:
                self.marked[name] = row
            self.row_down()
            self.refresh()

    def mark_all(self) -> None:
        """Mark every loaded row; with marks, take them all away."""
        if self.marked:
            self.marked.clear()
        else:
            self.marked = {self.key(row): row for page in self._pages.values() for row in page}
        self.refresh()

    def choose(self) -> None:
        """Open the row."""
        if self.row is not None:
            self.post_message(self.Chosen(self, self.row))

    def on_click(self, event: Click) -> None:
        """A click puts the cursor, a second one opens, on a title it sorts."""
        if event.y == 0:
            self._sort_at(event.x)
            return
        self.go_to(self.scroll_offset.y + event.y - 1)
        if event.chain > 1:
            self.choose()

    def _sort_at(self, x: int) -> None:
        at = 2
        for column, size in self._layout:
            if at <= x < at + size and column.sort:
                self.sort_by(column.id, not self.order.descending if self.order.sort == column.id else False)
            at += size + GAP

    async def choose_sort(self) -> None:
        """Ask for the column; the same one again turns the order round."""
        from callboard.console.widgets.arranging import ask_sort

        await ask_sort(self)

    async def choose_columns(self) -> None:
        """Show or hide one column after another; Escape when it is right."""
        from callboard.console.widgets.arranging import ask_columns

        await ask_columns(self)
