"""Shields and restrictions: borne by records, found by the persons those are of, and handed on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.model.person_record import PersonRecord
from gateway.model.withholding import Override, Withholding, WithholdingKind
from gateway.ports import UnitOfWork
from gateway.store.faults import StoreConflict
from gateway.store.sql_store import SqlStore
from mappings.canonical.identifiers import AgencyId
from tests.builders import HOUSING, SCHOOL
from tests.contract.stores.rows import LATER, NOW, agencies, link, linked, message, record

SHIELD, RESTRICTION = WithholdingKind.SHIELD, WithholdingKind.RESTRICTION


def prepared(unit: UnitOfWork) -> list[PersonRecord]:
    """Two records of one person, and one of another."""
    agencies(unit)
    made = [record(unit, who, agency) for who, agency in (("one", SCHOOL), ("two", HOUSING), ("three", SCHOOL))]
    together, alone = unit.records.new_person(), unit.records.new_person()
    for each, person in zip(made, (together, together, alone), strict=True):
        unit.records.open_link(link(each.id, person))
    return made


def made(record_id: int, kind: WithholdingKind = SHIELD, agency: AgencyId = SCHOOL) -> Withholding:
    return Withholding(0, kind, agency, record_id, NOW, "school", LATER, "why", LATER, NOW, None)


def test_it_stands_on_every_record_of_the_person_and_on_nobody_else(store: SqlStore) -> None:
    with store.write() as unit:
        one, two, three = prepared(unit)
        assert unit.withholdings.of_records([one.id]) == []
        placed = unit.withholdings.add(made(one.id))
        assert placed == replace(made(one.id), id=placed.id)
        assert unit.withholdings.of_records([one.id]) == unit.withholdings.of_records([two.id]) == [placed]
        assert unit.withholdings.of_records([three.id]) == []
        assert unit.withholdings.of_records([two.id, three.id]) == [placed]
    with store.read() as unit:
        assert unit.withholdings.get(placed.id) == placed
        assert unit.withholdings.get(placed.id + 1) is None
        assert unit.withholdings.of_records([two.id]) == [placed]


def test_a_record_that_is_nobodys_bears_it_all_the_same(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        alone = record(unit, "one", SCHOOL)
        placed = unit.withholdings.add(made(alone.id))
        assert unit.withholdings.of_records([alone.id]) == [placed]


def test_once_handed_on_it_stays_with_each_part_of_the_person(store: SqlStore) -> None:
    with store.write() as unit:
        one, two, three = prepared(unit)
        placed = unit.withholdings.add(made(one.id))
        active = unit.records.active_link(two.id)
        assert active is not None
        for _ in range(2):
            unit.withholdings.hand_on(active.person_id)
        assert unit.withholdings.bearers(placed.id) == [one.id, two.id]
        unit.records.close_link(active.id, LATER)
        unit.records.open_link(link(two.id, unit.records.new_person()))
        assert unit.withholdings.of_records([two.id]) == [placed]
        unit.withholdings.bear([placed.id], [three.id])
        unit.withholdings.bear([], [three.id])
        assert unit.withholdings.bearers(placed.id) == [one.id, two.id, three.id]


def test_one_that_ended_stands_on_nobody_and_is_kept(store: SqlStore) -> None:
    with store.write() as unit:
        one, two, _ = prepared(unit)
        placed, other = (unit.withholdings.add(made(one.id, kind)) for kind in (SHIELD, RESTRICTION))
        ended = replace(placed, ended_at=LATER)
        unit.withholdings.save(ended)
        assert unit.withholdings.of_records([two.id]) == [other]
        assert unit.withholdings.all(SHIELD, ended=False) == []
        assert unit.withholdings.all(SHIELD, ended=True) == [ended]
        assert unit.withholdings.all(RESTRICTION, ended=False) == [other]
        assert unit.withholdings.asked(one.id) == [ended, other]
        assert unit.withholdings.asked(two.id) == []
        with pytest.raises(StoreConflict, match="no such withholding"):
            unit.withholdings.save(replace(placed, id=99))


def test_those_whose_clock_ran_out_are_found_the_earliest_first(store: SqlStore) -> None:
    with store.write() as unit:
        one, *_ = prepared(unit)
        late = unit.withholdings.add(made(one.id))
        early = unit.withholdings.add(replace(made(one.id), lapses_at=NOW))
        unit.withholdings.add(replace(made(one.id), lapses_at=None))
        unit.withholdings.add(replace(made(one.id), lapses_at=NOW, ended_at=NOW))
        assert unit.withholdings.lapsing(LATER, 5) == [early, late]
        assert unit.withholdings.lapsing(LATER, 1) == [early]
        assert unit.withholdings.lapsing(NOW - timedelta(seconds=1), 5) == []


def test_an_override_is_found_by_its_direction_and_used_up_by_its_alert(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        person = unit.records.new_person()
        sides = [linked(unit, "one", each, person) for each in (SCHOOL, HOUSING)]
        to, about = (side.id for side in sides)
        shield = unit.withholdings.add(made(sides[0].record_id))
        asked = Override(0, shield.id, to, about, "why", "anna", "omar", NOW, message(1))
        known = unit.withholdings.add_override(asked)
        assert known == replace(asked, id=known.id)
        assert unit.withholdings.overrides_of(to, about) == unit.withholdings.overrides(closed=False) == [known]
        assert unit.withholdings.overrides_of(about, to) == []
        unit.withholdings.note_served(message(2), NOW)
        assert unit.withholdings.override(known.id) == known
        for at in (NOW, LATER):
            unit.withholdings.note_served(message(1), at)
        served = replace(known, served_at=NOW)
        assert unit.withholdings.override(known.id) == served
        closed = replace(served, closed_by="olga", closed_at=LATER, finding="it was right")
        unit.withholdings.save_override(closed)
        assert unit.withholdings.overrides(closed=False) == []
        assert unit.withholdings.overrides(closed=True) == [closed]
        assert unit.withholdings.override(99) is None
        with pytest.raises(StoreConflict, match="no such override"):
            unit.withholdings.save_override(replace(known, id=99))


def test_who_must_not_meet_is_found_from_either_side_by_the_persons_of_the_records(store: SqlStore) -> None:
    with store.write() as unit:
        one, two, three = prepared(unit)
        together, alone = (unit.records.active_link(each.id) for each in (one, three))
        assert together is not None
        assert alone is not None
        assert unit.no_contacts.apart_from(together.person_id) == set()
        assert unit.no_contacts.note(HOUSING, two.id, [three.id, two.id], NOW) == 1
        assert unit.no_contacts.note(HOUSING, two.id, [three.id], LATER) == 0
        assert unit.no_contacts.apart_from(together.person_id) == {alone.person_id}
        assert unit.no_contacts.apart_from(alone.person_id) == {together.person_id}
    with store.read() as unit:
        assert unit.no_contacts.apart_from(alone.person_id) == {together.person_id}
        (known,) = unit.no_contacts.all(ended=False)
        assert (known.agency, known.record_id, known.other_id, known.made_at) == (HOUSING, two.id, three.id, NOW)
        assert unit.no_contacts.get(known.id) == known
        assert unit.no_contacts.between(HOUSING, (alone.person_id, together.person_id)) == [known]
        assert unit.no_contacts.between(SCHOOL, (alone.person_id, together.person_id)) == []


def test_only_who_said_so_of_that_very_record_takes_it_back(store: SqlStore) -> None:
    with store.write() as unit:
        one, two, three = prepared(unit)
        unit.no_contacts.note(HOUSING, two.id, [three.id], NOW)
        assert unit.no_contacts.take_back(SCHOOL, two.id, [three.id], LATER) == 0
        assert unit.no_contacts.take_back(HOUSING, one.id, [three.id], LATER) == 0
        assert unit.no_contacts.take_back(HOUSING, two.id, [three.id], LATER) == 1
        assert unit.no_contacts.take_back(HOUSING, two.id, [three.id], LATER) == 0
        assert unit.no_contacts.all(ended=False) == []
        (ended,) = unit.no_contacts.all(ended=True)
        assert ended.ended_at == LATER
        assert unit.no_contacts.note(HOUSING, two.id, [three.id], LATER) == 1


def test_what_is_said_of_a_record_is_copied_to_another_from_both_ends(store: SqlStore) -> None:
    with store.write() as unit:
        one, two, three = prepared(unit)
        unit.no_contacts.note(HOUSING, two.id, [three.id], NOW)
        for _ in range(2):
            unit.no_contacts.copy(two.id, one.id)
            unit.no_contacts.copy(three.id, one.id)
        pairs = {(each.record_id, each.other_id) for each in unit.no_contacts.all(ended=False)}
        assert pairs == {(two.id, three.id), (one.id, three.id), (two.id, one.id)}
        unit.no_contacts.end([each.id for each in unit.no_contacts.all(ended=False)], LATER)
        assert unit.no_contacts.all(ended=False) == []
