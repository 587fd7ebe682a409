"""A source says that two of its clients are one: the gateway is told, once, in order, and also when that is taken back or was lost."""

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.exchange.resync import queue_statements
from connectors.exchange.retrying import retry_refused
from connectors.reading.exclusion import ExclusionList
from connectors.sources.port import Coverage, Merged, Parted, Read
from mappings.canonical.codes import MergeEvent, MessageKind, NoticeEvent
from mappings.canonical.involvement import Involvement
from mappings.canonical.receipt import Issue
from tests.connectors.office import SCHOOL, Office, involvement

MERGED, PARTED = MergeEvent.MERGED, MergeEvent.PARTED
# C2 turns out to be C1: its involvement is stated as one with C1 from then on.
AS_ONE = replace(involvement(2), person=involvement(1).person)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Two clients are published."""
    made = Office(tmp_path)
    made.publish(involvement(1), involvement(2))
    made.exchange()
    return made


def state(office: Office, *rows: Merged | Parted | Involvement) -> None:
    """The next day's export, published and answered."""
    office.next_day()
    office.records.rows = [Read("row", row) if isinstance(row, Involvement) else row for row in rows]
    office.publish()
    office.exchange()


def merge(office: Office) -> None:
    state(office, Merged("row", "C2", "C1"), involvement(1), AS_ONE)


def told(office: Office) -> list[tuple[MergeEvent, str, str]]:
    """What the gateway heard of merges, by the agency's own ids."""
    ids = {office.references.person(each): each for each in ("C1", "C2", "C3")}
    return [(each.event, ids[each.superseded], ids[each.surviving]) for each in office.gateway.merges]


def test_a_merge_is_told_once_and_before_what_follows_from_it(office: Office) -> None:
    merge(office)
    merge(office)
    assert told(office) == [(MERGED, "C2", "C1")]
    last = office.gateway.notices[-1]
    assert (last.event, last.person_ref) == (NoticeEvent.CHANGED, office.references.person("C1"))
    assert office.gateway.merges[0].sequence < last.sequence
    assert office.outbox() == {"settled": 4}


def test_one_whose_records_say_the_same_is_told_as_with_the_other_client_all_the_same(tmp_path: Path) -> None:
    office = Office(tmp_path)
    twice = replace(involvement(2), person=replace(involvement(1).person, local_id="C2"))
    office.publish(involvement(1), twice)
    office.exchange()
    merge(office)
    assert office.gateway.held[office.references.involvement("I2")].person_ref == office.references.person("C1")
    state(office, Parted("row", "C1"), Parted("row", "C2"), involvement(1), twice)
    assert office.gateway.held[office.references.involvement("I2")].person_ref == office.references.person("C2")


def test_a_client_stated_as_one_of_its_own_again_takes_the_merge_back(office: Office) -> None:
    merge(office)
    state(office, Parted("row", "C1"), Parted("row", "C2"), involvement(1), involvement(2))
    state(office, Parted("row", "C1"), Parted("row", "C2"), involvement(1), involvement(2))
    assert told(office) == [(MERGED, "C2", "C1"), (PARTED, "C2", "C1")]
    assert office.gateway.notices[-1].person_ref == office.references.person("C2")


def test_a_client_that_is_no_longer_there_takes_nothing_back(office: Office) -> None:
    merge(office)
    state(office, Parted("row", "C1"), involvement(1), AS_ONE)
    assert told(office) == [(MERGED, "C2", "C1")]


def test_only_the_source_that_said_so_takes_it_back(office: Office) -> None:
    merge(office)
    with office.ledger.write() as unit:
        unit.db.execute("UPDATE merge SET source = 'another'")
    state(office, Parted("row", "C2"), involvement(1), involvement(2))
    assert told(office) == [(MERGED, "C2", "C1")]
    # It lists the client by the old id still, and says so: the gateway files that with the survivor.
    assert office.gateway.notices[-1].person_ref == office.references.person("C2")


def test_a_client_merged_into_another_one_than_before_is_told(office: Office) -> None:
    merge(office)
    state(office, Merged("row", "C2", "C3"), involvement(1), replace(involvement(3), local_id="I2"))
    assert told(office) == [(MERGED, "C2", "C1"), (MERGED, "C2", "C3")]


def test_whoever_asks_for_a_client_finds_those_merged_into_them(office: Office) -> None:
    office.records.coverage = Coverage.PARTIAL
    state(office, Merged("row", "C2", "C1"))
    person = office.references.person("C1")
    refs = {office.references.involvement(each) for each in ("I1", "I2")}
    with office.ledger.read() as unit:
        assert {one.ref for one in unit.involvements.of_person(person)} == refs


def test_a_held_reading_keeps_its_merges_until_it_is_released(office: Office) -> None:
    state(office, Merged("row", "C2", "C1"))
    assert told(office) == []
    with office.ledger.read() as unit:
        (held,) = unit.snapshots.held()
        assert len(list(unit.merges.staged(held.id))) == 1
    with office.ledger.write() as unit:
        unit.snapshots.drop(held.id)
        assert list(unit.merges.staged(held.id)) == []


def test_an_excluded_client_takes_with_them_whoever_they_turn_out_to_be(office: Office) -> None:
    office.exclusion = ExclusionList(frozenset({"C2"}))
    merge(office)
    assert told(office) == []
    assert office.gateway.live() == {}
    assert all(each.event is NoticeEvent.WITHDRAWN for each in office.gateway.notices[2:])


def test_a_refused_merge_is_shown_and_said_again_when_a_person_asks(office: Office) -> None:
    contradicted = Issue("business-rule", "merge-contradicted", "Merge.superseded", "ask the stewards")
    office.gateway.refuses_merge = lambda merge: (contradicted,)
    merge(office)
    with office.ledger.read() as unit:
        (refused,) = unit.outbox.list("refused", 10)
    assert (refused.kind, refused.event, refused.issues) == (MessageKind.MERGE, MERGED, (contradicted,))
    office.gateway.refuses_merge = lambda merge: ()
    with office.ledger.write() as unit:
        assert retry_refused(unit, refused.id, office.clock()) == 1
    office.publish_due()
    office.exchange()
    assert told(office) == [(MERGED, "C2", "C1")]
    assert "refused" not in office.outbox()


def test_a_gateway_that_was_restored_hears_of_every_merge_again(office: Office) -> None:
    merge(office)
    state(office, Parted("row", "C1"), Parted("row", "C2"), involvement(1), involvement(2))
    merge(office)
    office.gateway.merges.clear()
    with office.ledger.write() as unit:
        queue_statements(unit, SCHOOL, office.clock())
    office.publish_due()
    office.exchange()
    assert told(office) == [(MERGED, "C2", "C1")]
