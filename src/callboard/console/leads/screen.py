"""The leads screen: a table of everyone over the database's own pages, and beside it the whole story of the one chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical

from callboard.console import words
from callboard.console.background import newest
from callboard.console.commands import Command
from callboard.console.leads import bulk
from callboard.console.leads.card import KINDS, lines
from callboard.console.leads.columns import HIDDEN, columns
from callboard.console.leads.forms import changes, lead_form
from callboard.console.views import FilteredPage
from callboard.console.widgets.bar import Bar, FilterLine
from callboard.console.widgets.split import Detail, Split
from callboard.console.widgets.table import Ask, PagedTable

HINT = "jane  source:website  agent:dana  !city:oslo  is:lead  has:phone  after:fri"
EMPTY = "nobody here yet: n adds a lead, I imports a CSV file"


class Source:
    """Hands the table its pages, through the filter in force."""

    def __init__(self, page: Leads) -> None:
        self._page = page

    async def count(self) -> int:
        """How many there are."""
        from callboard.services import lead_views

        page = self._page
        return await page.session.read(lead_views.count, page.org, page.filter, page.console.zone)

    async def page(self, ask: Ask) -> Sequence[Any]:
        """One page."""
        from callboard.services import lead_views

        page = self._page
        return await page.session.read(
            lead_views.page,
            page.org,
            page.filter,
            page.console.zone,
            sort=ask.sort or "updated_at",
            descending=ask.descending,
            after=ask.after,
            limit=ask.limit,
            offset=ask.offset,
        )


class Leads(FilteredPage):
    """Everyone known."""

    ID = "leads"
    EVERYTHING: ClassVar[str] = "everyone"
    VIEW: ClassVar[dict[str, Any]] = {
        "filter": "",
        "table": {"sort": "updated_at", "descending": True, "hidden": sorted(HIDDEN)},
        "only": "all",
    }
    NOUNS = frozenset({"person", "booking", "message", "call", "voicemail", "upload", "delivery", "contact", "agent"})
    COMMANDS: ClassVar[tuple[Command, ...]] = (
        Command("leads.new", "n", "new lead", "new", footer=True),
        Command("leads.edit", "e", "edit", "edit", why_not="needs_lead", footer=True),
        Command("leads.book", "b", "book a call", "book", why_not="needs_lead", footer=True),
        Command("leads.call", "c", "call", "call", why_not="needs_phone", footer=True),
        Command("leads.write", "M", "write a message", "write", why_not="needs_phone", footer=True),
        Command(
            "leads.assign", "a", "assign", "assign", why_not="needs_lead", footer=True, help="Marked rows, or the one chosen."
        ),
        Command("leads.filter", "/", "filter", "open_filter", footer=True, help=HINT),
        Command("leads.everything", "escape", "take the filter away", "everything"),
        Command("leads.note", "N", "add a note", "note", why_not="needs_lead"),
        Command("leads.merge", "m", "merge two who are one", "merge", why_not="needs_pair", footer=True),
        Command("leads.duplicates", "D", "find duplicates", "duplicates"),
        Command("leads.delete", "d delete", "delete", "delete", why_not="needs_lead", help="Marked rows; undo brings them back."),
        Command("leads.import", "I", "import a CSV file", "bring_in"),
        Command("leads.export", "E", "export as CSV", "write_out", why_not="needs_rows", help="Marked rows, or everyone shown."),
        Command("leads.copy", "y", "copy phone number", "copy_phone", why_not="needs_phone"),
        Command("leads.views", "v", "saved views", "views", footer=True, help="A view is a filter, an order and columns."),
        Command("leads.only", "f", "show one kind of the story", "next_kind"),
        Command("leads.pane", "tab", "the other pane", "other_pane"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._only = "all"
        self._card: Any = None
        self._wanted = ""
        self.table = PagedTable(
            columns(lambda: self.console), Source(self), sort="updated_at", descending=True, empty=EMPTY, id="leads-table"
        )
        self.table.hidden = set(HIDDEN)
        self.detail = Detail(id="leads-card")

    def compose(self) -> ComposeResult:
        """Words, filter, table; the card beside."""
        yield Split(Vertical(Bar(), self.table, FilterLine(HINT)), self.detail, share=58)

    # --- what is shown ----------------------------------------------------------------------------------------------
    async def load(self) -> None:
        """The rows in sight again, and the card."""
        self.table.reload()
        await self._read_card()

    def on_paged_table_moved(self, event: PagedTable.Moved) -> None:
        """Another person: their story, when the cursor rests."""
        self._tell()
        newest(self, "card", self._read_card, event.row)

    async def _read_card(self, row: Any = None) -> None:
        from callboard.services import timeline

        row = row or self.table.row
        if row is None:
            self._card = None
            self.detail.show([])
            return
        again = self._card is not None and self._card.person.id == row.id
        self._card = await self.session.read(timeline.of_person, self.org, row.id)
        self._draw(keep=again)

    def _draw(self, *, keep: bool = False) -> None:
        if self._card is not None:
            width = self.detail.size.width - 1
            self.detail.show(lines(self._card, self.console.now(), self.console.zone, width, self._only), keep=keep)

    def _tell(self) -> None:
        table = self.table
        empty = f"nobody matches {self.filter}: / changes the filter, Esc in it shows everyone" if self.filter else EMPTY
        if table.empty != empty:
            table.empty = empty
            table.refresh()
        many = "counting …" if table.status == "loading" else words.plural(table.total, "person", "people")
        parts: list[tuple[str, str]] = [(many, "text bold")]
        if self.filter:
            parts += [(f"  / {self.filter}", "accent"), ("  Esc shows all", "dim")]
        if table.marked:
            parts.append((f"  {len(table.marked)} marked", "pending"))
        if table.status == "error":
            parts = [(table.problem, "clash")]
        self.query_one(Bar).show(*parts)
        self.console.refresh_footer()

    def on_resize(self) -> None:
        """The card is wrapped to its width."""
        self.call_after_refresh(self._draw, keep=True)

    def repaint(self) -> None:
        """Another zone or theme."""
        super().repaint()
        self._draw(keep=True)

    def tick(self, now: int) -> None:  # noqa: ARG002 - the app's clock is asked while drawing
        """Local times pass."""
        self._draw(keep=True)

    # --- filter and views -------------------------------------------------------------------------------------------
    def filtered(self) -> PagedTable:
        """The people."""
        return self.table

    def narrow(self) -> None:
        """Ask for them again, and say how many there are once that is known."""
        self.table.reload(top=True)
        self.set_timer(0.3, self._tell)

    async def views(self) -> None:
        """Go to a saved view, or save this one."""
        await self.console.actions.views()

    def take_view(self, view: dict[str, Any]) -> None:
        """Another filter, order and columns."""
        self.restore({**self.state(), **view})
        self.table.show_columns(self.table.hidden)
        self.table.reload(top=True)
        self.set_timer(0.3, self._tell)

    def state(self) -> dict[str, Any]:
        """Filter, order, columns, and where the cursor stood."""
        return {"filter": self.filter, "table": self.table.prefs(), "only": self._only, "row": self.table.place}

    def restore(self, state: dict[str, Any]) -> None:
        """See state."""
        self.filter = str(state.get("filter", ""))
        self.table.take_prefs(state.get("table") or {"hidden": sorted(HIDDEN)})
        self.table.begin_at(state.get("row"))
        self._only = state["only"] if state.get("only") in KINDS else "all"

    # --- why not ----------------------------------------------------------------------------------------------------
    def needs_lead(self) -> str:
        """Nobody is under the cursor."""
        return "" if self.table.row is not None else "nobody is chosen"

    def needs_phone(self) -> str:
        """Nobody, or nobody with a number."""
        row = self.table.row
        return self.needs_lead() or ("" if row.person.phone else f"{row.person.name} has no phone number")

    def needs_pair(self) -> str:
        """More than two are marked."""
        return self.needs_lead() or ("two at a time: mark two" if len(self.table.marked) > 2 else "")

    def needs_rows(self) -> str:
        """Nothing is shown."""
        return "" if self.table.total else "nobody is shown"

    # --- one person -------------------------------------------------------------------------------------------------
    async def new(self) -> None:
        """A new lead."""
        from callboard.services import people

        app = self.console
        form = lead_form("New lead", None, [a for a in app.agents if a.active], app.organization.branding.default_country)
        answers = await app.push_screen_wait(form)
        if answers:
            made = await self.perform(people.add, self.org, **changes(answers))
            if made is not None:
                app.say(f"{made.name} added; z takes it back")

    async def edit(self) -> None:
        """Change the one chosen; somebody else's change meanwhile is not overwritten."""
        from callboard.services import people

        app, person = self.console, self.table.row.person
        form = lead_form(f"Edit {person.name}", person, app.agents, app.organization.branding.default_country)
        answers = await app.push_screen_wait(form)
        if answers:
            wanted = {k: v for k, v in changes(answers).items() if (getattr(person, k) or None) != (v or None)}
            if wanted:
                await self.perform(people.update, self.org, person.id, rev=person.rev, **wanted)

    async def on_paged_table_chosen(self) -> None:
        """Enter goes into the story: the other pane on a small terminal, the focus on a big one."""
        self.other_pane()

    async def note(self) -> None:
        """One more line of notes, with the day and who wrote it."""
        from callboard.console.dialogs.dialog import Ask as AskLine
        from callboard.domain.zones import local
        from callboard.services import people

        person = self.table.row.person
        text = await self.app.push_screen_wait(AskLine(f"Note about {person.name}"))
        if text and text.strip():
            day = f"{local(self.console.now(), self.console.zone):%b %d}"
            line = f"{day} {self.console.operator}: {text.strip()}"
            await self.perform(people.update, self.org, person.id, notes=f"{line}\n{person.notes or ''}".strip())

    async def book(self) -> None:
        """Book a call with this person: the calendar's own dialog, filled in."""
        from callboard.console.calendar.booking_dialog import Draft
        from callboard.console.calendar.verbs import first_open

        person = self.table.row.person
        app = self.console
        agent = person.agent_id if any(a.id == person.agent_id and a.active for a in app.agents) else None
        minutes = app.organization.policy.default_duration_minutes
        draft = Draft(
            starts_at=-(-(app.now() + 3600) // 1800) * 1800,
            minutes=minutes,
            agent_id=agent or "",
            person_id=person.id,
            who=person.name,
            title=person.interest or "",
        )
        calendar: Any = app.page_of("calendar")
        await calendar.verbs.book(await first_open(app, draft))

    async def call(self) -> None:
        """Call this person."""
        from callboard.console.phone import reach

        await reach.call(self, self.table.row.person.phone, self.table.row.id)

    async def write(self) -> None:
        """Write to this person."""
        from callboard.console.phone import reach

        person = self.table.row.person
        await reach.write(self, person.phone, person.name, person.id)

    def copy_phone(self) -> None:
        """The number, as E.164."""
        self.console.copy(self.table.row.person.phone, "phone number")

    def next_kind(self) -> None:
        """All, then one kind after another."""
        self._only = KINDS[(KINDS.index(self._only) + 1) % len(KINDS)]
        self._draw()

    def other_pane(self) -> None:
        """Table or card."""
        split = self.query_one(Split)
        if self.app.screen_stack[0].has_class("small"):
            split.turn()
        (self.table if self.detail.has_focus else self.detail).focus()

    def select(self, person_id: str) -> None:
        """Show one person (another screen hands them over)."""
        self._wanted = person_id
        newest(self, "find", self._find, person_id)

    async def _find(self, person_id: str) -> None:
        from callboard.services import people

        person = await self.session.read(people.get, self.org, person_id)
        self.filter = f'"{person.phone or person.email or person.name}"'
        self.table.reload(top=True)

    # --- many -------------------------------------------------------------------------------------------------------
    async def assign(self) -> None:
        """Give the chosen ones to an agent."""
        await bulk.assign(self, self.table.chosen)

    async def delete(self) -> None:
        """Delete the chosen ones."""
        await bulk.delete(self, self.table.chosen)

    async def merge(self) -> None:
        """Make two one."""
        await bulk.merge(self, self.table.chosen)

    async def duplicates(self) -> None:
        """Look for people who are there twice."""
        await bulk.duplicates(self)

    async def bring_in(self) -> None:
        """Import."""
        await bulk.bring_in(self)

    async def write_out(self) -> None:
        """Export."""
        await bulk.write_out(self, list(self.table.marked.values()))

    def linear(self) -> list[str]:
        """Rows in sight, then the card."""
        table = self.table
        rows = [table.row_at(n) for n in range(max(table.cursor - 5, 0), table.cursor + 20)]
        shown = [f"{r.person.name}, {r.person.phone or 'no phone'}, {r.agent or 'nobody yet'}" for r in rows if r is not None]
        return [f"Leads, {words.plural(table.total, 'person', 'people')}", *shown, "", *self.detail.text]

    def linear_here(self) -> int:
        """The line the cursor is on."""
        return 1 + min(self.table.cursor, 5)
