"""The calendar's commands."""

from __future__ import annotations

from callboard.console.commands import Command

COMMANDS = (
    Command("calendar.new", "n", "new", "verbs.new", footer=True, help="new booking at the cursor, or over the marked span"),
    Command("calendar.move", "m", "move", "carrying.lift", "verbs.needs_movable", footer=True, help="lift it; arrows carry it"),
    Command(
        "calendar.open", "enter", "open", "enter", footer=True, help="the booking's card, or a new booking; drops what is carried"
    ),
    Command(
        "calendar.cancel",
        "x delete",
        "cancel",
        "verbs.cancel",
        "verbs.needs_removable",
        footer=True,
        help="with a reason; a block is removed",
    ),
    Command("calendar.confirm", "c", "confirm", "verbs.confirm", "verbs.needs_pending", footer=True),
    Command("calendar.next_open", "f", "next open", "verbs.next_open", footer=True),
    Command("calendar.date", "g", "go to", "walk.ask_date", footer=True, help="next tue 15:00, tomorrow 9, in 2 weeks, dec 24"),
    Command("calendar.copy_customer", "y", "copy link", "verbs.copy_customer", "verbs.needs_booking", footer=True),
    Command("calendar.copy_agent", "Y", "copy agent link", "verbs.copy_agent", "verbs.needs_booking"),
    Command("calendar.open_link", "o", "open link in a browser", "verbs.open_link", "verbs.needs_booking"),
    Command("calendar.edit", "e", "edit notes", "verbs.edit", "verbs.needs_booking"),
    Command(
        "calendar.edit_long", "E", "edit notes in your editor", "verbs.edit_long", "verbs.needs_editor", help="$VISUAL, $EDITOR"
    ),
    Command("calendar.block", "b", "block time", "verbs.block", footer=True, help="over the marked span, for the agent shown"),
    Command(
        "calendar.agent",
        "a",
        "agent",
        "showing.choose_agent",
        footer=True,
        help="whose calendar; while carrying: who takes it",
    ),
    Command("calendar.week", "w", "week", "showing.show_week"),
    Command("calendar.day", "d", "day, a column an agent", "showing.show_day"),
    Command("calendar.month", "M", "month with its load", "showing.show_month"),
    Command("calendar.today", "t", "today", "walk.today", footer=True),
    Command("calendar.filter", "/", "filter", "showing.ask_filter", footer=True, help="words, status:pending, agent:dana, !word"),
    Command("calendar.up", "up k", "earlier", "walk.up"),
    Command("calendar.down", "down j", "later", "walk.down"),
    Command("calendar.left", "left h", "the column before", "walk.left"),
    Command("calendar.right", "right l", "the next column", "walk.right"),
    Command("calendar.mark_up", "shift+up K", "mark a span upwards", "walk.mark_up"),
    Command("calendar.mark_down", "shift+down J", "mark a span downwards", "walk.mark_down"),
    Command("calendar.next", "tab", "next booking", "walk.next_item"),
    Command("calendar.previous", "shift+tab", "booking before", "walk.previous_item"),
    Command("calendar.earlier", "pageup [", "the week, day or month before", "walk.earlier"),
    Command("calendar.later", "pagedown ]", "the next week, day or month", "walk.later"),
    Command("calendar.morning", "home", "start of the working day", "walk.morning"),
    Command("calendar.evening", "end", "end of the working day", "walk.evening"),
    Command("calendar.finer", "}", "finer rows (15 minutes)", "showing.finer"),
    Command("calendar.coarser", "{", "coarser rows (60 minutes)", "showing.coarser"),
    Command("calendar.leave", "escape", "let go: put back what is carried, unmark, clear the filter", "leave"),
)
