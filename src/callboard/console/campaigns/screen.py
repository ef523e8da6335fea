"""The campaigns screen: every campaign with its bar, one in full beside it, and inside one the dial queue."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import ContentSwitcher

from callboard.console import filters
from callboard.console.background import newest
from callboard.console.campaigns import board, lists
from callboard.console.campaigns.commands import COMMANDS, HINT
from callboard.console.campaigns.dial import Dialling
from callboard.console.commands import Command
from callboard.console.dialogs.form import Answers, Field, Form
from callboard.console.views import FilteredPage
from callboard.console.widgets.bar import FilterLine
from callboard.console.widgets.rows import Rows
from callboard.console.widgets.split import Detail, Split
from callboard.console.words import reason
from callboard.domain.campaigns import DEFAULT_WINDOW, Campaign
from callboard.domain.errors import CallboardError
from callboard.domain.hours import parse_hours

EMPTY = "no campaign yet: n makes one, I fills it from a spreadsheet, s starts it, Enter dials"
FILLED = "{name} {interest} {city} {agent} {organization} are filled in."
HELD = ("call", "qualified", "callback", "not_interested", "no_answer", "busy", "wrong", "never", "skip")


class Campaigns(FilteredPage):
    """Campaigns and the dial queue."""

    ID = "campaigns"
    EVERYTHING: ClassVar[str] = "every campaign"
    VIEW: ClassVar[dict[str, Any]] = {"filter": ""}
    NOUNS = frozenset({"campaign", "contact", "call", "person"})
    COMMANDS: ClassVar[tuple[Command, ...]] = COMMANDS

    def __init__(self) -> None:
        super().__init__()
        self.rows = Rows(board.row, key=lambda s: s.campaign.id, lines=3, title="CAMPAIGNS", empty=EMPTY, id="campaign-rows")
        self.detail = Detail(id="campaign-board", wraps=True)
        self.dialling = Dialling(self)
        self._board: Any = None
        self._read: list[Any] = []

    def compose(self) -> ComposeResult:
        """The list with its board, or the dial queue."""
        with ContentSwitcher(initial="campaigns-list"):
            split = Split(Vertical(self.rows, FilterLine(HINT)), self.detail, share=46)
            split.id = "campaigns-list"
            yield split
            yield self.dialling

    # --- what is shown ----------------------------------------------------------------------------------------------
    @property
    def is_dialling(self) -> bool:
        """Whether the dial queue is shown."""
        return self.dialling.campaign is not None

    @property
    def campaign(self) -> Campaign | None:
        """The campaign meant."""
        if self.dialling.campaign is not None:
            return self.dialling.campaign
        row = self.rows.row
        return row.campaign if row is not None else None

    async def load(self) -> None:
        """Every campaign, and the board of the one chosen."""
        from callboard.services import campaigns

        self._read = await self.session.read(campaigns.listing, self.org)
        self.narrow()
        await self.dialling.look()
        await self._read_board()

    def filtered(self) -> Rows:
        """The campaigns."""
        return self.rows

    def narrow(self) -> None:
        """The campaigns that the filter lets through."""
        wanted = filters.parse(self.filter)
        agents = {a.id: a.name for a in self.console.agents}
        wrong = filters.problem(self.filter, lists.FIELDS, self.console.now(), self.console.zone)
        self.rows.empty = wrong or (f"nothing matches / {self.filter}" if self.filter and self._read else EMPTY)
        title = f"CAMPAIGNS  / {self.filter}" if self.filter else "CAMPAIGNS"
        shown = [s for s in self._read if wanted.matches(lists.fields_of(s.campaign, agents))]
        self.rows.show(sorted(shown, key=lists.rank), title=title)

    def state(self) -> dict[str, Any]:
        """The filter, and the campaign the cursor stood on."""
        return {"filter": self.filter, "row": self.rows.place}

    def restore(self, state: dict[str, Any]) -> None:
        """See state."""
        self.filter = str(state.get("filter", ""))
        self.rows.begin_at(state.get("row"))

    async def _read_board(self) -> None:
        from callboard.services import campaign_views

        row = self.rows.row
        self._board = None
        if row is not None:
            self._board = await self.session.read(campaign_views.board, self.org, row.campaign.id, self.console.zone)
        self._draw()

    def _draw(self) -> None:
        app, shown = self.console, self._board
        if self.is_dialling:
            self.dialling.draw()
        elif shown is not None:
            agent = next((a.name for a in app.agents if a.id == shown.standing.campaign.agent_id), "")
            self.detail.show(board.lines(shown, app.zone, app.now(), self.detail.size.width - 2, agent), keep=True)
        else:
            self.detail.show([])
        app.refresh_footer()

    def on_rows_moved(self) -> None:
        """Another campaign."""
        newest(self, "board", self._read_board)

    def on_rows_chosen(self) -> None:
        """Enter begins to dial."""
        self.console.execute(self.COMMANDS[0])

    def on_resize(self) -> None:
        """Bars and scripts fill their width."""
        self.call_after_refresh(self._draw)

    def repaint(self) -> None:
        """Another zone: other hours."""
        super().repaint()
        self.on_rows_moved()

    def tick(self, now: int) -> None:  # noqa: ARG002 - the app's clock is asked while drawing
        """Local times pass."""
        self._draw()

    def footer(self) -> list[tuple[str, str]] | None:
        """While dialling, the outcomes; else what can be done with a campaign."""
        shown = self.console.keymap.shown
        row = self.rows.row
        brief = {
            "leave": "leave",
            "callback": "call back",
            "never": "never again",
            "skip": "give back",
            "new": "new",
            "import": "import",
        }
        if self.is_filtering:
            return super().footer()
        if self.is_dialling:
            ids = [*HELD[:1], "leave", *HELD[1:]] if self.dialling.contact is not None else ["next", "leave"]
        elif row is None:
            brief, ids = {}, ["new", *(["filter"] if self.filter else [])]
        else:
            brief["start"] = "pause" if row.campaign.status == "running" else "start"
            ids = ["start", "new", "edit", "import", "leads", "filter", "finish"]
            ids = [i for i in ids if row.campaign.status != "finished" or i in {"new", "filter"}]
        titles = {c.id.partition(".")[2]: c.title for c in self.COMMANDS}
        found = [(shown(f"campaigns.{i}", first=True), brief.get(i, titles[i])) for i in ids]
        return [("Enter", "dial"), *found] if row is not None and not self.is_dialling and not self.cannot_dial() else found

    # --- why not ----------------------------------------------------------------------------------------------------
    def needs_list(self) -> str:
        """In the dial queue."""
        return "leave the dial queue first" if self.is_dialling else ""

    def needs_campaign(self) -> str:
        """There is none."""
        return self.needs_list() or ("" if self.campaign is not None else "there is no campaign: n makes one")

    def needs_open(self) -> str:
        """None, or a finished one."""
        campaign = self.campaign
        return self.needs_campaign() or ("it is finished" if campaign is not None and campaign.status == "finished" else "")

    def cannot_dial(self) -> str:
        """It is not running."""
        campaign = self.campaign
        if self.needs_campaign() or campaign is None:
            return self.needs_campaign()
        return "" if campaign.status == "running" else f"it is {campaign.status}: s starts it"

    def needs_dialling(self) -> str:
        """Not in the dial queue."""
        return "" if self.is_dialling else "Enter on a running campaign opens its dial queue"

    def cannot_leave(self) -> str:
        """Neither in the dial queue nor in a filtered list."""
        return "" if self.filter else self.needs_dialling()

    def needs_contact(self) -> str:
        """Nobody is in hand."""
        return self.needs_dialling() or ("" if self.dialling.contact is not None else "Space hands you the next contact")

    # --- campaigns --------------------------------------------------------------------------------------------------
    def _form(self, title: str, campaign: Campaign | None) -> Form:
        c = campaign
        agents = [("", "whoever dials"), *((a.id, a.name) for a in self.console.agents if a.active and a.direction == "outbound")]
        country = c.target_country if c else self.console.organization.branding.default_country
        window = c.window if c else DEFAULT_WINDOW
        tries, pace = str(c.max_attempts if c else 3), str(c.pace_per_hour or "") if c else ""
        gap = str(c.spacing_minutes if c else 240)
        fields = [
            Field("name", "name", c.name if c else "", "What it is called."),
            Field("target_country", "country", country, "Numbers of other countries are kept and never called."),
            Field("window", "window", window, "When it is decent to call, in each person's own time: mon-fri 09:00-18:00."),
            Field("agent_id", "agent", (c.agent_id or "") if c else "", "Whose calls they are.", agents),
            Field("max_attempts", "tries", tries, "Without an answer, after so many nobody calls again."),
            Field("spacing_minutes", "minutes between", gap, "Between two tries of one person."),
            Field("pace_per_hour", "calls an hour", pace, "No more than these; empty: no limit."),
            Field("script", "script", c.script if c else "", FILLED, long=True),
        ]
        return Form(title, fields, check=_check)

    async def new(self) -> None:
        """A new campaign."""
        from callboard.services import campaigns

        answers = await self.app.push_screen_wait(self._form("New campaign", None))
        if answers:
            values = _values(answers)
            made = await self.perform(campaigns.add, self.org, values.pop("name"), **values)
            if made is not None:
                self.console.say(f"{made.name}: I imports a list, L adds leads, s starts it")

    async def edit(self) -> None:
        """Change it."""
        from callboard.services import campaigns

        campaign = self.campaign
        if campaign is None:
            return
        answers = await self.app.push_screen_wait(self._form(f"Edit {campaign.name}", campaign))
        if answers:
            changed = {k: v for k, v in _values(answers).items() if getattr(campaign, k) != v}
            if changed:
                await self.perform(campaigns.update, self.org, campaign.id, **changed)

    async def start(self) -> None:
        """Start or pause it."""
        from callboard.services import campaigns

        if self.campaign is not None:
            running = self.campaign.status == "running"
            done = await self.perform(campaigns.pause if running else campaigns.start, self.org, self.campaign.id)
            if done is not None:
                self.console.say(f"{done.name} is {done.status}")

    async def finish(self) -> None:
        """Nobody is called any more."""
        from callboard.console.dialogs.dialog import Confirm
        from callboard.services import campaigns

        campaign = self.campaign
        if campaign is not None and await self.app.push_screen_wait(
            Confirm(f"Finish {campaign.name}?", "Whoever is left is not called; z takes it back.")
        ):
            await self.perform(campaigns.finish, self.org, campaign.id)

    async def bring_in(self) -> None:
        """A spreadsheet."""
        if self.campaign is not None:
            await lists.bring_in(self, self.campaign)

    async def add_leads(self) -> None:
        """Leads."""
        if self.campaign is not None:
            await lists.add_leads(self, self.campaign)

    # --- dialling ---------------------------------------------------------------------------------------------------
    async def open(self) -> None:
        """The dial queue."""
        if self.campaign is not None:
            campaign = self.campaign
            self.query_one(ContentSwitcher).current = "dial"
            await self.dialling.open(campaign)
            self.dialling.who.focus()

    async def leave(self) -> None:
        """Back to the list; in a filtered list, back to every campaign."""
        if not self.is_dialling:
            self.everything()
            return
        await self.dialling.leave()
        self.query_one(ContentSwitcher).current = "campaigns-list"
        self.rows.focus()
        self.reload()

    async def next(self) -> None:
        """The next contact."""
        await self.dialling.next()

    async def call(self) -> None:
        """Dial."""
        await self.dialling.call()

    async def qualified(self) -> None:
        """Book."""
        await self.dialling.qualified()

    async def qualified_only(self) -> None:
        """Qualified, with nothing to book."""
        await self.dialling.outcome("qualified")

    async def not_interested(self) -> None:
        """They said no."""
        await self.dialling.outcome("not_interested")

    async def callback(self) -> None:
        """Later."""
        await self.dialling.later()

    async def no_answer(self) -> None:
        """Nobody there."""
        await self.dialling.outcome("no_answer")

    async def busy(self) -> None:
        """Engaged."""
        await self.dialling.outcome("busy")

    async def wrong_number(self) -> None:
        """Somebody else's."""
        await self.dialling.outcome("wrong_number")

    async def do_not_call(self) -> None:
        """They asked not to be called: no campaign calls them again."""
        await self.dialling.outcome("do_not_call")

    async def skip(self) -> None:
        """Give back."""
        await self.dialling.skip()

    def copy(self) -> None:
        """The number."""
        if self.dialling.contact is not None:
            self.console.copy(self.dialling.contact.phone, "phone number")

    def other_pane(self) -> None:
        """List and board, or script and card."""
        if self.is_dialling:
            self.dialling.other_pane()
            return
        if self.app.screen_stack[0].has_class("small"):
            self.query_one(Split).turn()
        (self.rows if self.detail.has_focus else self.detail).focus()

    def linear(self) -> list[str]:
        """The list, or who is to be called."""
        if self.is_dialling:
            return [*self.dialling.who.text, "", *self.dialling.script.text]
        lines = [f"{s.campaign.name}, {s.campaign.status}, {s.total} contacts" for s in self.rows.items]
        return ["Campaigns", *lines, "", *self.detail.text]

    def linear_here(self) -> int:
        """The line the cursor is on."""
        return 1 if self.is_dialling else 1 + self.rows.cursor


def _values(answers: Answers) -> dict[str, Any]:
    number = {k: int(answers[k]) if answers[k] else None for k in ("max_attempts", "spacing_minutes", "pace_per_hour")}
    texts = {k: answers[k] for k in ("name", "target_country", "window", "script")}
    return {**texts, **number, "agent_id": answers["agent_id"] or None, "target_country": answers["target_country"].upper()}


def _check(answers: Answers) -> tuple[str, str] | None:
    if not answers["name"]:
        return "name", "a campaign needs a name"
    for field in ("max_attempts", "spacing_minutes", "pace_per_hour"):
        if not (answers[field].isdigit() or (field == "pace_per_hour" and not answers[field])):
            return field, "a whole number, please"
    try:
        parse_hours(answers["window"])
    except CallboardError as error:
        return "window", reason(error)
    return None
