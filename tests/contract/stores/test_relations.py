"""Relations that involvements state: sealed, found by keys, remembered as whom they were matched with."""

from dataclasses import replace

import pytest

from gateway.model.connection import ConnectionState
from gateway.model.relation import StatedRelation
from gateway.ports import UnitOfWork
from gateway.store.sql_store import SqlStore
from identity.person.blocking import BUDGET, MOST_PER_KEY
from mappings.canonical.codes import Certainty, RelationKind, RelationStanding
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.notice import RelatedPerson
from tests.builders import HOUSING, SCHOOL
from tests.contract.stores.rows import agencies, evidence, keys, linked, pair

FATHER = RelatedPerson(RelationKind.PARENT, (evidence("Darren"), evidence("Darren", epoch="2026b")))
BROTHER = RelatedPerson(RelationKind.SIBLING, (evidence("Tyler"),), RelationStanding.DISPUTED)


def involved(unit: UnitOfWork, who: str = "Orla", agency: AgencyId = SCHOOL) -> tuple[int, int]:
    """An involvement with somebody new: its number, and the person's."""
    person = unit.records.new_person()
    return linked(unit, who, agency, person).id, person


def told(relations: list[StatedRelation]) -> list[tuple[RelationKind, tuple[Evidence, ...], RelationStanding]]:
    return [(each.kind, each.evidence, each.standing) for each in relations]


def test_what_is_stated_comes_back_in_order_and_replaces_what_was(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        number, _ = involved(unit)
        made = unit.relations.replace(number, [(FATHER, keys("d")), (BROTHER, keys("t"))])
        assert told(made) == [(each.kind, each.evidence, each.standing) for each in (FATHER, BROTHER)]
    with store.write() as unit:
        assert unit.relations.of_involvement(number) == made
        unit.relations.replace(number, [(BROTHER, keys("t"))])
    with store.read() as unit:
        assert told(unit.relations.of_involvement(number)) == [(BROTHER.kind, BROTHER.evidence, BROTHER.standing)]
        assert unit.relations.sharing(keys("d")) == []


def test_it_is_found_by_any_key_it_was_stored_under(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        number, _ = involved(unit)
        unit.relations.replace(number, [(FATHER, keys("d", blocks=("b",), bands=("l",))), (BROTHER, keys("t"))])
        for asked in (keys("d"), keys(blocks=("b",)), keys(bands=("l", "another"))):
            assert [each.kind for each in unit.relations.sharing(asked)] == [RelationKind.PARENT]
        assert unit.relations.sharing(keys("nobody")) == unit.relations.sharing(keys()) == []


def test_a_key_that_many_share_tells_nothing_and_the_budget_holds(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        for count in range(MOST_PER_KEY + 1):
            number, _ = involved(unit, f"child {count}")
            rare = (f"rare {count // 10}",)
            unit.relations.replace(number, [(FATHER, keys(blocks=("common", *rare)))])
        assert unit.relations.sharing(keys(blocks=("common",))) == []
        every = keys(blocks=tuple(f"rare {tens}" for tens in range(7)))
        assert len(unit.relations.sharing(every)) == BUDGET


def test_it_is_remembered_whom_it_was_matched_with(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        child, maya = involved(unit)
        _, darren = involved(unit, "Darren", HOUSING)
        [made] = unit.relations.replace(child, [(FATHER, keys("d"))])
        assert (made.person_id, made.certainty) == (None, None)
        assert unit.relations.touching(darren) == []
        assert [each.id for each in unit.relations.touching(maya)] == [made.id]

        unit.relations.resolve(made.id, darren, Certainty.SAME_NUMBER)
        [found] = unit.relations.touching(darren)
        assert (found.person_id, found.certainty) == (darren, Certainty.SAME_NUMBER)
        unit.relations.resolve(made.id, None, None)
        assert unit.relations.touching(darren) == []


@pytest.mark.parametrize("state", ConnectionState)
def test_the_live_connections_across_a_family_are_found_from_either_side(
    store: SqlStore, state: ConnectionState
) -> None:
    with store.write() as unit:
        agencies(unit)
        kin = replace(pair(unit), relation=RelationKind.PARENT, state=state)
        people = [unit.records.active_link(unit.involvements.get(side).record_id) for side in (kin.first, kin.second)]
        unit.connections.save(kin)
        assert unit.connections.get(kin.id) == kin
        wanted = [kin] if state is ConnectionState.LIVE else []
        for link in people:
            assert link is not None
            assert unit.connections.family_of(link.person_id) == wanted


def test_a_connection_of_one_person_is_no_family(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        link = unit.records.active_link(unit.involvements.get(pair(unit).first).record_id)
        assert link is not None
        assert unit.connections.family_of(link.person_id) == []
