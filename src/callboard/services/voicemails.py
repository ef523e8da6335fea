"""Voicemails: left by callers, read by operators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from callboard.domain.calls import MAY, Call, CallStatus, Voicemail
from callboard.domain.errors import NotFound
from callboard.services import calls
from callboard.storage import calls as rows
from callboard.storage.unit_of_work import Work


def leave(
    work: Work,
    org: str,
    call_id: str,
    *,
    recording_url: str | None = None,
    path: str | None = None,
    duration_seconds: int = 0,
    transcript: str | None = None,
) -> Voicemail:
    """A caller left a message; the call's history says so. Heard once, however often the carrier says it."""
    call = calls.get(work, org, call_id)
    known = rows.voicemail_of_call(work, call_id)
    if known is not None:
        return known
    voicemail = Voicemail(
        id=work.new_id(),
        organization_id=org,
        call_id=call.id,
        person_id=call.person_id,
        agent_id=call.agent_id,
        from_number=call.from_number,
        to_number=call.to_number,
        recording_url=recording_url,
        path=path,
        transcript=transcript,
        duration_seconds=max(0, duration_seconds),
        created_at=work.now,
        updated_at=work.now,
    )
    rows.add_voicemail(work, voicemail)
    _mark(work, call)
    work.record("voicemail.new", org, voicemail.id, call_id=call.id)
    if transcript:
        work.record("voicemail.transcribed", org, voicemail.id, call_id=call.id)
    return voicemail


def _mark(work: Work, call: Call) -> None:
    if call.status in MAY["given a voicemail"]:
        changed = rows.change(work, call, status=CallStatus.VOICEMAIL, ended_at=work.now, due_at=None)
        if changed is not None:
            work.record("call.voicemail", call.organization_id, call.id, changed.rev)


def transcribe(work: Work, org: str, voicemail_id: str, text: str) -> Voicemail:
    """The words of a voicemail, from a carrier or typed by hand."""
    voicemail = get(work, org, voicemail_id)
    words = text.strip()[:20_000]
    if words == voicemail.transcript:
        return voicemail
    rows.change_voicemail(work, voicemail.id, transcript=words)
    work.record("voicemail.transcribed", org, voicemail.id, call_id=voicemail.call_id)
    work.audit("voicemail.transcribed", org, voicemail.id, before={"transcript": voicemail.transcript})
    return replace(voicemail, transcript=words, updated_at=work.now)


def untranscribe(work: Work, org: str, voicemail_id: str, before: Mapping[str, Any]) -> Voicemail:
    """The words as they were before (undo)."""
    return transcribe(work, org, voicemail_id, before["transcript"] or "")


def of_call(work: Work, call_id: str) -> Voicemail | None:
    """The voicemail a call ended in."""
    return rows.voicemail_of_call(work, call_id)


def get(work: Work, org: str, voicemail_id: str) -> Voicemail:
    """One voicemail."""
    voicemail = rows.voicemail(work, org, voicemail_id)
    if voicemail is None:
        raise NotFound("voicemail", voicemail_id)
    return voicemail


def mark_read(work: Work, org: str, voicemail_id: str, *, read: bool = True) -> Voicemail:
    """The operator has heard it, or wants it as new again."""
    voicemail = get(work, org, voicemail_id)
    if voicemail.is_read == read:
        return voicemail
    rows.change_voicemail(work, voicemail.id, is_read=int(read))
    work.audit("voicemail.read" if read else "voicemail.unread", org, voicemail.id)
    work.touch(org, "voicemail")
    return replace(voicemail, is_read=read, updated_at=work.now)


def listing(
    work: Work, org: str, *, is_read: bool | None = None, from_number: str | None = None, limit: int = 50, offset: int = 0
) -> list[Voicemail]:
    """Voicemails, newest first."""
    return rows.list_voicemails(work, org, is_read=is_read, from_number=from_number, limit=limit, offset=offset)


def count(work: Work, org: str, *, is_read: bool | None = None, from_number: str | None = None) -> int:
    """How many voicemails the filters let through."""
    return rows.count_voicemails(work, org, is_read=is_read, from_number=from_number)
