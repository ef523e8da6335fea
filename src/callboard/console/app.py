"""The frame, and nothing of what stands in it: which screen is shown, which key means what, what everyone may ask of the app.

The first frame is painted before the database, the services or a date library are imported: those come in a thread
afterwards (:class:`callboard.console.live.Live`). Keys go through one registry instead of Textual's bindings, because only
so can a key be remapped, be a sequence, be another layout's, and be greyed with a reason, all at once.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.css.query import NoMatches
from textual.widgets import ContentSwitcher, Static

from callboard.console import clipboard, crash, state, themes
from callboard.console.actions import Actions
from callboard.console.app_commands import app_commands
from callboard.console.background import told
from callboard.console.canvas import Canvas
from callboard.console.commands import Command, Keymap
from callboard.console.dispatch import Dispatch
from callboard.console.inks import Inks
from callboard.console.live import Announced, DeskFailed, DeskOpened, Live
from callboard.console.page import SMALL_COLUMNS, SMALL_LINES, WIDE, Page, too_small
from callboard.console.screens import entries, entry
from callboard.console.typed_ahead import KeysInTurn
from callboard.console.widgets.footer import FooterBar
from callboard.console.widgets.header import HeaderBar
from callboard.domain.errors import CallboardError
from callboard.domain.events import Actor
from callboard.domain.organizations import Organization
from callboard.settings import Settings

if TYPE_CHECKING:
    from callboard.domain.agents import Agent
    from callboard.services.service import Desk, Session

Severity = Literal["information", "warning", "error"]
NEAR = 60  # seconds before a call at which the clock shows seconds


class CallboardApp(KeysInTurn, inherit_bindings=False):
    """The console. Screens find here: session, organization, agents, zone, now(), say(), copy(), inks."""

    CSS_PATH = "console.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "callboard"
    NOTIFICATION_TIMEOUT: ClassVar[float] = 6

    def __init__(
        self,
        settings: Settings,
        open_desk: Callable[[], Desk],
        *,
        serving: str = "",
        operator: str = "",
        organization: str = "",
        companions: Sequence[Callable[[Desk], Coroutine[Any, Any, None]]] = (),
    ) -> None:
        self.settings = settings
        self.state = state.load(settings.data_dir / "console.json")
        file, self._theme_problem = themes.read_named(self.state.theme or settings.theme)
        super().__init__()
        if self.no_color:
            from callboard.console.nocolour import NoColour

            self._filters = [NoColour()]  # Textual's own would leave greys
        self.inks = Inks(file, no_color=self.no_color)
        self.register_theme(themes.to_textual(file))
        self.theme = file.name
        self.serving, self.operator = serving, operator
        self.live = Live(self, open_desk)
        self.keymap = Keymap(settings.keys)
        self.keymap.add(app_commands())
        self.dispatch = Dispatch(self, self.keymap)
        self.sequencer = self.dispatch.sequencer
        self.actions = Actions(self)
        self.badges: dict[str, int] = {}
        self.page_id = ""
        self.seconds = False
        self.organization = Organization(id="", name="", timezone=self.state.zone or "UTC")
        self.agents: tuple[Agent, ...] = ()
        self.zone = self.state.zone or "UTC"
        self.second_zone = self.state.second_zone
        self.crash_file: Path | None = None
        self.last_said, self._minute = "", 0
        self._footer_due = False
        self._wanted_organization, self._companions = organization, companions
        self._back: list[str] = []
        self._pages: dict[str, Page] = {}

    # --- building ---------------------------------------------------------------------------------------------------
    def compose(self) -> ComposeResult:
        """Header, a place for what pops up, the screens, footer; and the line that stands alone when all is too small."""
        first = self.state.screen if entry(self.state.screen) else (entries()[0].id if entries() else "")
        yield HeaderBar()
        yield Vertical(id="pop")
        with ContentSwitcher(id="pages", initial=first or None):
            if first:
                yield self._build(first)
        if self.settings.plain:
            from callboard.console.plain import PlainView

            yield PlainView()
        yield FooterBar()
        yield Static("", id="too-small", markup=False)
        self.page_id = first

    def get_default_screen(self) -> Canvas:
        """The base screen."""
        return Canvas()

    def _build(self, screen_id: str) -> Page:
        found = entry(screen_id)
        if found is None:
            raise KeyError(screen_id)
        page = found.load()()
        self.keymap.add(page.COMMANDS)
        page.restore(self.state.screens.get(screen_id, {}))
        self._pages[screen_id] = page
        return page

    def on_mount(self) -> None:
        """Paint first; open the desk after that."""
        self.screen.set_class(self.no_color, "no-colour")
        self.screen.set_class(self.settings.plain, "plain")
        self.call_after_refresh(self._start)
        self.set_interval(1.0, self._tick)

    def _start(self) -> None:
        self.run_worker(self.live.open, thread=True, group="desk", exit_on_error=False)
        if self._theme_problem:
            self.say(self._theme_problem, "warning")

    # --- the desk ---------------------------------------------------------------------------------------------------
    @property
    def is_open(self) -> bool:
        """Whether services may be asked and an organization is chosen."""
        return self.live.desk is not None and self.has_organization

    @property
    def has_organization(self) -> bool:
        """Whether there is an organization to show."""
        return bool(self.organization.id)

    @property
    def session(self) -> Session:
        """The desk as this operator uses it."""
        if self.live.desk is None:
            raise RuntimeError("the database is not open yet")
        return self.live.desk.acting(Actor(kind="console", name=self.operator, organization_id=self.organization.id or None))

    def now(self) -> int:
        """UTC seconds by the desk's clock."""
        return self.live.desk.clock() if self.live.desk is not None else int(time.time())

    async def on_desk_opened(self, _: DeskOpened) -> None:
        """Choose the organization, or ask for the first one; then let the screen load."""
        self.refresh_header()
        told(self, "opened", self.actions.opened, self._wanted_organization)
        for companion in self._companions:
            if self.live.desk is not None:
                told(self, "companion", companion, self.live.desk)
        self.run_worker(self.actions.prepare, thread=True, group="prepare", exit_on_error=False)

    def on_desk_failed(self, message: DeskFailed) -> None:
        """The frame stays up and says why there is nothing in it."""
        self.refresh_header()
        if self.page is not None and self.page.is_mounted:
            self.page.repaint()  # what it waits for does not come
        self.actions.troubles.database(message.error)

    def on_announced(self, _: Announced) -> None:
        """Whoever shows what changed asks again: the visible screen now, the others when they are shown."""
        nouns = self.live.take(self.organization.id)
        if not nouns or not self.has_organization:
            return
        if nouns & {"organization", "agent"}:
            told(self, "organization", self.actions.read_organization, self.organization.id)
        for screen_id, page in self._pages.items():
            if nouns & page.NOUNS or "storage" in nouns:
                page.stale = True
                if screen_id == self.page_id:
                    page.reload()
        told(self, "badges", self.actions.count_badges)
        if nouns & {"call", "storage"}:
            told(self, "calls", self.actions.calls, exclusive=True)

    # --- screens ----------------------------------------------------------------------------------------------------
    @property
    def page(self) -> Page | None:
        """The screen shown."""
        return self._pages.get(self.page_id)

    def built(self, screen_id: str) -> Page | None:
        """A screen if it was built already."""
        return self._pages.get(screen_id)

    def page_of(self, screen_id: str) -> Page:
        """A screen by id, built if it never was (so that one screen may hand something to another)."""
        if screen_id not in self._pages:
            page = self._build(screen_id)
            self.query_one("#pages", ContentSwitcher).add_content(page, id=screen_id)
        return self._pages[screen_id]

    def go(self, screen_id: str, *, back: bool = False) -> Page | None:
        """Show a screen; the one left is where ``-`` leads back to."""
        if entry(screen_id) is None:
            return None
        page = self.page_of(screen_id)
        if screen_id != self.page_id:
            if not back and self.page_id:
                self._back = [*self._back[-19:], self.page_id]
            self.page_id = self.state.screen = screen_id
            self.call_later(self.remember)
        self.sequencer.reset()
        if page.is_mounted:
            self.shown(page)
        self.refresh_header()
        self.refresh_footer()
        return page

    def shown(self, page: Page, *, new: bool = False) -> None:
        """Put a mounted screen on the terminal: it takes the focus and what changed while it was away.

        ``new``: it was just built; Textual may have given the focus to whichever of its parts stood first.
        """
        self.screen_stack[0].query_one("#pages", ContentSwitcher).current = page.ID
        first = next((w for w in page.query("*") if w.focusable), None)
        if first is not None and (new or self.focused is None or page not in self.focused.ancestors):
            first.focus()
        if page.stale:
            page.reload()
        self.dispatch.go_on()
        self.refresh_footer()

    def back(self) -> bool:
        """The screen before; False when there is none."""
        if not self._back:
            return False
        self.go(self._back.pop(), back=True)
        return True

    # --- commands ---------------------------------------------------------------------------------------------------
    def run_command(self, command_id: str) -> None:
        """Do a command by id; its screen is shown first."""
        self.dispatch.run(command_id)

    def execute(self, command: Command) -> None:
        """Do a command of the screen shown."""
        self.dispatch.execute(command)

    async def hand_on(self, event: events.Event) -> None:
        """A key for a list or a grid is a command: it need not climb from there through every widget back up to here."""
        if isinstance(event, events.Key) and not event.is_forwarded and self.dispatch.direct():
            self.app_focus = True
            self.dispatch.key(event)
            if not event._stop_propagation:  # noqa: SLF001 - Textual offers no question
                await self._check_bindings(event.key)
            elif isinstance(self.screen, Canvas) and self.focused is not None:
                self.screen.paint_now(self.focused)
            return
        await super().hand_on(event)

    def on_key(self, event: events.Key) -> None:
        """Keys nobody below wanted."""
        self.dispatch.key(event)

    def footer_items(self) -> list[tuple[str, str, str, str]]:
        """(keys, title, command id, reason why not) for the bottom line."""
        page = self.page
        if page is None or not page.is_mounted:
            return []
        own = page.footer()
        if own is not None:
            return [(keys, title, "", "") for keys, title in own]
        return [(self.keymap.shown(c.id, first=True), c.title, c.id, self.dispatch.why_not(c)) for c in page.bottom()]

    # --- telling ----------------------------------------------------------------------------------------------------
    def say(self, text: str, severity: Severity = "information") -> None:
        """A toast."""
        self.last_said = text
        if self.settings.plain:
            self.refresh_footer()
            getattr(self.screen, "tell", str)(text)  # a dialog has a line for it
        self.notify(text, severity=severity, markup=False, timeout=self.NOTIFICATION_TIMEOUT)

    def trouble(self, error: BaseException) -> None:
        """Say what went wrong: a refusal in its own words, anything unforeseen with where its report stands."""
        if isinstance(error, CallboardError):
            self.say(str(error), "warning")
            return
        self.say(self.actions.troubles.note(error), "error")

    def copy(self, text: str, what: str) -> None:
        """Copy through the terminal and say honestly what was done."""
        write = self._driver.write if self._driver is not None else (lambda _: None)
        self.say(clipboard.copy(text, what, write, self.settings.data_dir))

    def refresh_header(self) -> None:
        """Something the top line shows changed."""
        self._part(HeaderBar, HeaderBar.redraw)

    def refresh_footer(self) -> None:
        """Something the bottom line (or in plain mode the text) shows may have changed: looked at once, after the paint."""
        if self.settings.plain:
            self._redraw_footer()
        elif not self._footer_due:
            self._footer_due = True
            self.call_after_refresh(self._redraw_footer)

    def _redraw_footer(self) -> None:
        self._footer_due = False
        self._part(FooterBar, FooterBar.redraw)
        if self.settings.plain:
            from callboard.console.plain import PlainView

            self._part(PlainView, lambda view: view.tell(self))

    def _part(self, kind: type[Any], what: Callable[[Any], object]) -> None:
        try:
            what(self.screen_stack[0].query_one(kind))
        except (NoMatches, IndexError):
            return

    # --- time and size ----------------------------------------------------------------------------------------------
    def _tick(self) -> None:
        self._part(HeaderBar, HeaderBar.tick)
        now = self.now()
        page = self.page
        minute = now // 60
        if page is not None and page.is_mounted and self.is_open and (page.EVERY_SECOND or minute != self._minute):
            with contextlib.suppress(NoMatches):  # its parts are not there yet, or no more: the program is closing
                page.tick(now)
        self._minute = minute

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout: wide, folded under 100 columns, one pane at a time under 80×24, one line under 40×12."""
        width, height = event.size
        needs = too_small(width, height)
        base = self.screen_stack[0]
        base.set_class(bool(needs), "tiny")
        base.set_class(width < WIDE, "narrow")
        base.set_class(width < SMALL_COLUMNS or height < SMALL_LINES, "small")
        base.query_one("#too-small", Static).update(needs)

    # --- look -------------------------------------------------------------------------------------------------------
    def use_theme(self, file: themes.ThemeFile, *, remember: bool = True) -> None:
        """Draw everything in another theme."""
        self.inks = Inks(file, no_color=self.no_color)
        name = f"{file.name}~{self.inks.stamp}"  # Textual repaints for a new name only; a file edited in place keeps its own
        self.register_theme(replace(themes.to_textual(file), name=name))
        self.theme = name
        if remember:
            self.state.theme = file.name
        self.repaint()

    def repaint(self) -> None:
        """Theme or zone changed."""
        self.refresh_header()
        self.refresh_footer()
        for page in self._pages.values():
            page.repaint()

    # --- the end ----------------------------------------------------------------------------------------------------
    def on_unmount(self) -> None:
        """Remember, then close."""
        self.remember()
        self.live.close()

    def remember(self) -> None:
        """Write down what the next session begins with."""
        self.state.zone, self.state.second_zone = self.zone, self.second_zone
        self.state.organization_id = self.organization.id or self.state.organization_id
        for screen_id, page in self._pages.items():
            with contextlib.suppress(Exception):  # a screen half built has nothing to remember
                self.state.screens[screen_id] = page.state()
        state.save(self.settings.data_dir / "console.json", self.state)

    def _fatal_error(self) -> None:
        """Textual would print every local variable; a report with secrets masked is written instead."""
        from rich.text import Text

        error = self._exception or RuntimeError("unknown")
        self.crash_file = crash.write(error, self.settings.log_dir)
        where = f"the report is in {self.crash_file}" if self.crash_file else "no report could be written"
        self.panic(Text(f"callboard stopped: {type(error).__name__}; {where}"))
