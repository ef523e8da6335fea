"""What the webhooks screen shows: endpoints with their health, the delivery log through a filter line."""

from __future__ import annotations

from dataclasses import dataclass

from callboard.domain.errors import Invalid
from callboard.domain.filters import Term, check_fields, moment, parse
from callboard.domain.webhooks import FAILING, Delivery, Webhook
from callboard.services import webhooks
from callboard.storage import delivery_log as rows
from callboard.storage.people_filter import Condition
from callboard.storage.unit_of_work import Work

DAY = 86400
STATES = ("waiting", "delivered", "failed", "held", "void")
_TEXTS = {"type": "type", "event": "event_id", "error": "error_class", "status": "status"}
_TIMES = {"after": "from", "before": "to"}
FIELDS = (*_TEXTS, *_TIMES, "endpoint", "is")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint and its last day: how many deliveries arrived, failed for good, wait, are held; the mean answer time."""

    webhook: Webhook
    arrived: int = 0
    failed: int = 0
    waiting: int = 0
    held: int = 0
    milliseconds: int = 0

    @property
    def id(self) -> str:
        """The webhook's."""
        return self.webhook.id

    @property
    def state(self) -> str:
        """``well``, ``failing`` or ``disabled``."""
        if not self.webhook.active:
            return "disabled"
        return "failing" if self.webhook.failures >= FAILING or (self.failed and not self.arrived) else "well"

    @property
    def share(self) -> float | None:
        """Which part of the settled deliveries arrived, 0 to 1; None when none is settled."""
        settled = self.arrived + self.failed
        return self.arrived / settled if settled else None


def endpoints(work: Work, org: str) -> list[Endpoint]:
    """The organization's endpoints with the health of the last 24 hours."""
    found = {r.webhook_id: r for r in rows.health(work, org, work.now - DAY)}
    shown = []
    for webhook in webhooks.listing(work, org):
        r = found.get(webhook.id)
        numbers = (r.arrived, r.failed, r.waiting, r.held, round(r.milliseconds or 0)) if r else ()
        shown.append(Endpoint(webhook, *(int(n or 0) for n in numbers)))
    return shown


def conditions(text: str, now: int, zone: str) -> list[Condition]:
    """``status:failed type:appointment after:09:00 endpoint:crm is:test`` as conditions; Invalid names what is wrong."""
    return [_condition(t, now, zone) for t in check_fields(parse(text), FIELDS)]


def _condition(term: Term, now: int, zone: str) -> Condition:
    field, value = term.field, term.value
    if field in _TIMES:
        return Condition(_TIMES[field], "", moment(value, now, zone), term.negated)
    if field == "status" and not any(s.startswith(value.lower()) for s in STATES):
        raise Invalid("filter", f"status: one of {', '.join(STATES)}")
    if field in _TEXTS:
        return Condition("text", _TEXTS[field], value, term.negated)
    if field == "is":
        if value != "test":
            raise Invalid("filter", "is: only test")
        return Condition("is", "", None, term.negated)
    return Condition("url" if field == "endpoint" else "words", "", value, term.negated)


def page(
    work: Work,
    org: str,
    text: str = "",
    zone: str = "UTC",
    *,
    webhook_id: str | None = None,
    before: str | None = None,
    offset: int = 0,
    limit: int = 200,
) -> list[Delivery]:
    """A page of the log, newest first; ``before`` is the id of the last row of the page before."""
    found = conditions(text, work.now, zone)
    return rows.page(work, org, webhook_id, found, before=before, offset=offset, limit=limit)


def count(work: Work, org: str, text: str = "", zone: str = "UTC", *, webhook_id: str | None = None) -> int:
    """How many deliveries the filter lets through."""
    return rows.count(work, org, webhook_id, conditions(text, work.now, zone))
