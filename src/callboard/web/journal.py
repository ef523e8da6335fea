"""What was asked and answered: gathered in memory, written a few times a second as log lines, request_log rows and counters.

Off the hot path on purpose: one append a request. Query strings, headers and bodies never come here: they may hold secrets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from callboard.services import keys, requests
from callboard.services.requests import Request
from callboard.services.service import SYSTEM, Desk, Work
from callboard.web import logs
from callboard.web.metrics import Metrics

EVERY_SECONDS = 0.5
MOST_WAITING = 20_000  # beyond this the log drops rows rather than memory
LAST_USE_SECONDS = 60
AT_A_TIME = 500  # entries between two looks at what else there is to do
_log = logs.get("callboard.web")


class Entry(NamedTuple):
    """One request, as the seam saw it."""

    at: int
    dialect: str
    operation: str
    method: str
    path: str
    status: int
    seconds: float
    request_id: bytes
    org: str | None = None
    key_id: str | None = None
    code: str | None = None


class Journal:
    """Gathers entries; :meth:`keep` is the background task that writes them."""

    def __init__(self, desk: Desk, metrics: Metrics | None = None) -> None:
        self._desk = desk
        self._metrics = metrics
        self._waiting: list[Entry] = []
        self._used: dict[str, int] = {}
        self._used_written = 0

    def add(self, entry: Entry) -> None:
        """Note a request."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(entry)
        if entry.key_id is not None:
            self._used[entry.key_id] = entry.at

    async def keep(self) -> None:
        """Write what has gathered until cancelled; what is left then is written last."""
        try:
            while True:
                await asyncio.sleep(EVERY_SECONDS)
                await self.flush()
        finally:
            await self.flush(last=True)

    async def flush(self, *, last: bool = False) -> None:
        """Write what has gathered. A database that cannot take it loses the rows, not the server."""
        entries, self._waiting = self._waiting, []
        for start in range(0, len(entries), AT_A_TIME):
            await asyncio.sleep(0)  # requests come between
            self._tell(entries[start : start + AT_A_TIME])
        rows = [entry for entry in entries if entry.org is not None]
        session = self._desk.acting(SYSTEM)
        try:
            parts = [rows[start : start + AT_A_TIME] for start in range(0, len(rows), AT_A_TIME)]
            await asyncio.gather(*(session.run(_write, part) for part in parts))  # asked at once, they share a commit
            now = self._desk.clock()
            if self._used and (last or now - self._used_written >= LAST_USE_SECONDS):
                used, self._used, self._used_written = self._used, {}, now
                await session.run(keys.note_use, used)
        except Exception as error:  # noqa: BLE001 - the log must not take the server down
            _log.warning("request log not written", reason=type(error).__name__, rows=len(rows))

    def _tell(self, entries: Sequence[Entry]) -> None:
        """Log lines and counters."""
        logs.lines("callboard.web", [_line(entry) for entry in entries] if logs.wanted("callboard.web") else ())
        if self._metrics is not None:
            for entry in entries:
                self._metrics.count(entry)


def _line(entry: Entry) -> dict[str, Any]:
    return {
        "event": "request",
        "request_id": entry.request_id.decode(),
        "method": entry.method,
        "path": entry.path,
        "dialect": entry.dialect,
        "operation": entry.operation,
        "status": entry.status,
        "ms": round(entry.seconds * 1000, 2),
        "organization": entry.org,
        "key": entry.key_id,
        "code": entry.code,
    }


def _write(work: Work, entries: Sequence[Entry]) -> None:
    requests.note(
        work,
        [
            Request(e.org or "", e.key_id, e.method, e.path, e.dialect, e.status, round(e.seconds * 1000), e.code, e.at)
            for e in entries
        ],
    )
