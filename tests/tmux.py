"""A program in the real terminal multiplexer: keys go in, what stands on the screen comes out."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

import pytest

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux (apt-get install tmux)")


class Tmux:
    """One program under a tmux server of its own, as large as told: ``with Tmux(["callboard"], env) as screen: …``."""

    def __init__(self, command: list[str], env: Mapping[str, str], columns: int = 120, rows: int = 40) -> None:
        self._command = command
        self._env = {**os.environ, **env}
        self._env.pop("TMUX", None)
        self._size = (columns, rows)
        self._socket = f"callboard-{uuid.uuid4().hex[:8]}"

    def __enter__(self) -> Self:
        columns, rows = self._size
        size = ("-x", str(columns), "-y", str(rows))
        self._tmux("-f", os.devnull, "new-session", "-d", *size, *self._command)
        self._tmux("set-option", "-g", "remain-on-exit", "on")
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], check=False, capture_output=True)

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(["tmux", "-L", self._socket, *words], env=self._env, check=True, capture_output=True, text=True)
        return done.stdout

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return self._tmux("capture-pane", "-p")

    @property
    def lines(self) -> list[str]:
        """The same by line."""
        return self.text.split("\n")

    def keys(self, *keys: str) -> None:
        """Press keys by tmux's names (``Enter``, ``Down``, ``n``)."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type a text as it is."""
        self._tmux("send-keys", "-l", text)

    def resize(self, columns: int, rows: int) -> None:
        """Another size of the window."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def until(self, wanted: str | Callable[[str], object], patience: float = 60.0) -> str:
        """Wait until a text stands there (or the question about the screen is answered yes); the screen."""
        deadline = time.monotonic() + patience
        while True:
            text = self.text
            if wanted in text if isinstance(wanted, str) else wanted(text):
                return text
            assert time.monotonic() < deadline, f"{wanted} did not come; the screen:\n{text}"
            time.sleep(0.03)

    @property
    def ended(self) -> int | None:
        """The program's exit status once it has ended."""
        dead, status = self._tmux("display-message", "-p", "#{pane_dead} #{pane_dead_status}").rstrip("\n").split(" ")
        return int(status or 0) if dead == "1" else None

    def wait(self, patience: float = 60.0) -> int:
        """The exit status, once the program has ended."""
        self.until(lambda _: self.ended is not None, patience)
        return self.ended or 0
