"""How each kind of change is taken back, or in a sentence why it cannot be: every action an audit row carries stands in one.

One table and not an inverse beside each verb: what an operator may expect of one key is read, and tested, in one place.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from callboard.domain.errors import NotAllowed
from callboard.services import agents, blocks, bookings, organizations, people
from callboard.storage.unit_of_work import Work

Inverse = Callable[[Work, str, str, dict[str, Any]], Any]


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


def _late(module: str, verb: str, *, fields: bool = True, **fixed: Any) -> Inverse:
    """A verb of a module that is imported when it is needed: ``(work, org, subject, **before)``, or without the fields."""

    def inverse(work: Work, org: str, subject: str, before: dict[str, Any]) -> None:
        found = getattr(import_module(f"callboard.services.{module}"), verb)
        found(work, org, subject, **(before if fields else {}), **fixed)

    return inverse


def _whole(module: str, verb: str) -> Inverse:
    """A verb that takes what was before as one argument: ``(work, org, subject, before)``."""

    def inverse(work: Work, org: str, subject: str, before: dict[str, Any]) -> None:
        getattr(import_module(f"callboard.services.{module}"), verb)(work, org, subject, before)

    return inverse


def _call(work: Work, org: str, subject: str, before: dict[str, Any]) -> None:
    from callboard.services import calls

    calls.set_outcome(work, org, subject, **{name: value or "" for name, value in before.items()})


def _conversation(*, read: bool) -> Inverse:
    def inverse(work: Work, org: str, _subject: str, before: dict[str, Any]) -> None:
        from callboard.services import messages

        (messages.mark_read if read else messages.mark_unread)(work, org, **before)

    return inverse


def _opted(*, out: bool) -> Inverse:
    def inverse(work: Work, org: str, subject: str, before: dict[str, Any]) -> None:
        from callboard.services import messages

        phone = before.get("phone") or people.get(work, org, subject).phone
        if not phone:
            raise NotAllowed("this person has no telephone number any more")
        messages.opt_out(work, org, phone, out=out)

    return inverse


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
    "organization.template_saved": _template,
    "organization.template_reset": _template,
    "agent.created": lambda work, org, subject, _before: agents.update(work, org, subject, active=False),
    "agent.updated": agents.restore,
    "person.created": lambda work, org, subject, _before: people.delete(work, org, subject),
    "person.updated": lambda work, org, subject, before: people.update(work, org, subject, **before),
    "person.deleted": lambda work, org, subject, before: people.undelete(work, org, subject, **_outside(before)),
    "person.restored": lambda work, org, subject, _before: people.delete(work, org, subject),
    "person.merged": _whole("people", "unmerge"),
    "person.opted_out": _opted(out=False),
    "person.opted_in": _opted(out=True),
    "block.created": lambda work, org, subject, _before: blocks.remove(work, org, subject),
    "block.updated": blocks.restore,
    "block.removed": _block_removed,
    "campaign.created": _late("campaigns", "discard", fields=False),
    "campaign.updated": _late("campaigns", "update"),
    "campaign.started": _whole("campaigns", "restore"),
    "campaign.paused": _whole("campaigns", "restore"),
    "campaign.finished": _whole("campaigns", "restore"),
    "campaign.filled": _whole("campaigns", "empty"),
    "contact.outcome": _whole("dial_queue", "restore"),
    "contact.taken": _late("dial_queue", "release"),
    **dict.fromkeys(("contact.given_back", "contact.left"), _late("dial_queue", "take_again")),
    "conversation.unread": _conversation(read=True),
    **dict.fromkeys(("conversation.read", "conversation.opened"), _conversation(read=False)),
    "room.muted": _late("rooms", "mute", on=False),
    "room.unmuted": _late("rooms", "mute"),
    "room.moved_aside": _late("rooms", "breakout", on=False),
    "room.brought_back": _late("rooms", "breakout"),
    **dict.fromkeys(("room.message_shown", "room.message_taken_away"), _late("rooms", "message")),
    "call.updated": _call,
    "voicemail.read": _late("voicemails", "mark_read", fields=False, read=False),
    "voicemail.unread": _late("voicemails", "mark_read", fields=False),
    "voicemail.transcribed": _whole("voicemails", "untranscribe"),
    "message.marked_sent": _whole("messages", "unmark_sent"),
    "message.sent": _late("messages", "withdraw", fields=False),
    "webhook.created": _late("webhooks", "remove", fields=False),
    "webhook.updated": _late("webhooks", "update"),
    "webhook.removed": _whole("webhooks", "restore"),
    "webhook.rotated": _late("webhooks", "rotate_back", fields=False),
    "webhook.disabled": _late("webhooks", "enable", fields=False),
    "webhook.enabled": _late("webhooks", "disable", fields=False),
    "webhook.recovery_started": _whole("recoveries", "withdraw"),
    "calendar.added": _late("calendars", "remove", fields=False),
    "calendar.imported": _late("calendars", "remove", fields=False),
    "calendar.removed": _whole("calendars", "restore"),
    "key.created": _late("keys", "revoke", fields=False),
}  # fmt: skip


def _outside(before: dict[str, Any]) -> dict[str, Any]:
    return {name: before.get(name) for name in ("external_source", "external_id")}


_TOLD = "what was sent cannot be called back"
_PHONE = "the telephone line did that; set the outcome or the notes right instead"
_RECORDING = "everyone in the room was shown it; ask or stop again there"
_PART = "it is part of the outcome, which is taken back as a whole"
FINAL: dict[str, str] = {
    "organization.created": "an organization holds everything else; it stays",
    "booking.expired": "its time to be confirmed is over; book it again",
    "booking.reinstated": "undo itself wrote it; cancel the booking instead",
    "booking.overran": "the clock noted it",
    "room.admitted": "the customer is inside already; hold or end the call instead",
    **{f"room.recording_{state}": _RECORDING for state in ("asked", "on", "refused", "stopped")},
    "call.initiated": "the telephone was asked to ring; hang up instead",
    **dict.fromkeys(("call.answered", "call.completed", "call.missed"), _PHONE),
    **{f"contact.{word}": _PART for word in ("qualified", "not_interested", "exhausted", "callback_requested", "updated")},
    "message.retried": f"the carrier has it; {_TOLD}",
    "delivery.redelivered": _TOLD,
    "delivery.tested": _TOLD,
    "webhook.recovery_cancelled": "what it had not sent by then is gone from its list; recover again for that span",
    "key.revoked": "a key that was revoked stays dead, for whoever found it as well; make a new one",
    "calendar.refreshed": "it only asked for what the calendar says; nothing of ours was changed by it",
    "calendar.feed_revoked": "an address that was revoked stays dead, for whoever had it as well; give out the new one",
    "project.created": "the customer may have its link already; revoke the link instead",
    "project.link_revoked": "links that were revoked stay dead; the project's new link works",
}  # fmt: skip
CLOCK = frozenset({"booking.expired", "booking.overran"})  # noted by the clock, nobody's wish
# Done on the way to something else: undo looks past them to what was meant; the log still takes them back, one by one.
PASSED = CLOCK | {"contact.taken", "contact.left", "conversation.opened"}
THEIR_OWN = {"person.opted_out": "the customer asked for it; only they may ask to be texted again"}
