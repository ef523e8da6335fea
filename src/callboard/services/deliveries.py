"""Deliveries: an event becomes a row for each endpoint that wants it, in the event's own transaction; the clock sends the rows.

What the noun looked like is kept once, with the event, so that retries, replays and late subscribers all hear what happened then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callboard.domain.errors import NotAllowed, NotFound
from callboard.domain.events import Event
from callboard.domain.leases import Lease
from callboard.domain.webhooks import (
    DISABLE_AFTER_FAILURES,
    DISABLE_AFTER_SECONDS,
    FAILING,
    GONE,
    PERMANENT,
    Delivery,
    Reply,
    View,
    Webhook,
    external_types,
    heard,
    next_attempt,
)
from callboard.services import webhooks
from callboard.storage import deliveries as rows
from callboard.storage import snapshots
from callboard.storage import webhooks as endpoint_rows
from callboard.storage.unit_of_work import Work

SNAPSHOT = "nouns"  # under this name the event's data keeps what the noun looked like
SUCCESS_NOTED_EVERY = 60  # seconds: an endpoint that is well need not be written to with every delivery


# --- what follows from an event -------------------------------------------------------------------------------------
def react(work: Work, event: Event) -> None:
    """Write a delivery for every active endpoint that wants the event."""
    if not heard(event.type):
        return
    endpoints = [w for w in endpoint_rows.of(work, event.organization_id) if w.id != event.subject_id]
    if not endpoints:
        return
    nouns = snapshot(work, event)
    types = external_types(event.type, nouns)
    if not any(w.wants(t) for w in endpoints for t in types):
        return
    if isinstance(event.data, dict):  # the row is written at the end of the transaction, with this in it
        event.data[SNAPSHOT] = nouns
    new = [_row(event, w, t) for w in endpoints if w.active for t in types if w.wants(t)]
    if new:
        rows.add(work, new)
        work.touch(event.organization_id, "delivery")


def _row(event: Event, webhook: Webhook, type_: str) -> dict[str, Any]:
    return {
        "organization_id": event.organization_id,
        "webhook_id": webhook.id,
        "event_id": event.id,
        "type": type_,
    }


def snapshot(work: Work, event: Event) -> Mapping[str, Mapping[str, Any]]:
    """The event's noun as kept with it, or, when nobody was listening then, as it stands now."""
    kept: Mapping[str, Mapping[str, Any]] | None = event.data.get(SNAPSHOT)
    return kept or snapshots.take(work, event.organization_id, event.noun, event.subject_id)


# --- the clock's three verbs ----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A claimed delivery with all it needs: ``payload`` is the body of the first attempt, None before there was one."""

    id: str
    token: str
    organization_id: str
    webhook: Webhook
    view: View
    payload: str | None
    attempts: int
    test: bool
    now: int
    history: Sequence[Mapping[str, Any]] = field(default=(), repr=False)


def next_due(work: Work) -> int | None:
    """When the first waiting delivery is due."""
    return rows.QUEUE.next_due(work)


def claim(work: Work, lease: Lease) -> list[Job]:
    """Take due deliveries, endpoints in turn, each within its own limit."""
    endpoints: dict[str, Webhook] = {}
    taken = rows.QUEUE.claim(work, lease, lambda lanes: _room(work, lanes, lease, endpoints))
    if not taken:
        return []
    events = rows.events_by_id(work, list({r.event_id for r in taken}))
    return [
        Job(
            id=row.id,
            token=lease.token,
            organization_id=row.organization_id,
            webhook=endpoints[row.webhook_id],
            view=_view(work, row, events.get(row.event_id)),
            payload=row.payload,
            attempts=row.attempts,
            test=bool(row.test),
            now=work.now,
            history=row.history or (),
        )
        for row in taken
    ]


def _view(work: Work, row: Any, event: Event | None) -> View:
    if event is None:  # a test: it has no event of its own
        return View(event_id=row.event_id, type=row.type, at=row.created_at, nouns=_sample(row.type, row.created_at))
    return View(event_id=event.id, type=row.type, at=event.at, nouns=snapshot(work, event))


def _room(work: Work, lanes: Sequence[str], lease: Lease, endpoints: dict[str, Webhook]) -> Mapping[str, int]:
    """How many more each endpoint may have under way. One that fails gets one at a time, and all those at most half the hands.

    Of one that is well, a claimer that keeps to the limit itself may take more, while nobody else has any of its rows.
    """
    out = rows.QUEUE.out(work, lease.holder)
    room: dict[str, int] = {}
    endpoints |= endpoint_rows.some(work, list({*lanes, *out}))
    for_failing = max(1, lease.hands // 2) - sum(
        found.n for lane, found in out.items() if lane in endpoints and endpoints[lane].failures >= FAILING
    )
    for lane in lanes:
        endpoint, there = endpoints.get(lane), out.get(lane, rows.NONE_OUT)
        if endpoint is None or not endpoint.active:  # disabled or removed while the event was being written
            rows.hold(work, lane, into="void" if endpoint is None else "held")
        elif endpoint.failures < FAILING:
            well = not endpoint.failures and endpoint.last_success_at is not None
            times = lease.ahead if well and there.own == there.n else 1
            room[lane] = endpoint.concurrency * times - there.n
        elif for_failing > 0 and there.n == 0:
            room[lane] = 1
            for_failing -= 1
    return room


def give_back(work: Work, jobs: Sequence[Job]) -> None:
    """Put deliveries back that were claimed and not tried."""
    rows.QUEUE.give_back(work, [(job.id, job.token) for job in jobs])


def others(work: Work) -> bool:
    """Whether another process has deliveries in hand."""
    return bool(rows.QUEUE.others(work))


def take_back(work: Work) -> bool:
    """Free what dead processes had in hand; whether there was any. What was sent and not recorded goes again, by the same id."""
    return rows.QUEUE.take_back(work) > 0


def record(work: Work, job: Job, outcome: Reply | Exception) -> None:
    """Write what one attempt came to."""
    record_all(work, [(job, outcome)])


def record_all(work: Work, outcomes: Sequence[tuple[Job, Reply | Exception]]) -> None:
    """Write what attempts came to, plan the next ones, and judge the endpoints by them, in the order in which they ended."""
    replies = [(job, _reply(outcome)) for job, outcome in outcomes]
    recorded = rows.QUEUE.finish_all(work, [(job.id, job.token, _changes(work, job, reply)) for job, reply in replies])
    for org in {job.organization_id for job, _ in replies}:
        work.touch(org, "delivery")
    well: set[str] = set()  # several good words on an endpoint are said as one, but before the next bad one
    for job, reply in replies:
        if job.id not in recorded or job.test:
            continue
        hook = job.webhook.id
        if reply.error_class is None:
            well.add(hook)
            continue
        endpoint_rows.succeeded(work, [hook] if hook in well else [], SUCCESS_NOTED_EVERY)
        well.discard(hook)
        _blame(work, job.webhook, reply)
    endpoint_rows.succeeded(work, sorted(well), SUCCESS_NOTED_EVERY)


def _reply(outcome: Reply | Exception) -> Reply:
    return outcome if isinstance(outcome, Reply) else Reply(error_class="internal", error=type(outcome).__name__)


def _changes(work: Work, job: Job, reply: Reply) -> dict[str, Any]:
    """What one attempt makes of its row."""
    due_at: int | None = None
    status = "delivered"
    if reply.error_class is not None:
        final = job.test or reply.error_class in PERMANENT or reply.status == GONE
        due_at = None if final else next_attempt(job.attempts, work.now, reply.retry_after)
        status = "waiting" if due_at is not None else "failed"
    attempt = {"at": work.now, "status": reply.status, "ms": reply.milliseconds, "error": reply.error_class}
    return {
        "due_at": due_at,
        "status": status,
        "payload": job.payload or reply.payload,
        "request_headers": dict(reply.request_headers),
        "response_headers": dict(reply.headers),
        "response_status": reply.status,
        "response_body": reply.body,
        "milliseconds": reply.milliseconds,
        "error_class": reply.error_class,
        "last_error": reply.error,
        "history": [*job.history, attempt],
        "updated_at": work.now,
    }


def _blame(work: Work, webhook: Webhook, reply: Reply) -> None:
    """A failed attempt's word on the endpoint: failing, or given up."""
    failures, since = endpoint_rows.failed(work, webhook.id)
    reason = None
    if reply.status == GONE:
        reason = "it answered 410 Gone"
    elif failures >= DISABLE_AFTER_FAILURES and work.now - since >= DISABLE_AFTER_SECONDS:
        reason = f"{failures} attempts failed in a row over {(work.now - since) // 86400} days"
    if reason is not None:
        current = endpoint_rows.get(work, webhook.organization_id, webhook.id)
        if current is not None:
            webhooks.disable(work, webhook.organization_id, webhook.id, reason=reason)


# --- the operator's and the wire's ----------------------------------------------------------------------------------
def get(work: Work, org: str, delivery_id: str) -> Delivery:
    """One delivery, or NotFound."""
    delivery = rows.get(work, org, delivery_id)
    if delivery is None:
        raise NotFound("delivery", delivery_id)
    return delivery


def listing(work: Work, /, org: str, *, limit: int = 50, before: str | None = None, **filters: Any) -> list[Delivery]:
    """Deliveries, newest first. Filters: webhook_id, status, type, event_id; ``before`` is the last id of the page before."""
    return rows.listing(work, org, limit=limit, before=before, **filters)


def counts(work: Work, org: str, since: int) -> dict[str, dict[str, int]]:
    """By endpoint: how many deliveries made since an instant (UTC seconds) stand in each state."""
    return rows.counts(work, org, since)


def redeliver(work: Work, org: str, delivery_id: str) -> Delivery:
    """Send a delivery again, with the same id and the same bytes; one that is under way is left to finish."""
    delivery = get(work, org, delivery_id)
    if not webhooks.get(work, org, delivery.webhook_id).active:
        raise NotAllowed("its endpoint is disabled: enable it first")
    rows.queue_again(work, [delivery.id])
    work.audit("delivery.redelivered", org, delivery.id)
    work.touch(org, "delivery")
    return get(work, org, delivery_id)


def send_test(work: Work, org: str, webhook_id: str, type_: str | None = None) -> Delivery:
    """Send a made-up event to one endpoint: tried once, and no judgement of the endpoint."""
    webhook = webhooks.get(work, org, webhook_id)
    if not webhook.active:
        raise NotAllowed("the endpoint is disabled: enable it first")
    wanted = type_ or webhook.event_types[0] if type_ or webhook.event_types else _FIRST[webhook.dialect]
    webhooks.check_types((wanted,), "type")
    id_ = work.new_id()
    rows.add(
        work,
        [{"id": id_, "organization_id": org, "webhook_id": webhook.id, "event_id": work.new_id(), "type": wanted, "test": 1}],
    )
    work.audit("delivery.tested", org, id_, after={"type": wanted})
    work.touch(org, "delivery")
    return get(work, org, id_)


_FIRST = {"qualifybase": "appointment.created", "qtvoice": "call.incoming"}
_NOBODY = "0" * 24
_NOUNS = {
    "appointment": "booking",
    "video_call": "booking",
    "contact": "person",
    "lead": "person",
    "campaign": "contact",
    "sms": "message",
}


def _sample(type_: str, at: int) -> Mapping[str, Mapping[str, Any]]:
    """A made-up noun of the right kind."""
    word = type_.split(".", 1)[0]
    common = {"id": _NOBODY, "created_at": at, "updated_at": at, "rev": 1, "status": "scheduled"}
    person = {
        "full_name": "Test Person",
        "first_name": "Test",
        "last_name": "Person",
        "phone": "+12155550100",
        "name": "Test Person",
    }
    times = {"starts_at": at + 86400, "duration_minutes": 30, "agent_id": None, "person_id": _NOBODY}
    lines = {"from_number": "+12155550100", "to_number": "+12155550199", "direction": "inbound", "body": "a test"}
    return {_NOUNS.get(word, word): {**common, **person, **times, **lines}}


def prune(work: Work, before: int) -> int:
    """Forget deliveries made before an instant (UTC seconds) that wait for nothing; how many, at most 2000 at once."""
    return rows.prune(work, before)
