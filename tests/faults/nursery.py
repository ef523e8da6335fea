"""Server processes born of one that has read the program already: 200 kills need not read it 200 times.

Each child is a process of its own that runs the very command line; only the reading of the source is done beforehand. It is told
on standard input: a line of arguments begins a server, ``poll PID`` asks what became of it.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import time
from pathlib import Path


class Child:
    """A server, as ``subprocess.Popen`` would show it."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid = pid
        self._nursery = nursery
        self._status: int | None = None

    def poll(self) -> int | None:
        """Its exit status once it has ended, negative for a signal."""
        if self._status is None and (told := self._nursery.ask(f"poll {self.pid}")) >= 0:
            self._status = os.waitstatus_to_exitcode(told)
        return self._status

    def wait(self, timeout: float = 60) -> int:
        """Until it has ended, at most so many seconds."""
        latest = time.monotonic() + timeout
        while (status := self.poll()) is None:
            assert time.monotonic() < latest, f"process {self.pid} does not end"
            time.sleep(0.005)
        return status

    def send_signal(self, number: int) -> None:
        """Nobody else can have its id: it is waited for by its parent alone, when we ask."""
        os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class Nursery:
    """The parent, from outside."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, __file__], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            )

    def ask(self, line: str) -> int:
        """One line, one number."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def start(self, *words: str) -> Child:
        """A new server."""
        return Child(self, self.ask(json.dumps(words)))

    def close(self) -> None:
        """No more children."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()


def _bear(words: list[str]) -> int:
    """Fork; the child becomes ``callboard WORDS`` and never returns."""
    pid = os.fork()
    if pid:
        return pid
    os.dup2(2, 1)  # what it prints goes to the log, not among our answers
    os.close(0)
    sys.argv = ["callboard", *words]
    status: object = 1
    try:
        importlib.import_module("callboard.__main__").main()
    except SystemExit as end:
        status = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if isinstance(status, int) else 0)


def _read_the_program() -> None:
    """Everything a server imports, without starting a thread or opening anything."""
    import callboard

    for module in pkgutil.walk_packages(callboard.__path__, "callboard."):
        if not module.name.startswith("callboard.console") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in ("callboard.__main__", "psycopg", "sqlalchemy.dialects.postgresql.psycopg", "uvicorn.lifespan.on"):
        importlib.import_module(name)


def _poll(pid: int) -> int:
    """What waitpid says of a child that has ended, -1 of one that lives."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    return status if ended else -1


def _serve() -> None:
    _read_the_program()
    for line in sys.stdin:
        answer = _poll(int(line[5:])) if line.startswith("poll ") else _bear(json.loads(line))
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
