"""The phone screen: messages as conversations, calls, voicemails, contacts; one list left, what it is about right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import ContentSwitcher

from callboard.console.background import newest
from callboard.console.commands import Command
from callboard.console.phone import lists, reach, thread
from callboard.console.views import FilteredPage
from callboard.console.widgets.bar import Bar, FilterLine
from callboard.console.widgets.rows import Rows
from callboard.console.widgets.split import Detail, Split
from callboard.console.widgets.table import PagedTable

MODES = lists.MODES
NO_MESSAGES, NO_VOICEMAILS = "no messages yet: n writes to a number", "nobody left a voicemail"
HINT = "any word  !word  name:ana  is:new   calls: in out missed after:fri agent:dana   contacts: city:oslo"


class Phone(FilteredPage):
    """Conversations, calls, voicemails, contacts."""

    ID = "phone"
    VIEW: ClassVar[dict[str, Any]] = {"filter": "", "mode": MODES[0]}
    NOUNS = frozenset({"message", "call", "voicemail", "person"})
    COMMANDS: ClassVar[tuple[Command, ...]] = (
        Command("phone.write", "M", "write", "write", why_not="needs_number"),
        Command("phone.call", "c", "call", "call", why_not="needs_number"),
        Command("phone.dial", "d", "dial a number", "dial"),
        Command("phone.rings", "i", "incoming call", "rings", help="your own telephone rings: note the number, see who it is"),
        Command("phone.new", "n", "write to a number", "new"),
        Command("phone.outcome", "o", "what came of the call", "outcome", why_not="needs_call"),
        Command("phone.read", "r", "heard or read, and back", "mark_read", why_not="needs_theirs"),
        Command("phone.transcribe", "t", "write down a voicemail's words", "transcribe", why_not="needs_voicemail"),
        Command("phone.play", "p", "play the recording", "play", why_not="needs_recording"),
        Command("phone.copy", "y", "copy the text or number", "copy", why_not="needs_number"),
        Command("phone.sent", "s", "I sent it by hand", "mark_sent", why_not="needs_waiting", help="A text that waits for you."),
        Command("phone.retry", "R", "send again", "retry", why_not="needs_waiting"),
        Command("phone.person", "l", "open the person", "open_person", why_not="needs_number"),
        Command("phone.filter", "/", "filter", "open_filter", help=HINT),
        Command("phone.everything", "escape", "take the filter away", "everything"),
        Command("phone.next", "] right", "next list: messages, calls, voicemails, contacts", "next_mode"),
        Command("phone.before", "[ left", "list before", "mode_before"),
        Command("phone.pane", "tab", "the other pane", "other_pane"),
    )

    SCOPED_CSS = False
    DEFAULT_CSS = "Phone ContentSwitcher { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.mode = MODES[0]
        self._new = {"messages": 0, "voicemails": 0}
        self._thread: list[Any] = []
        self.read: dict[str, Any] = {}  # the short lists whole
        self.messages = Rows(self._line, key=lambda c: c.number, lines=2, empty=NO_MESSAGES, id="messages")
        self.voicemails = Rows(self._line, lines=2, empty=NO_VOICEMAILS, id="voicemails")
        columns = lists.call_columns(lambda: self.console)
        self.calls = lists.CallTable(columns, lists.CallLog(self), empty=lists.NO_CALLS, id="calls")
        self.contacts = PagedTable(lists.contact_columns(), lists.Contacts(self), empty=lists.NOBODY, id="contacts")
        self.detail = Detail(id="phone-detail", wraps=True)

    def compose(self) -> ComposeResult:
        """The lists in one place, the detail beside."""
        left = Vertical(
            Bar(), ContentSwitcher(self.messages, self.calls, self.voicemails, self.contacts, initial=self.mode), FilterLine(HINT)
        )
        yield Split(left, self.detail, share=46)

    # --- what is shown ----------------------------------------------------------------------------------------------
    @property
    def shown(self) -> Rows | PagedTable:
        """The list shown."""
        found: Rows | PagedTable = getattr(self, self.mode)
        return found

    def _line(self, row: Any, width: int) -> Any:
        draw = thread.voicemail if hasattr(row, "voicemail") else thread.conversation
        return draw(row, width, self.console.zone, self.console.now())

    def bottom(self) -> Sequence[Command]:
        """What can be done with this list."""
        return self.named(lists.bottom(self))

    async def load(self) -> None:
        """Both short lists (their badges show in any mode), the long one in sight, and the detail."""
        from callboard.services import messages, phone_views

        found = await self.session.read(messages.conversations, self.org)
        voices = await self.session.read(phone_views.voice_rows, self.org)
        self._new = {"messages": sum(c.unread for c in found), "voicemails": sum(not v.voicemail.is_read for v in voices)}
        self.read = {"messages": found, "voicemails": voices}
        self._show_short()
        if isinstance(self.shown, PagedTable):
            self.shown.reload()
        self._tell()
        await self._detail()

    def on_rows_moved(self) -> None:
        """Another conversation or voicemail."""
        newest(self, "detail", self._detail)

    def on_paged_table_moved(self) -> None:
        """Another call or contact."""
        self.on_rows_moved()
        self._tell()

    async def on_rows_chosen(self) -> None:
        """Enter: it is read, and the keys go to the thread."""
        await self._seen()
        self.other_pane()

    def on_paged_table_chosen(self) -> None:
        """Enter goes to the detail."""
        self.other_pane()

    async def _detail(self) -> None:
        from callboard.services import calls, messages

        row = self.shown.row
        self.console.refresh_footer()
        if row is None:
            self.detail.show([])
            return
        app, width = self.console, self.detail.size.width - 2
        if self.mode == "messages":
            self._thread = await self.session.read(messages.conversation, self.org, row.number)
            self.detail.show([thread.who(row.name, row.number), *thread.thread(self._thread, app.zone, width)])
            self.detail.scroll_end(animate=False)
            return
        who = await self.session.read(calls.lookup, self.org, self.number or "")
        if self.mode == "calls":
            self.detail.show(thread.call(row, who, app.zone, app.now(), width))
        elif self.mode == "voicemails":
            self.detail.show(thread.voice(row, who, app.zone, app.now(), width))
        else:
            from callboard.console.leads.card import lines as card_lines
            from callboard.services import timeline

            card = await self.session.read(timeline.of_person, self.org, row.id)
            self.detail.show(card_lines(card, app.now(), app.zone, width))

    def _tell(self) -> None:
        bar = self.query_one(Bar)
        bar.show(*lists.titles(self.mode, self._new, self.filter, bar.size.width - 1))
        self.console.refresh_footer()

    def repaint(self) -> None:
        """Another zone or theme."""
        super().repaint()
        self.on_rows_moved()

    def on_resize(self) -> None:
        """Texts are wrapped to their width."""
        self.call_after_refresh(self.on_rows_moved)

    # --- who is meant -----------------------------------------------------------------------------------------------
    @property
    def number(self) -> str | None:
        """The number of the row under the cursor."""
        row = self.shown.row
        if row is None:
            return None
        found = {"messages": "number", "calls": "call.other", "voicemails": "voicemail.from_number", "contacts": "person.phone"}
        value: Any = row
        for part in found[self.mode].split("."):
            value = getattr(value, part)
        return value if value and str(value).startswith("+") else None

    @property
    def waiting(self) -> Any:
        """The newest of our texts in this conversation that did not go out."""
        if self.mode != "messages":
            return None
        return next((m for m in reversed(self._thread) if m.direction == "outbound" and m.status in {"waiting", "failed"}), None)

    def needs_number(self) -> str:
        """Nobody is meant."""
        if self.shown.row is None:
            return "nobody is chosen"
        return "" if self.number else "the number is withheld"

    def needs_call(self) -> str:
        """Not a call."""
        return "" if self.mode == "calls" and self.shown.row is not None else "choose a call first"

    def needs_voicemail(self) -> str:
        """Not a voicemail."""
        return "" if self.mode == "voicemails" and self.shown.row is not None else "choose a voicemail first"

    def needs_recording(self) -> str:
        """Nothing to hear."""
        row = self.shown.row
        if row is None or self.mode not in {"calls", "voicemails"}:
            return "there is no recording here"
        noun = row.call if self.mode == "calls" else row.voicemail
        return "" if noun.recording_url else "it was not recorded"

    def needs_waiting(self) -> str:
        """Everything of ours went out."""
        return "" if self.waiting is not None else "no text of this conversation waits"

    def needs_theirs(self) -> str:
        """Nothing that was heard or read."""
        row = self.shown.row
        if row is None or self.mode not in {"messages", "voicemails"}:
            return "choose a conversation or a voicemail first"
        theirs = self.mode == "voicemails" or row.unread or any(m.direction == "inbound" for m in self._thread)
        return "" if theirs else "they wrote nothing yet"

    # --- commands ---------------------------------------------------------------------------------------------------
    async def write(self) -> None:
        """Write to who is chosen; their messages count as read."""
        number, row = self.number, self.shown.row
        if number is None:
            return
        if self.mode == "messages":
            await self._seen()
        await reach.write(self, number, getattr(row, "name", "") or "")

    async def call(self) -> None:
        """Call who is chosen."""
        if self.number is not None:
            await reach.call(self, self.number)

    async def rings(self) -> None:
        """Somebody calls one's own telephone."""
        await reach.rings(self)

    async def dial(self) -> None:
        """Call any number."""
        number = await reach.ask_number(self, "Dial")
        if number:
            await reach.call(self, number)

    async def new(self) -> None:
        """Write to any number."""
        number = await reach.ask_number(self, "Write to")
        if number:
            await reach.write(self, number)

    async def outcome(self) -> None:
        """What came of a call."""
        from callboard.console.dialogs.form import Field, Form
        from callboard.services import calls

        call = self.shown.row.call
        fields = [
            Field("outcome", "outcome", call.outcome or "", "In a word or two: booked, call back, not now."),
            Field("notes", "notes", call.notes or "", "What the next one who calls should know.", long=True),
        ]
        answers = await self.app.push_screen_wait(Form("What came of it?", fields))
        if answers:
            await self.perform(calls.set_outcome, self.org, call.id, **answers)

    async def _seen(self) -> None:
        """What is gone into is no longer new."""
        from callboard.services import messages, voicemails

        row = self.shown.row
        if self.mode == "messages" and row is not None and row.unread:
            await self.perform(messages.mark_read, self.org, row.number, opened=True)
        elif self.mode == "voicemails" and row is not None and not row.voicemail.is_read:
            await self.perform(voicemails.mark_read, self.org, row.id)

    async def mark_read(self) -> None:
        """Heard or read; or new again."""
        from callboard.services import messages, voicemails

        row = self.shown.row
        if self.mode == "messages":
            await self.perform(messages.mark_read if row.unread else messages.mark_unread, self.org, row.number)
        else:
            await self.perform(voicemails.mark_read, self.org, row.id, read=not row.voicemail.is_read)

    async def transcribe(self) -> None:
        """Write down what was said."""
        from callboard.console.dialogs.form import Field, Form
        from callboard.services import voicemails

        v = self.shown.row.voicemail
        form = Form("What did they say?", [Field("text", "words", v.transcript or "", "Found on the person's card.", long=True)])
        answers = await self.app.push_screen_wait(form)
        if answers and answers["text"]:
            await self.perform(voicemails.transcribe, self.org, v.id, answers["text"])

    def play(self) -> None:
        """In the browser, where recordings are."""
        row = self.shown.row
        self.console.actions.browse((row.call if self.mode == "calls" else row.voicemail).recording_url)

    def copy(self) -> None:
        """A text that waits to be sent by hand; otherwise the number."""
        if self.waiting is not None:
            self.console.copy(self.waiting.body, "the text")
        elif self.mode == "voicemails" and self.shown.row.voicemail.transcript:
            self.console.copy(self.shown.row.voicemail.transcript, "the words")
        else:
            self.console.copy(self.number or "", "phone number")

    async def mark_sent(self) -> None:
        """It was sent from a phone of one's own."""
        from callboard.services import messages

        if await self.perform(messages.mark_sent, self.org, self.waiting.id) is not None:
            self.console.say("noted: sent by hand")

    async def retry(self) -> None:
        """Hand it to the carrier again."""
        from callboard.services import messages

        await self.perform(messages.retry, self.org, self.waiting.id)

    async def open_person(self) -> None:
        """The leads screen, on this person; a number nobody has becomes a lead."""
        from callboard.services import people

        person = await self.perform(people.find_or_create, self.org, phone=self.number, is_lead=True)
        leads: Any = self.console.go("leads") if person is not None else None
        if leads is not None and person is not None:
            leads.select(person.id)

    # --- lists and panes --------------------------------------------------------------------------------------------
    def next_mode(self) -> None:
        """The next list."""
        self.show_mode(MODES[(MODES.index(self.mode) + 1) % len(MODES)])

    def mode_before(self) -> None:
        """The list before."""
        self.show_mode(MODES[MODES.index(self.mode) - 1])

    def show_mode(self, mode: str, text: str = "") -> None:
        """Another list."""
        self.mode, self.filter = mode, text
        self.query_one(ContentSwitcher).current = mode
        self.narrow()
        self.shown.focus()
        self.on_rows_moved()

    def filtered(self) -> Rows | PagedTable:
        """The list shown."""
        return self.shown

    def narrow(self) -> None:
        """Another filter: the short lists are in hand, the long ones are asked for."""
        if isinstance(self.shown, PagedTable):
            self.shown.empty = lists.nothing(self)
            self.shown.reload(top=True)
        else:
            self._show_short()
        self._tell()

    def _show_short(self) -> None:
        for mode, rows, empty in (("messages", self.messages, NO_MESSAGES), ("voicemails", self.voicemails, NO_VOICEMAILS)):
            rows.empty = lists.why_empty(self) if self.filter and self.mode == mode and self.read[mode] else empty
            rows.show(lists.kept(self, mode))

    def other_pane(self) -> None:
        """List or detail."""
        if self.app.screen_stack[0].has_class("small"):
            self.query_one(Split).turn()
        (self.shown if self.detail.has_focus else self.detail).focus()

    def state(self) -> dict[str, Any]:
        """Which list, its filter, and where the cursor stood."""
        return {"mode": self.mode, "filter": self.filter, "row": self.shown.place}

    def restore(self, state: dict[str, Any]) -> None:
        """See state."""
        self.mode = state["mode"] if state.get("mode") in MODES else MODES[0]
        self.filter = str(state.get("filter", ""))
        self.shown.begin_at(state.get("row"))

    def take_view(self, view: dict[str, Any]) -> None:
        """Another list and filter."""
        self.show_mode(view["mode"] if view.get("mode") in MODES else MODES[0], str(view.get("filter", "")))

    def linear(self) -> list[str]:
        """The list, then the detail."""
        return [f"Phone, {self.mode}", *lists.as_lines(self), "", *self.detail.text]

    def linear_here(self) -> int:
        """The line the cursor is on."""
        return 1 + (self.shown.cursor if isinstance(self.shown, Rows) else min(self.shown.cursor, lists.BEFORE))
