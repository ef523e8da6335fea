"""One way in for every dialect: route → key → scope → limit → bytes → JSON → shape → one transaction → answer.

An ASGI application of its own and not FastAPI's route layer: that one answers 500 to several bodies the standard JSON parser lets
through, echoes input in its validation errors, and costs more per request than the booking's whole transaction may.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from callboard.domain.errors import CallboardError, Forbidden
from callboard.domain.events import Actor
from callboard.domain.keys import ApiKey
from callboard.services import idempotency, keys
from callboard.services.idempotency import Stored
from callboard.services.limits import RateLimit
from callboard.services.service import Desk, Work
from callboard.web import faults, forms, jsons, logs, refusing
from callboard.web.auth import Doorman
from callboard.web.contract import JSON, Answer, Call, Dialect, Operation
from callboard.web.journal import Entry, Journal
from callboard.web.limits import Allowances
from callboard.web.shapes import validate

_log = logs.get("callboard.web")
_PARAMETER = re.compile(r"\{(\w+)\}")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_.-]{1,64}\Z")
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}\Z")
# A header that two readers would read differently when it comes twice.
_ONCE = frozenset({b"authorization", b"content-type", b"content-length", b"idempotency-key"})
MOST_PATH = 300


class Gone(Exception):
    """The caller hung up before the request was whole."""


@dataclass(slots=True)
class Exchange:
    """One request on its way through: filled in step by step, read by the journal whatever happens."""

    method: str
    path: str
    headers: dict[bytes, bytes]
    request_id: bytes
    doubled: bool = False
    operation: Operation | None = None
    key: ApiKey | None = None
    vouched: bool = False  # the database has confirmed the key in this request
    grant: tuple[int, int, int] | None = None  # limit, left, ends at
    at: int = 0  # when it came, UTC seconds


class Table:
    """Paths to operations: plain ones by look-up, ones with parameters by pattern."""

    def __init__(self, operations: tuple[Operation, ...]) -> None:
        self._plain: dict[str, dict[str, Operation]] = {}
        patterns: dict[str, dict[str, Operation]] = {}
        for operation in operations:
            home = patterns if "{" in operation.path else self._plain
            home.setdefault(operation.path, {})[operation.method] = operation
        self._patterns = [
            (re.compile(_PARAMETER.sub(r"(?P<\1>[^/]+)", path) + r"\Z"), by_method) for path, by_method in patterns.items()
        ]

    def find(self, method: str, path: str) -> tuple[Operation, Mapping[str, str]]:
        """The operation and its path parameters, or NoSuchRoute, or WrongMethod."""
        by_method = self._plain.get(path)
        found: Mapping[str, str] = {}
        if by_method is None:
            for pattern, candidates in self._patterns:
                match = pattern.match(path)
                if match is not None:
                    by_method, found = candidates, match.groupdict()
                    break
            else:
                raise faults.NoSuchRoute
        operation = by_method.get("GET" if method == "HEAD" else method)
        if operation is None:
            raise faults.WrongMethod(tuple(sorted(by_method)))
        return operation, found


class Seam:
    """The ASGI application of one dialect."""

    def __init__(self, desk: Desk, dialect: Dialect, journal: Journal, allowances: Allowances) -> None:
        self.dialect = dialect
        self._desk = desk
        self._journal = journal
        self._allowances = allowances
        self._doorman = Doorman(desk, dialect.schemes)
        self._table = Table(dialect.operations)
        self._base = len(dialect.base)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever happens, in the dialect's words."""
        began = time.perf_counter()
        exchange = _exchange(scope, self._base)
        exchange.at = self._desk.clock()
        code: str | None = None
        try:
            status, body, headers = await self._answer(exchange, scope, receive)
        except Gone:
            return
        except CallboardError as error:
            code = error.code
            status, body, headers = self._refuse(error, exchange)
        except Exception as error:  # noqa: BLE001 - the last resort: nothing of the fault may reach the caller
            code = "server_error"
            _log.error(
                "request failed",
                request_id=exchange.request_id.decode(),
                dialect=self.dialect.name,
                path=exchange.path,
                error=error,
            )
            status, body, headers = self._refuse(faults.Broken(), exchange)
        await _send(send, status, body, [*headers, *self._headers(exchange)])
        self._note(exchange, status, time.perf_counter() - began, code)

    # --- the steps --------------------------------------------------------------------------------------------------
    async def _answer(self, exchange: Exchange, scope: Scope, receive: Receive) -> tuple[int, str | None, list[Any]]:
        operation, path = self._table.find(exchange.method, exchange.path)
        exchange.operation = operation
        if exchange.doubled:
            raise faults.BadBody("a header that must come once came twice")
        key, exchange.vouched = await self._doorman.recognise(exchange.headers.get(b"authorization"))
        exchange.key = key
        try:
            await self._allow(exchange, key)  # before the scope: a refusal counts too, and tells what is left
            if not key.may(operation.scope):
                raise Forbidden(operation.scope or "")
            raw = await _body(exchange.headers, receive, operation)
            call = self._call(exchange, key, path, scope["query_string"], raw)
            idempotency_key = self._idempotency_key(exchange, operation)
        except CallboardError:
            await self._vouch(exchange)  # a revoked key must not learn even what is wrong with its request
            raise
        return await self._act(exchange, operation, call, raw, idempotency_key)

    async def _allow(self, exchange: Exchange, key: ApiKey) -> None:
        limit = self.dialect.limit
        if key.rate_limit is not None:
            limit = RateLimit(key.rate_limit, limit.seconds)
        try:
            left, ends_at = await self._allowances.take(f"{key.id}:{self.dialect.name}", limit)
        except faults.TooManyRequests as error:
            exchange.grant = (limit.requests, 0, error.resets_at)
            raise
        exchange.grant = (limit.requests, left, ends_at)

    async def _vouch(self, exchange: Exchange) -> None:
        """Ask the database about a remembered key when no transaction of the request will."""
        key = exchange.key
        if key is None or exchange.vouched:
            return
        if not await self._desk.acting(_actor(key)).read(keys.confirm, key.id):
            self._doorman.forget(key.id)
            raise faults.Unauthenticated
        exchange.vouched = True

    def _call(self, exchange: Exchange, key: ApiKey, path: Mapping[str, str], asked: bytes, raw: bytes) -> Call[Any, Any]:
        operation = exchange.operation
        assert operation is not None  # noqa: S101 - found before
        query: Any = None
        if operation.query is not None:
            query = validate(operation.query, forms.query(asked))
        body, sent = _shaped(exchange.headers, operation, raw)
        return Call(
            org=key.organization_id,
            key=key,
            body=body,
            query=query,
            path=path,
            public_url=self._desk.public_url,
            dialect=self.dialect.name,
            sent=sent,
        )

    def _idempotency_key(self, exchange: Exchange, operation: Operation) -> str | None:
        header = exchange.headers.get(b"idempotency-key")
        if header is None or operation.method != "POST":
            return None
        text = header.decode("latin-1")
        if not _IDEMPOTENCY_KEY.match(text):
            raise faults.BadBody("Idempotency-Key must be 1 to 255 printable characters")
        return text

    async def _act(
        self, exchange: Exchange, operation: Operation, call: Call[Any, Any], raw: bytes, idempotency_key: str | None
    ) -> tuple[int, str | None, list[Any]]:
        """The handler in its transaction; its answer is text before the transaction ends."""
        answer: Answer | None = None

        def act(work: Work) -> Stored:
            nonlocal answer
            answer = operation.handler(work, call)
            return Stored(answer.status, "" if answer.body is None else jsons.dumps(answer.body))

        def transact(work: Work) -> Stored:
            if not keys.confirm(work, call.key.id):
                raise faults.Unauthenticated
            if idempotency_key is None:
                return act(work)
            print_ = idempotency.fingerprint(operation.method, self.dialect.base + exchange.path, raw)
            return idempotency.once(work, call.org, idempotency_key, print_, lambda: act(work))

        actor = _actor(call.key)
        try:
            if operation.writes:
                stored = await asyncio.shield(asyncio.wrap_future(self._desk.submit(actor, transact)))
            else:
                stored = await asyncio.wrap_future(self._desk.ask(actor, transact))
        except faults.Unauthenticated:
            self._doorman.forget(call.key.id)
            raise
        headers = list(answer.headers) if answer is not None and not stored.replayed else []
        if stored.replayed:
            headers.append(("idempotent-replayed", "true"))
        elif operation.after is not None and answer is not None:
            stored = await self._afterwards(operation, call, answer, stored, idempotency_key)
        return stored.status, stored.body or None, headers

    async def _afterwards(
        self, operation: Operation, call: Call[Any, Any], answer: Answer, stored: Stored, idempotency_key: str | None
    ) -> Stored:
        """Let the operation complete its answer with what became known after the commit, and keep it so for a replay."""
        assert operation.after is not None  # noqa: S101 - the caller looked
        final = await operation.after(self._desk, call, answer)
        text = "" if final.body is None else jsons.dumps(final.body)
        if text != stored.body and idempotency_key is not None:
            await self._desk.acting(_actor(call.key)).run(idempotency.correct, call.org, idempotency_key, text)
        return Stored(final.status, text)

    # --- answers ----------------------------------------------------------------------------------------------------
    def _refuse(self, error: CallboardError, exchange: Exchange) -> tuple[int, str | None, list[Any]]:
        answer = self.dialect.refuse(error, exchange.operation)
        headers = [*refusing.headers(error), *answer.headers]
        if isinstance(error, faults.TooLarge):
            headers.append(("connection", "close"))  # the rest of the body is not read
        return answer.status, None if answer.body is None else jsons.dumps(answer.body), headers

    def _headers(self, exchange: Exchange) -> list[tuple[str, str]]:
        headers = [("x-request-id", exchange.request_id.decode())]
        if self.dialect.limit_headers and exchange.grant is not None:
            limit, left, ends_at = exchange.grant
            headers += [
                ("x-ratelimit-limit", str(limit)),
                ("x-ratelimit-remaining", str(left)),
                ("x-ratelimit-reset", str(max(0, ends_at - self._desk.clock()))),
            ]
        return headers

    def _note(self, exchange: Exchange, status: int, seconds: float, code: str | None) -> None:
        key = exchange.key
        self._journal.add(
            Entry(
                at=exchange.at,
                dialect=self.dialect.name,
                operation=exchange.operation.name if exchange.operation else "none",
                method=exchange.method,
                path=(self.dialect.base + exchange.path)[:MOST_PATH],
                status=status,
                seconds=seconds,
                request_id=exchange.request_id.decode(),
                org=key.organization_id if key else None,
                key_id=key.id if key else None,
                code=code,
            )
        )


def _actor(key: ApiKey) -> Actor:
    return Actor(kind="api", name=key.name, organization_id=key.organization_id, key_id=key.id)


def _exchange(scope: Scope, base: int) -> Exchange:
    """Method, path below the dialect's base, headers by name, and a request id (the caller's own when it is a plain word)."""
    headers: dict[bytes, bytes] = {}
    doubled = False
    for name, value in scope["headers"]:
        if name in headers and name in _ONCE:
            doubled = True
        headers[name] = value
    request_id = headers.get(b"x-request-id", b"")
    if not _REQUEST_ID.match(request_id):
        request_id = os.urandom(8).hex().encode()
    return Exchange(scope["method"], scope["path"][base:], headers, request_id, doubled)


async def _body(headers: dict[bytes, bytes], receive: Receive, operation: Operation) -> bytes:
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


def _shaped(headers: dict[bytes, bytes], operation: Operation, raw: bytes) -> tuple[Any, frozenset[str]]:
    """The body in the operation's shape, and the names it carried."""
    if operation.body is None:
        return None, frozenset()
    if not raw:
        if operation.body_required:
            raise faults.BadBody("the body must not be empty")
        return validate(operation.body, {}), frozenset()
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
    charset = parameters.strip().lower()
    if charset.startswith("charset=") and charset[8:].strip('"') not in {"utf-8", "utf8", "us-ascii"}:
        raise faults.WrongMedia(media)
    return jsons.loads(raw)


async def _send(send: Send, status: int, body: str | None, headers: list[tuple[str, str]]) -> None:
    data = b"" if body is None else body.encode()
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    if body is not None:
        raw.append((b"content-type", b"application/json"))
    if status != 204:
        raw.append((b"content-length", str(len(data)).encode()))
    raw += _SAFE
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": data})


_SAFE = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
