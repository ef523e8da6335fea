"""Filling a campaign: from a spreadsheet with a preview, or from the leads."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from callboard.console import words
from callboard.console.dialogs.dialog import Ask, ChoiceDialog, Message
from callboard.console.dialogs.progress import Progress, Steps
from callboard.console.widgets.choices import Choice
from callboard.console.widgets.lines import clean, fit
from callboard.domain import contact_lists, ids
from callboard.domain.campaigns import Campaign, CampaignStatus, ContactWish

if TYPE_CHECKING:
    from callboard.console.campaigns.screen import Campaigns
    from callboard.services.campaigns import Standing

AT_ONCE = 200
CELLS = 28  # of a column's first values
NAMES = {"email": "e-mail", "timezone": "time zone"}
FEW = 20


FIELDS = ("name", "status", "agent", "country")
_RANKS = (CampaignStatus.RUNNING, CampaignStatus.PAUSED, CampaignStatus.DRAFT, CampaignStatus.FINISHED)


def fields_of(campaign: Campaign, agents: Mapping[str, str]) -> dict[str, str]:
    """What a filter of campaigns looks in."""
    agent = agents.get(campaign.agent_id or "", "none")
    return {"name": campaign.name, "status": campaign.status, "agent": agent, "country": campaign.target_country}


def rank(standing: Standing) -> int:
    """Where a campaign stands in the list: what runs first, what is over last."""
    return _RANKS.index(CampaignStatus(standing.campaign.status))


def _path(text: str) -> Path:
    return Path(text.strip()).expanduser()


def _exists(text: str) -> str:
    return "" if _path(text).is_file() else f"there is no file {_path(text)}"


async def bring_in(page: Campaigns, campaign: Campaign) -> None:
    """A CSV file: what each column means, what would happen, then do it."""
    note = f"The first line names the columns; numbers are read as {campaign.target_country}."
    name: str | None = await page.app.push_screen_wait(
        Ask(f"Import into {campaign.name}", placeholder="~/list.csv", note=note, check=_exists)
    )
    if not name:
        return
    raw = await asyncio.to_thread(lambda: _path(name).read_bytes())
    wishes = await _preview(page, campaign, raw)
    if not wishes:
        return
    await _fill(page, campaign, wishes)


async def _preview(page: Campaigns, campaign: Campaign, raw: bytes) -> list[ContactWish] | None:
    chosen: dict[str, str] = {}
    while True:
        sheet = contact_lists.read(raw, chosen)
        good: list[Any] = []
        bad: list[Any] = []
        if "phone" in sheet.columns:
            for _, found in contact_lists.wishes(sheet, campaign.target_country):
                (bad if isinstance(found, contact_lists.Refused) else good).append(found)
        choices = _choices(sheet, good, bad)
        answer: str | None = await page.app.push_screen_wait(ChoiceDialog("Import: Enter on a field changes its column", choices))
        if answer is None:
            return None
        if answer == "go":
            return [g for g in good if isinstance(g, ContactWish)]
        if answer == "bad":
            text = "\n".join(f"line {r.line}: {r.reason}   {r.text}" for r in bad if isinstance(r, contact_lists.Refused))
            await page.app.push_screen_wait(Message("Lines that cannot be used", text))
            continue
        columns = [Choice(h, h, _cells(sheet, n)) for n, h in enumerate(sheet.header)]
        column: str | None = await page.app.push_screen_wait(ChoiceDialog(f"Which column is the {_called(answer)}?", columns))
        if column is not None:
            chosen[answer] = column


def _called(field: str) -> str:
    return NAMES.get(field, field.replace("_", " "))


def _cells(sheet: contact_lists.Sheet, column: int) -> str:
    text = clean(", ".join(row[column] for _, row in sheet.lines[:3] if column < len(row)))
    return fit(text, min(cell_len(text), CELLS))


def _choices(sheet: contact_lists.Sheet, good: Sequence[Any], bad: Sequence[Any]) -> list[Choice]:
    reason = "" if good else "which column holds the numbers?" if "phone" not in sheet.columns else "no line can be used"
    found = [Choice("go", f"import {words.plural(len(good), 'contact')}", "Enter", reason)]
    if bad:
        found.append(Choice("bad", f"{words.plural(len(bad), 'line')} cannot be used: which, and why"))
    named = sheet.named()
    for field in contact_lists.FIELDS:
        if field in named:
            found.append(Choice(field, f"{_called(field)} ← {named[field]}", _cells(sheet, sheet.columns[field])))
        else:
            found.append(Choice(field, f"{_called(field)} ← nothing"))
    return found


async def _fill(page: Campaigns, campaign: Campaign, wishes: Sequence[ContactWish]) -> None:
    from callboard.services import campaigns
    from callboard.services.campaigns import Filled

    total, stroke = Filled(), ids.new(page.console.now())

    async def work(steps: Steps) -> str:
        nonlocal total
        for at in range(0, len(wishes), AT_ONCE):
            if steps.stopped:
                break
            part = wishes[at : at + AT_ONCE]
            total += await page.session.run(campaigns.add_contacts, page.org, campaign.id, part, stroke=stroke)
            steps.told(min(at + AT_ONCE, len(wishes)), len(wishes))
        told = f"{total.added} added, {total.known} there already, {total.unusable} not to be called"
        return f"{told}; z takes it back" if total.added else told

    if len(wishes) <= FEW:
        page.console.say(await work(Steps(lambda *_: None)))
        return
    summary: str | None = await page.app.push_screen_wait(Progress(f"Filling {campaign.name}", work))
    if summary:
        page.console.say(summary)


async def add_leads(page: Campaigns, campaign: Campaign) -> None:
    """Leads with a number, by a word of the filter language the leads screen knows."""
    from callboard.services import lead_views

    def check(text: str) -> str:
        from callboard.domain.errors import CallboardError
        from callboard.services import people_filter

        try:
            people_filter.conditions(text, page.console.agents, page.console.now(), page.console.zone)
        except CallboardError as error:
            return words.reason(error)
        return ""

    note = "Which leads? source:website, interest:storage, !is:booked … empty: all with a number."
    text: str | None = await page.app.push_screen_wait(Ask(f"Add leads to {campaign.name}", note=note, check=check))
    if text is None:
        return
    wanted = f"is:lead has:phone !is:dnc {text}"
    wishes: list[ContactWish] = []
    after = None
    while True:
        rows = await page.session.read(
            lead_views.page, page.org, wanted, page.console.zone, sort="id", descending=False, after=after
        )
        wishes += [ContactWish(name=r.person.name, phone=r.person.phone or "", person_id=r.id) for r in rows]
        if not rows:
            break
        after = rows[-1]
    if not wishes:
        page.console.say("no lead with a number matches that", "warning")
        return
    await _fill(page, campaign, wishes)
