"""Shape ↔ noun, pure: how QualifyBase spells leads, appointments and the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from callboard.domain import ids
from callboard.domain.agents import Agent
from callboard.domain.blocks import Block
from callboard.domain.bookings import MINUTE, Booking, Status
from callboard.domain.campaigns import Contact
from callboard.domain.errors import Invalid, NotFound
from callboard.domain.keys import FLAVOURS, ApiKey
from callboard.domain.organizations import Organization
from callboard.domain.people import Person
from callboard.domain.webhooks import Webhook
from callboard.domain.zones import day_bounds, local
from callboard.services.availability import Slot
from callboard.services.campaigns import Standing
from callboard.web.dialects.qualifybase.shapes import EVENTS

STATUS: Mapping[Status, str] = {
    Status.PENDING: "pending",
    Status.SCHEDULED: "confirmed",
    Status.IN_PROGRESS: "confirmed",
    Status.ON_HOLD: "confirmed",
    Status.COMPLETED: "completed",
    Status.CANCELLED: "cancelled",
    Status.EXPIRED: "cancelled",
    Status.NO_SHOW: "no_show",
}
_PREFERENCES = {"morning": (0, 12), "afternoon": (12, 17), "evening": (17, 24)}


def instant(at: int) -> str:
    """``2026-05-14T12:00:00.000Z``."""
    return datetime.fromtimestamp(at, UTC).isoformat()[:19] + ".000Z"  # five times as fast as strftime, and lists are long


def maybe(at: int | None) -> str | None:
    """An instant, or null."""
    return None if at is None else instant(at)


def uuid(id_: str | None) -> str | None:
    """An id as this contract spells it."""
    return ids.to_uuid(id_) if id_ else None


def known(text: str, noun: str) -> str:
    """The id inside a UUID; one that callboard never made names nothing, so it is NotFound like any missing one."""
    found = ids.from_uuid(text)
    if found is None:
        raise NotFound(noun)
    return found


def named(text: str | None, field: str) -> str | None:
    """The id inside a UUID that stands in a body's field; Invalid when callboard never made it."""
    if text is None:
        return None
    found = ids.from_uuid(text)
    if found is None:
        raise Invalid(field, "names nobody of this clinic")
    return found


def statuses(word: str) -> tuple[Status, ...]:
    """The states that one word of the contract stands for."""
    return tuple(status for status, spelled in STATUS.items() if spelled == word)


def begins(moment: date | int, timezone: str) -> int:
    """The first instant of a day of the clinic, or the instant itself."""
    return moment if isinstance(moment, int) else day_bounds(moment, timezone)[0]


def ends(moment: date | int, timezone: str) -> int:
    """The end of a day of the clinic (exclusive), or the instant itself."""
    return moment if isinstance(moment, int) else day_bounds(moment, timezone)[1]


def minutes(starts_at: int, ends_at: int) -> int:
    """The length of an appointment in minutes, or Invalid."""
    whole, rest = divmod(ends_at - starts_at, MINUTE)
    if whole < 1:
        raise Invalid("ends_at", "must be after scheduled_at")
    if rest:
        raise Invalid("ends_at", "must be a whole number of minutes after scheduled_at")
    return whole


def preferred(slot: Slot, preference: str, timezone: str) -> bool:
    """Whether a slot begins in that part of the clinic's day."""
    first, last = _PREFERENCES[preference]
    return first <= local(slot.starts_at, timezone).hour < last


def page(rows: Sequence[Any], total: int, limit: int, offset: int) -> dict[str, Any]:
    """A list with its place in the whole."""
    more = offset + len(rows) < total
    return {"data": list(rows), "pagination": {"total": total, "limit": limit, "offset": offset, "has_more": more}}


def me(organization: Organization, key: ApiKey, per_minute: int) -> dict[str, Any]:
    """Clinic and key."""
    return {
        "clinic": {"id": uuid(organization.id), "name": organization.display_name, "timezone": organization.timezone},
        "api_key": {
            "id": uuid(key.id),
            "name": key.name,
            "prefix": FLAVOURS[key.flavour],
            "last_four": key.last_four,
            "scopes": sorted(key.scopes),
            "rate_limit_per_minute": key.rate_limit or per_minute,
            "created_at": instant(key.created_at),
            "last_used_at": maybe(key.last_used_at),
        },
    }


def lead(person: Person) -> dict[str, Any]:
    """A lead as it is saved."""
    return {
        "id": uuid(person.id),
        "clinic_id": uuid(person.organization_id),
        "full_name": person.full_name or None,
        "phone": person.phone,
        "email": person.email,
        "country": person.country,
        "city": person.city,
        "language": person.language,
        "status": "lead",
        "source": person.source,
        "treatment_interest": person.interest,
        "notes": person.notes,
        "do_not_call": person.do_not_call,
        "agent_id": uuid(person.agent_id),
        "external_source": person.external_source,
        "external_id": person.external_id,
        "external_metadata": dict(person.metadata),
        "created_at": instant(person.created_at),
        "updated_at": instant(person.updated_at),
    }


def agent(found: Agent) -> dict[str, Any]:
    """An agent, for a drop-down."""
    return {
        "id": uuid(found.id),
        "name": found.name,
        "direction": str(found.direction),
        "timezone": found.timezone,
        "active": found.active,
        "created_at": instant(found.created_at),
    }


def slot(found: Slot) -> dict[str, Any]:
    """A free time."""
    start = instant(found.starts_at)
    return {
        "scheduled_at": start,
        "starts_at": start,
        "ends_at": instant(found.ends_at),
        "agent_ids": [ids.to_uuid(a) for a in found.agent_ids],
    }


def appointment(booking: Booking) -> dict[str, Any]:
    """A booking, whichever way it was made."""
    return {
        "id": uuid(booking.id),
        "clinic_id": uuid(booking.organization_id),
        "lead_id": uuid(booking.person_id),
        "assigned_to": uuid(booking.agent_id),
        "status": STATUS[booking.status],
        "scheduled_at": instant(booking.starts_at),
        "ends_at": instant(booking.ends_at),
        "title": booking.title,
        "notes": booking.notes,
        "cancelled_at": maybe(booking.cancelled_at),
        "cancellation_reason": booking.cancellation_reason,
        "created_at": instant(booking.created_at),
        "updated_at": instant(booking.updated_at),
    }


def campaign(found: Standing) -> dict[str, Any]:
    """A campaign with how many contacts it has."""
    return {
        "id": uuid(found.campaign.id),
        "name": found.campaign.name,
        "status": str(found.campaign.status),
        "agent_id": uuid(found.campaign.agent_id),
        "target_country": found.campaign.target_country,
        "total_contacts": found.total,
        "created_at": instant(found.campaign.created_at),
    }


def contact(found: Contact) -> dict[str, Any]:
    """Somebody on a campaign's list, and how far that got."""
    return {
        "id": uuid(found.id),
        "campaign_id": uuid(found.campaign_id),
        "name": found.name,
        "phone": found.phone,
        "interest": found.interest,
        "city": found.city,
        "country": found.country,
        "email": found.email,
        "language": found.language,
        "notes": found.notes,
        "status": str(found.status),
        "validation_status": found.validation,
        "attempts": found.attempts,
        "callback_at": maybe(found.callback_at),
        "last_attempt_at": maybe(found.last_attempt_at),
        "created_at": instant(found.created_at),
        "updated_at": instant(found.updated_at),
    }


def webhook(found: Webhook) -> dict[str, Any]:
    """An endpoint, without its secret."""
    return {
        "id": uuid(found.id),
        "url": found.url,
        "events": list(found.event_types or EVENTS),
        "status": found.status,
        "created_at": instant(found.created_at),
    }


def block(found: Block) -> dict[str, Any]:
    """A busy time."""
    return {
        "id": uuid(found.id),
        "external_source": found.external_source,
        "external_id": found.external_id,
        "starts_at": instant(found.starts_at),
        "ends_at": instant(found.ends_at),
        "title": found.title,
        "agent_id": uuid(found.agent_id),
        "created_at": instant(found.created_at),
        "updated_at": instant(found.updated_at),
    }
