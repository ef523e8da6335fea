"""Organizations: add, find, change; the policy and branding go with them."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from callboard.domain import ids
from callboard.domain.errors import Invalid, NotFound, Stale
from callboard.domain.organizations import Branding, Organization, Policy
from callboard.domain.phones import country_of_zone
from callboard.domain.zones import zone
from callboard.storage import organizations as rows
from callboard.storage.unit_of_work import Work

NAME_LENGTH = 200
_BOUNDS: dict[str, tuple[int, int]] = {
    "slot_interval_minutes": (1, 1440),
    "minimum_notice_minutes": (0, 525600),
    "maximum_advance_days": (1, 3650),
    "buffer_before_minutes": (0, 240),
    "buffer_after_minutes": (0, 240),
    "customer_limit": (1, 1000),
    "customer_limit_days": (1, 366),
    "confirmation_timeout_minutes": (1, 525600),
    "link_lifetime_hours": (0, 8760),
    "no_show_after_minutes": (1, 1440),
    "default_duration_minutes": (1, 720),
}
_OPTIONAL = {"slot_interval_minutes", "customer_limit"}


def clean_name(name: str, field: str = "name") -> str:
    """A name on one line, not empty, of bounded length."""
    text = " ".join(name.split())
    if not text or len(text) > NAME_LENGTH:
        raise Invalid(field, f"must be 1 to {NAME_LENGTH} characters")
    return text


def check_policy(policy: Policy) -> Policy:
    """The policy, or Invalid naming the field and what is allowed."""
    for name, (low, high) in _BOUNDS.items():
        value = getattr(policy, name)
        if value is None and name in _OPTIONAL:
            continue
        if not isinstance(value, int) or not low <= value <= high:
            raise Invalid(name, f"must be a whole number from {low} to {high}")
    if any(not 1 <= m <= 43200 for m in policy.reminder_minutes) or len(policy.reminder_minutes) > 10:
        raise Invalid("reminder_minutes", "must be at most ten numbers from 1 to 43200 (30 days)")
    return policy


def add(work: Work, name: str, timezone: str, *, policy: Policy | None = None, branding: Branding | None = None) -> Organization:
    """A new organization; Invalid when the name is taken or the zone unknown."""
    name = clean_name(name)
    zone(timezone)
    if rows.by_name(work, name):
        raise Invalid("name", f"there is already an organization {name!r}")
    organization = Organization(
        id=work.new_id(),
        name=name,
        timezone=timezone,
        policy=check_policy(policy or Policy()),
        branding=branding or _at_home(timezone),
        created_at=work.now,
    )
    rows.insert_one(work, organization)
    work.record("organization.created", organization.id, organization.id)
    work.audit("organization.created", organization.id, organization.id, after={"name": name, "timezone": timezone})
    return organization


def _at_home(timezone: str) -> Branding:
    """Numbers without a country code are those of the country the zone lies in."""
    country = country_of_zone(timezone)
    return Branding(default_country=country) if country else Branding()


def get(work: Work, organization_id: str) -> Organization:
    """One by id, or NotFound."""
    organization = rows.get(work, organization_id)
    if organization is None:
        raise NotFound("organization", organization_id)
    return organization


def find(work: Work, name_or_id: str) -> Organization:
    """One by name (any case) or any form of its id, or NotFound."""
    id_ = ids.parse(name_or_id)
    organization = (rows.get(work, id_) if id_ else None) or rows.by_name(work, name_or_id.strip())
    if organization is None:
        raise NotFound("organization", name_or_id)
    return organization


def all(work: Work) -> list[Organization]:  # noqa: A001 - organizations.all reads as what it is
    """Every organization, by name."""
    return rows.every(work)


def update(work: Work, /, organization_id: str, *, rev: int | None = None, **changes: Any) -> Organization:
    """Change name, timezone, policy or branding (whole values); Stale when ``rev`` is given and no longer current."""
    old = get(work, organization_id)
    if rev is not None and rev != old.rev:
        raise Stale(old.rev)
    if "name" in changes:
        changes["name"] = clean_name(changes["name"])
        other = rows.by_name(work, changes["name"])
        if other is not None and other.id != old.id:
            raise Invalid("name", f"there is already an organization {changes['name']!r}")
    if "timezone" in changes:
        zone(changes["timezone"])
    if "policy" in changes:
        check_policy(changes["policy"])
    new = replace(old, **changes, rev=old.rev + 1)
    if not rows.save(work, new):
        raise Stale(old.rev + 1)
    before = {k: _plain(getattr(old, k)) for k in changes}
    after = {k: _plain(getattr(new, k)) for k in changes}
    work.record("organization.updated", new.id, new.id, new.rev, fields=sorted(changes))
    work.audit("organization.updated", new.id, new.id, rev=new.rev, before=before, after=after)
    return new


def restore(work: Work, organization_id: str, before: dict[str, Any]) -> Organization:
    """Put fields back as an audit row remembers them (undo)."""
    changes = dict(before)
    if "policy" in changes:
        policy: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in changes["policy"].items()}
        changes["policy"] = Policy(**policy)
    if "branding" in changes:
        changes["branding"] = Branding(**changes["branding"])
    return update(work, organization_id, **changes)


def _plain(value: Any) -> Any:
    return asdict(value) if isinstance(value, Policy | Branding) else value
