"""Nouns kept by their rev: what a failed transaction made of one is never taken for what another one made."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from callboard.domain.errors import Invalid
from callboard.services import agents, organizations
from callboard.services.service import Desk
from support import Office


def test_a_rev_that_was_taken_back_is_not_remembered(office: Office) -> None:
    agent = office.do(agents.add, "Ann")

    def fails(work: Any, org: str) -> None:
        agents.update(work, org, agent.id, name="Wrong")
        organizations.update(work, org, name="Wrong Ltd")
        assert agents.get(work, org, agent.id).name == "Wrong"
        assert "Wrong" in [a.name for a in agents.all(work, org)]
        assert organizations.get(work, org).name == "Wrong Ltd"
        raise Invalid("name", "is wrong")

    with pytest.raises(Invalid):
        office.do(fails)
    elsewhere = Desk(office.desk.settings, clock=office.desk.clock)  # another process makes the very rev that was taken back
    with contextlib.closing(elsewhere):
        other = elsewhere.acting(office.session.actor)
        other.do(agents.update, office.org, agent.id, name="Anne")
        other.do(organizations.update, office.org, name="Right Ltd")
    assert office.get(agents.get, agent.id).name == "Anne"
    assert "Anne" in [a.name for a in office.get(agents.all)]
    assert office.get(organizations.get).name == "Right Ltd"


def test_a_changed_agent_is_read_again_and_so_is_the_order_by_name(office: Office) -> None:
    ann, bob = office.do(agents.add, "Ann"), office.do(agents.add, "Bob")
    others = [a.name for a in office.get(agents.all) if a.id not in {ann.id, bob.id}]
    for name in ("Zoe", "Aaron", "Mia"):
        office.do(agents.update, ann.id, name=name)
        assert [a.name for a in office.get(agents.all)] == sorted([name, "Bob", *others])
        assert office.get(agents.get, ann.id).name == name
