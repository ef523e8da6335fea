"""Schemathesis over every dialect: no 5xx, nothing undocumented, nothing that breaks its schema. A short run, and a long one.

What is sent fits the document in one half of the cases and breaks it in the other; half of the ids are those of real objects.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from callboard.domain.ids import to_uuid
from dialects.house import House, Tenant
from dialects.test_owasp import objects_of, spellings
from dialects.walks import STEPS, Step

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
LONG_CASES = 100_000
A_ROUND = 100  # cases of one operation and one mode in a round of the long run
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


def known(tenant: Tenant) -> Iterator[str]:
    """The ids of the tenant's own objects, made here, in every spelling, over and over."""
    return itertools.cycle([spelled for id_ in objects_of(tenant).values() for spelled in spellings(id_)])


def fuzz(step: Step, tenant: Tenant, ids: Iterator[str], examples: int, mode: GenerationMode, seed: int = 0) -> int:
    """Send up to so many cases (an operation without parameters has but one); how many were sent."""
    http = requests.Session()
    http.headers["authorization"] = f"Bearer {tenant.text}"
    document = http.get(tenant.house.url + step.dialect.base + step.dialect.openapi_path).json()
    schema = schemathesis.openapi.from_dict(document)
    operation = schema[step.operation.path][step.operation.method]
    app = to_uuid(tenant.org.id)
    sent = 0

    @hypothesis.seed(seed)
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    def run(case: Any) -> None:
        nonlocal sent
        sent += 1
        if sent % 2 and case.path_parameters:
            case.path_parameters = {name: app if name == "appId" else next(ids) for name in case.path_parameters}
        response = case.call(base_url=tenant.house.url + step.dialect.base, session=http)
        case.validate_response(response, checks=CHECKS)

    with http:
        try:
            run()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE  # nothing of it can be wrong
    return sent


@pytest.mark.parametrize("mode", MODES, ids=lambda m: m.value)
@pytest.mark.parametrize("step", STEPS, ids=lambda s: s.name)
def test_short(step: Step, mode: GenerationMode, tenant: Tenant) -> None:
    fuzz(step, tenant, known(tenant) if "{" in step.operation.path else iter(()), 4, mode)


@pytest.mark.long
@pytest.mark.timeout(4 * 3600)
def test_long(house: House) -> None:
    """Rounds over every operation, each with another seed and an organization of its own, until enough was sent."""
    sent, began = 0, time.monotonic()
    for seed in itertools.count(1):
        tenant = house.tenant(rate_limit=100_000_000)
        try:
            ids = known(tenant)
            sent += sum(fuzz(step, tenant, ids, A_ROUND, mode, seed) for step in STEPS for mode in MODES)
        finally:
            tenant.close()
        print(f"round {seed}: {sent:,} cases in {time.monotonic() - began:,.0f} s", flush=True)  # noqa: T201 - shown by -s
        if sent >= LONG_CASES:
            break
