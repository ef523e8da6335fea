"""The paged table on a million rows, and on a real database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from textual.app import App, ComposeResult

from callboard.console import themes
from callboard.console.commands import Keymap
from callboard.console.inks import Inks
from callboard.console.keys import Sequencer
from callboard.console.widgets.table import KEPT, PAGE, TABLE_COMMANDS, Ask, Column, PagedTable
from callboard.services import people
from callboard.services.service import Desk
from support import Clock, make_office

COLUMNS = (
    Column("id", "id", 10, lambda r: str(r["id"]), right=True),
    Column("name", "name", 0, lambda r: r["name"]),
    Column("note", "note", 30, lambda r: ("late", "clash") if r["id"] % 2 else "", sort=False, rank=2),
)


@dataclass
class Million:
    """A source that sorts like a database: by keyset where it can."""

    total: int = 1_000_000
    asked: list[Ask] = field(default_factory=list)
    broken: bool = False

    async def count(self) -> int:
        return self.total

    async def page(self, ask: Ask) -> Sequence[Any]:
        self.asked.append(ask)
        if self.broken:
            raise RuntimeError("the database is away")
        start = ask.offset
        if ask.after is not None:
            start = self.total - ask.after["id"] if ask.descending else ask.after["id"] + 1
        numbers = range(start, min(start + ask.limit, self.total))
        return [{"id": self.total - 1 - n if ask.descending else n, "name": f"row {n}"} for n in numbers]


class Frame(App[None]):
    """As much of the console as a table needs."""

    def __init__(self, table: PagedTable) -> None:
        super().__init__()
        self.table = table
        self.inks = Inks(themes.read_named("backstage")[0])
        self.keymap = Keymap()
        self.keymap.add(TABLE_COMMANDS)
        self.sequencer = Sequencer(self.keymap)

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.reload()


async def ready(pilot: Any, table: PagedTable) -> None:
    for _ in range(300):
        await pilot.pause(0.01)
        if (
            table.status != "loading"
            and not table._asked
            and (table.row is not None or table.status == "error" or not table.total)
        ):
            return
    raise AssertionError(f"the rows did not come: {table.status} {table._asked}")


def lines(table: PagedTable) -> list[str]:
    return [table.render_line(y).text for y in range(table.size.height)]


async def test_a_million_rows_eight_pages() -> None:
    source = Million()
    table = PagedTable(COLUMNS, source, key=lambda r: str(r["id"]))
    async with Frame(table).run_test(size=(100, 30)) as pilot:
        await ready(pilot, table)
        assert table.total == 1_000_000
        assert "row 0" in lines(table)[1]
        for _ in range(70):
            table.page_down()
            await ready(pilot, table)
        assert table.cursor == 70 * 29
        assert f"row {table.cursor}" in lines(table)[-1]
        assert len(table._pages) <= KEPT
        assert all(a.after is not None for a in source.asked[1:]), "walking asks by keyset"
        table.last()
        await ready(pilot, table)
        assert lines(table)[-1].split()[1:4] == ["999999", "row", "999999"]
        assert source.asked[-1].offset // PAGE == 999_999 // PAGE, "a leap asks by offset"
        table.first()
        await ready(pilot, table)
        assert "row 0" in lines(table)[1]
        assert len(table._pages) <= KEPT


async def test_sorted_by_the_source_marked_and_reloaded() -> None:
    source = Million(total=1000)
    table = PagedTable(COLUMNS, source, key=lambda r: str(r["id"]))
    async with Frame(table).run_test(size=(100, 20)) as pilot:
        await ready(pilot, table)
        table.mark()
        table.mark()
        assert [r["id"] for r in table.chosen] == [0, 1]
        table.sort_by("id", descending=True)
        await ready(pilot, table)
        assert source.asked[-1].descending
        assert "999" in lines(table)[1]
        assert "id▾" in lines(table)[0]
        table.go_to(300)
        await ready(pilot, table)
        table.reload()
        await ready(pilot, table)
        assert table.cursor == 300
        assert [r["id"] for r in table.chosen] == [0, 1], "marks stay by key"
        table.mark_all()
        assert [r["id"] for r in table.chosen] == [table.row["id"]]


async def test_columns_give_way_and_states_are_said() -> None:
    source = Million(total=0)
    table = PagedTable(COLUMNS, source, key=lambda r: str(r["id"]), empty="no leads yet: n makes one")
    async with Frame(table).run_test(size=(100, 20)) as pilot:
        await ready(pilot, table)
        assert "no leads yet" in "".join(lines(table))
        assert table.chosen == []
        source.broken, source.total = True, 5
        table.reload(top=True)
        await ready(pilot, table)
        assert table.status == "error"
        source.broken = False
        table.reload(top=True)
        await ready(pilot, table)
        assert "note" in lines(table)[0]
        await pilot.resize_terminal(40, 20)
        await pilot.pause()
        assert "note" not in lines(table)[0]
        assert "name" in lines(table)[0]
        table.show_columns({"name"})
        assert "name" not in lines(table)[0]
        kept = table.prefs()
        again = PagedTable(COLUMNS, source)
        again.take_prefs({**kept, "hidden": [*kept["hidden"], "unknown"]})
        assert again.hidden == {"name"}


@pytest.mark.parametrize("text", ["tab\there", "two\nlines", "bell\x07", "\x1b[31mred", "日本語のお客様", "wide 👩‍👩‍👧 face"])
async def test_what_customers_typed_cannot_move_the_cursor(text: str) -> None:
    class One(Million):
        async def page(self, _: Ask) -> Sequence[Any]:
            return [{"id": 0, "name": text}]

    table = PagedTable(COLUMNS, One(total=1), key=lambda r: str(r["id"]))
    async with Frame(table).run_test(size=(60, 10)) as pilot:
        await ready(pilot, table)
        strip = table.render_line(1)
        assert strip.cell_length == 60
        assert all(c.isprintable() for c in strip.text)


async def test_over_people_in_the_database(sqlite_desk: Desk, clock: Clock) -> None:
    office = make_office(sqlite_desk)
    for n in range(450):
        office.do(people.add, full_name=f"Person {n:03d}")

    class People:
        async def count(self) -> int:
            return await office.session.read(people.count, office.org)

        async def page(self, ask: Ask) -> Sequence[Any]:
            after = (ask.after.full_name, ask.after.id) if ask.after is not None else None
            return await office.session.read(
                people.page, office.org, sort="full_name", descending=False, after=after, offset=ask.offset, limit=ask.limit
            )

    table = PagedTable((Column("full_name", "name", 0, lambda p: p.name),), People())
    async with Frame(table).run_test(size=(60, 20)) as pilot:
        await ready(pilot, table)
        seen = []
        for n in range(450):
            table.go_to(n)
            if table.row is None:
                await ready(pilot, table)
            seen.append(table.row.name)
        assert seen == [f"Person {n:03d}" for n in range(450)]
