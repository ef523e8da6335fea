"""Many people at one stroke: assign, delete, bring in. To the person it was one act, so undo takes back all of it.

Faces call these with some tens of rows at a time, so that progress shows and stopping is possible; ``stroke`` ties them together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from callboard.domain.errors import CallboardError
from callboard.domain.people import Person
from callboard.services import people
from callboard.services.undo import BULK
from callboard.storage import duplicates as twin_rows
from callboard.storage.unit_of_work import Work


@dataclass(slots=True)
class Report:
    """What a stroke came to: how many were changed or added, brought up to date, left as they were; (which, why not)."""

    changed: int = 0
    updated: int = 0
    same: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    stopped: bool = False  # the person ended it before its end

    def plus(self, other: Report) -> Report:
        """Both together."""
        return Report(
            self.changed + other.changed, self.updated + other.updated, self.same + other.same, [*self.refused, *other.refused]
        )


def _tie(work: Work, first: int, stroke: str) -> None:
    for audit in work.audits[first:]:
        audit["reason"] = f"{BULK}{stroke}"


def assign(work: Work, org: str, person_ids: Iterable[str], agent_id: str | None, *, stroke: str) -> Report:
    """Give people to an agent (None: to nobody)."""
    report, first = Report(), len(work.audits)
    for person_id in person_ids:
        old = people.get(work, org, person_id)
        new = people.update(work, org, person_id, agent_id=agent_id)
        report.changed += new.rev != old.rev
        report.same += new.rev == old.rev
    _tie(work, first, stroke)
    return report


def delete(work: Work, org: str, person_ids: Iterable[str], *, stroke: str) -> Report:
    """Hide people; their history stays, and undo brings them back."""
    report, first = Report(), len(work.audits)
    for person_id in person_ids:
        people.delete(work, org, person_id)
        report.changed += 1
    _tie(work, first, stroke)
    return report


def merge(work: Work, org: str, groups: Iterable[Sequence[str]], *, stroke: str) -> Report:
    """Make each group of ids one person, the first of it; whoever is gone meanwhile is named and left."""
    report, first = Report(), len(work.audits)
    for keep, *others in groups:
        for other in others:
            try:
                people.merge(work, org, keep, other)
            except CallboardError as error:
                report.refused.append((other, str(error)))
            else:
                report.changed += 1
    _tie(work, first, stroke)
    return report


def bring_in(work: Work, org: str, rows: Sequence[tuple[int, dict[str, Any]]], *, stroke: str) -> Report:
    """(line number, fields) of a file: a known phone or e-mail fills what is empty, else a new person; bad lines are named."""
    report, first = Report(), len(work.audits)
    for line, fields in rows:
        try:
            _bring(work, org, fields, report)
        except CallboardError as error:
            report.refused.append((f"line {line}", str(error)))
    _tie(work, first, stroke)
    return report


def _bring(work: Work, org: str, fields: dict[str, Any], report: Report) -> None:
    phone, email = fields.get("phone"), fields.get("email")
    known = people.by_phone(work, org, phone) if phone else None
    if known is None and email:
        known = twin_rows.by_email(work, org, people.clean_email(email))
    if known is None:
        people.add(work, org, **fields)
        report.changed += 1
        return
    fill = {k: v for k, v in fields.items() if v and not getattr(known, k)}
    changed = people.update(work, org, known.id, **fill) if fill else known
    report.updated += changed.rev != known.rev
    report.same += changed.rev == known.rev


@dataclass(frozen=True, slots=True)
class Twins:
    """People who may be one: the same ``what`` (phone, e-mail, name), oldest first."""

    what: str
    value: str
    people: tuple[Person, ...]


def twins(work: Work, org: str, limit: int = 100) -> list[Twins]:
    """Groups of two and more with the same number, address or name; a group is named once, by its surest sign."""
    found: list[Twins] = []
    seen: set[str] = set()
    for what, column in (("phone", "phone"), ("e-mail", "email"), ("name", "full_name")):
        for value, group in twin_rows.groups(work, org, column, limit):
            fresh = [p for p in group if p.id not in seen]
            if len(fresh) > 1:
                seen.update(p.id for p in fresh)
                found.append(Twins(what, value, tuple(fresh)))
    return found[:limit]


def twins_of(work: Work, org: str, person_id: str) -> list[Person]:
    """Who may be the same as this one."""
    person = people.get(work, org, person_id)
    return [p for p in twin_rows.like(work, org, person) if p.id != person.id]
