"""Each dialect's document: complete, true to its examples, and a page that needs no network."""

from __future__ import annotations

import re

import httpx
import pytest
from pydantic import TypeAdapter

from callboard.web.contract import Dialect
from dialects.house import House, Tenant
from dialects.walks import DIALECTS, STEPS, Step, fields

EVERYWHERE = {"400", "401", "408", "429", "431", "500", "503"}


def document(tenant: Tenant, dialect: Dialect) -> dict:
    return tenant.client("").get(dialect.base + dialect.openapi_path).json()


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.name)
def test_the_document_is_complete(dialect: Dialect, tenant: Tenant, house: House) -> None:
    found = document(tenant, dialect)
    assert found["openapi"] == "3.1.0"
    assert found["servers"] == [{"url": house.url + dialect.base}]
    assert {(p, m.upper()) for p, ms in found["paths"].items() for m in ms} == {(o.path, o.method) for o in dialect.operations}
    names = [o["operationId"] for ms in found["paths"].values() for o in ms.values()]
    assert len(names) == len(set(names))
    text = tenant.client("").get(dialect.base + dialect.openapi_path).text
    for ref in set(re.findall(r'"#/components/schemas/([^"]+)"', text)):
        assert ref in found["components"]["schemas"]
    assert not set(re.findall(r'"(\w+)":', text)) & {
        "ge",
        "le",
        "gt",
        "lt",
        "min_length",
        "max_length",
    }  # bounds in no one's words


@pytest.mark.parametrize("step", STEPS, ids=lambda s: s.name)
def test_each_operation_says_everything(step: Step, tenant: Tenant) -> None:
    operation = document(tenant, step.dialect)["paths"][step.operation.path][step.operation.method.lower()]
    answers = operation["responses"]
    assert set(answers) >= EVERYWHERE
    assert ("403" in answers) == (step.operation.scope is not None) or "403" in answers
    assert any(status.startswith("2") for status in answers)
    for response in answers.values():
        assert response["description"]
        for media in response.get("content", {}).values():
            assert "schema" in media
    assert "Retry-After" in answers["429"]["headers"]
    if step.operation.method == "POST":
        assert any(p["name"] == "Idempotency-Key" for p in operation["parameters"])
    for parameter in operation.get("parameters", ()):
        assert parameter["description"] or step.dialect.name == "toy"
    for media in operation.get("requestBody", {}).get("content", {}).values():
        assert media["example"] == step.operation.example
    assert operation["summary"]
    assert operation["description"]


@pytest.mark.parametrize("step", STEPS, ids=lambda s: s.name)
def test_documented_examples_fit_their_shapes(step: Step) -> None:
    operation = step.operation
    if operation.body is not None and step.dialect.name != "toy":
        assert operation.example is not None
        operation.body.model_validate(operation.example)
    for status, doc in operation.answers.items():
        if doc.shape is not None and step.dialect.name != "toy":
            assert doc.example is not None, status
            TypeAdapter(doc.shape).validate_python(doc.example)
    step.dialect.error.model_validate(step.dialect.error_example)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.name)
def test_the_docs_page_is_self_contained(dialect: Dialect, tenant: Tenant, house: House) -> None:
    page: httpx.Response = tenant.client("").get(dialect.base + dialect.docs_path)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    for link in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert link.startswith((house.url, "/", "#"))
    assert "<script" not in page.text
    for operation in dialect.operations:
        assert operation.path in page.text
        for shape in (operation.body, operation.query):  # each field by its name, with kind and bounds
            for way in fields(shape) if shape is not None else ():
                assert f">{'.'.join(way)}<" in page.text or any(f">{'.'.join(way)}.{i}<" in page.text for i in ("name", "email"))


def test_the_docs_page_says_bounds_and_how_a_form_is_sent(tenant: Tenant) -> None:
    http = tenant.client("")
    involve = http.get("/involve/docs").text
    assert "integer 1 to 720" in involve
    assert "claimant.phone_number" in involve
    assert "--data-urlencode &#x27;claimant[name]=John Doe&#x27;" in involve
    assert "features_call_recording_enable=false" in involve
    apifycloud = http.get("/apifycloud/docs").text
    assert "one of &quot;manual&quot;, &quot;self_selected&quot;, &quot;round_robin&quot;, &quot;pool&quot;" in apifycloud
    assert "integer 1 to 200; default 50. Calls a page." in apifycloud
