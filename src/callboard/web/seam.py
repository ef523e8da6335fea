"""One way in for every dialect: route → key → limit → scope → bytes → JSON → shape → one transaction → answer.

An ASGI application of its own and not FastAPI's route layer: that one answers 500 to several bodies the standard JSON parser lets
through, echoes input in its validation errors, and costs more per request than the booking's whole transaction may.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from starlette.types import Receive, Scope, Send

from callboard.domain.errors import CallboardError, Forbidden, Unavailable
from callboard.domain.events import Actor
from callboard.domain.keys import ApiKey
from callboard.services import idempotency, keys
from callboard.services.idempotency import Stored
from callboard.services.limits import RateLimit
from callboard.services.service import Desk, Work
from callboard.web import exchange as wire
from callboard.web import faults, forms, jsons, logs, refusing
from callboard.web.attempts import Attempts
from callboard.web.auth import Doorman
from callboard.web.contract import Answer, Call, Dialect, Operation
from callboard.web.exchange import Exchange, Gone, Header, Ready
from callboard.web.journal import Entry, Journal
from callboard.web.landing import Landing
from callboard.web.limits import Allowances
from callboard.web.protocol import CROWDED
from callboard.web.remembered import Remembered
from callboard.web.shapes import validate

_log = logs.get("callboard.web")
_PARAMETER = re.compile(r"\{(\w+)\}")
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}\Z")
MOST_PATH = 300


@dataclass(frozen=True, slots=True)
class Common:
    """What the seams of all dialects share."""

    desk: Desk
    journal: Journal
    allowances: Allowances
    remembered: Remembered
    attempts: Attempts
    landing: Landing


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

    def __init__(self, dialect: Dialect, common: Common) -> None:
        self.dialect = dialect
        self._common = common
        self._desk = common.desk
        self._doorman = Doorman(common.desk, dialect.schemes)
        self._table = Table(dialect.operations)
        self._base = len(dialect.base)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever happens, in the dialect's words."""
        began = time.perf_counter()
        exchange = wire.begin(scope, self._base, self._desk.clock())
        code: str | None = None
        try:
            ready = await self._answer(exchange, scope, receive)
        except Gone:
            return
        except CallboardError as found:
            error = self._common.attempts.judge(found, scope.get("client"), exchange.at)
            code = error.code
            ready = self._refuse(error, exchange)
        except Exception as error:  # noqa: BLE001 - the last resort: nothing of the fault may reach the caller
            code = "server_error"
            _log.error(
                "request failed",
                request_id=exchange.request_id.decode(),
                dialect=self.dialect.name,
                path=exchange.path,
                error=error,
            )
            ready = self._refuse(faults.Broken(), exchange)
        await wire.send_out(send, ready, self._headers(exchange))
        self._note(exchange, ready.status, time.perf_counter() - began, code)

    # --- the steps --------------------------------------------------------------------------------------------------
    async def _answer(self, exchange: Exchange, scope: Scope, receive: Receive) -> Ready:
        operation, path = self._table.find(exchange.method, exchange.path)
        exchange.operation = operation
        if CROWDED in scope:
            raise Unavailable("too many connections at the moment; please try again in a second")
        if exchange.doubled:
            raise faults.BadBody("a header that must come once came twice")
        header = exchange.headers.get(b"authorization")
        key = self._doorman.known(header)
        if key is None:
            key = await self._doorman.recognise(header)
            exchange.vouched = True
        exchange.key = key
        try:
            await self._allow(exchange, key)  # before the scope: a refusal counts too, and tells what is left
            if not key.may(operation.scope):
                raise Forbidden(operation.scope or "")
            if operation.method != "GET" or not exchange.bodyless:
                return await self._serve(exchange, operation, path, scope["query_string"], receive)
            question = (key.id, scope["path"], scope["query_string"])
            found = self._common.remembered.find(question)
            if found is not None:
                return found
            serve = partial(self._serve, exchange, operation, path, scope["query_string"], receive)
            return await self._common.remembered.make(question, serve)
        except CallboardError:
            await self._vouch(exchange)  # a revoked key must not learn even what is wrong with its request
            raise

    async def _allow(self, exchange: Exchange, key: ApiKey) -> None:
        limit = self.dialect.limit
        if key.rate_limit is not None:
            limit = RateLimit(key.rate_limit, limit.seconds)
        subject = f"{key.id}:{self.dialect.name}"
        try:
            granted = self._common.allowances.spend(subject, exchange.at)
            left, ends_at = granted if granted is not None else await self._common.allowances.take(subject, limit)
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

    async def _serve(
        self, exchange: Exchange, operation: Operation, path: Mapping[str, str], asked: bytes, receive: Receive
    ) -> Ready:
        """The answer, made: everything read, judged in a transaction, and turned into bytes."""
        raw = await wire.read(exchange.headers, receive, operation)
        call = self._call(exchange, operation, path, asked, raw)
        return await self._act(exchange, operation, call, raw, self._idempotency_key(exchange, operation))

    def _call(
        self, exchange: Exchange, operation: Operation, path: Mapping[str, str], asked: bytes, raw: bytes
    ) -> Call[Any, Any]:
        key = exchange.key
        assert key is not None  # noqa: S101 - recognised before
        query: Any = None
        if operation.query is not None:
            query = validate(operation.query, forms.query(asked))
        body, sent = wire.shaped(exchange.headers, operation, raw)
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
    ) -> Ready:
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
            begun = self._desk.submit(actor, transact) if operation.writes else self._desk.ask(actor, transact)
            stored = await self._common.landing.home(begun)
        except faults.Unauthenticated:
            self._doorman.forget(call.key.id)
            raise
        headers = list(answer.headers) if answer is not None and not stored.replayed else []
        if stored.replayed:
            headers.append(("idempotent-replayed", "true"))
        elif operation.after is not None and answer is not None:
            stored = await self._afterwards(operation, call, answer, stored, idempotency_key)
        return wire.ready(stored.status, stored.body or None, headers)

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
    def _refuse(self, error: CallboardError, exchange: Exchange) -> Ready:
        answer = self.dialect.refuse(error, exchange.operation)
        headers = [*refusing.headers(error), *answer.headers]
        if isinstance(error, faults.TooLarge):
            headers.append(("connection", "close"))  # the rest of the body is not read
        return wire.ready(answer.status, None if answer.body is None else jsons.dumps(answer.body), headers)

    def _headers(self, exchange: Exchange) -> list[Header]:
        """The headers that belong to this one request and not to its answer."""
        headers = [(b"x-request-id", exchange.request_id)]
        if self.dialect.limit_headers and exchange.grant is not None:
            limit, left, ends_at = exchange.grant
            headers += [
                (b"x-ratelimit-limit", b"%d" % limit),
                (b"x-ratelimit-remaining", b"%d" % left),
                (b"x-ratelimit-reset", b"%d" % max(0, ends_at - self._desk.clock())),
            ]
        return headers

    def _note(self, exchange: Exchange, status: int, seconds: float, code: str | None) -> None:
        key, operation = exchange.key, exchange.operation
        path = self.dialect.base + exchange.path
        self._common.journal.add(
            Entry(
                exchange.at,
                self.dialect.name,
                operation.name if operation else "none",
                exchange.method,
                (path if path.isprintable() else quote(path))[:MOST_PATH],  # a NUL would cost PostgreSQL the whole batch
                status,
                seconds,
                exchange.request_id,
                key.organization_id if key else None,
                key.id if key else None,
                code,
            )
        )


def _actor(key: ApiKey) -> Actor:
    return Actor(kind="api", name=key.name, organization_id=key.organization_id, key_id=key.id)
