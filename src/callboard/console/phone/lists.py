"""The long lists of the phone screen: where their pages come from, and their columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from callboard.console import glyphs, words
from callboard.console.widgets.table import Ask, Column, PagedTable
from callboard.domain.phones import pretty_phone

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp
    from callboard.console.phone.screen import Phone

App = Callable[[], "CallboardApp"]


class CallLog:
    """Pages of calls."""

    def __init__(self, page: Phone) -> None:
        self._page = page

    async def count(self) -> int:
        """How many."""
        from callboard.services import phone_views

        p = self._page
        return await p.session.read(phone_views.call_count, p.org, p.filter, p.console.zone)

    async def page(self, ask: Ask) -> Sequence[Any]:
        """Newest first; calls arrive at the top, so a page is asked for by number."""
        from callboard.services import phone_views

        p = self._page
        offset = ask.offset
        if ask.after is not None:
            offset = p.calls.index_after(ask.after)
        return await p.session.read(phone_views.call_page, p.org, p.filter, p.console.zone, offset=offset, limit=ask.limit)


class Contacts:
    """Everyone with a number."""

    def __init__(self, page: Phone) -> None:
        self._page = page

    @property
    def _text(self) -> str:
        return f"has:phone {self._page.filter}"

    async def count(self) -> int:
        """How many."""
        from callboard.services import lead_views

        return await self._page.session.read(lead_views.count, self._page.org, self._text, self._page.console.zone)

    async def page(self, ask: Ask) -> Sequence[Any]:
        """By name."""
        from callboard.services import lead_views

        p = self._page
        return await p.session.read(
            lead_views.page,
            p.org,
            self._text,
            p.console.zone,
            sort="full_name",
            descending=False,
            after=ask.after,
            limit=ask.limit,
            offset=ask.offset,
        )


class CallTable(PagedTable):
    """The call log; knows which number a row has, because calls have no order but time."""

    def index_after(self, row: Any) -> int:
        """The number of the row after this one."""
        found = (n for n in range(self.total) if (r := self.row_at(n)) is not None and r.id == row.id)
        return next(found, -1) + 1


def call_columns(app: App) -> tuple[Column, ...]:
    """When, which way, who, how long, what came of it."""

    def state(r: Any) -> tuple[str, str]:
        glyph, role = glyphs.of("call", r.call.status)
        return f"{glyph} {'in' if r.call.direction == 'inbound' else 'out'}", role

    def when(r: Any) -> tuple[str, str]:
        return words.short(r.call.created_at, app().now(), app().zone), "dim"

    def talk(r: Any) -> str:
        return words.talk(r.call.duration_seconds) if r.call.duration_seconds else ""

    return (
        Column("at", "when", 10, when, sort=False),
        Column("state", "", 6, state, sort=False),
        Column("who", "who", 0, lambda r: r.name or pretty_phone(r.call.other), sort=False),
        Column("talk", "talk", 6, talk, right=True, sort=False),
        Column("outcome", "outcome", 14, lambda r: (r.call.outcome or "", "dim"), sort=False, rank=2),
    )


def contact_columns() -> tuple[Column, ...]:
    """Name, number, city."""
    return (
        Column("full_name", "name", 0, lambda r: r.person.name, sort=False),
        Column("phone", "phone", 18, lambda r: pretty_phone(r.person.phone or ""), sort=False),
        Column("city", "city", 12, lambda r: (r.person.city or "", "dim"), sort=False, rank=2),
    )


MODES = ("messages", "calls", "voicemails", "contacts")
BEFORE, AFTER = 5, 20
NO_CALLS, NOBODY = "no calls yet: d dials a number", "nobody with a number: Leads adds people"
TURN = {"filter": "", "next": "next list"}


def bottom(page: Phone) -> dict[str, str]:
    """The commands of the bottom line, by the list shown and what is under the cursor."""
    row = page.shown.row
    if row is None:
        return {
            "new": "write to a number",
            "dial": "dial a number",
            "rings": "",
            "next": "next list",
            **({"filter": ""} if page.filter else {}),
        }
    if page.mode == "messages":
        ours = {"sent": "sent by hand", "retry": "send again"} if page.waiting is not None else {}
        read = {"read": "read" if row.unread else "unread"} if not page.needs_theirs() else {}
        return {"write": "", "call": "", **ours, **read, **TURN, "new": "write to a number", "copy": "copy", "person": "person"}
    if page.mode == "calls":
        play = {"play": "play"} if not page.needs_recording() else {}
        more = {"dial": "dial a number", "rings": "", **TURN, "person": "person"}
        return {"call": "", "write": "", "outcome": "outcome", **play, **more}
    if page.mode == "voicemails":
        first = {"play": "play", "read": "new again" if row.voicemail.is_read else "heard", "call": "", "write": ""}
        return {**first, "transcribe": "write its words", **TURN, "person": "person"}
    return {"call": "", "write": "", "person": "person", "dial": "dial a number", "rings": "", **TURN}


def titles(shown: str, new: Mapping[str, int], text: str, room: int) -> list[tuple[str, str]]:
    """The lists by name, each with what is new in it, and the filter; where that has no room, the list shown alone."""
    named = []
    for mode in MODES:
        count = new.get(mode, 0)
        role = "accent bold" if mode == shown else "pending" if count else "dim"
        named.append((f"{mode}{f' ·{count}' if count else ''}  ", role))
    told = [(f"/ {text}", "accent"), ("  Esc shows all", "dim")] if text else []
    long = sum(cell_len(t) for t, _ in [*named, *told]) > room + 2
    return [*([n for n, mode in zip(named, MODES, strict=True) if mode == shown] if told and long else named), *told]


def nothing(page: Phone) -> str:
    """What a long list says when it is empty."""
    return f"nothing matches / {page.filter}" if page.filter else NO_CALLS if page.mode == "calls" else NOBODY


def kept(page: Phone, mode: str) -> list[Any]:
    """The conversations or voicemails that the filter in force lets through; it is the filter of the list shown."""
    from callboard.console import filters

    wanted = filters.parse(page.filter if page.mode == mode else "")
    fields = _conversation if mode == "messages" else _voice
    return [row for row in page.read.get(mode, ()) if wanted.matches(fields(row))]


def why_empty(page: Phone) -> str:
    """Why a filtered list shows nothing."""
    from callboard.console import filters

    wrong = filters.problem(page.filter, ("name", "phone", "is", "text"), page.console.now(), page.console.zone)
    return wrong or f"nothing matches / {page.filter}"


def _conversation(c: Any) -> dict[str, str]:
    return {
        "name": c.name,
        "phone": f"{c.number} {pretty_phone(c.number)}",
        "is": "new" if c.unread else "read",
        "text": c.last.body,
    }


def _voice(row: Any) -> dict[str, str]:
    v = row.voicemail
    phone = f"{v.from_number} {pretty_phone(v.from_number)}"
    return {"name": row.name, "phone": phone, "is": "heard" if v.is_read else "new", "text": v.transcript or ""}


def as_lines(page: Phone) -> list[str]:
    """The list shown, a line a row, for a screen reader."""
    if page.mode == "messages":
        return [f"{c.name}, {c.unread} new, {c.last.body}" for c in page.messages.items]
    if page.mode == "voicemails":
        rows = page.voicemails.items
        return [
            f"{v.name or v.voicemail.from_number}, {'heard' if v.voicemail.is_read else 'new'}, {v.voicemail.transcript or ''}"
            for v in rows
        ]
    table = page.calls if page.mode == "calls" else page.contacts
    found = [table.row_at(n) for n in range(max(table.cursor - BEFORE, 0), table.cursor + AFTER)]
    if page.mode == "calls":
        return [
            f"{r.name or r.call.other}, {r.call.direction}, {r.call.status}, {r.call.outcome or ''}"
            for r in found
            if r is not None
        ]
    return [f"{r.person.name}, {r.person.phone}" for r in found if r is not None]
