"""Prometheus counters, on a registry of their own so that two servers in one process do not collide.

Off unless settings say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

if TYPE_CHECKING:
    from callboard.web.journal import Entry

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Metrics:
    """Requests by dialect, operation and status class, and how long they took."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "callboard_requests",
            "HTTP requests answered.",
            ["dialect", "operation", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "callboard_request_seconds",
            "Time to answer, in seconds.",
            ["dialect"],
            buckets=_BUCKETS,
            registry=self.registry,
        )

    def count(self, entry: Entry) -> None:
        """Note one request."""
        self._requests.labels(entry.dialect, entry.operation, str(entry.status)).inc()
        self._seconds.labels(entry.dialect).observe(entry.seconds)

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry)
