"""The queue's list, drawn by the line: sections and calls, a cursor that stays on its call while rows come and go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from rich.style import Style
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from callboard.console.queue.rows import Row
from callboard.console.widgets.lines import clean, fit, fit_right, strip
from callboard.domain.bookings import Booking
from callboard.domain.zones import local, local_day

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp

WIDE = 84
ROOMY = 56


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
        self.note = "reading …"

    @property
    def booking(self) -> Booking | None:
        """The call under the cursor."""
        return next((r.booking for r in self.rows if r.booking is not None and r.booking.id == self.chosen), None)

    def show(self, rows: Sequence[Row], note: str = "") -> None:
        """Other rows; the cursor stays on its call, or goes to the one that took its place."""
        before = self._index()
        same = len(rows) == len(self.rows)
        changed = [n for n, row in enumerate(rows) if not same or row != self.rows[n]]
        self.rows, self.note = list(rows), note
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
            return strip([(f"  {self.note}" if y == 1 else "", ink("dim"))], width, ink())
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
        agent = next((a.name.split()[0] for a in app.agents if a.id == booking.agent_id), "")
        name = clean(booking.customer_name or booking.title or booking.kind)
        parts = [
            ("▌" if booking.id == self.chosen else " ", ink("accent", back)),
            (f"{row.glyph} ", ink(row.role, back, bold=True)),
            (f"{day}{start:%H:%M}  ", ink("text" if today else "dim", back)),
        ]
        left = width - 3 - len(day) - 7
        words = 16 if width >= ROOMY else 14
        trouble = fit(f"! {row.trouble}" if row.trouble else "", 15) if width >= ROOMY else ""
        kind = width >= WIDE
        named = left - words - (10 if width >= ROOMY else 0) - (24 if kind else 0) - len(trouble) - 1
        parts.append((fit(name, max(named, 6)), ink("text", back, bold=True)))
        if width >= ROOMY:
            parts.append((f" {fit(agent, 9)}", ink("dim", back)))
        put = fit if width >= ROOMY else fit_right
        parts.append((put(row.words, words), ink(row.words_role, back)))
        if trouble:
            parts.append((trouble, ink("pending" if row.trouble == "no phone" else "clash", back)))
        if kind:
            parts.append((fit(clean(booking.title or booking.kind), 24), ink("dim", back)))
        return parts

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
