"""The program itself in a terminal of its own: what it writes, how it answers keys, that it leaves the terminal as it was."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from acme import Acme

from callboard.services.service import Desk
from callboard.settings import Settings
from support import Clock

COLOUR = re.compile(rb"\x1b\[[0-9;]*(?:38|48);[25]|\x1b\[(?:[0-9;]*;)?(?:3[0-7]|4[0-7]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")
ALT_SCREEN_OFF = b"\x1b[?1049l"
MOUSE_ON, MOUSE_OFF = "\x1b[?1003h", "\x1b[?1003l"


class Terminal:
    """The other end of the program's terminal."""

    def __init__(self, handle: int, process: subprocess.Popen[bytes]) -> None:
        self.handle, self.process = handle, process
        self.written = b""

    def until(self, text: str, seconds: float = 40) -> None:
        """Read until the program has written it."""
        end = time.monotonic() + seconds
        while text.encode() not in self.written:
            assert time.monotonic() < end, f"{text!r} did not come; the last it wrote was {self.written[-2000:]!r}"
            self.read()

    def read(self) -> bool:
        """Take what is there; False when the program has closed its end."""
        if select.select([self.handle], [], [], 0.1)[0]:
            try:
                found = os.read(self.handle, 65536)
            except OSError:
                return False
            self.written += found
            return bool(found)
        return True

    def send(self, keys: bytes) -> None:
        os.write(self.handle, keys)

    def left(self) -> int:
        """Wait for the end; the exit status."""
        end = time.monotonic() + 30
        while time.monotonic() < end and self.process.poll() is None:
            self.read()
        while self.read() and select.select([self.handle], [], [], 0)[0]:
            pass
        return self.process.wait(5)


@contextmanager
def started(folder: Path, *words: str, **env: str) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "CALLBOARD_DATA_DIR": str(folder), **env}
    line = [sys.executable, "-m", "callboard", *words]
    process = subprocess.Popen(line, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True)
    os.close(theirs)
    try:
        yield Terminal(ours, process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        os.close(ours)


@pytest.fixture
def folder(tmp_path: Path, clock: Clock) -> Path:
    """A data folder with an office in it."""
    folder = tmp_path / "callboard"
    desk = Desk(Settings(data_dir=folder), clock=clock)
    Acme(desk, clock)
    desk.close()
    return folder


def test_in_and_out_of_the_terminal(folder: Path) -> None:
    with started(folder) as terminal:
        terminal.until("Acme Moving")
        terminal.send(b"2")
        terminal.until("no-show")  # the footer of the queue; its empty list may be painted in pieces
        terminal.send(b"?")
        terminal.until("Help: Queue first")
        assert COLOUR.search(terminal.written)
        terminal.send(b"\x1b")
        time.sleep(0.3)  # a lone escape is told from a sequence by the silence after it
        terminal.send(b"\x11")
        assert terminal.left() == 0
    assert ALT_SCREEN_OFF in terminal.written
    assert b"Traceback" not in terminal.written


def test_no_color_writes_no_colour_and_plain_shows_the_cursor(folder: Path) -> None:
    with started(folder, NO_COLOR="1", CALLBOARD_PLAIN="1") as terminal:
        terminal.until("Acme Moving")
        terminal.until("keys: n new")
        terminal.until("\x1b[?25h")
        terminal.send(b"\x11")
        assert terminal.left() == 0
    assert COLOUR.search(terminal.written) is None


def test_the_ansi_theme_speaks_sixteen_colours(folder: Path) -> None:
    with started(folder, CALLBOARD_THEME="ansi") as terminal:
        terminal.until("Acme Moving")
        terminal.send(b"n")
        terminal.until("New booking")
        terminal.send(b"\x11")
        terminal.send(b"\x11")
        assert terminal.left() == 0
    assert COLOUR.search(terminal.written)
    assert re.search(rb"[34]8;2;", terminal.written) is None
    assert all(int(number) < 16 for number in re.findall(rb"[34]8;5;(\d+)", terminal.written))


def test_the_mouse_is_taken_and_left(folder: Path) -> None:
    with started(folder) as terminal:
        terminal.until("Acme Moving")
        assert MOUSE_ON.encode() in terminal.written
        terminal.send(b",m")
        terminal.until("terminal's now")
        assert MOUSE_OFF.encode() in terminal.written
        terminal.written = b""
        terminal.send(b",m")
        terminal.until("carries here again")
        assert MOUSE_ON.encode() in terminal.written
        terminal.send(b"\x11")
        assert terminal.left() == 0


def test_a_mouse_that_is_not_wanted_is_never_taken(folder: Path) -> None:
    with started(folder, CALLBOARD_MOUSE="false") as terminal:
        terminal.until("Acme Moving")
        terminal.send(b"\x11")
        assert terminal.left() == 0
    assert MOUSE_ON.encode() not in terminal.written
