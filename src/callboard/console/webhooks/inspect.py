"""A delivery taken apart: headers, JSON in colours, each attempt, and the same as a curl line."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from callboard.console.widgets.lines import Part, clean
from callboard.console.widgets.split import Line
from callboard.console.words import span
from callboard.domain.zones import local

if TYPE_CHECKING:
    from callboard.domain.webhooks import Delivery

_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)|([{}\[\],:])|(\s+)')
MOST = 400  # lines of one body


def request(delivery: Delivery, url: str) -> list[Line]:
    """What was sent: where, headers, body."""
    first: Line = [("POST ", "accent bold"), (clean(url), "text")]
    if delivery.payload is None:
        return [first, "", [("not sent yet: the body is built with the first attempt", "dim")]]
    return [first, *_headers(delivery.request_headers), "", *body(delivery.payload)]


def response(delivery: Delivery, zone: str, now: int) -> list[Line]:
    """What came back, and every attempt before."""
    lines: list[Line] = []
    if delivery.response_status is not None:
        role = "done" if delivery.response_status < 300 else "clash"
        lines.append([(f"{delivery.response_status}", f"{role} bold"), (f" in {delivery.milliseconds or 0} ms", "dim")])
    elif delivery.error_class:
        lines.append([(clean(delivery.last_error or delivery.error_class), "clash")])
    else:
        lines.append([("no answer yet", "dim")])
    lines += _headers(delivery.response_headers)
    if delivery.response_body:
        lines += ["", *body(delivery.response_body)]
    return [*lines, *_attempts(delivery, zone, now)]


def _headers(headers: Mapping[str, str]) -> Iterator[Line]:
    for name, value in headers.items():
        yield [(f"{clean(name)}: ", "dim"), (clean(str(value)), "text")]


def _attempts(delivery: Delivery, zone: str, now: int) -> Iterator[Line]:
    if delivery.history:
        yield ""
        yield [("ATTEMPTS", "accent")]
    for n, tried in enumerate(delivery.history, 1):
        at = int(tried.get("at") or 0)
        said = tried.get("status") or tried.get("error") or "?"
        role = "clash" if tried.get("error") else "done"
        yield [(f"{n:>3}  {local(at, zone):%b %d %H:%M:%S}  ", "dim"), (f"{said}", role), (f"  {tried.get('ms') or 0} ms", "dim")]
    if delivery.due_at is not None and delivery.status == "waiting":
        wait = f"in {span(delivery.due_at - now)}" if delivery.due_at > now else "due now"
        yield [("     next ", "dim"), (f"{local(delivery.due_at, zone):%b %d %H:%M:%S}", "pending"), (f"  {wait}", "dim")]


def body(text: str) -> list[Line]:
    """JSON indented and coloured; anything else as it came. The pane folds what is long."""
    try:
        pretty = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return [clean(raw) for raw in text.splitlines()[:MOST]]
    lines: list[Line] = [_coloured(line) for line in pretty.splitlines()[:MOST]]
    return lines


def _coloured(line: str) -> list[Part]:
    parts: list[Part] = []
    for string, colon, number, word, mark, blank in _TOKEN.findall(line):
        if string:
            parts.append((clean(string), "accent" if colon else "text"))
            if colon:
                parts.append((":", "dim"))
        elif number:
            parts.append((number, "scheduled"))
        elif word:
            parts.append((word, "pending"))
        else:
            parts.append((mark or blank, "dim"))
    return parts


def curl(delivery: Delivery, url: str) -> str:
    """The request as one command, every part quoted for a shell."""
    headers = "".join(f" \\\n  -H {shlex.quote(f'{k}: {v}')}" for k, v in delivery.request_headers.items())
    return f"curl -X POST {shlex.quote(url)}{headers} \\\n  --data-raw {shlex.quote(delivery.payload or '')}"
