"""Events: what happened, in the past tense, with the noun it happened to. Written as rows with the change itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """``type`` is ``noun.verb`` (``booking.created``, ``person.updated``, ``call.incoming``); ``subject_id`` the noun's id.

    ``data`` holds what a reaction or a webhook needs besides the noun itself (old times of a move, a reason).
    """

    type: str
    organization_id: str
    subject_id: str
    rev: int = 1
    data: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    at: int = 0

    @property
    def noun(self) -> str:
        """``booking`` of ``booking.created``."""
        return self.type.split(".", 1)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: ``kind`` is console, cli, api, clock or customer; ``name`` a person, a key's id or a part of the program."""

    kind: str = "console"
    name: str = ""
    organization_id: str | None = None
    key_id: str | None = None

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


@dataclass(frozen=True, slots=True)
class Announcement:
    """Said after a commit: these nouns of this organization changed; whoever shows them asks again."""

    organization_id: str
    nouns: frozenset[str]
    types: frozenset[str] = frozenset()
