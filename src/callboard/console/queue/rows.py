"""The queue's order: now, waiting, next, earlier; what each row says. Pure: bookings and a clock in, rows out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from callboard.console.calendar.model import GLYPHS
from callboard.console.queue.card import away, state_words
from callboard.domain.bookings import Booking, Status
from callboard.domain.zones import local_day

LATE_AFTER = 60  # seconds past the start
SOON = 900  # seconds before it
RUNNING = (Status.IN_PROGRESS, Status.ON_HOLD)
OVER = (Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED, Status.EXPIRED)
WAITING = "●"
MILD = ("no phone", "unconfirmed")  # troubles of a call that still can be settled in time


@dataclass(frozen=True, slots=True)
class Row:
    """A title (no booking), or a call with its glyph, role, state in words, and what is wrong with it."""

    title: str = ""
    booking: Booking | None = None
    glyph: str = ""
    role: str = "dim"
    words: str = ""
    words_role: str = "dim"
    trouble: str = ""


def late(booking: Booking, now: int) -> bool:
    """Whether a call that should have begun has not."""
    return booking.status is Status.SCHEDULED and now - booking.starts_at >= LATE_AFTER


def arrange(
    bookings: Sequence[Booking],
    waiting: Mapping[str, int],
    now: int,
    zone: str,
    *,
    earlier: bool,
    keeps: Callable[[Booking], bool] = lambda _: True,
) -> list[Row]:
    """The rows in order. ``waiting``: booking id → since when its customer waits. ``earlier``: what is over is listed too."""
    kept = [b for b in bookings if keeps(b)]
    running = [b for b in kept if b.status in RUNNING]
    over = [b for b in kept if b.status in OVER]
    open_ = [b for b in kept if b.status in {Status.SCHEDULED, Status.PENDING}]
    wait = sorted((b for b in open_ if b.id in waiting), key=lambda b: b.starts_at)
    overdue = sorted((b for b in open_ if b.id not in waiting and late(b, now)), key=lambda b: b.starts_at)
    rest = [b for b in open_ if b.id not in waiting and not late(b, now)]
    today = local_day(now, zone)
    rows: list[Row] = []
    rows += _section("NOW", [_running(b, now) for b in running])
    rows += _section("WAITING", [_waiting(b, waiting[b.id], now) for b in wait])
    rows += _section("LATE", [_waiting(b, None, now) for b in overdue])  # nobody waits in its room: a call to make
    rows += _section("NEXT", [_next(b, now) for b in rest if local_day(b.starts_at, zone) == today])
    rows += _section("LATER", [_next(b, now) for b in rest if local_day(b.starts_at, zone) != today])
    if over:
        done, missed = (sum(b.status is s for b in over) for s in (Status.COMPLETED, Status.NO_SHOW))
        title = f"EARLIER  ✓ {done}   ∅ {missed}   ✕ {len(over) - done - missed}"
        if earlier:
            rows += _section(title, [_over(b) for b in reversed(over)])
        else:
            rows.append(Row(title=f"{title}   (v lists them)"))
    return rows


def _section(title: str, rows: list[Row]) -> list[Row]:
    return [Row(title=title), *rows] if rows else []


def _trouble(booking: Booking) -> str:
    if not booking.customer_phone and not booking.customer_email:
        return "no phone"
    return "unconfirmed" if booking.status is Status.PENDING else ""


def _running(booking: Booking, now: int) -> Row:
    glyph, role = GLYPHS[booking.status]
    over = now >= booking.ends_at
    trouble = f"over by {(now - booking.ends_at) // 60} min" if over else ""
    return Row("", booking, glyph, role, state_words(booking, now), role, trouble)


def _waiting(booking: Booking, since: int | None, now: int) -> Row:
    if since is not None:
        return Row("", booking, WAITING, "accent", f"in the room {max(now - since, 0) // 60} min", "accent", _trouble(booking))
    glyph, _ = GLYPHS[booking.status]
    return Row("", booking, glyph, "clash", state_words(booking, now), "clash", _trouble(booking))


def _next(booking: Booking, now: int) -> Row:
    glyph, role = GLYPHS[booking.status]
    tone = "text" if booking.starts_at - now < SOON else "dim"
    return Row("", booking, glyph, role, away(booking.starts_at - now), tone, _trouble(booking))


def _over(booking: Booking) -> Row:
    glyph, role = GLYPHS[booking.status]
    return Row("", booking, glyph, role, state_words(booking, booking.starts_at), "dim")
