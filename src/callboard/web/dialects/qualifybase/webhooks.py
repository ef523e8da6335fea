"""Webhook endpoints: each key sees and removes only those it made itself."""

from __future__ import annotations

from callboard.services import webhooks
from callboard.services.service import Work
from callboard.web.contract import Answer, Call, Doc, Routes
from callboard.web.dialects.qualifybase import answers, examples, shapes, words

routes = Routes()


@routes.get(
    "/api/v1/webhooks",
    scope="webhooks:read",
    summary="List webhook endpoints",
    answers={200: Doc("The calling key's endpoints, without their secrets.", answers.Webhooks, examples.WEBHOOKS)},
)
def list_webhooks(work: Work, call: Call[None, None]) -> Answer:
    """Endpoints that the calling key created, oldest first."""
    found = webhooks.listing(work, call.org, api_key_id=call.key.id)
    return Answer(200, {"data": [words.webhook(webhook) for webhook in found]})


@routes.post(
    "/api/v1/webhooks",
    scope="webhooks:write",
    body=shapes.NewWebhook,
    summary="Create a webhook endpoint",
    example=examples.NEW_WEBHOOK,
    answers={201: Doc("Created; signingSecret is shown this once.", answers.NewWebhook, examples.NEW_WEBHOOK_ANSWER)},
)
def create_webhook(work: Work, call: Call[shapes.NewWebhook, None]) -> Answer:
    """Subscribe an address to events. Each delivery carries X-QualifyBase-Signature, -Event and -Delivery."""
    webhook, secret = webhooks.add(
        work,
        call.org,
        call.body.url,
        dialect="qualifybase",
        event_types=call.body.events or (),
        api_key_id=call.key.id,
    )
    return Answer(201, {**words.webhook(webhook), "signingSecret": secret})


@routes.delete(
    "/api/v1/webhooks/{id}",
    scope="webhooks:write",
    summary="Delete a webhook endpoint",
    answers={204: Doc("Unsubscribed; what still waited for it is not sent.")},
)
def delete_webhook(work: Work, call: Call[None, None]) -> Answer:
    """Unsubscribe an endpoint that the calling key created."""
    webhooks.remove(work, call.org, words.known(call.path["id"], "webhook"), api_key_id=call.key.id)
    return Answer(204)
