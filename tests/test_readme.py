"""The README is checked against the code: commands, settings and keys stand in it as they are.

``CALLBOARD_TEST_WRITE_README=1 uv run pytest tests/test_readme.py`` writes the generated parts anew.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from callboard import cli
from callboard.settings import Settings

README = Path(__file__).resolve().parent.parent / "README.md"
WRITE = bool(os.environ.get("CALLBOARD_TEST_WRITE_README"))
WORDS = {
    "database_url": "SQLAlchemy URL; empty: a SQLite file in the data folder",
    "public_url": "what customers' links begin with; empty: where the server listens",
    "data_dir": "where the database, uploads, recordings and logs lie",
    "config_file": "the configuration file itself",
    "host": "address the server listens on",
    "port": "port the server listens on",
    "theme": "the console's theme",
    "mouse": "whether the console takes the mouse",
    "plain": "linear text for screen readers",
    "notifications": "on the desktop, for a call or a customer who waits: auto, osc9, osc777 or off; the bell rings in any case",
    "tls_cert": "certificate file; with `tls_key` the server speaks HTTPS",
    "tls_key": "private key file",
    "trusted_proxies": "addresses whose `X-Forwarded-*` are believed, by commas",
    "failed_keys_per_minute": "wrong API keys one address may show in a minute before it is answered 429; 0: any number",
    "workers": "server processes sharing the socket; PostgreSQL only",
    "metrics": "Prometheus counters at `/metrics`",
    "log_level": "debug, info, warning or error",
    "allow_private_webhooks": "webhooks may go to private addresses",
    "upload_limit_mb": "the largest file a customer may upload, megabytes",
    "sms_gateway": "who sends text messages: outbox, twilio, kannel, gammu",
    "telephony_gateway": "who places calls: manual, twilio",
    "room_gateway": "who carries video",
    "gateways": "`[gateways.<name>]` tables in the file; `CALLBOARD_<NAME>_<KEY>` overrides one key",
    "keys": "`[keys]` table in the file: command id = keys",
}


def _commands() -> str:
    lines = ["| command | what it does |", "|---|---|", "| `callboard` | the console on the default database |"]
    listed = [*cli.NOUNS.items(), *((name, words) for name, (_where, words) in cli.COMMANDS.items())]
    return "\n".join([*lines, *(f"| `callboard {name}` | {words} |" for name, words in listed)]) + "\n"


def _settings() -> str:
    lines = ["| setting | environment | default | |", "|---|---|---|---|"]
    for field in fields(Settings):
        default = field.default if isinstance(field.default, str | int | bool) else ""
        shown = {"data_dir": "~/.local/share/callboard", "config_file": "~/.config/callboard/config.toml"}.get(
            field.name, str(default).lower() if isinstance(default, bool) else str(default)
        )
        variable = "" if field.name in {"gateways", "keys"} else f"`CALLBOARD_{field.name.upper()}`"
        lines.append(f"| `{field.name}` | {variable} | {f'`{shown}`' if shown else ''} | {WORDS[field.name]} |")
    return "\n".join(lines) + "\n"


def _keys() -> str:
    from callboard.console.commands import keys_table

    return keys_table()


@pytest.mark.parametrize(("part", "made"), [("commands", _commands), ("settings", _settings), ("keys", _keys)])
def test_generated_parts_are_current(part: str, made: Callable[[], str]) -> None:
    text = README.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {part} -->\n)(.*?)(<!-- /{part} -->)", re.DOTALL)
    found = pattern.search(text)
    assert found is not None
    if WRITE:
        README.write_text(pattern.sub(lambda m: m[1] + made() + m[3], text), encoding="utf-8")
        return
    assert found[2] == made(), "run: CALLBOARD_TEST_WRITE_README=1 uv run pytest tests/test_readme.py"


def test_pictures_are_there() -> None:
    for picture in re.findall(r"\]\((tests/pictures/[^)]+)\)", README.read_text(encoding="utf-8")):
        assert (README.parent / picture).is_file(), picture


def test_every_command_named_in_a_code_block_exists() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    named = re.findall(r"callboard ([a-z]+)", "\n".join(blocks))
    assert named
    assert set(named) <= set(cli.NOUNS) | set(cli.COMMANDS)


def test_the_theme_shown_is_one_and_the_shipped_ones_are_named() -> None:
    from callboard.console import themes

    text = README.read_text(encoding="utf-8").split("## Themes")[1]
    shown = tomllib.loads(re.findall(r"```toml\n(.*?)```", text, re.DOTALL)[0])
    assert list(shown["roles"]) == list(themes.ROLES)
    assert themes.parse("harbour", shown).title == "Harbour"
    assert set(shown) == themes.KEYS
    shipped = {path.stem for path in (README.parent / "themes").glob("*.toml")}
    assert shipped <= set(re.findall(r"`([a-z-]+)`", text.split("```")[0]))
