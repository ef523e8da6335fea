"""Room rows, presence, chat lines and recordings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from callboard.domain.bookings import Booking
from callboard.domain.rooms import Presence, Recording, Role, Room
from callboard.storage.tables import bookings, chat_lines, recordings, room_mail, room_presence, rooms
from callboard.storage.unit_of_work import Work

_ORG = select(bookings.c.organization_id).where(bookings.c.id == bindparam("id"))
_GET = select(rooms).where(rooms.c.organization_id == bindparam("org"), rooms.c.id == bindparam("id"))
_INSERT = insert(rooms)
_BY_REF = select(rooms.c.organization_id, rooms.c.id).where(
    rooms.c.gateway == bindparam("gateway"), rooms.c.gateway_ref == bindparam("ref")
)
_PRESENCES = select(room_presence).where(room_presence.c.booking_id == bindparam("id"))
_WAITING = (
    select(room_presence)
    .where(
        room_presence.c.organization_id == bindparam("org"),
        room_presence.c.role == "customer",
        room_presence.c.status == "waiting",
    )
    .order_by(room_presence.c.since)
)
_SEEN = update(room_presence).where(room_presence.c.server == bindparam("me"), room_presence.c.status != "left")
# What moves when anything a page shows moves; the server reads the rest only for rooms where one of these did.
_VERSIONS = (
    select(bookings.c.id, bookings.c.rev, bookings.c.link_version, rooms.c.rev.label("room_rev"))
    .join(rooms, rooms.c.id == bookings.c.id, isouter=True)
    .where(bookings.c.id.in_(bindparam("ids", expanding=True)))
)
_POST = insert(room_mail)
_MAIL = (
    select(room_mail)
    .where(room_mail.c.booking_id.in_(bindparam("ids", expanding=True)), room_mail.c.seq > bindparam("seq"))
    .order_by(room_mail.c.seq)
)
_LAST_MAIL = select(func.coalesce(func.max(room_mail.c.seq), 0))
_OLD_MAIL = delete(room_mail).where(room_mail.c.created_at < bindparam("before"))
_CHAT = insert(chat_lines)
_CHAT_OF = (
    select(chat_lines)
    .where(chat_lines.c.organization_id == bindparam("org"), chat_lines.c.booking_id == bindparam("id"))
    .order_by(chat_lines.c.position)
)
_CHAT_COUNT = select(func.count()).where(chat_lines.c.booking_id == bindparam("id"))
_RECORDING = insert(recordings)
_RECORDING_GET = select(recordings).where(
    recordings.c.organization_id == bindparam("org"),
    recordings.c.booking_id == bindparam("booking"),
    recordings.c.id == bindparam("id"),
)
_RECORDINGS = (
    select(recordings)
    .where(recordings.c.organization_id == bindparam("org"), recordings.c.booking_id == bindparam("booking"))
    .order_by(recordings.c.id)
)


def organization_of(work: Work, booking_id: str) -> str | None:
    """Which organization a booking belongs to; a join link names no organization."""
    row = work.row(_ORG, {"id": booking_id})
    return row.organization_id if row else None


# --- rooms --------------------------------------------------------------------------------------------------------------
def _presence(row: Row[Any]) -> Presence:
    return Presence(
        role=cast("Role", row.role),
        session=row.session,
        server=row.server,
        status=row.status,
        since=row.since,
        seen_at=row.seen_at,
    )


def presences(work: Work, booking_id: str) -> dict[str, Presence]:
    """Who holds which place."""
    return {r.role: _presence(r) for r in work.rows(_PRESENCES, {"id": booking_id})}


def get(work: Work, booking: Booking) -> Room:
    """A booking's room; one that nobody entered yet has no row and is as good as an empty one."""
    row = work.row(_GET, {"org": booking.organization_id, "id": booking.id})
    if row is None:
        return Room(booking=booking)
    return Room(
        booking=booking,
        waiting_at=row.waiting_at,
        admitted_at=row.admitted_at,
        joined_at=row.joined_at,
        hold_message=row.hold_message,
        note=row.note,
        note_at=row.note_at,
        muted=frozenset(row.muted or ()),
        breakout=frozenset(row.breakout or ()),
        recording=Recording(row.recording),
        gateway=row.gateway,
        gateway_room=row.gateway_room or {},
        presences=presences(work, booking.id),
        rev=row.rev,
    )


def ensure(work: Work, booking: Booking) -> Room:
    """The room with its row, made now if need be, and nobody else changing it until this transaction ends."""
    work.backend.lock_key(work.connection, f"room:{booking.id}")
    room = get(work, booking)
    if room.rev:
        return room
    work.execute(_INSERT, {"id": booking.id, "organization_id": booking.organization_id, "updated_at": work.now, "rev": 1})
    return get(work, booking)


def save(work: Work, room: Room, changed: Mapping[str, Any]) -> None:
    """Write the changed columns of a room that :func:`ensure` gave."""
    values = {k: sorted(v) if isinstance(v, frozenset) else v for k, v in changed.items()}
    work.execute(update(rooms).where(rooms.c.id == room.booking.id).values(**values, rev=rooms.c.rev + 1, updated_at=work.now))


def by_reference(work: Work, gateway: str, ref: str) -> tuple[str, str] | None:
    """(organization, booking id) of the room a gateway calls ``ref``."""
    row = work.row(_BY_REF, {"gateway": gateway, "ref": ref})
    return (row.organization_id, row.id) if row else None


def versions(work: Work, booking_ids: Iterable[str]) -> dict[str, tuple[int, int, int]]:
    """(booking rev, link version, room rev) of each."""
    found = work.execute(_VERSIONS, {"ids": list(booking_ids)}).all()
    return {r.id: (r.rev, r.link_version, r.room_rev or 0) for r in found}


# --- presence -----------------------------------------------------------------------------------------------------------
def place(work: Work, room: Room, presence: Presence) -> None:
    """Give a role's place to a session."""
    values = {
        "session": presence.session,
        "server": presence.server,
        "status": presence.status,
        "since": presence.since,
        "seen_at": presence.seen_at,
    }
    where = (room_presence.c.booking_id == room.booking.id, room_presence.c.role == presence.role)
    if work.execute(update(room_presence).where(*where).values(**values)).rowcount == 0:
        key = {"booking_id": room.booking.id, "role": presence.role, "organization_id": room.booking.organization_id}
        work.execute(insert(room_presence).values(**key, **values))


def seen(work: Work, server: str) -> None:
    """Say that every place a server holds is still held."""
    work.execute(_SEEN.values(seen_at=work.now), {"me": server})


def waiting(work: Work, organization_id: str) -> list[tuple[str, Presence]]:
    """(booking id, presence) of customers in waiting rooms, longest first."""
    return [(r.booking_id, _presence(r)) for r in work.rows(_WAITING, {"org": organization_id})]


def post(work: Work, booking: Booking, role: str, body: Mapping[str, Any]) -> None:
    """Leave a message for the process that holds a role's socket; what nobody fetched for a minute goes."""
    work.execute(_OLD_MAIL, {"before": work.now - 60})
    key = {"organization_id": booking.organization_id, "booking_id": booking.id, "created_at": work.now}
    work.execute(_POST, {**key, "role": role, "body": dict(body)})


def mail(work: Work, booking_ids: Iterable[str], seq: int) -> list[tuple[int, str, str, dict[str, Any]]]:
    """(number, booking id, role, message) posted after number ``seq``."""
    rows = work.rows(_MAIL, {"ids": list(booking_ids), "seq": seq})
    return [(r.seq, r.booking_id, r.role, r.body) for r in rows]


def last_mail(work: Work) -> int:
    """The number of the newest message."""
    return int(work.execute(_LAST_MAIL).scalar() or 0)


# --- what a call leaves behind --------------------------------------------------------------------------------------------
def add_chat(work: Work, booking: Booking, role: str, body: str) -> None:
    """Keep a chat line with the booking."""
    work.execute(
        _CHAT,
        {
            "id": work.new_id(),
            "organization_id": booking.organization_id,
            "booking_id": booking.id,
            "position": work.execute(_CHAT_COUNT, {"id": booking.id}).scalar(),
            "role": role,
            "body": body,
            "created_at": work.now,
        },
    )


def chat(work: Work, organization_id: str, booking_id: str) -> Sequence[Row[Any]]:
    """Kept chat lines, oldest first."""
    return work.rows(_CHAT_OF, {"org": organization_id, "id": booking_id})


def add_recording(work: Work, booking: Booking, **values: Any) -> None:
    """Write a new recording's row."""
    base = {"organization_id": booking.organization_id, "booking_id": booking.id, "created_at": work.now, "updated_at": work.now}
    work.execute(_RECORDING, {**base, **values})


def recording(work: Work, organization_id: str, booking_id: str, recording_id: str) -> Row[Any] | None:
    """One recording."""
    return work.row(_RECORDING_GET, {"org": organization_id, "booking": booking_id, "id": recording_id})


def recordings_of(work: Work, organization_id: str, booking_id: str) -> Sequence[Row[Any]]:
    """A booking's recordings, oldest first."""
    return work.rows(_RECORDINGS, {"org": organization_id, "booking": booking_id})


def save_recording(work: Work, recording_id: str, expected: int | None = None, **changed: Any) -> bool:
    """Write changed columns; with ``expected``, only if that sequence number is the next one."""
    statement = update(recordings).where(recordings.c.id == recording_id)
    if expected is not None:
        statement = statement.where(recordings.c.next_sequence == expected)
    return work.execute(statement.values(**changed, updated_at=work.now)).rowcount == 1
