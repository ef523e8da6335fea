"""Theme files: found, read, checked, and turned into what Textual and the drawing code need.

A theme is a TOML file: ``title``, ``dark`` (true or false), optionally ``ansi = true``, and ``[roles]`` with every role
below as ``#RRGGBB`` (or, in an ansi theme, one of the sixteen colour names or ``default``). Themes stand in ``themes/`` of
the project, inside the wheel, and in ``$XDG_CONFIG_HOME/callboard/themes``; a person's file of the same name goes first.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callboard.settings import config_dir

if TYPE_CHECKING:
    from textual.theme import Theme

ROLES = (
    "background", "surface", "text", "dim", "accent", "scheduled", "pending", "in_call", "on_hold", "clash", "block", "done",
)  # fmt: skip
_EIGHT = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
ANSI_NAMES = ("default", *_EIGHT, *(f"bright_{n}" for n in _EIGHT))
_HEX = re.compile(r"#[0-9A-Fa-f]{6}\Z")
KEYS = {"title", "dark", "ansi", "roles"}
DEFAULT = "backstage"


class BadTheme(Exception):
    """A theme file that cannot be used; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class ThemeFile:
    """One theme, checked."""

    name: str
    title: str
    dark: bool
    roles: Mapping[str, str]
    ansi: bool = False
    path: Path | None = field(default=None, compare=False)


def folders() -> list[Path]:
    """Where themes are looked for; a later folder's file replaces an earlier one of the same name."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "themes"
    if not shipped.is_dir():  # a checkout: the folder stands at the top of the project
        shipped = package.parent.parent / "themes"
    return [shipped, config_dir() / "themes"]


def paths() -> dict[str, Path]:
    """Theme name → file."""
    return {path.stem: path for folder in folders() if folder.is_dir() for path in sorted(folder.glob("*.toml"))}


def read(path: Path) -> ThemeFile:
    """One theme file; BadTheme says what is wrong with it."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadTheme(str(error)) from error
    return parse(path.stem, data, path)


def parse(name: str, data: Mapping[str, Any], path: Path | None = None) -> ThemeFile:
    """A theme from its table, checked whole: unknown words are as wrong as missing ones, they are mostly spelling."""
    roles = data.get("roles")
    if not isinstance(roles, Mapping):
        raise BadTheme("[roles] is missing")
    ansi = data.get("ansi", False)
    for problem in _problems(data, roles, bool(ansi)):
        raise BadTheme(problem)
    return ThemeFile(name, str(data.get("title", name)), data.get("dark", True), dict(roles), ansi, path)


def _problems(data: Mapping[str, Any], roles: Mapping[str, Any], ansi: bool) -> Iterator[str]:
    for key in sorted(set(data) - KEYS):
        yield f"unknown key {key}"
    for key in ("dark", "ansi"):
        if not isinstance(data.get(key, False), bool):
            yield f"{key} must be true or false"
    for role in sorted(set(roles) - set(ROLES)):
        yield f"unknown role {role}"
    for role in ROLES:
        value = roles.get(role)
        if value is None:
            yield f"role {role} is missing"
        elif ansi and value not in ANSI_NAMES:
            yield f"role {role}: {value!r} is not one of the sixteen colours"
        elif not ansi and not (isinstance(value, str) and _HEX.match(value)):
            yield f"role {role}: {value!r} is not #RRGGBB"


def read_all() -> tuple[dict[str, ThemeFile], list[str]]:
    """Every usable theme by name, and one line for each file that is not."""
    good: dict[str, ThemeFile] = {}
    bad: list[str] = []
    for name, path in paths().items():
        try:
            good[name] = read(path)
        except BadTheme as error:
            bad.append(f"{path.name}: {error}")
    return good, bad


def read_named(name: str) -> tuple[ThemeFile, str]:
    """The wanted theme, or the default with a sentence why: the first frame must have colours whatever the config says."""
    found = paths()
    try:
        if name in found:
            return read(found[name]), ""
        problem = f"no theme {name!r}; there are {', '.join(sorted(found))}"
    except BadTheme as error:
        problem = f"{found[name].name}: {error}"
    return read(folders()[0] / f"{DEFAULT}.toml"), problem


def _variables(theme: ThemeFile, colours: Mapping[str, str]) -> dict[str, str]:
    """Textual's own names for what a role colours, and every role under its own."""
    cursor = "ansi_black" if theme.ansi else colours["background"]
    return {
        **{role.replace("_", "-"): value for role, value in colours.items() if role not in {"background", "surface", "text"}},
        **({"ansi-background": "ansi_default", "ansi-foreground": "ansi_default"} if theme.ansi else {}),
        "text": colours["text"],
        "text-muted": colours["dim"],
        "text-disabled": colours["dim"],
        "border": colours["dim"],
        "border-blurred": colours["dim"],
        "block-cursor-background": colours["accent"],
        "block-cursor-foreground": cursor,
        "block-cursor-text-style": "bold",
        "input-cursor-background": colours["accent"],
        "input-cursor-foreground": cursor,
        "input-selection-background": colours["accent"] if theme.ansi else f"{colours['accent']} 35%",
        "scrollbar": colours["dim"],
        "scrollbar-hover": colours["accent"],
        "scrollbar-active": colours["accent"],
        "scrollbar-background": colours["background"],
        "scrollbar-background-hover": colours["background"],
        "scrollbar-background-active": colours["background"],
        "scrollbar-corner-color": colours["background"],
        "link-color": colours["accent"],
        "link-background": colours["background"],
        "footer-background": colours["surface"],
        "footer-foreground": colours["text"],
        "footer-key-foreground": colours["accent"],
    }


def to_textual(theme: ThemeFile) -> Theme:
    """What Textual's own widgets (inputs, lists, toasts) need; every role is a CSS variable (``$scheduled``, ``$in_call``)."""
    from textual.theme import Theme

    colours = {role: f"ansi_{value}" if theme.ansi else value for role, value in theme.roles.items()}
    return Theme(
        name=theme.name,
        primary=colours["accent"],
        secondary=colours["scheduled"],
        accent=colours["accent"],
        warning=colours["pending"],
        error=colours["clash"],
        success=colours["done"],
        foreground=colours["text"],
        background=colours["background"],
        surface=colours["surface"],
        panel=colours["surface"],
        dark=theme.dark,
        ansi=theme.ansi,
        variables=_variables(theme, colours),
    )
