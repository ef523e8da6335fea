"""A believable sample day, made through the same verbs as a real one: what ``callboard demo`` shows.

The past is made in the past: each step sets the desk's clock to when it would have happened, so audit, messages and
reminders are true.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from callboard.domain.agents import Agent
from callboard.domain.bookings import Assignment, Booking, Features, Move, Wish
from callboard.domain.errors import Refused
from callboard.domain.events import Actor
from callboard.domain.hours import parse_hours
from callboard.domain.organizations import Branding, Organization, Policy
from callboard.domain.zones import DAY, instant, local, local_day
from callboard.services import agents, availability, blocks, bookings, organizations, people, sample_reach
from callboard.services.service import Desk, Session

HOUR, MINUTE = 3600, 60
# The office is where it is daytime now: a sample day at four in the morning shows nothing.
HOMES = (
    "America/New_York",
    "Europe/London",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Honolulu",
)
KINDS = ("survey", "consultation", "inventory", "claim review", "follow-up")
NOTES = (
    "Two bedrooms, an upright piano, third floor without a lift.",
    "Wants to see how fragile items are packed.",
    "Moves with a cat; asks about storage for two weeks.",
    "Office move: twelve desks, a server rack, plants.",
    "Prefers the camera off at first.",
    None,
    None,
)
# name, phone, city, country, zone, interest: numbers from ranges set aside for fiction where a country has one
CUSTOMERS = (
    ("Jane Doe", "+12125550123", "New York", "US", "America/New_York", "local move"),
    ("Mei Chen", "+14155550112", "San Francisco", "US", "America/Los_Angeles", "long distance"),
    ("Petr Novák", "+420602123456", "Prague", "CZ", "Europe/Prague", "storage"),
    ("Ana Silva", "+5511955501234", "São Paulo", "BR", "America/Sao_Paulo", "international"),
    ("Rohan Gupta", "+919955501234", "Mumbai", "IN", "Asia/Kolkata", "international"),
    ("Kofi Osei", "+233205550123", "Accra", "GH", "Africa/Accra", "storage"),
    ("Linda Park", "+13125550178", "Chicago", "US", "America/Chicago", "local move"),
    ("Tom Fisher", "+442079460123", "London", "GB", "Europe/London", "office move"),
    ("Aiko Sato", "+81355501234", "Tokyo", "JP", "Asia/Tokyo", "international"),
    ("Omar Haddad", "+971505550123", "Dubai", "AE", "Asia/Dubai", "international"),
    ("Grace O'Neill", "+353155501234", "Dublin", "IE", "Europe/Dublin", "storage"),
    ("Luis Moreno", "+13055550142", "Miami", "US", "America/New_York", "local move"),
    ("Sofia Rossi", "+390655501234", "Rome", "IT", "Europe/Rome", "international"),
    ("Ben Carter", "+16175550155", "Boston", "US", "America/New_York", "local move"),
    ("Nadia Petrova", "+35924550123", "Sofia", "BG", "Europe/Sofia", "international"),
    ("Will Turner", "+12065550161", "Seattle", "US", "America/Los_Angeles", "long distance"),
    ("Chloé Martin", "+33155501234", "Paris", "FR", "Europe/Paris", "international"),
    ("Diego Ruiz", "+525555501234", "Mexico City", "MX", "America/Mexico_City", "international"),
    ("Emma Larsen", "+4532550123", "Copenhagen", "DK", "Europe/Copenhagen", "storage"),
    ("Noah Kim", "+12135550187", "Los Angeles", "US", "America/Los_Angeles", "long distance"),
)
SOURCES = ("website", "instagram", "referral", "paid_ads", "email", "facebook")


@dataclass(slots=True)
class Sample:
    """What was made, for the steps that add to it."""

    desk: Desk
    session: Session
    organization: Organization
    agents: list[Agent]
    now: int
    random: random.Random
    home: str = HOMES[0]

    @property
    def org(self) -> str:
        return self.organization.id

    def do(self, at: int, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """A verb of this organization, as it would have happened at that instant."""
        clock = self.desk.clock
        self.desk.clock = lambda: at
        try:
            return self.session.do(verb, self.org, *args, **kwargs)
        finally:
            self.desk.clock = clock


def home_of(now: int) -> str:
    """The first of HOMES where the working day is under way, New York when it is nowhere."""
    return next((zone for zone in HOMES if 9 <= local(now, zone).hour < 15), HOMES[0])


def fill(desk: Desk, seed: int = 7) -> Sample:
    """Make the sample in an empty database and return what it holds."""
    now = desk.clock()
    session = desk.acting(Actor(kind="console", name="demo"))
    clock, home = desk.clock, home_of(now)
    desk.clock = lambda: now - 30 * DAY
    organization = session.do(
        organizations.add,
        "Acme Moving",
        home,
        policy=Policy(buffer_before_minutes=0, buffer_after_minutes=10, slot_interval_minutes=30, customer_limit=None),
        branding=Branding(name="Acme Moving", support_phone="+12125550100"),
    )
    desk.clock = clock
    sample = Sample(desk, session, organization, [], now, random.Random(seed), home)  # noqa: S311 - a repeatable picture, not a secret
    _hire(sample)
    sample_reach.before(sample)
    _customers(sample)
    _week(sample)
    _today(sample)
    _blocks(sample)
    sample_reach.after(sample)
    return sample


def _hire(sample: Sample) -> None:
    long_ago = sample.now - 29 * DAY
    at = HOMES.index(sample.home)
    west, east = HOMES[(at + 2) % len(HOMES)], HOMES[(at + 1) % len(HOMES)]
    for name, zone, direction, extension, hours in (
        ("Dana Reyes", sample.home, "outbound", "101", "mon-fri 09:00-12:30,13:15-17:30; sat 10:00-13:00"),
        ("Lee Park", west, "outbound", "102", "mon-fri 08:00-12:00,13:00-16:00"),
        ("Ines Costa", east, "inbound", "103", "mon-thu 12:00-20:00; fri 12:00-18:00"),
    ):
        fields = {"timezone": zone, "direction": direction, "extension": extension, "hours": parse_hours(hours)}
        sample.agents.append(sample.do(long_ago, agents.add, name, **fields))
    dana = sample.agents[0]
    sample.agents[0] = sample.do(long_ago, agents.update, dana.id, dnd=parse_hours("tue 15:00-16:00"), weight=2)


def _customers(sample: Sample) -> None:
    for index, (name, phone, city, country, zone, interest) in enumerate(CUSTOMERS):
        first = name.split()[0].lower().replace("é", "e")
        sample.do(
            sample.now - (25 - index) * DAY - index * 977,
            people.add,
            full_name=name,
            phone=phone,
            email=f"{first}@example.com",
            city=city,
            country=country,
            timezone=zone,
            interest=interest,
            source=SOURCES[index % len(SOURCES)],
            is_lead=index % 3 != 0,
            is_contact=index % 3 == 0,
            agent_id=sample.agents[index % 2].id if index % 3 else None,
        )


def _wish(sample: Sample, customer: int, starts_at: int, agent: Agent, **more: Any) -> Wish:
    name, phone, _city, _country, zone, _interest = CUSTOMERS[customer % len(CUSTOMERS)]
    return Wish(
        starts_at=starts_at,
        agent_id=agent.id,
        customer_name=name,
        customer_phone=phone,
        timezone=zone,
        title=more.pop("title", sample.random.choice(KINDS)),
        notes=sample.random.choice(NOTES),
        outside_hours=True,
        **more,
    )


def _book(sample: Sample, made_at: int, wish: Wish) -> Booking | None:
    try:
        booked: Booking = sample.do(made_at, bookings.book, wish)
    except Refused:  # the sample's own random picks may meet; a real desk refuses as well
        return None
    return booked


def _week(sample: Sample) -> None:
    """Calls of the week around today, at free slots: done ones before, open ones after."""
    today = local_day(sample.now, sample.home)
    monday = today - timedelta(days=today.weekday())
    for offset in range(-7, 12):
        day = monday + timedelta(days=offset)
        if day.weekday() == 6 or day == today:
            continue
        _day(sample, day)


def _day(sample: Sample, day: date) -> None:
    lo, hi = instant(day, 0, sample.home), instant(day, 1440, sample.home)
    for agent in sample.agents:
        for _ in range(sample.random.randint(1, 4)):
            made_at = min(lo, sample.now) - sample.random.randint(2, 9) * DAY
            clock = sample.desk.clock
            sample.desk.clock = lambda at=made_at: at  # type: ignore[misc]
            slots = sample.session.get(availability.open_slots, sample.org, lo, hi, agent_ids=[agent.id], duration_minutes=30)
            sample.desk.clock = clock
            if not slots:
                continue
            slot = sample.random.choice(slots)
            minutes = sample.random.choice((30, 30, 30, 45, 60))
            wish = _wish(sample, sample.random.randrange(len(CUSTOMERS)), slot.starts_at, agent, duration_minutes=minutes)
            booking = _book(sample, made_at, wish)
            if booking is not None and booking.ends_at < sample.now:
                _finish(sample, booking)


def _finish(sample: Sample, booking: Booking) -> None:
    chance = sample.random.random()
    if chance < 0.1:
        sample.do(booking.starts_at - HOUR, bookings.cancel, booking.id, reason="customer chose another day")
    elif chance < 0.2:
        sample.do(booking.starts_at + 20 * MINUTE, bookings.no_show, booking.id)
    else:
        sample.do(booking.starts_at + sample.random.randint(0, 3) * MINUTE, bookings.start, booking.id)
        sample.do(booking.ends_at - 4 * MINUTE, bookings.complete, booking.id)


def _today(sample: Sample) -> None:
    """Around this minute: one call running, one on hold, one waiting, several to come, one to confirm, some done."""
    now = sample.now - sample.now % 300
    dana, lee, ines = sample.agents
    earlier = now - 3 * DAY
    running = _book(sample, earlier, _wish(sample, 2, now - 10 * MINUTE, dana, title="survey"))
    held = _book(sample, earlier, _wish(sample, 3, now - 25 * MINUTE, lee, title="claim review", duration_minutes=45))
    for booking, began in ((running, now - 9 * MINUTE), (held, now - 22 * MINUTE)):
        if booking is not None:
            sample.do(began, bookings.start, booking.id)
    if held is not None:
        sample.do(sample.now - 70, bookings.hold, held.id)
    features = Features(call_recording=True, breakout_room=True)
    _book(sample, earlier, _wish(sample, 4, now - 5 * MINUTE, ines, title="consultation", features=features))
    for minutes, customer, agent in ((25, 1, dana), (55, 6, lee), (60, 0, ines), (100, 13, dana), (150, 15, lee), (175, 7, ines)):
        _book(sample, earlier, _wish(sample, customer, now + minutes * MINUTE, agent))
    pending = _wish(sample, 10, now, dana, title="confirm the date", assignment=Assignment.SELF_SELECTED, hold_minutes=240)
    for hours in range(3, 30):  # the first hour that is free
        if _book(sample, sample.now - HOUR, replace(pending, starts_at=now + hours * HOUR)) is not None:
            break
    for minutes, customer, agent in ((95, 8, ines), (140, 11, lee), (190, 12, dana), (240, 16, ines)):
        booking = _book(sample, earlier, _wish(sample, customer, now - minutes * MINUTE, agent))
        if booking is not None:
            _finish(sample, booking)
    moved = _book(sample, earlier, _wish(sample, 17, now + 200 * MINUTE, dana))
    if moved is not None:
        sample.do(sample.now - 2 * HOUR, bookings.move, moved.id, Move(starts_at=now + 230 * MINUTE, outside_hours=True))


def _blocks(sample: Sample) -> None:
    today = local_day(sample.now, sample.home)
    monday = today - timedelta(days=today.weekday())
    dana, lee, ines = sample.agents
    made = sample.now - 2 * DAY
    for day, begin, end, agent, kind, title in (
        (2, 540, 630, dana, "external", "dentist"),
        (3, 660, 720, dana, "external", "team call"),
        (3, 690, 750, dana, "external", "vendor demo"),
        (1, 720, 780, lee, "external", "school run"),
        (7, 540, 1050, dana, "time_off", "day off"),
        (4, 840, 900, ines, "dnd", "focus"),
    ):
        on = monday + timedelta(days=day)
        span = {"starts_at": instant(on, begin, sample.home), "ends_at": instant(on, end, sample.home)}
        sample.do(made, blocks.add, agent_id=agent.id, kind=kind, title=title, **span)
