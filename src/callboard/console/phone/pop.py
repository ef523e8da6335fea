"""The strip that rises over any screen while a call rings or runs: who it is, the last three calls, what is booked next.

It lives in the frame's ``#pop`` and is imported with the first call, so that it costs the console's start nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.style import Style
from textual.containers import Vertical
from textual.events import Click
from textual.strip import Strip
from textual.widget import Widget

from callboard.console import glyphs, words
from callboard.console.widgets.header import zone_label
from callboard.console.widgets.lines import clean, fit, strip
from callboard.domain.phones import pretty_phone
from callboard.domain.zones import local

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp
    from callboard.domain.calls import Call
    from callboard.services.phone_views import Ring

MOST = 2
LINES = 2
SHOWN_CALLS = 3
LEAST_NAME = 8  # cells
Part = tuple[str, str]  # (text, role)


class Pop(Widget):
    """One block of two lines a call."""

    DEFAULT_CSS = "Pop { height: auto; }"

    def __init__(self) -> None:
        super().__init__()
        self.rings: list[Ring] = []
        self._heard: set[str] = set()

    @property
    def console(self) -> CallboardApp:
        """The app."""
        return cast("CallboardApp", self.app)

    def show(self, rings: list[Ring]) -> None:
        """Other calls; one that rings for the first time is heard."""
        self.rings = rings[:MOST]
        new = [r for r in rings if r.call.direction == "inbound" and r.call.answered_at is None and r.call.id not in self._heard]
        for ring in new:
            self._heard.add(ring.call.id)
            person = ring.who.person
            number = pretty_phone(ring.who.phone)
            self.console.actions.alert(f"{clean(person.name) if person else number} is calling", number if person else "")
        self.styles.height = LINES * len(self.rings)
        if self.parent is not None:
            cast("Vertical", self.parent).set_class(bool(self.rings), "open")
        self.refresh(layout=True)

    def render_line(self, y: int) -> Strip:
        """Who, and under it what was; a fact that finds no room beside the name begins the line under it, whole."""
        ink, width = self.console.inks, self.size.width
        at, line = divmod(y, LINES)
        if at >= len(self.rings):
            return Strip.blank(width, ink("text", "surface"))
        ring = self.rings[at]
        keys = f"  {self._keys(ring.call)} " if at == 0 else ""
        parts, more = self._who(ring, width - len(keys))
        if line:
            parts, keys = [("   ", "dim"), *more, *self._history(ring)], ""
        drawn: list[tuple[str, Style]] = [(t, ink(r.partition(" ")[0], "surface", bold=r.endswith(" bold"))) for t, r in parts]
        left = strip(drawn, max(width - len(keys), 0), ink("text", "surface"))
        return Strip.join([left, strip([(keys, ink("accent", "surface", bold=True))], len(keys), ink("text", "surface"))])

    def _who(self, ring: Ring, room: int) -> tuple[list[Part], list[Part]]:
        """The first line, and the facts it has no room for."""
        app, call, person = self.console, ring.call, ring.who.person
        glyph, role = glyphs.of("call", call.status)
        inbound = call.direction == "inbound"
        known = person is not None and person.name != ring.who.phone
        name = clean(person.name) if known and person is not None else "unknown caller" if inbound else "unknown number"
        since = words.talk(app.now() - (call.answered_at or call.created_at))
        verb = f"in call {since}" if call.answered_at else "is calling" if inbound else clean(call.reason or "calling")
        number = f"  {pretty_phone(ring.who.phone)}  "
        least = room - 3 - cell_len(number) - cell_len(verb)
        parts: list[Part] = [
            (f" {glyph} ", f"{role} bold"),
            (fit(name, max(min(cell_len(name), least), LEAST_NAME)), "text bold"),
            (number, "text"),
            (verb, role),
        ]
        used = sum(cell_len(t) for t, _ in parts)
        more: list[Part] = []
        for text, ink in self._facts(ring):
            used += cell_len(text) + 2
            if used <= room and not more:
                parts.append((f"  {text}", ink))
            else:
                more.append((f"{text}   ", ink))
        return parts, more

    def _facts(self, ring: Ring) -> list[Part]:
        app, person, booked = self.console, ring.who.person, ring.who.next_booking
        found: list[Part] = []
        if person is not None and person.timezone:
            found.append((f"{zone_label(person.timezone)} {local(app.now(), person.timezone):%H:%M}", "dim"))
        if booked is not None:
            when = words.short(booked.starts_at, app.now(), app.zone)
            found.append((f"◆ {when} {clean(booked.title or booked.kind)}", "scheduled"))
        return found

    def _history(self, ring: Ring) -> list[Part]:
        app = self.console
        shown = ring.who.recent_calls[:SHOWN_CALLS]
        if not shown:
            return [("first call", "dim")]
        parts: list[Part] = []
        for call in shown:
            glyph, role = glyphs.of("call", call.status)
            talked = f" {words.talk(call.duration_seconds)}" if call.duration_seconds else ""
            outcome = f" {clean(call.outcome)}" if call.outcome else ""
            when = words.short(call.created_at, app.now(), app.zone)
            parts += [(f"{glyph} ", role), (f"{when} {call.status.replace('_', ' ')}{talked}{outcome}   ", "dim")]
        return parts

    def _keys(self, call: Call) -> str:
        shown = self.console.keymap.shown
        first = "hang up" if call.answered_at else "answer" if call.direction == "inbound" else "answered"
        nobody = "missed" if call.direction == "inbound" else "no answer"
        missed = "" if call.answered_at else f"  {shown('app.call_missed')} {nobody}"
        return f"{shown('app.call_take')} {first}{missed}  {shown('app.call_open')} open"

    def on_click(self, event: Click) -> None:
        """A click opens who it is."""
        event.stop()
        self.console.run_command("app.call_open")


def _pop(app: CallboardApp) -> Pop | None:
    found = app.screen_stack[0].query(Pop)
    return found.first() if found else None


async def look(app: CallboardApp) -> None:
    """Ask what rings and show it; the strip is made with the first call."""
    from callboard.services import phone_views

    rings = await app.session.read(phone_views.ringing, app.organization.id)
    strip_ = _pop(app)
    if strip_ is None:
        if not rings:
            return
        strip_ = Pop()
        await app.screen_stack[0].query_one("#pop", Vertical).mount(strip_)
        app.set_interval(1.0, lambda: strip_.refresh() if strip_.rings else None)
    strip_.show(rings)
    app.refresh_footer()


def current(app: CallboardApp) -> Call | None:
    """The call the keys are about: the first of the strip."""
    strip_ = _pop(app)
    return strip_.rings[0].call if strip_ is not None and strip_.rings else None


async def take(app: CallboardApp) -> None:
    """Answered, or over; when it is over, what came of it is asked."""
    from callboard.console.dialogs.dialog import Ask
    from callboard.services import calls

    call = current(app)
    if call is None:
        return
    if call.answered_at is None:
        await app.session.run(calls.answered, app.organization.id, call.id)
        if call.direction == "inbound":
            await open_person(app)
        return
    ended = await app.session.run(calls.ended, app.organization.id, call.id)
    note = f"{words.talk(ended.duration_seconds)} with {pretty_phone(ended.other)}; Esc leaves it empty"
    outcome = await app.push_screen_wait(Ask("What came of it?", placeholder="booked, call back, …", note=note))
    if outcome and outcome.strip():
        await app.session.run(calls.set_outcome, app.organization.id, call.id, outcome=outcome)


async def missed(app: CallboardApp) -> None:
    """Nobody picked up."""
    from callboard.services import calls

    call = current(app)
    if call is not None and call.answered_at is None:
        await app.session.run(calls.missed, app.organization.id, call.id)


async def open_person(app: CallboardApp) -> None:
    """Everything about who it is, on the leads screen; a number nobody has becomes a new lead there."""
    from callboard.services import people

    strip_ = _pop(app)
    if strip_ is None or not strip_.rings:
        return
    who = strip_.rings[0].who
    person = who.person
    if person is None:
        person = await app.session.run(people.find_or_create, app.organization.id, phone=who.phone, is_lead=True)
    leads = app.go("leads")
    if leads is not None:
        leads.select(person.id)  # type: ignore[attr-defined]
