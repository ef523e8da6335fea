"""Organizations and the policy each one books by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an organization allows. Minutes, hours and days as the names say; None means off."""

    slot_interval_minutes: int | None = None  # None: the duration asked for
    minimum_notice_minutes: int = 0
    maximum_advance_days: int = 365
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    customer_limit: int | None = None  # live calls one customer may have in any customer_limit_days local days
    customer_limit_days: int = 1
    confirmation_timeout_minutes: int = 60
    link_lifetime_hours: int = 24  # after the scheduled time as it stands
    no_show_after_minutes: int = 30
    reminder_minutes: tuple[int, ...] = (1440, 60)
    scheduling_enabled: bool = True
    keep_chat: bool = False
    default_duration_minutes: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Branding:
    """What customers see: the name on pages and in messages, a colour, a support number."""

    name: str = ""
    colour: str = "#F0B45B"
    support_phone: str = ""
    default_country: str = "US"  # how a phone number without a country code is read


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A tenant: everything else belongs to exactly one. ``timezone`` is an IANA name."""

    id: str
    name: str
    timezone: str
    policy: Policy = field(default_factory=Policy)
    branding: Branding = field(default_factory=Branding)
    templates: Mapping[str, str] = field(default_factory=dict)  # its own message templates, by kind
    created_at: int = 0
    rev: int = 1

    @property
    def display_name(self) -> str:
        """The name customers see."""
        return self.branding.name or self.name
