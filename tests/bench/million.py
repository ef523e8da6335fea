"""The paged table and nothing else, over the rows of a SQLite file (argument 1): what the widget itself costs at start."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Sequence
from typing import Any

from textual.app import App, ComposeResult

from callboard.console import themes
from callboard.console.commands import Keymap
from callboard.console.inks import Inks
from callboard.console.keys import Sequencer
from callboard.console.widgets.source import Ask, Column
from callboard.console.widgets.table import TABLE_COMMANDS, PagedTable

COLUMNS = (
    Column("full_name", "name", 0, lambda r: r[1]),
    Column("phone", "phone", 17, lambda r: r[2]),
    Column("email", "e-mail", 22, lambda r: r[3]),
)
OURS = "FROM people WHERE deleted_at IS NULL AND organization_id = ?"  # as the service asks: the index begins with it
FIELDS = f"SELECT id, full_name, phone, email {OURS}"


class Rows:
    """People by name, a page at a time."""

    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path, check_same_thread=False)
        (self._org,) = self._database.execute("SELECT id FROM organizations").fetchone()

    def _ask(self, statement: str, *values: object) -> list[Any]:
        return self._database.execute(statement, (self._org, *values)).fetchall()

    async def count(self) -> int:
        found: int = (await asyncio.to_thread(self._ask, f"SELECT count(*) {OURS}"))[0][0]
        return found

    async def page(self, ask: Ask) -> Sequence[Any]:
        if ask.after is None:
            return await asyncio.to_thread(self._ask, f"{FIELDS} ORDER BY full_name, id LIMIT ? OFFSET ?", ask.limit, ask.offset)
        ahead = f"{FIELDS} AND (full_name, id) > (?, ?) ORDER BY full_name, id LIMIT ?"
        return await asyncio.to_thread(self._ask, ahead, ask.after[1], ask.after[0], ask.limit)


class Million(App[None]):
    """As much of the console as a table needs."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.inks = Inks(themes.read_named("backstage")[0])
        self.keymap = Keymap()
        self.keymap.add(TABLE_COMMANDS)
        self.sequencer = Sequencer(self.keymap)
        self.table = PagedTable(COLUMNS, Rows(path), key=lambda r: r[0], sort="full_name")

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.focus()
        self.table.reload()

    def on_key(self, event: Any) -> None:
        act = {"pagedown": self.table.page_down, "end": self.table.last, "home": self.table.first}.get(event.key)
        if act is not None:
            act()


if __name__ == "__main__":
    Million(sys.argv[1]).run()
