"""Idempotency-Key on every POST of every dialect: done once, answered twice; another body under the same key is refused."""

from __future__ import annotations

from typing import Any

import pytest

from callboard.domain.ids import to_uuid
from dialects.house import House, Tenant
from dialects.test_hostile import seq
from dialects.test_owasp import objects_of
from dialects.walks import STEPS, Step

POSTS = [s for s in STEPS if s.operation.method == "POST"]
OWN: dict[str, str] = {"{appId}": "org", "campaigns/{id}": "campaign", "appointments/{id}": "booking", "calls/{id}": "booking"}


def sent(step: Step, tenant: Tenant) -> tuple[str, dict[str, Any]]:
    """A path and a body of real objects."""
    objects = objects_of(tenant)
    path = step.dialect.base + step.operation.path
    for place, noun in OWN.items():
        path = path.replace(place, place[: place.index("{")] + to_uuid(objects[noun]))
    assert "{" not in path
    body = dict(step.operation.example or {})
    known = {"agent_id": "agent", "assignedAgentId": "agent", "lead_id": "person"}
    body.update({name: to_uuid(objects[noun]) for name, noun in known.items() if name in body})
    if "appointment_at" in body:
        body["appointment_at"] = "2026-08-19T16:50:00.000000"
    if "scheduledFor" in body or "when" in body:
        body["scheduledFor" if "scheduledFor" in body else "when"] = "2026-06-18T20:00:00.000Z"
    return path, body


@pytest.mark.parametrize("step", POSTS, ids=lambda s: s.name)
def test_done_once_and_answered_twice(step: Step, tenant: Tenant, house: House) -> None:
    path, body = sent(step, tenant)
    http = tenant.client()
    options: dict[str, Any] = {"json": body} if step.operation.body is not None else {}
    key = {"idempotency-key": "order-17"}
    first = http.post(path, headers=key, **options)
    assert 200 <= first.status_code < 300, first.text
    assert "idempotent-replayed" not in first.headers
    done = seq(house)
    again = http.post(path, headers=key, **options)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert seq(house) == done
    if step.operation.body is not None:
        other = http.post(path, headers=key, json={**body, "another": 1})
        assert other.status_code == 422, other.text
        step.dialect.error.model_validate(other.json())
    elsewhere = http.post(
        "/qubesheets/api/external/projects" if "projects" not in path else "/qtvoice/api/v1/sms",
        headers=key,
        json={"customerName": "John Smith", "phone": "5551234567", "to": "+12155551234", "message": "Hello"},
    )
    assert elsewhere.status_code == 422  # the key belongs to one request, wherever it is shown
    assert seq(house) == done
