"""What the server keeps for itself under a name.

Its secrets, made with the schema, read once a process, never shown or logged; how often something that was given out has been
made anew; where the last server listened.
"""

from __future__ import annotations

import secrets as chance
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, bindparam, insert, select, update

from callboard.domain.errors import Unavailable
from callboard.storage.backend import Backend
from callboard.storage.tables import secrets
from callboard.storage.unit_of_work import Work

_GET = select(secrets.c.value).where(secrets.c.name == bindparam("name"))
_INSERT = insert(secrets)
_SET = update(secrets).where(secrets.c.name == bindparam("which")).values(value=bindparam("new"), created_at=bindparam("now"))
_CACHE: WeakKeyDictionary[Backend, dict[str, bytes]] = WeakKeyDictionary()  # a backend lives as long as its store
NAMES = ("links",)
ADDRESS = "address"


def install(connection: Connection) -> None:
    """Make every secret; part of the first migration, so that a reader never has to write one."""
    connection.execute(insert(secrets), [{"name": name, "value": chance.token_hex(32)} for name in NAMES])


def value(work: Work, name: str) -> bytes:
    """A secret's bytes."""
    known = _CACHE.setdefault(work.backend, {})
    if name not in known:
        found = work.row(_GET, {"name": name})
        if found is None:
            raise Unavailable(f"the database lacks its secret {name!r}")
        known[name] = bytes.fromhex(found.value)
    return known[name]


def address(work: Work) -> str:
    """Where the last server on this database listened; empty when there was none that said so."""
    found = work.row(_GET, {"name": ADDRESS})
    return str(found.value) if found else ""


def keep_address(work: Work, url: str) -> None:
    """Remember where a server listens."""
    work.backend.lock_key(work.connection, ADDRESS)  # workers of one server start at the same moment
    if work.execute(_SET, {"which": ADDRESS, "new": url, "now": work.now}).rowcount == 0:
        work.execute(_INSERT, {"name": ADDRESS, "value": url, "created_at": work.now})


def version(work: Work, name: str) -> int:
    """How often something that was given out has been made anew; asked each time, since another process may have done it."""
    found = work.row(_GET, {"name": name})
    return int(found.value) if found else 0


def raise_version(work: Work, name: str) -> int:
    """Make it anew once more."""
    work.backend.lock_key(work.connection, name)
    new = version(work, name) + 1
    if work.execute(_SET, {"which": name, "new": str(new), "now": work.now}).rowcount == 0:
        work.execute(_INSERT, {"name": name, "value": str(new), "created_at": work.now})
    return new
