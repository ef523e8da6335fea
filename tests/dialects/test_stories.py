"""Every story through every dialect."""

from __future__ import annotations

import pytest

from callboard.web import dialects as registry
from dialects.adapters import ADAPTERS, Adapter
from dialects.house import House, Tenant
from dialects.stories import HALF_HOUR, MONDAY, STORIES, Story

PAIRS = [(adapter, story) for adapter in ADAPTERS for story in STORIES if not story.needs & adapter.lacks]


@pytest.mark.parametrize(("adapter", "story"), PAIRS, ids=lambda part: part.name)
def test_story(adapter: Adapter, story: Story, tenant: Tenant, stranger: Tenant) -> None:
    adapter.prepare(tenant)
    adapter.prepare(stranger)
    story.tell(adapter, tenant, stranger)


def test_every_registered_dialect_is_spoken_by_an_adapter(house: House) -> None:
    assert {d.name for d in registry.load()} == {a.name for a in ADAPTERS if a.name != "toy"}
    assert {d.name for d in house.dialects} == {a.name for a in ADAPTERS}


def test_a_booking_is_seen_in_every_dialect_that_shows_bookings(tenant: Tenant) -> None:
    http = tenant.client()
    bookers = [a for a in ADAPTERS if "book" not in a.lacks]
    lookers = [a for a in ADAPTERS if "see" not in a.lacks]
    for index, booker in enumerate(bookers):
        booker.prepare(tenant)
        made = booker.read(booker.book(http, tenant, MONDAY + index * HALF_HOUR))
        plain = next(h for h in _hexes(made.id))
        for looker in lookers:
            looker.prepare(tenant)
            seen = looker.read(looker.see(http, tenant, looker.spell(plain)))
            assert seen.starts_at == made.starts_at, (booker.name, looker.name)
            if "list" not in looker.lacks:
                assert looker.spell(plain) in looker.ids_in(looker.list(http, tenant)), (booker.name, looker.name)


def test_a_slot_taken_in_one_dialect_is_taken_in_all(tenant: Tenant) -> None:
    http = tenant.client()
    bookers = [a for a in ADAPTERS if "book" not in a.lacks]
    for adapter in bookers:
        adapter.prepare(tenant)
    for index, first in enumerate(bookers):
        when = MONDAY + index * HALF_HOUR
        assert first.book(http, tenant, when).status_code == 201
        for other in bookers:
            assert other.book(http, tenant, when).status_code == other.conflict, (first.name, other.name)


def _hexes(text: str) -> list[str]:
    from callboard.domain import ids

    found = ids.parse(text)
    return [found] if found else []
