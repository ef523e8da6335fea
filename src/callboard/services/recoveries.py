"""Recover since: replay to one endpoint what it missed, from the events themselves, a page at a time.

Where it stands is a row written with each page, so a crash costs a page at most and the operator can see how far it is. What was
already delivered keeps its id: the receiver can tell a repetition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from callboard.domain.errors import Invalid, NotAllowed, NotFound
from callboard.domain.events import Event
from callboard.domain.webhooks import Recovery, Webhook, external_types, heard
from callboard.services import webhooks
from callboard.services.deliveries import snapshot
from callboard.storage import deliveries as rows
from callboard.storage import webhooks as endpoint_rows
from callboard.storage.unit_of_work import Work

PAGE = 200


def start(
    work: Work,
    org: str,
    webhook_id: str,
    *,
    since: int,
    until: int | None = None,
    event_types: Iterable[str] = (),
    everything: bool = False,
) -> Recovery:
    """Replay what happened from ``since`` to before ``until`` (UTC seconds; now). ``everything`` repeats what arrived, too."""
    webhook = webhooks.get(work, org, webhook_id)
    if not webhook.active:
        raise NotAllowed("the endpoint is disabled: enable it first")
    end = work.now + 1 if until is None else min(until, work.now + 1)
    if since >= end:
        raise Invalid("since", "must lie before the end and in the past")
    recovery = Recovery(
        id=work.new_id(),
        organization_id=org,
        webhook_id=webhook.id,
        since=max(since, 0),
        until=end,
        event_types=webhooks.check_types(event_types, "event_types"),
        everything=everything,
        created_at=work.now,
        updated_at=work.now,
    )
    rows.add_recovery(work, recovery)
    rows.change_recovery(work, recovery.id, total=rows.count_events(work, recovery))
    span = {"since": since, "until": end}
    work.audit("webhook.recovery_started", org, webhook.id, before={"recovery": recovery.id}, after=span)
    work.touch(org, "delivery")
    return get(work, org, recovery.id)


def get(work: Work, org: str, recovery_id: str) -> Recovery:
    """One recovery with its progress, or NotFound."""
    recovery = rows.get_recovery(work, org, recovery_id)
    if recovery is None:
        raise NotFound("recovery", recovery_id)
    return recovery


def listing(work: Work, org: str, limit: int = 50) -> list[Recovery]:
    """The organization's recoveries, newest first."""
    return rows.recoveries_of(work, org, limit)


def cancel(work: Work, org: str, recovery_id: str) -> Recovery:
    """Stop a running recovery where it stands."""
    recovery = get(work, org, recovery_id)
    if recovery.status == "running":
        rows.change_recovery(work, recovery.id, status="cancelled")
        work.audit("webhook.recovery_cancelled", org, recovery.webhook_id)
        work.touch(org, "delivery")
    return get(work, org, recovery_id)


def withdraw(work: Work, org: str, _webhook_id: str, before: Mapping[str, Any]) -> None:
    """Stop a recovery (undo of starting it) while it runs; NotAllowed when it is through."""
    recovery = get(work, org, before["recovery"])
    if recovery.status != "running":
        raise NotAllowed("the recovery is through; what was sent cannot be called back")
    cancel(work, org, recovery.id)


# --- the clock's ----------------------------------------------------------------------------------------------------
def next_due(work: Work) -> int | None:
    """In the past while any recovery is running, else None."""
    return rows.running_since(work)


def advance(work: Work) -> bool:
    """Take one running recovery a page further; whether there was one."""
    taken = rows.take_recovery(work)
    if taken is None:
        return False
    recovery, cursor = taken
    webhook = endpoint_rows.get(work, recovery.organization_id, recovery.webhook_id)
    if webhook is None or not webhook.active:
        rows.change_recovery(work, recovery.id, status="cancelled")
        return True
    events = rows.page_of_events(work, recovery, cursor, PAGE)
    queued = _queue(work, recovery, webhook, events)
    rows.change_recovery(
        work,
        recovery.id,
        cursor=events[-1].id if events else cursor,
        seen=recovery.seen + len(events),
        queued=recovery.queued + queued,
        status="running" if len(events) == PAGE else "done",
    )
    work.touch(recovery.organization_id, "delivery")
    return True


def _queue(work: Work, recovery: Recovery, webhook: Webhook, events: Sequence[Event]) -> int:
    """Make due again what did not arrive, make what was never made; how many deliveries that is."""
    wanted: list[tuple[Event, str]] = []
    for event in events:
        if heard(event.type) and event.subject_id != webhook.id:
            types = external_types(event.type, snapshot(work, event))
            chosen = recovery.event_types or ()
            wanted += [(event, t) for t in types if (t in chosen if chosen else webhook.wants(t))]
    there = rows.of_events(work, webhook.id, [event.id for event, _ in wanted]) if wanted else {}
    again, new = [], []
    for event, type_ in wanted:
        row = there.get((event.id, type_))
        if row is None:
            new.append({"organization_id": event.organization_id, "webhook_id": webhook.id, "event_id": event.id, "type": type_})
        elif recovery.everything or row.status in {"failed", "held", "void"}:
            again.append(row.id)
    if new:
        rows.add(work, new)
    return len(new) + rows.queue_again(work, again)
