"""OpenAPI 3.1 out of the operations themselves: what is documented is what is served, status by status."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from callboard import __version__
from callboard.domain import errors
from callboard.domain.errors import CallboardError
from callboard.web import faults
from callboard.web.contract import FORM, JSON, Dialect, Doc, Operation
from callboard.web.shapes import Shape

_REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"\{(\w+)\}")
_RETRY = {"Retry-After": {"description": "Seconds to wait.", "required": True, "schema": {"type": "integer", "minimum": 1}}}
_PATHS = {"appId": "The organization's id."}
# What an operation may answer beside the rest, by its status.
_OWN: dict[int, tuple[CallboardError, str]] = {
    400: (faults.BadBody(), "The request cannot be read."),
    404: (errors.NotFound("object"), "Something that the request names is not in this organization."),
}
# What every operation may answer beside its own, by the refusal that leads to it.
_COMMON: tuple[tuple[CallboardError, str], ...] = (
    (errors.Invalid("", ""), "The request is not valid."),
    (faults.Unauthenticated(), "The API key is missing, malformed, unknown or revoked."),
    (faults.TooManyRequests(1), "The key's rate limit is used up."),
    (faults.TooSlow(), "Head or body did not come in time."),
    (faults.HeadTooLarge(), "More than 32 KiB of head."),
    (faults.Broken(), "A fault of the server."),
    (errors.Unavailable(""), "The server cannot act just now."),
)


def document(dialect: Dialect, public_url: str) -> dict[str, Any]:
    """The whole document of a dialect."""
    schemas = _schemas(dialect)
    paths: dict[str, Any] = {}
    for operation in dialect.operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(dialect, operation, schemas)
    named = json.dumps([paths, schemas.definitions])
    components = {
        name: schema  # a shape that only ever was a query has been taken apart into parameters
        for name, schema in schemas.definitions.items()
        if name not in schemas.inlined or f'"{_REF.format(model=name)}"' in named
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": dialect.title, "version": __version__, "summary": dialect.summary, "description": _about(dialect)},
        "servers": [{"url": public_url.rstrip("/") + dialect.base}],
        "security": [{name: []} for name in _security(dialect)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": _security(dialect),
        },
    }


def _security(dialect: Dialect) -> dict[str, Any]:
    """Every Authorization scheme; the document's own language knows no name for those beside Bearer."""
    found: dict[str, Any] = {"apiKey": {"type": "http", "scheme": "bearer", "description": "An API key of the organization."}}
    for scheme in dialect.schemes:
        if scheme != "Bearer":
            words = {"type": "apiKey", "in": "header", "name": "Authorization", "description": f"{scheme} and the same key."}
            found[f"scheme{scheme}"] = words
    return found


def _about(dialect: Dialect) -> str:
    limit = dialect.limit
    return (
        f"{dialect.summary} Limit: {limit.requests} requests per {limit.seconds} seconds and key; each 429 carries "
        f"Retry-After. Every POST takes an Idempotency-Key: the same request again gets the first answer. "
        f"Authorization schemes: {', '.join(dialect.schemes)}."
    )


class _Schemas:
    """Every shape of a dialect as JSON schemas: bodies as validated, answers as given."""

    def __init__(self, models: list[type[BaseModel]]) -> None:
        wanted: list[Any] = [(model, "validation") for model in dict.fromkeys(models)]
        keys, top = models_json_schema(wanted, ref_template=_REF, by_alias=True)
        self.definitions: dict[str, Any] = top.get("$defs", {})
        self._refs: dict[type[BaseModel], Any] = {model: keys[(model, "validation")] for model, _mode in wanted}
        self.inlined: set[str] = set()

    def ref(self, model: type[BaseModel]) -> dict[str, Any]:
        """A reference to a shape."""
        return dict(self._refs[model])

    def inline(self, model: type[BaseModel]) -> dict[str, Any]:
        """The shape itself: a query's parameters are taken apart."""
        self.inlined.add(self._name(model))
        return copy.deepcopy(self.definitions[self._name(model)])

    def objects(self, model: type[BaseModel]) -> list[str]:
        """The fields of a shape that are objects themselves."""
        return [name for name, part in self.definitions[self._name(model)].get("properties", {}).items() if "$ref" in str(part)]

    def _name(self, model: type[BaseModel]) -> str:
        return str(self._refs[model]["$ref"]).rsplit("/", 1)[-1]


def _schemas(dialect: Dialect) -> _Schemas:
    models: list[type[BaseModel]] = [dialect.error]
    for operation in dialect.operations:
        models += [m for m in (operation.body, operation.query) if m is not None]
        models += [doc.shape for doc in operation.answers.values() if doc.shape is not None]
    return _Schemas(models)


def _operation(dialect: Dialect, operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary or operation.name,
        "description": _described(operation),
        "responses": _responses(dialect, operation, schemas),
    }
    parameters = _parameters(operation, schemas)
    if parameters:
        found["parameters"] = parameters
    if operation.body is not None:
        content = {kind: _media(kind, operation, schemas) for kind in operation.media}
        found["requestBody"] = {"required": operation.body_required, "content": content}
    if operation.scope is not None:
        found["x-required-scope"] = operation.scope
    return found


def _media(kind: str, operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    """A body of one kind; in a form, an object's fields are spelled ``object[field]``."""
    assert operation.body is not None  # noqa: S101 - the caller looked
    found: dict[str, Any] = {"schema": schemas.ref(operation.body)}
    if operation.example is not None:
        found["example"] = operation.example
    if kind == FORM and (objects := schemas.objects(operation.body)):
        found["encoding"] = {name: {"style": "deepObject", "explode": True} for name in objects}
    return found


def _described(operation: Operation) -> str:
    need = f" Needs the scope {operation.scope}." if operation.scope else " Any key may use it."
    return operation.description + need


def _parameters(operation: Operation, schemas: _Schemas) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "maxLength": 64},
            "description": _PATHS.get(name, "The object's id, as this API gives it out."),
        }
        for name in _PARAMETER.findall(operation.path)
    ]
    if operation.query is not None:
        schema = schemas.inline(operation.query)
        required = set(schema.get("required", ()))
        for name, part in schema.get("properties", {}).items():
            parameter = {"name": name, "in": "query", "required": name in required, "schema": _plain(part)}
            if part.get("description"):
                parameter["description"] = part["description"]
            found.append(parameter)
    if operation.method == "POST":
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
                "description": "The same key and request again gets the first answer; another request with it is refused.",
            }
        )
    return found


def _plain(part: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema without the null that only says it may be left out."""
    kinds = [kind for kind in part.get("anyOf", ()) if kind.get("type") != "null"]
    rest = {k: v for k, v in part.items() if k not in {"anyOf", "title", "description"} and not (k == "default" and v is None)}
    return {**rest, **kinds[0]} if len(kinds) == 1 else ({**rest, "anyOf": kinds} if kinds else rest)


def _responses(dialect: Dialect, operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status, doc in operation.answers.items():
        found[str(status)] = _response(doc, schemas, _limit_headers(dialect))
    refused: list[tuple[CallboardError, str]] = list(_COMMON)
    if operation.scope is not None:
        refused.append((errors.Forbidden(operation.scope), "The key lacks the scope."))
    if "{" in operation.path:
        refused.append((errors.NotFound("object"), "No such object in this organization."))
    if operation.body is not None:
        refused.append((faults.TooLarge(operation.body_limit), f"The body is larger than {operation.body_limit} bytes."))
        refused.append((faults.WrongMedia(operation.media), "The body is of a kind that is not read here."))
    if operation.method == "POST":
        refused.append((errors.KeyReused(), "The Idempotency-Key was used for another request."))
    if operation.writes:
        refused.append((errors.SlotTaken(), "The rules or the calendar deny it."))
    for error, text in refused:
        answer = dialect.refuse(error, operation)
        example = dialect.error_example if isinstance(error, errors.Invalid) else answer.body
        refusal = _refusal(dialect, schemas, text, example)
        if answer.status in {429, 503}:
            refusal["headers"] = dict(_RETRY)
        found.setdefault(str(answer.status), refusal)
    for status in operation.refusals:
        error, text = _OWN[status]
        found.setdefault(str(status), _refusal(dialect, schemas, text, dialect.refuse(error, operation).body))
    return dict(sorted(found.items()))


def _refusal(dialect: Dialect, schemas: _Schemas, text: str, example: Any) -> dict[str, Any]:
    return {"description": text, "content": {JSON: {"schema": schemas.ref(dialect.error), "example": example}}}


def _response(doc: Doc, schemas: _Schemas, headers: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"description": doc.text}
    if headers:
        found["headers"] = headers
    shape: type[Shape] | None = doc.shape
    if shape is not None:
        content: dict[str, Any] = {"schema": schemas.ref(shape)}
        if doc.example is not None:
            content["example"] = doc.example
        found["content"] = {JSON: content}
    return found


def _limit_headers(dialect: Dialect) -> dict[str, Any]:
    if not dialect.limit_headers:
        return {}
    whole = {"schema": {"type": "integer", "minimum": 0}}
    return {
        "X-RateLimit-Limit": {"description": "Requests a window.", **whole},
        "X-RateLimit-Remaining": {"description": "Requests left in it.", **whole},
        "X-RateLimit-Reset": {"description": "Seconds until it ends.", **whole},
    }
