"""One person as lines: who, how to reach them, what time it is there, what comes, and everything that was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from callboard.console import glyphs, words
from callboard.console.widgets.header import zone_label
from callboard.console.widgets.lines import clean, wrap
from callboard.console.widgets.split import Line
from callboard.domain.phones import pretty_phone
from callboard.domain.zones import local

if TYPE_CHECKING:
    from callboard.domain.people import Person
    from callboard.services.timeline import Card, Entry

_PATH = re.compile(r"(https?://[^/\s]+)/\S+")  # a link's secret part is long and for its customer alone
SHORTEST = 24
MOST_LINES_A_TEXT = 6
KINDS = ("all", "booking", "call", "message", "upload", "voicemail", "webhook", "change")


def lines(card: Card, now: int, zone: str, width: int, only: str = "all") -> list[Line]:
    """The whole card. ``only`` shows one kind of the stream."""
    room = max(width, SHORTEST)
    return [*_head(card, now, room), *_ahead(card, now, zone), *_stream(card, now, zone, room, only)]


def _head(card: Card, now: int, width: int) -> Iterator[Line]:
    p = card.person
    kinds = " · ".join(k for k, yes in (("lead", p.is_lead), ("contact", p.is_contact)) if yes)
    yield [(clean(p.name), "accent bold"), (f"  {kinds}", "dim")]
    reach = " · ".join(t for t in (pretty_phone(p.phone) if p.phone else "", p.email or "") if t)
    yield reach or [("no phone number and no e-mail address", "pending")]
    place = ", ".join(t for t in (p.company, p.city, p.country) if t)
    there = f"{zone_label(p.timezone)} {local(now, p.timezone):%a %H:%M}" if p.timezone else ""
    facts = " · ".join(t for t in (clean(place), there, p.language or "") if t)
    if facts:
        yield [(facts, "dim")]
    way = " · ".join(t for t in (p.interest, p.source and p.source.replace("_", " "), card.agent or "nobody's yet") if t)
    yield [(clean(way), "dim")]
    for flag, text in ((p.do_not_call, "asked not to be called"), (p.do_not_text, "asked not to be texted (STOP)")):
        if flag:
            yield [(f"✕ {text}", "clash")]
    yield from _wrapped(p.notes or "", width, 12)


def _wrapped(text: str, width: int, most: int = MOST_LINES_A_TEXT) -> list[str]:
    found = [part for line in text.splitlines() for part in wrap(clean(line), width)]
    return found if len(found) <= most else [*found[: most - 1], "…"]


def _ahead(card: Card, now: int, zone: str) -> Iterator[Line]:
    for b in card.ahead[:3]:
        glyph, role = glyphs.of("booking", b.status)
        when = f"{local(b.starts_at, zone):%a %b %d %H:%M}"
        yield [
            ("next ", "dim"),
            (f"{glyph} {when}", role),
            f"  {clean(b.title or b.kind)}",
            (f"  {words.ago(b.starts_at, now)}", "dim"),
        ]


def _stream(card: Card, now: int, zone: str, width: int, only: str) -> Iterator[Line]:
    yield ""
    shown = [e for e in card.entries if only in {"all", e.kind}]
    title = "EVERYTHING" if only == "all" else f"{only.upper()}S"
    yield [(f"{title} ", "accent"), (f"{len(shown)}", "dim")]
    if not shown:
        yield [("nothing yet: b books a call, c calls, M writes", "dim")]
    day = ""
    for entry in shown:
        here = f"{local(entry.at, zone):%a %b %d %Y}"
        if here != day:
            day = here
            yield [(here.removesuffix(f" {local(now, zone):%Y}"), "dim bold")]
        yield from _entry(entry, zone, width)


def _entry(entry: Entry, zone: str, width: int) -> Iterator[Line]:
    glyph, role = glyphs.of(entry.kind, entry.state)
    quiet = entry.kind in {"change", "webhook"}
    first = [(f" {local(entry.at, zone):%H:%M} ", "dim"), (f"{glyph} ", role)]
    for n, title in enumerate(_wrapped(entry.title, width - 9, 2)):
        yield [*(first if not n else [("         ", "dim")]), (title, "dim" if quiet else "text")]
    for line in _wrapped(_PATH.sub(r"\1/…", entry.detail), width - 9, 3 if quiet else MOST_LINES_A_TEXT):
        yield [("         ", "dim"), (line, "dim")]


def one_line(person: Person) -> str:
    """A person where there is one line."""
    return " · ".join(t for t in (person.name, pretty_phone(person.phone) if person.phone else "", person.email or "") if t)
