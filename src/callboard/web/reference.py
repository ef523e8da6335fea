"""A dialect's documentation as one page, drawn from its OpenAPI document: what is shown is what is served.

Every operation with its curl (a form's beside the JSON's), every parameter and field of its body with kind and bounds, every
status with an example.
"""

from __future__ import annotations

import html
import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from callboard.web.contract import FORM, JSON, Dialect

Part = Mapping[str, Any]
_REF = "#/components/schemas/"
_SHOWN = frozenset({"date-time", "date", "uuid"})


def markup(document: Part, dialect: Dialect, public_url: str) -> str:
    """The page's body as HTML."""
    base = html.escape(public_url + dialect.base)
    shapes = document["components"]["schemas"]
    parts = [
        f"<h1>{html.escape(dialect.title)}</h1><p>{html.escape(document['info']['description'])}</p>",
        f'<p>Base URL <code>{base}</code> · <a href="{base}{dialect.openapi_path}">OpenAPI 3.1</a></p>',
    ]
    for path, methods in document["paths"].items():
        parts += [_section(base, path, method.upper(), operation, shapes) for method, operation in methods.items()]
    return "".join(parts)


def _section(base: str, path: str, method: str, operation: Part, shapes: Part) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    start = f'curl -X {method} "{base}{html.escape(path)}" \\\n  -H "Authorization: Bearer $KEY"'
    curls = [start + html.escape(ending) for ending in _endings(content)] or [start]
    rows = [
        _row(p["name"], p["in"], p["schema"], p["required"], p.get("description", ""), shapes)
        for p in operation.get("parameters", ())
    ]
    if content:
        body = next(iter(content.values()))["schema"]
        rows += [
            _row(name, "body", part, needed, part.get("description", ""), shapes) for name, part, needed in _fields(body, shapes)
        ]
    answers = "".join(_answer(status, response) for status, response in operation["responses"].items())
    return (
        f'<section><h2><span class="method">{method}</span> <code>{html.escape(path)}</code></h2>'
        f"<p>{html.escape(operation['description'])}</p>"
        + "".join(f"<pre>{curl}</pre>" for curl in curls)
        + (f"<table><tbody>{''.join(rows)}</tbody></table>" if rows else "")
        + f"<h3>Answers</h3>{answers}</section>"
    )


def _endings(content: Part) -> Iterator[str]:
    """How a curl goes on for each kind of body that has an example."""
    for kind, media in content.items():
        example = media.get("example")
        if example is None:
            continue
        if kind == JSON:
            yield f" \\\n  -H \"Content-Type: application/json\" \\\n  -d '{json.dumps(example, indent=2)}'"
        elif kind == FORM:
            yield "".join(f" \\\n  --data-urlencode {shlex.quote(pair)}" for pair in _pairs(example))


def _pairs(example: Part, outer: str = "") -> Iterator[str]:
    """A form's fields: an object's are spelled ``object[field]``, what is null is left out."""
    for name, value in example.items():
        spelled = f"{outer}[{name}]" if outer else name
        if isinstance(value, dict):
            yield from _pairs(value, spelled)
        elif value is not None:
            yield f"{spelled}={str(value).lower() if isinstance(value, bool) else value}"


def _row(name: str, place: str, schema: Part, needed: bool, text: str, shapes: Part) -> str:
    kind = ", ".join(dict.fromkeys(_kinds(schema, shapes)))
    default = schema.get("default")
    kind += f"; default {json.dumps(default)}" if default is not None else ""
    return (
        f"<tr><td><code>{html.escape(name)}</code></td><td>{place}</td><td>{'required' if needed else ''}</td>"
        f"<td>{html.escape(kind)}{'. ' if text else ''}{html.escape(text)}</td></tr>"
    )


def _shape(schema: Part, shapes: Part) -> Part:
    """The schema behind a reference."""
    name = schema.get("$ref", "")
    found: Part = shapes[name.removeprefix(_REF)] if name else schema
    return found


def _choices(schema: Part, shapes: Part) -> list[Part]:
    """The kinds of value that fit, without null."""
    found = [_shape(part, shapes) for part in schema.get("anyOf", (schema,))]
    return [part for part in found if part.get("type") != "null"]


def _fields(schema: Part, shapes: Part, outer: str = "") -> Iterator[tuple[str, Part, bool]]:
    """Name, schema and need of every field, those of an object inside as ``object.field``."""
    shape = _shape(schema, shapes)
    for name, part in shape.get("properties", {}).items():
        spelled, needed = f"{outer}{name}", name in shape.get("required", ())
        inner = [choice for choice in _choices(part, shapes) if "properties" in choice]
        if not inner:
            yield spelled, part, needed
        for choice in inner:
            yield from _fields(choice, shapes, f"{spelled}.")


def _kinds(schema: Part, shapes: Part) -> Iterator[str]:
    """Each kind of value that fits, with its bounds, in words."""
    for part in _choices(schema, shapes):
        if "enum" in part or "const" in part:
            yield "one of " + ", ".join(json.dumps(value) for value in part.get("enum", (part.get("const"),)))
        elif part.get("type") == "array":
            yield f"list{_bounds(part, 'minItems', 'maxItems')} of " + " or ".join(_kinds(part.get("items", {}), shapes))
        else:
            kind = part.get("format") if part.get("format") in _SHOWN else part.get("type", "value")
            unit = " characters" if part.get("type") == "string" else ""
            names = ("minLength", "maxLength") if unit else ("minimum", "maximum")
            bounds = _bounds(part, *names)
            yield f"{kind}{bounds}{unit if bounds else ''}"


def _bounds(part: Part, least: str, most: str) -> str:
    low, high = part.get(least), part.get(most)
    if low is not None and high is not None:
        return f" {low} to {high}"
    return f" at most {high}" if high is not None else f" at least {low}" if low is not None else ""


def _answer(status: str, response: Part) -> str:
    media: Part = next(iter(response.get("content", {}).values()), {})
    example = media.get("example")
    shown = f"<pre>{html.escape(json.dumps(example, indent=2))}</pre>" if example is not None else ""
    return f"<details><summary><b>{status}</b> {html.escape(response['description'])}</summary>{shown}</details>"
