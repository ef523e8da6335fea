"""``callboard webhooks``: who is told of what, how it is going, and what to do when it is not."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, Any

from cyclopts import App, Parameter

from callboard.cli.common import EXIT_FAILED, Database, Json, Office, Org, emit, office, parse_id, parse_moment, table, uuid
from callboard.domain.webhooks import Delivery, Recovery, Webhook
from callboard.domain.zones import iso
from callboard.services import deliveries as delivery_verbs
from callboard.services import recoveries
from callboard.services import webhooks as verbs

app = App(name="webhooks", help="Webhook endpoints: add, list, remove, test, rotate, deliveries, redeliver, recover.")
HookId = Annotated[str, Parameter(help="The endpoint's id.")]
WAIT_SECONDS = 25


def shape(webhook: Webhook) -> dict[str, Any]:
    """An endpoint as the command line prints it; its secret is not in it."""
    return {
        "id": uuid(webhook.id),
        "url": webhook.url,
        "dialect": webhook.dialect,
        "event_types": list(webhook.event_types),
        "status": webhook.status,
        "disabled_reason": webhook.disabled_reason,
        "failures": webhook.failures,
        "failing_since": iso(webhook.failing_since),
        "last_success_at": iso(webhook.last_success_at),
        "old_secret_until": iso(webhook.old_secret_until),
        "created_at": iso(webhook.created_at),
    }


def delivery_shape(delivery: Delivery, *, whole: bool = False) -> dict[str, Any]:
    """A delivery as the command line prints it; ``whole`` with headers, bodies and every attempt."""
    made = {
        "id": uuid(delivery.id),
        "created_at": iso(delivery.created_at),
        "webhook_id": uuid(delivery.webhook_id),
        "type": delivery.type,
        "status": delivery.status,
        "attempts": len(delivery.history),
        "response_status": delivery.response_status,
        "milliseconds": delivery.milliseconds,
        "error_class": delivery.error_class,
        "next_attempt_at": iso(delivery.due_at) if delivery.status == "waiting" else None,
        "test": delivery.test,
    }
    if not whole:
        return made
    return made | {
        "event_id": uuid(delivery.event_id),
        "error": delivery.last_error,
        "request_headers": dict(delivery.request_headers),
        "request_body": delivery.payload,
        "response_headers": dict(delivery.response_headers),
        "response_body": delivery.response_body,
        "history": [{**attempt, "at": iso(attempt["at"])} for attempt in delivery.history],
    }


def _recovery_shape(recovery: Recovery) -> dict[str, Any]:
    return {
        "id": uuid(recovery.id),
        "webhook_id": uuid(recovery.webhook_id),
        "since": iso(recovery.since),
        "until": iso(recovery.until),
        "status": recovery.status,
        "events": recovery.total,
        "looked_at": recovery.seen,
        "queued": recovery.queued,
    }


def _say(made: Mapping[str, Any], line: str, *, json: bool) -> None:
    emit(made) if json else sys.stdout.write(f"{line}\n")


@app.command
def add(
    url: Annotated[str, Parameter(help="Where to post to.")],
    /,
    *,
    organization: Org = None,
    dialect: Annotated[str, Parameter(help="Whose form the body takes: qualifybase or qtvoice.")] = "qualifybase",
    event: Annotated[list[str] | None, Parameter(help="An event type to hear of; may be repeated. All when left out.")] = None,
    concurrency: Annotated[int, Parameter(help="Deliveries under way to it at once.")] = 4,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Tell an endpoint of events. Its signing secret is printed this once."""
    with office(organization, database_url) as at:
        made, secret = at.session.do(
            verbs.add, at.organization_id, url, dialect=dialect, event_types=event or (), concurrency=concurrency
        )
    _say(shape(made) | {"secret": secret}, f"added {uuid(made.id)}\nsecret (shown once): {secret}", json=json)


@app.command(name="list")
def list_(*, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """List endpoints and how it goes with each."""
    with office(organization, database_url) as at:
        found = [shape(w) for w in at.session.get(verbs.listing, at.organization_id)]
    columns = ("id", "url", "dialect", "status", "failures", "last_success_at", "disabled_reason")
    emit({"webhooks": found}) if json else table(found, columns, "no webhook endpoints yet")


@app.command
def remove(webhook: HookId, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Stop telling an endpoint for good; what waits for it is not sent."""
    with office(organization, database_url) as at:
        at.session.do(verbs.remove, at.organization_id, parse_id(webhook, "webhook"))
    _say({"id": webhook, "removed": True}, "removed", json=json)


@app.command
def rotate(
    webhook: HookId,
    /,
    *,
    organization: Org = None,
    overlap_hours: Annotated[float, Parameter(help="How long both secrets sign; 0 for a secret that leaked.")] = 24,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Give an endpoint a new secret, printed this once; the old one signs beside it for a while."""
    with office(organization, database_url) as at:
        id_ = parse_id(webhook, "webhook")
        made, secret = at.session.do(verbs.rotate, at.organization_id, id_, overlap_seconds=round(overlap_hours * 3600))
    until = f"; the old one signs too until {iso(made.old_secret_until)}" if made.old_secret_until else ""
    _say(shape(made) | {"secret": secret}, f"secret (shown once): {secret}{until}", json=json)


@app.command
def enable(webhook: HookId, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Tell a disabled endpoint again, first of what was held for it."""
    with office(organization, database_url) as at:
        made = at.session.do(verbs.enable, at.organization_id, parse_id(webhook, "webhook"))
    _say(shape(made), "enabled", json=json)


@app.command
def disable(webhook: HookId, /, *, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """Stop telling an endpoint for now; what waits is held for it."""
    with office(organization, database_url) as at:
        made = at.session.do(verbs.disable, at.organization_id, parse_id(webhook, "webhook"))
    _say(shape(made), "disabled", json=json)


@app.command(name="test")
def send_test(
    webhook: HookId,
    /,
    *,
    organization: Org = None,
    event: Annotated[str | None, Parameter(help="The event type to make up.")] = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Send an endpoint a made-up event now and print what it answered. Exit 1 when it did not take it."""
    with office(organization, database_url) as at:
        made = at.session.do(delivery_verbs.send_test, at.organization_id, parse_id(webhook, "webhook"), event)
        done = _sent(at, made.id)
    _print(done, json=json)
    if done.status != "delivered":
        sys.exit(EXIT_FAILED)


def _sent(at: Office, delivery_id: str) -> Delivery:
    """The delivery after its attempt, made by this process or by a running scheduler that was quicker."""
    from callboard.bootstrap import deliver

    def now() -> Delivery:
        return at.session.get(delivery_verbs.get, at.organization_id, delivery_id)

    deliver(at.session.desk, lambda: bool(now().history), WAIT_SECONDS)
    return now()


def _print(delivery: Delivery, *, json: bool) -> None:
    made = delivery_shape(delivery, whole=True)
    if json:
        return emit(made)
    answer = f"{delivery.response_status or 'no answer'} in {delivery.milliseconds} ms" if delivery.history else "not tried yet"
    why = f" ({delivery.error_class}: {delivery.last_error})" if delivery.error_class else ""
    sys.stdout.write(f"{made['id']}  {delivery.type}: {delivery.status}, {answer}{why}\n")
    for name, value in delivery.request_headers.items():
        sys.stdout.write(f"> {name}: {value}\n")
    sys.stdout.write(f"\n{delivery.payload or ''}\n\n")
    for name, value in delivery.response_headers.items():
        sys.stdout.write(f"< {name}: {value}\n")
    sys.stdout.write(f"\n{delivery.response_body or ''}\n")
    return None


@app.command
def deliveries(
    webhook: Annotated[str | None, Parameter(help="Only those of this endpoint.")] = None,
    /,
    *,
    organization: Org = None,
    status: Annotated[str | None, Parameter(help="waiting, delivered, failed, held or void.")] = None,
    limit: int = 50,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """List deliveries, newest first."""
    hook = parse_id(webhook, "webhook") if webhook else None
    with office(organization, database_url) as at:
        listed = at.session.get(delivery_verbs.listing, at.organization_id, limit=limit, webhook_id=hook, status=status)
    found = [delivery_shape(d) for d in listed]
    columns = (
        "id",
        "created_at",
        "type",
        "status",
        "attempts",
        "response_status",
        "milliseconds",
        "error_class",
        "next_attempt_at",
    )
    emit({"deliveries": found}) if json else table(found, columns, "no deliveries yet")


@app.command
def show(
    delivery: Annotated[str, Parameter(help="The delivery's id.")],
    /,
    *,
    organization: Org = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Show one delivery whole: what was sent, what was answered, every attempt."""
    with office(organization, database_url) as at:
        found = at.session.get(delivery_verbs.get, at.organization_id, parse_id(delivery, "delivery"))
    _print(found, json=json)


@app.command
def redeliver(
    delivery: Annotated[str, Parameter(help="The delivery's id.")],
    /,
    *,
    organization: Org = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Queue a delivery again, the same bytes under the same id; the running scheduler sends it."""
    with office(organization, database_url) as at:
        made = at.session.do(delivery_verbs.redeliver, at.organization_id, parse_id(delivery, "delivery"))
    _say(delivery_shape(made), f"queued {uuid(made.id)}", json=json)


@app.command
def recover(
    webhook: HookId,
    /,
    *,
    organization: Org = None,
    since: Annotated[
        str, Parameter(help="What happened from then on: 2026-11-01, 2026-11-01T09:00, 09:00, yesterday, fri or 3d (days ago).")
    ],
    until: Annotated[str | None, Parameter(help="And before then, said likewise; now when left out.")] = None,
    event: Annotated[list[str] | None, Parameter(help="Only this event type; may be repeated.")] = None,
    everything: Annotated[bool, Parameter(negative="", help="Repeat also what was delivered.")] = False,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Replay to an endpoint what it missed; times in the organization's zone. Kept in the database: it goes on after a crash."""
    with office(organization, database_url) as at:
        made = at.session.do(
            recoveries.start,
            at.organization_id,
            parse_id(webhook, "webhook"),
            since=parse_moment(at, since, "since"),
            until=parse_moment(at, until, "until") if until else None,
            event_types=event or (),
            everything=everything,
        )
    _say(_recovery_shape(made), f"started {uuid(made.id)}: {made.total} events to look at", json=json)


@app.command(name="recoveries")
def list_recoveries(*, organization: Org = None, json: Json = False, database_url: Database = None) -> None:
    """List replays and how far each is."""
    with office(organization, database_url) as at:
        found = [_recovery_shape(r) for r in at.session.get(recoveries.listing, at.organization_id)]
    columns = ("id", "webhook_id", "since", "until", "status", "looked_at", "events", "queued")
    emit({"recoveries": found}) if json else table(found, columns, "no recoveries yet")
