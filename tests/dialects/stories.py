"""The list of stories. Each runs through every dialect that has the verbs it needs; none knows which one it speaks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from callboard.services import keys
from dialects.adapters import Adapter
from dialects.house import Tenant, at

MONDAY = at("2026-06-15T20:00:00Z")
TUESDAY = at("2026-06-16T21:00:00Z")
HALF_HOUR = 1800
Tell = Callable[[Adapter, Tenant, Tenant], None]


@dataclass(frozen=True)
class Story:
    name: str
    needs: frozenset[str]
    tell: Tell


STORIES: list[Story] = []


def story(*needs: str) -> Callable[[Tell], Tell]:
    def keep(tell: Tell) -> Tell:
        STORIES.append(Story(tell.__name__, frozenset(needs), tell))
        return tell

    return keep


def refused(adapter: Adapter, response: httpx.Response, status: int) -> None:
    """A refusal in the dialect's own shape, with that status."""
    assert response.status_code == status, response.text
    assert adapter.error_fields <= set(response.json())


@story("book", "see")
def booked_and_seen(adapter: Adapter, tenant: Tenant, stranger: Tenant) -> None:
    http = tenant.client()
    booked = adapter.book(http, tenant, MONDAY)
    assert booked.status_code == 201, booked.text
    made = adapter.read(booked)
    assert (made.starts_at, made.state) == (MONDAY, "scheduled")
    seen = adapter.see(http, tenant, made.id)
    assert seen.status_code == 200
    assert adapter.read(seen) == made


@story("book", "list")
def listed(adapter: Adapter, tenant: Tenant, stranger: Tenant) -> None:
    http = tenant.client()
    first = adapter.read(adapter.book(http, tenant, MONDAY)).id
    second = adapter.read(adapter.book(http, tenant, TUESDAY)).id
    found = adapter.list(http, tenant)
    assert found.status_code == 200
    assert adapter.ids_in(found) == {first, second}


@story("book")
def collided(adapter: Adapter, tenant: Tenant, stranger: Tenant) -> None:
    http = tenant.client()
    assert adapter.book(http, tenant, MONDAY).status_code == 201
    refused(adapter, adapter.book(http, tenant, MONDAY), adapter.conflict)
    assert adapter.book(http, tenant, MONDAY + HALF_HOUR).status_code == 201  # touching is no overlap


@story("book")
def raced(adapter: Adapter, tenant: Tenant, stranger: Tenant) -> None:
    clients = [tenant.client() for _ in range(16)]
    adapter.book(clients[0], tenant, TUESDAY)  # prepares what a booking needs, off the contested slot
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda http: adapter.book(http, tenant, MONDAY).status_code, clients))
    assert sorted(found) == [201] + [adapter.conflict] * 15


@story("book", "see", "move")
def moved(adapter: Adapter, tenant: Tenant, stranger: Tenant) -> None:
    http = tenant.client()
    made = adapter.read(adapter.book(http, tenant, MONDAY))
    answer = adapter.move(http, tenant, made.id, TUESDAY)
    assert answer.status_code == adapter.moved_status, answer.text
    assert adapter.read(answer).id == made.id
    assert adapter.read(adapter.see(http, tenant, made.id)).starts_at == TUESDAY
    assert adapter.book(http, tenant, MONDAY).status_code == 201  # the old slot is free


@story("book", "see", "move")
def moved_onto_another(adapter: Adapter, tenant: Tenant, stranger: Tenant) -> None:
    http = tenant.client()
    made = adapter.read(adapter.book(http, tenant, MONDAY))
    adapter.book(http, tenant, TUESDAY)
    refused(adapter, adapter.move(http, tenant, made.id, TUESDAY), adapter.conflict)
    assert adapter.read(adapter.see(http, tenant, made.id)).starts_at == MONDAY
    assert adapter.move(http, tenant, made.id, MONDAY + 900).status_code == adapter.moved_status  # over its own old time


@story("book", "see", "cancel")
def cancelled(adapter: Adapter, tenant: Tenant, stranger: Tenant) -> None:
    http = tenant.client()
    made = adapter.read(adapter.book(http, tenant, MONDAY))
    assert adapter.cancel(http, tenant, made.id).status_code == adapter.cancelled_status
    assert adapter.read(adapter.see(http, tenant, made.id)).state == "cancelled"
    assert adapter.book(http, tenant, MONDAY).status_code == 201


@story("book")
def in_the_past(adapter: Adapter, tenant: Tenant, stranger: Tenant) -> None:
    refused(adapter, adapter.book(tenant.client(), tenant, at("2026-04-20T15:00:00Z")), adapter.invalid)


@story("see")
def unknown(adapter: Adapter, tenant: Tenant, stranger: Tenant) -> None:
    http = tenant.client()
    for id_ in (adapter.unknown(), "nonsense", "0"):
        refused(adapter, adapter.see(http, tenant, id_), 404)


@story("book", "see")
def of_another_organization(adapter: Adapter, tenant: Tenant, stranger: Tenant) -> None:
    made = adapter.read(adapter.book(tenant.client(), tenant, MONDAY))
    theirs = stranger.client()
    hidden = adapter.see(theirs, stranger, made.id)
    refused(adapter, hidden, 404)
    assert hidden.json() == adapter.see(theirs, stranger, adapter.unknown()).json()  # not told from a missing one
    if "move" not in adapter.lacks:
        refused(adapter, adapter.move(theirs, stranger, made.id, TUESDAY), 404)
    if "cancel" not in adapter.lacks:
        refused(adapter, adapter.cancel(theirs, stranger, made.id), 404)
    assert adapter.read(adapter.see(tenant.client(), tenant, made.id)) == made


@story()
def without_a_key(adapter: Adapter, tenant: Tenant, stranger: Tenant) -> None:
    wrong = tenant.text[:-1] + ("0" if tenant.text[-1] != "0" else "1")
    for text in ("", "nonsense", wrong, tenant.text[:40], tenant.text + "\u00e9"):
        headers = {"authorization": f"Bearer {text}".encode()} if text else {}
        http = tenant.client("")
        http.headers.update(headers)
        answer = adapter.knock(http, tenant)
        refused(adapter, answer, 401)
        assert "www-authenticate" in answer.headers
    refused(adapter, adapter.knock(tenant.client(scheme="Basic"), tenant), 401)


@story()
def revoked(adapter: Adapter, tenant: Tenant, stranger: Tenant) -> None:
    http = tenant.client()
    before = adapter.knock(http, tenant).status_code
    assert before != 401
    tenant.session.do(keys.revoke, tenant.org.id, tenant.key.id)
    refused(adapter, adapter.knock(http, tenant), 401)
    refused(adapter, adapter.knock_write(http, tenant), 401)


@story()
def without_the_scope(adapter: Adapter, tenant: Tenant, stranger: Tenant) -> None:
    http = tenant.client(tenant.new_key("webhooks:read"))
    refused(adapter, adapter.knock(http, tenant), 403)
    refused(adapter, adapter.knock_write(http, tenant), 403)


@story("book")
def asked_twice_with_one_idempotency_key(adapter: Adapter, tenant: Tenant, stranger: Tenant) -> None:
    http = tenant.client()
    header = {"Idempotency-Key": "order-17"}
    first = adapter.book(http, tenant, MONDAY, **header)
    again = adapter.book(http, tenant, MONDAY, **header)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    refused(adapter, adapter.book(http, tenant, TUESDAY, **header), 422)


@story("book")
def raced_with_one_idempotency_key(adapter: Adapter, tenant: Tenant, stranger: Tenant) -> None:
    clients = [tenant.client() for _ in range(8)]
    adapter.book(clients[0], tenant, TUESDAY)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda http: adapter.book(http, tenant, MONDAY, **{"Idempotency-Key": "k"}), clients))
    assert {r.status_code for r in found} == {201}
    assert len({r.text for r in found}) == 1
    assert sum("idempotent-replayed" not in r.headers for r in found) == 1


@story("book", "see")
def with_a_key_of_another_flavour(adapter: Adapter, tenant: Tenant, stranger: Tenant) -> None:
    for index, flavour in enumerate(("qualifybase", "qtvoice", "apifycloud", "involve")):
        http = tenant.client(tenant.new_key(flavour=flavour))
        assert adapter.book(http, tenant, MONDAY + index * HALF_HOUR).status_code == 201
