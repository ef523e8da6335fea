"""What the tests of QualifyBase share: its lead, its appointment, its refusals."""

from __future__ import annotations

from typing import Any

import httpx

from callboard.web.dialects.qualifybase import examples

API = "/qualifybase/api/v1"


def lead_body(**changes: Any) -> dict[str, Any]:
    """The contract's own lead, without the agent that only its clinic has."""
    body = {**examples.NEW_LEAD, "agent_id": None, **changes}
    return {k: v for k, v in body.items() if v is not None}


def new_lead(http: httpx.Client, **changes: Any) -> dict[str, Any]:
    answer = http.post(f"{API}/leads", json=lead_body(external_source=None, external_id=None, **changes))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def book(http: httpx.Client, **changes: Any) -> httpx.Response:
    lead = changes.pop("lead_id", None) or new_lead(http)["id"]
    body = {**examples.NEW_APPOINTMENT, "lead_id": lead, **changes}
    return http.post(f"{API}/appointments", json={k: v for k, v in body.items() if v is not None})


def problem(answer: httpx.Response, status: int, code: str) -> str:
    """The sentence of a refusal in the contract's shape."""
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert set(answer.json()) == {"error"}
    assert set(error) == {"code", "message"}
    assert error["code"] == code
    return str(error["message"])
