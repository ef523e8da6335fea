"""What is done to many leads at once: assign, delete, merge, bring in, write out. Each with one summary and one undo."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from callboard.console import words
from callboard.console.dialogs.dialog import Ask, ChoiceDialog, Confirm, Message
from callboard.console.dialogs.progress import Progress, Steps
from callboard.console.leads.card import one_line
from callboard.console.widgets.choices import Choice
from callboard.console.widgets.lines import clean, fit
from callboard.domain import ids

if TYPE_CHECKING:
    from callboard.console.leads.screen import Leads
    from callboard.services.lead_views import LeadRow
    from callboard.services.people_bulk import Report, Twins
    from callboard.services.people_files import Sheet

AT_ONCE = 50  # rows a transaction: progress shows, and Escape is heard between two
FEW = 10
SAMPLE = 28  # cells of a column's first values
EVERY = "every"
NOBODY = "nobody"


async def _in_steps(page: Leads, title: str, items: Sequence[Any], verb: Any, *args: Any) -> Report | None:
    """Run a bulk verb over the items, some at a time; few need no bar."""
    from callboard.services.people_bulk import Report

    stroke = ids.new(page.console.now())
    report = Report()

    async def work(steps: Steps) -> str:
        nonlocal report
        for at in range(0, len(items), AT_ONCE):
            if steps.stopped:
                report.stopped = True
                break
            report = report.plus(await page.session.run(verb, page.org, items[at : at + AT_ONCE], *args, stroke=stroke))
            steps.told(min(at + AT_ONCE, len(items)), len(items))
        return "done"

    if len(items) <= FEW:
        await work(Steps(lambda *_: None))
        return report
    return report if await page.app.push_screen_wait(Progress(title, work)) is not None else None


async def assign(page: Leads, rows: Sequence[LeadRow]) -> None:
    """Give the chosen ones to an agent."""
    from callboard.services import people_bulk

    agents = [Choice(a.id, a.name, a.extension or "") for a in page.console.agents if a.active]
    title = f"Assign {rows[0].person.name if len(rows) == 1 else words.plural(len(rows), 'lead')} to"
    chosen: str | None = await page.app.push_screen_wait(ChoiceDialog(title, [*agents, Choice(NOBODY, "nobody")]))
    if chosen is None:
        return
    agent_id = None if chosen == NOBODY else chosen
    report = await _in_steps(page, title, [r.id for r in rows], people_bulk.assign, agent_id)
    if report is not None:
        name = next((a.name for a in page.console.agents if a.id == chosen), NOBODY)
        page.table.unmark()
        page.console.say(f"{words.plural(report.changed, 'lead')} given to {name}; z takes it back")


async def delete(page: Leads, rows: Sequence[LeadRow]) -> None:
    """Hide the chosen ones: undo brings them back, so only many are asked about."""
    from callboard.services import people_bulk

    if len(rows) > 1:
        sure = Confirm(f"Delete {len(rows)} people?", "Their bookings, calls and messages stay. z brings all of them back.")
        if not await page.app.push_screen_wait(sure):
            return
    report = await _in_steps(page, "Deleting", [r.id for r in rows], people_bulk.delete)
    if report is not None:
        page.table.unmark()
        page.console.say(f"{words.plural(report.changed, 'person', 'people')} deleted; z takes it back")


# --- two who are one ------------------------------------------------------------------------------------------------
async def merge(page: Leads, rows: Sequence[LeadRow]) -> None:
    """Two marked ones become one; with one under the cursor, choose among those who look the same."""
    from callboard.services import people_bulk

    if len(rows) == 2:
        first, second = (r.person for r in rows)
    else:
        first = rows[0].person
        found = await page.session.read(people_bulk.twins_of, page.org, first.id)
        if not found:
            page.console.say(f"nobody shares a number, an address or a name with {first.name}; mark two with Space to merge them")
            return
        choices = [Choice(p.id, one_line(p)) for p in found]
        chosen: str | None = await page.app.push_screen_wait(ChoiceDialog(f"Which one is also {first.name}?", choices))
        if chosen is None:
            return
        second = next(p for p in found if p.id == chosen)
    keep, other = sorted((first, second), key=lambda p: (p.created_at, p.id))
    await _merge(page, keep, other)


async def _merge(page: Leads, keep: Any, other: Any) -> bool:
    from callboard.services import people

    text = f"Stays:  {one_line(keep)}\nGoes:   {one_line(other)}\n\nEmpty fields are filled, calls and messages move over.\n"
    if not await page.app.push_screen_wait(Confirm("Make these two one?", text + "z makes them two again.")):
        return False
    merged = await page.perform(people.merge, page.org, keep.id, other.id)
    if merged is not None:
        page.table.unmark()
        page.console.say(f"{other.name} is now {merged.name}; z makes them two again")
    return merged is not None


async def duplicates(page: Leads) -> None:
    """Every group that looks like one person; choose one, merge, and the list comes again."""
    from callboard.services import people_bulk

    while True:
        found = await page.session.read(people_bulk.twins, page.org)
        if not found:
            page.console.say("no two people share a number, an address or a name")
            return
        choices = [
            Choice(f"{n}", " = ".join(p.name for p in t.people), t.value, group=f"same {t.what}") for n, t in enumerate(found)
        ]
        sure = [t for t in found if t.what != "name"]  # two of one name may well be two
        if len(sure) > 1:
            choices.insert(0, Choice(EVERY, f"merge all {len(sure)} groups that share a number or an address", "one z undoes it"))
        title = f"{words.plural(len(found), 'group')} of duplicates; Enter merges two, Esc when done"
        chosen: str | None = await page.app.push_screen_wait(ChoiceDialog(title, choices))
        if chosen is None:
            return
        if chosen == EVERY:
            await _merge_all(page, sure)
            return
        pair = found[int(chosen)].people[:2]
        if not await _merge(page, *pair):
            return


async def _merge_all(page: Leads, groups: Sequence[Twins]) -> None:
    """Every group becomes its oldest person; one summary, one undo."""
    from callboard.services import people_bulk

    going = sum(len(t.people) - 1 for t in groups)
    text = f"{words.plural(len(groups), 'person', 'people')} stay, {going} go into them: the oldest of each group is kept.\n"
    if not await page.app.push_screen_wait(Confirm("Merge all of them?", text + "z takes all of it back.")):
        return
    ids_ = [[p.id for p in t.people] for t in groups]
    report = await _in_steps(page, "Merging", ids_, people_bulk.merge)
    if report is not None:
        page.table.unmark()
        left = f", {len(report.refused)} were changed meanwhile and stay" if report.refused else ""
        stopped = "; stopped before the end" if report.stopped else ""
        page.console.say(f"{words.plural(report.changed, 'person', 'people')} merged{left}{stopped}; z takes it back")


# --- files ----------------------------------------------------------------------------------------------------------
def _path(text: str) -> Path:
    return Path(text.strip()).expanduser()


def _file_check(text: str) -> str:
    path = _path(text)
    return "" if path.is_file() else f"there is no file {path}"


async def bring_in(page: Leads) -> None:
    """A CSV file: which column means what, what would happen, then do it with progress."""
    from callboard.services import people_bulk, people_files

    asked = Ask("Import a CSV file", placeholder="~/leads.csv", note="The first line names the columns.", check=_file_check)
    name: str | None = await page.app.push_screen_wait(asked)
    if not name:
        return
    sheet = await asyncio.to_thread(lambda: people_files.read(_path(name).read_bytes()))
    columns = await _columns(page, sheet)
    if columns is None:
        return
    rows = list(people_files.fields_of(replace(sheet, guess=columns), columns))
    report = await _in_steps(page, f"Importing {Path(name).name}", rows, people_bulk.bring_in)
    if report is None:
        return
    summary = f"{report.changed} new, {report.updated} brought up to date, {report.same} known already"
    summary += "; stopped before the end" if report.stopped else ""
    if not report.refused:
        page.console.say(f"{summary}; z takes it back")
        return
    lines = "\n".join(f"{where}: {why}" for where, why in report.refused)
    title = f"Imported, but for {words.plural(len(report.refused), 'line')}"
    await page.app.push_screen_wait(Message(title, f"{summary}\n\n{lines}"))


async def _columns(page: Leads, sheet: Sheet) -> tuple[str, ...] | None:
    """Show what the file would do; change a column until it is right; None when the person leaves."""
    from callboard.services import people_files

    columns = list(sheet.guess)
    country = page.console.organization.branding.default_country
    while True:
        seen = people_files.preview(sheet, columns, country)
        choices = _preview_choices(sheet, columns, seen)
        chosen: str | None = await page.app.push_screen_wait(
            ChoiceDialog("Import: Enter on a column changes what it means", choices)
        )
        if chosen is None:
            return None
        if chosen == "go":
            return tuple(columns)
        if chosen == "problems":
            text = "\n".join(f"line {n}: {why}" for n, why in seen.problems)
            await page.app.push_screen_wait(Message("Lines that cannot be used", text))
            continue
        at = int(chosen)
        fields = [Choice("", "leave it out"), *(Choice(f, f.replace("_", " ")) for f in people_files.FIELDS)]
        field: str | None = await page.app.push_screen_wait(ChoiceDialog(f"{sheet.headings[at]} means", fields))
        if field is not None:
            columns = [("" if c == field and field else c) for c in columns]
            columns[at] = field


def _preview_choices(sheet: Sheet, columns: Sequence[str], seen: Any) -> list[Choice]:
    reason = "" if seen.usable else "no line can be used"
    found = [Choice("go", f"import {words.plural(seen.usable, 'person', 'people')}", "Enter", reason)]
    if seen.problems:
        found.append(Choice("problems", f"{words.plural(len(seen.problems), 'line')} cannot be used; look at them"))
    for n, heading in enumerate(sheet.headings):
        cells = clean(", ".join(c for _, line in sheet.lines[:3] if n < len(line) and (c := line[n])))
        means = columns[n].replace("_", " ") if n < len(columns) and columns[n] else "left out"
        found.append(Choice(str(n), f"{heading}  →  {means}", fit(cells, min(cell_len(cells), SAMPLE))))
    return found


async def write_out(page: Leads, rows: Sequence[LeadRow]) -> None:
    """The marked ones, or everyone the filter lets through, as a CSV file."""
    now = datetime.fromtimestamp(page.console.now(), UTC)
    suggested = page.console.settings.data_dir / "exports" / f"leads-{now:%Y%m%d-%H%M%S}.csv"
    note = (
        f"{words.plural(len(rows), 'marked lead')}"
        if rows
        else f"everyone shown: {words.plural(page.table.total, 'person', 'people')}"
    )
    name: str | None = await page.app.push_screen_wait(Ask("Export as CSV to", value=str(suggested), note=note))
    if not name:
        return
    path = _path(name)

    async def work(steps: Steps) -> str:
        return await _write(page, path, rows, steps)

    summary: str | None = await page.app.push_screen_wait(Progress("Exporting", work))
    if summary:
        page.console.say(summary)


async def _write(page: Leads, path: Path, rows: Sequence[LeadRow], steps: Steps) -> str:
    """Page after page into a file only its owner reads: it holds customers' data."""
    from callboard.services import lead_views, people_files

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    written, after = 0, None
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(people_files.heading_line())
        found = list(rows)
        while not steps.stopped:
            if not rows:
                found = await page.session.read(
                    lead_views.page, page.org, page.filter, page.console.zone, sort="id", descending=False, after=after
                )
            file.writelines(people_files.csv_line(r.person, r.agent) for r in found)
            written += len(found)
            steps.told(written, len(rows) or page.table.total)
            if rows or not found:
                break
            after = found[-1]
    return f"{words.plural(written, 'person', 'people')} written to {path}"
