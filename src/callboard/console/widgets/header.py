"""The top line: screens by number with their badges, the organization, the zone, whether the line to the desk is live, the clock.

One widget and one strip: a tick of the clock repaints the clock's cells and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.style import Style
from textual.events import Click
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from callboard.console.screens import entries
from callboard.console.widgets.lines import clean, fit, strip
from callboard.domain.zones import local

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp

MAX_NAME = 24
FORMS = ((2, 2), (2, 1), (1, 2), (1, 1), (0, 1), (0, 0))  # how much of the left and of the right side, widest first
Parts = list[tuple[str, Style]]


def zone_label(name: str) -> str:
    """``America/New_York`` → ``New York``."""
    return name.rsplit("/", 1)[-1].replace("_", " ")


class HeaderBar(Widget):
    """Draws from the app's own attributes; ``redraw()`` after any of them changed."""

    DEFAULT_CSS = "HeaderBar { height: 1; dock: top; }"

    def __init__(self) -> None:
        super().__init__(id="header")
        self._clock = ""
        self._hits: list[tuple[int, int, str]] = []

    @property
    def console(self) -> CallboardApp:
        """The app."""
        return cast("CallboardApp", self.app)

    def clock_text(self) -> str:
        """The wall clock of the zone shown; with seconds only while a call is near."""
        form = "%H:%M:%S" if self.console.seconds else "%H:%M"
        return local(self.console.now(), self.console.zone).strftime(form)

    def tick(self) -> None:
        """Repaint the clock if its text changed."""
        text = self.clock_text()
        if text != self._clock:
            same = len(text) == len(self._clock)
            self._clock = text
            self.refresh(Region(self.size.width - len(text) - 1, 0, len(text) + 1, 1) if same else self.size.region)

    def redraw(self) -> None:
        """Something other than the clock changed."""
        self._clock = self.clock_text()
        self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - one line only
        """The whole line, from the widest form that fits."""
        width = self.size.width
        ink = self.console.inks
        self._clock = self.clock_text()
        forms = ((2, 3), (1, 3), *FORMS) if self.console.serving else FORMS  # an open port is worth more than titles
        for left, right in forms:
            parts, hits = self._screens(left)
            end = self._right(right)
            used = sum(cell_len(t) for t, _ in parts)
            tail = sum(cell_len(t) for t, _ in end)
            if used + tail + 1 <= width:
                break
        gap = max(width - used - tail, 0)
        self._hits = hits
        return strip([*parts, (" " * gap, ink("text", "surface")), *end], width, ink("text", "surface"))

    def _screens(self, form: int) -> tuple[Parts, list[tuple[int, int, str]]]:
        """Form 2: every title; 1: the current title, the others as numbers; 0: the current one alone."""
        app, ink = self.console, self.console.inks
        parts: Parts = []
        hits: list[tuple[int, int, str]] = []
        at = 0
        for entry in entries():
            current = entry.id == app.page_id
            if form == 0 and not current:
                continue
            text = f" {entry.key} {entry.title} " if current or form > 1 else f" {entry.key} "
            badge = app.badges.get(entry.id, 0)
            pieces: Parts = [(text, ink("accent", "background", bold=True) if current else ink("dim", "surface"))]
            if badge:
                tone = ink("pending", "background" if current else "surface", bold=True)
                pieces = [(text.rstrip() + " ", pieces[0][1]), (f"·{min(badge, 99)} ", tone)]
            size = sum(cell_len(t) for t, _ in pieces)
            hits.append((at, at + size, entry.id))
            at += size
            parts += pieces
        return parts, hits

    def _right(self, form: int) -> Parts:
        app, ink = self.console, self.console.inks
        tone = {"●": "done", "◐": "pending", "○": "clash"}[app.live.dot]
        name = app.organization.display_name if app.has_organization else ""
        parts: Parts = []
        if form >= 3 and app.serving:
            parts.append((f"serving {app.serving}  ", ink("done", "surface")))
        if form >= 2 and name:
            name = clean(name)
            parts.append((fit(name, min(cell_len(name), MAX_NAME)) + "  ", ink("text", "surface", bold=True)))
        if form >= 1:
            parts.append((zone_label(app.zone) + " ", ink("dim", "surface")))
        parts += [(f"{app.live.dot} ", ink(tone, "surface")), (f"{self._clock} ", ink("text", "surface", bold=True))]
        return parts

    def on_click(self, event: Click) -> None:
        """A click on a screen's name goes there."""
        for lo, hi, screen_id in self._hits:
            if lo <= event.x < hi:
                self.console.go(screen_id)
