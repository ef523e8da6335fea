"""The OWASP API top ten as walks over every route: other people's objects, missing rights, properties nobody may set."""

from __future__ import annotations

from typing import Any

import pytest

from callboard.domain import ids
from callboard.domain.bookings import Wish
from callboard.domain.keys import SCOPES
from callboard.services import bookings, messages, projects
from dialects.house import House, Tenant, at
from dialects.test_hostile import seq
from dialects.walks import BODIES, PARAMETER, STEPS, Step, shapes_in

WITH_IDS = [s for s in STEPS if "{" in s.operation.path]


def objects_of(tenant: Tenant) -> dict[str, str]:
    """One object of each noun that has an id, by its 24 hex digits."""
    session, org = tenant.session, tenant.org.id
    wish = Wish(starts_at=at("2026-06-15T20:00:00Z"), customer_name="Ann Lee", customer_phone="+12155550101")
    booking = session.do(bookings.book, org, wish)
    project = session.do(projects.create, org, customer_name="Ann Lee", phone="+12155550101")
    message = session.get(messages.listing, org)[0]
    found = {"org": org, "booking": booking.id, "person": booking.person_id, "agent": booking.agent_id, "project": project.id}
    return {**found, "message": message.id, "key": tenant.key.id, **_more(tenant)}


def _more(tenant: Tenant) -> dict[str, str]:
    from callboard.services import calls, campaigns, webhooks

    session, org = tenant.session, tenant.org.id
    return {
        "campaign": session.do(campaigns.add, org, "Spring", agent_id=tenant.agents[0].id, target_country="US").id,
        "webhook": session.do(webhooks.add, org, url="https://example.com/hook", dialect="qualifybase")[0].id,
        "call": session.do(calls.incoming, org, from_number="+12155550101", to_number="+12155550102").id,
    }


def spellings(id_: str) -> tuple[str, ...]:
    words = ("call", "sms", "contact", "vm", "voicemail", "ext", "msg", "evt")
    return (id_, ids.to_uuid(id_), *(f"{word}_{id_}" for word in words))


@pytest.fixture(scope="module")
def owner(house: House) -> Any:
    tenant = house.tenant()
    yield tenant, objects_of(tenant)
    tenant.close()


@pytest.mark.parametrize("step", WITH_IDS, ids=lambda s: s.name)
def test_another_organizations_objects_do_not_exist(step: Step, owner: Any, stranger: Tenant, house: House) -> None:
    """API1: the same answer as for an id that nobody has, and nothing happens to the object."""
    _tenant, objects = owner
    http = stranger.client()
    names = PARAMETER.findall(step.operation.path)
    missing = step.send(http)
    before = seq(house)
    for id_ in objects.values():
        for spelled in spellings(id_):
            answer = step.send(http, path=step.path(**dict.fromkeys(names, spelled)))
            assert answer.status_code == 404, (spelled, answer.text)
            assert answer.json().keys() == missing.json().keys()
    assert seq(house) == before


@pytest.fixture(scope="module")
def one_scope_each(house: House) -> Any:
    """A client for each scope, whose key has that scope alone."""
    tenant = house.tenant()
    yield {scope: tenant.client(tenant.new_key(scope)) for scope in SCOPES}
    tenant.close()


@pytest.mark.parametrize("step", STEPS, ids=lambda s: s.name)
def test_each_route_wants_its_scope_and_no_other(step: Step, one_scope_each: Any) -> None:
    """API5: a key with one scope alone, against every route."""
    for scope, http in one_scope_each.items():
        status = step.send(http).status_code
        assert (status == 403) == (step.operation.scope is not None and scope != step.operation.scope), (scope, status)
        assert status != 401


def test_every_route_declares_a_scope_but_the_one_that_only_says_who_asks() -> None:
    """API2 and API5: a route without a scope is open to any key; there is exactly one, and it is named here."""
    free = {s.name for s in STEPS if s.operation.scope is None}
    assert free <= {"qualifybase-me", "qualifybase-get_me", "qualifybase-who_am_i", "qualifybase-whoami", "qualifybase-show_me"}
    assert all(s.operation.scope in SCOPES for s in STEPS if s.operation.scope is not None)
    assert all(s.operation.scope.endswith(":read") == (s.operation.method == "GET") for s in STEPS if s.operation.scope)


@pytest.mark.parametrize("step", STEPS, ids=lambda s: s.name)
def test_no_route_answers_without_a_key(step: Step, tenant: Tenant) -> None:
    """API2."""
    assert step.send(tenant.client("")).status_code == 401
    assert step.send(tenant.client(""), path=f"{step.path()}?api_key={tenant.text}&access_token={tenant.text}").status_code == 401


@pytest.mark.parametrize("step", BODIES, ids=lambda s: s.name)
def test_no_body_has_a_property_that_is_ours_to_set(step: Step) -> None:
    """API3: what a caller may not choose is in no shape, and what is in no shape is dropped."""
    ours = {"id", "organization_id", "organizationId", "org", "rev", "created_at", "createdAt", "updated_at", "updatedAt"}
    ours |= {"source_dialect", "link_version", "room", "key_id", "api_key_id"}
    assert step.operation.body is not None
    for shape in shapes_in(step.operation.body):
        names = set(shape.model_fields) | {f.alias for f in shape.model_fields.values() if f.alias}
        assert not names & ours
        assert shape.model_config.get("extra") in {"ignore", "forbid"}


def test_extra_properties_change_nothing(tenant: Tenant, stranger: Tenant) -> None:
    """API3, over the wire: a body that tries to choose its organization, id, state and agent."""
    extra = {
        "id": "65f1b2c3d4e5f6a7b8c9d0e1",
        "organizationId": stranger.org.id,
        "organization_id": stranger.org.id,
        "status": "completed",
        "rev": 99,
        "agentId": stranger.agents[0].id,
        "outside_hours": True,
        "createdAt": "2000-01-01T00:00:00Z",
    }
    body = {"customerName": "Jane", "customerPhone": "5551234567", "scheduledFor": "2026-06-15T20:00:00Z", **extra}
    call = tenant.client().post("/qubesheets/api/external/video-calls", json=body).json()["videoCall"]
    booking = tenant.session.get(bookings.get, tenant.org.id, call["id"])
    assert (booking.organization_id, booking.status, booking.rev, booking.agent_id) == (
        tenant.org.id, "scheduled", 1, tenant.agents[0].id,
    )  # fmt: skip
    assert booking.id != extra["id"]
    assert call["createdAt"].startswith("2026-04-22")


def test_a_page_has_an_end(tenant: Tenant) -> None:
    """API4: no list can be asked for without a bound."""
    for step in STEPS:
        query = step.operation.query
        if query is not None and "limit" in query.model_fields:
            answer = tenant.client().get(step.path(), params={"limit": "100000"})
            assert answer.status_code in {400, 404}, step.name
