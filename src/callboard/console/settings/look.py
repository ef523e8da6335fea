"""The rooms of this console: themes, keys, and where its files lie. These are the person's own, not the organization's."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from callboard.console import themes as theme_files
from callboard.console.commands import APP, Command, Keymap, parse_keys, show_keys
from callboard.console.settings.line import Line, ask_text
from callboard.console.widgets.header import zone_label

if TYPE_CHECKING:
    from callboard.console.settings.screen import Settings

_SECTION = re.compile(r"^\s*\[([^\]]+)\]")
HELP = "Alternatives by blanks, a sequence by >: e, ctrl+e, or ,>e. Empty: the key it was shipped with."


async def themes(page: Settings) -> list[Line]:
    """Every theme; Enter uses one, and it is repainted while its file is edited."""
    files, bad = theme_files.read_all()
    now = page.console.inks.theme.name
    shown = "Each is shown while the cursor stands on it; Esc keeps the one you had."
    lines = [Line("preview", "look at them all", "one by one", shown, change=page.console.actions.themes, does="look")]
    for name, file in sorted(files.items()):
        kind = "the terminal's sixteen colours" if file.ansi else "dark" if file.dark else "light"
        title, role = (f"{file.title} · in use", "accent") if name == now else (file.title, "text")
        effect = f"{kind}; {file.path}"
        lines.append(Line(name, name, title, effect, role, partial(_use, page, file), does="use"))
    lines += [Line(text, text.split(":")[0], "skipped", text, "clash", why="mend the file") for text in bad]
    return lines


async def _use(page: Settings, file: theme_files.ThemeFile) -> None:
    page.console.use_theme(file)
    page.reload()


async def keys(page: Settings) -> list[Line]:
    """Every command with its keys; Enter gives it others, Delete the shipped ones."""
    from callboard.console.screens import all_commands, entry

    map_ = page.console.keymap
    lines = []
    for scope, commands in all_commands().items():
        map_.add(commands)
        found = entry(scope)
        place = found.title if found else "lists" if scope == "table" else "everywhere"
        for c in commands:
            own = c.id in map_.overrides
            shown = map_.shown(c.id) or "palette only"
            effect = f"{place} · {c.id}" + (f" · shipped as {show_keys(c.keys)}" if own else "")
            drop = partial(_bind, page, c, "") if own else None
            role, change = "accent" if own else "text", partial(_rebind, page, c)
            lines.append(Line(c.id, c.title, shown, effect, role, change, drop, wordy=True))
    return lines


async def _rebind(page: Settings, command: Command) -> None:
    map_ = page.console.keymap

    def check(text: str) -> str:
        taken = [c for c in _trial(map_, command, text.strip()) if c not in map_.clashes] if text.strip() else []
        return taken[0] if taken else ""

    await ask_text(page, f"Keys for: {command.title}", map_.keys[command.id], HELP, partial(_bind, page, command), check)


def _trial(map_: Keymap, command: Command, text: str) -> list[str]:
    """What would clash if the command had these keys."""
    if any(not part for sequence in parse_keys(text) for part in sequence):
        return ["a sequence needs a key on both sides of >"]
    trial = Keymap({**map_.overrides, command.id: text})
    for scope in dict.fromkeys([APP, *(c.scope for c in map_.commands.values())]):
        trial.add(c for c in map_.commands.values() if c.scope == scope)
    return trial.clashes


async def _bind(page: Settings, command: Command, text: str) -> None:
    """Write it into the config file and use it from now on."""
    app = page.console
    overrides = {k: v for k, v in app.keymap.overrides.items() if k != command.id}
    if text:
        overrides[command.id] = text
    keep_key(app.settings.config_file, command.id, text)
    fresh = Keymap(overrides)
    for known in (APP, *dict.fromkeys(c.scope for c in app.keymap.commands.values() if c.scope != APP)):
        fresh.add(c for c in app.keymap.commands.values() if c.scope == known)
    app.keymap = app.dispatch.keymap = app.sequencer.keymap = fresh
    app.refresh_footer()
    page.reload()
    app.say(f"{command.title}: {fresh.shown(command.id)}; kept in {app.settings.config_file}")


def keep_key(path: Path, command_id: str, keys_: str) -> None:
    """Set or take out one line of ``[keys]``; every other line of the person's file stays as it is."""
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    kept, section, at = [], "", None
    for line in lines:
        header = _SECTION.match(line)
        section = header[1].strip() if header else section
        if section == "keys" and re.match(rf'\s*"?{re.escape(command_id)}"?\s*=', line):
            continue
        kept.append(line)
        if header and section == "keys":
            at = len(kept)
    if keys_:
        written = keys_.replace("\\", "\\\\").replace('"', '\\"')
        if at is None:
            kept += [*([""] if kept else []), "[keys]"]
            at = len(kept)
        kept.insert(at, f'"{command_id}" = "{written}"')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(kept) + "\n", "utf-8")


async def console(page: Settings) -> list[Line]:
    """Zones and places."""
    app = page.console
    s = app.settings

    async def other_zone() -> None:
        app.actions.next_zone()
        page.reload()

    async def second_zone() -> None:
        app.actions.next_second_zone()
        page.reload()

    second = zone_label(app.second_zone) if app.second_zone else "none"
    mouse = "How the next start has it: mouse in the config file, or CALLBOARD_MOUSE. , m turns it on or off now."
    notices = "For a call or a customer who waits: auto, osc9, osc777 or off; notifications in the config file."
    why = "set it in the config file"
    url = s.resolved_database_url
    links = await app.session.read(lambda work: work.public_url)
    return [
        Line("zone", "times shown in", zone_label(app.zone), "T switches it on every screen.", change=other_zone),
        Line("second", "second zone", second, "A second column of hours in the calendar; + switches it.", change=second_zone),
        Line("mouse", "mouse", "on" if s.mouse else "off", mouse, why=why),
        Line("notices", "desktop notices", s.notifications, notices, why=why),
        Line("public", "links begin with", links, "What customers open; public_url in the config file.", why=why),
        Line("config", "config file", str(s.config_file), "Every setting, with [keys] and [gateways].", why="y copies the path"),
        Line("database", "database", url.split("@")[-1], "Where everything is kept.", why="y copies it"),
        Line(
            "data", "data folder", str(s.data_dir), "Uploads, pictures, exports, what this console remembers.", why="y copies it"
        ),
        Line("log", "log folder", str(s.log_dir), "Crash reports, with secrets masked.", why="y copies the path"),
    ]
