"""Campaigns and their contacts: make, start, pause, finish, fill. Calling them is ``services.dial_queue``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from callboard.domain.agents import Direction
from callboard.domain.campaigns import (
    DEFAULT_WINDOW,
    TRANSITIONS,
    Campaign,
    CampaignStatus,
    Contact,
    ContactStatus,
    ContactWish,
    check_number,
    known_country,
    next_open,
    zone_of_number,
)
from callboard.domain.errors import Invalid, NotAllowed, NotFound, Stale
from callboard.domain.hours import WeeklyHours, format_hours, parse_hours
from callboard.domain.people import Person
from callboard.domain.zones import zone
from callboard.services import people
from callboard.services.dial_queue import Handed, dial, in_hand, next_contact, qualify, release, set_outcome
from callboard.services.undo import BULK
from callboard.storage import agents as agent_rows
from callboard.storage import campaigns as rows
from callboard.storage import organizations as organization_rows
from callboard.storage import people as people_rows
from callboard.storage.unit_of_work import Work

__all__ = ["Handed", "dial", "in_hand", "next_contact", "qualify", "release", "set_outcome"]
NAME_LENGTH = 200
_BOUNDS = {"max_attempts": (1, 50), "spacing_minutes": (0, 43_200), "pace_per_hour": (1, 10_000)}
EDITABLE = ("name", "agent_id", "target_country", "script", "window", *_BOUNDS)


# --- campaigns ------------------------------------------------------------------------------------------------------
def add(work: Work, org: str, name: str, /, *, target_country: str, agent_id: str | None = None, **more: Any) -> Campaign:
    """A new campaign, not started. ``more``: script, window (weekly hours), max_attempts, spacing_minutes, pace_per_hour."""
    values = _clean(work, org, {"name": name, "target_country": target_country, "agent_id": agent_id, **more})
    if rows.by_name(work, org, values["name"]) is not None:
        raise Invalid("name", f"there is already a campaign {values['name']!r}")
    campaign = Campaign(id=work.new_id(), organization_id=org, created_at=work.now, updated_at=work.now, **values)
    rows.add(work, campaign)
    work.record("campaign.created", org, campaign.id)
    work.audit("campaign.created", org, campaign.id, after={"name": campaign.name})
    return campaign


def _clean(work: Work, org: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The given values, checked; an agent must be of the organization and outbound."""
    values = {k: v for k, v in given.items() if v is not None or k == "pace_per_hour"}
    unknown = set(values) - set(EDITABLE)
    if unknown:
        raise Invalid(min(unknown), "is not a field of a campaign")
    if "name" in values:
        values["name"] = str(values["name"]).strip()
        if not values["name"] or len(values["name"]) > NAME_LENGTH:
            raise Invalid("name", f"must have between 1 and {NAME_LENGTH} characters")
    if "target_country" in values:
        values["target_country"] = str(values["target_country"]).strip().upper()
        if not known_country(values["target_country"]):
            raise Invalid("target_country", "must be an ISO 3166 country code such as US")
    if "window" in values:
        values["window"] = _clean_window(values["window"])
    if "agent_id" in values:
        _check_agent(work, org, values["agent_id"])
    for name, (low, high) in _BOUNDS.items():
        if values.get(name) is not None and not low <= values[name] <= high:
            raise Invalid(name, f"must be between {low} and {high}")
    return values


def _clean_window(text: str) -> str:
    hours = parse_hours(text)
    if hours.empty:
        raise Invalid("window", "must name at least one time of the week")
    return format_hours(hours)


def _check_agent(work: Work, org: str, agent_id: str) -> None:
    agent = agent_rows.get(work, org, agent_id)
    if agent is None:
        raise NotFound("agent", agent_id)
    if agent.direction != Direction.OUTBOUND:
        raise Invalid("agent_id", "must be an outbound agent")


def get(work: Work, org: str, campaign_id: str) -> Campaign:
    """One campaign."""
    campaign = rows.get(work, org, campaign_id)
    if campaign is None:
        raise NotFound("campaign", campaign_id)
    return campaign


def find(work: Work, org: str, name_or_id: str) -> Campaign:
    """One campaign by name or id in any form."""
    from callboard.domain import ids

    id_ = ids.parse(name_or_id)
    campaign = (rows.get(work, org, id_) if id_ else None) or rows.by_name(work, org, name_or_id.strip())
    if campaign is None:
        raise NotFound("campaign", name_or_id)
    return campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A campaign with its contacts counted by status."""

    campaign: Campaign
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many contacts there are."""
        return sum(self.counts.values())


def listing(work: Work, org: str, status: str | None = None) -> list[Standing]:
    """All campaigns, the newest first, with their counts."""
    counts = rows.counts(work, org)
    return [Standing(campaign=c, counts=counts.get(c.id, {})) for c in rows.every(work, org, status)]


def standing(work: Work, org: str, campaign_id: str) -> Standing:
    """One campaign with its counts."""
    return Standing(campaign=get(work, org, campaign_id), counts=rows.counts(work, org).get(campaign_id, {}))


def update(work: Work, org: str, campaign_id: str, **changes: Any) -> Campaign:
    """Change a campaign; a new window counts from the next call on."""
    campaign = get(work, org, campaign_id)
    values = _clean(work, org, changes)
    other = rows.by_name(work, org, values["name"]) if "name" in values else None
    if other is not None and other.id != campaign.id:
        raise Invalid("name", f"there is already a campaign {values['name']!r}")
    return _change(work, campaign, "campaign.updated", **values)


def _change(work: Work, campaign: Campaign, event: str, **values: Any) -> Campaign:
    changed = rows.change(work, campaign, **values)
    if changed is None:
        raise Stale(campaign.rev + 1)
    work.record(event, campaign.organization_id, campaign.id, changed.rev)
    before = {k: getattr(campaign, k) for k in values}
    work.audit(event, campaign.organization_id, campaign.id, rev=changed.rev, before=before, after=values)
    return changed


def _step(work: Work, org: str, campaign_id: str, verb: str, **values: Any) -> Campaign:
    campaign = get(work, org, campaign_id)
    sources, target = TRANSITIONS[verb]
    if campaign.status not in sources:
        raise NotAllowed(f"a campaign that is {campaign.status} cannot be {verb}")
    return _change(work, campaign, f"campaign.{verb}", status=str(target), **values)


def start(work: Work, org: str, campaign_id: str) -> Campaign:
    """Let it be called."""
    first = get(work, org, campaign_id).started_at
    return _step(work, org, campaign_id, "started", started_at=first or work.now)


def pause(work: Work, org: str, campaign_id: str) -> Campaign:
    """Hand out nobody until it is started again."""
    return _step(work, org, campaign_id, "paused")


def finish(work: Work, org: str, campaign_id: str) -> Campaign:
    """Hand out nobody any more; what was reached stays in the history."""
    return _step(work, org, campaign_id, "finished", finished_at=work.now)


def restore(work: Work, org: str, campaign_id: str, before: Mapping[str, Any]) -> Campaign:
    """Put a campaign's state back as it was (undo of starting, pausing, finishing)."""
    return _change(work, get(work, org, campaign_id), "campaign.updated", **before)


def discard(work: Work, org: str, campaign_id: str) -> None:
    """Take a campaign away that nobody was called for (undo of making it); NotAllowed once somebody was."""
    campaign = get(work, org, campaign_id)
    if rows.touched(work, org, campaign_id):
        raise NotAllowed("somebody was called for this campaign already; finish it instead")
    rows.remove(work, org, campaign_id)
    work.touch(campaign.organization_id, "campaign")


# --- contacts -------------------------------------------------------------------------------------------------------
def add_contact(work: Work, org: str, campaign_id: str, wish: ContactWish) -> tuple[Contact, bool]:
    """Put somebody on the list; (contact, whether it is new). The person is found by phone or e-mail, or made.

    A number that is none, or of another country, is kept with its validation and never called.
    """
    contact, new = _add_contact(work, org, campaign_id, wish)
    _filled(work, org, campaign_id, [contact.id] if new else [])
    return contact, new


def _add_contact(work: Work, org: str, campaign_id: str, wish: ContactWish) -> tuple[Contact, bool]:
    campaign = get(work, org, campaign_id)
    if campaign.status == CampaignStatus.FINISHED:
        raise NotAllowed("the campaign is finished")
    phone, validation = check_number(wish.phone, campaign.target_country)
    if not phone or len(phone) > 40:
        raise Invalid("phone", "must be a phone number")
    work.backend.lock_key(work.connection, f"contact:{campaign_id}:{phone}")
    known = rows.contact_by_phone(work, campaign_id, phone)
    if known is not None:
        return known, False
    person = _person(work, org, wish, phone if validation != "invalid" else None)
    home = wish.timezone or person.timezone or zone_of_number(phone) or _home_zone(work, org)
    status = _first_status(person, validation)
    contact = Contact(
        id=work.new_id(),
        organization_id=org,
        campaign_id=campaign_id,
        person_id=person.id,
        name=wish.name.strip() or person.name,
        phone=phone,
        status=status,
        validation=validation,
        interest=wish.interest or person.interest,
        city=wish.city or person.city,
        country=(wish.country or person.country or campaign.target_country),
        email=wish.email or person.email,
        language=wish.language or person.language,
        timezone=zone(home).key,
        notes=wish.notes,
        due_at=next_open(_window(campaign), home, work.now) if status == ContactStatus.PENDING else None,
        created_at=work.now,
        updated_at=work.now,
    )
    rows.add_contact(work, contact)
    work.record("contact.added", org, contact.id, campaign_id=campaign_id, person_id=person.id)
    return contact, True


def _first_status(person: Person, validation: str) -> str:
    if validation != "valid":
        return str(ContactStatus.INVALID)
    return str(ContactStatus.DO_NOT_CALL if person.do_not_call else ContactStatus.PENDING)


def _person(work: Work, org: str, wish: ContactWish, phone: str | None) -> Person:
    if wish.person_id is not None:
        return people.get(work, org, wish.person_id)
    more = {
        "interest": wish.interest,
        "city": wish.city,
        "country": wish.country,
        "language": wish.language,
        "timezone": wish.timezone,
    }
    return people.find_or_create(work, org, name=wish.name, phone=phone, email=wish.email, is_lead=True, **more)


def _home_zone(work: Work, org: str) -> str:
    organization = organization_rows.get(work, org)
    if organization is None:
        raise NotFound("organization", org)
    return organization.timezone


def _window(campaign: Campaign) -> WeeklyHours:
    return parse_hours(campaign.window or DEFAULT_WINDOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What came of adding many: how many are new, were there already, or can never be called."""

    added: int = 0
    known: int = 0
    unusable: int = 0

    def __add__(self, other: Filled) -> Filled:
        return Filled(added=self.added + other.added, known=self.known + other.known, unusable=self.unusable + other.unusable)


def add_contacts(work: Work, org: str, campaign_id: str, wishes: Iterable[ContactWish], *, stroke: str | None = None) -> Filled:
    """Put many on the list in one transaction; give some hundreds at a time, so that others get a turn.

    ``stroke`` names what belongs together over several transactions: one undo takes all of it back.
    """
    total, fresh, first = Filled(), [], len(work.audits)
    for wish in wishes:
        contact, new = _add_contact(work, org, campaign_id, wish)
        usable = contact.status not in {ContactStatus.INVALID, ContactStatus.DO_NOT_CALL}
        total += Filled(added=int(new), known=int(not new), unusable=int(new and not usable))
        fresh += [contact.id] if new else []
    _filled(work, org, campaign_id, fresh)
    if stroke is not None:
        for audit in work.audits[first:]:
            audit["reason"] = f"{BULK}{stroke}"
    return total


def _filled(work: Work, org: str, campaign_id: str, contact_ids: list[str]) -> None:
    if contact_ids:
        before, after = {"contacts": contact_ids}, {"contacts": len(contact_ids)}
        work.audit("campaign.filled", org, campaign_id, before=before, after=after)


def empty(work: Work, org: str, campaign_id: str, before: Mapping[str, Any]) -> None:
    """Take contacts off the list again (undo of adding them); whoever was called meanwhile stays on it."""
    rows.remove_contacts(work, org, campaign_id, before["contacts"])
    work.touch(org, "contact")
    work.touch(org, "campaign")


def add_leads(work: Work, org: str, campaign_id: str, /, *, limit: int = 500, **filters: Any) -> Filled:
    """Put leads with a telephone number on the list. Filters as for people: search, source, interest, city, agent_id."""
    found = people_rows.page(work, org, limit=limit, is_lead=True, do_not_call=False, **filters)
    return add_contacts(
        work, org, campaign_id, [ContactWish(name=p.name, phone=p.phone, person_id=p.id) for p in found if p.phone]
    )


def contact(work: Work, org: str, contact_id: str) -> Contact:
    """One contact."""
    found = rows.contact(work, org, contact_id)
    if found is None:
        raise NotFound("contact", contact_id)
    return found


def contacts(
    work: Work, org: str, /, *, limit: int = 50, offset: int = 0, order: str = "updated", **filters: Any
) -> list[Contact]:
    """Contacts in the order updated, due, callback or added.

    Filters: campaign_id, status, statuses, validation, person_id, phone, claimed_by.
    """
    return rows.contacts(work, org, limit=limit, offset=offset, order=order, filters=filters)


def count_contacts(work: Work, org: str, /, **filters: Any) -> int:
    """How many contacts the filters let through."""
    return rows.count_contacts(work, org, filters)


def callbacks(work: Work, org: str, until: int | None = None, limit: int = 100) -> list[Contact]:
    """Who asked to be called back, by the time they asked for: the operator's dated tasks."""
    filters: dict[str, Any] = {"status": "callback_requested"} | ({"callback_to": until} if until is not None else {})
    return rows.contacts(work, org, limit=limit, offset=0, order="callback", filters=filters)
