"""Readiness: can this process write, is the schema the program's, and is the background work keeping up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from callboard.storage import health as rows
from callboard.storage.unit_of_work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """``late_seconds``: by kind of background work, how late its oldest due row is."""

    schema: str | None
    expected_schema: str
    late_seconds: Mapping[str, int] = field(default_factory=dict)

    @property
    def migrated(self) -> bool:
        """Whether the database carries the program's schema."""
        return self.schema == self.expected_schema


def check(work: Work) -> Health:
    """Write a row and look around; raises what the database raises."""
    rows.write(work)
    schema, expected = rows.schema(work)
    return Health(schema=schema, expected_schema=expected, late_seconds=rows.oldest_due(work))
