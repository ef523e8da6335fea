"""How an endpoint, a delivery and an API request look as rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from callboard.console import glyphs, words
from callboard.console.widgets.lines import Part, clean, fit
from callboard.console.widgets.table import Column
from callboard.domain.zones import local

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp
    from callboard.domain.webhooks import Delivery
    from callboard.services.requests import Request
    from callboard.services.webhook_views import Endpoint

DOTS = {"well": ("●", "done"), "failing": ("◐", "pending"), "disabled": ("○", "clash")}
ALL = "all"
OK, CLIENT, SERVER = 300, 400, 500
TODAY = 18 * 3600


def bare(url: str) -> str:
    """A URL without what every URL has."""
    return url.split("//", 1)[-1].rstrip("/")


def endpoint(item: Endpoint | str, width: int) -> Sequence[Sequence[Part]]:
    """Two lines: where, and how it is."""
    if isinstance(item, str):
        return [[("∗ ", "accent"), "all endpoints"], [("  every delivery", "dim")]]
    glyph, role = DOTS[item.state]
    hook = item.webhook
    room = max(width - 2, 1)
    if hook.active:
        facts: Part = (_facts(item, room), "dim")
    else:
        why = clean(hook.disabled_reason or "").removeprefix("it answered ")
        facts = (fit(f"disabled{f': {why}' if why else ''}", room), "clash")
    return [[(f"{glyph} ", role), fit(bare(hook.url), room)], [("  ", "dim"), facts]]


def _facts(item: Endpoint, room: int) -> str:
    """How it is, what matters most first; whole words only, as many as there is room for."""
    share = "nothing sent today" if item.share is None else "100 %" if item.share == 1 else f"{item.share * 100:.1f} %"
    late = f"{item.waiting:,} waiting" if item.waiting else ""
    took = f"{item.milliseconds} ms" if item.share is not None else ""
    text = share
    for more in filter(None, (late, took, item.webhook.dialect)):
        if cell_len(f"{text} · {more}") <= room:
            text = f"{text} · {more}"
    return fit(text, room)


def delivery_columns(app: Callable[[], CallboardApp]) -> tuple[Column, ...]:
    """The log."""

    def when(d: Delivery) -> tuple[str, str]:
        form = "%H:%M:%S" if app().now() - d.created_at < TODAY else "%b %d %H:%M"
        return f"{local(d.created_at, app().zone):{form}}", "dim"

    def state(d: Delivery) -> tuple[str, str]:
        glyph, role = glyphs.of("webhook", d.status)
        return f"{glyph} {d.response_status or (d.error_class or d.status).replace('_', ' ')}", role

    def then(d: Delivery) -> tuple[str, str]:
        if d.test:
            return "test", "dim"
        if d.status == "failed":
            return f"try {d.attempts}, gave up", "clash"
        if d.status == "waiting" and d.attempts and d.due_at is not None:
            due = f"next {local(d.due_at, app().zone):%H:%M}" if d.due_at > app().now() else "due now"
            return f"try {d.attempts}, {due}", "pending"
        return (f"try {d.attempts}" if d.attempts > 1 else "", "dim")

    def took(d: Delivery) -> tuple[str, str]:
        return f"{d.milliseconds} ms" if d.milliseconds is not None else "", "dim"

    return (
        Column("at", "when", 12, when, sort=False),
        Column("status", "answer", 10, state, sort=False),
        Column("ms", "took", 8, took, right=True, sort=False, rank=3),
        Column("type", "event", 0, lambda d: d.type, sort=False, least=18),
        Column("then", "attempts", 18, then, sort=False, rank=1),
        Column("id", "id", 12, lambda d: (f"…{d.event_id[-10:]}", "dim"), sort=False, rank=4),
    )


def request_columns(app: Callable[[], CallboardApp], names: Callable[[], dict[str, str]]) -> tuple[Column, ...]:
    """The API request log."""

    def status(r: Request) -> tuple[str, str]:
        role = "done" if r.status < OK else "pending" if r.status < SERVER else "clash"
        return f"{'✓' if r.status < OK else '✕' if r.status >= CLIENT else '→'} {r.status}", role

    return (
        Column("at", "when", 12, lambda r: (words.stamp(r.at, app().zone), "dim"), sort=False),
        Column("status", "answer", 7, status, sort=False),
        Column("ms", "took", 8, lambda r: (f"{r.milliseconds} ms", "dim"), right=True, sort=False, rank=2),
        Column("what", "request", 0, lambda r: f"{r.method} {r.path}", sort=False, least=20),
        Column("code", "refusal", 18, lambda r: (r.code or "", "dim"), sort=False, rank=3),
        Column("key", "key", 14, lambda r: (names().get(r.api_key_id or "", "–"), "dim"), sort=False, rank=4),
    )


def as_text(row: Any) -> str:
    """A delivery in one line for a screen reader."""
    return f"{row.type}, {row.status}, {row.response_status or row.error_class or 'no answer yet'}, try {row.attempts}"
