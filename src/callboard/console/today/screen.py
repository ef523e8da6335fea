"""The screen to begin the day with and to come back to: lines of what waits, and charts of how the day goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal

from callboard.console import words
from callboard.console.commands import Command
from callboard.console.page import Page
from callboard.console.phone import reach
from callboard.console.today import charts
from callboard.console.widgets.lines import clean, fit
from callboard.console.widgets.rows import Rows
from callboard.console.widgets.split import Detail

# kind → glyph, role, the command that settles it, and what that is called there
KINDS: dict[str, tuple[str, str, str, str]] = {
    "waiting": ("●", "clash", "today.admit", "let in"),
    "late": ("!", "clash", "today.call", "call"),
    "callback": ("↻", "pending", "today.call", "call back"),
    "missed": ("∅", "clash", "today.call", "call back"),
    "clash": ("‼", "clash", "today.open", "look"),
    "overran": ("▶", "in_call", "today.open", "look"),
    "disabled": ("○", "clash", "today.again", "enable"),
    "failed": ("✕", "clash", "today.again", "redeliver"),
    "unsent": ("✕", "pending", "today.copy", "copy"),
    "pending": ("◇", "pending", "today.confirm", "confirm"),
    "unread": ("«", "accent", "today.write", "answer"),
    "voicemail": ("∞", "accent", "today.call", "call back"),
    "calendar": ("◐", "pending", "today.open", "look"),
}
BOOKED = frozenset({"waiting", "late", "clash", "overran", "pending"})
PLACES = {
    "clash": "calendar",
    "pending": "calendar",
    "waiting": "queue",
    "late": "queue",
    "overran": "queue",
    "callback": "campaigns",
    "failed": "webhooks",
    "disabled": "webhooks",
    "calendar": "settings",
}
NARROW, NARROWER = 70, 56
JUST_NOW = 120  # seconds
CLEAR = "Nothing waits.\n\nNobody is late, nothing failed, every text went out.\nWhat needs you will stand here, worst first."


class Today(Page):
    """What needs me now."""

    ID = "today"
    NOUNS = frozenset({"booking", "room", "contact", "campaign", "call", "voicemail", "message", "person"}) | frozenset(
        {"delivery", "webhook", "calendar", "block"}
    )
    COMMANDS: ClassVar[tuple[Command, ...]] = (
        Command("today.settle", "e", "settle it the usual way", "settle", why_not="needs_line", help="Enter does the same."),
        Command("today.call", "c", "call", "call", why_not="needs_phone", footer=True),
        Command("today.write", "M", "write", "write", why_not="needs_phone", footer=True),
        Command("today.admit", "a", "let in", "admit", why_not="needs_waiting", footer=True),
        Command("today.confirm", "f", "confirm", "confirm", why_not="needs_pending", footer=True),
        Command("today.no_show", "N", "no-show", "no_show", why_not="needs_late", footer=True),
        Command("today.again", "r", "send again", "again", why_not="needs_failed", footer=True),
        Command("today.copy", "y", "copy the text", "copy", why_not="needs_unsent", footer=True),
        Command("today.sent", "s", "I sent it by hand", "mark_sent", why_not="needs_unsent"),
        Command("today.heard", "h", "heard, read", "heard", why_not="needs_unheard"),
        Command("today.open", "o", "open", "open", why_not="needs_line", footer=True),
    )
    DEFAULT_CSS = """
    Today #today-charts { height: 8; border-top: solid $border; }
    Today #today-charts > Detail { width: 1fr; padding-left: 1; }
    .narrow Today .chart-more { display: none; }
    .small Today #today-charts { display: none; }
    """
    SCOPED_CSS = False

    def __init__(self) -> None:
        super().__init__()
        self.needs = Rows(self._line, key=lambda n: n.key, title="NEEDS YOU NOW", empty=CLEAR, id="today-needs")
        self.panes = [Detail(id=f"chart-{n}", focusable=False) for n in range(4)]
        for pane in self.panes[2:]:
            pane.add_class("chart-more")
        self._today: Any = None

    def compose(self) -> ComposeResult:
        """Lines above, charts below."""
        yield self.needs
        with Horizontal(id="today-charts"):
            yield from self.panes

    # --- what is shown ----------------------------------------------------------------------------------------------
    async def load(self) -> None:
        """The whole day in one read."""
        from callboard.services import today

        self._today = await self.session.read(today.look, self.org, self.console.zone)
        n = len(self._today.needs)
        self.needs.show(self._today.needs, title=f"NEEDS YOU NOW  {n}" if n else "TODAY")
        self._draw()
        self.console.refresh_footer()

    def state(self) -> dict[str, Any]:
        """Where the cursor stood."""
        return {"row": self.needs.place}

    def restore(self, state: dict[str, Any]) -> None:
        """See state."""
        self.needs.begin_at(state.get("row"))

    def _draw(self) -> None:
        if self._today is not None:
            for pane, chart in zip(self.panes, (charts.calls, charts.outcomes, charts.deliveries, charts.messages), strict=True):
                pane.show(chart(self._today, max(pane.size.width - 2, 20)))

    def _line(self, need: Any, width: int) -> Sequence[Sequence[tuple[str, str] | str]]:
        app = self.console
        glyph, role, command_id, label = KINDS[need.kind]
        key = app.keymap.shown(command_id, first=True)
        when = words.short(need.at, app.now(), app.zone) if need.kind in {"clash", "calendar"} else words.ago(need.at, app.now())
        if need.kind == "failed" and app.now() - need.at < JUST_NOW:
            when = "last 24 h"  # single ones among others that arrived: they have no beginning
        if need.kind == "pending":
            when = f"until {words.short(need.at, app.now(), app.zone)}"
        if width <= NARROW:
            when = when.removesuffix(" ago").removeprefix("until ")
        time = 16 if width > NARROW else 12
        action = 15 if width > NARROWER else 4  # the key alone where there is little room
        room = max(width - 3 - time - action, 10)
        title = clean(need.title)
        detail = f" · {clean(need.detail)}" if need.detail else ""
        title_room = min(cell_len(title), room)
        return [
            [
                (f" {glyph} ", f"{role} bold"),
                (fit(when, time), role if need.kind in {"waiting", "late"} else "dim"),
                (fit(title, title_room), "text"),
                (fit(detail, room - title_room), "dim"),
                (f"  {key} ", "accent bold"),
                (label if action > len(key) + 3 else "", "dim"),
            ]
        ]

    def on_rows_moved(self) -> None:
        """Other keys work."""
        self.console.refresh_footer()

    def on_rows_chosen(self) -> None:
        """Enter settles it the usual way."""
        self.console.execute(self.COMMANDS[0])

    def on_resize(self) -> None:
        """Charts fill their width."""
        self.call_after_refresh(self._draw)

    def repaint(self) -> None:
        """Another zone: another day."""
        super().repaint()
        self.reload()

    def tick(self, now: int) -> None:  # noqa: ARG002 - the desk's clock is asked in the read
        """What was to come becomes late by itself."""
        self.reload()

    # --- why not ----------------------------------------------------------------------------------------------------
    @property
    def need(self) -> Any:
        """The line under the cursor."""
        return self.needs.row

    def needs_line(self) -> str:
        """Nothing is chosen."""
        return "" if self.need is not None else "nothing waits"

    def needs_phone(self) -> str:
        """Nobody to reach."""
        return self.needs_line() or ("" if self.need.phone else "there is no number")

    def _only(self, kinds: set[str], reason: str) -> str:
        return "" if self.need is not None and self.need.kind in kinds else reason

    def needs_waiting(self) -> str:
        """Nobody waits at the door."""
        return self._only({"waiting"}, "nobody waits in this room")

    def needs_pending(self) -> str:
        """Firm already."""
        return self._only({"pending"}, "it is not waiting to be confirmed")

    def needs_late(self) -> str:
        """Not late."""
        return self._only({"late"}, "only a late call can be a no-show")

    def needs_failed(self) -> str:
        """Nothing failed."""
        return self._only({"failed", "disabled", "unsent"}, "nothing failed here")

    def needs_unsent(self) -> str:
        """Nothing unsent."""
        return self._only({"unsent"}, "this is no text that waits")

    def needs_unheard(self) -> str:
        """Nothing to hear."""
        return self._only({"voicemail", "unread"}, "this is neither a voicemail nor a message")

    # --- commands ---------------------------------------------------------------------------------------------------
    def settle(self) -> None:
        """The line's own key."""
        self.console.run_command(KINDS[self.need.kind][2])

    async def call(self) -> None:
        """Call them."""
        booking = self.need.id if self.need.kind in BOOKED else None
        await reach.call(self, self.need.phone, self.need.person_id, booking_id=booking)

    async def write(self) -> None:
        """Write to them; what they wrote is read then."""
        need = self.need
        if await reach.write(self, need.phone, person_id=need.person_id) and need.kind == "unread":
            from callboard.services import messages

            await self.perform(messages.mark_read, self.org, need.phone, opened=True)

    async def admit(self) -> None:
        """Let them in."""
        from callboard.services import rooms

        await self.perform(rooms.admit, self.org, self.need.id)

    async def confirm(self) -> None:
        """Make it firm."""
        from callboard.services import bookings

        if await self.perform(bookings.confirm, self.org, self.need.id) is not None:
            self.console.say("confirmed; the customer is told; z takes it back")

    async def no_show(self) -> None:
        """Nobody came."""
        from callboard.services import bookings

        if await self.perform(bookings.no_show, self.org, self.need.id) is not None:
            self.console.say("marked as no-show; z takes it back")

    async def again(self) -> None:
        """Deliveries that failed, an endpoint that was given up, a text no carrier took."""
        from callboard.services import deliveries, messages, webhooks

        need = self.need
        if need.kind == "unsent":
            await self.perform(messages.retry, self.org, need.id)
            return
        if need.kind == "disabled":
            if await self.perform(webhooks.enable, self.org, need.id) is not None:
                self.console.say("enabled: what was held goes out now")
            return
        found = await self.session.read(deliveries.listing, self.org, limit=500, webhook_id=need.id, status="failed")
        sent = [await self.perform(deliveries.redeliver, self.org, d.id) for d in found]
        self.console.say(f"{words.plural(sum(d is not None for d in sent), 'delivery', 'deliveries')} on the way again")

    async def copy(self) -> None:
        """The text, to be sent by hand; s says that it was."""
        from callboard.services import messages

        message = await self.session.read(messages.get, self.org, self.need.id)
        self.console.copy(message.body, "the text")

    async def mark_sent(self) -> None:
        """It went out by hand."""
        from callboard.services import messages

        if await self.perform(messages.mark_sent, self.org, self.need.id) is not None:
            self.console.say("noted: sent by hand")

    async def heard(self) -> None:
        """A voicemail heard, a message read."""
        from callboard.services import messages, voicemails

        if self.need.kind == "voicemail":
            await self.perform(voicemails.mark_read, self.org, self.need.id)
        else:
            await self.perform(messages.mark_read, self.org, self.need.id)

    async def open(self) -> None:
        """Go where it is at home."""
        from callboard.services import bookings

        need = self.need
        page: Any = self.console.go(PLACES.get(need.kind, "phone"))
        if page is None:
            return
        if page.ID == "calendar":
            booking = await self.session.read(bookings.get, self.org, need.id)
            self.call_after_refresh(page.point_at, booking)
        elif page.ID == "settings":
            self.call_after_refresh(page.go_to, "calendars")
        elif page.ID == "phone":
            self.call_after_refresh(page.show_mode, {"voicemail": "voicemails", "missed": "calls"}.get(need.kind, "messages"))

    def linear(self) -> list[str]:
        """Line by line with what settles it."""
        return [
            f"Today, {words.plural(len(self.needs.items), 'thing')} to settle",
            *(f"{n.title}. {n.detail}" for n in self.needs.items),
        ]

    def linear_here(self) -> int:
        """The line the cursor is on."""
        return 1 + self.needs.cursor
