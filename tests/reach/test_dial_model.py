"""The dial queue against a model of what must never happen, over random days of calling."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from callboard.domain.campaigns import ContactWish
from callboard.domain.errors import NotAllowed
from callboard.domain.zones import local
from callboard.services import campaigns, people
from callboard.services.service import Desk
from callboard.settings import Settings
from support import Clock, make_office

NUMBERS = ["+12125550100", "+14155551212", "+13125550101", "+18085550102"]  # New York, San Francisco, Chicago, Honolulu
OPERATORS = ["ann", "bob", "cy"]
LEASE, SPACING, TRIES, PACE = 1800, 3600, 2, 5


class Days(RuleBasedStateMachine):
    """``held`` is who is with whom until when; ``tries`` when each person was rung."""

    template: Path
    folder: Path

    @initialize()
    def open(self) -> None:
        path = self.folder / "days.db"
        path.unlink(missing_ok=True)
        for beside in self.folder.glob("days.db-*"):
            beside.unlink()
        shutil.copy(self.template, path)
        self.clock = Clock("2026-06-01T12:00:00Z")
        self.desk = Desk(Settings(database_url=f"sqlite:///{path}"), clock=self.clock)
        self.office = make_office(self.desk)
        more = {"window": "mon-fri 09:00-17:00", "max_attempts": TRIES, "spacing_minutes": SPACING // 60, "pace_per_hour": PACE}
        self.campaign = self.office.do(campaigns.add, "Days", target_country="US", **more)
        self.office.do(campaigns.start, self.campaign.id)
        self.held: dict[str, tuple[str, int]] = {}
        self.rung: dict[str, list[int]] = {}
        self.settled: dict[str, str] = {}
        self.promised: dict[str, int] = {}
        self.barred: set[str] = set()

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            self.desk.close()

    @rule(number=st.sampled_from(NUMBERS))
    def add(self, number: str) -> None:
        self.office.do(campaigns.add_contact, self.campaign.id, ContactWish(name=number, phone=number))

    @rule(seconds=st.sampled_from([60, 900, 1800, 3600, 4 * 3600, 16 * 3600, 3 * 86400]))
    def time_passes(self, seconds: int) -> None:
        self.clock.pass_(seconds)

    @rule(operator=st.sampled_from(OPERATORS))
    def next(self, operator: str) -> None:
        now = self.clock.now
        handed = self.office.do(campaigns.next_contact, self.campaign.id, operator)
        contact = handed.contact
        if contact is None:
            assert handed.wait_until is None or handed.wait_until > now
            return
        key, before = contact.id, self.held.get(contact.id)
        if before is not None and before[1] > now:
            assert before[0] == operator, "somebody else is with them"
            return
        assert key not in self.settled, "they had their outcome"
        assert contact.phone not in self.barred, "they asked not to be called"
        rung = self.rung.setdefault(key, [])
        recent = [at for times in self.rung.values() for at in times[-1:] if at > now - 3600]
        assert len(recent) < PACE, "faster than the pace"
        promised = self.promised.pop(key, None)
        if promised is None:
            wall = local(now, contact.timezone)
            assert (wall.weekday() < 5, 9 <= wall.hour < 17) == (True, True), f"rung at {wall}"
            assert len(rung) < TRIES, "rung too often"
        else:
            assert now >= promised, "called back too early"
        rung.append(now)
        self.held[key] = (operator, now + LEASE)

    @precondition(lambda self: self.held)
    @rule(
        data=st.data(), outcome=st.sampled_from(["qualified", "not_interested", "no_answer", "callback_requested", "do_not_call"])
    )
    def outcome(self, data: Any, outcome: str) -> None:
        key = data.draw(st.sampled_from(sorted(self.held)))
        operator, until = self.held[key]
        callback = self.clock.now + 7200 if outcome == "callback_requested" else None
        try:
            done = self.office.do(campaigns.set_outcome, key, outcome, operator=operator, callback_at=callback)
        except NotAllowed:
            assert until <= self.clock.now or key in self.settled
            return
        del self.held[key]
        if done.status in {"qualified", "not_interested", "exhausted", "do_not_call"}:
            self.settled[key] = done.status
        if outcome == "do_not_call":
            self.barred.add(done.phone)
        if callback is not None:
            self.promised[key] = callback
        elif outcome == "no_answer" and done.status == "pending":
            assert done.due_at >= self.clock.now + SPACING, "too soon after the last try"

    @rule(number=st.sampled_from(NUMBERS))
    def bar(self, number: str) -> None:
        person = self.office.get(people.by_phone, number)
        if person is not None:
            self.office.do(people.update, person.id, do_not_call=True)
            self.barred.add(number)

    @invariant()
    def counted(self) -> None:
        if hasattr(self, "office"):
            for contact in self.office.get(campaigns.contacts, limit=100):
                assert contact.attempts == len(self.rung.get(contact.id, []))


@pytest.mark.timeout(300)
def test_over_random_days_nobody_is_rung_wrongly(sqlite_template, tmp_path):
    Days.template, Days.folder = sqlite_template, tmp_path
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        Days, settings=settings(max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=quiet)
    )
