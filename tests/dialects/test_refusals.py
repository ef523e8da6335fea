"""Every refusal there is, in every dialect: its own shape, a 4xx or 5xx, and never a word of what was sent."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest

from callboard.domain.errors import CallboardError
from callboard.services import keys
from callboard.web import faults
from dialects.house import House, Tenant
from dialects.test_hostile import seq
from dialects.walks import BODIES, DIALECTS, STEPS, Step

SAMPLES = {"str": "customer_name", "int": 1798761600, "tuple[str, ...]": ("GET",)}


def family(kind: type[CallboardError] = CallboardError) -> Iterator[type[CallboardError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from family(child)


def sample(kind: type[CallboardError]) -> CallboardError:
    """One of a kind, with plausible parts."""
    if "__init__" not in vars(kind) and kind.__init__ is Exception.__init__:
        return kind("a sentence")
    wanted = [p for p in list(inspect.signature(kind.__init__).parameters.values())[1:] if p.default is p.empty]
    return kind(*(SAMPLES.get(str(p.annotation), "a sentence") for p in wanted if p.kind is p.POSITIONAL_OR_KEYWORD))


KINDS = sorted(set(family()), key=lambda k: k.__qualname__)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.name)
@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_every_refusal_has_an_answer(dialect, kind) -> None:
    for operation in (None, *dialect.operations):
        answer = dialect.refuse(sample(kind), operation)
        assert 400 <= answer.status < 600
        dialect.error.model_validate(answer.body)
    faulty = kind in {CallboardError, faults.Broken} or kind.__name__ == "Unavailable"
    assert (answer.status >= 500) == faulty


@pytest.mark.parametrize("step", BODIES, ids=lambda s: s.name)
def test_refusals_never_echo_what_was_sent(step: Step, tenant: Tenant) -> None:
    http = tenant.client()
    canary = "canary-8f2c41"
    wrong = {name: {canary: canary} for name in (step.operation.body.model_fields if step.operation.body else ())}
    aliased = {f.alias: {canary: canary} for f in step.operation.body.model_fields.values() if f.alias}  # type: ignore[union-attr]
    for body in ({**wrong, **aliased}, {canary: canary}):
        answer = step.send(http, body=body, **{"x-custom": canary})
        assert canary not in answer.text
        assert canary not in str(answer.headers)


CONTRACTS_500 = {
    "qubesheets-schedule_call": {
        "error": "Internal server error",
        "message": "Failed to schedule video call. Please try again later.",
    },
    "qtvoice-list_calls": {"error": "Internal server error", "code": "SERVER_ERROR"},
}


@pytest.mark.parametrize("step", STEPS, ids=lambda s: s.name)
def test_a_fault_of_ours_in_the_dialects_words(step: Step, tenant: Tenant, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    http = tenant.client()
    before = seq(house)

    def broken(*_parts: object) -> bool:
        raise RuntimeError("canary-8f2c41")

    monkeypatch.setattr(keys, "confirm", broken)  # asked in every request's own transaction
    answer = step.send(http, path=step.path() + "?external_source=a&external_id=b&phone=2155551234")  # what some queries need
    assert answer.status_code == 500
    assert "canary" not in answer.text
    step.dialect.error.model_validate(answer.json())
    if step.name in CONTRACTS_500:
        assert answer.json() == CONTRACTS_500[step.name]
    if step.dialect.name == "apifycloud":
        assert answer.json()["error"]["code"] == "server_error"
    assert seq(house) == before


@pytest.mark.parametrize("step", STEPS, ids=lambda s: s.name)
def test_wrong_methods_and_paths_in_the_dialects_words(step: Step, tenant: Tenant) -> None:
    http = tenant.client()
    answer = http.request("TRACE", step.path())
    assert answer.status_code == 405
    assert step.operation.method in answer.headers["allow"]
    step.dialect.error.model_validate(answer.json())
    answer = http.get(step.dialect.base + "/no/such/path")
    assert answer.status_code == 404
    step.dialect.error.model_validate(answer.json())
