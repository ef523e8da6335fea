"""The commands that open a face: the console, the demo, the server, the console in a browser."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from callboard import bootstrap
from callboard import settings as settings_module

Serve = Annotated[bool, Parameter(negative="", help="Run the HTTP API in the same process, shown in the header.")]


def open_console(
    *,
    serve: Serve = False,
    host: str | None = None,
    port: int | None = None,
    database_url: str | None = None,
    data_dir: Path | None = None,
    theme: str | None = None,
    mouse: bool | None = None,
    plain: bool | None = None,
) -> int:
    """Open the console on the default database (also: callboard with no command)."""
    flags: dict[str, Any] = {"host": host, "port": port, "database_url": database_url, "data_dir": data_dir}
    return _leave(bootstrap.open_console(serve=serve, **flags, theme=theme, mouse=mouse, plain=plain))


def demo(
    *,
    serve: Serve = False,
    host: str | None = None,
    port: int | None = None,
    theme: str | None = None,
    mouse: bool | None = None,
    plain: bool | None = None,
) -> int:
    """Open the console on a believable sample day, in a database that is thrown away at the end."""
    return _leave(bootstrap.open_console(demo=True, serve=serve, host=host, port=port, theme=theme, mouse=mouse, plain=plain))


def serve(
    *,
    host: Annotated[str | None, Parameter(help="Address to listen on; default 127.0.0.1.")] = None,
    port: Annotated[int | None, Parameter(help="Port; default 8080.")] = None,
    workers: Annotated[int | None, Parameter(help="Processes sharing the socket; PostgreSQL only.")] = None,
    tls_cert: str | None = None,
    tls_key: str | None = None,
    trusted_proxies: Annotated[str | None, Parameter(help="Comma-separated addresses whose X-Forwarded-* are believed.")] = None,
    public_url: str | None = None,
    database_url: str | None = None,
    data_dir: Path | None = None,
    log_level: str | None = None,
    metrics: bool | None = None,
) -> int:
    """Run headless: the HTTP API and the scheduler, until SIGTERM, which finishes what is in flight."""
    settings = settings_module.load(
        host=host,
        port=port,
        workers=workers,
        tls_cert=tls_cert,
        tls_key=tls_key,
        trusted_proxies=trusted_proxies,
        public_url=public_url,
        database_url=database_url,
        data_dir=data_dir,
        log_level=log_level,
        metrics=metrics,
    )
    return _leave(bootstrap.run_server(settings))


def web(*, host: str = "127.0.0.1", port: int = 8000, database_url: str | None = None) -> int:
    """Serve the same console in a browser, on loopback unless told otherwise."""
    return _leave(bootstrap.run_web(host, port, database_url))


def _leave(status: int) -> int:
    if status:
        sys.exit(status)
    return status
