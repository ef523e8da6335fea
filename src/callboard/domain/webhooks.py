"""Webhooks: who wants to hear of what, in whose words, and how patiently they are told.

Our own event types are the domain's (``booking.moved``); a subscriber hears the contracts' (``appointment.updated``). The
translation stands here and not in the dialects, because which events there are to subscribe to is one list for all of them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

# Seconds to wait before each attempt: 75.6 hours in all, then the delivery has failed.
DELAYS = (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
JITTER = 0.2
LONGEST_RETRY_AFTER = 86400
# An endpoint is given up when it has failed so often in a row and for so long, whichever comes later.
DISABLE_AFTER_FAILURES = 20
DISABLE_AFTER_SECONDS = 5 * 86400
FAILING = 3  # failures in a row after which an endpoint is tried one delivery at a time
ROTATION_SECONDS = 24 * 3600
BODY_KEPT = 16 * 1024  # bytes of a response that are read
PERMANENT = frozenset({"blocked", "bad_url"})  # refusals that trying again would not change
GONE = 410

_STATES = ("started", "held", "resumed", "completed", "no_show", "overran")
_PLAIN: Mapping[str, tuple[str, ...]] = {
    "booking.created": ("appointment.created",),
    "booking.confirmed": ("appointment.updated",),
    "booking.moved": ("appointment.updated",),
    "booking.updated": ("appointment.updated",),
    "booking.reinstated": ("appointment.updated",),
    "booking.cancelled": ("appointment.cancelled",),
    "booking.expired": ("appointment.cancelled",),
    **{f"booking.{state}": ("appointment.updated", f"video_call.{state}") for state in _STATES},
    **{f"contact.{o}": (f"campaign.contact.{o}",) for o in ("qualified", "not_interested", "exhausted", "callback_requested")},
    **{f"call.{s}": (f"call.{s}",) for s in ("incoming", "answered", "completed", "missed", "voicemail")},
    "message.received": ("sms.received",),
    "message.sent": ("sms.sent",),
    "message.delivered": ("sms.delivered",),
    "voicemail.new": ("voicemail.new",),
    "voicemail.transcribed": ("voicemail.transcribed",),
    "webhook.disabled": ("webhook.disabled",),
}
_PEOPLE = {"person.created": "created", "person.updated": "updated"}
TYPES = tuple(
    dict.fromkeys(
        [t for found in _PLAIN.values() for t in found]
        + [f"{noun}.{verb}" for noun in ("contact", "lead") for verb in _PEOPLE.values()]
    )
)
# What a subscription that names no types hears: what its contract lists.
DIALECT_TYPES: Mapping[str, tuple[str, ...]] = {
    "qualifybase": tuple(t for t in TYPES if t.startswith(("appointment.", "campaign.contact.", "lead."))),
    "qtvoice": tuple(t for t in TYPES if t.startswith(("call.", "sms.", "voicemail.", "contact."))),
}


def heard(type_: str) -> bool:
    """Whether a domain event can be of interest to any subscriber."""
    return type_ in _PLAIN or type_ in _PEOPLE


def external_types(type_: str, nouns: Mapping[str, Any]) -> tuple[str, ...]:
    """What a domain event is called outside; of a person it depends on whether they are a lead, a contact or both."""
    verb = _PEOPLE.get(type_)
    if verb is None:
        return _PLAIN.get(type_, ())
    person = nouns.get("person") or {}
    return tuple(f"{noun}.{verb}" for noun in ("contact", "lead") if person.get(f"is_{noun}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One endpoint. ``event_types`` empty means all of its dialect; ``failures`` counts in a row; secrets are shown once."""

    id: str
    organization_id: str
    url: str
    dialect: str
    secret: str = field(repr=False)
    event_types: tuple[str, ...] = ()
    api_key_id: str | None = None
    old_secret: str | None = field(default=None, repr=False)
    old_secret_until: int | None = None  # UTC seconds, exclusive
    status: str = "active"  # active, disabled
    disabled_reason: str | None = None
    failures: int = 0
    failing_since: int | None = None
    last_success_at: int | None = None
    concurrency: int = 4
    created_at: int = 0
    updated_at: int = 0

    @property
    def active(self) -> bool:
        """Whether it is told of anything."""
        return self.status == "active"

    def wants(self, type_: str) -> bool:
        """Whether it subscribes to an external type."""
        return type_ in (self.event_types or DIALECT_TYPES[self.dialect])

    def secrets_at(self, now: int) -> tuple[str, ...]:
        """The secrets to sign with, the current one first; the old one only until its second."""
        old = self.old_secret if self.old_secret_until is not None and now < self.old_secret_until else None
        return (self.secret, old) if old else (self.secret,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one endpoint, with everything the last attempt showed and a line for each attempt before."""

    id: str
    organization_id: str
    webhook_id: str
    event_id: str
    type: str
    status: str  # waiting, delivered, failed, held, void
    payload: str | None = None
    request_headers: Mapping[str, str] = field(default_factory=dict)
    response_headers: Mapping[str, str] = field(default_factory=dict)
    response_status: int | None = None
    response_body: str | None = None
    milliseconds: int | None = None
    error_class: str | None = None
    last_error: str | None = None
    test: bool = False
    history: Sequence[Mapping[str, Any]] = ()
    attempts: int = 0
    due_at: int | None = None
    created_at: int = 0
    updated_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """A replay of what an endpoint missed between two instants: how many events there are, were looked at, were queued again."""

    id: str
    organization_id: str
    webhook_id: str
    since: int
    until: int
    event_types: tuple[str, ...] = ()
    everything: bool = False
    status: str = "running"  # running, done, cancelled
    total: int = 0
    seen: int = 0
    queued: int = 0
    created_at: int = 0
    updated_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An event as a webhook form sees it: the external type, when (UTC seconds), and the nouns' fields as they were then.

    ``nouns`` holds ``booking``, ``person``, ``contact`` (of a campaign), ``call``, ``message``, ``voicemail`` or ``webhook``:
    plain columns, instants in UTC seconds.
    """

    event_id: str
    type: str
    at: int
    nouns: Mapping[str, Mapping[str, Any]]


class Form(Protocol):
    """A dialect's ``hooks`` module: how its subscribers are told."""

    def body(self, view: View) -> bytes:
        """The JSON body; the same view gives the same bytes."""

    def headers(self, secrets: Sequence[str], body: bytes, timestamp: int, delivery_id: str, type_: str) -> dict[str, str]:
        """The contract's own headers; ``secrets`` has the current one first and, during a rotation, the old one after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one attempt came to. ``error_class`` is None for a success; ``retry_after`` in seconds from the attempt."""

    error_class: str | None = None
    error: str | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    milliseconds: int = 0
    retry_after: int | None = None
    request_headers: Mapping[str, str] = field(default_factory=dict)
    payload: str | None = None


def next_attempt(attempts: int, now: int, retry_after: int | None = None) -> int | None:
    """When to try again after so many attempts (UTC seconds), never before what the receiver asked for; None: given up."""
    if attempts >= len(DELAYS):
        return None
    delay = DELAYS[attempts] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spreading, not secrecy
    return now + round(max(delay, min(retry_after or 0, LONGEST_RETRY_AFTER)))
