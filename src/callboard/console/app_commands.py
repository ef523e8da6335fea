"""What works on every screen."""

from __future__ import annotations

from callboard.console.commands import Command
from callboard.console.screens import entries


def app_commands() -> tuple[Command, ...]:
    """One command a screen, then the habits of the house."""
    go = tuple(Command(f"app.{e.id}", e.key, f"go to {e.title}", f"go_{e.id}") for e in entries())
    return (
        *go,
        Command("app.back", "-", "back to the screen before", "back"),
        Command("app.help", "?", "help: every key here, searched by typing, run with Enter", "help"),
        Command("app.palette", "ctrl+p :", "command palette", "palette"),
        Command("app.undo", "z", "undo the last change", "undo", why_not="needs_desk"),
        Command("app.jump", "'", "jump: a letter for every place on the screen", "jump", help="In plain mode a list to search."),
        Command("app.zone", "T", "switch the time zone shown", "next_zone"),
        Command("app.second_zone", "+", "show a second time zone, or the next one, or none", "next_second_zone"),
        Command("app.any_zone", ",>z", "show times in any time zone", "any_zone"),
        Command("app.theme", ",>t", "choose a theme (previewed while you look)", "themes"),
        Command("app.views", ",>v", "saved views of this screen: its filter, order and list by name", "views", "views_why_not"),
        Command("app.log", ",>l", "log: what was really done, newest first", "log", why_not="needs_desk"),
        Command("app.trouble", ",>e", "what went wrong last, to read and copy", "trouble", why_not="no_trouble"),
        Command("app.organization", ",>o", "switch to another organization", "organizations", why_not="needs_desk"),
        Command("app.mouse", ",>m", "the mouse on or off (off, the terminal selects text)", "mouse"),
        Command("app.picture", ",>s", "save a picture of this screen (SVG)", "picture"),
        Command("app.reload", "ctrl+r", "ask the database again", "reload"),
        Command("app.call_take", "f2", "answer the call that rings, or hang up", "call_take", why_not="needs_call"),
        Command("app.call_missed", "f3", "nobody answered the call", "call_missed", why_not="needs_call"),
        Command("app.call_open", "f4", "open who is calling", "call_open", why_not="needs_call"),
        Command("app.interrupt", "ctrl+c", "say how to leave", "how_to_leave"),
        Command("app.quit", "ctrl+q", "leave callboard", "leave"),
    )
