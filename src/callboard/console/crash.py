"""A crash as a file for the person to read or send: where it happened, no values of variables, secrets masked."""

from __future__ import annotations

import platform
import re
import time
import traceback
from pathlib import Path

from callboard import __version__

_WORDS = "bearer|basic|token|password|passwd|secret|api[_-]?key|auth[_-]?token"
_MASKS = (
    (re.compile(r"\b(qbs|qbk_live|qbk_test|qtv|apifycloud|apc|inv|whsec)_[A-Za-z0-9_\-+/=]{6,}"), r"\1_…"),
    (re.compile(r"(://[^:/@\s]+):[^@\s]+@"), r"\1:…@"),
    (re.compile(rf"(?i)\b({_WORDS})(['\"]?\s*[=: ]\s*['\"]?)[^\s'\"&,;)]+"), r"\1\2…"),
    (re.compile(r"([?&](?:t|token|sig|key)=)[^\s&'\"]+"), r"\1…"),
    (re.compile(r"\+\d{7,15}\b"), "+…"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"), "…@…"),
)  # fmt: skip


def mask(text: str) -> str:
    """The text without keys, passwords, link tokens, phone numbers and e-mail addresses."""
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text


def report(error: BaseException) -> str:
    """The report as text: versions, the time, where it happened."""
    lines = [
        f"callboard {__version__} on Python {platform.python_version()}, {platform.system()} {platform.release()}",
        time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "",
        *traceback.format_exception(type(error), error, error.__traceback__),
    ]
    return mask("\n".join(line.rstrip("\n") for line in lines)) + "\n"


def write(error: BaseException, folder: Path) -> Path | None:
    """Write the report; where it stands, or None when it could not be written."""
    path = folder / f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{time.monotonic_ns() % 1000:03d}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(report(error), "utf-8")
    except OSError:
        return None
    return path
