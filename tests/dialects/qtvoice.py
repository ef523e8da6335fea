"""What the tests of QTvoice share: the time of the contract's examples, calls that come in, its refusals."""

from __future__ import annotations

from typing import Any

import httpx

from callboard.services import calls
from dialects.house import Tenant

API = "/qtvoice/api/v1"
CALLS, SMS, CONTACTS, VOICEMAILS = f"{API}/calls", f"{API}/sms", f"{API}/contacts", f"{API}/voicemails"
BEGAN = "2024-01-15T10:30:00Z"
CALLER, OFFICE = "+12155551234", "+12155555678"


def do(tenant: Tenant, verb: Any, *args: Any, **kwargs: Any) -> Any:
    return tenant.session.do(verb, tenant.org.id, *args, **kwargs)


def rang(tenant: Tenant, sender: str = CALLER, to: str = OFFICE, **more: Any) -> Any:
    """An incoming call."""
    return do(tenant, calls.incoming, from_number=sender, to_number=to, **more)


def ids_of(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["data"]]


def refused(answer: httpx.Response, status: int, code: str, error: str | None = None) -> None:
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error", "code"}
    assert answer.json()["code"] == code
    if error is not None:
        assert answer.json()["error"] == error
