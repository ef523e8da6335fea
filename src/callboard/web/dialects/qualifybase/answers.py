"""What QualifyBase answers, for its document: rows as they are, lists under ``data`` with their page beside them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from callboard.web.dialects.qualifybase.shapes import ContactStatus, Direction, Sent, Source, Status, Uuid
from callboard.web.shapes import Shape


class Clinic(Shape):
    """An organization."""

    id: Uuid
    name: str
    timezone: str


class Key(Shape):
    """An API key, without its secret."""

    id: Uuid
    name: str
    prefix: str
    last_four: str
    scopes: list[str]
    rate_limit_per_minute: int
    created_at: Sent
    last_used_at: Sent | None


class Me(Shape):
    """Whose key it is."""

    clinic: Clinic
    api_key: Key


class Page(Shape):
    """Which part of a list this is."""

    total: int
    limit: int
    offset: int
    has_more: bool


class Lead(Shape):
    """A person who may become a customer."""

    id: Uuid
    clinic_id: Uuid
    full_name: str | None
    phone: str | None
    email: str | None
    country: str | None
    city: str | None
    language: str | None
    status: Literal["lead"]
    source: Source | None
    treatment_interest: str | None
    notes: str | None
    do_not_call: bool
    agent_id: Uuid | None
    external_source: str | None
    external_id: str | None
    external_metadata: dict[str, Any]
    created_at: Sent
    updated_at: Sent


class Leads(Shape):
    """A page of leads."""

    data: list[Lead]
    pagination: Page


class Agent(Shape):
    """Somebody who takes or places calls."""

    id: Uuid
    name: str
    direction: Direction
    timezone: str
    active: bool
    created_at: Sent


class Agents(Shape):
    """Every agent."""

    data: list[Agent]


class Slot(Shape):
    """A free time; its start stands under both names this contract has for one."""

    scheduled_at: Sent
    starts_at: Sent
    ends_at: Sent
    agent_ids: list[Uuid] = Field(min_length=1)


class Slots(Shape):
    """Open slots, earliest first."""

    data: list[Slot]
    timezone: str


class Appointment(Shape):
    """A call on the calendar."""

    id: Uuid
    clinic_id: Uuid
    lead_id: Uuid | None
    assigned_to: Uuid | None
    status: Status
    scheduled_at: Sent
    ends_at: Sent
    title: str | None
    notes: str | None
    cancelled_at: Sent | None
    cancellation_reason: str | None
    created_at: Sent
    updated_at: Sent


class Appointments(Shape):
    """A page of appointments."""

    data: list[Appointment]
    pagination: Page


class Campaign(Shape):
    """An outbound campaign."""

    id: Uuid
    name: str
    status: Literal["draft", "running", "paused", "finished"]
    agent_id: Uuid | None
    target_country: str
    total_contacts: int
    created_at: Sent


class Campaigns(Shape):
    """A page of campaigns."""

    data: list[Campaign]
    pagination: Page


class Contact(Shape):
    """Somebody to be called in a campaign, and how far that got."""

    id: Uuid
    campaign_id: Uuid
    name: str
    phone: str
    interest: str | None
    city: str | None
    country: str | None
    email: str | None
    language: str | None
    notes: str | None
    status: ContactStatus
    validation_status: Literal["valid", "wrong_country", "invalid"]
    attempts: int
    callback_at: Sent | None
    last_attempt_at: Sent | None
    created_at: Sent
    updated_at: Sent


class Contacts(Shape):
    """A page of contacts."""

    data: list[Contact]
    pagination: Page


class Webhook(Shape):
    """An endpoint of the calling key."""

    id: Uuid
    url: str
    events: list[str]
    status: Literal["active", "disabled"]
    created_at: Sent


class NewWebhook(Webhook):
    """The same with its signing secret, this once."""

    signingSecret: str  # noqa: N815 - the contract's own spelling


class Webhooks(Shape):
    """The calling key's endpoints."""

    data: list[Webhook]


class Block(Shape):
    """A busy time."""

    id: Uuid
    external_source: str | None
    external_id: str | None
    starts_at: Sent
    ends_at: Sent
    title: str
    agent_id: Uuid | None
    created_at: Sent
    updated_at: Sent


class Problem(Shape):
    """What is wrong: a word for programs, a sentence for people."""

    code: str
    message: str


class Error(Shape):
    """Every refusal."""

    error: Problem
