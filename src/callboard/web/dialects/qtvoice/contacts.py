"""QTvoice's contacts: every person of the organization, whichever dialect brought them."""

from __future__ import annotations

import contextlib
from typing import Any

from callboard.domain.errors import Invalid, NotFound
from callboard.domain.people import Person
from callboard.services import calls, campaigns, organizations, people
from callboard.services.service import Work
from callboard.web.contract import Answer, Call, Doc, Routes
from callboard.web.dialects.qtvoice import examples, shapes, words

CONTACTS = "/api/v1/contacts"
RECENT = 10
_NEEDED = ("first_name", "last_name", "company", "email", "phone")
routes = Routes()


def _country(work: Work, org: str) -> str:
    return organizations.get(work, org).branding.default_country


def _whose(work: Work, org: str, phone: str, known: Person | None) -> Person | None:
    """Whose number it is: a contact's before anybody else's, else whoever a campaign calls by it.

    A call may have left a nameless person with the number before somebody wrote the contact down.
    """
    contacts = people.page(work, org, phone=phone, is_contact=True, descending=False, limit=1)
    if contacts or known is not None:
        return contacts[0] if contacts else known
    for called in campaigns.contacts(work, org, phone=phone, limit=1):
        with contextlib.suppress(NotFound):  # the person was deleted since
            return people.get(work, org, called.person_id)
    return None


@routes.get(
    CONTACTS,
    scope="contacts:read",
    query=shapes.ContactFilter,
    summary="List contacts",
    answers={200: Doc("A page of contacts by name.", shapes.Contacts, examples.CONTACTS)},
)
def list_contacts(work: Work, call: Call[None, shapes.ContactFilter]) -> Answer:
    """List contacts; search looks in name, company and email, phone finds a number in any spelling."""
    query = call.query
    filters: dict[str, Any] = {"search": query.search, "phone": words.number(query.phone, _country(work, call.org))}
    found = people.page(
        work, call.org, sort="full_name", descending=False, limit=query.limit, offset=words.offset(query), **filters
    )
    return Answer(200, words.page(query, people.count(work, call.org, **filters), [words.contact(p) for p in found]))


@routes.get(
    CONTACTS + "/lookup",
    scope="contacts:read",
    query=shapes.Lookup,
    summary="Look up a contact by phone number",
    answers={200: Doc("Who it is, if known, and their recent calls.", shapes.ScreenPop, examples.SCREEN_POP)},
)
def lookup_contact(work: Work, call: Call[None, shapes.Lookup]) -> Answer:
    """Look up who is calling, for a screen pop: the contact and the last calls with that number (the latter need calls:read)."""
    seen = calls.lookup(work, call.org, call.query.phone, RECENT)
    person = _whose(work, call.org, seen.phone, seen.person)
    recent = seen.recent_calls if call.key.may("calls:read") else ()
    return Answer(
        200,
        {
            "found": person is not None,
            "contact": words.caller(person) if person else None,
            "recent_calls": [words.brief(c) for c in recent],
        },
    )


@routes.get(
    CONTACTS + "/{id}",
    scope="contacts:read",
    summary="Get a contact",
    answers={200: Doc("The contact.", shapes.Contact, examples.CONTACT)},
)
def get_contact(work: Work, call: Call[None, None]) -> Answer:
    """One contact."""
    return Answer(200, words.contact(people.get(work, call.org, words.read_id(words.CONTACT, call.path["id"]))))


def _check(contact: dict[str, Any]) -> None:
    """A contact nobody could find or call is none."""
    if not any(contact.get(name) for name in _NEEDED):
        raise Invalid("contact", f"needs at least one of {', '.join(_NEEDED)}")


def _same(person: Person, given: dict[str, Any]) -> bool:
    """Whether a person nobody wrote down yet is plainly the one given: no name so far, or the same one."""
    name = f"{given.get('first_name') or ''} {given.get('last_name') or ''}".strip()
    known = person.full_name.strip()
    return not person.is_contact and (not known or known.casefold() == name.casefold())


@routes.post(
    CONTACTS,
    scope="contacts:write",
    body=shapes.ContactBody,
    summary="Create a contact",
    example=examples.NEW_CONTACT,
    answers={201: Doc("Created.", shapes.Contact, examples.CONTACT)},
)
def create_contact(work: Work, call: Call[shapes.ContactBody, None]) -> Answer:
    """Create a contact. A customer known so far only from a booking or a call becomes the contact instead of standing twice."""
    given = call.body.model_dump(exclude_none=True)
    _check(given)
    known = people.by_phone(work, call.org, given["phone"]) if given.get("phone") else None
    if known is not None and _same(known, given):
        person = people.update(work, call.org, known.id, is_contact=True, **given)
    else:
        person = people.add(work, call.org, is_contact=True, **given)
    return Answer(201, words.contact(person))


def _update(work: Work, call: Call[shapes.ContactBody, None]) -> Answer:
    person = people.get(work, call.org, words.read_id(words.CONTACT, call.path["id"]))
    changes = {name: getattr(call.body, name) for name in call.body.model_fields_set}
    _check({name: getattr(person, name) for name in _NEEDED} | changes)
    return Answer(200, words.contact(people.update(work, call.org, person.id, **changes)))


_CHANGED = {200: Doc("The contact as it is now.", shapes.Contact, examples.CONTACT)}


@routes.put(
    CONTACTS + "/{id}",
    scope="contacts:write",
    body=shapes.ContactBody,
    summary="Update a contact",
    example=examples.CHANGE,
    answers=_CHANGED,
)
def update_contact(work: Work, call: Call[shapes.ContactBody, None]) -> Answer:
    """Change what the body names; what it does not name stays."""
    return _update(work, call)


@routes.patch(
    CONTACTS + "/{id}",
    scope="contacts:write",
    body=shapes.ContactBody,
    summary="Update a contact in part",
    example=examples.CHANGE,
    answers=_CHANGED,
)
def change_contact(work: Work, call: Call[shapes.ContactBody, None]) -> Answer:
    """The same as PUT, for clients that spell a partial change PATCH."""
    return _update(work, call)


@routes.delete(
    CONTACTS + "/{id}",
    scope="contacts:write",
    summary="Delete a contact",
    answers={204: Doc("Deleted; calls and messages keep their history.")},
)
def delete_contact(work: Work, call: Call[None, None]) -> Answer:
    """Delete a contact."""
    people.delete(work, call.org, words.read_id(words.CONTACT, call.path["id"]))
    return Answer(204)
