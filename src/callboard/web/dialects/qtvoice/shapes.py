"""QTvoice's bodies and queries: calls and messages in camelCase, contacts in snake_case, ids with a word in front."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from callboard.web.shapes import Camel, Count, Email, Flag, Line, Phone, Shape, UtcInstant, Words


def _plus(value: Any) -> Any:
    """``+1215…`` put into a URL as it is arrives as `` 1215…``: the sign of the country code comes back."""
    if isinstance(value, str) and value[:1] == " " and value[1:2].isdigit():
        return f"+{value[1:]}"
    return value


def _none(value: Any) -> Any:
    """An empty text says that there is none."""
    return None if isinstance(value, str) and not value.strip() else value


Number = Annotated[Phone, BeforeValidator(_plus)]
Direction = Literal["inbound", "outbound"]
CallStatus = Literal["initiated", "ringing", "in_progress", "completed", "missed", "voicemail", "failed"]
SmsStatus = Literal["queued", "sending", "sent", "delivered", "failed", "received", "canceled"]
ExtensionId = Annotated[str, Field(pattern=r"^ext_[0-9a-fA-F]{24}$", max_length=28)]
Sent = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
# The bound stands inside: outside it would measure the None that an empty text becomes.
Name = Annotated[Annotated[Line, Field(max_length=200)] | None, BeforeValidator(_none)]
MaybePhone = Annotated[Annotated[Line, Field(max_length=40)] | None, BeforeValidator(_none)]
MaybeEmail = Annotated[Email | None, BeforeValidator(_none)]
Notes = Annotated[Annotated[Words, Field(max_length=20_000)] | None, BeforeValidator(_none)]


class Paged(Shape):
    """Which page."""

    page: Count = Field(1, ge=1, le=1_000_000, description="Page number.")
    limit: Count = Field(50, ge=1, le=100, description="Results per page.")


class CallFilter(Paged):
    """Which calls."""

    direction: Direction | None = Field(None, description="Filter by direction.")
    status: CallStatus | None = Field(None, description="Filter by status.")
    from_: Number | None = Field(None, alias="from", description="Filter by caller phone number.")
    to: Number | None = Field(None, description="Filter by destination phone number.")
    start_date: UtcInstant | None = Field(None, description="Filter calls after this date.")
    end_date: UtcInstant | None = Field(None, description="Filter calls before this date.")


class NewCall(Shape):
    """A call to be placed."""

    to: Phone
    from_: MaybePhone = Field(None, alias="from")
    extension_id: ExtensionId | None = None


class SmsFilter(Paged):
    """Which messages."""

    direction: Direction | None = Field(None, description="Filter by direction.")
    from_: Number | None = Field(None, alias="from", description="Filter by sender.")
    to: Number | None = Field(None, description="Filter by recipient.")


class NewSms(Shape):
    """A text message to be sent."""

    to: Phone
    message: Words = Field(min_length=1, max_length=1600)
    from_: MaybePhone = Field(None, alias="from")


class ContactFilter(Paged):
    """Which contacts."""

    search: Line | None = Field(None, max_length=200, description="Search by name, company, or email.")
    phone: Number | None = Field(None, description="Search by phone number.")


class Lookup(Shape):
    """Whose number it is."""

    phone: Number = Field(description="The caller's phone number.")


class ContactBody(Shape):
    """A contact, or what is to change of one."""

    first_name: Name = None
    last_name: Name = None
    company: Name = None
    email: MaybeEmail = None
    phone: MaybePhone = None
    notes: Notes = None


class VoicemailFilter(Paged):
    """Which voicemails."""

    is_read: Flag | None = Field(None, description="Filter by read status.")
    from_: Number | None = Field(None, alias="from", description="Filter by caller.")


class VoicemailMark(Shape):
    """Whether it has been heard."""

    is_read: bool


# --- answers ----------------------------------------------------------------------------------------------------------
class Pagination(Camel):
    """Which page this is, and how many there are."""

    page: int
    limit: int
    total: int
    total_pages: int


class BriefCall(Camel):
    """A call in a caller's recent history."""

    id: str
    direction: Direction
    status: CallStatus
    duration: int
    created_at: Sent


class CallRecord(Camel):
    """A call."""

    id: str
    call_sid: str | None
    from_: str | None = Field(alias="from")
    to: str | None
    direction: Direction
    status: CallStatus
    duration: int
    recording_url: str | None
    created_at: Sent
    answered_at: Sent | None
    ended_at: Sent | None


class Calls(Shape):
    """A page of calls."""

    data: list[CallRecord]
    pagination: Pagination


class Initiated(Shape):
    """201 of click-to-call."""

    id: str
    status: Literal["initiated"]
    from_: str | None = Field(alias="from")
    to: str
    message: str


class Sms(Camel):
    """A text message. ``reason`` says why it is not sent, or failed."""

    id: str
    from_: str | None = Field(alias="from")
    to: str | None
    direction: Direction
    message: str
    status: SmsStatus
    reason: str | None
    created_at: Sent
    sent_at: Sent | None
    delivered_at: Sent | None


class SmsPage(Shape):
    """A page of messages."""

    data: list[Sms]
    pagination: Pagination


class Caller(Shape):
    """Who is calling."""

    id: str
    first_name: str
    last_name: str
    company: str | None
    email: str | None
    phone: str | None


class Contact(Caller):
    """A contact."""

    notes: str | None
    created_at: Sent = Field(alias="createdAt")
    updated_at: Sent = Field(alias="updatedAt")


class Contacts(Shape):
    """A page of contacts."""

    data: list[Contact]
    pagination: Pagination


class ScreenPop(Shape):
    """What the screen pop shows. ``recent_calls`` is empty for a key that may not read calls."""

    found: bool
    contact: Caller | None
    recent_calls: list[BriefCall]


class Voicemail(Shape):
    """A voicemail."""

    id: str
    call_id: str | None = Field(alias="callId")
    from_: str | None = Field(alias="from")
    to: str | None
    duration: int
    recording_url: str | None = Field(alias="recordingUrl")
    transcription: str | None
    is_read: bool
    created_at: Sent = Field(alias="createdAt")


class Voicemails(Shape):
    """A page of voicemails."""

    data: list[Voicemail]
    pagination: Pagination


class Extension(Shape):
    """A short number and who answers it."""

    id: str
    extension: str
    name: str
    active: bool


class Extensions(Shape):
    """All extensions."""

    data: list[Extension]


class Error(Shape):
    """Every refusal: a sentence and a word for programs."""

    error: str
    code: str
