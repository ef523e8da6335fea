"""The composition root: settings → database → services → faces. The only file that knows every part."""

from __future__ import annotations

from callboard.services.service import Clock, Desk, system_clock
from callboard.settings import Settings


def open_desk(settings: Settings, clock: Clock = system_clock) -> Desk:
    """Open (and migrate) the database the settings name."""
    return Desk(settings, clock=clock)
