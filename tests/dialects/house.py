"""A real server on a real socket over a real SQLite file, and organizations to live in it.

One server serves a whole session; each test makes an organization of its own, so tests cannot disturb one another.
"""

from __future__ import annotations

import asyncio
import itertools
import ssl
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from callboard.domain.agents import Agent
from callboard.domain.events import Actor
from callboard.domain.hours import WeeklyHours, parse_hours
from callboard.domain.keys import ApiKey
from callboard.domain.organizations import Organization
from callboard.domain.zones import parse_instant
from callboard.services import agents, keys, organizations
from callboard.services.service import Desk
from callboard.settings import Settings
from callboard.web import dialects as registry
from callboard.web.contract import Dialect
from callboard.web.running import listening
from support import Clock

NOW = "2026-04-22T12:00:00Z"  # before every date in the contracts' examples but Involve's
_numbers = itertools.count(1)
_PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used on http; making one anew for each client costs 20 ms


def at(text: str) -> int:
    """UTC seconds of an ISO text."""
    return parse_instant(text, "test")


@dataclass
class Tenant:
    """One organization, its agents, and a client that carries its key."""

    house: House
    org: Organization
    agents: list[Agent]
    key: ApiKey
    text: str
    clients: list[httpx.Client] = field(default_factory=list)

    def client(self, text: str | None = None, scheme: str = "Bearer") -> httpx.Client:
        """An HTTP client; ``text`` another key than the organization's own (empty: none)."""
        text = self.text if text is None else text
        headers = {"authorization": f"{scheme} {text}"} if text else {}
        client = httpx.Client(base_url=self.house.url, headers=headers, timeout=20, verify=_PLAIN)
        self.clients.append(client)
        return client

    def new_key(self, *scopes: str, flavour: str = "qubesheets", rate_limit: int | None = None) -> str:
        """Another key of the organization."""
        return self.session.do(keys.add, self.org.id, "test", flavour, scopes, rate_limit=rate_limit)[1]

    @property
    def session(self) -> Any:
        """The desk as the command line uses it."""
        return self.house.desk.acting(Actor(kind="cli", name="test"))

    def policy(self, **changes: Any) -> None:
        """Change the organization's policy."""
        old = self.session.get(organizations.get, self.org.id)
        self.session.do(organizations.update, self.org.id, policy=replace(old.policy, **changes))

    def close(self) -> None:
        for client in self.clients:
            client.close()


class House:
    """The server, running in a thread of its own."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Any = None,
        dialects: Iterable[Dialect] | None = None,
        extra: Iterable[Dialect] = (),
        **settings: Any,
    ) -> None:
        self.clock = clock or Clock(NOW)
        settings.setdefault("failed_keys_per_minute", 0)  # all tests come from one address, at one instant of their clock
        self.settings = Settings(data_dir=folder, port=0, **settings)
        self.desk = Desk(self.settings, clock=self.clock)
        self.dialects = tuple(registry.load() if dialects is None else dialects) + tuple(extra)
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="house")
        self._thread.start()
        self._ready.wait(20)
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - told to the test
            self._error = error
            self._ready.set()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        async with listening(self.desk, self.settings, dialects=self.dialects) as server:
            self.url = self.desk.public_url
            self.port = server.port
            self.app = server.config.app
            self._ready.set()
            await self._stop.wait()

    def tenant(
        self,
        *,
        agents_wanted: int = 1,
        timezone: str = "America/New_York",
        hours: WeeklyHours | None = None,
        scopes: Iterable[str] = (),
        flavour: str = "qubesheets",
        rate_limit: int | None = 1_000_000,
    ) -> Tenant:
        """A new organization with agents who work around the clock (unless told their hours) and a key of every scope."""
        session = self.desk.acting(Actor(kind="cli", name="test"))
        number = next(_numbers)
        org = session.do(organizations.add, f"Acme {number}", timezone)
        always = hours or parse_hours("mon-sun 00:00-24:00")
        made = [
            session.do(agents.add, org.id, f"Agent {i}", timezone=timezone, hours=always, direction="outbound")
            for i in range(agents_wanted)
        ]
        key, text = session.do(keys.add, org.id, "test key", flavour, tuple(scopes), rate_limit=rate_limit)
        return Tenant(self, org, made, key, text)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)
        self.desk.close()
