"""The queue screen: today's and coming calls in order, and beside them everything about the one under the cursor."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.geometry import Offset

from callboard.console import filters
from callboard.console.background import told
from callboard.console.calendar.showing import ask_filter
from callboard.console.calendar.words import booking_fields
from callboard.console.commands import Command
from callboard.console.page import Target
from callboard.console.queue.card import card_lines
from callboard.console.queue.listing import QueueList
from callboard.console.queue.room import RoomVerbs
from callboard.console.queue.rows import RUNNING, arrange
from callboard.console.queue.verbs import Verbs
from callboard.console.views import ViewedPage
from callboard.console.widgets.split import Detail, Split
from callboard.domain.bookings import Booking, Status
from callboard.domain.zones import day_bounds, local_day

if TYPE_CHECKING:
    from callboard.services.desk_views import Card, QueueView

COMING = 7 * 86400  # how far ahead coming calls are listed
EMPTY = "no calls today or in the next seven days: 1, then n books one"
NEAR = 120  # seconds before a call at which the clock shows seconds


class Queue(ViewedPage):
    """Now, waiting, next, later, earlier."""

    ID = "queue"
    VIEW: ClassVar[dict[str, Any]] = {"filter": "", "earlier": False}
    NOUNS = frozenset({"booking", "person", "room", "message", "agent", "organization"})
    EVERY_SECOND = True
    COMMANDS = (
        Command("queue.start", "s", "start", "verbs.start", "verbs.not_startable", footer=True),
        Command(
            "queue.admit",
            "a",
            "admit",
            "verbs.admit",
            "verbs.not_waiting",
            footer=True,
            help="let the waiting customer into the room",
        ),
        Command(
            "queue.hold", "h", "hold", "verbs.hold", "verbs.not_holdable", footer=True, help="hold, or go on with what is on hold"
        ),
        Command("queue.end", "e", "end", "verbs.end", "verbs.not_endable", footer=True),
        Command("queue.no_show", "N", "no-show", "verbs.no_show", "verbs.not_missable", footer=True),
        Command(
            "queue.message",
            "m",
            "message",
            "verbs.message",
            "verbs.not_reachable",
            footer=True,
            help="a text message to the customer",
        ),
        Command(
            "queue.reschedule", "r", "reschedule", "verbs.reschedule", "verbs.not_movable", footer=True, help="to a time you type"
        ),
        Command("queue.room", "R", "room", "room.open", "verbs.not_chosen", help="message, hold, mute, side room, new links"),
        Command("queue.confirm", "c", "confirm", "verbs.confirm", "verbs.not_pending"),
        Command("queue.cancel", "x", "cancel", "verbs.cancel", "verbs.not_movable", help="with a reason"),
        Command(
            "queue.copy_customer", "y", "copy link", "verbs.copy_customer", "verbs.not_chosen", footer=True, help="the customer's"
        ),
        Command("queue.copy_agent", "Y", "copy agent link", "verbs.copy_agent", "verbs.not_chosen"),
        Command("queue.open_link", "o", "open link in a browser", "verbs.open_link", "verbs.not_chosen"),
        Command("queue.open", "enter", "full card", "verbs.open", "verbs.not_chosen", footer=True),
        Command("queue.calendar", "g", "show in the calendar", "verbs.show_in_calendar", "verbs.not_chosen"),
        Command("queue.earlier", "v", "earlier calls", "toggle_earlier", footer=True, help="list what is over today, or not"),
        Command("queue.filter", "/", "filter", "ask_filter", footer=True, help="words, status:scheduled, agent:dana, !word"),
        Command("queue.up", "up k", "call before", "up"),
        Command("queue.down", "down j", "next call", "down"),
        Command("queue.page_up", "pageup", "ten calls up", "page_up"),
        Command("queue.page_down", "pagedown", "ten calls down", "page_down"),
        Command("queue.first", "home", "first call", "first"),
        Command("queue.last", "end", "last call", "last"),
        Command("queue.turn", "tab", "the other pane, where there is room for one", "turn"),
        Command("queue.leave", "escape", "back to the list; clear the filter", "leave"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.view: QueueView | None = None
        self.card: Card | None = None
        self.earlier = False
        self._read: date | None = None  # the day whose calls are listed
        self.filter_text = ""
        self._wanted = ""  # the call the cursor stood on when the session before ended
        self.verbs = Verbs(self)
        self.room = RoomVerbs(self)

    def compose(self) -> ComposeResult:
        """List and card."""
        calls = QueueList()
        calls.chosen = self._wanted
        yield Split(calls, Detail(id="card", focusable=False), share=58)

    @property
    def calls(self) -> QueueList:
        """The list."""
        return self.query_one(QueueList)

    @property
    def booking(self) -> Booking | None:
        """The call under the cursor."""
        return self.calls.booking

    # --- reading ----------------------------------------------------------------------------------------------------
    async def load(self) -> None:
        """Today and the days that come, and the card of the call under the cursor."""
        from callboard.services import desk_views

        now, zone = self.console.now(), self.console.zone
        self._read = local_day(now, zone)
        lo, hi = day_bounds(self._read, zone)
        self.view = await self.session.read(desk_views.queue, self.org, lo, hi + COMING)
        self._draw()
        await self._read_card()

    def _draw(self) -> None:
        if self.view is None or not self.is_mounted:
            return
        app, wanted = self.console, filters.parse(self.filter_text)
        names = {a.id: a.name for a in app.agents}

        def keeps(booking: Booking) -> bool:
            return wanted.matches(booking_fields(booking, names)) and wanted.within(booking.starts_at, app.now(), app.zone)

        rows = arrange(self.view.bookings, self.view.waiting, app.now(), app.zone, earlier=self.earlier, keeps=keeps)
        note = f"nothing matches {self.filter_text}" if self.filter_text else EMPTY
        self.calls.show(rows, note)
        soon = any(b.status is Status.SCHEDULED and abs(b.starts_at - app.now()) < NEAR for b in self.view.bookings)
        if soon != app.seconds:
            app.seconds = soon
            app.refresh_header()

    async def _read_card(self) -> None:
        from callboard.services import desk_views

        booking = self.booking
        if booking is None:
            self.card = None
            self.query_one("#card", Detail).show(["", [(" no call is chosen" if self.calls.rows else "", "dim")]])
            return
        url = self.console.settings.public_url
        found = await self.session.read(desk_views.card, self.org, booking.id, url)
        if self.booking is not None and self.booking.id == booking.id:
            keep = self.card is not None and self.card.booking.id == booking.id
            self.card = found
            self._show_card(keep=keep)

    def _show_card(self, *, keep: bool) -> None:
        if self.card is not None:
            pane = self.query_one("#card", Detail)
            width = max(pane.size.width - 1, 24)  # a scrollbar may come
            pane.show(card_lines(self.card, self.console, self.console.now(), width), keep=keep)

    def on_resize(self) -> None:
        """The card is folded to its width."""
        self.call_after_refresh(self._show_card, keep=True)

    def on_queue_list_moved(self, _: QueueList.Moved) -> None:
        """Another call: its card, when the cursor rests."""
        self.console.refresh_footer()
        if self.console.is_open:
            told(self.console, "card", self._read_card, exclusive=True)

    def on_queue_list_opened(self, _: QueueList.Opened) -> None:
        """A double click."""
        self.console.run_command("queue.open")

    def tick(self, now: int) -> None:
        """Countdowns run; a new day is read."""
        self._draw()
        if self.card is not None and (self.card.booking.status in RUNNING or now % 60 == 0):
            self._show_card(keep=True)
        today = local_day(now, self.console.zone)
        if self._read is not None and self._read != today:
            self.reload()

    def repaint(self) -> None:
        """Another zone or theme."""
        self._draw()
        self._show_card(keep=True) if self.is_mounted else None
        super().repaint()

    # --- walking ----------------------------------------------------------------------------------------------------
    def toggle_earlier(self) -> None:
        """List what is over, or not."""
        self.earlier = not self.earlier
        self._draw()

    async def ask_filter(self) -> None:
        """Only matching calls."""
        typed = await ask_filter(self.console, self.filter_text)
        if typed is not None:
            self.filter_text = typed.strip()
            self._draw()

    def leave(self) -> None:
        """Back to the list, then without the filter."""
        split = self.query_one(Split)
        if split.has_class("turned"):
            split.turn()
        elif self.filter_text:
            self.filter_text = ""
            self._draw()

    def turn(self) -> None:
        """The other pane."""
        self.query_one(Split).turn()

    def up(self) -> None:
        """One up."""
        self.calls.step(-1)

    def down(self) -> None:
        """One down."""
        self.calls.step(1)

    def page_up(self) -> None:
        """Ten up."""
        self.calls.step(-10)

    def page_down(self) -> None:
        """Ten down."""
        self.calls.step(10)

    def first(self) -> None:
        """The first."""
        self.calls.step(-len(self.calls.rows))

    def last(self) -> None:
        """The last."""
        self.calls.step(len(self.calls.rows))

    # --- the frame's hooks ------------------------------------------------------------------------------------------
    def state(self) -> dict[str, Any]:
        """Filter and call."""
        chosen = self.calls.chosen if self.is_mounted else self._wanted
        return {"filter": self.filter_text, "earlier": self.earlier, "call": chosen}

    def restore(self, state: dict[str, Any]) -> None:
        """Take it back."""
        self.filter_text, self.earlier = str(state.get("filter", "")), bool(state.get("earlier"))
        self._wanted = str(state.get("call") or "")

    def targets(self) -> list[Target]:
        """Every call in sight."""
        calls = self.calls
        return [Target(Offset(calls.region.x, calls.region.y + y), partial(calls.choose, name)) for y, name in calls.in_sight()]

    def linear_here(self) -> int:
        """The line of the chosen call."""
        return next((n + 1 for n, r in enumerate(self.calls.rows) if r.booking and r.booking.id == self.calls.chosen), 0)

    def linear(self) -> list[str]:
        """The queue as sentences."""
        chosen = self.calls.chosen
        marks = ["chosen: " if r.booking is not None and r.booking.id == chosen else "" for r in self.calls.rows]
        lines = ["Queue", *(mark + self.calls.said(row) for mark, row in zip(marks, self.calls.rows, strict=True))]
        return [*lines, *self.query_one("#card", Detail).text]
