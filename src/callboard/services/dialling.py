"""Placing calls: claim with a lease, let the gateway act outside, record; a carrier's reports move the call along here."""

from __future__ import annotations

from typing import Any

from callboard.domain.calls import (
    LIVE,
    RING_BY_HAND_SECONDS,
    RING_SECONDS,
    STALE_SECONDS,
    TALK_SECONDS,
    Call,
    CallStatus,
    Dialled,
    Voicemail,
)
from callboard.domain.leases import Lease
from callboard.services import calls, voicemails
from callboard.storage import calls as rows
from callboard.storage import people as people_rows
from callboard.storage.unit_of_work import Work

BATCH = 500
LATE = "it could not be placed in time; ask for it again"
UNCERTAIN = "callboard stopped while placing it: the telephone may have rung"


def next_due(work: Work) -> int | None:
    """When the first call waits to be placed."""
    return rows.QUEUE.next_due(work)


def claim(work: Work, lease: Lease) -> list[Call]:
    """Lease calls to place. What came too late, lost its reason or was interrupted is settled here and never dialled twice."""
    wanted: list[Call] = []
    for call in rows.claim(work, lease):
        why = _why_not(work, call)
        if why is None:
            wanted.append(call)
        else:
            _finish(work, call, Dialled(status="failed", gateway=call.gateway or "", reason=why))
    return wanted


def _why_not(work: Work, call: Call) -> str | None:
    if call.status != CallStatus.INITIATED:
        return call.reason or "it is over"
    if call.attempts > 1:
        return UNCERTAIN
    if work.now - call.created_at > STALE_SECONDS:
        return LATE
    person = people_rows.get(work, call.organization_id, call.person_id) if call.person_id else None
    return f"{person.name} asked not to be called" if person is not None and person.do_not_call else None


def record(work: Work, call: Call, outcome: Dialled | Exception) -> None:
    """Write how placing a call went."""
    if isinstance(outcome, Exception):
        outcome = Dialled(status="unknown", gateway=call.gateway, reason=f"{UNCERTAIN} ({type(outcome).__name__})")
    _finish(work, call, outcome)


def _finish(work: Work, call: Call, outcome: Dialled) -> None:
    values: dict[str, Any] = {"gateway": outcome.gateway, "reason": outcome.reason, "updated_at": work.now}
    if outcome.status == "placed":
        values |= {"provider_id": outcome.provider_id, "from_number": outcome.sender or call.from_number}
    elif outcome.status != "manual":
        values |= {"status": CallStatus.FAILED, "ended_at": work.now}
    if not rows.QUEUE.finish(work, call.id, call.lease_token or "", **values):
        return
    if outcome.status in {"placed", "manual"}:
        work.touch(call.organization_id, "call")
    else:
        work.record("call.missed", call.organization_id, call.id, call.rev, status="failed", reason=outcome.reason)


def progress(
    work: Work,
    *,
    gateway: str,
    status: str,
    provider_id: str | None = None,
    call_id: str | None = None,
    duration_seconds: int | None = None,
    recording_url: str | None = None,
) -> Call | None:
    """A carrier's report: ``ringing``, ``answered``, ``ended``, ``missed`` or ``failed``; late and repeated ones do nothing."""
    call = rows.by_id(work, call_id) if call_id else None
    if call is None and provider_id:
        call = rows.by_provider(work, gateway, provider_id)
    if call is None or call.gateway not in {"", gateway}:
        return None
    if recording_url is not None and call.recording_url != recording_url:
        call = rows.change(work, call, recording_url=recording_url) or call
    if call.status not in LIVE or (status == "answered" and call.status == CallStatus.IN_PROGRESS):
        return call
    if call.gateway != gateway or call.provider_id is None:  # the report was faster than the record of the hand-over
        kept = {"gateway": gateway, "provider_id": provider_id, "due_at": None, "lease_token": None}
        call = rows.change(work, call, **kept) or call
    return _apply(work, call, status, duration_seconds)


def _apply(work: Work, call: Call, status: str, duration: int | None) -> Call:
    org, id_ = call.organization_id, call.id
    if status == "answered":
        return calls.answered(work, org, id_)
    if status == "ended" and call.direction == "inbound" and call.answered_at is None:
        return calls.missed(work, org, id_)  # the carrier's own announcement picked up, nobody of ours did
    if status == "ended":
        return calls.ended(work, org, id_, duration_seconds=duration)
    if status in {"missed", "failed"}:
        return calls.missed(work, org, id_) if call.status != CallStatus.IN_PROGRESS else calls.ended(work, org, id_)
    if status == "ringing" and call.status == CallStatus.INITIATED:
        changed = rows.change(work, call, status=CallStatus.RINGING)
        work.touch(org, "call")
        return changed or call
    return call


def joined(work: Work, *, gateway: str, provider_id: str, duration_seconds: int | None) -> Call | None:
    """An inbound call was put through to the operator and is over now."""
    call = rows.by_provider(work, gateway, provider_id)
    if call is None or call.status not in LIVE:
        return call
    if call.answered_at is None:  # the carrier did not say so at the time
        calls.answered(work, call.organization_id, call.id, at=work.now - (duration_seconds or 0))
    return calls.ended(work, call.organization_id, call.id, duration_seconds=duration_seconds or 0)


def left_message(
    work: Work, *, gateway: str, provider_id: str, recording_url: str | None, duration_seconds: int
) -> Voicemail | None:
    """The caller spoke after the tone."""
    call = rows.by_provider(work, gateway, provider_id)
    if call is None:
        return None
    return voicemails.leave(work, call.organization_id, call.id, recording_url=recording_url, duration_seconds=duration_seconds)


def transcribed(work: Work, *, gateway: str, provider_id: str, text: str) -> Voicemail | None:
    """The carrier wrote down what the caller said."""
    call = rows.by_provider(work, gateway, provider_id)
    voicemail = voicemails.of_call(work, call.id) if call else None
    return voicemails.transcribe(work, voicemail.organization_id, voicemail.id, text) if voicemail else None


def close_forgotten(work: Work) -> bool:
    """End calls whose end nobody reported, and say that it is so; whether there may be more.

    A lost report or an operator who forgot to mark a call must not leave it ringing on every screen for ever.
    """
    quiet = rows.quiet_since(work, work.now - RING_SECONDS, BATCH)
    for call in quiet:
        by_hand = call.gateway in {"", "manual"}
        patience = TALK_SECONDS if call.status == CallStatus.IN_PROGRESS else RING_BY_HAND_SECONDS if by_hand else RING_SECONDS
        if work.now - call.updated_at >= patience:
            _close(work, call, "nobody said how it ended" if by_hand else "its carrier never said how it ended")
    return len(quiet) == BATCH and any(work.now - c.updated_at >= TALK_SECONDS for c in quiet)


def _close(work: Work, call: Call, reason: str) -> None:
    status, event = CallStatus.MISSED, "call.missed"
    if call.status == CallStatus.IN_PROGRESS:
        status, event = CallStatus.COMPLETED, "call.completed"
    changed = rows.change(work, call, status=str(status), reason=reason, ended_at=work.now, due_at=None, lease_token=None)
    if changed is not None:
        work.record(event, call.organization_id, call.id, changed.rev, status=str(status), reason=reason)
