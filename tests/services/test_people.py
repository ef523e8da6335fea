"""People: found before made, merged, hidden, never two for one phone."""

from __future__ import annotations

import pytest

from callboard.domain import errors
from callboard.services import people
from support import Office


def test_look_up_by_any_piece(office: Office) -> None:
    jane = office.do(people.add, full_name="Jane Doe", phone="(415) 555-1212", email="jane@example.com", company="Acme Inc")
    office.do(people.add, full_name="Janet Roe", phone="4155553434")
    for text in ("jane doe", "DOE", "acme", "jane@ex", "415 555-1212", "+1 415 555 1212", "5551212"):
        assert jane.id in {p.id for p in office.get(people.find, text)}, text
    assert len(office.get(people.find, "jan")) == 2
    assert office.get(people.find, "100%") == []


def test_one_phone_is_one_person_even_in_a_race(office: Office) -> None:
    def add(n: int):  # type: ignore[no-untyped-def]
        return office.session.submit(people.find_or_create, office.org, name=f"J{n}", phone="4155551212")

    assert len({f.result().id for f in [add(n) for n in range(8)]}) == 1


def test_an_outside_id_updates_instead_of_doubling(office: Office) -> None:
    first, new = office.do(people.upsert_external, "make", "1", full_name="Alex Smith", phone="4155551212")
    again, second = office.do(people.upsert_external, "make", "1", city="Oslo")
    assert (new, second, again.id, again.city, again.rev) == (True, False, first.id, "Oslo", 2)


def test_merge_fills_and_repoints(office: Office) -> None:
    keep = office.do(people.add, full_name="Jane", phone="4155551212")
    other = office.do(people.add, full_name="Jane Doe", email="jane@example.com")
    merged = office.do(people.merge, keep.id, other.id)
    assert (merged.email, merged.phone) == ("jane@example.com", "+14155551212")
    with pytest.raises(errors.NotFound):
        office.get(people.get, other.id)


def test_pages_by_key_hold_everyone_once(office: Office) -> None:
    for n in range(25):
        office.do(people.add, full_name=f"P{n % 5}", phone=f"415555{1000 + n}", city="Oslo" if n % 2 else None)
    for sort in ("full_name", "city", "id", "updated_at"):
        seen: list[str] = []
        after = None
        while page := office.get(people.page, sort=sort, descending=sort == "id", limit=7, after=after):
            seen += [p.id for p in page]
            after = (getattr(page[-1], sort) or "", page[-1].id)
        assert len(seen) == len(set(seen)) == 25, sort


@pytest.mark.parametrize(
    "bad",
    [{"source": "radio"}, {"email": "x"}, {"phone": "1"}, {"metadata": {"x": "y" * 5000}}, {"city": "x" * 501}, {"nope": "1"}],
)
def test_bad_values_name_their_field(office: Office, bad: dict[str, object]) -> None:
    with pytest.raises(errors.Invalid) as refused:
        office.do(people.add, full_name="A", **bad)
    assert refused.value.field == next(iter(bad))


def test_a_merged_person_is_still_known_outside(office: Office) -> None:
    """The next sync of the system that knew the other one must not make it again."""
    keep, _ = office.do(people.upsert_external, "crm", "1", full_name="Jane Doe")
    other, _ = office.do(people.upsert_external, "crm", "2", full_name="J. Doe", city="Oslo")
    third, _ = office.do(people.upsert_external, "crm", "3", full_name="Doe")
    office.do(people.merge, other.id, third.id)
    office.do(people.merge, keep.id, other.id)
    for outside in ("1", "2", "3"):
        again, new = office.do(people.upsert_external, "crm", outside, country="NO")
        assert (again.id, new) == (keep.id, False)
    assert office.get(people.count) == 1
