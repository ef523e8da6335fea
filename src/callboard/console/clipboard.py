"""Copying through the terminal (OSC 52), which works over ssh; wrapped inside tmux and screen; a file where that cannot be.

A terminal never answers whether it copied, so the sentence for the person says what was done, not what was hoped.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from pathlib import Path

LIMIT = 74_994  # bytes of text: 100,000 of base64, what xterm, tmux and most others accept
SCREEN_CHUNK = 76


def sequence(text: str, env: Mapping[str, str]) -> str:
    """The escape sequence that asks the terminal to copy, bare or in the wrapping the multiplexer needs."""
    code = f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07"
    # tmux takes the bare code with set-clipboard on, and hands on the wrapped one with allow-passthrough on
    return (code if env.get("TMUX") else "") + passed_on(code, env)


def passed_on(code: str, env: Mapping[str, str]) -> str:
    """A code for the terminal itself, in the wrapping that makes tmux or screen hand it on."""
    if env.get("TMUX"):
        return "\x1bPtmux;" + code.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if env.get("TERM", "").startswith("screen") and env.get("STY"):
        parts = [code[at : at + SCREEN_CHUNK] for at in range(0, len(code), SCREEN_CHUNK)]
        return "".join(f"\x1bP{part}\x1b\\" for part in parts)
    return code


def copy(text: str, what: str, write: Callable[[str], object], folder: Path, env: Mapping[str, str] | None = None) -> str:
    """Copy ``text`` and return the sentence to show. Too long for a terminal: it is written to a file of ``folder``."""
    env = os.environ if env is None else env
    size = len(text.encode())
    if size > LIMIT or env.get("TERM") in {"linux", "dumb"}:
        path = folder / "copied.txt"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(text, "utf-8")
        reason = f"{size:,} bytes is more than a terminal takes" if size > LIMIT else "this terminal has no clipboard"
        return f"{what}: {reason}; written to {path}"
    write(sequence(text, env))
    through = " through tmux (needs set-clipboard on or allow-passthrough on)" if env.get("TMUX") else ""
    return f"{what} sent to the terminal's clipboard{through}"
