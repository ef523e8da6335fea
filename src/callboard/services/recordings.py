"""Recordings: asked for, consented to, uploaded in numbered chunks, listed. The bytes lie in the data folder, the facts here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from callboard.domain import ids
from callboard.domain.bookings import Booking
from callboard.domain.errors import Invalid, NotAllowed, NotFound
from callboard.domain.rooms import Recording, Role, Room, RoomState
from callboard.services import rooms
from callboard.storage import rooms as store
from callboard.storage.unit_of_work import Work

TYPES = {"video/webm": "webm", "audio/webm": "webm", "video/mp4": "mp4", "audio/mp4": "m4a"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One recording: ``path`` relative to the data folder, ``size`` in bytes, ``chunks`` taken so far."""

    id: str
    booking_id: str
    role: str
    path: str
    content_type: str
    chunks: int
    size: int
    complete: bool
    created_at: int


def _room(work: Work, org: str, booking_id: str) -> Room:
    room = store.ensure(work, rooms.state(work, org, booking_id).booking)
    if not room.booking.features.call_recording:
        raise NotAllowed("recording is off in this room")
    return room


def _set(work: Work, room: Room, value: Recording) -> Room:
    booking = room.booking
    store.save(work, room, {"recording": value.value})
    work.audit(f"room.recording_{value.value or 'stopped'}", booking.organization_id, booking.id, rev=booking.rev)
    work.record("room.updated", booking.organization_id, booking.id, room.rev + 1, recording=value.value)
    return rooms.state(work, booking.organization_id, booking.id)


def ask(work: Work, org: str, booking_id: str) -> Room:
    """The agent wants to record: the customer's page asks for consent. Nothing may be uploaded before it is given."""
    room = _room(work, org, booking_id)
    if room.state is not RoomState.IN_CALL:
        raise NotAllowed("only a call that is going on can be recorded")
    return room if room.recording is Recording.ON else _set(work, room, Recording.ASKED)


def consent(work: Work, org: str, booking_id: str, *, given: bool) -> Room:
    """The customer's answer; taking it back stops the recording."""
    room = _room(work, org, booking_id)
    if room.recording is Recording.OFF:
        return room
    return _set(work, room, Recording.ON if given else Recording.REFUSED)


def stop(work: Work, org: str, booking_id: str) -> Room:
    """Stop recording."""
    room = _room(work, org, booking_id)
    return room if room.recording is Recording.OFF else _set(work, room, Recording.OFF)


def begin(work: Work, org: str, booking_id: str, role: Role, content_type: str) -> Recorded:
    """A new recording to upload chunks to. Refused without consent; the file's name is ours, never the caller's."""
    room = _room(work, org, booking_id)
    if room.recording is not Recording.ON:
        raise NotAllowed("recording has not been consented to")
    kind = content_type.split(";", 1)[0].strip().lower()
    if kind not in TYPES:
        raise Invalid("content_type", f"must be one of {', '.join(TYPES)}")
    new = work.new_id()
    path = str(Path("recordings") / org / booking_id / f"{new}.{TYPES[kind]}")
    store.add_recording(work, room.booking, id=new, role=role, path=path, content_type=kind, next_sequence=0, size=0, complete=0)
    work.touch(org, "room")
    return get(work, org, booking_id, new)


def get(work: Work, org: str, booking_id: str, recording_id: str) -> Recorded:
    """One recording."""
    row = store.recording(work, org, booking_id, recording_id) if ids.from_hex(recording_id) else None
    if row is None:
        raise NotFound("recording", recording_id)
    return Recorded(
        id=row.id,
        booking_id=row.booking_id,
        role=row.role,
        path=row.path,
        content_type=row.content_type,
        chunks=row.next_sequence,
        size=row.size,
        complete=bool(row.complete),
        created_at=row.created_at,
    )


def may_append(work: Work, org: str, booking_id: str, recording_id: str, role: Role) -> Recorded:
    """The recording, if its maker may still add to it: chunks under way when recording stopped still belong to it."""
    booking: Booking = rooms.state(work, org, booking_id).booking
    if not booking.features.call_recording:
        raise NotAllowed("recording is off in this room")
    found = get(work, org, booking_id, recording_id)
    if found.role != role or found.complete:
        raise NotAllowed("this recording is closed")
    return found


def appended(work: Work, org: str, booking_id: str, recording_id: str, *, sequence: int, size: int) -> Recorded:
    """Note that chunk ``sequence`` lies in the file, which is now ``size`` bytes long."""
    if not store.save_recording(work, recording_id, expected=sequence, next_sequence=sequence + 1, size=size):
        raise NotAllowed("that chunk is not the next one")
    return get(work, org, booking_id, recording_id)


def finish(work: Work, org: str, booking_id: str, recording_id: str) -> Recorded:
    """Close a recording: the file is whole."""
    found = get(work, org, booking_id, recording_id)
    store.save_recording(work, recording_id, complete=1)
    work.record("room.recorded", org, booking_id, recording_id=recording_id, size=found.size)
    return get(work, org, booking_id, recording_id)


def listing(work: Work, org: str, booking_id: str) -> list[Recorded]:
    """A booking's recordings, oldest first."""
    return [get(work, org, booking_id, row.id) for row in store.recordings_of(work, org, booking_id)]
