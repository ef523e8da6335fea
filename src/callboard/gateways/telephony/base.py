"""What everyone who places calls answers to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from callboard.domain.calls import Call, Dialled
from callboard.domain.errors import Forbidden

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a gateway can truly do; the console offers no more."""

    dials: bool
    reports: bool = False  # says by itself when a call rings, is answered, ends
    inbound: bool = False
    voicemail: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A carrier's report: ``status`` is ringing, answered, ended, missed or failed."""

    status: str
    provider_id: str | None = None
    call_id: str | None = None
    duration_seconds: int | None = None
    recording_url: str | None = None


class TelephonyGateway(ABC):
    """One way to place calls. What it cannot do it need not write."""

    name: str
    can: Abilities
    organization: str = ""  # whose the number is, when several organizations share the program

    @abstractmethod
    async def dial(self, call: Call) -> Dialled:
        """Place one call; never raises for what a carrier may answer."""

    def check(self, url: str, fields: Fields, headers: Fields) -> None:  # noqa: ARG002 - no calls come
        """Forbidden unless the carrier signed this request."""
        raise Forbidden("callbacks")

    def read_status(self, url: str, fields: Fields, headers: Fields) -> Progress | None:  # noqa: ARG002 - no calls come
        """A status call of the carrier, its signature checked; None when it reports nothing new."""
        raise Forbidden("callbacks")

    @abstractmethod
    def hints(self) -> list[str]:
        """What to enter at the carrier, line by line."""

    async def close(self) -> None:  # noqa: B027 - most hold nothing open
        """Let go of connections."""
