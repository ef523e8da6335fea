"""Text messages: what was said to whom, and how far it truly got.

``sent`` means a carrier accepted it, ``delivered`` that the handset's network said so; a message without a carrier stays
``waiting`` with its reason, ready to be copied. Nothing is ever called delivered because it was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a message is for; every kind but ``chat`` has a template."""

    CONFIRMATION = "confirmation"
    RESCHEDULE = "reschedule"
    CANCELLATION = "cancellation"
    REMINDER = "reminder"
    UPLOAD_LINK = "upload_link"
    CHAT = "chat"


class MessageStatus(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    RECEIVED = "received"
    VOID = "void"


# A carrier's reports may arrive out of order: a later state is never taken back by an earlier one.
RANK = {
    MessageStatus.WAITING: 0,
    MessageStatus.SENDING: 1,
    MessageStatus.SENT: 2,
    MessageStatus.FAILED: 3,
    MessageStatus.DELIVERED: 4,
}
STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
START_WORDS = frozenset({"start", "yes", "unstop"})
MAX_BODY = 1600  # what the carriers join from segments at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One text message. Instants are UTC seconds; numbers are E.164."""

    id: str
    organization_id: str
    direction: str
    kind: str
    body: str
    status: str
    person_id: str | None = None
    booking_id: str | None = None
    project_id: str | None = None
    booking_rev: int | None = None
    starts_at: int | None = None  # the call's start as the message tells it
    variant: str = ""  # tells two messages of one kind and rev apart: a reminder's minutes before the call
    from_number: str | None = None
    to_number: str | None = None
    reason: str | None = None
    gateway: str | None = None
    provider_id: str | None = None
    sent_at: int | None = None
    delivered_at: int | None = None
    read_at: int | None = None
    due_at: int | None = None
    attempts: int = 0
    lease_token: str | None = None
    last_error: str | None = None
    created_at: int = 0
    updated_at: int = 0

    @property
    def attempted(self) -> bool:
        """Whether the customer was to be reached at all: there was a number, and its owner had not asked for silence."""
        return self.status != MessageStatus.VOID

    @property
    def delivered(self) -> bool:
        """Whether a carrier took it and has not since reported failure. A message in the outbox is not delivered."""
        return self.status in {MessageStatus.SENT, MessageStatus.DELIVERED}

    @property
    def settled(self) -> bool:
        """Whether its state waits for nobody any more but the carrier's receipt or the operator."""
        return self.due_at is None and self.status != MessageStatus.SENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a gateway says of one hand-over.

    ``status``: ``sent`` (accepted, with the carrier's id), ``kept`` (there is no carrier), ``retry`` (not taken, later perhaps),
    ``failed`` (never will be), ``unknown`` (it may or may not have gone out). ``retry_after`` is seconds.
    """

    status: str
    gateway: str
    provider_id: str | None = None
    sender: str | None = None
    reason: str | None = None
    retry_after: int | None = None


def keyword(body: str) -> str | None:
    """``stop`` or ``start`` when the whole text is one of the words carriers agree on, else None."""
    word = body.strip().strip(".!\"'").lower().replace("-", "")
    if word in STOP_WORDS:
        return "stop"
    return "start" if word in START_WORDS else None
