"""Qubesheets' bodies: camelCase, instants in milliseconds, ids of 24 hex digits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from callboard.web.shapes import Camel, Count, Email, Flag, Instant, Line, Phone, Shape, Zone

Id = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{24}$", max_length=24)]
Sent = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Status = Literal["pending_confirmation", "scheduled", "in_progress", "on_hold", "completed", "cancelled", "no_show", "expired"]


class NewCall(Camel):
    """A call on an existing project (``projectId``) or on a new one (``customerName``)."""

    scheduled_for: Instant
    project_id: Id | None = None
    customer_name: Line | None = Field(None, min_length=1, max_length=200)
    customer_phone: Phone | None = None
    customer_email: Email | None = None
    timezone: Zone | None = None


class Reschedule(Camel):
    """Another time for the same call."""

    scheduled_for: Instant
    timezone: Zone | None = None


class Cancellation(Camel):
    """Whether the customer is told."""

    send_sms: bool = False


class NewProject(Camel):
    """A project whose customer gets an upload link by text message."""

    customer_name: Line = Field(min_length=1, max_length=200)
    phone: Phone
    customer_email: Email | None = None


class Listing(Camel):
    """Which calls, and which page of them."""

    upcoming: Flag = Field(False, description="Only calls that are still to come.")
    status: Status | None = Field(None, description="Only calls in this state.")
    project_id: Id | None = Field(None, description="Only calls of this project.")
    limit: Count = Field(20, ge=1, le=100, description="Calls a page.")
    skip: Count = Field(0, ge=0, le=1_000_000, description="Calls to leave out first.")


# --- answers ----------------------------------------------------------------------------------------------------------
class Sms(Shape):
    """What became of the text message: ``delivered`` means that a carrier took it."""

    attempted: bool
    delivered: bool


class Reminder(Camel):
    """A message the customer was sent about the call."""

    type: str
    sent_at: Sent
    method: Literal["sms"]


class BriefCall(Camel):
    """A call after a change of time."""

    id: Id
    project_id: Id
    scheduled_for: Sent
    timezone: str
    status: Status
    agent_join_link: str
    customer_join_link: str


class VideoCall(BriefCall):
    """A call."""

    room_id: str
    customer_name: str
    customer_phone: str | None
    customer_email: str | None
    created_at: Sent


class ListedCall(VideoCall):
    """A call with its last change."""

    updated_at: Sent


class WholeCall(ListedCall):
    """A call with what its customer was told."""

    reminders_sent: list[Reminder]


class CancelledCall(Shape):
    """What remains to be said of a cancelled call."""

    id: Id
    status: Status


class Scheduled(Camel):
    """201."""

    success: Literal[True]
    message: str
    video_call: VideoCall
    confirmation_sms: Sms


class Rescheduled(Camel):
    """200 of PATCH."""

    success: Literal[True]
    message: str
    video_call: BriefCall
    reschedule_sms: Sms


class Cancelled(Camel):
    """200 of DELETE."""

    success: Literal[True]
    message: str
    video_call: CancelledCall
    cancellation_sms: Sms


class Pagination(Shape):
    """Which page this is."""

    total: int
    limit: int
    skip: int
    returned: int


class Page(Camel):
    """200 of the list."""

    success: Literal[True]
    video_calls: list[ListedCall]
    pagination: Pagination


class One(Camel):
    """200 of one call."""

    success: Literal[True]
    video_call: WholeCall


class Project(Camel):
    """A project."""

    id: Id
    customer_name: str
    phone: str
    upload_link: str
    created_at: Sent


class ProjectCreated(Camel):
    """201 of a project."""

    success: Literal[True]
    message: str
    project: Project
    upload_link_sms: Sms


class Error(Shape):
    """Every refusal: what, and why."""

    error: str
    message: str
