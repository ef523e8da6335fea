"""Calls of a campaign, for its charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select

from callboard.storage.tables import call_records, campaign_contacts
from callboard.storage.unit_of_work import Work

_CALLS = (
    select(call_records.c.created_at, call_records.c.status)
    .join(campaign_contacts, campaign_contacts.c.id == call_records.c.campaign_contact_id)
    .where(campaign_contacts.c.organization_id == bindparam("org"), campaign_contacts.c.campaign_id == bindparam("campaign"))
    .order_by(call_records.c.created_at.desc())
    .limit(bindparam("n"))
)


def calls(work: Work, org: str, campaign_id: str, limit: int = 5000) -> Sequence[Row[Any]]:
    """(created_at, status) of the newest calls to a campaign's contacts."""
    return work.rows(_CALLS, {"org": org, "campaign": campaign_id, "n": limit})
