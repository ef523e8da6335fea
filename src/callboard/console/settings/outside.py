"""The rooms that face outward: API keys, calendars, gateways."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callboard.console import words
from callboard.console.dialogs.dialog import Confirm, Message
from callboard.console.dialogs.form import Answers, Field, Form
from callboard.console.settings.line import Line
from callboard.domain.errors import CallboardError
from callboard.domain.keys import FLAVOURS, RESOURCES, check_scopes

if TYPE_CHECKING:
    from callboard.console.settings.screen import Settings
    from callboard.domain.calendars import Calendar
    from callboard.domain.keys import ApiKey

STATES = {"fresh": ("●", "done"), "waiting": ("◇", "pending"), "stale": ("◐", "pending"), "failed": ("○", "clash")}


# --- API keys -------------------------------------------------------------------------------------------------------
async def api_keys(page: Settings) -> list[Line]:
    """One line a key; the secret is nowhere."""
    from callboard.services import keys

    app, lines = page.console, []
    for k in sorted(await page.session.read(keys.listing, page.org), key=lambda k: (k.revoked_at is not None, -k.created_at)):
        used = f"last used {words.ago(k.last_used_at, app.now())}" if k.last_used_at else "never used"
        rights = "everything" if len(k.scopes) == 2 * len(RESOURCES) else " ".join(sorted(k.scopes))
        state = f"revoked {words.short(k.revoked_at, app.now(), app.zone)}" if k.revoked_at else used
        value = f"{FLAVOURS[k.flavour]}…{k.last_four} · {state}"
        drop = partial(_revoke, page, k) if k.revoked_at is None else None
        why = "a key is never changed: make another, revoke this one"
        lines.append(
            Line(k.id, k.name, value, f"May: {rights}", "dim" if k.revoked_at else "text", drop=drop, copied=k.id, why=why)
        )
    return lines


async def new_key(page: Settings) -> None:
    """A new key, shown this once."""
    from callboard.services import keys

    def check(answers: Answers) -> tuple[str, str] | None:
        if not answers["name"]:
            return "name", "a key needs a name: who uses it?"
        try:
            check_scopes(answers["scopes"].replace(",", " ").split())
        except CallboardError as error:
            return "scopes", words.reason(error)
        return None

    form = Form(
        "New API key",
        [
            Field("name", "name", effect="Who uses it; the request log and the audit name it."),
            Field("flavour", "dialect", "qualifybase", "Which API it opens.", [(f, f"{f} {p}…") for f, p in FLAVOURS.items()]),
            Field("scopes", "may", "", f"Empty: everything. {' '.join(RESOURCES)}; leads:read alone only reads."),
        ],
        check=check,
    )
    answers: Answers | None = await page.app.push_screen_wait(form)
    if not answers:
        return
    scopes = answers["scopes"].replace(",", " ").split()
    made = await page.perform(keys.add, page.org, answers["name"], answers["flavour"], scopes)
    if made is not None:
        text = f"{made[1]}\n\nThis is shown once and kept nowhere: y copies it."
        await page.app.push_screen_wait(Message(f"Key for {made[0].name}", text, copied=made[1]))


async def _revoke(page: Settings, key: ApiKey) -> None:
    from callboard.services import keys

    text = f"{key.name}: whoever uses it is refused from the next request on. This cannot be undone."
    sure = await page.app.push_screen_wait(Confirm("Revoke this key?", text))
    if sure and await page.perform(keys.revoke, page.org, key.id) is not None:
        page.console.say(f"{key.name} is revoked")


# --- calendars ------------------------------------------------------------------------------------------------------
async def calendars(page: Settings) -> list[Line]:
    """Outside calendars that block time, and our own as a feed."""
    from callboard.services import calendars as verbs

    app = page.console
    names = {a.id: a.name for a in app.agents}
    lines = []
    for c in await page.session.read(verbs.listing, page.org):
        glyph, role = STATES.get(c.status, ("·", "dim"))
        when = f"read {words.ago(c.fetched_at, app.now())}" if c.fetched_at else "not read yet"
        when = f"{c.status} · {when}" if c.last_error else when
        whose = names.get(c.agent_id or "", "everyone")
        where = c.url or "from a file"
        effect = f"{c.last_error}; {where}" if c.last_error else f"Blocks {whose}; {words.plural(c.busy, 'busy time')}; {where}"
        change = partial(_refresh, page, c) if c.url else None
        drop = partial(_remove, page, c)
        lines.append(
            Line(c.id, f"{glyph} {c.name}", when, effect, role, change, drop, c.url, "import the file again", does="read again")
        )
    lines.append(await _feed(page, None, "feed of all calls", "Our own calls as a calendar others subscribe to"))
    active = [a for a in app.agents if a.active]
    return lines + [await _feed(page, a.id, f"feed of {a.name}", f"{a.name}'s calls alone") for a in active]


async def _feed(page: Settings, agent_id: str | None, label: str, what: str) -> Line:
    """A feed's address, and how to make it worthless."""
    from callboard.services import calendars as verbs

    url = await page.session.read(verbs.feed_url, page.org, agent_id)
    dead = await page.session.read(verbs.feed_version, page.org, agent_id)
    state = f"; {words.plural(dead, 'address', 'addresses')} before it revoked" if dead else ""
    effect = f"{what}; the link is the key, so give it to colleagues alone{state}."
    drop = partial(_revoke_feed, page, agent_id, label)
    return Line(f"feed {agent_id or ''}".strip(), label, url, effect, drop=drop, copied=url, why="y copies it", drops="revoke")


async def _revoke_feed(page: Settings, agent_id: str | None, label: str) -> None:
    from callboard.services import calendars as verbs

    text = f"{label}: everyone who subscribed to it sees nothing new from now on; there will be a new address to give out."
    sure = await page.app.push_screen_wait(Confirm("Revoke this address?", text))
    if sure and await page.perform(verbs.revoke_feed, page.org, agent_id) is not None:
        page.console.say("the old address opens nothing any more; y copies the new one")


async def new_calendar(page: Settings) -> None:
    """Follow a URL, or take a file."""
    from callboard.services import calendars as verbs

    agents = [("", "everyone"), *((a.id, a.name) for a in page.console.agents)]
    form = Form(
        "Outside calendar",
        [
            Field("name", "name", effect="What it is called here."),
            Field("url", "URL or file", effect="https or webcal: read every quarter of an hour. A path ending in .ics: once."),
            Field("agent", "blocks", "", "Whose time it takes.", agents),
        ],
        check=lambda a: (
            ("name", "it needs a name") if not a["name"] else ("url", "it needs an address") if not a["url"] else None
        ),
    )
    answers: Answers | None = await page.app.push_screen_wait(form)
    if not answers:
        return
    agent_id = answers["agent"] or None
    if "://" in answers["url"]:
        made = await page.perform(verbs.add, page.org, answers["name"], answers["url"], agent_id=agent_id)
    else:
        raw = _read(answers["url"])
        made = await page.perform(verbs.import_file, page.org, answers["name"], raw, agent_id=agent_id)
    if made is not None:
        page.console.say(
            f"{made.name} is followed" if made.url else f"{words.plural(made.busy, 'busy time')} taken from the file"
        )


def _read(name: str) -> bytes:
    path = Path(name).expanduser()
    try:
        return path.read_bytes()
    except OSError as error:
        from callboard.domain.errors import Invalid

        raise Invalid("file", f"{path} cannot be read") from error


async def _refresh(page: Settings, calendar: Calendar) -> None:
    from callboard.services import calendars as verbs

    if await page.perform(verbs.refresh, page.org, calendar.id) is not None:
        page.console.say(f"{calendar.name} is read again now")


async def _remove(page: Settings, calendar: Calendar) -> None:
    from callboard.services import calendars as verbs

    text = f"{calendar.name}: what it blocks ({words.plural(calendar.busy, 'busy time')}) becomes free."
    if await page.app.push_screen_wait(Confirm("Follow it no longer?", text)):
        await page.perform(verbs.remove, page.org, calendar.id)


# --- gateways -------------------------------------------------------------------------------------------------------
async def gateways(page: Settings) -> list[Line]:
    """What is configured for texts, telephone and rooms, and what each can truly do."""
    lines = []
    for role, title, effect in (
        ("sms", "text messages", "Who carries texts to customers."),
        ("telephony", "telephone", "Who places calls."),
        ("room", "video rooms", "Where a call's picture and sound go."),
    ):
        name = getattr(page.console.settings, f"{role}_gateway")
        can, hints, problem = _look(page, role, name)
        state = f"{name}: {problem}" if problem else name
        change = partial(_explain, page, role, title, name, hints)
        lines.append(Line(role, title, state, f"{effect} {can}", "clash" if problem else "text", change, does="explain"))
    return lines


def _look(page: Settings, role: str, name: str) -> tuple[str, list[str], str]:
    """(what it can do, its hints, what is wrong) of a gateway as it is configured."""
    settings = page.console.settings
    table = settings.gateway(name)
    try:
        if role == "room":
            from callboard.gateways import rooms

            room = rooms.choose(name, table)
            kept = {str(level): [f.replace("_", " ") for f, v in room.support().items() if v == level] for level in rooms.Level}
            can = "; ".join(f"{level}: {len(found)} switches" for level, found in kept.items() if found)
            return can, [f"{level}: {', '.join(found)}" for level, found in kept.items() if found], room.missing()
        from callboard.gateways import sms, telephony

        made: Any = (sms if role == "sms" else telephony).make(name, table, settings.resolved_public_url)
    except CallboardError as error:
        return "", [], str(error)
    return _abilities(made.can), made.hints(), ""


def _abilities(can: Any) -> str:
    if not is_dataclass(can):
        return ""
    return "  ".join(f"{'✓' if getattr(can, f.name) else '–'} {f.name}" for f in fields(can))


async def _explain(page: Settings, role: str, title: str, name: str, hints: list[str]) -> None:
    """What to do where; which gateways there are."""
    from callboard.gateways import rooms, sms, telephony

    known = {"sms": sms.NAMES, "telephony": telephony.NAMES, "room": tuple(rooms.GATEWAYS)}[role]
    file = page.console.settings.config_file
    text = (
        f"In force: {name}\n\n" + "\n".join(hints) + f"\n\nThere are: {', '.join(known)}.\n"
        f'Choose with {role}_gateway = "…" in {file}, or CALLBOARD_{role.upper()}_GATEWAY; '
        f"its own settings stand under [gateways.NAME] or in CALLBOARD_NAME_…; they count from the next start."
    )
    await page.app.push_screen_wait(Message(title, text))
