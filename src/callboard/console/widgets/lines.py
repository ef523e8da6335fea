"""Pieces of text put together into a strip of an exact width: what all line drawing here is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

ELLIPSIS = "…"
# "Show the sign before as a picture": half of the terminals then give it two cells and half one, and the line falls apart.
PICTURE = "\N{VARIATION SELECTOR-16}"
Part = tuple[str, str] | str  # (text, role) or text


def fit(text: str, width: int) -> str:
    """``text`` in exactly ``width`` cells: padded, or cut with an ellipsis."""
    if width <= 0:
        return ""
    if text.isascii() and text.isprintable():  # the common case, without measuring
        size = len(text)
        return text + " " * (width - size) if size <= width else text[: width - 1] + ELLIPSIS
    text = "".join(c if c.isprintable() else " " for c in text if c != PICTURE)
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
    if not text.isprintable() or PICTURE in text:
        text = "".join(c if c.isprintable() else " " for c in text if c != PICTURE)
    return " ".join(text.split())


def wrap(text: str, width: int, hang: int = 0) -> list[str]:
    """The text over as many lines as it needs, measured in cells: ``textwrap`` counts letters, and a wide one takes two.

    Broken at spaces and between wide letters alone, so that an address with hyphens stays whole as long as it can.
    ``hang``: later lines stand so far in.
    """
    found = [text[a:b].rstrip() for a, b in _cuts(text, width, hang)] or [""]
    return [line if n == 0 else " " * hang + line for n, line in enumerate(found)]


def wrap_parts(line: Sequence[Part], width: int, hang: int = 0) -> list[list[Part]]:
    """:func:`wrap` for a line of styled parts."""
    pairs = [(p, "text") if isinstance(p, str) else p for p in line]
    found: list[list[Part]] = []
    for lo, hi in _cuts("".join(t for t, _ in pairs), width, hang):
        at, out = 0, [(" " * hang, "text")] if found and hang else []
        for text, role in pairs:
            piece = text[max(lo - at, 0) : max(hi - at, 0)]
            at += len(text)
            if piece:
                out.append((piece, role))
        found.append([*out])
    return found or [[]]


def _cuts(text: str, width: int, hang: int) -> Iterator[tuple[int, int]]:
    """From where to where each line of the text goes."""
    start, room, size = 0, max(width, 1), 1
    if text and len(text) <= room and text.isascii():  # the common case, without measuring
        yield 0, len(text)
        return
    lead = len(text) - len(text.lstrip())
    while start < len(text):
        end, used, space = start, 0, 0
        while end < len(text):
            before, size = size, 1 if text[end].isascii() else cell_len(text[end])
            if end > lead and (text[end - 1] == " " or before > 1 or size > 1):
                space = end
            if used + size > room:
                break
            used, end = used + size, end + 1
        if end < len(text) and text[end] != " " and space > start:
            end = space
        end = max(end, start + 1)
        yield start, end
        start, room = end, max(width - hang, 1)
        while start < len(text) and text[start] == " ":
            start += 1


def strip(parts: list[tuple[str, Style]], width: int, fill: Style) -> Strip:
    """The parts in order, cut or filled to ``width`` cells."""
    segments: list[Segment] = []
    left = width
    for text, style in parts:
        if left <= 0:
            break
        size = len(text) if text.isascii() else cell_len(text)
        if size > left:
            text, size = fit(text.rstrip(), left), left  # noqa: PLW2901 - the last part is cut
        segments.append(Segment(text, style))
        left -= size
    if left > 0:
        segments.append(Segment(" " * left, fill))
    return Strip(segments, width)
