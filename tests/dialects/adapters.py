# ruff: noqa: ARG002 - every adapter method is handed the tenant; a dialect may not need it
"""How each dialect is spoken by the stories: one small class a dialect, one line in ``ADAPTERS``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import httpx

from dialects.house import Tenant, at


@dataclass(frozen=True)
class Seen:
    """A booking as a dialect told of it: its id as spelled there, start in UTC seconds, state in the domain's word."""

    id: str
    starts_at: int
    state: str


def iso(seconds: int) -> str:
    """``2026-06-15T20:00:00.000Z``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Adapter:
    """What a story asks of a dialect. A verb the contract does not have is named in ``lacks``."""

    name: ClassVar[str]
    lacks: ClassVar[frozenset[str]] = frozenset()  # of: book, see, list, move, cancel
    moved_status: ClassVar[int] = 200
    cancelled_status: ClassVar[int] = 200
    conflict: ClassVar[int] = 409
    error_fields: ClassVar[frozenset[str]]  # what every refusal's body has

    def prepare(self, tenant: Tenant) -> None:
        """What must stand before a booking can be made (a lead, …)."""

    def book(self, http: httpx.Client, tenant: Tenant, when: int, **headers: str) -> httpx.Response:
        raise NotImplementedError

    def see(self, http: httpx.Client, tenant: Tenant, id_: str) -> httpx.Response:
        raise NotImplementedError

    def list(self, http: httpx.Client, tenant: Tenant) -> httpx.Response:
        raise NotImplementedError

    def move(self, http: httpx.Client, tenant: Tenant, id_: str, when: int) -> httpx.Response:
        raise NotImplementedError

    def cancel(self, http: httpx.Client, tenant: Tenant, id_: str) -> httpx.Response:
        raise NotImplementedError

    def read(self, response: httpx.Response) -> Seen:
        """The booking in an answer of book, see or move."""
        raise NotImplementedError

    def ids_in(self, response: httpx.Response) -> set[str]:
        """The ids in an answer of list."""
        raise NotImplementedError

    def spell(self, id_: str) -> str:
        """A 24-hex id as this dialect writes it."""
        return id_

    def unknown(self) -> str:
        """An id that could be but is not."""
        return self.spell("65f1b2c3d4e5f6a7b8c9d0ff")

    def knock(self, http: httpx.Client, tenant: Tenant) -> httpx.Response:
        """Any reading request that needs a key."""
        return self.list(http, tenant)

    def knock_write(self, http: httpx.Client, tenant: Tenant) -> httpx.Response:
        """Any writing request."""
        return self.book(http, tenant, at("2026-06-15T20:00:00Z"))


class Qubesheets(Adapter):
    name = "qubesheets"
    error_fields = frozenset({"error", "message"})
    CALLS = "/qubesheets/api/external/video-calls"

    def book(self, http, tenant, when, **headers):
        body = {"customerName": "Jane Doe", "customerPhone": "5551234567", "scheduledFor": iso(when)}
        return http.post(self.CALLS, json=body, headers=headers)

    def see(self, http, tenant, id_):
        return http.get(f"{self.CALLS}/{id_}")

    def list(self, http, tenant):
        return http.get(self.CALLS)

    def move(self, http, tenant, id_, when):
        return http.patch(f"{self.CALLS}/{id_}", json={"scheduledFor": iso(when)})

    def cancel(self, http, tenant, id_):
        return http.delete(f"{self.CALLS}/{id_}")

    def read(self, response):
        call: Mapping[str, Any] = response.json()["videoCall"]
        return Seen(call["id"], at(call["scheduledFor"]), call["status"])

    def ids_in(self, response):
        return {call["id"] for call in response.json()["videoCalls"]}


class Toy(Adapter):
    name = "toy"
    lacks = frozenset({"list"})
    cancelled_status = 204
    error_fields = frozenset({"no"})

    def book(self, http, tenant, when, **headers):
        return http.post("/toy/slots", json={"when": iso(when), "who": "Jane"}, headers=headers)

    def see(self, http, tenant, id_):
        return http.get(f"/toy/slots/{id_}")

    def move(self, http, tenant, id_, when):
        return http.patch(f"/toy/slots/{id_}", json={"when": iso(when)})

    def cancel(self, http, tenant, id_):
        return http.delete(f"/toy/slots/{id_}")

    def read(self, response):
        slot = response.json()
        return Seen(slot["id"], at(slot["when"]), slot["state"])

    def spell(self, id_):
        from callboard.domain import ids

        return ids.to_uuid(id_)

    def knock(self, http, tenant):
        return self.see(http, tenant, self.unknown())


ADAPTERS: tuple[Adapter, ...] = (  # one line a dialect
    Qubesheets(),
    Toy(),
)
