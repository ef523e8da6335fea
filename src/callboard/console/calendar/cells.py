"""One cell of the time grid: what stands there, side by side, and how it is told apart without colour.

▌ edge of a booking · ░ outside hours · ╱ buffer · ▒ block · ✕ do not disturb; ◇ ◆ ▶ ‖ ✓ ∅ say the state, ‼ a clash.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.style import Style

from callboard.console.calendar.model import CLASH, DND, OPEN, OUTSIDE, Column, Item, Place
from callboard.console.inks import Inks
from callboard.console.widgets.lines import clean, fit
from callboard.domain.zones import local

if TYPE_CHECKING:
    from callboard.console.calendar.grid import TimeGrid

NARROWEST = 4  # cells of a lane below which lanes are gathered into a count
ROOM_FOR_TIME = 16
ROOM_FOR_BLANK = 8
Part = tuple[str, Style]
FILL = {OUTSIDE: ("░", "line"), OPEN: (" ", "line"), DND: ("✕", "line")}


def lanes_of(places: Sequence[Place], width: int, selected: str = "") -> list[tuple[Place | None, int, int, int]]:
    """(place or None for a count, x, width, how many) in drawing order; calls go before buffers where both want a cell."""
    most = max(width // NARROWEST, 1)
    found: list[tuple[Place | None, int, int, int]] = []
    hidden = 0
    shown: Place | None = None  # what is chosen is never hidden behind a count
    for place in places:
        lanes = min(place.lanes, most)
        if place.lanes > most and place.lane >= most - 1:
            hidden += 1
            shown = place if place.item.id == selected else shown
            continue
        x = place.lane * width // lanes
        found.append((place, x, (place.lane + 1) * width // lanes - x, 1))
    if hidden:
        x = (most - 1) * width // most
        found.append((shown, x, width - x, hidden))
    return found


class Painter:
    """Draws cells for one line of a grid."""

    def __init__(self, inks: Inks, grid: TimeGrid, now: int) -> None:
        self._ink = inks
        self._grid = grid
        self._now = now
        seen = any(c.lo <= now < c.hi for c in grid.grid.columns)
        self._now_row = grid.grid.row_of(now) if seen else -1

    def cell(self, index: int, row: int, width: int) -> list[Part]:
        """The cell of a column on a row, exactly ``width`` cells."""
        view, column = self._grid, self._grid.grid.columns[index]
        first, last = view.span
        here = index == view.column
        if view.ghost is not None and here and view.row <= row < view.row + view.ghost.rows:
            return self._ghost(row, width)
        cursor = here and first <= row < last and view.ghost is None and not view.selected
        base = self._base(column, row, cursor)
        places = column.at(row)
        if not places:
            return [self._fill(base, width, cursor, row)]
        # Calls win over buffers of their neighbours.
        pieces = sorted(lanes_of(places, width, view.selected), key=lambda p: p[0] is not None and not p[0].row <= row < p[0].end)
        taken: list[tuple[int, int]] = []
        drawn: list[tuple[int, list[Part]]] = []
        for place, x, size, count in pieces:
            if size < 1 or any(a < x + size and b > x for a, b in taken):
                continue
            taken.append((x, x + size))
            if place is None:
                drawn.append((x, [(fit(f"+{count}", size), self._ink("dim", "surface"))]))
            else:
                drawn.append((x, self._piece(place, row, size)))
        return self._join(sorted(drawn, key=lambda d: d[0]), sorted(taken), base, width)

    def _join(self, drawn: list[tuple[int, list[Part]]], taken: list[tuple[int, int]], base: Part, width: int) -> list[Part]:
        parts: list[Part] = []
        at = 0
        for (x, piece), (_, end) in zip(drawn, taken, strict=True):
            if x > at:
                parts.append((base[0] * (x - at), base[1]))
            parts += piece
            at = end
        if at < width:
            parts.append((base[0] * (width - at), base[1]))
        return parts

    def _base(self, column: Column, row: int, cursor: bool) -> Part:
        char, role = FILL[column.states[row]]
        if char == " " and self._now_row == row:
            char, role = "─", "accent" if column.lo <= self._now < column.hi else "line"
        back = "select" if cursor else "background"
        return char, self._ink(role, back)

    def _fill(self, base: Part, width: int, cursor: bool, row: int) -> Part:
        if cursor and row == self._grid.row:
            minute = row * self._grid.grid.step
            text = f" {minute // 60:02d}:{minute % 60:02d} "
            return fit(text, width) if base[0] == " " else text + base[0] * max(width - len(text), 0), base[1]
        return base[0] * width, base[1]

    def _piece(self, place: Place, row: int, width: int) -> list[Part]:
        item, ink = place.item, self._ink
        selected = item.id == self._grid.selected and self._grid.ghost is None  # what is carried over it is not on it
        if not place.row <= row < place.end:
            return [("╱" * width, ink("dim", "select" if selected else "background"))]
        line = row - place.row
        carried = self._grid.ghost is not None and self._grid.ghost.item.id == item.id
        if item.block is not None:
            return self._block(item, line, width, selected)
        role = "clash" if item.clash else item.role
        back = "select" if selected else "background" if item.muted or carried else f"soft.{role}"
        if item.muted or carried:
            role = "dim"
        edge = ("▌", ink(role, back, bold=selected))
        if width == 1:
            return [edge]
        text = self._text(item, line, width)
        if line == 0:
            glyph = CLASH if item.clash else text[:1]
            rest = "" if item.muted else text[1:] if width >= ROOM_FOR_BLANK else text[1:].lstrip()[: width - 2]
            tone = ink("dim" if carried else "text", back, bold=not item.muted)
            return [edge, (glyph, ink(role, back, bold=True)), (fit(rest, width - 2), tone)]
        words = "" if item.muted else f"  {text}" if width >= ROOM_FOR_BLANK else f" {text}"[: width - 1]
        return [edge, (fit(words, width - 1), ink("dim", back))]

    def _text(self, item: Item, line: int, width: int) -> str:
        text = clean(item.lines[line]) if line < len(item.lines) else ""
        if line == 0:
            start = local(item.lo, self._grid.grid.zone)
            if start.minute % self._grid.grid.step and width >= ROOM_FOR_TIME:
                return f"{text[:1]} {start:%H:%M}{text[1:]}"
        return text

    def _block(self, item: Item, line: int, width: int, selected: bool) -> list[Part]:
        style = self._ink("block", "select" if selected else "background")
        if line == 0 and width > NARROWEST:
            edge = "▒▒ " if width >= ROOM_FOR_BLANK else "▒"
            text = fit(f"{edge}{clean(item.lines[0])} ", width).rstrip()
            left = width - cell_len(text)
            return [(f"{text} {'▒' * (left - 1)}" if left else text, style)]
        return [("▒" * width, style)]

    def _ghost(self, row: int, width: int) -> list[Part]:
        ghost = self._grid.ghost
        if ghost is None:
            return []
        role = "clash" if ghost.problem else "pending" if ghost.warning else "accent"
        line = row - self._grid.row
        glyph = "✕" if ghost.problem else "!" if ghost.warning else "↕"
        words = (f"{glyph} {ghost.text}", ghost.problem or clean(ghost.item.lines[0])[2:], "")
        text = words[min(line, 2)] if ghost.rows > 1 or not ghost.problem else f"{glyph} {ghost.problem}"
        back = f"soft.{role}"
        return [("▌", self._ink(role, back, bold=True)), (fit(text, width - 1), self._ink("text", back, bold=line == 0))]

    @staticmethod
    def hit(places: Sequence[Place], row: int, x: int, width: int) -> str:
        """The item drawn at a place in a cell (its call, not its buffer), or an empty string."""
        for place, left, size, _ in lanes_of(places, width):
            if place is not None and place.row <= row < place.end and left <= x < left + size:
                return place.item.id
        return ""
