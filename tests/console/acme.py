"""A believable office on a Friday morning in New York, for stories and pictures: three agents, a week of calls in every state."""

from __future__ import annotations

from datetime import date

from callboard.domain.bookings import Booking, Wish
from callboard.domain.events import Actor
from callboard.domain.hours import parse_hours
from callboard.domain.zones import instant
from callboard.services import agents, blocks, bookings, organizations
from callboard.services.service import Desk
from support import Clock

ZONE = "America/New_York"
FRIDAY = date(2026, 11, 20)
NOW = instant(FRIDAY, 9 * 60 + 41, ZONE)


def at(day: int, hour: int, minute: int = 0) -> int:
    """An instant of November 2026 in the office's zone."""
    return instant(date(2026, 11, day), hour * 60 + minute, ZONE)


class Acme:
    """The seeded desk, with ids to hand."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self.clock = clock
        self.settings = desk.settings
        self.desk = desk
        clock.now = NOW
        self.session = self.desk.acting(Actor(kind="cli", name="seed"))
        self.org = self.session.do(organizations.add, "Acme Moving", ZONE)
        hours = parse_hours("mon-fri 09:00-17:00")
        add = lambda name, zone: self.session.do(agents.add, self.org.id, name, timezone=zone, hours=hours)  # noqa: E731
        self.dana = add("Dana Reyes", ZONE)
        self.lee = add("Lee Okafor", "America/Chicago")
        self.mia = add("Mia Brandt", "Europe/London")

    def book(self, who: str, day: int, hour: int, minute: int = 0, **wish: object) -> Booking:
        """A booking for Dana unless told otherwise, made when it was still to come."""
        values: dict[str, object] = {
            "starts_at": at(day, hour, minute), "duration_minutes": 30, "agent_id": self.dana.id, "customer_name": who,
            "title": "survey", "outside_hours": True, "source": "console",
        }  # fmt: skip
        values.update(wish)
        was, self.clock.now = self.clock.now, min(self.clock.now, at(day, hour, minute) - 3600)
        try:
            return self.session.do(bookings.book, self.org.id, Wish(**values))  # type: ignore[arg-type]
        finally:
            self.clock.now = was

    def at(self, now: int, verb: object, booking: Booking) -> None:
        """A verb of the past."""
        was, self.clock.now = self.clock.now, now
        try:
            self.session.do(verb, self.org.id, booking.id)  # type: ignore[arg-type]
        finally:
            self.clock.now = was

    def week(self) -> Acme:
        """Calls in every state around the Friday."""
        book = self.book
        self.at(at(16, 9), bookings.start, first := book("Jo Doe", 16, 9, customer_phone="+14155550101", duration_minutes=60))
        self.at(at(16, 10), bookings.complete, first)
        book(
            "M. Chen",
            23,
            10,
            customer_phone="+14155551212",
            timezone="America/Los_Angeles",
            hold_minutes=3 * 1440,
            buffer_before_minutes=5,
            buffer_after_minutes=30,
            duration_minutes=60,
        )
        book("Ana Ruiz", 19, 9, customer_phone="+34600123456", timezone="Europe/Madrid", buffer_after_minutes=30)
        book("L. Park", 19, 10, 30, title="inventory", duration_minutes=60)
        gone = book("K. Osei", 20, 9, duration_minutes=15)
        self.at(at(20, 9, 1), bookings.start, gone)
        self.at(at(20, 9, 14), bookings.complete, gone)
        running = book(
            "P. Novak",
            20,
            9,
            30,
            customer_phone="+420602123456",
            customer_email="novak@example.com",
            timezone="Europe/Prague",
            notes="two bedrooms, piano",
            duration_minutes=60,
        )
        self.at(at(20, 9, 29), bookings.start, running)
        held = book(
            "A. Silva",
            20,
            9,
            15,
            agent_id=self.lee.id,
            title="claim review",
            customer_phone="+351912345678",
            timezone="Europe/Lisbon",
            duration_minutes=45,
        )
        self.at(at(20, 9, 16), bookings.start, held)
        self.at(at(20, 9, 40), bookings.hold, held)
        book(
            "R. Gupta",
            20,
            9,
            30,
            agent_id=self.mia.id,
            title="consultation",
            customer_phone="+442071234567",
            timezone="Europe/London",
        )
        book("T. Baker", 20, 11, customer_phone="+13125550188", timezone="America/Chicago")
        book("N. Haddad", 20, 11, 30, agent_id=self.lee.id, title="inventory", duration_minutes=45)
        book("S. Ito", 20, 14, 30, title="virtual survey, 3 bedrooms", customer_phone="+81312345678", timezone="Asia/Tokyo")
        missed = book("V. Cruz", 18, 15, agent_id=self.lee.id)
        self.at(at(18, 15, 40), bookings.no_show, missed)
        do = self.session.do
        do(blocks.add, self.org.id, starts_at=at(18, 9), ends_at=at(18, 10, 30), agent_id=self.dana.id, title="dentist")
        do(
            blocks.add,
            self.org.id,
            starts_at=at(18, 10),
            ends_at=at(18, 11),
            agent_id=self.dana.id,
            title="school",
            external_source="google",
            external_id="g1",
        )
        do(blocks.add, self.org.id, starts_at=at(19, 11), ends_at=at(19, 12), agent_id=self.dana.id, title="all hands")
        do(blocks.add, self.org.id, starts_at=at(24, 12), ends_at=at(24, 13), title="office lunch")
        return self
