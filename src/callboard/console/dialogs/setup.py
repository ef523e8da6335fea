"""The set-up of a first run: an organization, its zone, its first agent. Three lines, then the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from callboard.console.dialogs.dialog import Dialog
from callboard.domain.errors import CallboardError
from callboard.domain.zones import zone, zone_names

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp
    from callboard.domain.organizations import Organization

Answers = tuple[str, str, str]


def local_zone() -> str:
    """The computer's own zone, as far as it can be told without asking the network."""
    import os
    from pathlib import Path

    named = os.environ.get("TZ", "").removeprefix(":")
    try:
        linked = str(Path("/etc/localtime").resolve())
        name = zone(named or linked.split("zoneinfo/", 1)[1]).key
    except (CallboardError, IndexError, OSError):
        return "UTC"
    return "UTC" if name.startswith("Etc/") else name


class SetUp(Dialog[Answers]):
    """Asks the three things; nothing is written before the last Enter."""

    HINT = "Tab next   Enter accept   Esc leave without setting up"
    DEFAULT_CSS = "SetUp .intro { margin-bottom: 1; } SetUp.tight .intro { margin-bottom: 0; }"

    def __init__(self, problem: str = "", answers: Answers | None = None) -> None:
        super().__init__("Welcome to callboard")
        self._problem = problem
        self._answers = answers or ("", local_zone(), "")

    def body(self) -> ComposeResult:
        """Name, zone, agent."""
        name, timezone, agent = self._answers
        yield Static("Three lines to begin with; all can be changed later.", classes="label intro", markup=False)
        yield Static("organization", classes="label")
        yield Input(name, placeholder="Acme Moving", id="name", classes="dialog-input", compact=True)
        yield Static("time zone", classes="label")
        names = SuggestFromList(zone_names(), case_sensitive=False)
        yield Input(timezone, placeholder="America/New_York", id="zone", classes="dialog-input", compact=True, suggester=names)
        yield Static("first agent", classes="label")
        yield Input(agent, placeholder="Dana Reyes", id="agent", classes="dialog-input", compact=True)
        yield Static(self._problem, id="note", classes="problem", markup=False)

    def on_input_submitted(self, _: Input.Submitted) -> None:
        """Enter goes to the next empty line, then accepts."""
        fields = list(self.query(Input))
        empty = next((f for f in fields if not f.value.strip()), None)
        note = self.query_one("#note", Static)
        if empty is not None:
            if empty is self.focused:
                note.update("a name is needed here" if empty.id != "zone" else "a time zone is needed here")
            empty.focus()
            return
        try:
            zone(fields[1].value.strip())
        except CallboardError as error:
            note.update(str(error))
            fields[1].focus()
            return
        self.dismiss((fields[0].value.strip(), fields[1].value.strip(), fields[2].value.strip()))


async def set_up(app: CallboardApp) -> Organization | None:
    """Ask until it can be written; None when the person leaves."""
    from callboard.services import agents, organizations

    def make(work: Any, name: str, timezone: str, agent: str) -> Organization:
        made = organizations.add(work, name, timezone)
        agents.add(work, made.id, agent)
        return made

    problem = ""
    given: Answers | None = None
    while True:
        answers: Answers | None = await app.push_screen_wait(SetUp(problem, given))
        if answers is None:
            return None
        given = answers
        try:
            made = await app.session.run(make, *answers)
        except CallboardError as error:
            problem = str(error)
        else:
            new = app.keymap.shown("calendar.new", first=True)
            where = app.keymap.shown("app.settings", first=True)
            app.say(f"{made.name} is set up: {new} books a call; {where} has hours, more agents, what customers read")
            return made
