"""The calendar's sentences: the line under the grid, titles, times in the shown zone and in the customer's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from callboard.console.calendar.model import GLYPHS, OPEN, OUTSIDE, Item
from callboard.console.widgets.header import zone_label
from callboard.console.widgets.lines import clean
from callboard.console.widgets.split import Line
from callboard.console.words import plural
from callboard.domain.bookings import Booking, Status
from callboard.domain.phones import pretty_phone
from callboard.domain.zones import local

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp
    from callboard.console.calendar.grid import TimeGrid
    from callboard.console.calendar.month import DayLoad


def times(lo: int, hi: int, zone: str) -> str:
    """``Tue 17 10:00–10:30``."""
    start, end = local(lo, zone), local(hi, zone)
    later = "" if start.date() == end.date() else f"{end:%a} "
    return f"{start:%a} {start.day} {start:%H:%M}–{later}{end:%H:%M}"


def customers_time(booking: Booking, zone: str) -> str:
    """``(San Francisco 07:00)``; empty where the customer's clock shows the same."""
    there, here = local(booking.starts_at, booking.timezone), local(booking.starts_at, zone)
    if there.utcoffset() == here.utcoffset():
        return ""
    day = "" if there.date() == here.date() else f"{there:%a} "
    return f"({zone_label(booking.timezone)} {day}{there:%H:%M})"


NOBODY = "   8 opens Settings: under Agents, n adds one with their hours"
BOOKING_FIELDS = ("name", "phone", "email", "title", "kind", "status", "agent", "source", "notes")


def booking_fields(booking: Booking, agents: Mapping[str, str]) -> dict[str, str]:
    """What a filter may ask of a booking; ``agents`` is id → name."""
    return {
        "name": booking.customer_name,
        "phone": booking.customer_phone or "",
        "email": booking.customer_email or "",
        "title": booking.title,
        "kind": booking.kind,
        "status": str(booking.status),
        "agent": agents.get(booking.agent_id, ""),
        "source": booking.source,
        "notes": booking.notes or "",
    }


def period_title(days: list[date], mode: str, day: date) -> str:
    """``Nov 16 – 22, 2026``, ``Friday, Nov 20, 2026`` or ``November 2026``."""
    if mode == "month":
        return f"{day:%B %Y}"
    if mode == "day":
        return f"{day:%A, %b} {day.day}, {day.year}"
    first, last = days[0], days[-1]
    if first.month == last.month:
        return f"{first:%b} {first.day} – {last.day}, {last.year}"
    if first.year == last.year:
        return f"{first:%b} {first.day} – {last:%b} {last.day}, {last.year}"
    return f"{first:%b} {first.day}, {first.year} – {last:%b} {last.day}, {last.year}"


def month_days(day: date) -> list[date]:
    """The weeks that touch the month of a day, Monday first."""
    first = day.replace(day=1)
    start = first - timedelta(days=first.weekday())
    after = (first + timedelta(days=32)).replace(day=1)
    weeks = -(-(after - start).days // 7)
    return [start + timedelta(days=n) for n in range(weeks * 7)]


def day_lines(day: date, load: DayLoad | None) -> list[Line]:
    """A day of the month in two lines."""
    words = "nobody works"
    if load is not None and (load.works or load.calls):
        words = f"{plural(load.calls, 'call')}, {f'{load.share:.0%} of working time' if load.works else 'outside working hours'}"
    return [
        [("   ", "dim"), (f"{day:%A, %b} {day.day}", "text bold"), (f"   {words}", "dim")],
        [("   Enter opens the day", "dim")],
    ]


def booking_lines(booking: Booking, app: CallboardApp, *, clash: bool = False) -> list[Line]:
    """A booking in two lines."""
    glyph, role = GLYPHS[booking.status]
    agent = next((a.name for a in app.agents if a.id == booking.agent_id), "")
    phone = pretty_phone(booking.customer_phone) if booking.customer_phone else "no phone"
    first: Line = [
        (f" {glyph} ", f"{role} bold"),
        (clean(booking.customer_name or booking.title or booking.kind), "text bold"),
        (f"  {phone}   ", "dim"),
        (times(booking.starts_at, booking.ends_at, app.zone), "text"),
        (f" {customers_time(booking, app.zone)}", "dim"),
    ]
    facts = [clean(agent), clean(booking.title or booking.kind)]
    if booking.buffer_before_minutes or booking.buffer_after_minutes:
        facts.append(f"buffer {booking.buffer_before_minutes}/{booking.buffer_after_minutes} min")
    if booking.status is Status.PENDING and booking.confirm_by is not None:
        facts.append(f"pending until {local(booking.confirm_by, app.zone):%a %H:%M}")
    else:
        facts.append(booking.status.replace("_", " "))
    facts.append(f"rev {booking.rev}")
    if booking.notes:
        facts.append(clean(booking.notes))
    second: list[tuple[str, str]] = [("   " + " · ".join(f for f in facts if f), "dim")]
    if clash:
        second.insert(0, ("   ‼ lies under a block", "clash"))
    return [first, second]


def item_lines(item: Item, app: CallboardApp) -> list[Line]:
    """A booking or a block in two lines."""
    if item.booking is not None:
        return booking_lines(item.booking, app, clash=item.clash)
    who = next((a.name for a in app.agents if a.id == item.agent_id), "everyone")
    block = item.block
    title = block.title if block is not None and block.title else item.lines[0]
    source = f" · from {block.external_source}" if block is not None and block.external_source else ""
    return [
        [(" ▒ ", "block bold"), (clean(title), "text bold"), (f"   {times(item.lo, item.hi, app.zone)}   {who}", "dim")],
        [(f"   {block.kind.replace('_', ' ') if block is not None else ''}{source}", "dim")],
    ]


def slot_lines(grid: TimeGrid, app: CallboardApp, agent_id: str) -> list[Line]:
    """What an empty place is: open, outside hours, do not disturb, in the past."""
    if not grid.grid.columns:
        return []
    first, last = grid.span
    column = grid.grid.columns[grid.column]
    lo = grid.grid.start_of(grid.column, first)
    hi = lo + (last - first) * grid.grid.step * 60
    agent_id = column.agent_id or agent_id
    view = grid.grid.view
    busy = {i.agent_id for i in grid.grid.items if i.from_ < hi and i.to > lo}
    free = [
        agent.name.split()[0]
        for agent in (view.agents if view is not None and None not in busy else ())
        if agent_id in {"", agent.id}
        and agent.id not in busy
        and any(a <= lo and hi <= b for a, b in (view.windows.get(agent.id, ()) if view is not None else ()))
    ]
    state = column.states[min(first, len(column.states) - 1)]
    if free:
        names = ", ".join(free[:6]) + (f" and {len(free) - 6} more" if len(free) > 6 else "")
        words, role = f"open: {names}", "scheduled"
    elif state == OUTSIDE:
        words, role = "outside working hours", "dim"
    elif state == OPEN:
        words, role = "nobody is free", "pending"
    else:
        words, role = "do not disturb", "block"
    if view is None:
        words, role = app.live.not_read(), "dim" if app.live.is_reading else "pending"
    elif not any(a.active for a in app.agents):
        words, role = "no agents yet", "pending"
    elif hi <= app.now():
        words, role = "in the past", "dim"
    more = [(NOBODY, "dim")] if words == "no agents yet" else ""
    minutes = (hi - lo) // 60
    return [[("   ", "dim"), (times(lo, hi, app.zone), "text bold"), (f"  {minutes} min   ", "dim"), (words, role)], more]
