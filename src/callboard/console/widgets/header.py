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
# How much of the left side (full, short, close together, number, none) and what of the right, widest first: the screens' names
# come before the organization's and before the zone's, which is then told by its abbreviation.
FULL, SHORT, CLOSE, NUMBER, ALONE = 4, 3, 2, 1, 0
FORMS = (
    (FULL, ("org", "zone")),
    (FULL, ("zone",)),
    (SHORT, ("org", "zone")),
    (SHORT, ("zone",)),
    (CLOSE, ("org", "zone")),
    (CLOSE, ("zone",)),
    (CLOSE, ("abbreviation",)),
    (NUMBER, ("org", "zone")),
    (NUMBER, ("zone",)),
    (ALONE, ("zone",)),
    (ALONE, ()),
)
SERVING = (  # an open port stays in sight as long as it can
    (FULL, ("serving", "org", "zone")),
    (FULL, ("port", "org", "zone")),
    (FULL, ("port", "zone")),
    (SHORT, ("serving", "org", "zone")),
    (SHORT, ("port", "org", "zone")),
    (SHORT, ("port", "zone")),
    (CLOSE, ("port", "zone")),
    (CLOSE, ("port", "abbreviation")),
    (NUMBER, ("serving", "org", "zone")),
    (NUMBER, ("port", "zone")),
    (ALONE, ("port", "zone")),
    *FORMS[-2:],
)
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
        for left, right in SERVING if self.console.serving else FORMS:
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
        """Every title in full, every one but the current short, all short and close, numbers, or the current one alone."""
        app, ink = self.console, self.console.inks
        parts: Parts = []
        hits: list[tuple[int, int, str]] = []
        at = 0
        for entry in entries():
            current = entry.id == app.page_id
            if form == ALONE and not current:
                continue
            back = "background" if current else "surface"
            tone = ink("accent" if current else "dim", back, bold=current)
            short = entry.short or entry.title
            title = short if form == CLOSE else entry.title if current or form == FULL else short if form == SHORT else ""
            if form == CLOSE:
                pieces: Parts = [(entry.key, tone), (title, tone if current else ink("text", back))]
            else:
                pieces = [(f" {entry.key} {title} " if title else f" {entry.key} ", tone)]
            if badge := app.badges.get(entry.id, 0):
                pieces.append((f"·{min(badge, 99)} ", ink("pending", back, bold=True)))
            elif form == CLOSE:
                pieces.append((" ", tone))
            size = sum(cell_len(t) for t, _ in pieces)
            hits.append((at, at + size, entry.id))
            at += size
            parts += pieces
        return parts, hits

    def _right(self, wanted: tuple[str, ...]) -> Parts:
        app, ink = self.console, self.console.inks
        tone = {"●": "done", "◐": "pending", "○": "clash"}[app.live.dot]
        name = app.organization.display_name if app.has_organization else ""
        parts: Parts = []
        if "serving" in wanted or "port" in wanted:
            port = f":{app.serving.rsplit(':', 1)[-1]}"
            where = port if "abbreviation" in wanted else f"serving {app.serving if 'serving' in wanted else port} "
            parts.append((f"{where} ", ink("done", "surface")))
        if "org" in wanted and name:
            name = clean(name)
            parts.append((fit(name, min(cell_len(name), MAX_NAME)) + "  ", ink("text", "surface", bold=True)))
        if "zone" in wanted:
            parts.append((zone_label(app.zone) + " ", ink("dim", "surface")))
        if "abbreviation" in wanted:
            parts.append(((local(app.now(), app.zone).tzname() or "") + " ", ink("dim", "surface")))
        parts += [(f"{app.live.dot} ", ink(tone, "surface")), (f"{self._clock} ", ink("text", "surface", bold=True))]
        return parts

    def on_click(self, event: Click) -> None:
        """A click on a screen's name goes there."""
        for lo, hi, screen_id in self._hits:
            if lo <= event.x < hi:
                self.console.go(screen_id)
