"""Undo: the newest act of this actor that can be taken back, from its audit rows. Undoing is itself a change.

An act is what a person did with one gesture: the rows of one transaction (``storage.trail`` ties them), or of a bulk stroke.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from callboard.domain.errors import NotAllowed, NotFound, Refused
from callboard.services.inverses import FINAL, INVERSE, PASSED, THEIR_OWN
from callboard.storage import nouns, trail
from callboard.storage.unit_of_work import Work

BULK = "bulk "  # with this begins the reason of changes made at one stroke, over several transactions
LOOK_BACK = 200
MOST_AT_A_STROKE = 5000
BEGINNING = frozenset({"organization.created"})  # what came with it stays with it
UNKNOWN = "there is no way back for it"


class Final(NotAllowed):
    """The newest act cannot be undone; ``seqs`` are its rows, for whoever wants to look past them."""

    def __init__(self, message: str, seqs: frozenset[int]) -> None:
        super().__init__(message)
        self.seqs = seqs


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of what was done: number, who, what, to which noun, when (UTC seconds), why, and whether it was undone.

    ``why_not`` says why it cannot be; ``others`` are the actions that went with it as one act, each as often as it did;
    ``about`` is what the noun is called, where it has a name.
    """

    seq: int
    actor: str
    action: str
    subject_id: str
    at: int
    reason: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    undone: bool
    undoable: bool
    why_not: str = ""
    others: tuple[str, ...] = ()
    about: str = ""
    more: bool = False  # of a long bulk stroke only the newest part was taken back


def spoken(action: str) -> str:
    """``booking.no_show`` → ``booking no show``."""
    return action.replace(".", " ").replace("_", " ")


def told(entry: Entry) -> str:
    """What was taken back, in a line: what, with what, and whose."""
    done = Counter((entry.action, *entry.others))
    whose = f" ({entry.about})" if entry.about and max(done.values()) == 1 else ""
    said = ", ".join(f"{spoken(action)} × {n:,}" if n > 1 else spoken(action) for action, n in done.items())
    return f"undone: {said}{whose}" + ("; there is more of it: once more takes it back too" if entry.more else "")


def _why_not(row: Any) -> str:
    if row.action in THEIR_OWN and not row.actor.startswith(trail.BY_HAND):
        return THEIR_OWN[row.action]
    return "" if row.action in INVERSE else FINAL.get(row.action, UNKNOWN)


def _entry(row: Any) -> Entry:
    why_not = _why_not(row)
    return Entry(
        seq=row.seq,
        actor=row.actor,
        action=row.action,
        subject_id=row.subject_id,
        at=row.at,
        reason=row.reason,
        before=row.before,
        after={k: v for k, v in row.after.items() if k != trail.ACT} or None if row.after is not None else None,
        undone=row.undone_at is not None,
        undoable=row.undone_at is None and not why_not,
        why_not=why_not,
    )


def log(work: Work, organization_id: str, limit: int = 50) -> list[Entry]:
    """What was really done, newest first."""
    return _named(work, organization_id, [_entry(r) for r in trail.recent(work, organization_id, limit)])


def _named(work: Work, organization_id: str, entries: Sequence[Entry]) -> list[Entry]:
    """The entries with what they are about: the noun's own name, else what its audit row wrote down of it."""
    names = nouns.names(work, organization_id, [e.subject_id for e in entries])
    return [replace(e, about=names.get(e.subject_id) or _written(e)) for e in entries]


_TELLING = ("name", "to", "number", "phone", "url", "title")


def _written(entry: Entry) -> str:
    facts = {**(entry.before or {}), **(entry.after or {})}
    return next((str(facts[word]) for word in _TELLING if facts.get(word)), "")


def history(work: Work, organization_id: str, subject_id: str, limit: int = 50) -> list[Entry]:
    """What was done to one noun, newest first."""
    return [_entry(r) for r in trail.history(work, organization_id, subject_id, limit)]


def undo(work: Work, organization_id: str, seq: int) -> Entry:
    """Take back one change, and what was done with it in one gesture. Of a bulk stroke only the one line.

    NotAllowed when it cannot be (:class:`Final` when it never can), another Refused when the world has moved on.
    """
    row = trail.entry(work, organization_id, seq)
    if row is None:
        raise NotFound("change", str(seq))
    if row.undone_at is not None:
        raise NotAllowed("that was undone already")
    act = [row] if _bulk(row) else _act(work, organization_id, row)
    if _why_not(row):
        raise Final(f"{spoken(row.action)} cannot be undone: {_why_not(row)}", frozenset({seq}))
    return _take_back(work, organization_id, act, row)


def undo_last(work: Work, organization_id: str, passed: frozenset[int] = frozenset()) -> Entry:
    """Take back this actor's newest act; NotAllowed when there is none.

    :class:`Final`, with the reason, when the newest cannot be: never silently an older one instead. ``passed`` are the rows
    the person was told that of; they are looked past.
    """
    me = str(work.actor)
    for row in trail.standing(work, organization_id, me, LOOK_BACK):
        if row.seq in passed or row.action in PASSED:
            continue
        act = _act(work, organization_id, row)
        stays = not BEGINNING.isdisjoint(r.action for r in act)
        first = None if stays else next((r for r in act if r.undone_at is None and not _why_not(r)), None)
        if first is None and any(r.undone_at is not None for r in act):
            continue  # what is left of an act that was taken back
        if first is None:
            raise Final(f"{spoken(row.action)} cannot be undone: {_why_not(row)}", frozenset(r.seq for r in act))
        try:
            return _take_back(work, organization_id, act, first)
        except (Refused, NotFound) as error:  # the slot was taken meanwhile, the carrier has the text
            raise Final(f"{spoken(first.action)} cannot be undone: {error}", frozenset(r.seq for r in act)) from error
    raise NotAllowed("there is nothing to undo")


def _bulk(row: Any) -> bool:
    return (row.reason or "").startswith(BULK)


def _act(work: Work, organization_id: str, row: Any) -> list[Any]:
    """Every row of the act that a row belongs to, newest first."""
    name = (row.after or {}).get(trail.ACT)
    if not _bulk(row) and name is None:
        return [row]
    limit = MOST_AT_A_STROKE if _bulk(row) else LOOK_BACK
    while True:
        around: Sequence[Any] = trail.around(work, organization_id, row.seq, limit)
        found = [r for r in around if (r.reason == row.reason if _bulk(row) else (r.after or {}).get(trail.ACT) == name)]
        if limit >= MOST_AT_A_STROKE or len(found) < limit // 2:
            return found
        limit = MOST_AT_A_STROKE


def _take_back(work: Work, organization_id: str, act: Sequence[Any], headline: Any) -> Entry:
    others = []
    for row in act:
        if row.undone_at is None and not _why_not(row):
            _one(work, organization_id, row)
            if row.seq != headline.seq:
                others.append(row.action)
    (entry,) = _named(work, organization_id, [_entry(headline)])
    left = trail.standing(work, organization_id, headline.actor, 1) if _bulk(headline) and others else ()
    return replace(entry, others=tuple(others), more=any(row.reason == headline.reason for row in left))


def _one(work: Work, organization_id: str, row: Any) -> None:
    if not trail.mark_undone(work, row.seq):
        raise NotAllowed("that was undone already")
    first = len(work.audits)
    INVERSE[row.action](work, organization_id, row.subject_id, row.before or {})
    for audit in work.audits[first:]:
        # What undo wrote is not itself the next thing to undo: pressing z twice goes two steps back.
        audit["reason"] = f"undo of {row.seq}"
        audit["undone_at"] = work.now
