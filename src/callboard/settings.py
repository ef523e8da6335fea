"""One typed settings object: flag > environment > file > default. Standard library only: the first frame waits for it."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from callboard.domain.errors import Invalid

APP = "callboard"
NOTIFICATIONS = ("auto", "osc9", "osc777", "off")


def _xdg(variable: str, fallback: str) -> Path:
    base = os.environ.get(variable)
    return (Path(base) if base else Path.home() / fallback) / APP


def config_dir() -> Path:
    """``$XDG_CONFIG_HOME/callboard``."""
    return _xdg("XDG_CONFIG_HOME", ".config")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a deployment may set. Each field is a flag, ``CALLBOARD_<FIELD>`` and a key of ``config.toml``."""

    database_url: str = ""  # SQLAlchemy URL; empty: a SQLite file in the data folder
    public_url: str = ""  # what customers' links begin with; empty: where the server listens
    data_dir: Path = field(default_factory=lambda: _xdg("XDG_DATA_HOME", ".local/share"))
    config_file: Path = field(default_factory=lambda: config_dir() / "config.toml")
    host: str = "127.0.0.1"
    port: int = 8080
    theme: str = "backstage"
    mouse: bool = True
    plain: bool = False  # linear text for screen readers
    notifications: str = "auto"  # on the desktop, for a call or a customer who waits: auto, osc9, osc777, off
    tls_cert: str = ""
    tls_key: str = ""
    trusted_proxies: str = ""  # comma-separated addresses whose X-Forwarded-* are believed
    failed_keys_per_minute: int = 30  # wrong API keys one address may show before it is told to wait; 0: any number
    workers: int = 1
    metrics: bool = False
    log_level: str = "info"
    allow_private_webhooks: bool = False
    upload_limit_mb: int = 25
    sms_gateway: str = "outbox"
    telephony_gateway: str = "manual"
    room_gateway: str = "embedded"
    gateways: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # [gateways.twilio] account_sid = …
    keys: Mapping[str, str] = field(default_factory=dict)  # [keys] binding id = keys

    @property
    def resolved_database_url(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir / 'callboard.db'}"

    @property
    def resolved_public_url(self) -> str:
        """What links begin with, without a trailing slash."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = "localhost" if self.host in {"127.0.0.1", "::1", "0.0.0.0"} else self.host  # noqa: S104 - compared, not bound
        return f"{'https' if self.tls_cert else 'http'}://{host}:{self.port}"

    @property
    def log_dir(self) -> Path:
        """Where crash reports and logs go."""
        return self.data_dir / "log"

    def gateway(self, name: str) -> Mapping[str, Any]:
        """The settings of one gateway: its table in the file, each key overridden by ``CALLBOARD_<NAME>_<KEY>``."""
        prefix = f"CALLBOARD_{name.upper()}_"
        env = {k[len(prefix) :].lower(): v for k, v in os.environ.items() if k.startswith(prefix)}
        return {**self.gateways.get(name, {}), **env}


def _convert(name: str, value: Any, default: Any) -> Any:  # noqa: PLR0911 - one exit a type
    """One value in the type of the field's default; Invalid names the setting."""
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        text = str(value).strip().lower()
        if text in {"1", "true", "yes", "on"}:
            return True
        if text in {"0", "false", "no", "off", ""}:
            return False
        raise Invalid(name, "must be true or false")
    if isinstance(default, int):
        try:
            return int(value)
        except (TypeError, ValueError) as error:
            raise Invalid(name, "must be a whole number") from error
    if isinstance(default, Path):
        return Path(str(value)).expanduser()
    if isinstance(default, Mapping):
        if not isinstance(value, Mapping):
            raise Invalid(name, "must be a table")
        return value
    return str(value)


def _from_file(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, OSError) as error:
        raise Invalid("config", f"{path}: {error}") from error


def load(**flags: Any) -> Settings:
    """Settings from flags (None means not given), the environment, the file and the defaults; Invalid for a bad value."""
    base = Settings()
    config_file = Path(flags.get("config_file") or os.environ.get("CALLBOARD_CONFIG_FILE") or base.config_file)
    file = _from_file(config_file)
    known = {f.name for f in fields(Settings)}
    unknown = sorted(set(file) - known)
    if unknown:
        sys.stderr.write(f"callboard: {config_file}: unknown settings ignored: {', '.join(unknown)}\n")
    changes: dict[str, Any] = {"config_file": config_file}
    for name in known - {"config_file"}:
        default = getattr(base, name)
        given = flags.get(name)
        if given is None:
            given = os.environ.get(f"CALLBOARD_{name.upper()}") if not isinstance(default, Mapping) else None
        if given is None:
            given = file.get(name)
        if given is not None:
            changes[name] = _convert(name, given, default)
    settings = replace(base, **changes)
    if not 0 <= settings.port <= 65535:
        raise Invalid("port", "must be between 0 and 65535")
    if settings.notifications not in NOTIFICATIONS:
        raise Invalid("notifications", f"must be one of {', '.join(NOTIFICATIONS)}")
    return settings
