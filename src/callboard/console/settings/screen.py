"""The settings screen: rooms left, their lines right. A change is one verb, written at once and taken back by the undo key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from callboard.console.commands import Command
from callboard.console.page import Page
from callboard.console.settings import house, look, outside, staff, texts
from callboard.console.settings.line import Line, draw, is_cut, whole
from callboard.console.widgets.lines import fit
from callboard.console.widgets.rows import Rows
from callboard.console.widgets.split import Detail

Reader = Callable[["Settings"], Awaitable[list[Line]]]
Maker = Callable[["Settings"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Room:
    """One subject. ``new`` makes one more of its lines; ``drop`` says what Delete does there."""

    id: str
    title: str
    what: str
    lines: Reader
    new: Maker | None = None
    drop: str = ""


ROOMS = (
    Room("organization", "Organization", "name and zone", house.organization),
    Room("branding", "Branding", "what customers see", house.branding),
    Room("policy", "Policy", "how booking works", house.policy),
    Room("agents", "Agents", "who takes calls, and when", staff.agents, staff.new, "turn off or on"),
    Room("templates", "Templates", "what customers read", texts.templates, drop="back to the default"),
    Room("api", "API keys", "who may ask and write", outside.api_keys, outside.new_key, "revoke"),
    Room("calendars", "Calendars", "outside busy time, our feed", outside.calendars, outside.new_calendar, "remove"),
    Room("gateways", "Gateways", "texts, telephone, rooms", outside.gateways),
    Room("themes", "Themes", "colours", look.themes),
    Room("keys", "Keys", "every command's keys, to change", look.keys, drop="the shipped key"),
    Room("console", "This console", "zones and files", look.console),
)


WHOLE_LINES = 6


def _room(room: Room, width: int) -> list[list[tuple[str, str] | str]]:
    return [[fit(f" {room.title}", width)], [(fit(f" {room.what}", width), "dim")]]


class Settings(Page):
    """Everything that can be set."""

    ID = "settings"
    NOUNS = frozenset({"organization", "agent", "key", "calendar", "person"})
    COMMANDS: ClassVar[tuple[Command, ...]] = (
        Command("settings.change", "e", "change", "change", why_not="cannot_change", footer=True, help="Enter does the same."),
        Command("settings.new", "n", "new", "new", why_not="cannot_add", footer=True),
        Command("settings.drop", "delete d", "remove, revoke, reset", "drop", why_not="cannot_drop", footer=True),
        Command("settings.copy", "y", "copy the value", "copy", why_not="needs_line", footer=True),
        Command("settings.room", "tab", "rooms or lines", "other_pane", footer=True),
        *(Command(f"settings.at_{r.id}", "", f"settings: {r.title}", f"to.{r.id}", help=r.what) for r in ROOMS),
    )

    SCOPED_CSS = False  # how much room there is stands on the screen, outside
    DEFAULT_CSS = """
    Settings #settings-rooms { width: 34; border-right: solid $border; }
    Settings #settings-right { width: 1fr; }
    Settings #settings-whole { display: none; border-top: solid $border; padding-left: 1; }
    .narrow Settings #settings-rooms { width: 17; }
    .small Settings #settings-rooms { width: 1fr; border-right: none; }
    .small Settings #settings-right, .small Settings.turned #settings-rooms { display: none; }
    .small Settings.turned #settings-right { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.rooms = Rows(_room, lines=2, title="SETTINGS", id="settings-rooms")
        self.lines = Rows(draw, lines=2, title=" ", empty="nothing here yet: n makes the first", id="settings-lines")
        self.whole = Detail(id="settings-whole", focusable=False)
        self._first = ROOMS[0].id
        self.to = SimpleNamespace(**{room.id: partial(self.go_to, room.id) for room in ROOMS})

    def compose(self) -> ComposeResult:
        """Rooms and lines."""
        with Horizontal():
            yield self.rooms
            with Vertical(id="settings-right"):
                yield self.lines
                yield self.whole

    @property
    def room(self) -> Room:
        """The room shown."""
        found: Room = self.rooms.row or ROOMS[0]
        return found

    async def load(self) -> None:
        """The lines of the room."""
        if self.rooms.status == "loading":
            self.rooms.show(ROOMS)
            self.rooms.select(self._first)
        room = self.room
        await self.console.actions.read_organization(self.org)  # the app reads it too, but nobody knows who is first
        lines = await room.lines(self)
        if room is self.room:
            self.lines.show(lines, title=f"{room.title.upper()}  {room.what}")
            self._make_room()
        self.console.refresh_footer()

    def on_resize(self) -> None:
        """Where there is little room, the rooms' names have to do."""
        folded = self.app.screen_stack[0].has_class("narrow") and not self.app.screen_stack[0].has_class("small")
        self.rooms.lines = 1 if folded else 2
        self.rooms.on_resize()
        self.rooms.go_to(self.rooms.cursor)
        self.call_after_refresh(self._make_room)

    def _make_room(self) -> None:
        """Under the lines, when one of them is cut, room for the longest: the same for all, so that nothing jumps."""
        width = self._line_width
        cut = [line for line in self.lines.items if is_cut(line, width)]
        self.whole.styles.height = min(max((len(whole(line, width)) for line in cut), default=0), WHOLE_LINES) + 1
        self.whole.display = bool(cut)
        self._show_whole()

    @property
    def _line_width(self) -> int:
        return self.lines.size.width - self.lines.scrollbar_size_vertical - 1

    def _show_whole(self) -> None:
        """The line under the cursor in full, where the list may have had to cut it."""
        self.whole.show(whole(self.line, self._line_width) if self.line is not None else [])

    def on_rows_moved(self, event: Rows.Moved) -> None:
        """Another room, another set of lines."""
        if event.rows is self.rooms:
            self.lines.items, self.lines.cursor, self.lines.status = [], 0, "loading"
            self.lines.refresh()
            self.whole.show([])
            self.reload()
        else:
            self._show_whole()
        self.console.refresh_footer()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Enter on a room goes in, on a line changes it."""
        if event.rows is self.rooms:
            self.other_pane()
        else:
            self.console.execute(self.COMMANDS[0])

    # --- why not ----------------------------------------------------------------------------------------------------
    @property
    def line(self) -> Line | None:
        """The line under the cursor."""
        found: Line | None = self.lines.row
        return found

    def needs_line(self) -> str:
        """There is no line."""
        return "" if self.line is not None else "there is no line here"

    def cannot_change(self) -> str:
        """Why Enter does nothing."""
        line = self.line
        return self.needs_line() or (
            "" if line is not None and line.change else (line.why if line else "") or "it cannot be changed"
        )

    def cannot_add(self) -> str:
        """Nothing is made in this room."""
        return "" if self.room.new is not None else f"there is nothing to add under {self.room.title}"

    def cannot_drop(self) -> str:
        """Nothing to take away."""
        line = self.line
        if self.needs_line():
            return self.needs_line()
        return "" if line is not None and line.drop else "there is nothing to take away"

    # --- commands ---------------------------------------------------------------------------------------------------
    async def change(self) -> None:
        """Ask for another value."""
        if self.line is not None and self.line.change is not None:
            await self.line.change()

    async def new(self) -> None:
        """One more."""
        if self.room.new is not None:
            await self.room.new(self)

    async def drop(self) -> None:
        """Revoke, remove, reset, turn off."""
        if self.line is not None and self.line.drop is not None:
            await self.line.drop()

    def copy(self) -> None:
        """The value."""
        if self.line is not None:
            self.console.copy(self.line.copied or self.line.value, self.line.label)

    def other_pane(self) -> None:
        """Rooms or lines."""
        to_rooms = self.lines.has_focus
        self.set_class(not to_rooms, "turned")
        (self.rooms if to_rooms else self.lines).focus()

    def footer(self) -> list[tuple[str, str]] | None:
        """Delete by what it does in this room."""
        keymap = self.console.keymap
        line = self.line
        found = [("Enter", "open")]
        if self.lines.has_focus:
            found = [("Enter", line.does)] if line is not None and line.change is not None else []
        if self.room.new is not None:
            found.append((keymap.shown("settings.new", first=True), "new"))
        if line is not None and line.drop is not None:
            found.append((keymap.shown("settings.drop", first=True), line.drops or self.room.drop))
        found.append((keymap.shown("settings.copy", first=True), "copy"))
        return [*found, ("Tab", "rooms" if self.lines.has_focus else "lines"), (keymap.shown("app.undo"), "undo")]

    def go_to(self, room_id: str) -> None:
        """Show a room (another screen sends somebody here)."""
        self._first = room_id
        self.rooms.select(room_id)

    def state(self) -> dict[str, Any]:
        """The room, and the line the cursor stood on."""
        return {"room": self.room.id, "line": self.lines.place}

    def restore(self, state: dict[str, Any]) -> None:
        """See state."""
        self._first = str(state.get("room", self._first))
        self.lines.begin_at(state.get("line"))

    def linear(self) -> list[str]:
        """The room's lines."""
        return [f"Settings, {self.room.title}", *(f"{i.label}: {i.value or 'empty'}. {i.effect}" for i in self.lines.items)]

    def linear_here(self) -> int:
        """The line the cursor is on."""
        return 1 + self.lines.cursor
