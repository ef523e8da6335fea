"""The card of a call with the calendar's own keys: what is open in front of one is what a key acts on.

A subclass and not arguments of the card: the queue shows the same card beside its list, where its keys work already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events

from callboard.console.keys import latin, name_of
from callboard.console.queue.card import CardDialog

if TYPE_CHECKING:
    from callboard.services.desk_views import Card

OFFERS = (("calendar.move", "move"), ("calendar.cancel", "cancel"), ("calendar.confirm", "confirm"), ("calendar.edit", "notes"))


class KeyedCard(CardDialog):
    """Keys of ``OFFERS`` close the card and do what they do on the grid; what cannot be done now is not offered."""

    def __init__(self, card: Card, offers: dict[str, str]) -> None:
        super().__init__(card)
        self._offers = offers  # command id → its keys in force, as they are shown
        words = dict(OFFERS)
        self.HINT = "   ".join([*(f"{keys} {words[id_]}" for id_, keys in offers.items()), CardDialog.HINT])  # type: ignore[misc]

    async def on_key(self, event: events.Key) -> None:
        """A command of the grid, or a key of the dialog's own."""
        name = name_of(event.key, event.character)
        keymap = self.console.keymap
        command = keymap.find(("calendar",), (name,)) or keymap.find(("calendar",), (latin(name),))
        if command is None or command.id not in self._offers:
            await super().on_key(event)
            return
        event.stop()
        self.dismiss(None)
        self.console.call_later(self.console.run_command, command.id)
