"""Webhook deliveries: the body in the subscriber's own form, signed, posted. Recoveries put more of them into the queue."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from callboard.domain import ids
from callboard.domain.webhooks import Form, Reply, View
from callboard.gateways.webhooks import Sender
from callboard.scheduler.duty import Ahead, Duty, Sweep
from callboard.services import deliveries, recoveries
from callboard.services.deliveries import Job
from callboard.services.service import Clock

CONCURRENCY = 64
AHEAD = 3  # claims of an endpoint's width in hand: one under way, the next while the first is being recorded
BODIES = 256
LOOK_SECONDS = 5  # between two looks at whether those who have deliveries in hand still live


def duty(sender: Sender, hooks: Mapping[str, Form], clock: Clock, concurrency: int = CONCURRENCY) -> Duty[Job, Reply]:
    """Deliveries through one sender; ``hooks`` by the name of the dialect."""
    bodies = _Bodies(hooks)

    async def act(job: Job) -> Reply:
        form = hooks[job.webhook.dialect]
        body = job.payload.encode() if job.payload is not None else bodies.of(job.webhook.dialect, job.view)
        now = clock()
        name = ids.prefixed("dlv", job.id)
        secrets = job.webhook.secrets_at(now)
        own = form.headers(secrets, body, now, name, job.view.type)
        headers = {"Content-Type": "application/json", **own, **standard_headers(secrets, body, now, name)}
        return await sender.post(job.webhook.url, headers, body)

    verbs = (deliveries.next_due, deliveries.claim, act, deliveries.record)
    ahead: Ahead[Job, Reply] = Ahead(
        rows=4 * concurrency, times=AHEAD, place=_place, failed=_failed, give_back=deliveries.give_back
    )
    return Duty("deliveries", *verbs, deliveries.record_all, concurrency=concurrency, close=sender.close, ahead=ahead)


def _place(job: Job) -> tuple[str, int]:
    return job.webhook.id, job.webhook.concurrency


def _failed(outcome: Reply | Exception) -> bool:
    return isinstance(outcome, Exception) or outcome.error_class is not None


class _Bodies:
    """What was told last: an event goes to every endpoint of a dialect in the same words."""

    def __init__(self, hooks: Mapping[str, Form]) -> None:
        self._hooks = hooks
        self._known: dict[tuple[str, str, str], tuple[View, bytes]] = {}

    def of(self, dialect: str, view: View) -> bytes:
        """The body in a dialect's form; a view that differs in anything is spelled anew."""
        key = (dialect, view.event_id, view.type)
        known = self._known.get(key)
        if known is None or known[0] != view:
            if len(self._known) >= BODIES:
                self._known.clear()
            known = self._known[key] = (view, self._hooks[dialect].body(view))
        return known[1]


def inheritance() -> Sweep:
    """What dead processes had in hand: at the start, and every few seconds while another process has anything."""
    heirs = _Heirs()
    return Sweep("deliveries of the dead", heirs.sweep, heirs.next_due)


class _Heirs:
    """Deliveries alone: the second of two texts or calls would be one too many, so those wait for their leases to end."""

    def __init__(self) -> None:
        self._next = 0
        self._others = False

    def next_due(self, work: Any) -> int | None:
        """Now, when it is time to look and others have something; then the next time, as long as they have."""
        if not work.now < self._next <= work.now + LOOK_SECONDS:
            self._others = deliveries.others(work)
            self._next = work.now if self._others else work.now + LOOK_SECONDS
        return self._next if self._others else None

    def sweep(self, work: Any) -> bool:
        """Take back what can be."""
        self._next = work.now + LOOK_SECONDS
        return deliveries.take_back(work)


def recovery_sweep() -> Sweep:
    """Replays, a page at a time."""
    return Sweep("recoveries", recoveries.advance, recoveries.next_due)


def standard_headers(secrets: Sequence[str], body: bytes, timestamp: int, message_id: str) -> dict[str, str]:
    """Standard Webhooks: one id for all attempts, and a signature for each secret that holds now."""
    content = f"{message_id}.{timestamp}.".encode() + body
    signatures = [_sign(secret, content) for secret in secrets]
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": " ".join(signatures)}


def _sign(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
