"""Says to other processes what was committed: in a thread of its own, what a moment brought gathered into one sending.

After the commit and not in it: whoever listens asks again at once, and must find the change there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from callboard.domain.events import Announcement

GATHER_SECONDS = 0.02
Send = Callable[[Mapping[str, list[str]]], None]  # nouns by organization


class Herald:
    """``send`` is called from the herald's thread alone; what it cannot send is lost."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._told: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    def tell(self, announcement: Announcement) -> None:
        """Say it soon."""
        with self._lock:
            self._told |= {(announcement.organization_id, noun) for noun in announcement.nouns}
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="callboard-herald", daemon=True)
                self._thread.start()
        self._wake.set()

    def close(self) -> None:
        """Say what is left."""
        self._closing = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._closing or self._told:
            self._wake.wait()
            time.sleep(GATHER_SECONDS)
            self._wake.clear()
            with self._lock:
                told, self._told = self._told, set()
            nouns: dict[str, list[str]] = {}
            for organization, noun in sorted(told):
                nouns.setdefault(organization, []).append(noun)
            if nouns:
                self._send(nouns)
