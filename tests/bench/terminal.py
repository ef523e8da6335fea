"""A program in a real pseudo-terminal: when does something appear on it, how long after a key, how much does it cost idle."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

_ESCAPES = re.compile(rb"\x1b(\[[0-9;?<>=]*[A-Za-z]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Z0-9]|[=>PM78])")
TICK = os.sysconf("SC_CLK_TCK")
# Both programs start from byte code, as anything installed does; it is kept apart from the tree, and the first starts write it.
_BYTE_CODE = tempfile.TemporaryDirectory(prefix="callboard-bytecode-")
COMPILED = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": _BYTE_CODE.name}


class Terminal:
    """One program under a pseudo-terminal of the given size."""

    def __init__(self, command: list[str], env: dict[str, str], columns: int = 120, rows: int = 40) -> None:
        self.begun = time.perf_counter()
        size = struct.pack("HHHH", rows, columns, 0, 0)
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)  # here and not outside: the program may look before the parent gets to it
            shape = {"COLUMNS": str(columns), "LINES": str(rows)}  # pytest has its own in the environment
            os.environ.update(env, **COMPILED, **shape, TERM="xterm-256color", COLORTERM="truecolor")
            os.execvp(command[0], command)  # noqa: S606
        self.seen = b""

    def _read(self, seconds: float) -> bytes:
        if not select.select([self.file], [], [], seconds)[0]:
            return b""
        try:
            return os.read(self.file, 1 << 16)
        except OSError:
            return b""

    def until(self, text: str, patience: float = 30.0) -> float:
        """Milliseconds from the program's start until the text has been painted."""
        wanted = text.encode()
        deadline = time.perf_counter() + patience
        while time.perf_counter() < deadline:
            self.seen += self._read(0.5)
            if wanted in _ESCAPES.sub(b"", self.seen):
                return (time.perf_counter() - self.begun) * 1000
        raise TimeoutError(f"{text!r} was not painted; saw {_ESCAPES.sub(b'', self.seen)[-400:]!r}")

    def drain(self, quiet: float = 0.4) -> None:
        """Read until nothing has come for a moment."""
        while self._read(quiet):
            pass
        self.seen = b""

    def look_on(self, seconds: float) -> None:
        """Read what comes for so long: a screen that ticks is never quiet."""
        ends = time.perf_counter() + seconds
        while (left := ends - time.perf_counter()) > 0:
            self._read(left)

    def key(self, keys: str, patience: float = 2.0) -> float:
        """Milliseconds from a key until the first output after it."""
        begin = time.perf_counter()
        os.write(self.file, keys.encode())
        if not self._read(patience):
            raise TimeoutError(f"nothing was painted after {keys!r}")
        return (time.perf_counter() - begin) * 1000

    def key_until(self, keys: str, text: str, patience: float = 30.0) -> float:
        """Milliseconds from a key until the text has been painted."""
        begin = time.perf_counter()
        os.write(self.file, keys.encode())
        self.until(text, patience)
        return (time.perf_counter() - begin) * 1000

    def cpu(self) -> float:
        """Seconds of processor time used so far by the program and its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory_mb(self) -> float:
        """Resident megabytes."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024

    def close(self) -> None:
        """End the program."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.file)


def bare() -> Terminal:
    """The least a Textual program can be."""
    return Terminal([sys.executable, str(Path(__file__).with_name("bare.py"))], dict(os.environ))


def console(folder: Path, *arguments: str, columns: int = 120, rows: int = 40) -> Terminal:
    """The console as it is started from a shell, on the database and the kept session of a data folder."""
    env = {**os.environ, "CALLBOARD_DATA_DIR": str(folder), "CALLBOARD_DATABASE_URL": f"sqlite:///{folder / 'callboard.db'}"}
    return Terminal([sys.executable, "-m", "callboard", *arguments], env, columns, rows)
