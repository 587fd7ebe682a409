"""Merges of agencies' own records: one row a superseded reference, found from either end."""

from dataclasses import replace

from gateway.model.assertion import Assertion, Verdict
from gateway.model.record_merge import MergeState, RegisteredMerge
from gateway.store.sql_store import SqlStore
from mappings.canonical.identifiers import ConnectorId, PersonRef
from mappings.canonical.notice import Sequence
from tests.builders import HOUSING, SCHOOL
from tests.contract.stores.rows import LATER, NOW, agencies, link, record

X, Y, Z = (PersonRef(f"{number:064x}") for number in (1, 2, 3))
MERGE = RegisteredMerge(
    HOUSING, X, Y, MergeState.STANDS, Sequence("20260302T000000Z-00000001", 2**53 - 1), ConnectorId("housing"), NOW
)


def prepared(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)


def test_a_merge_is_found_by_what_went_and_by_what_stays(store: SqlStore) -> None:
    prepared(store)
    with store.write() as unit:
        unit.merges.save(MERGE)
    with store.read() as unit:
        assert unit.merges.find(HOUSING, X) == MERGE
        assert unit.merges.find(HOUSING, Y) is unit.merges.find(SCHOOL, X) is None
        assert unit.merges.into(HOUSING, Y) == [MERGE]
        assert unit.merges.into(SCHOOL, Y) == unit.merges.into(HOUSING, X) == []


def test_the_latest_word_takes_the_place_of_the_one_before(store: SqlStore) -> None:
    prepared(store)
    undone = replace(MERGE, surviving=Z, state=MergeState.UNDONE, at=LATER)
    with store.write() as unit:
        unit.merges.save(MERGE)
        unit.merges.save(undone)
        assert unit.merges.find(HOUSING, X) == undone
        assert unit.merges.into(HOUSING, Y) == unit.merges.into(HOUSING, Z) == []
        assert list(unit.merges.of_agency(HOUSING)) == [undone]


def test_those_that_wait_are_listed_the_oldest_first(store: SqlStore) -> None:
    prepared(store)
    second = replace(MERGE, state=MergeState.WAITS, at=LATER)
    first = replace(second, agency=SCHOOL, at=NOW)
    with store.write() as unit:
        for each in (second, first, replace(MERGE, superseded=Z)):
            unit.merges.save(each)
        assert list(unit.merges.waiting()) == [first, second]


def test_it_remembers_the_links_it_takes_to_undo_it(store: SqlStore) -> None:
    prepared(store)
    with store.write() as unit:
        unit.merges.save(MERGE)
        ids = [record(unit, who, HOUSING).id for who in ("one", "two")]
        made = [unit.records.open_link(link(each, unit.records.new_person())).id for each in ids]
        remembered = replace(MERGE, superseded_link=made[0], survivor_before=made[1], survivor_after=made[0])
        unit.merges.save(remembered)
        assert unit.merges.find(HOUSING, X) == remembered


def test_an_assertion_can_be_withdrawn(store: SqlStore) -> None:
    prepared(store)
    with store.write() as unit:
        first, second = (record(unit, who, HOUSING).id for who in ("one", "two"))
        unit.assertions.make(Assertion(0, first, second, Verdict.DIFFERENT, "sam", "a" * 64, NOW))
        (said,) = unit.assertions.of_record(first)
        unit.assertions.withdraw(said.id, LATER)
        assert unit.assertions.of_record(first) == unit.assertions.of_record(second) == []
