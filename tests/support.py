"""A clock that stands still and an organization to act in, for every test."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any

from callboard.domain.agents import Agent
from callboard.domain.events import Actor
from callboard.domain.organizations import Organization
from callboard.domain.zones import parse_instant
from callboard.services import agents, organizations
from callboard.services.service import Desk, Session

POSTGRES = os.environ.get("CALLBOARD_TEST_POSTGRES", "")
NO_POSTGRES = "set CALLBOARD_TEST_POSTGRES=postgresql://user@host:port/postgres to run it (see .ci/run)"


class Peer(ThreadingHTTPServer):
    """A server of somebody else's. The library's own lets five connections wait and loses the sixth for a second or more."""

    request_queue_size = 128
    daemon_threads = True


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self, text: str = "2026-01-05T12:00:00Z") -> None:
        self.now = parse_instant(text, "clock")

    def __call__(self) -> int:
        return self.now

    def set(self, text: str) -> None:
        self.now = parse_instant(text, "clock")

    def pass_(self, seconds: int) -> None:
        self.now += seconds


@dataclass
class Office:
    """An organization with agents on a desk, and short ways to act there."""

    desk: Desk
    session: Session
    organization: Organization
    agents: list[Agent] = field(default_factory=list)

    @property
    def org(self) -> str:
        return self.organization.id

    def do(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """A verb of this organization."""
        return self.session.do(verb, self.org, *args, **kwargs)

    def get(self, query: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """A query of this organization."""
        return self.session.get(query, self.org, *args, **kwargs)

    def hire(self, name: str, **fields: Any) -> Agent:
        agent: Agent = self.do(agents.add, name, **fields)
        self.agents.append(agent)
        return agent

    def as_api(self) -> Session:
        return self.desk.acting(Actor(kind="api", name="test", organization_id=self.org))


def make_office(desk: Desk, name: str = "Acme Moving", timezone: str = "America/New_York", hired: int = 1) -> Office:
    session = desk.acting(Actor(kind="console", name="tester"))
    office = Office(desk, session, session.do(organizations.add, name, timezone))
    for n in range(hired):
        office.hire(["Dana", "Lee", "Kim", "Sol", "Ash"][n % 5] + ("" if n < 5 else str(n)))
    return office
