"""Outbound campaigns: list them, add contacts, see how far each contact got."""

from __future__ import annotations

from typing import Any

from callboard.domain.campaigns import ContactWish
from callboard.services import campaigns
from callboard.services.service import Work
from callboard.web.contract import Answer, Call, Doc, Routes
from callboard.web.dialects.qualifybase import answers, examples, shapes, words

routes = Routes()


@routes.get(
    "/api/v1/campaigns",
    scope="campaigns:read",
    query=shapes.CampaignQuery,
    summary="List campaigns",
    answers={200: Doc("A page of campaigns, newest first.", answers.Campaigns, examples.CAMPAIGNS)},
)
def list_campaigns(work: Work, call: Call[None, shapes.CampaignQuery]) -> Answer:
    """Campaigns of the clinic, for instance as choices of a drop-down."""
    query = call.query
    found = campaigns.listing(work, call.org, query.status)  # a clinic has dozens: counting them all costs less than paging
    rows = [words.campaign(standing) for standing in found[query.offset : query.offset + query.limit]]
    return Answer(200, words.page(rows, len(found), query.limit, query.offset))


@routes.post(
    "/api/v1/campaigns/{id}/contacts",
    scope="campaigns:write",
    body=shapes.NewContact,
    summary="Add a contact to a campaign",
    example=examples.NEW_CONTACT,
    answers={
        200: Doc("That number is on the campaign's list already: the contact as it stands.", answers.Contact, examples.CONTACT),
        201: Doc("A new contact.", answers.Contact, examples.CONTACT),
    },
)
def add_contact(work: Work, call: Call[shapes.NewContact, None]) -> Answer:
    """Put somebody on a campaign's list. A number of another country is kept with its validation status and never called."""
    body = call.body
    wish = ContactWish(
        name=body.name,
        phone=body.phone,
        interest=body.interest,
        city=body.city,
        country=body.country,
        email=body.email,
        language=body.language,
        notes=body.notes,
    )
    contact, new = campaigns.add_contact(work, call.org, words.known(call.path["id"], "campaign"), wish)
    return Answer(201 if new else 200, words.contact(contact))


@routes.get(
    "/api/v1/campaigns/contacts",
    scope="campaigns:read",
    query=shapes.ContactQuery,
    summary="List contacts of campaigns",
    answers={200: Doc("A page of contacts, last changed first.", answers.Contacts, examples.CONTACTS)},
)
def list_contacts(work: Work, call: Call[None, shapes.ContactQuery]) -> Answer:
    """Contacts across campaigns, filtered by status or campaign."""
    query = call.query
    filters: dict[str, Any] = {"status": query.status, "campaign_id": words.named(query.campaign_id, "campaign_id")}
    filters = {name: value for name, value in filters.items() if value is not None}
    found = campaigns.contacts(work, call.org, limit=query.limit, offset=query.offset, **filters)
    total = campaigns.count_contacts(work, call.org, **filters)
    return Answer(200, words.page([words.contact(contact) for contact in found], total, query.limit, query.offset))
