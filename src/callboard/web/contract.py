"""What a dialect is made of: its operations, the call a handler gets, the answer it gives.

Operations are data, so that tests and the OpenAPI document read the very thing the server serves. A handler is a plain function
``(work, call) -> Answer`` run inside one transaction: a writer's for verbs, a reader's for GET. So the answer to an
Idempotency-Key is kept in the same transaction as its change, and the key's revocation is judged there too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from callboard.domain.errors import CallboardError
from callboard.domain.keys import ApiKey
from callboard.services.limits import RateLimit
from callboard.services.service import Desk, Work
from callboard.web.shapes import Shape

B = TypeVar("B")
Q = TypeVar("Q")
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, a JSON value (None: no body), and headers of its own."""

    status: int
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    note: Any = None  # for the operation's own ``after``; never sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[B, Q]):
    """One authenticated request: ``path`` the parameters of the route, ``body`` and ``query`` in their shapes."""

    org: str
    key: ApiKey
    body: B
    query: Q
    path: Mapping[str, str] = field(default_factory=dict)
    public_url: str = ""
    dialect: str = ""
    sent: frozenset[str] = frozenset()  # the names the body really carried: null and absent differ in a PATCH


Handler = Callable[[Work, Call[Any, Any]], Answer]
After = Callable[[Desk, Call[Any, Any], Answer], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Doc:
    """One documented answer: what it means, its shape, an example."""

    text: str
    shape: type[Shape] | None = None
    example: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path. ``path`` is below the dialect's base; ``{id}`` names a parameter."""

    method: str
    path: str
    handler: Handler
    scope: str | None
    writes: bool
    body: type[Shape] | None = None
    body_required: bool = True
    media: tuple[str, ...] = (JSON,)
    query: type[Shape] | None = None
    answers: Mapping[int, Doc] = field(default_factory=dict)
    refusals: tuple[int, ...] = ()  # statuses of its own beside those every operation has
    summary: str = ""
    example: Any = None  # of the body
    failure: str = ""  # what a 500 of this operation says
    after: After | None = None  # once committed: fill in what only became known then
    body_limit: int = 256 * 1024

    @property
    def name(self) -> str:
        """What the OpenAPI document calls it."""
        return self.handler.__name__

    @property
    def description(self) -> str:
        """The handler's docstring, as one paragraph."""
        return " ".join((self.handler.__doc__ or self.summary).split())


class Routes:
    """Collects operations: ``@routes.post("/path/{id}", scope="scheduling:write", body=Shape, …)``."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []

    def _add(self, method: str, path: str, scope: str | None, **options: Any) -> Callable[[Handler], Handler]:
        def keep(handler: Handler) -> Handler:
            writes = options.pop("writes", method != "GET")
            self.operations.append(Operation(method=method, path=path, handler=handler, scope=scope, writes=writes, **options))
            return handler

        return keep

    def get(self, path: str, *, scope: str | None, **options: Any) -> Callable[[Handler], Handler]:
        """A question: runs in a reader's transaction."""
        return self._add("GET", path, scope, **options)

    def post(self, path: str, *, scope: str | None, **options: Any) -> Callable[[Handler], Handler]:
        """A verb that takes an Idempotency-Key."""
        return self._add("POST", path, scope, **options)

    def patch(self, path: str, *, scope: str | None, **options: Any) -> Callable[[Handler], Handler]:
        """A change."""
        return self._add("PATCH", path, scope, **options)

    def put(self, path: str, *, scope: str | None, **options: Any) -> Callable[[Handler], Handler]:
        """A change, where the contract spells it PUT."""
        return self._add("PUT", path, scope, **options)

    def delete(self, path: str, *, scope: str | None, **options: Any) -> Callable[[Handler], Handler]:
        """A removal."""
        return self._add("DELETE", path, scope, **options)


Page = Callable[[Desk], Callable[[Request], Response]]
# A domain error or a fault, and the operation it befell (None when no route was found) → the dialect's own answer.
Refuse = Callable[[CallboardError, Operation | None], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One contract, whole. ``base`` is where it is mounted; ``error`` the shape of its refusals, for the document."""

    name: str
    title: str
    base: str
    summary: str
    routes: Routes
    refuse: Refuse
    error: type[Shape]
    error_example: Any
    limit: RateLimit
    schemes: tuple[str, ...] = ("Bearer",)
    limit_headers: bool = False
    openapi_path: str = "/openapi.json"
    docs_path: str = "/docs"
    hooks: Any = None  # its webhook form, for contracts that have one
    pages: Mapping[str, Page] = field(default_factory=dict)  # what people open without a key, by path below the base

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation, in the order they are documented."""
        return tuple(self.routes.operations)
