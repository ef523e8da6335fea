"""A word on the person's desktop when somebody waits: OSC 9 or OSC 777, asked of the terminal, which works over ssh.

No library and no daemon: whoever works through ssh and tmux has no desktop on the machine the console runs on. A terminal never
says whether it can, so the bell rings as well, and the toast stands in the console.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from callboard.console.clipboard import passed_on

LONGEST = 200  # characters of a body
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_SEMICOLONS = str.maketrans({";": ","})


def kind_for(wanted: str, env: Mapping[str, str]) -> str:
    """``osc9``, ``osc777`` or ``off``: what was wished, or by ``auto`` what this terminal is known to show."""
    if wanted in {"osc9", "osc777", "off"}:
        return wanted
    if env.get("TERM") in {"linux", "dumb"}:
        return "off"
    if env.get("VTE_VERSION") or env.get("TERM", "").startswith(("rxvt", "foot")):
        return "osc777"
    return "osc9"


def sequence(title: str, body: str, wanted: str, env: Mapping[str, str] | None = None) -> str:
    """What is to be written to the terminal; empty when nothing is."""
    env = os.environ if env is None else env
    kind = kind_for(wanted, env)
    title, body = (_UNPRINTABLE.sub(" ", text).strip()[:LONGEST] for text in (title, body))
    if kind == "off" or not title:
        return ""
    if kind == "osc777":
        # The title ends at a semicolon; a terminal that knows the form takes all that follows as the body.
        return passed_on(f"\x1b]777;notify;{title.translate(_SEMICOLONS)};{body}\x07", env)
    # A digit and a semicolon in front would be one of ConEmu's other orders (9;4 is a progress bar).
    return passed_on(f"\x1b]9;{title}{f': {body}' if body else ''}\x07".replace("\x1b]9;4;", "\x1b]9; 4;"), env)
