"""What every carrier of text messages answers to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from callboard.domain.errors import Forbidden
from callboard.domain.messages import Message, Outcome

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a carrier can truly do; the console shows it, and nothing is faked where it says no."""

    sends: bool
    receipts: bool = False  # reports that a handset got the message
    inbound: bool = False  # brings what customers write
    finds: bool = False  # can say whether an interrupted try went out


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A carrier's report: ``status`` is sent, delivered or failed; ``message_id`` is ours when the carrier carried it along."""

    status: str
    provider_id: str | None = None
    message_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A customer's text as the carrier hands it over."""

    from_number: str
    to_number: str
    body: str
    provider_id: str | None = None


class SmsGateway(ABC):
    """One carrier. What a carrier cannot do it need not write: the answers here are those of one that only sends."""

    name: str
    can: Abilities
    organization: str = ""  # where strangers' texts belong, when several organizations share the program

    @abstractmethod
    async def send(self, message: Message) -> Outcome:
        """Hand one message over; never raises for what a carrier may answer: the outcome says it."""

    async def find(self, message: Message) -> Outcome | None:  # noqa: ARG002 - nothing is known of earlier tries
        """What became of an earlier try that never ended; None when the carrier has not seen it."""
        return None

    def read_status(self, url: str, fields: Fields, headers: Fields) -> Receipt | None:  # noqa: ARG002 - no calls come
        """A status call of the carrier, its signature checked (Forbidden); None when it reports nothing new."""
        raise Forbidden("callbacks")

    def read_inbound(self, url: str, fields: Fields, headers: Fields) -> Inbound:  # noqa: ARG002 - no calls come
        """A customer's text, the carrier's signature checked (Forbidden)."""
        raise Forbidden("callbacks")

    @abstractmethod
    def hints(self) -> list[str]:
        """What to enter at the carrier so that it calls back, line by line."""

    async def close(self) -> None:  # noqa: B027 - most hold nothing open
        """Let go of connections."""
