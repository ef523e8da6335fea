"""The engine against a model that knows nothing of sweeps, claims or transactions: it looks at every minute.

Random steps of booking, holding, confirming, moving, cancelling, letting time pass, blocking and changing hours must be
accepted and refused by both alike, and the open slots must be the ones the model finds by trying each. Hypothesis prints the
seed of a failure;
``uv run pytest -m long -k machine`` runs ten thousand steps and more a database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import text

from callboard.domain.bookings import Assignment, Move, Status, Wish
from callboard.domain.errors import CallboardError, Refused
from callboard.domain.events import Actor
from callboard.domain.hours import WeeklyHours, parse_hours
from callboard.domain.zones import local, parse_instant
from callboard.services import agents, availability, blocks, bookings, organizations
from callboard.services.service import Desk
from support import Clock

START = parse_instant("2026-03-07T12:00:00Z", "start")  # the weekend New York's clock goes forward
END = START + 2 * 86400
HOURS = ("mon-sun 00:00-24:00", "sat-sun 09:00-17:00", "sat 22:00-06:00; sun 01:00-05:00", "sat-sun 08:00-12:00,12:00-20:00", "")
STARTS = st.integers(1, (END - START) // 300 - 1).map(lambda n: START + n * 300)
MINUTES = st.sampled_from([5, 15, 30, 45, 60])
BUFFERS = st.sampled_from([0, 0, 5, 10, 20])


@dataclass
class Call:
    """The model's booking."""

    agent: int
    start: int
    minutes: int
    before: int
    after: int
    confirm_by: int | None
    live: bool = True

    def holds(self) -> range:
        return range(self.start - self.before * 60, self.start + (self.minutes + self.after) * 60, 60)


@dataclass
class Model:
    """What is true, minute by minute."""

    hours: list[WeeklyHours]
    zones: list[str]
    now: int = START
    calls: dict[str, Call] = field(default_factory=dict)
    blocks: dict[str, tuple[int | None, int, int]] = field(default_factory=dict)

    def pass_to(self, now: int) -> None:
        self.now = now
        for call in self.calls.values():
            if call.confirm_by is not None and call.confirm_by <= now:
                call.live = False

    def works(self, agent: int, minute: int) -> bool:
        wall = local(minute, self.zones[agent])
        of_day = wall.hour * 60 + wall.minute
        days = self.hours[agent].days
        today, yesterday = days[wall.weekday()], days[(wall - timedelta(days=1)).weekday()]
        return any(a <= of_day < b for a, b in today) or any(a <= of_day + 1440 < b for a, b in yesterday)

    def free(self, wanted: Call, but: str = "", *, hours: bool = True) -> bool:
        needed = wanted.holds()
        for id_, call in self.calls.items():
            if id_ != but and call.live and call.agent == wanted.agent and _meet(call.holds(), needed):
                return False
        for agent, lo, hi in self.blocks.values():
            if agent in {None, wanted.agent} and lo < hi and lo < needed.stop and hi > needed.start:
                return False
        span = range(wanted.start, wanted.start + wanted.minutes * 60, 60)
        return not hours or all(self.works(wanted.agent, m) for m in span)


def _meet(a: range, b: range) -> bool:
    return a.start < b.stop and b.start < a.stop


class Engine(RuleBasedStateMachine):
    """Every rule does the same to the desk and to the model and compares the outcome."""

    desk: Desk
    clock: Clock

    @initialize(hours=st.tuples(st.sampled_from(HOURS), st.sampled_from(HOURS)))
    def open(self, hours: tuple[str, str]) -> None:
        self.clock.now = START
        session = self.desk.acting(Actor(kind="api", name="machine"))
        self.session = session
        type(self).count += 1
        self.org = session.do(organizations.add, f"Org {type(self).count}", "America/New_York").id
        zones = ["America/New_York", "Europe/London"]
        self.agents = []
        for n in range(2):  # a second apart: ties are broken by id, and ids of one second sort by chance
            self.clock.now = START - 2 + n
            made = session.do(agents.add, self.org, f"A{n}", timezone=zones[n], hours=parse_hours(hours[n]))
            self.agents.append(made.id)
        self.clock.now = START
        self.model = Model([parse_hours(h) for h in hours], zones)

    count = 0

    def _same(self, expected: bool, act: Any) -> Any:
        try:
            made = act()
        except Refused as refusal:
            if expected:
                raise AssertionError("refused what the model allows") from refusal
            return None
        assert expected, f"allowed what the model refuses: {made}"
        return made

    @rule(
        agent=st.integers(0, 1),
        start=STARTS,
        minutes=MINUTES,
        before=BUFFERS,
        after=BUFFERS,
        hold=st.sampled_from([None, None, 30, 240]),
    )
    def book(self, agent: int, start: int, minutes: int, before: int, after: int, hold: int | None) -> None:
        call = Call(agent, start, minutes, before, after, self.model.now + hold * 60 if hold else None)
        wish = Wish(
            starts_at=start,
            duration_minutes=minutes,
            agent_id=self.agents[agent],
            buffer_before_minutes=before,
            buffer_after_minutes=after,
            hold_minutes=hold,
        )
        expected = start > self.model.now and self.model.free(call)
        made = self._same(expected, lambda: self.session.do(bookings.book, self.org, wish))
        if made is not None:
            self.model.calls[made.id] = call

    @rule(start=STARTS, minutes=MINUTES, how=st.sampled_from([Assignment.POOL, Assignment.ROUND_ROBIN]))
    def book_whoever_is_free(self, start: int, minutes: int, how: Assignment) -> None:
        choices = [Call(n, start, minutes, 0, 0, None) for n in range(2)]
        free = [c for c in choices if self.model.free(c)]
        wish = Wish(starts_at=start, duration_minutes=minutes, assignment=how)
        made = self._same(start > self.model.now and bool(free), lambda: self.session.do(bookings.book, self.org, wish))
        if made is not None:
            assert self.agents.index(made.agent_id) in {c.agent for c in free}
            self.model.calls[made.id] = Call(self.agents.index(made.agent_id), start, minutes, 0, 0, None)

    def _pick(self, data: st.DataObject) -> tuple[str, Call]:
        id_ = list(self.model.calls)[data.draw(st.integers(0, len(self.model.calls) - 1))]  # by age: ids hold chance
        return id_, self.model.calls[id_]

    @precondition(lambda self: self.model.calls)
    @rule(data=st.data(), start=STARTS, minutes=st.none() | MINUTES, agent=st.none() | st.integers(0, 1))
    def move(self, data: st.DataObject, start: int, minutes: int | None, agent: int | None) -> None:
        id_, old = self._pick(data)
        new = Call(old.agent if agent is None else agent, start, minutes or old.minutes, old.before, old.after, old.confirm_by)
        same = (new.agent, new.start, new.minutes) == (old.agent, old.start, old.minutes)
        expected = old.live and (same or ((start > self.model.now or start == old.start) and self.model.free(new, id_)))
        wish = Move(starts_at=start, duration_minutes=minutes, agent_id=None if agent is None else self.agents[agent])
        before = self.session.get(bookings.get, self.org, id_)
        made = self._same(expected, lambda: self.session.do(bookings.move, self.org, id_, wish))
        if made is not None:
            assert made.id == id_
            self.model.calls[id_] = new
        else:
            after = self.session.get(bookings.get, self.org, id_)
            assert (after.starts_at, after.agent_id, after.rev) == (before.starts_at, before.agent_id, before.rev)

    @precondition(lambda self: self.model.calls)
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        id_, call = self._pick(data)
        made = self._same(call.live, lambda: self.session.do(bookings.confirm, self.org, id_))
        if made is not None:
            call.confirm_by = None

    @precondition(lambda self: self.model.calls)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        id_, call = self._pick(data)
        expired = self.session.get(bookings.get, self.org, id_).status is Status.EXPIRED
        made = self._same(not expired, lambda: self.session.do(bookings.cancel, self.org, id_))
        if made is not None:
            call.live, call.confirm_by = False, None

    @rule(agent=st.none() | st.integers(0, 1), start=STARTS, minutes=st.sampled_from([0, 10, 60, 300]))
    def block(self, agent: int | None, start: int, minutes: int) -> None:
        whose = None if agent is None else self.agents[agent]
        made = self.session.do(blocks.add, self.org, starts_at=start, ends_at=start + minutes * 60, agent_id=whose)
        self.model.blocks[made.id] = (agent, start, start + minutes * 60)

    @precondition(lambda self: self.model.blocks)
    @rule(data=st.data())
    def unblock(self, data: st.DataObject) -> None:
        id_ = list(self.model.blocks)[data.draw(st.integers(0, len(self.model.blocks) - 1))]
        self.session.do(blocks.remove, self.org, id_)
        del self.model.blocks[id_]

    @rule(agent=st.integers(0, 1), hours=st.sampled_from(HOURS))
    def change_hours(self, agent: int, hours: str) -> None:
        self.session.do(agents.update, self.org, self.agents[agent], hours=parse_hours(hours))
        self.model.hours[agent] = parse_hours(hours)

    @rule(minutes=st.sampled_from([1, 29, 30, 60, 240]))
    def time_passes(self, minutes: int) -> None:
        self.clock.pass_(minutes * 60)
        self.model.pass_to(self.clock.now)

    @rule(minutes=MINUTES, before=BUFFERS, after=BUFFERS)
    def slots(self, minutes: int, before: int, after: int) -> None:
        found = self.session.get(
            availability.open_slots,
            self.org,
            START,
            END,
            duration_minutes=minutes,
            buffer_before_minutes=before,
            buffer_after_minutes=after,
        )
        for slot in found:
            for id_ in slot.agent_ids:
                call = Call(self.agents.index(id_), slot.starts_at, minutes, before, after, None)
                assert self.model.free(call), "an offered slot is not free"
        offered = {(a, s.starts_at) for s in found for a in s.agent_ids}
        for agent in range(2):
            for start in self._grid(agent, minutes):
                if start >= self.model.now and self.model.free(Call(agent, start, minutes, before, after, None)):
                    assert (self.agents[agent], start) in offered, "a free slot is not offered"

    def _grid(self, agent: int, minutes: int) -> Iterator[int]:
        """Starts on the grid of each stretch of working minutes, found by walking; around the clock, from each local midnight."""
        at = START - 86400
        if self.model.hours[agent] == parse_hours(HOURS[0]):
            midnight = at
            for minute in range(at, END, 60):
                wall = local(minute, self.model.zones[agent])
                midnight = minute if (wall.hour, wall.minute) == (0, 0) else midnight
                if (minute - midnight) % (minutes * 60) == 0 and minute >= START:
                    yield minute
            return
        while at < END:
            if not self.model.works(agent, at):
                at += 60
                continue
            start = at
            while self.model.works(agent, at) and at < END + 86400:
                if (at - start) % (minutes * 60) == 0 and START <= at < END:
                    yield at
                at += 60

    @invariant()
    def no_two_claims_overlap(self) -> None:
        if not hasattr(self, "org"):
            return
        statement = text(
            "SELECT count(*) FROM claims a JOIN claims b ON a.agent_id = b.agent_id AND a.organization_id = b.organization_id "
            "AND a.booking_id < b.booking_id AND a.lo < b.hi AND b.lo < a.hi WHERE a.organization_id = :org"
        )
        assert self.desk.store.read(lambda c: c.execute(statement, {"org": self.org}).scalar()).result() == 0


def _run(desk: Desk, clock: Clock, examples: int, steps: int) -> None:
    machine = type("Machine", (Engine,), {"desk": desk, "clock": clock, "count": 0})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            print_blob=True,
            phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_engine_and_the_model_agree(desk: Desk, clock: Clock) -> None:
    _run(desk, clock, examples=12, steps=25)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_machine_agrees_for_ten_thousand_steps(desk: Desk, clock: Clock) -> None:
    _run(desk, clock, examples=220, steps=50)


def test_a_refusal_is_always_a_named_error() -> None:
    assert issubclass(Refused, CallboardError)
