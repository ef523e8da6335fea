"""From what a terminal sends to the names commands use: printable keys are their own character, others Textual's name.

Letters of a Cyrillic or Greek layout stand for the Latin letter on the same physical key, so that ``т`` books like ``n``:
an operator who writes notes in Russian does not switch layouts to press a command.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from callboard.console.commands import Command, Keymap

_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_RUSSIAN = "йцукенгшщзхъфывапролджэячсмитьбюё"
_UKRAINIAN = {"і": "s", "ї": "]", "є": "'", "ґ": "`"}
_GREEK = dict(zip("ςερτυθιοπασδφγηξκλζχψωβνμ", "wertyuiopasdfghjklzxcvbnm", strict=True))


def _physical() -> dict[str, str]:
    table = dict(zip(_RUSSIAN, _LATIN, strict=True)) | _UKRAINIAN | _GREEK
    return table | {k.upper(): v.upper() for k, v in table.items() if v.isalpha()}


PHYSICAL = _physical()


def name_of(key: str, character: str | None) -> str:
    """The name a keymap uses: the character itself when it prints (``space`` for a blank), else Textual's key name."""
    if character == " ":
        return "space" if "+" not in key else key
    if character is not None and len(character) == 1 and character.isprintable() and not key.startswith("ctrl+"):
        return character
    return key


def latin(name: str) -> str:
    """The Latin character on the same physical key, or the name unchanged."""
    return PHYSICAL.get(name, name)


@dataclass(slots=True)
class Sequencer:
    """Collects keys until they mean a command; a leader alone waits for the next key."""

    keymap: Keymap
    pressed: tuple[str, ...] = ()
    following: list[tuple[str, Command]] = field(default_factory=list)

    def press(self, scopes: Sequence[str], name: str) -> tuple[bool, Command | None]:
        """(was the key ours, the command it completed)."""
        for spelled in dict.fromkeys((name, latin(name))):
            sequence = (*self.pressed, spelled)
            command = self.keymap.find(scopes, sequence)
            if command is not None:
                self.reset()
                return True, command
            following = self.keymap.continuations(scopes, sequence)
            if following:
                self.pressed, self.following = sequence, following
                return True, None
        waiting = bool(self.pressed)
        self.reset()
        return waiting, None  # a key that does not continue the sequence ends it, and is swallowed with it

    def reset(self) -> None:
        """Forget what was pressed."""
        self.pressed, self.following = (), []
