"""The room's verbs: what pages do (arrive, depart, speak) and what operators do (admit, message, hold, mute, end).

An operator's console may be another process than the server that holds the sockets, so a verb writes how the room should be and
records an event; the server hears of it through the feed and makes it so. Nothing has to be delivered twice or in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from callboard.domain.bookings import Booking, Status
from callboard.domain.errors import Invalid, LinkDead, NotAllowed, PlaceTaken
from callboard.domain.organizations import Organization
from callboard.domain.rooms import LATE_AFTER, MAX_TEXT, ROLES, Presence, Recording, Role, Room, RoomState
from callboard.storage import rooms as store
from callboard.storage import trail
from callboard.storage.unit_of_work import Work


def _booking(work: Work, org: str, booking_id: str) -> Booking:
    from callboard.services import bookings

    return bookings.get(work, org, booking_id)


def _open(work: Work, org: str, booking_id: str) -> Room:
    """The room, locked, of a call that is not over."""
    room = store.ensure(work, _booking(work, org, booking_id))
    if room.state is RoomState.ENDED:
        raise NotAllowed("the call is over")
    return room


def _role(role: str) -> Role:
    for known in ROLES:
        if role == known:
            return known
    raise Invalid("role", "must be agent or customer")


def _text(text: str) -> str:
    clean = "".join(c for c in text if c.isprintable() or c == "\n").strip()
    if len(clean) > MAX_TEXT:
        raise Invalid("message", f"must not be longer than {MAX_TEXT} characters")
    return clean


def _changed(work: Work, room: Room, event: str, said: dict[str, Any] | None = None, **columns: Any) -> Room:
    """Write the room, record the event, and give the room as it is now."""
    store.save(work, room, columns)
    booking = room.booking
    work.record(f"room.{event}", booking.organization_id, booking.id, room.rev + 1, **(said or {}))
    return store.get(work, _booking(work, booking.organization_id, booking.id))


# --- asking -----------------------------------------------------------------------------------------------------------------
def state(work: Work, org: str, booking_id: str) -> Room:
    """A booking's room: ``.state``, its instants, ``.presences``."""
    return store.get(work, _booking(work, org, booking_id))


def waiting(work: Work, org: str) -> list[Room]:
    """Rooms whose customer waits now, longest first."""
    found = [(bid, p) for bid, p in store.waiting(work, org) if p.present(work.now)]
    rooms = [store.get(work, _booking(work, org, bid)) for bid, _ in found]
    return [r for r in rooms if r.state is RoomState.WAITING]


def states(work: Work, wanted: Iterable[tuple[str, str]]) -> list[Room]:
    """Rooms by (organization, booking id): what a server reads again for those that moved."""
    return [state(work, org, booking_id) for org, booking_id in wanted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a join page shows: the room, whose it is, who will be there, and the time it was moved from, if it was."""

    room: Room
    role: Role
    organization: Organization
    agent_name: str
    moved_from: int | None = None
    dead: str = ""  # why the link opens nothing any more: expired, cancelled, revoked


def opened(work: Work, booking_id: str, token: str) -> Opened:
    """What a join link opens. A dead link's page may still say whose call it was: its signature is good."""
    from callboard.services import links

    try:
        link = links.read(work, booking_id, token)
    except LinkDead as dead:
        return _opened(work, dead.organization_id, dead.booking_id, _role(dead.role), dead.kind)
    return _opened(work, link.booking.organization_id, booking_id, link.role)


def _opened(work: Work, org: str, booking_id: str, role: Role, dead: str = "") -> Opened:
    from callboard.services import agents, organizations

    room = state(work, org, booking_id)
    moves = [row.before for row in trail.history(work, org, booking_id) if row.action == "booking.moved" and row.before]
    was = [before["starts_at"] for before in moves if before.get("starts_at") not in {None, room.booking.starts_at}]
    return Opened(
        room=room,
        role=role,
        organization=organizations.get(work, org),
        agent_name=agents.get(work, org, room.booking.agent_id).name,
        moved_from=was[0] if was else None,
        dead=dead,
    )


def post(work: Work, org: str, booking_id: str, role: Role, body: Mapping[str, Any]) -> None:
    """Leave a message for the server process that holds a role's socket."""
    store.post(work, _booking(work, org, booking_id), role, body)
    work.touch(org, "room")


mail = store.mail
last_mail = store.last_mail
versions = store.versions  # what a server compares to see which of its rooms moved
seen = store.seen


# --- what pages do ----------------------------------------------------------------------------------------------------------
def arrive(
    work: Work, org: str, booking_id: str, role: Role, *, session: str, server: str, move: bool = False, lost: bool = False
) -> Room:
    """Take a role's place. The customer waits until admitted; the agent goes in. PlaceTaken when another tab sits there.

    ``session`` is ``tab.page``: the same tab may always take its place back, after a reload or a lost connection. ``lost`` says
    that this server has no socket of the role any more, so a place it holds on to is free.
    """
    room = _open(work, org, booking_id)
    held = room.presences.get(role)
    same_tab = held is not None and held.session.partition(".")[0] == session.partition(".")[0]
    free = move or same_tab or (lost and held is not None and held.server == server)
    if held is not None and held.present(work.now) and not free:
        raise PlaceTaken
    inside = role == "agent" or room.admitted_at is not None
    status = "in_room" if inside else "waiting"
    stays = held is not None and held.status == status and held.present(work.now)
    since = held.since if held is not None and stays else work.now
    store.place(work, room, Presence(role=role, session=session, server=server, status=status, since=since, seen_at=work.now))
    columns: dict[str, Any] = {}
    if status == "waiting" and room.waiting_at is None:
        columns["waiting_at"] = work.now
    if stays:  # the same person's socket came back: nothing to tell anyone
        store.save(work, room, columns)
        room = state(work, org, booking_id)
    else:
        late = max(0, work.now - room.booking.starts_at)
        said = {"role": role, "late_seconds": late if late > LATE_AFTER else 0}
        room = _changed(work, room, "joined" if inside else "waiting", said, **columns)
    return _begin(work, room)


def _begin(work: Work, room: Room) -> Room:
    """Once both are inside the call has begun, whoever came last."""
    from callboard.services import bookings

    both = all(r in room.presences and room.presences[r].status == "in_room" for r in ROLES)
    if not both or room.admitted_at is None or not all(room.present(r, work.now) for r in ROLES):
        return room
    org, booking_id = room.booking.organization_id, room.booking.id
    if room.booking.status is Status.PENDING:
        bookings.confirm(work, org, booking_id)
    if room.booking.status in {Status.PENDING, Status.SCHEDULED}:
        bookings.start(work, org, booking_id)
    if room.joined_at is None:
        store.save(work, room, {"joined_at": work.now})
    return state(work, org, booking_id)


def depart(work: Work, org: str, booking_id: str, role: Role, session: str) -> Room:
    """Leave a place, unless another session holds it by now."""
    room = store.ensure(work, _booking(work, org, booking_id))
    held = room.presences.get(role)
    if held is None or held.session != session or held.status == "left":
        return room
    store.place(work, room, replace(held, status="left", since=work.now, seen_at=work.now))
    columns = {"recording": Recording.OFF.value} if room.recording is not Recording.OFF else {}
    return _changed(work, room, "left", {"role": role}, **columns)


def keep_chat(work: Work, org: str, booking_id: str, role: Role, text: str) -> None:
    """Keep a line of chat with the booking, if its organization says so. NotAllowed where the room has no chat."""
    from callboard.services import organizations

    booking = _booking(work, org, booking_id)
    if not booking.features.chat:
        raise NotAllowed("chat is off in this room")
    if organizations.get(work, org).policy.keep_chat:
        store.add_chat(work, booking, role, _text(text))
        work.touch(org, "room")


def chat(work: Work, org: str, booking_id: str) -> list[dict[str, Any]]:
    """Kept chat: role, text, at (UTC seconds)."""
    return [{"role": r.role, "text": r.body, "at": r.created_at} for r in store.chat(work, org, booking_id)]


# --- what operators do --------------------------------------------------------------------------------------------------------
def admit(work: Work, org: str, booking_id: str) -> Room:
    """Let the customer in: now, or straight away when they come."""
    room = _open(work, org, booking_id)
    if room.admitted_at is not None:
        return room
    customer = room.presences.get("customer")
    if customer is not None and customer.status == "waiting":
        store.place(work, room, replace(customer, status="in_room", since=work.now))
    work.audit("room.admitted", org, booking_id, rev=room.booking.rev)
    return _begin(work, _changed(work, room, "admitted", {"role": "customer"}, admitted_at=work.now))


def message(work: Work, org: str, booking_id: str, text: str) -> Room:
    """Show a message on both pages, waiting or in the call; the empty text takes it away."""
    room, words = _open(work, org, booking_id), _text(text)
    verb = "room.message_shown" if words else "room.message_taken_away"
    work.audit(verb, org, booking_id, rev=room.booking.rev, before={"text": room.note}, after={"text": words})
    return _changed(work, room, "message", {}, note=words, note_at=work.now)


def hold(work: Work, org: str, booking_id: str, text: str = "") -> Room:
    """Put the call on hold: nobody sends anything until it is resumed. ``text`` is what both pages say meanwhile."""
    from callboard.services import bookings

    room = _open(work, org, booking_id)
    store.save(work, room, {"hold_message": _text(text)})
    bookings.hold(work, org, booking_id)
    return state(work, org, booking_id)


def resume(work: Work, org: str, booking_id: str) -> Room:
    """Take the call off hold."""
    from callboard.services import bookings

    room = _open(work, org, booking_id)
    bookings.resume(work, org, booking_id)
    store.save(work, room, {"hold_message": ""})
    return state(work, org, booking_id)


def mute(work: Work, org: str, booking_id: str, role: str, *, on: bool = True) -> Room:
    """Mute a participant, or let them speak again. Their page stops sending and the other page stops playing."""
    room = _open(work, org, booking_id)
    muted = room.muted | {_role(role)} if on else room.muted - {_role(role)}
    if muted == room.muted:
        return room
    work.audit("room.muted" if on else "room.unmuted", org, booking_id, rev=room.booking.rev, before={"role": role})
    return _changed(work, room, "updated", {"muted": sorted(muted)}, muted=muted)


def breakout(work: Work, org: str, booking_id: str, role: str, *, on: bool = True) -> Room:
    """Move a participant to the breakout room or back. Only peers in the same room are put through to each other."""
    room = _open(work, org, booking_id)
    if on and not room.booking.features.breakout_room:
        raise NotAllowed("this call has no breakout room")
    moved = room.breakout | {_role(role)} if on else room.breakout - {_role(role)}
    if moved == room.breakout:
        return room
    work.audit("room.moved_aside" if on else "room.brought_back", org, booking_id, rev=room.booking.rev, before={"role": role})
    return _changed(work, room, "updated", {"breakout": sorted(moved)}, breakout=moved)


def end(work: Work, org: str, booking_id: str) -> Room:
    """End the call for everyone. WrongState when it never began: that is a cancellation or a no-show."""
    from callboard.services import bookings

    room = _open(work, org, booking_id)
    bookings.complete(work, org, booking_id)
    store.save(work, room, {"recording": Recording.OFF.value, "muted": frozenset(), "breakout": frozenset(), "hold_message": ""})
    return state(work, org, booking_id)


def revoke_links(work: Work, org: str, booking_id: str) -> Room:
    """Make every join link handed out so far useless, and close the pages opened with one."""
    from callboard.services import bookings

    bookings.bump_links(work, org, booking_id)
    return state(work, org, booking_id)


def use_gateway(work: Work, org: str, booking_id: str, gateway: str, found: dict[str, Any]) -> Room:
    """Remember where a gateway put this booking's room, and what its webhooks will call it (``id``)."""
    room = store.ensure(work, _booking(work, org, booking_id))
    store.save(work, room, {"gateway": gateway, "gateway_room": found, "gateway_ref": found.get("id")})
    return state(work, org, booking_id)


def provider_said(work: Work, gateway: str, ref: str, kind: str, role: Role | None = None) -> Room | None:
    """A provider's webhook: who came and went on its page, and that its session ended. None for a room that is not ours."""
    found = store.by_reference(work, gateway, ref)
    if found is None:
        return None
    room = store.ensure(work, _booking(work, *found))
    if room.state is RoomState.ENDED:
        return room
    if kind == "ended" and room.booking.status in {Status.IN_PROGRESS, Status.ON_HOLD}:
        return end(work, *found)
    events = {"waiting": "waiting", "joined": "joined", "left": "left"}
    return _changed(work, room, events.get(kind, "updated"), {"role": role, "provider": gateway, "said": kind})
