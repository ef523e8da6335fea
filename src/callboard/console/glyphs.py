"""What a state looks like: one character and a role, so that neither needs the other to be read."""

from __future__ import annotations

from collections.abc import Mapping

Glyph = tuple[str, str]  # (character, role)
UNKNOWN: Glyph = ("·", "dim")

BOOKING: Mapping[str, Glyph] = {
    "pending_confirmation": ("◇", "pending"),
    "scheduled": ("◆", "scheduled"),
    "in_progress": ("▶", "in_call"),
    "on_hold": ("‖", "on_hold"),
    "completed": ("✓", "done"),
    "no_show": ("∅", "clash"),
    "cancelled": ("✕", "dim"),
    "expired": ("✕", "dim"),
}
CALL: Mapping[str, Glyph] = {
    "initiated": ("→", "pending"),
    "ringing": ("☎", "pending"),
    "in_progress": ("▶", "in_call"),
    "completed": ("✓", "done"),
    "missed": ("∅", "clash"),
    "voicemail": ("∞", "on_hold"),
    "failed": ("✕", "clash"),
}
MESSAGE: Mapping[str, Glyph] = {
    "waiting": ("◇", "pending"),
    "sending": ("→", "pending"),
    "sent": ("✓", "scheduled"),
    "delivered": ("✓", "done"),
    "failed": ("✕", "clash"),
    "received": ("«", "accent"),
    "void": ("✕", "dim"),
}
DELIVERY: Mapping[str, Glyph] = {
    "waiting": ("↻", "pending"),
    "delivered": ("✓", "done"),
    "failed": ("✕", "clash"),
    "held": ("‖", "on_hold"),
    "void": ("✕", "dim"),
}
CONTACT: Mapping[str, Glyph] = {
    "qualified": ("✓", "done"),
    "callback_requested": ("↻", "pending"),
    "not_interested": ("✕", "block"),
    "exhausted": ("∅", "clash"),
    "pending": ("·", "dim"),
    "calling": ("▶", "in_call"),
    "invalid": ("!", "clash"),
    "do_not_call": ("✕", "clash"),
}
KINDS: Mapping[str, Mapping[str, Glyph]] = {
    "booking": BOOKING,
    "call": CALL,
    "message": MESSAGE,
    "voicemail": {"new": ("∞", "accent"), "read": ("∞", "dim")},
    "upload": {"received": ("«", "accent")},
    "webhook": DELIVERY,
    "contact": CONTACT,
    "change": {},
}


def of(kind: str, state: str) -> Glyph:
    """The glyph of a state of a kind of noun."""
    return KINDS.get(kind, {}).get(state, UNKNOWN)
