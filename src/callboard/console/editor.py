"""Long notes in the person's own editor: the console steps aside, ``$VISUAL`` or ``$EDITOR`` runs, the text comes back."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp


def command() -> list[str]:
    """The editor's command line; nothing when there is none, or one whose quotes do not close."""
    try:
        return shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "")
    except ValueError:
        return []


def edit(app: CallboardApp, text: str) -> str | None:
    """The edited text; None when nothing changed, the editor failed, or there is none (which is said)."""
    words = command()
    if not words:
        app.say("neither VISUAL nor EDITOR names an editor", "warning")
        return None
    handle, name = tempfile.mkstemp(prefix="callboard-", suffix=".txt")
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        with app.suspend():
            wrong = _run([*words, name])
        found = path.read_text("utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError):
        wrong = "the editor left no UTF-8 text"
    finally:
        path.unlink(missing_ok=True)
    if wrong:
        app.say(f"{wrong}; nothing was changed", "warning")
        return None
    return found if found != text.rstrip("\n") else None


def _run(words: list[str]) -> str:
    """What went wrong, as a word and no exception: one that passes ``suspend`` leaves the terminal with nobody."""
    try:
        code = subprocess.run(words, check=False).returncode  # noqa: S603 - the person's own choice of program
    except OSError as error:
        return f"the editor did not start: {error.strerror}"
    return f"the editor ended with {code}" if code else ""
