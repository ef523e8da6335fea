"""People: a lead and a contact are one person, told apart by flags, found by phone, e-mail or an outside id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SOURCES = ("website", "instagram", "whatsapp", "facebook", "tiktok", "referral", "email", "paid_ads", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Everything known of one customer. ``phone`` is E.164; ``metadata`` is the integrator's own JSON object."""

    id: str
    organization_id: str
    full_name: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str | None = None
    phone: str | None = None
    email: str | None = None
    country: str | None = None
    city: str | None = None
    language: str | None = None
    timezone: str | None = None
    interest: str | None = None
    source: str | None = None
    notes: str | None = None
    agent_id: str | None = None
    is_lead: bool = False
    is_contact: bool = False
    do_not_call: bool = False
    do_not_text: bool = False
    external_source: str | None = None
    external_id: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    created_at: int = 0
    updated_at: int = 0
    rev: int = 1

    @property
    def name(self) -> str:
        """The best name there is: full, or first and last, or company, e-mail, phone."""
        joined = self.full_name or f"{self.first_name} {self.last_name}".strip()
        return joined or self.company or self.email or self.phone or "unknown"


def split_name(full: str) -> tuple[str, str]:
    """A first and last name from one line: the last word is the family name, as the contracts' clients expect."""
    words = full.split()
    return (" ".join(words[:-1]), words[-1]) if len(words) > 1 else (full.strip(), "")
