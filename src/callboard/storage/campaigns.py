"""Campaign and contact rows; the dial queue's claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, func, insert, select, update

from callboard.domain.campaigns import Campaign, Contact
from callboard.storage.tables import campaign_contacts, campaigns
from callboard.storage.unit_of_work import Work

_CAMPAIGN = tuple(f.name for f in fields(Campaign))
_CONTACT = tuple(f.name for f in fields(Contact))
_CAMPAIGNS = select(*(campaigns.c[name] for name in _CAMPAIGN))
_CONTACTS = select(*(campaign_contacts.c[name] for name in _CONTACT))
_INSERT = insert(campaigns)
_INSERT_CONTACT = insert(campaign_contacts)
_ONE = _CAMPAIGNS.where(campaigns.c.organization_id == bindparam("org"), campaigns.c.id == bindparam("id"))
_NAMED = _CAMPAIGNS.where(campaigns.c.organization_id == bindparam("org"), func.lower(campaigns.c.name) == bindparam("name"))
_CONTACT_ONE = _CONTACTS.where(campaign_contacts.c.organization_id == bindparam("org"), campaign_contacts.c.id == bindparam("id"))
_BY_PHONE = _CONTACTS.where(
    campaign_contacts.c.campaign_id == bindparam("campaign"), campaign_contacts.c.phone == bindparam("phone")
)
_HELD = _CONTACTS.where(
    campaign_contacts.c.organization_id == bindparam("org"),
    campaign_contacts.c.campaign_id == bindparam("campaign"),
    campaign_contacts.c.status == "calling",
    campaign_contacts.c.claimed_by == bindparam("operator"),
    campaign_contacts.c.lease_until > bindparam("now"),
).limit(1)
# One state at a time: so each question is a walk along the index (organization, campaign, status, due), however long the list.
# A callback was promised for its time; then who was left by their operator; then whoever waits longest.
_IN_TURN = ("callback_requested", "calling", "pending")
_OF_STATUS = _CONTACTS.where(
    campaign_contacts.c.organization_id == bindparam("org"),
    campaign_contacts.c.campaign_id == bindparam("campaign"),
    campaign_contacts.c.status == bindparam("status"),
)
_READY = (
    _OF_STATUS.where(campaign_contacts.c.due_at <= bindparam("now")).order_by(campaign_contacts.c.due_at).limit(bindparam("n"))
)
_SOONEST = (
    select(campaign_contacts.c.due_at)
    .where(
        campaign_contacts.c.organization_id == bindparam("org"),
        campaign_contacts.c.campaign_id == bindparam("campaign"),
        campaign_contacts.c.status == bindparam("status"),
        campaign_contacts.c.due_at.is_not(None),
    )
    .order_by(campaign_contacts.c.due_at)
    .limit(1)
)
_PACE = (
    select(campaign_contacts.c.last_attempt_at)
    .where(
        campaign_contacts.c.organization_id == bindparam("org"),
        campaign_contacts.c.campaign_id == bindparam("campaign"),
        campaign_contacts.c.last_attempt_at > bindparam("since"),
    )
    .order_by(campaign_contacts.c.last_attempt_at)
)
_COUNTS = (
    select(campaign_contacts.c.campaign_id, campaign_contacts.c.status, func.count().label("n"))
    .where(campaign_contacts.c.organization_id == bindparam("org"))
    .group_by(campaign_contacts.c.campaign_id, campaign_contacts.c.status)
)


def _campaign(row: Row[Any]) -> Campaign:
    return Campaign(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def _contact(row: Row[Any]) -> Contact:
    return Contact(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def add(work: Work, campaign: Campaign) -> None:
    """Insert a campaign."""
    work.execute(_INSERT, asdict(campaign))


def get(work: Work, org: str, id_: str) -> Campaign | None:
    """One campaign."""
    row = work.row(_ONE, {"org": org, "id": id_})
    return _campaign(row) if row else None


def by_name(work: Work, org: str, name: str) -> Campaign | None:
    """One by its name, whatever the case."""
    row = work.row(_NAMED, {"org": org, "name": name.lower()})
    return _campaign(row) if row else None


def every(work: Work, org: str, status: str | None = None) -> list[Campaign]:
    """All campaigns, the newest first."""
    wanted = _CAMPAIGNS.where(campaigns.c.organization_id == org)
    if status is not None:
        wanted = wanted.where(campaigns.c.status == status)
    return [_campaign(r) for r in work.rows(wanted.order_by(campaigns.c.created_at.desc(), campaigns.c.id.desc()))]


def change(work: Work, campaign: Campaign, **values: Any) -> Campaign | None:
    """Write changes guarded by rev; the campaign as it is now, or None when somebody was faster."""
    statement = update(campaigns).where(campaigns.c.id == campaign.id, campaigns.c.rev == campaign.rev)
    if work.execute(statement.values(updated_at=work.now, rev=campaign.rev + 1, **values)).rowcount != 1:
        return None
    return get(work, campaign.organization_id, campaign.id)


def touched(work: Work, org: str, campaign_id: str) -> bool:
    """Whether somebody on its list was called."""
    c = campaign_contacts.c
    called = select(c.id).where(c.organization_id == org, c.campaign_id == campaign_id, c.last_attempt_at.is_not(None)).limit(1)
    return work.row(called) is not None


def remove(work: Work, org: str, campaign_id: str) -> None:
    """Delete a campaign and its list."""
    c = campaign_contacts.c
    work.execute(delete(campaign_contacts).where(c.organization_id == org, c.campaign_id == campaign_id))
    work.execute(delete(campaigns).where(campaigns.c.organization_id == org, campaigns.c.id == campaign_id))


def counts(work: Work, org: str) -> dict[str, dict[str, int]]:
    """Contacts by campaign and status."""
    found: dict[str, dict[str, int]] = {}
    for row in work.rows(_COUNTS, {"org": org}):
        found.setdefault(row.campaign_id, {})[row.status] = int(row.n)
    return found


# --- contacts -------------------------------------------------------------------------------------------------------
def add_contact(work: Work, contact: Contact) -> None:
    """Insert a contact."""
    work.execute(_INSERT_CONTACT, asdict(contact))


def remove_contacts(work: Work, org: str, campaign_id: str, ids: Sequence[str], chunk: int = 500) -> int:
    """Delete contacts nobody has tried to call; how many."""
    c = campaign_contacts.c
    mine = delete(campaign_contacts).where(c.organization_id == org, c.campaign_id == campaign_id, c.last_attempt_at.is_(None))
    parts = (list(ids[at : at + chunk]) for at in range(0, len(ids), chunk))
    return sum(work.execute(mine.where(c.id.in_(part))).rowcount for part in parts)


def contact(work: Work, org: str, id_: str) -> Contact | None:
    """One contact."""
    row = work.row(_CONTACT_ONE, {"org": org, "id": id_})
    return _contact(row) if row else None


def contact_by_phone(work: Work, campaign_id: str, phone: str) -> Contact | None:
    """The contact of a campaign with that number."""
    row = work.row(_BY_PHONE, {"campaign": campaign_id, "phone": phone})
    return _contact(row) if row else None


def change_contact(work: Work, found: Contact, **values: Any) -> Contact | None:
    """Write changes guarded by rev; the contact as it is now, or None when somebody was faster."""
    c = campaign_contacts.c
    statement = update(campaign_contacts).where(c.id == found.id, c.rev == found.rev)
    if work.execute(statement.values(updated_at=work.now, rev=found.rev + 1, **values)).rowcount != 1:
        return None
    return contact(work, found.organization_id, found.id)


def held(work: Work, org: str, campaign_id: str, operator: str) -> Contact | None:
    """The contact an operator is with."""
    row = work.row(_HELD, {"org": org, "campaign": campaign_id, "operator": operator, "now": work.now})
    return _contact(row) if row else None


def ready(work: Work, org: str, campaign_id: str, limit: int) -> list[Contact]:
    """Contacts that may be called now, in order, those another claimer holds passed by."""
    statement = work.backend.skip_locked(_READY)
    for status in _IN_TURN:
        found = work.rows(statement, {"org": org, "campaign": campaign_id, "status": status, "now": work.now, "n": limit})
        if found:
            return [_contact(r) for r in found]
    return []


def soonest(work: Work, org: str, campaign_id: str) -> int | None:
    """When the next contact may be called."""
    keys = ({"org": org, "campaign": campaign_id, "status": status} for status in _IN_TURN)
    found = [due for key in keys if (due := work.execute(_SOONEST, key).scalar()) is not None]
    return min(found, default=None)


def attempts_since(work: Work, org: str, campaign_id: str, since: int) -> Sequence[int]:
    """When contacts were last tried after an instant, oldest first."""
    return list(work.execute(_PACE, {"org": org, "campaign": campaign_id, "since": since}).scalars())


def _contacts_where(org: str, filters: dict[str, Any]) -> Select[Any]:
    c = campaign_contacts.c
    wanted = _CONTACTS.where(c.organization_id == org)
    for name in ("campaign_id", "status", "validation", "person_id", "phone", "claimed_by"):
        if filters.get(name) is not None:
            wanted = wanted.where(c[name] == filters[name])
    if filters.get("statuses"):
        wanted = wanted.where(c.status.in_(list(filters["statuses"])))
    if filters.get("callback_to") is not None:
        wanted = wanted.where(c.callback_at.is_not(None), c.callback_at < filters["callback_to"])
    return wanted


def contacts(work: Work, org: str, *, limit: int, offset: int, order: str, filters: dict[str, Any]) -> list[Contact]:
    """Contacts: ``order`` updated (newest first), due or callback (soonest first), or added (oldest first)."""
    c = campaign_contacts.c
    orders: dict[str, tuple[Any, ...]] = {
        "updated": (c.updated_at.desc(), c.id.desc()),
        "due": (c.due_at, c.id),
        "callback": (c.callback_at, c.id),
        "added": (c.created_at, c.id),
    }
    statement = _contacts_where(org, filters).order_by(*orders[order]).limit(limit).offset(offset)
    return [_contact(r) for r in work.rows(statement)]


def count_contacts(work: Work, org: str, filters: dict[str, Any]) -> int:
    """How many contacts the filters let through."""
    wanted = _contacts_where(org, filters).subquery()
    return int(work.execute(select(func.count()).select_from(wanted)).scalar() or 0)
