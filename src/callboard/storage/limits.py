"""Rate windows: one row a key and limit, begun by the first request and begun again when it is over."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, insert, select, update

from callboard.storage.tables import rate_windows
from callboard.storage.unit_of_work import Work

_GET = select(rate_windows.c.used, rate_windows.c.expires_at).where(
    rate_windows.c.subject == bindparam("s"), rate_windows.c.window == bindparam("w")
)
_ADD = insert(rate_windows)
_SET = (
    update(rate_windows)
    .where(rate_windows.c.subject == bindparam("s"), rate_windows.c.window == bindparam("w"))
    .values(used=bindparam("n"), expires_at=bindparam("until"))
)
_PRUNE = delete(rate_windows).where(rate_windows.c.expires_at < bindparam("before"))


def take(work: Work, subject: str, window_seconds: int, limit: int, wanted: int) -> tuple[int, int, int]:
    """(granted, left, end of the window in UTC seconds): up to ``wanted`` of what the window still allows."""
    name = str(window_seconds)
    work.backend.lock_key(work.connection, f"rate:{subject}")
    row = work.row(_GET, {"s": subject, "w": name})
    used, until = (row.used, row.expires_at) if row is not None else (0, 0)
    if until <= work.now:
        used, until = 0, work.now + window_seconds
    granted = max(0, min(wanted, limit - used))
    if row is None:
        work.execute(_ADD, {"subject": subject, "window": name, "used": granted, "expires_at": until})
    elif granted:
        work.execute(_SET, {"s": subject, "w": name, "n": used + granted, "until": until})
    return granted, max(0, limit - used - granted), until


def prune(work: Work, before: int) -> int:
    """Forget windows that ended before an instant (UTC seconds)."""
    return int(work.execute(_PRUNE, {"before": before}).rowcount)
