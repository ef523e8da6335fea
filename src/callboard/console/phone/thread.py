"""A conversation, a call, a voicemail and a contact as lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from callboard.console import glyphs, words
from callboard.console.widgets.lines import Part, clean, fit, wrap
from callboard.console.widgets.split import Line
from callboard.domain.phones import pretty_phone
from callboard.domain.zones import local

if TYPE_CHECKING:
    from callboard.domain.messages import Message
    from callboard.services.calls import ScreenPop
    from callboard.services.messages import Conversation
    from callboard.services.phone_views import CallRow, VoiceRow

NARROWEST = 24


def who(name: str, number: str) -> Line:
    """The name and the number; the number alone where nobody is known by it."""
    shown = pretty_phone(number)
    return [(clean(name), "accent bold"), (f"  {shown}", "text")] if name not in {"", number, shown} else [(shown, "accent bold")]


def conversation(item: Conversation, width: int, zone: str, now: int) -> Sequence[Sequence[Part]]:
    """Who, how many unread, when; under it the last words."""
    glyph, role = glyphs.of("message", item.last.status)
    unread = f" {item.unread} new" if item.unread else ""
    when = f"  {words.short(item.last.created_at, now, zone)}"
    name = fit(clean(item.name), max(width - len(unread) - len(when) - 1, 4))
    first: list[Part] = [(name, "text bold" if item.unread else "text"), (unread, "accent bold"), (when, "dim")]
    return [first, [(f"{glyph} ", role), (fit(clean(item.last.body), max(width - 3, 1)), "dim")]]


def voicemail(row: VoiceRow, width: int, zone: str, now: int) -> Sequence[Sequence[Part]]:
    """Who, how long, when; under it the first words."""
    v = row.voicemail
    name = clean(row.name) or pretty_phone(v.from_number)
    tail = f" {words.talk(v.duration_seconds)}  {words.short(v.created_at, now, zone)}"
    first: list[Part] = [
        ("∞ ", "dim" if v.is_read else "accent"),
        (fit(name, max(width - len(tail) - 3, 4)), "text" if v.is_read else "text bold"),
        (tail, "dim"),
    ]
    return [first, [(fit("  " + clean(v.transcript or "no words yet: t writes them down"), width - 1), "dim")]]


def thread(messages: Sequence[Message], zone: str, width: int) -> list[Line]:
    """What was written, theirs at the left, ours at the right, with how far each of ours got."""
    room = max(width, NARROWEST)
    lines: list[Line] = []
    day = ""
    for m in messages:
        here = f"{local(m.created_at, zone):%A, %b %d}"
        if here != day:
            day = here
            lines += ["", [(here.center(room).rstrip(), "dim")]]
        lines += _bubble(m, zone, room)
    return lines


def _bubble(m: Message, zone: str, room: int) -> Iterator[Line]:
    ours = m.direction == "outbound"
    size = max(int(room * 0.72), NARROWEST - 4)
    body = [part for raw in m.body.splitlines() for part in wrap(clean(raw), size)] or [""]
    pad = " " * max(room - max(cell_len(line) for line in body) - 2, 0) if ours else ""
    for line in body:
        yield [pad, ("▐ " if not ours else "", "accent"), (line, "text" if not ours else "scheduled")]
    glyph, role = glyphs.of("message", m.status)
    state = f"{local(m.created_at, zone):%H:%M}" + (f" {glyph} {m.status}" if ours else "")
    why = f" · {clean(m.reason)}" if ours and m.reason and m.status in {"waiting", "failed", "void"} else ""
    for text in wrap(state + why, room - 2):
        yield [(" " * max(room - cell_len(text) - 2, 0) if ours else "  ", "dim"), (text, role if ours and why else "dim")]


def call(row: CallRow, pop: ScreenPop, zone: str, now: int, width: int) -> list[Line]:
    """One call, and the others with the same person."""
    c = row.call
    glyph, role = glyphs.of("call", c.status)
    way = "called us" if c.direction == "inbound" else "was called"
    lines: list[Line] = [
        who(row.name, c.other),
        [(f"{glyph} {c.status.replace('_', ' ')}", role), (f"  {way} {words.stamp(c.created_at, zone)}", "text")],
    ]
    facts = [f"talked {words.talk(c.duration_seconds)}"] if c.duration_seconds else []
    facts += [f"with {row.agent}"] if row.agent else []
    facts += [f"through {c.gateway}"] if c.gateway else []
    lines.append([(" · ".join(facts), "dim")])
    for label, text in (("outcome", c.outcome), ("why", c.reason), ("notes", c.notes), ("recording", c.recording_url)):
        if text:
            found = wrap(clean(text), max(width - 11, NARROWEST))
            lines += [[(fit(label if n == 0 else "", 11), "dim"), part] for n, part in enumerate(found)]
    if not c.live and not c.outcome:
        lines.append([("o says what came of it", "dim")])
    return [*lines, "", *history(pop, zone, now)]


def history(who: ScreenPop, zone: str, now: int) -> Iterator[Line]:
    """What is next and what was, with one person or number."""
    if who.next_booking is not None:
        b = who.next_booking
        when = f"{local(b.starts_at, zone):%a %b %d %H:%M}"
        yield [
            ("next ", "dim"),
            (f"◆ {when}", "scheduled"),
            f"  {clean(b.title or b.kind)}",
            (f"  {words.ago(b.starts_at, now)}", "dim"),
        ]
        yield ""
    yield [("CALLS", "accent")]
    for c in who.recent_calls:
        glyph, role = glyphs.of("call", c.status)
        way = "in " if c.direction == "inbound" else "out"
        talked = words.talk(c.duration_seconds) if c.duration_seconds else ""
        yield [
            (f" {words.stamp(c.created_at, zone)} ", "dim"),
            (f"{glyph} ", role),
            f"{way} ",
            (f"{talked:>6} {c.outcome or ''}", "dim"),
        ]
    if not who.recent_calls:
        yield [("none yet", "dim")]


def voice(row: VoiceRow, pop: ScreenPop, zone: str, now: int, width: int) -> list[Line]:
    """A voicemail with its words."""
    v = row.voicemail
    when = words.stamp(v.created_at, zone)
    lines: list[Line] = [
        who(row.name, v.from_number),
        [
            (f"∞ {words.talk(v.duration_seconds)}", "on_hold"),
            (f"  left {when}, {words.ago(v.created_at, now)}", "dim"),
        ],
        "",
    ]
    body = v.transcript or ""
    unheard: Line = [("nobody has written down its words yet: t does", "dim")]
    lines += wrap(clean(body), max(width - 2, NARROWEST)) if body else [unheard]
    if v.recording_url or v.path:
        lines += ["", [("p plays it: ", "dim"), clean(v.recording_url or v.path or "")]]
    return [*lines, "", *history(pop, zone, now)]
