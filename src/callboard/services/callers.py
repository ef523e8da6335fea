"""Whose customer somebody is who writes or calls a number that several organizations may share."""

from __future__ import annotations

from callboard.domain.errors import Invalid
from callboard.domain.phones import parse_phone
from callboard.storage import calls as call_rows
from callboard.storage import messages as message_rows
from callboard.storage import organizations as organization_rows
from callboard.storage.unit_of_work import Work


def home_of(work: Work, number: str, organization: str = "") -> str | None:
    """The organization that last wrote to a number, else one that knows it, else the one set for strangers, else the only one."""
    try:
        known = parse_phone(number, "US", "from")
    except Invalid:  # withheld
        known = ""
    if known:
        last = message_rows.last_writer_to(work, known)
        home = last[0] if last else call_rows.organization_of_phone(work, known)
        if home is not None:
            return home
    if organization:
        found = organization_rows.get(work, organization) or organization_rows.by_name(work, organization)
        return found.id if found else None
    every = organization_rows.every(work)
    return every[0].id if len(every) == 1 else None
