"""A short list that is wholly in memory (endpoints, conversations, rooms of the settings): lines and a cursor.

The paged table asks a source for pages; these lists are read whole with their screen, so they are only drawn. They answer to the
same commands, so that a remapped key moves both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.style import Style
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from callboard.console.widgets.lines import Part, strip, wrap

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp

SPOKEN = 120  # cells: nothing a line says is cut when it is read out
Draw = Callable[[Any, int], Sequence[Sequence[Part]]]  # (item, width) → as many lines as every item has


class Rows(ScrollView):
    """``Rows(draw, key=…, lines=1)``; ``draw(item, width)`` gives the item's lines. Posts ``Moved`` and ``Chosen``."""

    SCOPE = "table"
    can_focus = True
    DEFAULT_CSS = "Rows { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }"

    class Moved(Message):
        """The cursor stands on another item (None: there is none)."""

        ALLOW_SELECTOR_MATCH: ClassVar[set[str]] = set()

        def __init__(self, rows: Rows, item: Any) -> None:
            self.rows, self.item = rows, item
            super().__init__()

        def can_replace(self, message: Message) -> bool:
            """A newer one of the same list makes an older pointless."""
            return isinstance(message, type(self)) and message.rows is self.rows

    class Chosen(Message):
        """Enter or a double click."""

        def __init__(self, rows: Rows, item: Any) -> None:
            self.rows, self.item = rows, item
            super().__init__()

    def __init__(
        self,
        draw: Draw,
        *,
        key: Callable[[Any], str] = lambda item: str(item.id),
        lines: int = 1,
        title: str = "",
        empty: str = "nothing here yet",
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        super().__init__(id=id)
        self._draw, self.key, self.lines = draw, key, lines
        self.title, self.empty = title, empty
        self.items: list[Any] = []
        self.cursor = 0
        self.status = "loading"  # loading, ready
        self.marked: dict[str, Any] = {}
        self._wanted: str | None = None  # the key of the item to begin at

    @property
    def place(self) -> str | None:
        """The item the cursor stands on, by its key, to keep in a screen's ``state()``."""
        return self.key(self.row) if self.row is not None else self._wanted

    def begin_at(self, place: object) -> None:
        """Where it stood when the session before ended."""
        self._wanted = place if isinstance(place, str) else None

    @property
    def _head(self) -> int:
        return 1 if self.title else 0

    @property
    def row(self) -> Any:
        """The item under the cursor, or None."""
        return self.items[self.cursor] if 0 <= self.cursor < len(self.items) else None

    def show(self, items: Sequence[Any], *, title: str | None = None) -> None:
        """Other items; the cursor stays on the same one when it is still there."""
        before = self.key(self.row) if self.row is not None else self._wanted
        fresh, self.items, self.status = self.status == "loading", list(items), "ready"
        self.title = self.title if title is None else title
        at = next((n for n, item in enumerate(self.items) if self.key(item) == before), None)
        self.cursor = at if at is not None else min(self.cursor, max(len(self.items) - 1, 0))
        self._sized()
        if at is None or fresh:
            self.post_message(self.Moved(self, self.row))
        if at and fresh:
            self.call_after_refresh(self.go_to, at)
        self.refresh()

    def select(self, key: str) -> bool:
        """Put the cursor on the item of that key."""
        at = next((n for n, item in enumerate(self.items) if self.key(item) == key), None)
        if at is not None:
            self.go_to(at)
        return at is not None

    def _sized(self) -> None:
        self.virtual_size = Size(max(self.size.width, 1), len(self.items) * self.lines + self._head)

    def on_resize(self) -> None:
        """Lines are as wide as the list."""
        self._sized()

    # --- drawing ----------------------------------------------------------------------------------------------------
    def render_line(self, y: int) -> Strip:
        """The title, then the items."""
        app = cast("CallboardApp", self.app)
        ink, width = app.inks, self.size.width - self.scrollbar_size_vertical
        if y < self._head:
            return strip(
                [(" " + self.title, ink("accent" if self.has_focus else "dim", "surface"))], width, ink("text", "surface")
            )
        at, line = divmod(y - self._head + self.scroll_offset.y, self.lines)
        if at >= len(self.items):
            pieces = [p for text in ("" if self.items else self._instead(app)).split("\n") for p in wrap(text, width - 2)]
            word = pieces[y - self._head] if not self.items and y - self._head < len(pieces) else ""
            return strip([(f" {word}", ink("dim"))], width, ink())
        item, current = self.items[at], at == self.cursor
        back = ("select" if self.has_focus else "surface") if current else "background"
        parts: list[tuple[str, Style]] = [("▌" if current else " ", ink("accent", back))]
        drawn = self._draw(item, width - 1)
        for part in drawn[line] if line < len(drawn) else ():
            text, role = (part, "text") if isinstance(part, str) else part
            name, _, flag = role.partition(" ")
            parts.append((text, ink(name, back, bold=flag == "bold")))
        return strip(parts, width, ink("text", back))

    def _instead(self, app: CallboardApp) -> str:
        """What stands where items would."""
        if self.status == "ready":
            return self.empty
        return app.live.not_read()

    def on_focus(self) -> None:
        """The cursor shows where keys go."""
        self.refresh()

    def on_blur(self) -> None:
        """See on_focus."""
        self.refresh()

    def places(self) -> list[tuple[str, Callable[[], object]]]:
        """Every item in words, and what puts the cursor on it (plain mode's jump)."""
        return [(self._said(item), partial(self.go_to, n)) for n, item in enumerate(self.items)]

    def _said(self, item: Any) -> str:
        return ", ".join(" ".join(p if isinstance(p, str) else p[0] for p in line) for line in self._draw(item, SPOKEN))

    # --- the cursor, by the table's commands ------------------------------------------------------------------------
    def go_to(self, index: int) -> None:
        """Put the cursor on an item and keep it in sight."""
        if not self.items:
            return
        self.cursor = min(max(index, 0), len(self.items) - 1)
        room = max(self.size.height - self._head, self.lines)
        top, y = int(self.scroll_offset.y), self.cursor * self.lines
        if y < top:
            self.scroll_to(0, y, animate=False)
        elif y + self.lines > top + room:
            self.scroll_to(0, y + self.lines - room, animate=False)
        self.refresh()
        self.post_message(self.Moved(self, self.row))

    def row_up(self) -> None:
        """One up."""
        self.go_to(self.cursor - 1)

    def row_down(self) -> None:
        """One down."""
        self.go_to(self.cursor + 1)

    def page_up(self) -> None:
        """One screenful up."""
        self.go_to(self.cursor - max((self.size.height - self._head) // self.lines, 1))

    def page_down(self) -> None:
        """One screenful down."""
        self.go_to(self.cursor + max((self.size.height - self._head) // self.lines, 1))

    def first(self) -> None:
        """The first."""
        self.go_to(0)

    def last(self) -> None:
        """The last."""
        self.go_to(len(self.items) - 1)

    def choose(self) -> None:
        """Open the item."""
        if self.row is not None:
            self.post_message(self.Chosen(self, self.row))

    def mark(self) -> None:
        """These lists have no bulk commands."""
        cast("CallboardApp", self.app).say("rows of this list are not marked", "warning")

    mark_all = mark

    def choose_sort(self) -> None:
        """Their order has a meaning."""
        cast("CallboardApp", self.app).say("this list keeps its own order", "warning")

    choose_columns = choose_sort

    def on_click(self, event: Click) -> None:
        """A click puts the cursor, a second one opens."""
        at = (event.y - self._head + int(self.scroll_offset.y)) // self.lines
        if event.y >= self._head and at < len(self.items):
            self.go_to(at)
            if event.chain > 1:
                self.choose()
