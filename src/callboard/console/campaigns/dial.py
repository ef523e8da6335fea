"""The dial queue: one contact at a time, the script beside, a key for each outcome, and the next one at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from callboard.console import words
from callboard.console.leads.card import lines as card_lines
from callboard.console.widgets.header import zone_label
from callboard.console.widgets.lines import clean, fit, wrap
from callboard.console.widgets.split import Detail, Line
from callboard.domain.phones import pretty_phone
from callboard.domain.zones import local

if TYPE_CHECKING:
    from callboard.console.campaigns.screen import Campaigns
    from callboard.domain.bookings import Booking, Wish
    from callboard.domain.campaigns import Campaign, Contact

OUTCOMES = (
    ("qualified", "qualified: book"),
    ("qualified_only", "qualified"),
    ("callback", "call back"),
    ("not_interested", "not interested"),
    ("no_answer", "no answer"),
    ("busy", "busy"),
    ("wrong", "wrong number"),
    ("never", "never again"),
    ("skip", "give back"),
)
LEAST_WHO, MOST_WHO = 7, 14  # lines
_MARK = re.compile(r"\s*(?:\d+[.)]\s+|[-*•]\s+)?")  # a list's later lines stand under its words
REACHED = frozenset({"qualified", "not_interested", "callback_requested", "do_not_call", "wrong_number"})


class Dialling(Horizontal):
    """Who is to be called and the script at the left, everything about them at the right."""

    SCOPED_CSS = False
    DEFAULT_CSS = """
    Dialling { height: 1fr; }
    Dialling .dial-left { width: 50%; border-right: solid $border; }
    Dialling #dial-who { height: 12; border-bottom: solid $border; padding-left: 1; }
    Dialling #dial-script, Dialling #dial-card { height: 1fr; padding-left: 1; }
    .narrow Dialling #dial-card { display: none; }
    .narrow Dialling .dial-left { width: 1fr; border-right: none; }
    .narrow Dialling.turned #dial-card { display: block; width: 1fr; }
    .narrow Dialling.turned .dial-left { display: none; }
    """

    def __init__(self, page: Campaigns) -> None:
        super().__init__(id="dial")
        self._page = page
        self.campaign: Campaign | None = None
        self.contact: Contact | None = None
        self.called = False
        self._why = ""
        self._card: Any = None
        self.who, self.script = Detail(id="dial-who", wraps=True), Detail(id="dial-script")
        self.card = Detail(id="dial-card", wraps=True)

    def compose(self) -> ComposeResult:
        """Three panes."""
        with Vertical(classes="dial-left"):
            yield self.who
            yield self.script
        yield self.card

    # --- what is shown ----------------------------------------------------------------------------------------------
    def draw(self) -> None:
        """Everything known, again."""
        if self.campaign is None:
            return
        self.who.show(self._who())
        self.who.styles.height = min(max(self.who.virtual_size.height + 1, LEAST_WHO), MOST_WHO)  # the rest is the script's
        self.script.show(self._script())
        app = self._page.console
        if self._card is not None:
            folded = self.app.screen_stack[0].has_class("narrow")  # there it may be hidden, and has no width of its own
            room = self.size.width - 3 if folded else self.card.size.width - 2
            self.card.show(card_lines(self._card, app.now(), app.zone, room), keep=True)
        else:
            self.card.show([])

    def _who(self) -> list[Line]:
        app, contact, campaign = self._page.console, self.contact, self.campaign
        if campaign is None:
            return []
        room = max(self.who.size.width - 2, 24)
        head: Line = [(fit(clean(campaign.name), room).rstrip(), "dim")]
        if contact is None:
            return [head, "", [(self._why or "Space hands you the next one", "pending")]]
        zone = contact.timezone or "UTC"
        facts = " · ".join(t for t in (contact.interest, contact.city, contact.country, contact.language) if t)
        tries = f"try {contact.attempts} of {campaign.max_attempts}"
        asked = f" · asked to be called {words.short(contact.callback_at, app.now(), app.zone)}" if contact.callback_at else ""
        there = f"{zone_label(zone)} {local(app.now(), zone):%a %H:%M}"
        name, phone = clean(contact.name), pretty_phone(contact.phone)
        named: list[Line] = [[(name, "accent bold"), (f"  {phone}", "text bold")]]
        if cell_len(f"{name}  {phone}") > room:
            named = [[(name, "accent bold")], [(phone, "text bold")]]
        lines: list[Line] = [
            head,
            *named,
            [(there, "text"), (f"  {clean(facts)}", "dim")],
            [(f"{tries}{asked}", "dim")],
            [("in call: say what came of it" if self.called else "c calls", "in_call" if self.called else "accent")],
        ]
        notes = wrap(clean(contact.notes), room)[:2] if contact.notes else []
        return [*lines, *([(n, "dim")] for n in notes), "", *self._keys()]

    def _keys(self) -> list[Line]:
        """Every outcome with its key, as many on a line as there is room for: the bottom line has not room for all."""
        shown, room = self._page.console.keymap.shown, max(self.who.size.width - 2, 24)
        lines: list[Line] = []
        parts: list[tuple[str, str]] = []
        used = 0
        for name, title in OUTCOMES:
            key = shown(f"campaigns.{name}", first=True)
            size = len(key) + len(title) + 3
            if used + size > room and parts:
                lines.append(parts)
                parts, used = [], 0
            parts += [(key, "accent bold"), (f" {title}  ", "dim")]
            used += size
        return [*lines, parts]

    def _script(self) -> list[Line]:
        campaign, contact = self.campaign, self.contact
        if campaign is None or not campaign.script.strip():
            return [[("SCRIPT", "accent")], [("none yet: leave with Esc, e edits the campaign", "dim")]]
        values = {
            "agent": self._page.console.operator,
            "name": contact.name if contact else "…",
            "interest": (contact.interest if contact else "") or "your enquiry",
            "city": (contact.city if contact else "") or "",
            "organization": self._page.console.organization.display_name,
        }
        text = campaign.script
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", clean(value))
        room = max(self.script.size.width - 3, 24)
        found: list[Line] = [[("SCRIPT", "accent")]]
        for raw in text.splitlines():
            mark = _MARK.match(raw)
            found += wrap(raw, room, len(mark[0]) if mark else 0)
        return found

    def other_pane(self) -> None:
        """The script or everything about the person; under 100 columns one of them is shown."""
        to_script = self.card.has_focus
        self.set_class(not to_script, "turned")
        (self.script if to_script else self.card).focus()

    # --- the queue --------------------------------------------------------------------------------------------------
    async def open(self, campaign: Campaign) -> None:
        """Begin with a campaign; who was in hand before is still."""
        self.campaign, self.contact, self._card, self._why, self.called = campaign, None, None, "", False
        await self.next()

    async def look(self) -> None:
        """Nobody is shown: perhaps somebody is in hand again (undo of giving back)."""
        from callboard.services import campaign_views, campaigns

        page = self._page
        if self.campaign is None or self.contact is not None:
            return
        found = await page.session.read(campaigns.in_hand, page.org, self.campaign.id, page.console.operator)
        if found is not None and self.contact is None:
            self._card = await page.session.read(campaign_views.card, page.org, found)
            self.contact, self.called, self._why = found, False, ""

    async def next(self) -> None:
        """Ask for the next one; when there is none, say from when there may be."""
        from callboard.services import campaign_views, campaigns

        page = self._page
        if self.campaign is None:
            return
        handed = await page.perform(campaigns.next_contact, page.org, self.campaign.id, page.console.operator)
        self.contact, self.called, self._card, self._why = None, False, None, ""
        if handed is not None:
            self.campaign, self.contact = handed.campaign, handed.contact
            if handed.contact is not None:
                self._card = await page.session.read(campaign_views.card, page.org, handed.contact)
            else:
                app = page.console
                until = f"; from {words.short(handed.wait_until, app.now(), app.zone)}" if handed.wait_until else ""
                self._why = f"{handed.reason or 'nobody'}{until}"
        self.draw()
        page.console.refresh_footer()

    async def call(self) -> None:
        """Dial."""
        from callboard.services import campaigns

        page = self._page
        if self.contact is None or self.campaign is None:
            return
        agent = self.campaign.agent_id
        made = await page.perform(campaigns.dial, page.org, self.contact.id, operator=page.console.operator, agent_id=agent)
        self.called = made is not None
        self.draw()

    async def outcome(self, outcome: str, **more: Any) -> None:
        """Say what came of it; the call ends with it, and the next one comes."""
        from callboard.services import campaign_views

        page, contact = self._page, self.contact
        if contact is None:
            return
        given = {"reached": outcome in REACHED, "operator": page.console.operator, **more}
        done = await page.perform(campaign_views.settle, page.org, contact.id, outcome, **given)
        if done is not None:
            at = given.get("callback_at")
            when = f" {words.short(at, page.console.now(), page.console.zone)}" if at else ""
            page.console.say(f"{contact.name}: {outcome.replace('_', ' ')}{when}; z takes it back")
            await self.next()

    async def qualified(self) -> None:
        """A qualified contact becomes a booking: the calendar's own dialog, filled in; Esc goes back to the call."""
        from callboard.console.calendar.booking_dialog import Draft
        from callboard.console.calendar.verbs import ask_and_book, first_open
        from callboard.console.calendar.words import times
        from callboard.services import campaign_views

        page, contact, app = self._page, self.contact, self._page.console
        if contact is None:
            return
        begun = Draft(
            starts_at=-(-(app.now() + 3600) // 1800) * 1800,
            minutes=app.organization.policy.default_duration_minutes,
            agent_id=self.campaign.agent_id or "" if self.campaign else "",
            person_id=contact.person_id,
            who=contact.name,
            title=contact.interest or "",
        )

        async def book(wish: Wish) -> Booking:
            return await page.session.run(campaign_views.qualify, page.org, contact.id, wish, operator=app.operator)

        booked = await ask_and_book(app, await first_open(app, begun), book, "Qualified: book the call")
        if booked is not None:
            when = times(booked.starts_at, booked.ends_at, app.zone)
            app.say(f"{contact.name}: qualified and booked, {when}; z takes both back")
            await self.next()

    async def later(self) -> None:
        """They name a time: it becomes a task of that hour."""
        from callboard.console.dates import understand
        from callboard.console.dialogs.dialog import Ask
        from callboard.domain.errors import CallboardError

        app, contact = self._page.console, self.contact
        if contact is None:
            return
        zone = contact.timezone or app.zone

        def instant(text: str) -> int | None:
            when = understand(text, app.now(), zone)
            try:
                return when.instant(zone, 10 * 60) if when is not None else None
            except CallboardError:
                return None

        def describe(text: str) -> str:
            at = instant(text)
            return f"{local(at, zone):%A, %b %d %H:%M} in {zone_label(zone)}, {words.ago(at, app.now())}" if at else ""

        def check(text: str) -> str:
            at = instant(text)
            return "" if at is not None and at > app.now() else "a time to come, such as tomorrow 15:00 or in 2 hours"

        title, note = f"Call {contact.name} back when?", f"their time, {zone_label(zone)}"
        asked = Ask(title, placeholder="tomorrow 15:00", note=note, check=check, describe=describe)
        text: str | None = await app.push_screen_wait(asked)
        if text:
            await self.outcome("callback_requested", callback_at=instant(text))

    async def skip(self, *, leaving: bool = False) -> None:
        """Give this one back uncalled, and leave the queue of others as it is."""
        from callboard.services import campaigns

        page = self._page
        if self.contact is not None:
            operator = page.console.operator
            await page.perform(campaigns.release, page.org, self.contact.id, operator=operator, leaving=leaving)
        self.contact, self._card, self._why = None, None, "given back uncalled; Space hands you the next one"
        self.draw()

    async def leave(self) -> None:
        """Out of the queue: who was not called is given back."""
        if self.contact is not None and not self.called:
            await self.skip(leaving=True)
        self.campaign = self.contact = self._card = None
        self.remove_class("turned")
