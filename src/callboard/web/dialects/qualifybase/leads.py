"""Leads: list, and create or update from an external source."""

from __future__ import annotations

from typing import Any

from callboard.domain.errors import Invalid
from callboard.domain.phones import parse_phone
from callboard.services import organizations, people
from callboard.services.service import Work
from callboard.web.contract import Answer, Call, Doc, Routes
from callboard.web.dialects.qualifybase import answers, examples, shapes, words
from callboard.web.dialects.qualifybase.clinic import agent_named

routes = Routes()
# Names on the wire → names of a person's fields, where they differ.
_NAMES = {"treatment_interest": "interest", "external_metadata": "metadata"}
_OWN = ("agent_id", "external_source", "external_id")  # not plain fields: each has a rule of its own


def phone_read(work: Work, org: str, text: str | None, country: str | None) -> str | None:
    """A number in E.164; a local one is read as of the country beside it, else as of the clinic's."""
    if text is None:
        return None
    home = organizations.get(work, org).branding.default_country
    two_letters = country is not None and len(country) == 2 and country.isascii() and country.isalpha()
    return parse_phone(text, country.upper() if country and two_letters else home)


def _fields(work: Work, call: Call[shapes.NewLead, None]) -> dict[str, Any]:
    """What the body really carried, as fields of a person: an update leaves the rest as it was."""
    body = call.body
    found: dict[str, Any] = {
        _NAMES.get(name, name): getattr(body, name) for name in type(body).model_fields if name in call.sent and name not in _OWN
    }
    if body.phone is not None:
        found["phone"] = phone_read(work, call.org, body.phone, body.country)
    if "metadata" in found:
        found["metadata"] = found["metadata"] or {}
    if "agent_id" in call.sent:
        agent = agent_named(work, call.org, body.agent_id, "agent_id", direction="outbound")
        found["agent_id"] = agent.id if agent else None
    return {**found, "is_lead": True}


@routes.get(
    "/api/v1/leads",
    scope="leads:read",
    query=shapes.LeadQuery,
    summary="List leads",
    answers={200: Doc("A page of leads, newest first.", answers.Leads, examples.LEADS)},
)
def list_leads(work: Work, call: Call[None, shapes.LeadQuery]) -> Answer:
    """Leads of the clinic, filtered by source, agent, e-mail or phone."""
    query = call.query
    agent = agent_named(work, call.org, query.agent_id, "agent_id")
    filters: dict[str, Any] = {
        "is_lead": True,
        "source": query.source,
        "agent_id": agent.id if agent else None,
        "email": query.email.lower() if query.email else None,
        "phone": phone_read(work, call.org, query.phone, None),
    }
    found = people.page(work, call.org, limit=query.limit, offset=query.offset, **filters)
    total = people.count(work, call.org, **filters)
    return Answer(200, words.page([words.lead(person) for person in found], total, query.limit, query.offset))


@routes.post(
    "/api/v1/leads",
    scope="leads:write",
    body=shapes.NewLead,
    summary="Create or update a lead",
    example=examples.NEW_LEAD,
    answers={
        200: Doc("The lead that external_source and external_id name was updated.", answers.Lead, examples.LEAD),
        201: Doc("A new lead.", answers.Lead, examples.LEAD),
    },
)
def save_lead(work: Work, call: Call[shapes.NewLead, None]) -> Answer:
    """Create a lead, or update the one known by external_source and external_id. The answer is the row as it was saved."""
    body = call.body
    if body.phone is None and body.email is None:
        raise Invalid("phone", "or email is required")
    if (body.external_source is None) != (body.external_id is None):
        missing = "external_id" if body.external_id is None else "external_source"
        raise Invalid(missing, "is required: external_source and external_id go together")
    person, new = people.upsert_external(work, call.org, body.external_source, body.external_id, **_fields(work, call))
    return Answer(201 if new else 200, words.lead(person))
