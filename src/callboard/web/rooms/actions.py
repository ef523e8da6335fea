"""What a page may say after its hello, one function a kind. Whatever the room does not have is refused here, not hidden there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from callboard.domain.errors import Forbidden, Invalid, NotAllowed
from callboard.domain.rooms import MAX_TEXT, Role, RoomState
from callboard.services import recordings, rooms
from callboard.web.rooms import sdp, views
from callboard.web.rooms.hub import ACTORS, Hub, Live, Peer

Action = Callable[[Hub, Peer, dict[str, Any]], Awaitable[None]]


def _live(hub: Hub, peer: Peer) -> Live:
    live = hub.live.get(peer.booking_id)
    if live is None or live.peers.get(peer.role) is not peer:
        raise NotAllowed("this page no longer holds its place")
    return live


def _others(hub: Hub, live: Live, peer: Peer) -> list[Role]:
    """The roles this page is put through to now."""
    return views.visible(live.room, peer.role, hub.desk.clock())


def _word(message: Mapping[str, Any], name: str, most: int) -> str:
    value = message.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise Invalid(name, f"must be text of at most {most} characters")
    return value.encode("utf-8", "replace").decode()  # a lone surrogate cannot be stored or sent on


def _yes(message: Mapping[str, Any], name: str = "on") -> bool:
    value = message.get(name)
    if not isinstance(value, bool):
        raise Invalid(name, "must be true or false")
    return value


# --- between pages ------------------------------------------------------------------------------------------------------
async def signal(hub: Hub, peer: Peer, message: dict[str, Any]) -> None:
    """A description or candidate for another page: policed, then passed on, to pages this one is put through to and no other."""
    live = _live(hub, peer)
    room, to = live.room, message.get("to")
    target = next((r for r in _others(hub, live, peer) if views.peer_id(peer.booking_id, room.presences[r].session) == to), None)
    if target is None:
        raise NotAllowed("you are not connected with that page")
    passed: dict[str, Any] = {"type": "signal", "from": peer.id}
    description = message.get("description")
    if isinstance(description, dict):
        kind, text = description.get("type"), description.get("sdp")
        if kind not in {"offer", "answer"} or not isinstance(text, str):
            raise NotAllowed("that is not a description")
        passed["description"] = {"type": kind, "sdp": sdp.police(text, peer.role, room.booking.features)}
    elif "candidate" in message:
        passed["candidate"] = sdp.candidate(message["candidate"])
    elif message.get("restart") is True:
        passed["restart"] = True
    else:
        raise NotAllowed("that is neither a description nor a candidate")
    await hub.post(live, target, passed)


async def chat(hub: Hub, peer: Peer, message: dict[str, Any]) -> None:
    """A line of chat."""
    live = _live(hub, peer)
    if not live.room.booking.features.chat:
        raise NotAllowed("chat is off in this room")
    text = _word(message, "text", MAX_TEXT).strip()
    others = _others(hub, live, peer)
    if not text or not others:
        raise NotAllowed("there is nobody to read it" if text else "an empty line")
    if peer.keep_chat:
        await hub.desk.acting(ACTORS[peer.role]).run(rooms.keep_chat, peer.org, peer.booking_id, peer.role, text)
    at = hub.desk.clock()
    for other in others:
        await hub.post(live, other, {"type": "chat", "own": False, "text": text, "at": at})
    peer.send({"type": "chat", "own": True, "text": text, "at": at})


async def media(hub: Hub, peer: Peer, message: dict[str, Any]) -> None:
    """What this page sends now, for the signs beside the picture; sharing is refused where the room has none."""
    live = _live(hub, peer)
    found = {name: message[name] for name in ("mic", "cam", "sharing") if isinstance(message.get(name), bool)}
    if found.get("sharing") and not live.room.booking.features.screen_sharing:
        raise NotAllowed("screen sharing is off in this room")
    peer.media = {**peer.media, **found}
    hub.tell(live)
    for other in _others(hub, live, peer):
        if other not in live.peers:
            await hub.post(live, other, {"type": "media", "of": peer.role, "media": peer.media})


async def sfu(hub: Hub, peer: Peer, message: dict[str, Any]) -> None:
    """For the media server, where the gateway has one; policed like everything else."""
    room = _live(hub, peer).room
    if peer.leg is None:
        raise NotAllowed("this room has no media server")
    description = message.get("description")
    if isinstance(description, dict):
        text = description.get("sdp")
        if not isinstance(text, str):
            raise NotAllowed("that is not a description")
        if message.get("do") == "publish":
            text = sdp.police(text, peer.role, room.booking.features)
        message = {**message, "description": {"type": description.get("type"), "sdp": text}}
    elif "candidate" in message:
        message = {**message, "candidate": sdp.candidate(message["candidate"])}
    await peer.leg.handle(message)


# --- the agent's page -----------------------------------------------------------------------------------------------------
def _agent(peer: Peer) -> None:
    if peer.role != "agent":
        raise Forbidden("room:operate")


def _verb(name: str) -> Action:
    """A verb of the room without more to say than that."""

    async def act(hub: Hub, peer: Peer, _message: dict[str, Any]) -> None:
        _agent(peer)
        _live(hub, peer)
        hub.apply(await hub.desk.acting(ACTORS[peer.role]).run(getattr(rooms, name), peer.org, peer.booking_id))

    return act


def _worded(name: str) -> Action:
    """A verb with a message for the pages."""

    async def act(hub: Hub, peer: Peer, message: dict[str, Any]) -> None:
        _agent(peer)
        _live(hub, peer)
        text = _word(message, "text", MAX_TEXT)
        hub.apply(await hub.desk.acting(ACTORS[peer.role]).run(getattr(rooms, name), peer.org, peer.booking_id, text))

    return act


def _switch(name: str) -> Action:
    """A verb that turns something on or off for the customer."""

    async def act(hub: Hub, peer: Peer, message: dict[str, Any]) -> None:
        _agent(peer)
        _live(hub, peer)
        role, on = _word(message, "role", 16), _yes(message)
        hub.apply(await hub.desk.acting(ACTORS[peer.role]).run(getattr(rooms, name), peer.org, peer.booking_id, role, on=on))

    return act


async def record(hub: Hub, peer: Peer, message: dict[str, Any]) -> None:
    """Ask to record, or stop."""
    _agent(peer)
    _live(hub, peer)
    verb = recordings.ask if _yes(message) else recordings.stop
    hub.apply(await hub.desk.acting(ACTORS[peer.role]).run(verb, peer.org, peer.booking_id))


async def consent(hub: Hub, peer: Peer, message: dict[str, Any]) -> None:
    """The customer's answer to being recorded; theirs alone to give."""
    live = _live(hub, peer)
    if peer.role != "customer":
        raise Forbidden("room:consent")
    if live.room.state is RoomState.ENDED:
        raise NotAllowed("the call is over")
    answer = _yes(message)
    hub.apply(await hub.desk.acting(ACTORS[peer.role]).run(recordings.consent, peer.org, peer.booking_id, given=answer))


ACTIONS: Mapping[str, Action] = {
    "signal": signal,
    "chat": chat,
    "media": media,
    "sfu": sfu,
    "record": record,
    "consent": consent,
    "admit": _verb("admit"),
    "resume": _verb("resume"),
    "end": _verb("end"),
    "message": _worded("message"),
    "hold": _worded("hold"),
    "mute": _switch("mute"),
    "breakout": _switch("breakout"),
}
