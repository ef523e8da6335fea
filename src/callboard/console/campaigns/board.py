"""A campaign as a row and as a board: a stacked bar, the rules it calls by, charts by outcome and hour, who is next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from callboard.console import glyphs, words
from callboard.console.widgets.charts import bars, columns, stacked
from callboard.console.widgets.lines import Part, clean, fit
from callboard.console.widgets.split import Line
from callboard.domain.phones import pretty_phone
from callboard.domain.zones import local

if TYPE_CHECKING:
    from callboard.services.campaign_views import Board
    from callboard.services.campaigns import Standing

STATES = {"draft": ("·", "dim"), "running": ("▶", "in_call"), "paused": ("‖", "on_hold"), "finished": ("✓", "done")}
_OPENS = {
    "running": "Enter opens the dial queue",
    "draft": "s starts it, then Enter opens the dial queue",
    "paused": "s goes on, then Enter opens the dial queue",
}
# The parts of the bar in their order, each with a texture of its own beside its colour.
BAR = (
    ("qualified", "█"),
    ("callback_requested", "▓"),
    ("not_interested", "▒"),
    ("exhausted", "▒"),
    ("invalid", "╱"),
    ("do_not_call", "╱"),
    ("calling", "█"),
    ("pending", "░"),
)
HEIGHT = 4


def row(item: Standing, width: int) -> Sequence[Sequence[Part]]:
    """Name and state; the bar; pace and window."""
    c = item.campaign
    glyph, role = STATES.get(c.status, ("·", "dim"))
    done = item.total - item.counts.get("pending", 0) - item.counts.get("calling", 0)
    tail = f"{done:,} of {item.total:,}"
    facts = [c.status, *([f"{c.pace_per_hour} an hour"] if c.pace_per_hour else []), clean(c.window)]
    return [
        [(f"{glyph} ", f"{role} bold"), (fit(clean(c.name), max(width - len(tail) - 4, 4)), "text bold"), (f" {tail}", "dim")],
        ["  ", *bar(item, max(width - 4, 4))],
        [(fit(f"  {' · '.join(facts)}", max(width - 1, 4)), "dim")],
    ]


def bar(item: Standing, width: int) -> list[Part]:
    """The stacked bar."""
    return stacked([(item.counts.get(s, 0), glyphs.of("contact", s)[1], texture) for s, texture in BAR], width)


def lines(board: Board, zone: str, now: int, width: int, agent: str) -> list[Line]:
    """The board."""
    c = board.standing.campaign
    room = max(width, 30)
    found: list[Line] = [
        [(clean(c.name), "accent bold"), (f"  {c.status}", STATES.get(c.status, ("", "dim"))[1])],
        bar(board.standing, room - 1),
        [(_rules(board, agent), "dim")],
        [(f"window {clean(c.window)}, each person's own time", "dim")],
        "",
        [("OUTCOMES", "accent")],
        *_outcomes(board, room),
        "",
        [("CALLS BY HOUR", "accent"), (f"  {sum(board.made)} made, {sum(board.reached)} answered", "dim")],
        *_hours(board, room),
        "",
        [("NEXT", "accent"), (f"  {_OPENS.get(c.status, '')}", "dim")],
    ]
    for contact in board.next_up:
        due = words.short(contact.due_at, now, zone) if contact.due_at is not None and contact.due_at > now else "now"
        back = "↻ " if contact.status == "callback_requested" else "  "
        there = f"{local(now, contact.timezone):%H:%M}" if contact.timezone else ""
        name = fit(f"{back}{clean(contact.name)}", min(max(room - 40, 8), 32))
        found.append(
            [(fit(due, 10), "dim"), name, (f" {fit(pretty_phone(contact.phone), 17)} ", "dim"), (f"there {there}", "dim")]
        )
    if not board.next_up:
        found.append([("nobody: I imports a list, L adds leads", "dim")])
    return found


def _rules(board: Board, agent: str) -> str:
    c = board.standing.campaign
    pace = f"{words.plural(c.pace_per_hour, 'call')} an hour" if c.pace_per_hour else "no limit of pace"
    every = words.span(c.spacing_minutes * 60)
    tries = f"{words.plural(c.max_attempts, 'try', 'tries')}, {every} apart" if c.max_attempts > 1 else "1 try"
    return f"{c.target_country} · {agent or 'any operator'} · {pace} · {tries}"


def _outcomes(board: Board, width: int) -> list[list[Part]]:
    counts = board.standing.counts
    rows = []
    for state, _ in BAR:
        if counts.get(state):
            glyph, role = glyphs.of("contact", state)
            name = {"callback_requested": "callback", "pending": "left"}.get(state, state).replace("_", " ")
            rows.append((f"{glyph} {name}", counts[state], role))
    return bars(rows, width, 18) if rows else [[("nobody on the list yet", "dim")]]


def _hours(board: Board, width: int) -> list[list[Part]]:
    busy = [h for h, n in enumerate(board.made) if n]
    if not busy:
        return [[("no calls yet", "dim")]]
    first, last = busy[0], busy[-1]
    shown, size = list(board.made[first : last + 1]), 2
    if len(shown) * size + 6 > width:
        size = 1
    drawn = columns(shown, [f"{h:02d}" for h in range(first, last + 1)], HEIGHT, "scheduled", size)
    best = max(busy, key=lambda h: board.reached[h] / board.made[h])
    share = board.reached[best] / board.made[best]
    drawn.append([("     best ", "dim"), (f"{best:02d}:00", "done"), (f"  {share:.0%} answered", "dim")])
    return drawn
