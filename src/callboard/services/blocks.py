"""Blocks: external busy time, time off, do not disturb. A block over a booking is kept; the calendar shows the clash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from callboard.domain.blocks import BLOCK_KINDS, Block
from callboard.domain.errors import Invalid, NotAllowed, NotFound
from callboard.services import agents
from callboard.storage import blocks as rows
from callboard.storage.unit_of_work import Work

MAX_DAYS = 400
KEPT = ("starts_at", "ends_at", "agent_id", "kind", "title")


def _check(work: Work, organization_id: str, starts_at: int, ends_at: int, agent_id: str | None, kind: str) -> None:
    if ends_at < starts_at:
        raise Invalid("ends_at", "must not be before starts_at")
    if ends_at - starts_at > MAX_DAYS * 86400:
        raise Invalid("ends_at", f"must be at most {MAX_DAYS} days after starts_at")
    if kind not in BLOCK_KINDS:
        raise Invalid("kind", f"must be one of {', '.join(BLOCK_KINDS)}")
    if agent_id is not None:
        agents.get(work, organization_id, agent_id)


def add(
    work: Work,
    organization_id: str,
    *,
    starts_at: int,
    ends_at: int,
    agent_id: str | None = None,
    kind: str = "external",
    title: str = "",
    external_source: str | None = None,
    external_id: str | None = None,
) -> Block:
    """A new block over [starts_at, ends_at) UTC seconds; zero length blocks nothing; without an agent it blocks all."""
    _check(work, organization_id, starts_at, ends_at, agent_id, kind)
    block = Block(
        id=work.new_id(),
        organization_id=organization_id,
        starts_at=starts_at,
        ends_at=ends_at,
        agent_id=agent_id,
        kind=kind,
        title=title[:500],
        external_source=external_source,
        external_id=external_id,
        created_at=work.now,
        updated_at=work.now,
    )
    rows.insert_one(work, block)
    work.record("block.created", organization_id, block.id)
    work.audit("block.created", organization_id, block.id, after={"starts_at": starts_at, "ends_at": ends_at, "title": title})
    return block


def upsert_external(work: Work, /, organization_id: str, source: str, external_id: str, **fields: Any) -> tuple[Block, bool]:
    """Create or change the block an outside calendar knows by (source, id); the block and whether it is new."""
    work.backend.lock_key(work.connection, f"block:{organization_id}:{source}:{external_id}")
    old = rows.by_external(work, organization_id, source, external_id)
    if old is None:
        return add(work, organization_id, external_source=source, external_id=external_id, **fields), True
    if old.calendar_id is not None:
        raise NotAllowed("that id belongs to a calendar callboard follows itself")
    new = replace(old, **fields, updated_at=work.now, rev=old.rev + 1)
    _check(work, organization_id, new.starts_at, new.ends_at, new.agent_id, new.kind)
    return _write(work, old, new), False


def _write(work: Work, old: Block, new: Block) -> Block:
    rows.save(work, new)
    work.record("block.updated", new.organization_id, new.id, new.rev)
    work.audit("block.updated", new.organization_id, new.id, rev=new.rev, before={n: getattr(old, n) for n in KEPT})
    return new


def restore(work: Work, organization_id: str, block_id: str, before: Mapping[str, Any]) -> Block:
    """Put a block back to where it was (undo)."""
    old = get(work, organization_id, block_id)
    new = replace(old, **before, updated_at=work.now, rev=old.rev + 1)
    _check(work, organization_id, new.starts_at, new.ends_at, new.agent_id, new.kind)
    return _write(work, old, new)


def get(work: Work, organization_id: str, block_id: str) -> Block:
    """One by id, or NotFound."""
    block = rows.get(work, organization_id, block_id)
    if block is None:
        raise NotFound("block", block_id)
    return block


def remove(work: Work, organization_id: str, block_id: str) -> None:
    """Delete a block, or NotFound."""
    _drop(work, get(work, organization_id, block_id))


def remove_external(work: Work, organization_id: str, source: str, external_id: str) -> bool:
    """Delete the block an outside calendar made; False when it was already gone."""
    block = rows.by_external(work, organization_id, source, external_id)
    if block is None or block.calendar_id is not None:  # a followed calendar's own blocks are not the caller's to take away
        return False
    _drop(work, block)
    return True


def _drop(work: Work, block: Block) -> None:
    rows.remove(work, block.organization_id, block.id)
    before = {name: getattr(block, name) for name in (*KEPT, "external_source", "external_id")}
    work.record("block.removed", block.organization_id, block.id, block.rev)
    work.audit("block.removed", block.organization_id, block.id, rev=block.rev, before=before)


def listing(work: Work, organization_id: str, lo: int, hi: int) -> list[Block]:
    """Blocks that touch [lo, hi), by start."""
    return rows.overlapping(work, organization_id, lo, hi)
