"""What a page is told of its room: one snapshot, whole, each time anything moved. Nothing a role may not know is in it."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from callboard.domain.rooms import ROLES, Role, Room, RoomState, redirect_for
from callboard.web.rooms.sdp import may_send


def peer_id(booking_id: str, session: str) -> str:
    """What others know a session by; the session itself would let them take its place."""
    return sha256(f"{booking_id}:{session}".encode()).hexdigest()[:12]


def visible(room: Room, role: Role, now: int) -> list[Role]:
    """The other roles that ``role`` is put through to: inside, present, and in the same of the two rooms."""
    own = room.presences.get(role)
    if own is None or own.status != "in_room" or room.state is RoomState.ENDED:
        return []
    side = role in room.breakout
    return [
        r
        for r in ROLES
        if r != role and room.present(r, now) and room.presences[r].status == "in_room" and (r in room.breakout) == side
    ]


def allowed(room: Room, role: Role) -> dict[str, Any]:
    """What this role may do, as the server enforces it."""
    features = room.booking.features
    microphone, camera, screen = may_send(role, features)
    return {
        "microphone": microphone,
        "camera": camera,
        "screen": screen,
        "chat": features.chat,
        "recording": features.call_recording,
        "breakout": features.breakout_room,
        "blur": features.background_blurring,
        "list": features.participant_list,
        "bandwidth": features.bandwidth_kbps,
    }


def snapshot(
    room: Room, role: Role, names: Mapping[str, str], media: Mapping[str, Mapping[str, Any]], now: int
) -> dict[str, Any]:
    """The room for a role. ``names`` and ``media`` (mic, cam, sharing) by role; no names with the participant list off."""
    booking = room.booking
    own = room.presences.get(role)
    listed = booking.features.participant_list
    view: dict[str, Any] = {
        "type": "room",
        "now": now,
        "state": room.state.value,
        "status": booking.status.value,
        "startsAt": booking.starts_at,
        "endsAt": booking.ends_at,
        "startedAt": booking.session_started_at,
        "heldAt": booking.on_hold_started_at if room.state is RoomState.ON_HOLD else None,
        "endedAt": booking.session_ended_at,
        "holdMessage": room.hold_message if room.state is RoomState.ON_HOLD else "",
        "note": room.note,
        "noteAt": room.note_at,
        "may": allowed(room, role),
        "theirs": list(may_send("customer" if role == "agent" else "agent", booking.features)),
        "place": own.status if own else "left",
        "muted": role in room.muted,
        "breakout": role in room.breakout,
        "recording": room.recording.value,
        "peers": [_peer(room, r, names, media, listed=listed) for r in visible(room, role, now)],
    }
    if role == "agent":
        view["customer"] = _customer(room, names, now, listed=listed)
    if room.state is RoomState.ENDED:
        view["redirect"] = redirect_for(booking, role) if booking.status == "completed" else None
    return view


def _peer(
    room: Room, role: Role, names: Mapping[str, str], media: Mapping[str, Mapping[str, Any]], *, listed: bool
) -> dict[str, Any]:
    known = {"id": peer_id(room.booking.id, room.presences[role].session), "muted": role in room.muted, **media.get(role, {})}
    return {**known, "role": role, "name": names.get(role, "")} if listed else known


def _customer(room: Room, names: Mapping[str, str], now: int, *, listed: bool) -> dict[str, Any]:
    """What the agent's page shows of the customer before they are put through."""
    presence = room.presences.get("customer")
    present = room.present("customer", now)
    found = {
        "place": presence.status if presence and present else "left" if presence else "never",
        "since": presence.since if presence else None,
        "muted": "customer" in room.muted,
        "breakout": "customer" in room.breakout,
        "lateBy": room.late_by(presence.since) if presence else 0,
    }
    return {**found, "name": names.get("customer", "")} if listed else found
