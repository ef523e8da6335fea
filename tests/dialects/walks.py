"""Every operation of every registered dialect, and a request for each that only its objects' ids can make fail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

import httpx
from pydantic import BaseModel

from callboard.web import dialects as registry
from callboard.web.contract import FORM, JSON, Dialect, Operation
from dialects import toy

DIALECTS: tuple[Dialect, ...] = (*registry.load(), toy.DIALECT)
PARAMETER = re.compile(r"\{(\w+)\}")
UNKNOWN = {"qubesheets": "65f1b2c3d4e5f6a7b8c9d0ff"}


@dataclass(frozen=True)
class Step:
    dialect: Dialect
    operation: Operation

    @property
    def name(self) -> str:
        return f"{self.dialect.name}-{self.operation.name}"

    def path(self, **ids: str) -> str:
        """The whole path; parameters not given are an id that nothing has."""
        return self.dialect.base + PARAMETER.sub(lambda m: ids.get(m[1], "65f1b2c3d4e5f6a7b8c9d0ff"), self.operation.path)

    def send(self, http: httpx.Client, *, body: Any = ..., path: str | None = None, **headers: str) -> httpx.Response:
        """The operation's own example, or another body."""
        value = self.operation.example if body is ... else body
        options: dict[str, Any] = {}
        if value is not None and self.operation.body is not None:
            options = {"json": value} if JSON in self.operation.media else {"data": value}
        return http.request(self.operation.method, path or self.path(), headers=headers, **options)

    def raw(self, http: httpx.Client, content: bytes, media: str | None = None) -> httpx.Response:
        """Bytes as they are."""
        kind = media or (JSON if JSON in self.operation.media else FORM)
        return http.request(self.operation.method, self.path(), content=content, headers={"content-type": kind})


STEPS: tuple[Step, ...] = tuple(Step(d, o) for d in DIALECTS for o in d.operations)
BODIES: tuple[Step, ...] = tuple(s for s in STEPS if s.operation.body is not None)


def fields(shape: type[BaseModel], inside: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The way to every field of a body, nested ones too."""
    for name, info in shape.model_fields.items():
        way = (*inside, info.alias or name)
        yield way
        for kind in (info.annotation, *get_args(info.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from fields(kind, way)


def shapes_in(shape: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A shape and those inside it."""
    yield shape
    for info in shape.model_fields.values():
        for kind in (info.annotation, *get_args(info.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from shapes_in(kind)
