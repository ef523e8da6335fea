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
    """The editor's command line, or nothing."""
    return shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "")


def edit(app: CallboardApp, text: str) -> str | None:
    """The edited text; None when nothing changed, the editor failed, or there is none."""
    words = command()
    if not words:
        return None
    handle, name = tempfile.mkstemp(prefix="callboard-", suffix=".txt")
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        with app.suspend():
            done = subprocess.run([*words, name], check=False)  # noqa: S603 - the person's own choice of program
        found = path.read_text("utf-8").rstrip("\n")
    except OSError as error:
        app.say(f"the editor did not start: {error.strerror}", "warning")
        return None
    finally:
        path.unlink(missing_ok=True)
    if done.returncode:
        app.say(f"the editor ended with {done.returncode}; nothing was changed", "warning")
        return None
    return found if found != text.rstrip("\n") else None
