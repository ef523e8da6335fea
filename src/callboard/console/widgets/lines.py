"""Pieces of text put together into a strip of an exact width: what all line drawing here is made of."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

ELLIPSIS = "…"


def fit(text: str, width: int) -> str:
    """``text`` in exactly ``width`` cells: padded, or cut with an ellipsis."""
    if width <= 0:
        return ""
    if text.isascii() and text.isprintable():  # the common case, without measuring
        size = len(text)
        return text + " " * (width - size) if size <= width else text[: width - 1] + ELLIPSIS
    text = "".join(c if c.isprintable() else " " for c in text)
    size = cell_len(text)
    if size <= width:
        return text + " " * (width - size)
    return set_cell_size(text, width - 1) + ELLIPSIS


def fit_right(text: str, width: int) -> str:
    """The same, pushed to the right edge."""
    size = cell_len(text)
    return " " * (width - size) + text if size <= width else fit(text, width)


def clean(text: str) -> str:
    """One line, without control characters: what a customer typed must not move the cursor."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())


def strip(parts: list[tuple[str, Style]], width: int, fill: Style) -> Strip:
    """The parts in order, cut or filled to ``width`` cells."""
    segments: list[Segment] = []
    left = width
    for text, style in parts:
        if left <= 0:
            break
        size = len(text) if text.isascii() else cell_len(text)
        if size > left:
            text, size = fit(text, left), left  # noqa: PLW2901 - the last part is cut
        segments.append(Segment(text, style))
        left -= size
    if left > 0:
        segments.append(Segment(" " * left, fill))
    return Strip(segments, width)
