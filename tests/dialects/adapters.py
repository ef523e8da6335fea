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
    invalid: ClassVar[int] = 400
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


class QualifyBase(Adapter):
    name = "qualifybase"
    error_fields = frozenset({"error"})
    APPOINTMENTS = "/qualifybase/api/v1/appointments"
    STATES: ClassVar[dict[str, str]] = {"confirmed": "scheduled", "pending": "pending_confirmation"}

    def __init__(self) -> None:
        self._leads: dict[str, str] = {}

    def prepare(self, tenant):
        from callboard.services import people

        lead = tenant.session.do(people.add, tenant.org.id, full_name="Jane Doe", phone="+15551234567", is_lead=True)
        self._leads[tenant.org.id] = self.spell(lead.id)

    def book(self, http, tenant, when, **headers):
        body = {"lead_id": self._leads[tenant.org.id], "scheduled_at": iso(when), "ends_at": iso(when + 1800)}
        return http.post(self.APPOINTMENTS, json=body, headers=headers)

    def see(self, http, tenant, id_):
        return http.get(f"{self.APPOINTMENTS}/{id_}")

    def list(self, http, tenant):
        return http.get(self.APPOINTMENTS)

    def move(self, http, tenant, id_, when):
        return http.patch(f"{self.APPOINTMENTS}/{id_}", json={"scheduled_at": iso(when)})

    def cancel(self, http, tenant, id_):
        return http.delete(f"{self.APPOINTMENTS}/{id_}")

    def read(self, response):
        row = response.json()
        return Seen(row["id"], at(row["scheduled_at"]), self.STATES.get(row["status"], row["status"]))

    def ids_in(self, response):
        return {row["id"] for row in response.json()["data"]}

    def spell(self, id_):
        from callboard.domain import ids

        return ids.to_uuid(id_)


class ApifyCloud(Adapter):
    name = "apifycloud"
    error_fields = frozenset({"error"})

    def calls(self, tenant: Tenant, rest: str = "") -> str:
        return f"/apifycloud/api/v1/video/{self.spell(tenant.org.id)}/scheduled-calls{rest}"

    def book(self, http, tenant, when, **headers):
        body = {
            "guestName": "Jane Doe",
            "guestPhone": "+1 555 123 4567",
            "scheduledAtUtc": iso(when),
            "appTimezone": "America/Bogota",
        }
        return http.post(self.calls(tenant), json=body, headers=headers)

    def see(self, http, tenant, id_):
        return http.get(self.calls(tenant, f"/{id_}"))

    def list(self, http, tenant):
        return http.get(self.calls(tenant))

    def move(self, http, tenant, id_, when):
        return http.patch(self.calls(tenant, f"/{id_}"), json={"scheduledAtUtc": iso(when)})

    def cancel(self, http, tenant, id_):
        return http.post(self.calls(tenant, f"/{id_}/cancel"))

    def read(self, response):
        call = response.json()["data"]["call"]
        return Seen(call["id"], at(call["scheduled_at"]), call["status"])

    def ids_in(self, response):
        return {call["id"] for call in response.json()["data"]["calls"]}

    def spell(self, id_):
        from callboard.domain import ids

        return ids.to_uuid(id_)


class QTvoice(Adapter):
    name = "qtvoice"
    lacks = frozenset({"book", "see", "list", "move", "cancel"})  # it knows calls and contacts, no appointments
    error_fields = frozenset({"error", "code"})
    CONTACTS = "/qtvoice/api/v1/contacts"

    def knock(self, http, tenant):
        return http.get(self.CONTACTS)

    def knock_write(self, http, tenant):
        return http.post(self.CONTACTS, json={"first_name": "Jane", "phone": "+15551234567"})


class Involve(Adapter):
    name = "involve"
    invalid = 422
    error_fields = frozenset({"message"})
    APPOINTMENTS = "/involve/api/v1/appointments"

    def book(self, http, tenant, when, **headers):
        body = {"appointment_at": iso(when), "claimant[name]": "Jane Doe", "claimant[phone_number]": "+15551234567"}
        return http.post(self.APPOINTMENTS, data=body, headers=headers)

    def see(self, http, tenant, id_):
        return http.get(f"{self.APPOINTMENTS}/{id_}")

    def list(self, http, tenant):
        return http.get(self.APPOINTMENTS)

    def move(self, http, tenant, id_, when):
        return http.patch(f"{self.APPOINTMENTS}/{id_}", data={"appointment_at": iso(when)})

    def cancel(self, http, tenant, id_):
        return http.post(f"{self.APPOINTMENTS}/{id_}/cancel", data={"cancellation_reason": "no time"})

    def read(self, response):
        row = response.json()["data"]
        return Seen(row["id"], at(row["appointment_at"]), row["status"])

    def ids_in(self, response):
        return {row["id"] for row in response.json()["data"]}

    def spell(self, id_):
        from callboard.domain import ids

        return ids.to_uuid(id_)


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
    QualifyBase(),
    QTvoice(),
    ApifyCloud(),
    Involve(),
    Toy(),
)
