"""ApifyCloud's bodies: camelCase going in, snake_case coming out, instants in milliseconds, ids as UUIDs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from callboard.domain.bookings import MAX_BUFFER, MAX_MINUTES
from callboard.web.shapes import WHOLE, Camel, Count, Email, Instant, Line, Phone, Shape, Words, Zone, refuse

Uuid = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Sent = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
State = Literal["pending_confirmation", "scheduled", "in_progress", "on_hold", "completed", "cancelled", "no_show", "expired"]
_WORDS = {"confirmed": "scheduled"}  # a confirmed call is a scheduled one


def _states(value: Any) -> Any:
    """Comma-separated states, each once."""
    if not isinstance(value, str):
        raise refuse("must be a string")
    found = tuple(dict.fromkeys(_WORDS.get(part.strip(), part.strip()) for part in value.split(",")))
    if any(part not in State.__args__ for part in found):  # type: ignore[attr-defined]
        raise refuse(f"must be among {', '.join(State.__args__)}, separated by commas")  # type: ignore[attr-defined]
    return found


_NAME = "(pending_confirmation|scheduled|confirmed|in_progress|on_hold|completed|cancelled|no_show|expired)"
States = Annotated[
    tuple[str, ...],
    BeforeValidator(_states),
    WithJsonSchema({"type": "string", "maxLength": 200, "pattern": f"^{_NAME}(,{_NAME})*$"}),
]
Name = Annotated[Line, Field(min_length=1, max_length=200)]
Notes = Annotated[Words, Field(max_length=4000)]
Reason = Annotated[Words, Field(max_length=1000)]
AgentId = Annotated[Line, Field(min_length=1, max_length=64)]
Buffer = Annotated[int, Field(ge=0, le=MAX_BUFFER), WHOLE]
Minutes = Annotated[int, Field(ge=1, le=MAX_MINUTES), WHOLE]


class NewCall(Camel):
    """A call for a guest, who is reached by guestPhone or guestEmail: one of the two is required."""

    guest_name: Name
    scheduled_at_utc: Instant
    app_timezone: Zone
    guest_phone: Phone | None = Field(None, description="Required if guestEmail is not provided.")
    guest_email: Email | None = Field(None, description="Required if guestPhone is not provided.")
    assigned_agent_id: AgentId | None = Field(None, description="An agent of the organization.")
    assignment_method: Literal["manual", "self_selected", "round_robin", "pool"] | None = Field(
        None, description="manual when left out. Without assignedAgentId a free agent is taken; self_selected needs one."
    )
    guest_timezone: Zone | None = None
    guest_intake_notes: Notes | None = None
    duration_minutes: Minutes | None = Field(None, description="30 when left out.")
    buffer_before_minutes: Buffer | None = Field(None, description="The organization's own (0 unless it is set) when left out.")
    buffer_after_minutes: Buffer | None = Field(None, description="The organization's own (0 unless it is set) when left out.")
    require_confirmation: bool | None = Field(None, description="Hold the call as pending_confirmation until confirmed.")


class Change(Camel):
    """What is to change, at least one thing; the rest stays."""

    scheduled_at_utc: Instant | None = None
    duration_minutes: Minutes | None = None
    buffer_before_minutes: Buffer | None = None
    buffer_after_minutes: Buffer | None = None
    assigned_agent_id: AgentId | None = None
    guest_name: Name | None = None
    guest_phone: Phone | None = Field(None, description="null clears it.")
    guest_email: Email | None = Field(None, description="null clears it.")
    guest_timezone: Zone | None = None
    guest_intake_notes: Notes | None = None


class Cancellation(Shape):
    """Why, if it is to be kept."""

    reason: Reason | None = Field(None, description="Kept with the cancellation.")


class Listing(Camel):
    """Which calls, latest start first."""

    agent_id: AgentId | None = Field(None, description="Only calls of this agent.")
    status: States | None = Field(None, description="One or more states, separated by commas.")
    date_from: Instant | None = Field(None, description="Starts at or after.")
    date_to: Instant | None = Field(None, description="Starts before.")
    limit: Count = Field(50, ge=1, le=200, description="Calls a page.")
    offset: Count = Field(0, ge=0, le=1_000_000, description="Calls to leave out first.")


# --- answers ----------------------------------------------------------------------------------------------------------
class ScheduledCall(Shape):
    """A call."""

    id: Uuid
    app_id: Uuid
    booking_source: Literal["api", "admin"]
    assigned_agent_id: Uuid
    assignment_method: Literal["manual", "self_selected", "round_robin", "pool"]
    guest_name: str
    guest_phone: str | None
    guest_email: str | None
    guest_timezone: str
    guest_intake_notes: str | None
    scheduled_at: Sent
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    app_timezone: str
    status: State
    confirm_by: Sent | None
    cancelled_at: Sent | None
    cancellation_reason: str | None
    created_at: Sent
    updated_at: Sent


class CallData(Shape):
    """The call."""

    call: ScheduledCall


class One(Shape):
    """A call in its envelope."""

    data: CallData


class CallsData(Shape):
    """The calls."""

    calls: list[ScheduledCall]


class Pagination(Camel):
    """Which part of the list this is."""

    total: int
    limit: int
    offset: int
    has_more: bool


class Page(Shape):
    """A page of calls."""

    data: CallsData
    pagination: Pagination


class Details(Camel):
    """What a program needs to mend its request: the field, or when one more call is allowed."""

    field: str | None = None
    reason: str | None = None
    required_scope: str | None = None
    next_allowed_at: Sent | None = None


class Problem(Shape):
    """A word for programs, a sentence for people."""

    code: str
    message: str
    details: Details | None = None


class Error(Shape):
    """Every refusal."""

    error: Problem
