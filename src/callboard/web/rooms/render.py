"""Pages from a template and the texts: everything put in is escaped, nothing is inline but what carries the page's nonce."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_HOLE = re.compile(r"\{\{(\w+)\}\}")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}\Z")
DEFAULT_COLOUR = "#F0B45B"
_AA = 4.5  # WCAG AA contrast for text


@lru_cache(maxsize=32)
def texts(language: str = "en") -> Mapping[str, str]:
    """Every text of a language; a translation is one more file beside ``en.json`` (missing texts stay English)."""
    base: dict[str, str] = json.loads((HERE / "texts" / "en.json").read_text("utf-8"))
    path = HERE / "texts" / f"{language}.json"
    return {**base, **json.loads(path.read_text("utf-8"))} if language != "en" and path.is_file() else base


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """Languages there is a file for."""
    return tuple(sorted(p.stem for p in (HERE / "texts").glob("*.json")))


def language_for(accept: str) -> str:
    """The first language of Accept-Language that there is a file for."""
    for part in accept[:200].split(","):
        tag = part.split(";")[0].strip().lower()
        for known in (tag, tag.split("-")[0]):
            if known in languages():
                return known
    return "en"


@lru_cache(maxsize=8)
def _template(name: str) -> str:
    return (HERE / "templates" / f"{name}.html").read_text("utf-8")


def page(name: str, words: Mapping[str, str], values: Mapping[str, str], raw: Mapping[str, str] | None = None) -> str:
    """The template with its ``{{holes}}`` filled: from ``values``, else from the texts; only ``raw`` is not escaped."""
    raw = raw or {}

    def fill(match: re.Match[str]) -> str:
        key = match.group(1)
        if key in raw:
            return raw[key]
        return html.escape(values[key] if key in values else words[key])

    return _HOLE.sub(fill, _template(name))


def data(value: Mapping[str, Any]) -> str:
    """JSON that may stand inside a script element."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


# --- colour -------------------------------------------------------------------------------------------------------------
def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Relative luminance (WCAG)."""
    parts = [c / 255 for c in _rgb(colour)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    a, b = sorted((luminance(one), luminance(other)), reverse=True)
    return (a + 0.05) / (b + 0.05)


def _toward(colour: str, goal: str, background: str) -> str:
    """The colour, mixed toward ``goal`` just until it can be read on ``background``."""
    for step in range(21):
        mixed = [round(a + (b - a) * step / 20) for a, b in zip(_rgb(colour), _rgb(goal), strict=True)]
        found = "#" + "".join(f"{c:02x}" for c in mixed)
        if contrast(found, background) >= _AA:
            return found
    return goal


def accent(colour: str) -> dict[str, str]:
    """The organization's colour as a background, the ink that can be read on it, and itself as text on light and dark."""
    base = colour if _COLOUR.match(colour) else DEFAULT_COLOUR
    ink = max(("#14161a", "#ffffff"), key=lambda c: contrast(c, base))
    fill = base if contrast(ink, base) >= _AA else _toward(base, "#ffffff" if ink == "#14161a" else "#000000", ink)
    return {
        "accent": fill,
        "ink": ink,
        "on_light": _toward(base, "#000000", "#f4f1ea"),
        "on_dark": _toward(base, "#ffffff", "#23262d"),
    }


def style(colour: str) -> str:
    """The page's only inline style: the organization's colour."""
    found = accent(colour)
    return ":root{" + ";".join(f"--{k.replace('_', '-')}:{v}" for k, v in found.items()) + "}"
