"""Inks: the theme's roles as ready styles for the line drawing, made once each.

``inks("scheduled", "surface", bold=True)``. Backgrounds may also be ``soft.<role>`` (the role washed into the background),
``select`` (the cursor) and ``line`` is a foreground for rules. Without colour (NO_COLOR) a cursor is reversed and nothing
else is coloured, not even grey.
"""

from __future__ import annotations

from rich.color import Color
from rich.style import Style

from callboard.console.themes import ThemeFile

SOFT = 0.10
SELECT = 0.30
LINE = 0.45

Triple = tuple[int, int, int]


def rgb(value: str) -> Triple:
    """``#RRGGBB`` → three numbers."""
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)


def blend(over: str, under: str, share: float) -> str:
    """``share`` of ``over`` on ``under``; both and the result ``#RRGGBB``."""
    mixed = (round(a * share + b * (1 - share)) for a, b in zip(rgb(over), rgb(under), strict=True))
    return "#{:02X}{:02X}{:02X}".format(*mixed)


def luminance(value: str) -> float:
    """WCAG relative luminance of ``#RRGGBB``."""
    parts = [v / 255 for v in rgb(value)]
    # sRGB's own constants
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, two: str) -> float:
    """WCAG contrast of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


class Inks:
    """Styles by role for one theme. ``stamp`` differs between any two of them, so that a cache of strips knows its own."""

    _count = 0

    def __init__(self, theme: ThemeFile, *, no_color: bool = False) -> None:
        self.theme = theme
        self.no_color = no_color
        self._made: dict[tuple[str, str, bool, bool, bool, bool], Style] = {}
        Inks._count += 1
        self.stamp = Inks._count

    def colour(self, name: str) -> str:
        """The colour behind a role, ``soft.<role>``, ``select`` or ``line``, as rich spells it."""
        roles = self.theme.roles
        if name in roles:
            return roles[name]
        if self.theme.ansi:
            return roles["dim"] if name == "line" else "default"
        if name == "line":
            return blend(roles["dim"], roles["background"], LINE)
        if name == "select":
            return blend(roles["accent"], roles["background"], SELECT)
        if name.startswith("soft."):
            return blend(roles[name[5:]], roles["background"], SOFT)
        raise KeyError(name)

    def __call__(
        self,
        front: str = "text",
        back: str = "background",
        *,
        bold: bool = False,
        italic: bool = False,
        underline: bool = False,
        strike: bool = False,
    ) -> Style:
        """The style of ``front`` on ``back``."""
        if back == "select":
            front = "text"  # the only role that every theme keeps readable on the cursor
        key = (front, back, bold, italic, underline, strike)
        style = self._made.get(key)
        if style is None:
            style = self._made[key] = self._make(*key)
        return style

    def _make(self, front: str, back: str, *flags: bool) -> Style:
        bold, italic, underline, strike = flags
        reverse = back in {"select", "accent"} and (self.no_color or (self.theme.ansi and back == "select"))
        weight = Style(bold=bold or None, italic=italic or None, underline=underline or None, strike=strike or None)
        if self.no_color:
            return weight + Style(reverse=reverse or None, dim=(front == "line") or None)
        return weight + Style(
            color=Color.parse(self.colour(front)), bgcolor=Color.parse(self.colour(back)), reverse=reverse or None
        )
