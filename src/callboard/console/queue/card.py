"""One call in full: the person, both clocks, the links, what the room allows, what happened. Beside the queue, or as a dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from callboard.console import words as say
from callboard.console.calendar.model import GLYPHS
from callboard.console.calendar.words import times
from callboard.console.dialogs.dialog import Dialog
from callboard.console.widgets.header import zone_label
from callboard.console.widgets.lines import clean, wrap
from callboard.console.widgets.split import Detail, Line
from callboard.domain.bookings import Booking, Status
from callboard.domain.phones import pretty_phone
from callboard.domain.zones import local

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp
    from callboard.services.desk_views import Card

LABEL = 14
MOST_NOTES = 8  # lines
CHOSEN = {"manual": "agent chosen by hand", "self_selected": "agent chosen by the customer"}  # reasons of an audit row, spoken
WAYS = (
    ("webcam_customer", "cam"),
    ("microphone", "mic"),
    ("screen_sharing", "screen"),
    ("chat", "chat"),
    ("call_recording", "rec"),
)


def _row(label: str, *parts: tuple[str, str] | str) -> Line:
    return [(f" {label:<{LABEL - 1}}", "dim"), *parts]


def _text(label: str, text: str, width: int) -> list[Line]:
    """A text of any length under one label."""
    room = max(width - LABEL, 16)
    found = [part for line in text.splitlines() for part in wrap(clean(line), room)]
    if len(found) > MOST_NOTES:
        found = [*found[: MOST_NOTES - 1], "…"]
    return [_row(label if not n else "", line) for n, line in enumerate(found)]


def clock(seconds: int) -> str:
    """``12:04`` or ``1:02:03``."""
    minutes, rest = divmod(max(seconds, 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


def state_words(booking: Booking, now: int) -> str:
    """The state in words, with how long it lasts or is away."""
    if booking.status is Status.IN_PROGRESS and booking.session_started_at is not None:
        return f"in call {clock(now - booking.session_started_at)}"
    if booking.status is Status.ON_HOLD and booking.on_hold_started_at is not None:
        return f"on hold {clock(now - booking.on_hold_started_at)}"
    if booking.status in {Status.SCHEDULED, Status.PENDING}:
        when = away(booking.starts_at - now)
        return when if booking.status is Status.SCHEDULED else f"{when}, unconfirmed"
    return booking.status.replace("_", " ")


def away(seconds: int) -> str:
    """``in 54 min``, ``in 2 h 29 min``, ``in 3 d``, ``6 min late``."""
    late = seconds < 0
    minutes = (-seconds if late else seconds + 59) // 60
    if not late and not minutes:
        return "now"
    days, minutes = divmod(minutes, 1440)
    text = f"{days} d" if days else f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"
    return f"{text} late" if late else f"in {text}"


def card_lines(card: Card, app: CallboardApp, now: int, width: int) -> list[Line]:
    """The card as lines, the most wanted first; long texts folded to ``width`` cells."""
    booking, person = card.booking, card.person
    agent = next((a.name for a in app.agents if a.id == booking.agent_id), "")
    buffers = f"   buffer {booking.buffer_before_minutes}/{booking.buffer_after_minutes} min"
    there = f"{times(booking.starts_at, booking.ends_at, booking.timezone)}  {zone_label(booking.timezone)}"
    lines: list[Line] = [
        *_who(card, now),
        "",
        _row("when", times(booking.starts_at, booking.ends_at, app.zone), (f"  {zone_label(app.zone)}", "dim")),
        _row("there", (there, "dim")),
        _row("agent", agent),
        _row("what", clean(booking.title or booking.kind), (buffers, "dim")),
        _row("agent link", (_short(card.agent_link), "dim"), *_key("Y", "copy"), *_key("o", "open")),
        _row("their link", (_short(card.customer_link), "dim"), *_key("y", "copy")),
        _row("allows", *_features(booking)),
    ]
    for label, text in (
        ("notes", booking.notes),
        ("about them", person.notes if person is not None else None),
        ("cancelled", booking.cancellation_reason),
    ):
        lines += _text(label, text or "", width)
    lines += ["", *_past(card, app), "", *_trail(card, app, width)]
    return lines


def _who(card: Card, now: int) -> list[Line]:
    """Name and state, how to reach them, their clock."""
    booking, person = card.booking, card.person
    glyph, role = GLYPHS[booking.status]
    phone = booking.customer_phone or (person.phone if person is not None else None)
    email = booking.customer_email or (person.email if person is not None else None)
    language = f" · {person.language}" if person is not None and person.language else ""
    name = clean(booking.customer_name or booking.title or booking.kind)
    return [
        [(f" {name}", "text bold"), ("   ", "dim"), (f"{glyph} {state_words(booking, now)}", f"{role} bold")],
        [
            (f" {pretty_phone(phone) if phone else 'no phone'}", "text" if phone else "pending"),
            (f" · {email}" if email else "", "dim"),
        ],
        [(f" {zone_label(booking.timezone)} {local(now, booking.timezone):%a %H:%M}", "text"), (language, "dim")],
    ]


def _key(key: str, title: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (f"   {key}", "accent bold"), (f" {title}", "dim")


def _short(url: str) -> str:
    """A link's recognisable end: the whole of it is for copying."""
    return f"…/join/…{url.split('?', 1)[0][-6:]}"


def _features(booking: Booking) -> list[tuple[str, str]]:
    return [
        (f"{name} {'✓' if getattr(booking.features, field) else '–'} ", "done" if getattr(booking.features, field) else "dim")
        for field, name in WAYS
    ]


def _past(card: Card, app: CallboardApp) -> list[Line]:
    earlier = card.earlier
    if not earlier:
        return [_row("history", ("first call", "dim"))]
    missed = sum(b.status is Status.NO_SHOW for b in earlier)
    last = local(earlier[0].starts_at, app.zone)
    words = f"{len(earlier)} call{'s' * (len(earlier) > 1)} · last {last:%b} {last.day}"
    lines: list[Line] = [_row("history", words, (f" · {missed} no-show{'s' * (missed > 1)}" if missed else "", "clash"))]
    for booking in earlier[:4]:
        glyph, role = GLYPHS[booking.status]
        when = local(booking.starts_at, app.zone)
        lines.append(_row("", (f"{glyph} ", role), (f"{when:%b %d %H:%M}  {clean(booking.title or booking.kind)}", "dim")))
    return lines


def _trail(card: Card, app: CallboardApp, width: int) -> list[Line]:
    """Messages and changes in one stream, newest first."""
    found: list[tuple[int, str, str]] = []
    for message in card.messages:
        status = str(message.status)
        why = f": {clean(message.reason)}" if message.reason else ""
        words = f"{message.kind.replace('_', ' ')} message {status}{why}"
        found.append((message.sent_at or message.due_at or message.created_at, words, "clash" if status == "failed" else "dim"))
    for entry in card.history:
        words = entry.action.split(".", 1)[-1].replace("_", " ") + (f" by {say.who(entry.actor)}" if entry.actor else "")
        reason = CHOSEN.get(entry.reason or "", entry.reason or "")
        found.append((entry.at, words + (f": {clean(reason)}" if reason else ""), "dim"))
    found.sort(key=lambda f: -f[0])
    lines: list[Line] = []
    for at, words, role in found[:12]:
        when = f" {local(at, app.zone):%b %d %H:%M}  "
        folded = wrap(words, max(width - len(when), 16))
        lines += [[(when if not n else " " * len(when), "dim"), (part, role)] for n, part in enumerate(folded)]
    return lines


class CardDialog(Dialog[None]):
    """The card over another screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "leave", show=False),
        Binding("y", "copy('customer')", show=False),
        Binding("Y", "copy('agent')", show=False),
        Binding("o", "open", show=False),
    ]
    HINT = "y copy customer's link   Y agent's   o open   Enter close"
    WIDTH = 90
    SCROLLS = False

    def __init__(self, card: Card) -> None:
        super().__init__("Call")
        self._card = card

    def body(self) -> ComposeResult:
        """The lines, scrolled when there are many."""
        yield Detail()

    def on_mount(self) -> None:
        """Show it."""
        self.query_one(Detail).focus()

    def sized(self, room: int) -> None:
        """As high as it is long, and as there is room."""
        detail = self.query_one(Detail)
        width = min(self.WIDTH, self.app.size.width) - 8  # frame, padding, scrollbar
        lines = card_lines(self._card, self.console, self.console.now(), width)
        detail.styles.height = min(len(lines), room)
        detail.show(lines, keep=True)

    def action_copy(self, role: str) -> None:
        """Copy a link."""
        link = self._card.customer_link if role == "customer" else self._card.agent_link
        self.console.copy(link, f"the {role}'s link")

    def action_open(self) -> None:
        """Open the agent's link."""
        self.console.actions.browse(self._card.agent_link)
