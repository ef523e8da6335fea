"""A file that is locked for as long as its process lives: how others on the same machine know that it does not any more.

Why a lock and not a process id: the system lets go of it whatever the process died of, and never gives it to somebody else.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Generator
from pathlib import Path

_WORD = "-alive-"


def _lock(descriptor: int, *, alone: bool) -> bool:
    """Whether the file could be locked, without waiting. Two who only look do not keep each other from it."""
    try:
        import fcntl

        fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return False
    return True


@contextlib.contextmanager
def mark(file: str) -> Generator[str]:
    """While inside, this process is known to live, by the name given; empty where that cannot be made known."""
    base, name = _base(file), "life" + secrets.token_hex(4)
    with contextlib.ExitStack() as stack:
        try:
            base.stat()  # in memory: nobody else sees it
            # Locked before it has its name: whoever tidies up between the two would take it for a dead one's.
            fresh = base.with_name(f"{base.name}-{name}.new")
            descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
            stack.callback(os.close, descriptor)
            stack.callback(fresh.unlink, missing_ok=True)
            if _lock(descriptor, alone=True):
                path = fresh.rename(_path(base, name))
                stack.callback(path.unlink, missing_ok=True)
                _tidy(base)
            else:
                name = ""
        except OSError:  # a full disk, a file system without locks: then nobody can tell, and leases run out by themselves
            name = ""
        yield name


def dead(file: str, name: str) -> bool:
    """Whether the process of that name lives no more: its file is gone, or nobody holds it."""
    try:
        descriptor = os.open(_path(_base(file), name), os.O_RDONLY)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        return _lock(descriptor, alone=False)
    finally:
        os.close(descriptor)


def _base(file: str) -> Path:
    """One place, by whichever way the file was reached."""
    return Path(file).resolve()


def _path(base: Path, name: str) -> Path:
    return base.with_name(base.name + _WORD + name)


def _tidy(base: Path) -> None:
    """Take away what the dead left."""
    for path in base.parent.glob(f"{base.name}{_WORD}*"):
        if dead(str(base), path.name.partition(_WORD)[2]):
            path.unlink(missing_ok=True)
