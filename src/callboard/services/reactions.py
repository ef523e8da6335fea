"""What follows from an event, as rows in the same transaction: webhook deliveries, messages, reminders. Nothing is sent here.

A reaction is a function ``(work, event)``; it may record further events, which are reacted to in turn.
"""

from __future__ import annotations

from collections.abc import Callable

from callboard.domain.events import Event
from callboard.storage.unit_of_work import Work

Reaction = Callable[[Work, Event], None]


def _reactions() -> tuple[Reaction, ...]:
    """In order. Imported late so that a service may import this module."""
    from callboard.services import deliveries, messages, reminders

    return (messages.react, reminders.react, deliveries.react)


def react(work: Work) -> None:
    """Let every event of the transaction have its consequences; events they record are appended and handled too.

    May be called earlier by who must know a consequence (was a message written?); each event is handled once.
    """
    handlers = _reactions()
    while work.reacted < len(work.events):
        event = work.events[work.reacted]
        work.reacted += 1
        for handler in handlers:
            handler(work, event)
