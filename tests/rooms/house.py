"""A real server with the rooms mounted, on its own thread and port, and bookings to hold a call in."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import uvicorn
from starlette.applications import Starlette

from callboard.domain.bookings import Booking, Features, Wish
from callboard.services import agents, bookings, links
from callboard.services.service import Desk
from callboard.web.rooms import Hub, mount

if TYPE_CHECKING:
    from support import Office
from support import Office


@dataclass
class Shifted:
    """The real clock, some seconds away from now."""

    by: int = 0

    def __call__(self) -> int:
        return int(time.time()) + self.by


class Server:
    """uvicorn with the rooms on a port of its own; may be stopped and started again on the same port."""

    def __init__(self, desk: Desk, **choices: Any) -> None:
        self.desk = desk
        self.choices = choices
        self.port = 0
        self.hub: Hub | None = None

    def start(self) -> None:
        app = Starlette()
        self.hub = mount(app, self.desk, **self.choices)
        config = uvicorn.Config(
            app, host="127.0.0.1", port=self.port, log_level="error", lifespan="off", ws_max_size=65536, ws="websockets-sansio"
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    def _run(self) -> None:
        async def serve() -> None:
            await self.server.serve()
            await self.hub.close()

        asyncio.run(serve())

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(timeout=10)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


@dataclass
class Place:
    """The office, its server, and short ways to make a call and its links."""

    office: Office
    server: Server
    clock: Shifted
    agents: list[Any] = field(default_factory=list)

    @property
    def org(self) -> str:
        return self.office.org

    def book(self, starts_in: int = 600, features: Features | None = None, **wish: Any) -> Booking:
        """A call of half an hour, that many seconds from now, with an agent of its own."""
        agent = self.office.do(agents.add, f"Dana Reyes {len(self.agents)}" if self.agents else "Dana Reyes")
        self.agents.append(agent)
        made = Wish(
            starts_at=self.clock() + max(starts_in, 60),
            duration_minutes=30,
            agent_id=agent.id,
            customer_name=wish.pop("customer_name", "Robin Vale"),
            timezone=wish.pop("timezone", "Europe/Berlin"),
            outside_hours=True,
            features=features or Features(),
            **wish,
        )
        booking: Booking = self.office.do(bookings.book, made)
        if starts_in < 60:
            self.clock.by += 60 - starts_in
        return booking

    def link(self, booking: Booking, role: str) -> str:
        booking = self.office.get(bookings.get, booking.id)
        return self.office.session.get(links.join_url, self.server.url, booking, role)

    def token(self, booking: Booking, role: str) -> str:
        return parse_qs(urlsplit(self.link(booking, role)).query)["t"][0]
