"""One request as it comes in and one answer as it goes out: headers by name, the whole body, the body in its shape."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from callboard.domain.keys import ApiKey
from callboard.web import faults, forms, jsons
from callboard.web.contract import JSON, Operation
from callboard.web.shapes import validate

_chance = random.getrandbits  # a request's name is no secret, and asking the system for chance hands the interpreter away
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_.-]{1,64}\Z")
# A header that two readers would read differently when it comes twice.
_ONCE = frozenset({b"authorization", b"content-type", b"content-length", b"idempotency-key"})
_SAFE = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
NO_CONTENT = 204
Header = tuple[bytes, bytes]


class Gone(Exception):
    """The caller hung up before the request was whole."""


@dataclass(slots=True)
class Exchange:
    """One request on its way through: filled in step by step, noted whatever happens."""

    method: str
    path: str  # below the dialect's base
    headers: dict[bytes, bytes]
    request_id: bytes
    doubled: bool
    at: int  # when it came, UTC seconds
    operation: Operation | None = None
    key: ApiKey | None = None
    vouched: bool = False  # the database has confirmed the key in this request
    grant: tuple[int, int, int] | None = None  # limit, left, ends at

    @property
    def bodyless(self) -> bool:
        """Whether nothing but the head was sent."""
        return b"content-length" not in self.headers and b"transfer-encoding" not in self.headers


def begin(scope: Scope, base: int, now: int) -> Exchange:
    """Method, path below the dialect's base, headers by name, and a request id (the caller's own when it is a plain word)."""
    headers: dict[bytes, bytes] = {}
    doubled = False
    for name, value in scope["headers"]:
        if name in headers and name in _ONCE:
            doubled = True
        headers[name] = value
    request_id = headers.get(b"x-request-id")
    if request_id is None or not _REQUEST_ID.match(request_id):
        request_id = b"%016x" % _chance(64)
    return Exchange(scope["method"], scope["path"][base:], headers, request_id, doubled, now)


async def read(headers: dict[bytes, bytes], receive: Receive, operation: Operation) -> bytes:
    """The whole body, never more than the operation reads; Gone when the caller hung up."""
    limit = operation.body_limit
    length = headers.get(b"content-length")
    if length is not None and int(length) > limit:
        raise faults.TooLarge(limit)
    if length is None and b"transfer-encoding" not in headers:
        return b""
    chunks = bytearray()
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        chunks += message.get("body", b"")
        if len(chunks) > limit:
            raise faults.TooLarge(limit)
        if not message.get("more_body", False):
            return bytes(chunks)


def shaped(headers: dict[bytes, bytes], operation: Operation, raw: bytes) -> tuple[Any, frozenset[str]]:
    """The body in the operation's shape, and the names it carried."""
    if operation.body is None:
        return None, frozenset()
    if not raw:
        if operation.body_required:
            raise faults.BadBody("the body must not be empty")
        return validate(operation.body, {}), frozenset()
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise faults.WrongMedia(operation.media)  # nothing is unpacked here, and a proxy may read what is in it
    value = _parsed(headers.get(b"content-type", b""), operation.media, raw)
    if not isinstance(value, dict):
        raise faults.BadBody
    return validate(operation.body, value), frozenset(value)


def _parsed(content_type: bytes, media: tuple[str, ...], raw: bytes) -> Any:
    header = content_type.decode("latin-1")
    kind, _, parameters = header.partition(";")
    kind = kind.strip().lower()
    if kind not in media:
        raise faults.WrongMedia(media)
    if kind != JSON:
        return forms.read(kind, header, raw)
    for parameter in parameters.lower().split(";") if parameters else ():
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in {"utf-8", "utf8", "us-ascii"}:
            raise faults.WrongMedia(media)
    return jsons.loads(raw)


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer as it goes over the wire, but for the headers of the one request it answers."""

    status: int
    body: bytes
    head: tuple[Header, ...]


def ready(status: int, text: str | None, headers: Iterable[tuple[str, str]] = ()) -> Ready:
    """An answer of that JSON text (None: no body)."""
    head = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    body = b"" if text is None else text.encode()
    if text is not None:
        head.append((b"content-type", b"application/json"))
    if status != NO_CONTENT:
        head.append((b"content-length", str(len(body)).encode()))
    return Ready(status, body, (*head, *_SAFE))


async def send_out(send: Send, answer: Ready, headers: list[Header]) -> None:
    """Send an answer, and the headers of this request alone."""
    headers += answer.head
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
