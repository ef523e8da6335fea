"""Block rows: busy time from outside, kept as UTC instants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, or_, select, update

from callboard.domain.blocks import Block
from callboard.storage.tables import blocks
from callboard.storage.unit_of_work import Work

_FIELDS = tuple(Block.__dataclass_fields__)
_COLUMNS = [blocks.c[name] for name in _FIELDS]
_OVERLAP = select(*_COLUMNS).where(
    blocks.c.organization_id == bindparam("org"),
    blocks.c.ends_at > bindparam("lo"),
    blocks.c.starts_at < bindparam("hi"),
)
# The hot path: bare integers for the sweep.
_BUSY = select(blocks.c.agent_id, blocks.c.starts_at, blocks.c.ends_at, blocks.c.kind, blocks.c.title).where(
    blocks.c.organization_id == bindparam("org"),
    blocks.c.ends_at > bindparam("lo"),
    blocks.c.starts_at < bindparam("hi"),
    blocks.c.starts_at < blocks.c.ends_at,
)
_BUSY_OF = _BUSY.where(or_(blocks.c.agent_id.is_(None), blocks.c.agent_id.in_(bindparam("agents", expanding=True))))
_GET = select(*_COLUMNS).where(blocks.c.organization_id == bindparam("org"), blocks.c.id == bindparam("id"))
_EXTERNAL = select(*_COLUMNS).where(
    blocks.c.organization_id == bindparam("org"),
    blocks.c.external_source == bindparam("source"),
    blocks.c.external_id == bindparam("ext"),
)
_INSERT = insert(blocks)
_DELETE = delete(blocks).where(blocks.c.organization_id == bindparam("org"), blocks.c.id == bindparam("i"))


def _block(row: Row[Any]) -> Block:
    return Block(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def _values(block: Block) -> dict[str, Any]:
    return {name: getattr(block, name) for name in _FIELDS}


def overlapping(work: Work, organization_id: str, lo: int, hi: int) -> list[Block]:
    """Blocks that touch [lo, hi), by start."""
    return [_block(r) for r in work.rows(_OVERLAP.order_by(blocks.c.starts_at), {"org": organization_id, "lo": lo, "hi": hi})]


def busy(work: Work, organization_id: str, lo: int, hi: int, agent_ids: Sequence[str] = ()) -> Iterator[tuple[Any, ...]]:
    """(agent_id or None, starts_at, ends_at, kind, title) of blocks that touch [lo, hi); zero-length ones block nothing."""
    if agent_ids:
        return work.tuples(_BUSY_OF, {"org": organization_id, "lo": lo, "hi": hi, "agents": list(agent_ids)})
    return work.tuples(_BUSY, {"org": organization_id, "lo": lo, "hi": hi})


def get(work: Work, organization_id: str, block_id: str) -> Block | None:
    """One by id."""
    row = work.row(_GET, {"org": organization_id, "id": block_id})
    return _block(row) if row else None


def by_external(work: Work, organization_id: str, source: str, external_id: str) -> Block | None:
    """One by the outside system's id."""
    row = work.row(_EXTERNAL, {"org": organization_id, "source": source, "ext": external_id})
    return _block(row) if row else None


def insert_one(work: Work, block: Block) -> None:
    """Write a new block."""
    work.execute(_INSERT, _values(block))


def insert_many(work: Work, found: Sequence[Block]) -> None:
    """Write many new blocks (an imported calendar)."""
    if found:
        work.execute(_INSERT, [_values(b) for b in found])


def save(work: Work, block: Block) -> None:
    """Write a changed block."""
    work.execute(update(blocks).where(blocks.c.id == block.id).values(**_values(block)))


def remove(work: Work, organization_id: str, block_id: str) -> bool:
    """Delete one; whether it was there."""
    return work.execute(_DELETE, {"org": organization_id, "i": block_id}).rowcount == 1


def remove_of_calendar(work: Work, organization_id: str, calendar_id: str) -> int:
    """Delete every block an imported calendar made."""
    statement = delete(blocks).where(blocks.c.organization_id == organization_id, blocks.c.calendar_id == calendar_id)
    return work.execute(statement).rowcount
