"""The rooms whose sockets are in this process: told what the database says, never the other way round.

Every change, an operator's in another process too, arrives as an announcement; the hub compares versions, reads the rooms that
moved, and sends each page its snapshot. A restarted server therefore needs no memory: pages come back and are told how it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from callboard.domain.errors import CallboardError, Unavailable
from callboard.domain.events import Actor, Announcement
from callboard.domain.rooms import ROLES, Role, Room, RoomState
from callboard.gateways.rooms import Leg, RoomGateway
from callboard.services import rooms
from callboard.services.service import Desk, Session
from callboard.web import logs
from callboard.web.rooms import views

log = logs.get("callboard.rooms")
GRACE = 1.5  # seconds a lost socket may take to come back before its person counts as gone
HEARTBEAT = 15.0
MAIL_SECONDS = 0.2
MAX_SOCKETS = 4000
MAX_QUEUE = 256
SERVER = Actor(kind="clock", name="rooms")
ACTORS: Mapping[str, Actor] = {
    "agent": Actor(kind="console", name="agent's page"),
    "customer": Actor(kind="customer", name="join page"),
}


class Closed(Exception):
    """The socket must close with this code (4000 and up are ours; the page knows what each means)."""

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(reason)


@dataclass(eq=False, slots=True)
class Peer:
    """One page's socket, once it has shown a good link."""

    org: str
    booking_id: str
    role: Role
    session: str  # tab.page
    link_version: int
    names: Mapping[str, str]
    keep_chat: bool = False
    outbox: asyncio.Queue[dict[str, Any] | Closed] = field(default_factory=lambda: asyncio.Queue(MAX_QUEUE))
    media: dict[str, Any] = field(default_factory=dict)
    leg: Leg | None = None
    told: dict[str, Any] | None = None
    ticket: bool = False

    @property
    def id(self) -> str:
        """What others know this page by."""
        return views.peer_id(self.booking_id, self.session)

    def send(self, message: dict[str, Any]) -> None:
        """Queue a message; a page that does not read its messages is let go."""
        try:
            self.outbox.put_nowait(message)
        except asyncio.QueueFull:
            self.close(Closed(1013, "too slow"))

    def close(self, closed: Closed) -> None:
        """Close after what is queued; at once when the queue is full."""
        if self.outbox.full():
            while not self.outbox.empty():
                self.outbox.get_nowait()
        self.outbox.put_nowait(closed)


@dataclass(eq=False, slots=True)
class Live:
    """A room with at least one socket here."""

    room: Room
    peers: dict[Role, Peer] = field(default_factory=dict)
    far: dict[str, dict[str, Any]] = field(default_factory=dict)  # what pages in other processes say they send
    version: tuple[int, int, int] = (0, 0, 0)
    mail: int = 0  # the last message fetched for it
    closed: bool = False  # the gateway was told that the call is over


class Hub:
    """All live rooms of this process."""

    def __init__(self, desk: Desk, gateway: RoomGateway) -> None:
        self.desk = desk
        self.gateway = gateway
        self.server = secrets.token_hex(8)
        self.live: dict[str, Live] = {}
        self._moved: set[str] = set()  # organizations that something happened in; "" is all of them
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._later: set[asyncio.Task[None]] = set()
        self._unsubscribe: Any = None
        self._mail = 0

    # --- life -----------------------------------------------------------------------------------------------------------
    async def start(self) -> None:
        """Begin to listen; called with the first socket, because only then there is surely a running loop."""
        if self._unsubscribe is not None:
            return
        loop = asyncio.get_running_loop()

        def heard(announcement: Announcement) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has closed; so have all sockets
                loop.call_soon_threadsafe(self._heard, announcement)

        self._unsubscribe = lambda: None  # taken before the first await: two sockets may come at once
        self._unsubscribe = await asyncio.to_thread(self.desk.subscribe, heard)
        self._mail = await self._as_server().read(rooms.last_mail)
        loops = (self._reconcile_forever(), self._beat_forever(), self._fetch_forever())
        self._tasks = [asyncio.create_task(one) for one in loops]

    async def close(self) -> None:
        """Stop listening and say goodbye to every page; they come back by themselves."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        for task in [*self._tasks, *self._later]:
            task.cancel()
        for live in self.live.values():
            for peer in live.peers.values():
                peer.close(Closed(1012, "restarting"))
        await self.gateway.close()

    def _heard(self, announcement: Announcement) -> None:
        if announcement.nouns & {"room", "booking", "storage"}:
            self._moved.add(announcement.organization_id)
            self._wake.set()

    async def _reconcile_forever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.reconcile()
            except CallboardError as error:
                log.warning("rooms.reconcile", error=error.code)
                await asyncio.sleep(1)
                self._wake.set()

    async def _beat_forever(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            if self.live:
                with contextlib.suppress(CallboardError):
                    await self._as_server().run(rooms.seen, self.server)

    async def _fetch_forever(self) -> None:
        """Mail has no event, so its announcement may be lost in another; while a room spans processes it is looked for."""
        while True:
            await asyncio.sleep(MAIL_SECONDS)
            with contextlib.suppress(CallboardError):
                await self._fetch(list(self.live))

    def _as_server(self) -> Session:
        return self.desk.acting(SERVER)

    # --- keeping pages told ---------------------------------------------------------------------------------------------
    async def reconcile(self) -> None:
        """Read the rooms that moved and tell their pages."""
        moved, self._moved = self._moved, set()
        ids = [i for i, live in self.live.items() if "" in moved or live.room.booking.organization_id in moved]
        if not ids:
            return
        try:
            found = await self._as_server().read(rooms.versions, ids)
            wanted = [
                (live.room.booking.organization_id, i)
                for i, version in found.items()
                if (live := self.live.get(i)) is not None and live.version != version
            ]
            if wanted:
                for room in await self._as_server().read(rooms.states, wanted):
                    self.apply(room)
            await self._fetch(ids)
        except CallboardError:
            self._moved |= moved
            raise

    def _mail_of(self, booking_id: str) -> int:
        live = self.live.get(booking_id)
        return max(self._mail, live.mail) if live is not None else self._mail

    def _far(self, live: Live, role: Role) -> bool:
        """Whether a role's socket is in another process."""
        place = live.room.presences.get(role)
        return role not in live.peers and place is not None and place.server != self.server and place.present(self.desk.clock())

    async def _fetch(self, ids: list[str]) -> None:
        """Messages that other processes left for pages of ours."""
        wanted = [i for i in ids if (live := self.live.get(i)) is not None and any(self._far(live, r) for r in ROLES)]
        if not wanted:
            return
        for seq, booking_id, role, message in await self._as_server().read(rooms.mail, wanted, min(map(self._mail_of, wanted))):
            live = self.live.get(booking_id)
            if live is None or seq <= self._mail_of(booking_id):
                continue
            live.mail = seq
            if message["type"] == "media":
                live.far[message["of"]] = message["media"]
                self.tell(live)
            elif (peer := next((p for r, p in live.peers.items() if r == role), None)) is not None:
                peer.send(message)

    async def post(self, live: Live, role: Role, message: dict[str, Any]) -> None:
        """A message to a role's page, wherever its socket is."""
        if (peer := live.peers.get(role)) is not None:
            peer.send(message)
        elif self._far(live, role):
            booking = live.room.booking
            await self._as_server().run(rooms.post, booking.organization_id, booking.id, role, message)

    def apply(self, room: Room) -> None:
        """The room is now like this: tell its pages what changed for them."""
        live = self.live.get(room.booking.id)
        if live is None:
            return
        version = (room.booking.rev, room.booking.link_version, room.rev)
        if version[0] < live.version[0] or version[2] < live.version[2]:
            return  # read before something that was already told
        live.room, live.version = room, version
        for role, peer in list(live.peers.items()):
            place = room.presences.get(role)
            if peer.link_version != room.booking.link_version:
                self._expel(live, peer, Closed(4403, "revoked"))
            elif place is not None and place.session != peer.session:
                self._expel(live, peer, Closed(4409, "moved"))
        self.tell(live)

    def tell(self, live: Live) -> None:
        """Send every page its snapshot, if it differs from the last."""
        now = self.desk.clock()
        media: dict[str, dict[str, Any]] = {**live.far, **{role: peer.media for role, peer in live.peers.items()}}
        for role, peer in live.peers.items():
            view = views.snapshot(live.room, role, peer.names, media, now)
            if view["place"] == "in_room" and not peer.ticket:  # never before: a ticket opens the room
                peer.ticket = True
                if self.gateway.relays:
                    self.soon(self._connect(live, peer))
                else:
                    self._ticket(live, peer)
            if {**view, "now": 0} != peer.told:
                peer.told = {**view, "now": 0}
                peer.send(view)
            if peer.leg is not None:
                self.soon(peer.leg.allow(**_flow(live.room, role, now)))
        if live.room.state is RoomState.ENDED and not live.closed:
            live.closed = True
            self.soon(self._ended(live))

    def _ticket(self, live: Live, peer: Peer) -> None:
        room = live.room
        peer.send({"type": "ticket", **self.gateway.ticket(room.booking, peer.role, room.gateway_room, self.desk.clock())})

    async def _connect(self, live: Live, peer: Peer) -> None:
        """A page's way through the media server, now that it may go in."""

        async def send(message: Mapping[str, Any]) -> None:
            peer.send({"type": "sfu", **message})

        try:
            self._ticket(live, peer)
            peer.leg = await self.gateway.leg(live.room.booking, peer.role, live.room.gateway_room, send)
            peer.send({"type": "sfu", "do": "ready"})
            await peer.leg.join()
            await peer.leg.allow(**_flow(live.room, peer.role, self.desk.clock()))
        except CallboardError:
            peer.close(Closed(4503, "media server"))

    async def _ended(self, live: Live) -> None:
        with contextlib.suppress(Unavailable):
            await self.gateway.end(live.room.booking, live.room.gateway_room)

    def soon(self, work: Any) -> None:
        """Run a coroutine beside everything else, and keep hold of it until it is done."""
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    # --- coming and going -----------------------------------------------------------------------------------------------
    async def enter(self, peer: Peer, *, move: bool) -> Live:
        """Give a page its place; PlaceTaken when another tab sits there and ``move`` was not asked for."""
        if sum(len(live.peers) for live in self.live.values()) >= MAX_SOCKETS:
            raise Closed(1013, "full")
        here = self.live.get(peer.booking_id)
        lost = here is None or peer.role not in here.peers
        verb = self.desk.acting(ACTORS[peer.role])
        room = await verb.run(
            rooms.arrive, peer.org, peer.booking_id, peer.role, session=peer.session, server=self.server, move=move, lost=lost
        )
        live = self.live.setdefault(peer.booking_id, Live(room))
        old = live.peers.get(peer.role)
        if old is not None and old is not peer:
            code = 4408 if old.session == peer.session else 4409
            self._expel(live, old, Closed(code, "moved"))
        live.peers[peer.role] = peer
        self.apply(room)
        return live

    def _expel(self, live: Live, peer: Peer, closed: Closed) -> None:
        if live.peers.get(peer.role) is peer:
            del live.peers[peer.role]
        peer.close(closed)

    async def leave(self, peer: Peer, *, at_once: bool) -> None:
        """A socket is gone. Its person is too, unless they come back within the grace."""
        live = self.live.get(peer.booking_id)
        if live is not None and live.peers.get(peer.role) is peer:
            del live.peers[peer.role]
            if not live.peers:
                del self.live[peer.booking_id]
        if peer.leg is not None:
            self.soon(peer.leg.close())
        self.soon(self._gone(peer, 0 if at_once else GRACE))

    async def _gone(self, peer: Peer, after: float) -> None:
        await asyncio.sleep(after)
        live = self.live.get(peer.booking_id)
        back = live.peers.get(peer.role) if live is not None else None
        if back is not None and back.session == peer.session:
            return
        with contextlib.suppress(CallboardError):
            room = await self.desk.acting(ACTORS[peer.role]).run(rooms.depart, peer.org, peer.booking_id, peer.role, peer.session)
            self.apply(room)


def _flow(room: Room, role: Role, now: int) -> dict[str, bool]:
    """What a media server lets through of a role now: nothing on hold, nothing for nobody to see, no sound of the muted."""
    flows = room.state in {RoomState.IN_CALL, RoomState.ADMITTED} and bool(views.visible(room, role, now))
    return {"mic": flows and role not in room.muted, "pictures": flows}
