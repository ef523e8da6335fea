"""The queue's list, drawn by the line: sections and calls, a cursor that stays on its call while rows come and go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.style import Style
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from callboard.console.queue.rows import MILD, Row
from callboard.console.widgets.lines import clean, fit, fit_right, strip
from callboard.domain.bookings import Booking
from callboard.domain.zones import local, local_day

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp

WIDE = 84
ROOMY = 56
DAY = 7  # cells of ``Thu 19 `` before the hour
STATE, KIND, NAME = 17, 24, 18  # cells of the state in words, of what it is about, and of a name that should not be cut for it


SHORTEST = 12  # cells of a name under which other columns go first


@dataclass(frozen=True, slots=True)
class Widths:
    """Cells of the columns that depend on what is listed: none is kept free for what no row has."""

    day: int = 0
    agent: int = 0
    trouble: int = 0


def _first_name(name: str) -> str:
    return clean(name).split(" ", 1)[0]


class QueueList(Widget):
    """Shows rows; the cursor skips titles."""

    can_focus = True
    DEFAULT_CSS = "QueueList { height: 1fr; }"

    class Moved(Message):
        """The cursor stands on another call."""

    class Opened(Message):
        """A double click."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.chosen = ""
        self._top = 0
        self._widths = Widths()
        self.note = ""  # why there are no rows; empty while nothing was read

    @property
    def booking(self) -> Booking | None:
        """The call under the cursor."""
        return next((r.booking for r in self.rows if r.booking is not None and r.booking.id == self.chosen), None)

    def show(self, rows: Sequence[Row], note: str = "") -> None:
        """Other rows; the cursor stays on its call, or goes to the one that took its place."""
        before = self._index()
        widths = self._measured(rows)
        same = len(rows) == len(self.rows) and widths == self._widths and note == self.note
        changed = [n for n, row in enumerate(rows) if not same or row != self.rows[n]]
        self.rows, self.note, self._widths = list(rows), note, widths
        calls = [n for n, row in enumerate(self.rows) if row.booking is not None]
        if calls and self.booking is None:
            at = min(calls, key=lambda n: abs(n - max(before, 0)))
            booking = self.rows[at].booking
            self.chosen = booking.id if booking is not None else ""
            self.post_message(self.Moved())
        if same:
            for at in changed:
                self.refresh(Region(0, at - self._top, self.size.width, 1))
        else:
            self._keep_in_sight()
            self.refresh()

    def _measured(self, rows: Sequence[Row]) -> Widths:
        app = cast("CallboardApp", self.app)
        today = local_day(app.now(), app.zone)
        calls = [r.booking for r in rows if r.booking is not None]
        names = [cell_len(_first_name(a.name)) for a in app.agents if any(b.agent_id == a.id for b in calls)]
        return Widths(
            day=DAY if any(local_day(b.starts_at, app.zone) != today for b in calls) else 0,
            agent=min(max(names, default=0), 9) + 2,
            trouble=min(max((cell_len(r.trouble) + 4 for r in rows if r.trouble), default=0), 18),
        )

    def _fitting(self, width: int) -> Widths:
        """The widths, without the columns that would leave a name too little."""
        wide = self._widths
        for less in (wide, replace(wide, trouble=0), replace(wide, trouble=0, day=0)):
            if width - 10 - less.day - STATE - less.agent - less.trouble >= SHORTEST:
                return less
        return less

    def _index(self) -> int:
        return next((n for n, r in enumerate(self.rows) if r.booking is not None and r.booking.id == self.chosen), -1)

    def step(self, by: int) -> None:
        """Move the cursor by so many calls."""
        calls = [r.booking.id for r in self.rows if r.booking is not None]
        if not calls:
            return
        at = calls.index(self.chosen) if self.chosen in calls else 0
        self.choose(calls[min(max(at + by, 0), len(calls) - 1)])

    def choose(self, booking_id: str) -> None:
        """Put the cursor on a call."""
        self.chosen = booking_id
        self._keep_in_sight()
        self.refresh()
        self.post_message(self.Moved())

    def said(self, row: Row) -> str:
        """A row in words."""
        if row.booking is None:
            return row.title
        at = local(row.booking.starts_at, cast("CallboardApp", self.app).zone)
        trouble = f", {row.trouble}" if row.trouble else ""
        return f"{at:%a %H:%M} {row.booking.customer_name or row.booking.kind}, {row.words}{trouble}"

    def places(self) -> list[tuple[str, Callable[[], object]]]:
        """Every call in words, and what puts the cursor on it (plain mode's jump)."""
        return [(self.said(r), partial(self.choose, r.booking.id)) for r in self.rows if r.booking is not None]

    def in_sight(self) -> list[tuple[int, str]]:
        """(line of the widget, booking id) of the calls on the terminal."""
        seen = enumerate(self.rows[self._top : self._top + self.size.height])
        return [(y, row.booking.id) for y, row in seen if row.booking is not None]

    def _keep_in_sight(self) -> None:
        at, height = max(self._index(), 0), max(self.size.height, 1)
        if at == 1:
            at = 0  # the first title with its first call
        self._top = min(self._top, at)
        self._top = max(self._top, self._index() - height + 1, 0)
        self._top = max(min(self._top, len(self.rows) - height), 0)

    def render_line(self, y: int) -> Strip:
        """A title or a call."""
        app = cast("CallboardApp", self.app)
        ink, width = app.inks, self.size.width
        at = self._top + y
        if not self.rows:
            return strip([(f"  {self.note or app.live.not_read()}" if y == 1 else "", ink("dim"))], width, ink())
        if at >= len(self.rows):
            return Strip.blank(width, ink())
        row = self.rows[at]
        if row.booking is None:
            return strip([(f" {row.title}", ink("dim", bold=True))], width, ink())
        return strip(self._call(app, row, row.booking, width), width, ink("text", self._back(row.booking)))

    def _back(self, booking: Booking) -> str:
        return "select" if booking.id == self.chosen else "background"

    def _call(self, app: CallboardApp, row: Row, booking: Booking, width: int) -> list[tuple[str, Style]]:
        ink, back = app.inks, self._back(booking)
        start = local(booking.starts_at, app.zone)
        today = start.date() == local_day(app.now(), app.zone)
        day = "" if today else f"{start:%a} {start.day:>2} "
        agent = next((_first_name(a.name) for a in app.agents if a.id == booking.agent_id), "")
        name = clean(booking.customer_name or booking.title or booking.kind)
        parts = [
            ("▌" if booking.id == self.chosen else " ", ink("accent", back)),
            (f"{row.glyph} ", ink(row.role, back, bold=True)),
        ]
        roomy, wide = width >= ROOMY, self._fitting(width)
        when = f"{day}{start:%H:%M}  "
        parts.append((fit(when, max(len(when), wide.day + 7)) if roomy else when, ink("text" if today else "dim", back)))
        left = width - 3 - cell_len(parts[-1][0]) - STATE - (wide.agent + wide.trouble if roomy else 0)
        kind = min(KIND, max(left - NAME, 0)) if width >= WIDE else 0
        parts.append((fit(name, max(left - kind - 1, 6)) + " ", ink("text", back, bold=True)))
        if roomy:
            parts.append((fit(fit(agent, wide.agent - 1), wide.agent), ink("dim", back)))
        parts.append(((fit if roomy else fit_right)(row.words, STATE), ink(row.words_role, back)))
        if roomy and wide.trouble:
            said = fit(f"! {row.trouble}" if row.trouble else "", wide.trouble)
            parts.append((said, ink("pending" if row.trouble in MILD else "clash", back)))
        if kind:
            parts.append((fit(clean(booking.title or booking.kind), kind), ink("dim", back)))
        return parts

    def on_resize(self) -> None:
        """What was shown before there was a size was scrolled for one line."""
        self._keep_in_sight()
        self.refresh()

    def on_click(self, event: Click) -> None:
        """A click chooses, a second one opens."""
        at = self._top + event.y
        if at < len(self.rows):
            booking = self.rows[at].booking
            if booking is not None:
                self.choose(booking.id)
                if event.chain > 1:
                    self.post_message(self.Opened())

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel walks."""
        event.stop()
        self.step(1)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel walks."""
        event.stop()
        self.step(-1)
