"""What the console remembers between sessions, in one small JSON file of the data folder.

Screen, zone, theme, recent commands, and whatever each screen hands over. A broken or foreign file is no reason not to start.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

RECENT = 12


@dataclass(slots=True)
class State:
    """Everything restored at the next start; screens keep plain JSON values under their own id."""

    screen: str = ""
    zone: str = ""
    second_zone: str = ""
    theme: str = ""
    organization_id: str = ""
    recent: list[str] = field(default_factory=list)
    screens: dict[str, dict[str, Any]] = field(default_factory=dict)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)  # by screen, then by the name the person gave

    def used(self, command_id: str) -> None:
        """Put a command first among the recent ones."""
        self.recent = [command_id, *(c for c in self.recent if c != command_id)][:RECENT]


def load(path: Path) -> State:
    """The remembered state, or a fresh one."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return State()
    fresh = State()
    if isinstance(data, dict):
        for name, default in asdict(fresh).items():
            if isinstance(data.get(name), type(default)):
                setattr(fresh, name, data[name])
    return fresh


def save(path: Path, state: State) -> None:
    """Write it beside and rename, so that a power cut leaves the old one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".console-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(state), file)
        Path(name).replace(path)
    except OSError:
        return  # a read-only folder: the session is simply not remembered
