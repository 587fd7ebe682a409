"""A record that certainly is of two persons brings all their records together, where each of them is surely of the other person too."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.linkage import linking
from gateway.linkage.evaluation import PEPPER
from gateway.linkage.linking import Placed, drawn, enter
from gateway.store.sql_store import SqlStore
from identity.person.linkage import LinkContext
from mappings.canonical.agency import Agency
from mappings.canonical.codes import AgencyType
from mappings.canonical.identifiers import AgencyId, PersonRef
from mappings.canonical.person import Address, Person
from tests.identity.person.people import ELSEWHERE, HOME, evidence, nhs, person

NOW = datetime(2026, 11, 26, tzinfo=UTC)
HERE = person()
MOVED = person(born="", addresses=(ELSEWHERE,))
BOTH = person(addresses=(HOME, ELSEWHERE))
NUMBERED = replace(MOVED, identifiers=nhs())
# One with the record before by its number alone.
ELSEWHERE_AGAIN = replace(NUMBERED, addresses=(Address(("3 Harbour Walk",), "Weston", "ZZ9 7QT"),))


def enter_all(store: SqlStore, *people: Person) -> tuple[list[int], list[Placed]]:
    """One after another, each stated by an agency of its own: the person of each record at the end, and what was drawn."""
    found: list[Placed] = []
    records: list[int] = []
    with store.write() as unit:
        for number, one in enumerate(people):
            agency = AgencyId(f"urn:seaton:agency-{number}")
            unit.trust.add_agency(Agency(agency, f"Agency {number}", AgencyType.HEALTH_COMMUNITY, "Care"))
            reference = PersonRef(f"{number:064x}")
            placed, _ = enter(unit, PEPPER, LinkContext(agency, 0), reference, (evidence(one),), NOW)
            records.append(placed.record_id)
            found += drawn(unit, PEPPER, placed, NOW)
        links = [unit.records.active_link(record) for record in records]
    return [link.person_id for link in links if link], found


def test_nothing_holds_the_two_together_before(store: SqlStore) -> None:
    first, second, here = enter_all(store, MOVED, MOVED, HERE)[0]
    assert first == second != here


def test_all_records_of_a_person_come_though_they_hold_each_other(store: SqlStore) -> None:
    people, found = enter_all(store, MOVED, MOVED, HERE, BOTH)
    assert len({*people}) == 1
    assert [each.outcome for each in found] == ["moved"] * len(found)
    assert found


def test_none_comes_where_one_of_them_is_not_surely_the_other_person(store: SqlStore) -> None:
    moved, elsewhere_again, here, both = enter_all(store, NUMBERED, ELSEWHERE_AGAIN, HERE, BOTH)[0]
    assert moved == elsewhere_again
    assert here == both != moved


def test_where_somebody_was_told_of_one_it_is_questioned_and_none_moves(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "is_told", lambda uow, link: True)
    people, found = enter_all(store, MOVED, MOVED, HERE, BOTH)
    assert len({*people}) == 2
    assert [each.outcome for each in found] == [linking.QUESTIONED]
    assert found[0].suspects
