"""``callboard locate``, ``doctor``, ``completion``."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

from cyclopts import Parameter

from callboard import __version__
from callboard import settings as settings_module
from callboard.cli.common import EXIT_FAILED, Database, Json, actor, desk, emit, table
from callboard.domain.errors import CallboardError


def locate(what: Literal["database", "config", "themes", "log"], /, *, json: Json = False) -> None:
    """Say where something lies: database, config, themes or log."""
    settings = settings_module.load()
    found = {
        "database": settings.resolved_database_url.removeprefix("sqlite:///"),
        "config": str(settings.config_file),
        "themes": str(settings.config_file.parent / "themes"),
        "log": str(settings.log_dir),
    }[what]
    emit({what: found}) if json else sys.stdout.write(f"{found}\n")


def doctor(*, json: Json = False, database_url: Database = None) -> None:
    """Look at the database and everything that waits in it, and name what is stuck. Exit 1 when something is."""
    findings: list[dict[str, str]] = []
    try:
        with desk(database_url) as opened:
            from callboard.services import health

            findings.append({"check": "database", "state": "ok", "detail": opened.store.backend.name})
            findings += health.findings(opened.acting(actor()))
    except CallboardError as error:
        findings.append({"check": "database", "state": "bad", "detail": str(error)})
    stuck = [f for f in findings if f["state"] == "bad"]
    if json:
        emit({"version": __version__, "ok": not stuck, "findings": findings})
    else:
        table(findings, ("check", "state", "detail"), "nothing to check")
    if stuck:
        sys.exit(EXIT_FAILED)


def completion(shell: Annotated[Literal["bash", "zsh", "fish"], Parameter(help="bash, zsh or fish.")], /) -> None:
    """Print a completion script; source it from the shell's start file."""
    from callboard.cli import build

    sys.stdout.write(build().generate_completion(shell=shell))
