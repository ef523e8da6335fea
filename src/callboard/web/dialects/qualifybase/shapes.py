"""QualifyBase's bodies: snake_case, instants in milliseconds, ids as UUIDs."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from callboard.domain import zones
from callboard.domain.errors import Invalid
from callboard.domain.people import SOURCES
from callboard.domain.webhooks import DIALECT_TYPES
from callboard.web.shapes import COUNTED, Count, Email, Instant, Line, Phone, Shape, Words, refuse

Uuid = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        max_length=36,
        json_schema_extra={"format": "uuid"},
    ),
]
Sent = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Source = Literal["website", "instagram", "whatsapp", "facebook", "tiktok", "referral", "email", "paid_ads", "other"]
assert Source.__args__ == SOURCES  # type: ignore[attr-defined]  # noqa: S101 - two spellings of one list, held together
Status = Literal["pending", "confirmed", "completed", "cancelled", "no_show"]
Direction = Literal["inbound", "outbound"]
ContactStatus = Literal[
    "pending", "calling", "qualified", "not_interested", "exhausted", "callback_requested", "invalid", "do_not_call"
]
EVENTS = DIALECT_TYPES["qualifybase"]


def _moment(value: Any) -> Any:
    """A day or an instant, told apart by their length."""
    if not isinstance(value, str):
        raise refuse("must be a string")
    try:
        text = value.strip()
        return zones.parse_day(text, "") if len(text) == len("2026-04-26") else zones.parse_instant(text, "")
    except Invalid as error:
        raise refuse(error.reason) from error


def _event(value: Any) -> Any:
    if value not in EVENTS:
        raise refuse(f"must be among {', '.join(EVENTS)}")
    return value


# A plain day is one of the clinic's own, midnight to midnight there.
Moment = Annotated[
    date | int,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "maxLength": 40, "anyOf": [{"format": "date"}, {"format": "date-time"}]}),
]
EventType = Annotated[str, BeforeValidator(_event), WithJsonSchema({"type": "string", "enum": list(EVENTS)})]
External = Annotated[Line, Field(min_length=1, max_length=200)]
Short = Annotated[Line, Field(max_length=200)]
Notes = Annotated[Words, Field(max_length=4000)]


# --- bodies -----------------------------------------------------------------------------------------------------------
class NewLead(Shape):
    """At least one of phone and email; external_source and external_id go together and make the call idempotent."""

    full_name: Short | None = None
    phone: Phone | None = None
    email: Email | None = None
    country: Annotated[Line, Field(max_length=100)] | None = Field(
        None, description="Two letters (ISO 3166) also say how a local phone number is read."
    )
    city: Short | None = None
    language: Annotated[Line, Field(max_length=50)] | None = None
    treatment_interest: Short | None = None
    notes: Notes | None = None
    source: Source | None = None
    agent_id: Uuid | None = Field(None, description="An outbound agent of this clinic.")
    external_source: External | None = None
    external_id: External | None = None
    external_metadata: dict[str, Any] | None = Field(None, description="Any JSON object of up to 4 KB.")


class NewAppointment(Shape):
    """A call with a lead. Without ends_at it has the clinic's usual length; without assigned_to somebody free takes it."""

    lead_id: Uuid
    scheduled_at: Instant
    ends_at: Instant | None = None
    title: Short | None = None
    notes: Notes | None = None
    assigned_to: Uuid | None = None


class AppointmentChange(Shape):
    """What is to change; the rest stays. A new scheduled_at without ends_at keeps the length."""

    scheduled_at: Instant | None = None
    ends_at: Instant | None = None
    title: Short | None = None
    notes: Notes | None = None
    assigned_to: Uuid | None = None
    status: Literal["confirmed", "completed", "cancelled", "no_show"] | None = None
    reason: Annotated[Words, Field(max_length=1000)] | None = Field(None, description="Kept with a cancellation.")


class NewContact(Shape):
    """Somebody to be called in a campaign."""

    name: Annotated[Line, Field(min_length=1, max_length=200)]
    phone: Phone
    interest: Annotated[Line, Field(min_length=1, max_length=200)]
    city: Annotated[Line, Field(min_length=1, max_length=200)]
    country: Annotated[Line, Field(max_length=100)] | None = None
    email: Email | None = None
    language: Annotated[Line, Field(max_length=50)] | None = None
    notes: Notes | None = None


class NewWebhook(Shape):
    """Where to send events, and which; without events every one."""

    url: Annotated[Line, Field(min_length=1, max_length=2000, description="An http or https address.")]
    events: Annotated[list[EventType], Field(min_length=1, max_length=50)] | None = None


class NewBlock(Shape):
    """A busy time of an external calendar. Without agent_id nobody of the clinic is booked then."""

    external_source: External
    external_id: External
    starts_at: Instant
    ends_at: Instant
    title: Short | None = None
    agent_id: Uuid | None = None


# --- queries ----------------------------------------------------------------------------------------------------------
_LIMIT = Field(50, ge=1, le=100, description="Rows a page.")
_OFFSET = Field(0, ge=0, le=1_000_000, description="Rows to leave out first.")


class LeadQuery(Shape):
    """Which leads, newest first."""

    source: Source | None = Field(None, description="Only leads from there.")
    agent_id: Uuid | None = Field(None, description="Only leads of this agent.")
    email: Email | None = Field(None, description="Only leads with this e-mail address.")
    phone: Phone | None = Field(None, description="Only leads with this phone number, in any spelling.")
    limit: Count = _LIMIT
    offset: Count = _OFFSET


class AgentQuery(Shape):
    """Which agents."""

    direction: Direction | None = Field(None, description="Only agents who take calls (inbound) or place them (outbound).")


class AvailabilityQuery(Shape):
    """Open slots that start in [from, to]; a plain day counts whole, in the clinic's time zone."""

    from_: Moment | None = Field(None, alias="from", description="Now, when left out.")
    to: Moment | None = Field(None, description="Two weeks after from, when left out; at most 92 days after it.")
    preference: Literal["morning", "afternoon", "evening"] | None = Field(
        None, description="Before 12:00, from 12:00 to 17:00, from 17:00 on the clinic's clock."
    )
    duration: Annotated[int, Field(ge=1, le=720), COUNTED] | None = Field(
        None, description="Minutes; the clinic's usual length when left out."
    )
    agent_id: Uuid | None = Field(None, description="Only slots of this agent.")
    limit: Count = Field(50, ge=1, le=500, description="Slots at most.")


class AppointmentQuery(Shape):
    """Which appointments, by start; a plain day counts whole, in the clinic's time zone."""

    status: Status | None = Field(None, description="Only appointments in this state.")
    from_: Moment | None = Field(None, alias="from", description="Only appointments that start then or later.")
    to: Moment | None = Field(None, description="Only appointments that start before, or on that day.")
    lead_id: Uuid | None = Field(None, description="Only appointments of this lead.")
    assigned_to: Uuid | None = Field(None, description="Only appointments of this agent.")
    limit: Count = _LIMIT
    offset: Count = _OFFSET


class CancelQuery(Shape):
    """Why."""

    reason: Annotated[Words, Field(max_length=1000)] | None = Field(None, description="Kept with the cancellation.")


class CampaignQuery(Shape):
    """Which campaigns."""

    status: Literal["draft", "running", "paused", "finished"] | None = Field(None, description="Only campaigns in this state.")
    limit: Count = _LIMIT
    offset: Count = _OFFSET


class ContactQuery(Shape):
    """Which contacts, last changed first."""

    status: ContactStatus | None = Field(None, description="Only contacts that got so far.")
    campaign_id: Uuid | None = Field(None, description="Only contacts of this campaign.")
    limit: Count = _LIMIT
    offset: Count = _OFFSET


class BlockQuery(Shape):
    """Which block."""

    external_source: External = Field(description="Where the event comes from, as it was sent.")
    external_id: External = Field(description="The event's id there.")
