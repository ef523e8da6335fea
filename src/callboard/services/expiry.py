"""What runs out: pending bookings, calls nobody joined, calls past their end, keys, counters and old logs.

Nothing here is needed for a right answer (an expired hold is free whether or not anyone swept): it keeps lists true and tables
small.
"""

from __future__ import annotations

from callboard.domain.organizations import Policy
from callboard.services import bookings, deliveries, idempotency, limits, requests
from callboard.storage import bookings as booking_rows
from callboard.storage import organizations as organization_rows
from callboard.storage.unit_of_work import Work

LOG_DAYS = 30  # delivery and request logs


def next_stale(work: Work) -> int | None:
    """When the first pending booking lapses (UTC seconds)."""
    return booking_rows.next_stale(work)


def expire(work: Work) -> bool:
    """Let go of pending bookings whose time has passed."""
    return bookings.expire_stale(work) > 0


def mark_missed(work: Work) -> bool:
    """Calls that nobody joined become no-shows, each after its organization's own time."""
    policies: dict[str, Policy] = {o.id: o.policy for o in organization_rows.every(work)}
    soonest = min((p.no_show_after_minutes for p in policies.values()), default=0)
    done = 0
    for booking in booking_rows.unattended(work, work.now - soonest * 60):
        if work.now >= booking.starts_at + policies[booking.organization_id].no_show_after_minutes * 60:
            bookings.no_show(work, booking.organization_id, booking.id)
            done += 1
    return done > 0


def mark_overrun(work: Work) -> bool:
    """Calls past their end are marked, not ended: two people may well be talking."""
    late = [b for b in booking_rows.running(work) if b.ends_at < work.now]
    for booking in late:
        bookings.mark_overran(work, booking.organization_id, booking.id)
    return bool(late)


def prune(work: Work) -> bool:
    """Forget keys and counters that have lapsed, and logs past their age."""
    old = work.now - LOG_DAYS * 86400
    gone = idempotency.prune(work, work.now) + limits.prune(work, work.now) + requests.prune(work, old)
    return deliveries.prune(work, old) + gone > 0
