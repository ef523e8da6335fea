"""What the phone screen and its strip show: calls and voicemails with names, who is calling now, what waits to be heard."""

from __future__ import annotations

from dataclasses import dataclass

from callboard.domain.calls import Call, Voicemail
from callboard.services import agents, call_filter, calls, messages, voicemails
from callboard.services.calls import ScreenPop
from callboard.storage import person_trail
from callboard.storage.unit_of_work import Work

RINGS = 600  # seconds after which a call that only rang is history, whatever its record says
TALKS = 4 * 3600


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call with the names of who it was with and whose it was."""

    call: Call
    name: str
    agent: str

    @property
    def id(self) -> str:
        """The call's."""
        return self.call.id


@dataclass(frozen=True, slots=True)
class VoiceRow:
    """A voicemail with who left it."""

    voicemail: Voicemail
    name: str

    @property
    def id(self) -> str:
        """The voicemail's."""
        return self.voicemail.id


@dataclass(frozen=True, slots=True)
class Ring:
    """A call that is going on, and who it is."""

    call: Call
    who: ScreenPop


def call_page(work: Work, org: str, text: str = "", zone: str = "UTC", *, offset: int = 0, limit: int = 200) -> list[CallRow]:
    """Calls, newest first, through a filter line; times of it are read in ``zone``."""
    everyone = agents.all(work, org)
    where = call_filter.conditions(text, everyone, work.now, zone)
    found = calls.listing(work, org, limit=limit, offset=offset, where=where)
    named = person_trail.names(work, org, sorted({c.person_id for c in found if c.person_id}))
    staff = {a.id: a.name for a in everyone}
    return [CallRow(c, named.get(c.person_id or "", ""), staff.get(c.agent_id or "", "")) for c in found]


def call_count(work: Work, org: str, text: str = "", zone: str = "UTC") -> int:
    """How many there are."""
    return calls.count(work, org, where=call_filter.conditions(text, agents.all(work, org), work.now, zone))


def voice_rows(work: Work, org: str, limit: int = 200) -> list[VoiceRow]:
    """Voicemails, those not heard first, then newest first."""
    found = voicemails.listing(work, org, limit=limit)
    named = person_trail.names(work, org, sorted({v.person_id for v in found if v.person_id}))
    rows = [VoiceRow(v, named.get(v.person_id or "", "")) for v in found]
    return sorted(rows, key=lambda r: (r.voicemail.is_read, -r.voicemail.created_at))


def ringing(work: Work, org: str) -> list[Ring]:
    """Calls that are going on now, with who they are; those that ring before those that talk."""
    live = [c for c in calls.live(work, org) if work.now - c.created_at < (TALKS if c.answered_at else RINGS)]
    live.sort(key=lambda c: (c.answered_at is not None, -c.created_at))
    return [Ring(c, calls.screen_pop(work, org, c.id)) for c in live[:3]]


def waiting_count(work: Work, org: str) -> int:
    """What nobody has heard or read: voicemails, messages, and calls that ring."""
    ring = sum(
        c.direction == "inbound" and work.now - c.created_at < RINGS for c in calls.live(work, org) if c.answered_at is None
    )
    return ring + voicemails.count(work, org, is_read=False) + messages.count(work, org, unread=True)


def named(work: Work, org: str, found: list[Call]) -> list[str]:
    """The names of who these calls were with, in their order; empty where nobody is known."""
    names = person_trail.names(work, org, sorted({c.person_id for c in found if c.person_id}))
    return [names.get(c.person_id or "", "") for c in found]
