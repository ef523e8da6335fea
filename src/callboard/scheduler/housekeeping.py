"""What the clock does inside the database alone: reminders, what runs out, old logs."""

from __future__ import annotations

from callboard.scheduler.duty import Sweep
from callboard.services import expiry, reminders

SWEEPS = (
    Sweep("reminders", reminders.send_due, reminders.next_due),
    Sweep("pending bookings", expiry.expire, expiry.next_stale),
    Sweep("missed calls", expiry.mark_missed, every=30),
    Sweep("overrun calls", expiry.mark_overrun, every=30),
    Sweep("old rows", expiry.prune, every=600),
)
