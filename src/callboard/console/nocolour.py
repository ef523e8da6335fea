"""True NO_COLOR: no colour at all, not even the greys Textual would leave; weight, underline and reverse stay."""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter


@lru_cache(maxsize=1024)
def plain(style: Style) -> Style:
    """The style without its colours."""
    return Style(
        bold=style.bold,
        italic=style.italic,
        underline=style.underline,
        strike=style.strike,
        reverse=style.reverse,
        meta=style.meta,
    )


class NoColour(LineFilter):
    """Strips every colour from every line."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's signature
        return [Segment(text, plain(style) if style is not None else None, control) for text, style, control in segments]
