"""Schemathesis over every dialect: no 5xx, nothing undocumented, nothing that breaks its schema. A short run, and a long one."""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dialects.house import House, Tenant
from dialects.walks import STEPS, Step

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
LONG_CASES = 100_000 // len(STEPS) + 1


def fuzz(step: Step, tenant: Tenant, examples: int) -> None:
    document = tenant.client("").get(step.dialect.base + step.dialect.openapi_path).json()
    schema = schemathesis.openapi.from_dict(document)
    operation = schema[step.operation.path][step.operation.method]

    @hypothesis.given(case=operation.as_strategy())
    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        derandomize=examples < 100,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    def run(case: Any) -> None:
        response = case.call(base_url=tenant.house.url + step.dialect.base, headers={"Authorization": f"Bearer {tenant.text}"})
        case.validate_response(response, checks=CHECKS)

    run()


@pytest.mark.parametrize("step", STEPS, ids=lambda s: s.name)
def test_short(step: Step, tenant: Tenant) -> None:
    fuzz(step, tenant, 6)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("step", STEPS, ids=lambda s: s.name)
def test_long(step: Step, house: House) -> None:
    tenant = house.tenant(rate_limit=100_000_000)
    try:
        fuzz(step, tenant, LONG_CASES)
    finally:
        tenant.close()
