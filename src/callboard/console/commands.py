"""The one registry of what a person can do: it feeds the keys, the palette, the help, the footer and the README's table.

A command is declared once, beside the screen that carries it out, as data: so the help can list what a screen offers
before that screen was ever built, and a remapped key shows everywhere at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

SEQUENCE = ">"
APP = "app"
_NAMES = {
    "space": "Space",
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "home": "Home",
    "end": "End",
    "delete": "Del",
    "backspace": "Backspace",
}


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can do. ``id`` is ``scope.verb``; ``action`` names the method of the screen (or app) that does it.

    ``keys``: alternatives separated by spaces, a sequence joined by ``>`` (``"ctrl+p :"``, ``",>t"``). ``why_not`` names a
    method that returns the reason why it cannot be done now, or None. ``footer`` commands show in the bottom line, in order.
    """

    id: str
    keys: str
    title: str
    action: str
    why_not: str = ""
    footer: bool = False
    help: str = ""  # a second sentence for the help, where the title does not say it all

    @property
    def scope(self) -> str:
        """``calendar`` of ``calendar.new``; ``app`` for what works everywhere."""
        return self.id.split(".", 1)[0]


def parse_keys(text: str) -> tuple[tuple[str, ...], ...]:
    """``"ctrl+p :"`` → two sequences of one key; ``",>t"`` → one sequence of two."""
    return tuple(tuple(part.split(SEQUENCE)) for part in text.split() if part)


def show_key(key: str) -> str:
    """One key as a person reads it: ``ctrl+p`` → ``^p``, ``shift+left`` → ``Shift+←``."""
    if key in _NAMES:
        return _NAMES[key]
    if key.startswith("ctrl+"):
        return f"^{show_key(key[5:])}"
    if key.startswith("shift+"):
        return f"Shift+{show_key(key[6:])}"
    return key.upper() if len(key) > 1 and key[0] == "f" and key[1:].isdigit() else key


def show_keys(text: str, *, first: bool = False) -> str:
    """Every alternative as a person reads it; only the first where there is little room."""
    found = [" ".join(show_key(k) for k in sequence) for sequence in parse_keys(text)]
    return (found[0] if first else " or ".join(found)) if found else ""


@dataclass(slots=True)
class Keymap:
    """Which command a key means, per scope, with the person's own choices laid over what is shipped."""

    overrides: Mapping[str, str] = field(default_factory=dict)
    commands: dict[str, Command] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)  # command id → keys in force
    tables: dict[str, dict[tuple[str, ...], Command]] = field(default_factory=dict)
    clashes: list[str] = field(default_factory=list)

    def add(self, commands: Iterable[Command]) -> None:
        """Take in a screen's commands (once; a second time changes nothing)."""
        for command in commands:
            if command.id in self.commands:
                continue
            self.commands[command.id] = command
            self.keys[command.id] = self.overrides.get(command.id, command.keys)
            for sequence in parse_keys(self.keys[command.id]):
                self._bind(command, sequence)

    def _bind(self, command: Command, sequence: tuple[str, ...]) -> None:
        table = self.tables.setdefault(command.scope, {})
        for other, taken in [*table.items(), *self._beside(command.scope)]:
            shorter = min(len(other), len(sequence))
            if other[:shorter] == sequence[:shorter] and (len(other) != len(sequence) or taken.scope == command.scope):
                self.clashes.append(f"{_spell(sequence)} is both {taken.id} and {command.id}")
                if taken.scope == command.scope:
                    return  # the first keeps the key
            elif other == sequence:
                self.clashes.append(f"{_spell(sequence)} is both {taken.id} and {command.id}")
        table[sequence] = command

    def _beside(self, scope: str) -> Iterator[tuple[tuple[str, ...], Command]]:
        """What is reachable at the same time as ``scope``: the app's own keys, or for the app every screen's."""
        for name, table in self.tables.items():
            if name != scope and APP in {name, scope}:
                yield from table.items()

    def find(self, scopes: Sequence[str], sequence: tuple[str, ...]) -> Command | None:
        """The command behind a finished sequence; scopes from the inmost (a focused table) to the app."""
        for scope in scopes:
            command = self.tables.get(scope, {}).get(sequence)
            if command is not None:
                return command
        return None

    def continuations(self, scopes: Sequence[str], prefix: tuple[str, ...]) -> list[tuple[str, Command]]:
        """What may follow a leader: (next key, command)."""
        size = len(prefix)
        return [
            (sequence[size], command)
            for name in scopes
            for sequence, command in self.tables.get(name, {}).items()
            if len(sequence) > size and sequence[:size] == prefix
        ]

    def shown(self, command_id: str, *, first: bool = False) -> str:
        """The keys in force of a command, as a person reads them."""
        return show_keys(self.keys.get(command_id, ""), first=first)

    def warnings(self) -> list[str]:
        """What is wrong with the person's own keys: ids that do not exist, keys that mean two things."""
        unknown = sorted(set(self.overrides) - set(self.commands))
        return [f"[keys] {name}: no such command" for name in unknown] + [f"[keys] {text}" for text in self.clashes]


def _spell(sequence: tuple[str, ...]) -> str:
    return " ".join(show_key(k) for k in sequence)


def keys_table() -> str:
    """Every key in one Markdown table, generated for the README (screens are imported, nothing is started)."""
    from callboard.console.screens import all_commands

    lines = ["| where | key | what | id |", "|---|---|---|---|"]
    for scope, commands in all_commands().items():
        for command in commands:
            shown = " or ".join(f"`{' '.join(show_key(k) for k in s)}`" for s in parse_keys(command.keys)) or "palette"
            lines.append(f"| {scope} | {shown} | {command.title} | `{command.id}` |")
    return "\n".join(lines) + "\n"
