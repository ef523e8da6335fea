"""Structured logs: one JSON object a line, on standard error or in a file (a console owns the terminal).

Nothing secret gets in: no headers, no query strings, no bodies; of an exception only its class and where it was raised, since
its words may quote a customer.

Loggers carry their own processors instead of structlog's global ones: unconfigured, those draw a traceback with all local
variables.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import structlog

_REDACTED = frozenset({"authorization", "key_text", "secret", "token", "password", "t"})
_DEEPEST = 12
_NEVER = logging.CRITICAL + 1  # what a caller's form is like is for its answer to say
_encode = json.JSONEncoder().encode


def _redact(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The last guard: a name that means a secret never carries its value, and what is None is left out."""
    return {k: "[redacted]" if k.lower() in _REDACTED else v for k, v in event.items() if v is not None}


def _where(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """``error=<exception>`` as its class and the way to it."""
    error = event.get("error")
    if isinstance(error, BaseException):
        event["error"] = type(error).__qualname__
        cause = error.__cause__
        event["cause"] = type(cause).__qualname__ if cause is not None else None
        frames = traceback.extract_tb(error.__traceback__)[-_DEEPEST:]
        event["at"] = [f"{frame.filename.rsplit('/src/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
    return event


_PROCESSORS: list[structlog.typing.Processor] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _where,
    _redact,
    structlog.processors.JSONRenderer(),
]


class _Lines(logging.Formatter):
    """Our lines are JSON already; uvicorn's become it."""

    def format(self, record: logging.LogRecord) -> str:
        if record.name.startswith("callboard"):
            return record.getMessage()
        line: dict[str, Any] = {"event": record.getMessage(), "level": record.levelname.lower(), "logger": record.name}
        line["timestamp"] = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__qualname__
        return json.dumps(line)


def configure(level: str = "info", file: Path | None = None, stream: TextIO | None = None) -> None:
    """Send our own lines and those of what we run on to one place as JSON. ``file`` for a process whose terminal is a console."""
    threshold = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    if file is not None:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler: logging.Handler = logging.FileHandler(file, encoding="utf-8", delay=True)
    else:
        handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Lines())
    beside = max(threshold, logging.WARNING)
    for name, lowest in (("callboard", threshold), ("uvicorn", beside), ("asyncio", beside), ("python_multipart", _NEVER)):
        logger = logging.getLogger(name)
        for old in logger.handlers:
            old.close()
        logger.handlers = [handler]
        logger.setLevel(lowest)
        logger.propagate = False
    structlog.configure(  # for who asks structlog itself for a logger
        processors=_PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def wanted(name: str, level: int = logging.INFO) -> bool:
    """Whether anybody would read a line of that level."""
    return logging.getLogger(name).isEnabledFor(level)


def lines(name: str, events: Sequence[dict[str, Any]]) -> None:
    """Many lines of what is known to hold no secret (the request log), as one write: a tenth of a logger's cost for each."""
    if events:
        stamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        made = [_encode({**_redact(None, "info", event), "level": "info", "timestamp": stamp}) for event in events]
        logging.getLogger(name).info("\n".join(made))


def get(name: str) -> Any:
    """A logger of that name; silent until :func:`configure`."""
    logger = logging.getLogger(name)
    if not logging.getLogger("callboard").handlers:
        logging.getLogger("callboard").addHandler(logging.NullHandler())
    return structlog.wrap_logger(
        logger, processors=_PROCESSORS, wrapper_class=structlog.stdlib.BoundLogger, cache_logger_on_first_use=True
    )
