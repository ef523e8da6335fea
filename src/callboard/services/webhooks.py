"""Webhook endpoints: subscribe, look, change, rotate the secret, stop and start again. What is sent to them is ``deliveries``."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from callboard.domain.errors import Invalid, NotAllowed, NotFound
from callboard.domain.webhooks import DIALECT_TYPES, ROTATION_SECONDS, TYPES, Webhook
from callboard.services import organizations
from callboard.storage import deliveries as delivery_rows
from callboard.storage import webhooks as rows
from callboard.storage.unit_of_work import Work

MOST_PER_ORGANIZATION = 100  # each event looks at all of them
MOST_AT_ONCE = 32
URL_LENGTH = 2000


def _fresh_secret() -> str:
    """The Standard Webhooks spelling: the prefix, then 32 bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def check_url(url: str, field: str = "url") -> str:
    """An http or https URL without credentials or fragment. Where its name leads is looked at each time it is dialled."""
    text = url.strip()
    if len(text) > URL_LENGTH or any(c.isspace() or not c.isprintable() for c in text):
        raise Invalid(field, f"must be a URL of at most {URL_LENGTH} characters")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise Invalid(field, "must be a URL such as https://example.com/hook") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise Invalid(field, "must be a URL such as https://example.com/hook")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Invalid(field, "must not carry a user name, a password or a fragment")
    return text


def check_types(event_types: Iterable[str], field: str = "event_types") -> tuple[str, ...]:
    """The types, each once; Invalid names one that there is not."""
    wanted = tuple(dict.fromkeys(event_types))
    unknown = [t for t in wanted if t not in TYPES]
    if unknown:
        raise Invalid(field, f"unknown event type {unknown[0]!r}; there are: {', '.join(TYPES)}")
    return wanted


def add(
    work: Work,
    org: str,
    url: str,
    *,
    dialect: str = "qualifybase",
    event_types: Iterable[str] = (),
    api_key_id: str | None = None,
    concurrency: int = 4,
) -> tuple[Webhook, str]:
    """A new endpoint and its signing secret, shown this once. No types means every type of the dialect."""
    organizations.get(work, org)
    if dialect not in DIALECT_TYPES:
        raise Invalid("dialect", f"must be one of {', '.join(DIALECT_TYPES)}")
    if not 1 <= concurrency <= MOST_AT_ONCE:
        raise Invalid("concurrency", f"must be a whole number from 1 to {MOST_AT_ONCE}")
    webhook = Webhook(
        id=work.new_id(),
        organization_id=org,
        url=check_url(url),
        dialect=dialect,
        secret=_fresh_secret(),
        event_types=check_types(event_types),
        api_key_id=api_key_id,
        concurrency=concurrency,
        created_at=work.now,
        updated_at=work.now,
    )
    if len(rows.of(work, org)) >= MOST_PER_ORGANIZATION:
        raise Invalid("url", f"an organization has at most {MOST_PER_ORGANIZATION} webhook endpoints")
    rows.add(work, webhook)
    work.record("webhook.created", org, webhook.id)
    work.audit("webhook.created", org, webhook.id, after={"url": webhook.url, "dialect": dialect})
    return webhook, webhook.secret


def get(work: Work, org: str, webhook_id: str, *, api_key_id: str | None = None) -> Webhook:
    """One endpoint, or NotFound; with ``api_key_id`` only one that this key made."""
    webhook = rows.get(work, org, webhook_id)
    if webhook is None or (api_key_id is not None and webhook.api_key_id != api_key_id):
        raise NotFound("webhook", webhook_id)
    return webhook


def listing(work: Work, org: str, *, api_key_id: str | None = None) -> list[Webhook]:
    """The organization's endpoints, oldest first; with ``api_key_id`` only those that this key made."""
    return [w for w in rows.of(work, org) if api_key_id is None or w.api_key_id == api_key_id]


def update(work: Work, org: str, webhook_id: str, *, url: str | None = None, event_types: Iterable[str] | None = None) -> Webhook:
    """Change where an endpoint is or what it hears."""
    old = get(work, org, webhook_id)
    changes: dict[str, object] = {}
    if url is not None:
        changes["url"] = check_url(url)
    if event_types is not None:
        changes["event_types"] = list(check_types(event_types))
    if changes:
        rows.change(work, old.id, **changes)
        work.record("webhook.updated", org, old.id)
        work.audit("webhook.updated", org, old.id, before={k: getattr(old, k) for k in changes}, after=changes)
    return get(work, org, webhook_id)


def remove(work: Work, org: str, webhook_id: str, *, api_key_id: str | None = None) -> None:
    """Unsubscribe; what still waits for it is never sent. Its log stays until its age."""
    webhook = get(work, org, webhook_id, api_key_id=api_key_id)
    rows.change(work, webhook.id, deleted_at=work.now)
    waiting = delivery_rows.waiting_ids(work, webhook.id)
    delivery_rows.hold(work, webhook.id, into="void")
    work.record("webhook.removed", org, webhook.id)
    work.audit("webhook.removed", org, webhook.id, before={"url": webhook.url, "waiting": waiting})


def restore(work: Work, org: str, webhook_id: str, before: Mapping[str, Any]) -> Webhook:
    """Subscribe a removed endpoint again (undo), with its secret and its log; what waited for it waits again.

    Events between the two are not made up for: ``recoveries`` does that when it is wished.
    """
    if not rows.revive(work, org, webhook_id):
        raise NotFound("webhook", webhook_id)
    delivery_rows.wait_again(work, before.get("waiting", ()))
    work.record("webhook.created", org, webhook_id)
    work.audit("webhook.created", org, webhook_id, after={"url": before.get("url")})
    return get(work, org, webhook_id)


def rotate(work: Work, org: str, webhook_id: str, *, overlap_seconds: int = ROTATION_SECONDS) -> tuple[Webhook, str]:
    """A new secret, shown this once. For ``overlap_seconds``, to the second, deliveries carry the old one's signature too."""
    if not 0 <= overlap_seconds <= 30 * 86400:
        raise Invalid("overlap_seconds", "must be from 0 to 2592000 (30 days)")
    old = get(work, org, webhook_id)
    fresh = _fresh_secret()
    rows.change(
        work,
        old.id,
        secret=fresh,
        old_secret=old.secret if overlap_seconds else None,
        old_secret_until=work.now + overlap_seconds if overlap_seconds else None,
    )
    work.record("webhook.updated", org, old.id)
    work.audit("webhook.rotated", org, old.id)
    return get(work, org, webhook_id), fresh


def rotate_back(work: Work, org: str, webhook_id: str) -> Webhook:
    """The old secret again (undo of :func:`rotate`) while it still counts; the new one's signature goes along as long."""
    old = get(work, org, webhook_id)
    if old.old_secret is None or (old.old_secret_until or 0) <= work.now:
        raise NotAllowed("the old secret is forgotten; rotate again to have a fresh one")
    rows.change(work, old.id, secret=old.old_secret, old_secret=old.secret, old_secret_until=work.now + ROTATION_SECONDS)
    work.record("webhook.updated", org, old.id)
    work.audit("webhook.rotated", org, old.id)
    return get(work, org, webhook_id)


def disable(work: Work, org: str, webhook_id: str, *, reason: str = "by the operator") -> Webhook:
    """Stop telling an endpoint; what waits is held for it. Twice is once."""
    webhook = get(work, org, webhook_id)
    if rows.disable(work, webhook.id, reason):
        delivery_rows.hold(work, webhook.id)
        work.record("webhook.disabled", org, webhook.id, reason=reason)
        work.audit("webhook.disabled", org, webhook.id, reason=reason)
    return get(work, org, webhook_id)


def enable(work: Work, org: str, webhook_id: str) -> Webhook:
    """Tell an endpoint again, first of what was held for it. Events while it was disabled come with ``deliveries.recover``."""
    webhook = get(work, org, webhook_id)
    if not webhook.active:
        rows.change(work, webhook.id, status="active", disabled_reason=None, failures=0, failing_since=None)
        delivery_rows.release(work, webhook.id)
        work.record("webhook.updated", org, webhook.id)
        work.audit("webhook.enabled", org, webhook.id)
    return get(work, org, webhook_id)
