"""Undo: the newest change of this actor's organization that can be taken back, from its audit row. Undoing is itself a change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from callboard.domain.errors import NotAllowed, NotFound
from callboard.services import agents, blocks, bookings, organizations, people
from callboard.storage import trail
from callboard.storage.unit_of_work import Work

Inverse = Callable[[Work, str, str, dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of what was done: number, who, what, to which noun, when (UTC seconds), why, and whether it was undone."""

    seq: int
    actor: str
    action: str
    subject_id: str
    at: int
    reason: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    undone: bool
    undoable: bool


def _booking(work: Work, org: str, subject: str, before: dict[str, Any]) -> None:
    bookings.restore(work, org, subject, before)


def _booking_created(work: Work, org: str, subject: str, _before: dict[str, Any]) -> None:
    bookings.cancel(work, org, subject, reason="undone by the operator")


def _block_removed(work: Work, org: str, _subject: str, before: dict[str, Any]) -> None:
    blocks.add(work, org, **before)


def _template(work: Work, org: str, _subject: str, before: dict[str, Any]) -> None:
    from callboard.services import templates

    for kind, text in before.items():
        if text is None:
            templates.reset(work, org, kind)
        else:
            templates.save(work, org, kind, text)


def _late(module: str, verb: str, *, fields: bool = True) -> Inverse:
    """A verb of a module that is imported when it is needed: ``(work, org, subject, **before)``, or without the fields."""

    def inverse(work: Work, org: str, subject: str, before: dict[str, Any]) -> None:
        found = getattr(import_module(f"callboard.services.{module}"), verb)
        found(work, org, subject, **(before if fields else {}))

    return inverse


def _contact(work: Work, org: str, subject: str, before: dict[str, Any]) -> None:
    from callboard.services import dial_queue

    dial_queue.restore(work, org, subject, before)


def _call(work: Work, org: str, subject: str, before: dict[str, Any]) -> None:
    from callboard.services import calls

    calls.set_outcome(work, org, subject, **{name: value or "" for name, value in before.items()})


BULK = "bulk "  # with this begins the reason of changes made at one stroke
MOST_AT_A_STROKE = 5000
INVERSE: dict[str, Inverse] = {
    "booking.created": _booking_created,
    **dict.fromkeys(
        (
            "booking.moved",
            "booking.updated",
            "booking.confirmed",
            "booking.cancelled",
            "booking.started",
            "booking.held",
            "booking.resumed",
            "booking.completed",
            "booking.no_show",
        ),
        _booking,
    ),
    "organization.updated": lambda work, org, _subject, before: organizations.restore(work, org, before),
    "agent.updated": agents.restore,
    "person.created": lambda work, org, subject, _before: people.delete(work, org, subject),
    "person.updated": lambda work, org, subject, before: people.update(work, org, subject, **before),
    "person.deleted": lambda work, org, subject, _before: people.undelete(work, org, subject),
    "block.created": lambda work, org, subject, _before: blocks.remove(work, org, subject),
    "block.removed": _block_removed,
    "organization.template_saved": _template,
    "organization.template_reset": _template,
    "campaign.updated": _late("campaigns", "update"),
    "campaign.started": _late("campaigns", "pause", fields=False),
    "campaign.paused": _late("campaigns", "start", fields=False),
    "contact.outcome": _contact,
    "call.updated": _call,
    "webhook.updated": _late("webhooks", "update"),
    "webhook.disabled": _late("webhooks", "enable", fields=False),
    "webhook.enabled": _late("webhooks", "disable", fields=False),
}


def _entry(row: Any) -> Entry:
    return Entry(
        seq=row.seq,
        actor=row.actor,
        action=row.action,
        subject_id=row.subject_id,
        at=row.at,
        reason=row.reason,
        before=row.before,
        after=row.after,
        undone=row.undone_at is not None,
        undoable=row.undone_at is None and row.action in INVERSE,
    )


def log(work: Work, organization_id: str, limit: int = 50) -> list[Entry]:
    """What was really done, newest first."""
    return [_entry(r) for r in trail.recent(work, organization_id, limit)]


def history(work: Work, organization_id: str, subject_id: str, limit: int = 50) -> list[Entry]:
    """What was done to one noun, newest first."""
    return [_entry(r) for r in trail.history(work, organization_id, subject_id, limit)]


def undo(work: Work, organization_id: str, seq: int) -> Entry:
    """Take back one change; NotAllowed when it cannot be, a Refused when the world has moved on."""
    row = trail.entry(work, organization_id, seq)
    if row is None:
        raise NotFound("change", str(seq))
    inverse = INVERSE.get(row.action)
    if inverse is None:
        raise NotAllowed(f"{row.action.replace('.', ' ')} cannot be undone")
    if not trail.mark_undone(work, seq):
        raise NotAllowed("that was undone already")
    first = len(work.audits)
    inverse(work, organization_id, row.subject_id, row.before or {})
    for audit in work.audits[first:]:
        # What undo wrote is not itself the next thing to undo: pressing z twice goes two steps back.
        audit["reason"] = f"undo of {seq}"
        audit["undone_at"] = work.now
    return _entry(row)


def undo_last(work: Work, organization_id: str) -> Entry:
    """Take back this actor's newest change that can be; NotAllowed when there is none."""
    me = str(work.actor)
    candidates: Sequence[Any] = trail.recent(work, organization_id, 200)
    for row in candidates:
        if row.actor == me and row.undone_at is None and row.action in INVERSE:
            return (
                _whole(work, organization_id, row)
                if (row.reason or "").startswith(BULK)
                else undo(work, organization_id, row.seq)
            )
    raise NotAllowed("there is nothing to undo")


def _whole(work: Work, organization_id: str, newest: Any) -> Entry:
    """Take back everything done at one stroke: those rows carry the same reason."""
    entry = _entry(newest)
    for row in trail.recent(work, organization_id, MOST_AT_A_STROKE):
        if row.reason == newest.reason and row.undone_at is None and row.action in INVERSE:
            entry = undo(work, organization_id, row.seq)
    return entry
