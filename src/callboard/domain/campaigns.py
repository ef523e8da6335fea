"""Campaigns: whom to call, when it is decent to call them, how often, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from callboard.domain.hours import WeeklyHours
from callboard.domain.zones import instant, local_day


class CampaignStatus(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"


class ContactStatus(StrEnum):
    """Where one contact of a campaign stands."""

    PENDING = "pending"
    CALLING = "calling"
    QUALIFIED = "qualified"
    NOT_INTERESTED = "not_interested"
    EXHAUSTED = "exhausted"
    CALLBACK_REQUESTED = "callback_requested"
    INVALID = "invalid"
    DO_NOT_CALL = "do_not_call"


OPEN = frozenset({ContactStatus.PENDING, ContactStatus.CALLING, ContactStatus.CALLBACK_REQUESTED})
OUTCOMES = ("qualified", "not_interested", "callback_requested", "no_answer", "busy", "wrong_number", "do_not_call")
TRANSITIONS = {  # verb → (from, to)
    "started": (frozenset({CampaignStatus.DRAFT, CampaignStatus.PAUSED}), CampaignStatus.RUNNING),
    "paused": (frozenset({CampaignStatus.RUNNING}), CampaignStatus.PAUSED),
    "finished": (frozenset({CampaignStatus.DRAFT, CampaignStatus.RUNNING, CampaignStatus.PAUSED}), CampaignStatus.FINISHED),
}
DEFAULT_WINDOW = "mon-sat 09:00-20:00"
LEASE_SECONDS = 1800  # an operator's time with one contact; after it the contact goes to somebody else
SEARCH_DAYS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A list of people to call. ``window`` is weekly hours in the contact's own zone, spelled as agents' hours are."""

    id: str
    organization_id: str
    name: str
    target_country: str
    agent_id: str | None = None
    status: str = CampaignStatus.DRAFT
    script: str = ""
    window: str = DEFAULT_WINDOW
    max_attempts: int = 3
    spacing_minutes: int = 240
    pace_per_hour: int | None = None
    started_at: int | None = None
    finished_at: int | None = None
    created_at: int = 0
    updated_at: int = 0
    rev: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One person on a campaign's list. ``due_at`` is when they may next be called; None when they will not be."""

    id: str
    organization_id: str
    campaign_id: str
    person_id: str
    name: str
    phone: str
    status: str
    validation: str
    interest: str | None = None
    city: str | None = None
    country: str | None = None
    email: str | None = None
    language: str | None = None
    timezone: str | None = None
    notes: str | None = None
    callback_at: int | None = None
    booking_id: str | None = None
    claimed_by: str | None = None
    due_at: int | None = None
    attempts: int = 0
    lease_token: str | None = None
    lease_until: int | None = None
    last_attempt_at: int | None = None
    created_at: int = 0
    updated_at: int = 0
    rev: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactWish:
    """What a caller gives of a new contact: an API body, a line of a CSV file, a lead."""

    name: str
    phone: str
    interest: str | None = None
    city: str | None = None
    country: str | None = None
    email: str | None = None
    language: str | None = None
    timezone: str | None = None
    notes: str | None = None
    person_id: str | None = None


def check_number(text: str, country: str) -> tuple[str, str]:
    """(E.164 or the text as given, ``valid`` | ``wrong_country`` | ``invalid``) for a campaign that calls ``country``.

    Numbers that are possible but assigned to nobody we know of count for their country: carriers know better.
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return text.strip(), "invalid"
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_possible_number(number) or number.extension:
        return (e164 if not number.extension else text.strip()), "invalid"
    region = phonenumbers.region_code_for_number(number)
    if region is None:
        same = number.country_code == phonenumbers.country_code_for_region(country)
        return e164, "valid" if same else "wrong_country"
    return e164, "valid" if region == country else "wrong_country"


def zone_of_number(e164: str) -> str | None:
    """The zone a number lives in, when it lives in exactly one."""
    import phonenumbers
    from phonenumbers import timezone

    try:
        zones = timezone.time_zones_for_number(phonenumbers.parse(e164, None))
    except phonenumbers.NumberParseException:
        return None
    return zones[0] if len(zones) == 1 and zones[0] != "Etc/Unknown" else None


def known_country(code: str) -> bool:
    """Whether telephone numbers can be told for an ISO 3166 country."""
    import phonenumbers

    return code in phonenumbers.SUPPORTED_REGIONS


def next_open(hours: WeeklyHours, timezone: str, at: int) -> int | None:
    """The first instant from ``at`` on inside the weekly hours of that zone; None when there is none in two weeks."""
    day = local_day(at, timezone) - timedelta(days=1)  # a window of yesterday may reach past midnight
    for _ in range(SEARCH_DAYS + 1):
        for start, end in hours.days[day.weekday()]:
            if at < instant(day, end, timezone):
                return max(at, instant(day, start, timezone))
        day += timedelta(days=1)
    return None
