"""Involve's bodies: snake_case, the same whether they come as a form (``claimant[name]``), multipart or JSON.

Every value may arrive as text, because forms know nothing else; an empty text says that there is none.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from callboard.web.shapes import Count, Email, Flag, Line, Shape, UtcInstant, Words, refuse

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
FIRST_BIRTH_YEAR = 1850


def _birthday(value: str) -> str:
    try:
        if not _DAY.match(value) or date.fromisoformat(value).year < FIRST_BIRTH_YEAR:
            raise refuse("must be a date such as 1990-01-01")
    except ValueError as error:
        raise refuse("must be a date such as 1990-01-01") from error
    return value


def _blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def _list_is_nothing(value: Any) -> Any:
    """``[]`` is how a program without objects spells an empty one."""
    return {} if value == [] else value


Status = Literal["pending_confirmation", "scheduled", "in_progress", "on_hold", "completed", "cancelled", "no_show", "expired"]
# Only https, no user in it: the room's page sends people on to this address by itself.
Url = Annotated[
    Line,
    Field(max_length=2000, pattern=r"^(https://[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(:[0-9]{1,5})?([/?#][!-~]*)?)?$"),
]
Birthday = Annotated[str, AfterValidator(_birthday), Field(max_length=10, json_schema_extra={"format": "date"})]
PhoneText = Annotated[Line, Field(max_length=40)]  # or an empty text
_DIGITS = {"type": "string", "pattern": "^[0-9]{0,9}$"}
_TEXTS = {"type": "string", "enum": ["true", "false", "1", "0", "yes", "no", "on", "off", ""]}


def _number(least: int, most: int) -> WithJsonSchema:
    """How the document says: a whole number, or its digits."""
    return WithJsonSchema({"anyOf": [{"type": "integer", "minimum": least, "maximum": most}, _DIGITS]})


Minutes = Annotated[Count, Field(ge=1, le=720), _number(1, 720)]
Kilobits = Annotated[Count, Field(ge=1, le=1_000_000), _number(1, 1_000_000)]
YesNo = Annotated[Flag, WithJsonSchema({"anyOf": [{"type": "boolean"}, _TEXTS]})]
Reason = Annotated[Words, Field(max_length=2000)]
Sent = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class Claimant(Shape):
    """Whom the appointment is with."""

    name: Line = Field(min_length=1, max_length=200)
    date_of_birth: Birthday | None = None
    phone_number: PhoneText | None = None
    email: Email | None = None

    @model_validator(mode="before")
    @classmethod
    def _absent(cls, value: Any) -> Any:
        return {k: v for k, v in value.items() if not _blank(v)} if isinstance(value, dict) else value


class ClaimantChange(Shape):
    """What is to change of the claimant."""

    name: Line | None = Field(None, max_length=200)
    date_of_birth: Birthday | None = None
    phone_number: PhoneText | None = None
    email: Email | None = None

    @model_validator(mode="before")
    @classmethod
    def _none(cls, value: Any) -> Any:
        return {k: None if _blank(v) else v for k, v in value.items()} if isinstance(value, dict) else value


class Options(Shape):
    """What an appointment may have beside its time and its claimant."""

    duration_in_minutes: Minutes | None = None
    is_interpreter_needed: YesNo | None = None
    interpreter_language: Line | None = Field(None, max_length=100)
    department: Line | None = Field(None, max_length=200)
    features_call_recording_enable: YesNo | None = None
    features_breakout_room_enable: YesNo | None = None
    features_webcam_access_agent_enable: YesNo | None = None
    features_webcam_access_claimant_enable: YesNo | None = None
    features_webcam_background_blurring_enable: YesNo | None = None
    features_microphone_access_enable: YesNo | None = None
    features_screen_sharing_enable: YesNo | None = None
    features_messages_chat_enable: YesNo | None = None
    features_participant_list_enable: YesNo | None = None
    features_bandwidth: Kilobits | None = None
    use_custom_post_call_redirect: YesNo | None = None
    custom_user_post_call_redirect_url: Url | None = None
    custom_agent_post_call_redirect_url: Url | None = None


class NewAppointment(Options):
    """An appointment to be made. A time without an offset is UTC; the reference is made up when there is none."""

    reference: Line | None = Field(None, max_length=100)
    appointment_at: UtcInstant
    claimant: Claimant

    @model_validator(mode="before")
    @classmethod
    def _absent(cls, value: Any) -> Any:
        return {k: v for k, v in value.items() if not _blank(v)} if isinstance(value, dict) else value


class Change(Options):
    """What is to change: what is not named stays, what is empty is taken away."""

    reference: Line | None = Field(None, max_length=100)
    appointment_at: UtcInstant | None = None
    claimant: Annotated[ClaimantChange, BeforeValidator(_list_is_nothing)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _none(cls, value: Any) -> Any:
        return {k: None if _blank(v) else v for k, v in value.items()} if isinstance(value, dict) else value


class Cancellation(Shape):
    """Why."""

    cancellation_reason: Reason | None = None

    @model_validator(mode="before")
    @classmethod
    def _none(cls, value: Any) -> Any:
        return {k: None if _blank(v) else v for k, v in value.items()} if isinstance(value, dict) else value


class Why(Shape):
    """The same in a query, for DELETE."""

    cancellation_reason: Reason | None = Field(None, description="Why the appointment is cancelled.")


class Listing(Shape):
    """Which appointments, and which page of them."""

    page: Count = Field(1, ge=1, le=1_000_000, description="Page number.")
    per_page: Count = Field(15, ge=1, le=100, description="Appointments a page.")
    status: Status | None = Field(None, description="Only appointments in this state.")
    reference: Line | None = Field(None, max_length=100, description="Only the appointment with this reference.")
    date_from: UtcInstant | None = Field(None, description="Only appointments at or after this time.")
    date_to: UtcInstant | None = Field(None, description="Only appointments before this time.")
    sort: Literal["appointment_at", "-appointment_at"] = Field(
        "-appointment_at", description="Order; a minus puts the last first."
    )


# --- answers ----------------------------------------------------------------------------------------------------------
class ClaimantOut(Shape):
    """The claimant."""

    name: str
    date_of_birth: str | None
    phone_number: str | None
    email: str | None
    data: list[str]


class Meeting(Shape):
    """The room: ``room_url`` is the agent's way in."""

    id: str
    room_name: str
    room_url: str
    start_date: Sent
    end_date: Sent


class Appointment(Shape):
    """An appointment."""

    id: str
    reference: str
    appointment_at: Sent
    duration_in_minutes: int
    is_interpreter_needed: bool
    interpreter_language: str | None
    status: Status
    url: str
    created_at: Sent
    cancelled_at: Sent | None
    cancellation_reason: str | None
    department: str | None
    claimant: ClaimantOut
    meeting: Meeting
    session_started_at: Sent | None
    session_ended_at: Sent | None
    on_hold_started_at: Sent | None
    on_hold_ended_at: Sent | None
    features_call_recording_enable: bool
    features_breakout_room_enable: bool
    features_webcam_access_agent_enable: bool
    features_webcam_access_claimant_enable: bool
    features_webcam_background_blurring_enable: bool
    features_microphone_access_enable: bool
    features_screen_sharing_enable: bool
    features_messages_chat_enable: bool
    features_participant_list_enable: bool
    features_bandwidth: int | None
    use_custom_post_call_redirect: bool
    custom_user_post_call_redirect_url: str | None
    custom_agent_post_call_redirect_url: str | None


class One(Shape):
    """One appointment."""

    data: Appointment


class PageLinks(Shape):
    """Where the other pages are."""

    first: str
    last: str
    prev: str | None
    next: str | None


class Meta(Shape):
    """Which page this is, and how many there are."""

    current_page: int
    from_: int | None = Field(alias="from")
    last_page: int
    path: str
    per_page: int
    to: int | None
    total: int


class Page(Shape):
    """A page of appointments."""

    data: list[Appointment]
    links: PageLinks
    meta: Meta


class Error(Shape):
    """Every refusal; ``errors`` by field when values are not valid."""

    message: str
    errors: dict[str, list[str]] | None = None
