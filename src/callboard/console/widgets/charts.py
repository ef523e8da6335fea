"""Charts out of characters: columns by hour, bars by name, one stacked bar. Lines of parts, as :class:`Detail` shows them.

Every part has its number or glyph beside its colour, so that they read without colour.
"""

from __future__ import annotations

from collections.abc import Sequence

from callboard.console.widgets.lines import fit

Part = tuple[str, str] | str
_EIGHTHS = " ▁▂▃▄▅▆▇█"


def columns(
    values: Sequence[int], labels: Sequence[str], height: int, role: str = "scheduled", width: int = 2
) -> list[list[Part]]:
    """Columns of so many lines, ``width`` cells each, with their labels under every third."""
    most = max([*values, 1])
    lines: list[list[Part]] = []
    for level in range(height, 0, -1):
        line = ""
        for value in values:
            eighths = round(value / most * height * 8) if value else 0
            eighths = max(eighths, 1) if value else 0
            cell = _EIGHTHS[min(max(eighths - (level - 1) * 8, 0), 8)]
            line += cell * (width - 1) + " " if width > 1 else cell
        lines.append([(f"{most if level == height else '':>4} ", "dim"), (line, role)])
    under = ""
    for n in range(0, len(labels), 3):
        under += fit(labels[n], width * min(3, len(labels) - n))
    lines.append([("     ", "dim"), (under, "dim")])
    return lines


def bars(rows: Sequence[tuple[str, int, str]], width: int, name_width: int = 14) -> list[list[Part]]:
    """(name, count, role) as horizontal bars with their counts."""
    most = max([count for _, count, _ in rows] + [1])
    room = max(width - name_width - 8, 4)
    lines: list[list[Part]] = []
    for name, count, role in rows:
        size = max(round(count / most * room), 1) if count else 0
        lines.append([(fit(name, name_width), "dim"), ("█" * size, role), (f" {count:,}", "text")])
    return lines


def stacked(parts: Sequence[tuple[int, str, str]], width: int) -> list[Part]:
    """(count, role, glyph) as one bar of ``width`` cells: every part that is not empty has at least one."""
    total = sum(count for count, _, _ in parts)
    if not total or width <= 0:
        return [("·" * max(width, 0), "dim")]
    sizes = [max(int(count * width / total), 1) if count else 0 for count, _, _ in parts]
    while sum(sizes) > width and max(sizes) > 1:
        sizes[sizes.index(max(sizes))] -= 1
    sizes[sizes.index(max(sizes))] += max(width - sum(sizes), 0)
    return [(glyph * size, role) for size, (_, role, glyph) in zip(sizes, parts, strict=True) if size]
