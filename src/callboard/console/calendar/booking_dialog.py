"""The new booking dialog: who (looked up while typing, or free text), when, how long, for whom.

It writes nothing: it answers a draft.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from callboard.console.background import newest
from callboard.console.dates import understand
from callboard.console.dialogs.dialog import Dialog
from callboard.console.widgets.choices import Choice, Choices
from callboard.console.widgets.header import zone_label
from callboard.domain.bookings import MAX_MINUTES, Wish
from callboard.domain.errors import Invalid
from callboard.domain.phones import parse_phone, pretty_phone
from callboard.domain.zones import local

if TYPE_CHECKING:
    from callboard.domain.people import Person

_EMAIL = re.compile(r"\S+@\S+\.\S+")
_PHONE = re.compile(r"\+?\d[\d\s().-]{5,}\d")
NEW = "new"
HALF_HOUR = 1800  # seconds
ANYBODY = "any free agent"
KEYS = "Tab next   Enter book   Esc leave"
HINTS = {  # what the arrows and Enter do in the line that has the focus
    "f-who": "↑ ↓ choose who   Tab or Enter next   Esc leave",
    "f-when": f"↑ ↓ half an hour   {KEYS}",
    "f-agent": f"↑ ↓ choose an agent   {KEYS}",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What the dialog begins with and answers. ``starts_at`` UTC seconds; ``agent_id`` empty lets the engine choose."""

    starts_at: int
    minutes: int = 30
    agent_id: str = ""
    person_id: str = ""
    who: str = ""
    kind: str = "video"
    title: str = ""
    notes: str = ""

    def wish(self, *, outside_hours: bool = False) -> Wish:
        """The wish that books it."""
        name, phone, email = split_who(self.who) if not self.person_id else ("", None, None)
        return Wish(
            starts_at=self.starts_at,
            duration_minutes=self.minutes,
            agent_id=self.agent_id or None,
            kind=self.kind or "video",
            title=self.title,
            notes=self.notes or None,
            person_id=self.person_id or None,
            customer_name=name,
            customer_phone=phone,
            customer_email=email,
            outside_hours=outside_hours,
        )


def split_who(text: str) -> tuple[str, str | None, str | None]:
    """``Ana Ruiz +34 600 123 456 ana@example.com`` → name, phone, e-mail."""
    email = _EMAIL.search(text)
    rest = text.replace(email.group(), " ") if email else text
    phone = _PHONE.search(rest)
    name = rest.replace(phone.group(), " ") if phone else rest
    return " ".join(name.split()).strip(" ,·"), phone.group().strip() if phone else None, email.group() if email else None


class BookingDialog(Dialog[Draft]):
    """Answers a :class:`Draft`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "step(1)", show=False, priority=True),
        Binding("up", "step(-1)", show=False, priority=True),
        Binding("ctrl+s", "accept", show=False, priority=True),
    ]
    HINT = HINTS["f-who"]
    WIDTH = 76

    def __init__(self, draft: Draft, title: str = "New booking") -> None:
        super().__init__(title)
        self._draft = draft
        self._who: dict[str, Person] = {}
        self._asked = self._answered = ""  # the text looked up last, and the one whose people are shown

    @property
    def awaited(self) -> object:
        """The people of what is typed."""
        return self._asked if self._asked != self._answered else None

    def body(self) -> ComposeResult:
        """The fields; the list of people stands under the first."""
        draft, zone = self._draft, self.console.zone
        agents = [a for a in self.console.agents if a.active]
        agent = next((a.name for a in agents if a.id == draft.agent_id), "")
        yield from self._field("who", draft.who, "somebody known, or a new name with phone or e-mail")
        yield Choices([], empty="type a name, a phone number, an e-mail address")
        with Horizontal(classes="fields"):
            with Vertical():
                yield from self._field("when", f"{local(draft.starts_at, zone):%a %d %b %Y %H:%M}", "tue 15:00")
            with Vertical(classes="short"):
                yield from self._field("minutes", str(draft.minutes), "30")
            with Vertical():
                names = SuggestFromList([a.name for a in agents], case_sensitive=False)
                yield from self._field("agent", agent, ANYBODY, names)
        with Horizontal(classes="fields"):
            with Vertical(classes="short"):
                yield from self._field("kind", draft.kind, "video")
            with Vertical():
                yield from self._field("title", draft.title, "survey, inventory …")
        yield from self._field("notes", draft.notes, "what the agent should know")
        yield Static(f"times in {zone_label(zone)}", id="note", markup=False)

    def _field(self, name: str, value: str, placeholder: str, suggester: SuggestFromList | None = None) -> ComposeResult:
        yield Static(name, classes="label", markup=False)
        yield Input(value, placeholder=placeholder, id=f"f-{name}", classes="field", compact=True, suggester=suggester)

    def on_mount(self) -> None:
        """Somebody already chosen stays chosen."""
        self.query_one(Choices).styles.height = 4
        if self._draft.who:
            self._ask(self._draft.who)
        if self._draft.person_id:
            self._next()  # Enter books at once; Shift+Tab goes back to who

    # --- who --------------------------------------------------------------------------------------------------------
    def on_input_changed(self, event: Input.Changed) -> None:
        """Look up while typing; say what a time means."""
        if event.input.id == "f-who":
            self._ask(event.value)
        elif event.input.id == "f-when":
            self._explain(event.value)

    def _explain(self, text: str) -> None:
        zone = self.console.zone
        when = understand(text, self.console.now(), zone)
        try:
            at = when.instant(zone, self._minute()) if when else None
        except Invalid as error:
            self._note(error.reason, problem=True)
            return
        if at is None:
            self._note("not a time: try  tue 15:00,  tomorrow 9,  dec 24 10:00", problem=bool(text.strip()))
        else:
            self._note(f"{local(at, zone):%A, %d %B %Y, %H:%M} in {zone_label(zone)}")

    def _note(self, text: str, *, problem: bool = False) -> None:
        note = self.query_one("#note", Static)
        note.update(text)
        note.set_class(problem, "problem")

    def _ask(self, text: str) -> None:
        self._asked = text.strip()
        newest(self, "people", self._look_up, self._asked)

    async def _look_up(self, text: str) -> None:
        found: list[Person] = []
        try:
            if text:
                from callboard.services import people

                found = await self.console.session.read(people.find, self.console.organization.id, text, 20)
        except Exception as error:  # noqa: BLE001 - told to the person, or written to the crash file
            self.console.trouble(error)
        self._answered = text
        self._show(text, found)

    def _show(self, text: str, found: list[Person]) -> None:
        self._who = {p.id: p for p in found}
        choices = [
            Choice(p.id, p.name, pretty_phone(p.phone) if p.phone else p.email or "", words=p.company or "") for p in found
        ]
        if self._draft.person_id and self._draft.person_id not in self._who and text == self._draft.who:
            choices.insert(0, Choice(self._draft.person_id, text))  # more of that name than are listed
        if text:
            name, phone, email = split_who(text)
            parts = [part for part in (name, phone, email) if part] + ([] if phone or email else ["no phone, no e-mail"])
            choices.append(Choice(NEW, f"new: {' · '.join(parts)}"))
        chosen = next((n for n, c in enumerate(choices) if c.id == self._draft.person_id), 0)
        self.query_one(Choices).show(choices)
        self.query_one(Choices).step(chosen)

    def on_descendant_focus(self) -> None:
        """Say what the keys do in this line."""
        self.show_keys(HINTS.get(self._line(), KEYS))

    def _line(self) -> str:
        return (self.focused.id or "") if self.focused is not None else ""

    def action_step(self, by: int) -> None:
        """Walk what the line chooses from while it keeps the focus: people, half hours, agents; the lines themselves."""
        match self._line():
            case "f-who":
                self.query_one(Choices).step(by)
            case "f-when":
                self._shift(by * HALF_HOUR)
            case "f-agent":
                names = ["", *(a.name for a in self.console.agents if a.active)]
                at = next((n for n, name in enumerate(names) if name.lower() == self._value("agent").lower()), 0)
                self.query_one("#f-agent", Input).value = names[(at + by) % len(names)]
            case _:
                self.focus_next() if by > 0 else self.focus_previous()

    def _shift(self, seconds: int) -> None:
        try:
            at = self._instant() + seconds
        except Invalid:
            return
        self.query_one("#f-when", Input).value = f"{local(at, self.console.zone):%a %d %b %Y %H:%M}"

    def on_choices_chosen(self, _: Choices.Chosen) -> None:
        """A click on somebody."""
        self._next()

    def _next(self) -> None:
        self.set_focus(self.query_one("#f-when", Input))

    # --- accepting --------------------------------------------------------------------------------------------------
    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter on the first line chooses who and goes on; anywhere else it books."""
        if event.input.id == "f-who" and event.value.strip() and self.query_one(Choices).current is not None:
            self._next()
        else:
            self.action_accept()

    def _value(self, name: str) -> str:
        return self.query_one(f"#f-{name}", Input).value.strip()

    def _instant(self) -> int:
        zone = self.console.zone
        if self._value("when") == f"{local(self._draft.starts_at, zone):%a %d %b %Y %H:%M}":
            return self._draft.starts_at  # untouched: of an hour the clock repeats, the pass it was
        when = understand(self._value("when"), self.console.now(), zone)
        if when is None:
            raise Invalid("when", "is not a time: try tue 15:00")
        return when.instant(zone, self._minute())

    def _minute(self) -> int:
        """Minutes after midnight of the draft: a day alone keeps its hour."""
        kept = local(self._draft.starts_at, self.console.zone)
        return kept.hour * 60 + kept.minute

    def _agent(self) -> str:
        text = self._value("agent").lower()
        if not text or text == ANYBODY:
            return ""
        found = [a for a in self.console.agents if a.active and a.name.lower().startswith(text)]
        exact = [a for a in found if a.name.lower() == text]
        if len(exact or found) != 1:
            raise Invalid("agent", "nobody is called that" if not found else "several are called that")
        return (exact or found)[0].id

    def _read(self) -> Draft:
        minutes = self._value("minutes")
        if not minutes.isdigit() or not 1 <= int(minutes) <= MAX_MINUTES:
            raise Invalid("minutes", f"must be 1 to {MAX_MINUTES}")
        current = self.query_one(Choices).current
        chosen = current.id if current is not None and current.id != NEW else ""
        who = self._who[chosen].name if chosen in self._who else self._value("who")
        if not chosen and who:
            phone = split_who(who)[1]
            home = self.console.organization.branding.default_country
            try:
                if phone:
                    parse_phone(phone, home)
            except Invalid as error:
                raise Invalid("who", f"{phone} {error.reason} in {home}; of other countries with + and the code") from error
        return replace(
            self._draft,
            starts_at=self._instant(),
            minutes=int(minutes),
            agent_id=self._agent(),
            person_id=chosen,
            who=who,
            kind=self._value("kind"),
            title=self._value("title"),
            notes=self._value("notes"),
        )

    def action_accept(self) -> None:
        """Answer, unless something is wrong: then say what and go there."""
        try:
            draft = self._read()
        except Invalid as error:
            self._note(str(error), problem=True)
            field = self.query(f"#f-{error.field}")
            if field:
                field.first().focus()
            return
        self.dismiss(draft)
