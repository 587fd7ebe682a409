"""Records, links, candidates and involvements."""

from dataclasses import replace
from datetime import date

import pytest

from gateway.model.involvement import Standing
from gateway.store.faults import StoreConflict
from gateway.store.sql_store import SqlStore
from identity.person.blocking import BUDGET, MOST_PER_KEY
from identity.person.pepper import IndexKeys
from mappings.canonical.codes import Consent, Informed, ServiceLine
from mappings.canonical.identifiers import AgencyId, InvolvementRef, PersonRef
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Sequence, Worker
from tests.builders import HOUSING, SCHOOL, SOCIAL_CARE, registered
from tests.contract.stores.rows import LATER, NOW, agencies, evidence, keys, link, linked, record, token

REFERENCE = PersonRef("a" * 64)


def test_a_record_comes_back_with_all_its_evidence(store: SqlStore) -> None:
    both = (evidence("Orla"), evidence("Orla", epoch="2026b", weak=False, given=None))
    with store.write() as unit:
        agencies(unit)
        made = unit.records.add(SCHOOL, REFERENCE, both, keys("orla"))
        assert (made.agency, made.person_ref, made.evidence) == (SCHOOL, REFERENCE, both)
    with store.read() as unit:
        assert unit.records.find(SCHOOL, REFERENCE) == made
        assert unit.records.find(HOUSING, REFERENCE) is None


def test_an_agency_has_one_record_of_a_client(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        unit.records.add(SCHOOL, REFERENCE, (evidence("Orla"),), keys())
        unit.records.add(HOUSING, REFERENCE, (evidence("Orla"),), keys())
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.records.add(SCHOOL, REFERENCE, (evidence("Orla"),), keys())


def test_a_record_belongs_to_a_known_agency(store: SqlStore) -> None:
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.records.add(AgencyId("urn:nobody"), REFERENCE, (evidence("Orla"),), keys())


def test_replaced_evidence_is_found_by_its_new_keys_only(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        made = record(unit, "Orla", index=keys("old", "both", blocks=("b",)))
        unit.records.replace_evidence(made.id, (evidence("Orla Jean"),), keys("both", "new"))
        assert unit.records.find(SCHOOL, made.person_ref) == replace(made, evidence=(evidence("Orla Jean"),))
        assert unit.records.candidates(keys("old", blocks=("b",)), None) == []
        assert [each.record_id for each in unit.records.candidates(keys("new"), None)] == [made.id]
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.records.replace_evidence(made.id + 99, (evidence("Orla"),), keys())


def test_candidates_come_by_identifier_first_then_by_the_rarest_block(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        common = [record(unit, f"common {n}", index=keys(blocks=("common",))).id for n in range(3)]
        rare = record(unit, "rare", index=keys(blocks=("rare", "common"))).id
        numbered = record(unit, "numbered", index=keys("number")).id
        record(unit, "stranger", index=keys("another", blocks=("other",)))
        asked = keys("number", blocks=("common", "rare", "unheard of"))
        found = unit.records.candidates(asked, None)
        assert [each.record_id for each in found] == [numbered, rare, *common]
        assert found[0].evidence == evidence("numbered")
        assert found[0].agency == SCHOOL
        assert numbered not in [each.record_id for each in unit.records.candidates(asked, numbered)]


def test_a_key_is_of_one_kind(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        made = record(unit, "Orla", index=keys("same", blocks=("block",), bands=("band",)))
        assert unit.records.candidates(keys(blocks=("same",), bands=("same",)), None) == []
        assert unit.records.candidates(keys("block", bands=("band",)), None) == []
        assert unit.records.band_candidates(keys("band", blocks=("band",)), None) == []
        assert [each.record_id for each in unit.records.band_candidates(keys(bands=("band",)), None)] == [made.id]
        assert unit.records.band_candidates(keys(bands=("band",)), made.id) == []
        assert unit.records.candidates(IndexKeys(), None) == []


def test_candidates_stay_within_the_budget_and_pass_over_what_too_many_share(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        numbers = [record(unit, str(n), index=keys(blocks=("shared", f"{n % 2}"))).id for n in range(MOST_PER_KEY + 1)]
        assert unit.records.candidates(keys(blocks=("shared",)), None) == []
        both = unit.records.candidates(keys(blocks=("shared", "0", "1")), None)
        assert len(both) == BUDGET
        assert {each.record_id for each in both} < set(numbers)


def test_a_record_repeated_in_its_own_keys_is_indexed_once(store: SqlStore) -> None:
    twice = IndexKeys(identifiers=(token("key", "one"),) * 2)
    with store.write() as unit:
        agencies(unit)
        made = record(unit, "Orla", index=twice)
        assert [each.record_id for each in unit.records.candidates(twice, None)] == [made.id]


def test_one_active_link_a_record(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        made, person = record(unit, "Orla"), unit.records.new_person()
        assert unit.records.active_link(made.id) is None
        opened = unit.records.open_link(link(made.id, person))
        assert opened == replace(link(made.id, person), id=opened.id)
        assert unit.records.active_link(made.id) == opened
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.records.open_link(link(made.id, unit.records.new_person()))
    with store.write() as unit:
        unit.records.close_link(opened.id, LATER)
        assert unit.records.active_link(made.id) is None
        again = unit.records.open_link(link(made.id, person, certainty=None, decided_by="steward-1", valid_from=LATER))
        assert again.id > opened.id
        assert unit.records.active_link(made.id) == again
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.records.close_link(opened.id, LATER)


def test_members_are_the_records_actively_linked(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        person, other = unit.records.new_person(), unit.records.new_person()
        assert other > person
        first, second = record(unit, "one", SCHOOL, keys("k")), record(unit, "two", HOUSING, keys("k"))
        opened = [unit.records.open_link(link(each.id, person)) for each in (first, second)]
        assert {each.person_id for each in unit.records.candidates(keys("k"), None)} == {person}
        assert [each.record_id for each in unit.records.members(person)] == [first.id, second.id]
        unit.records.close_link(opened[0].id, LATER)
        unit.records.open_link(link(first.id, other, valid_from=LATER))
        assert [each.record_id for each in unit.records.members(person)] == [second.id]
        assert [each.evidence for each in unit.records.members(other)] == [evidence("one")]
        assert unit.records.members(other + 99) == []
        unit.records.replace_evidence(first.id, (evidence("other"),), keys())
        assert [each.evidence for each in unit.records.members(other)] == [evidence("other")]


def test_people_can_be_swept(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        assert unit.records.population() == 0
        people = [unit.records.new_person() for _ in range(5)]
        for person in people[:4]:
            linked(unit, f"{person}", SCHOOL, person)
        linked(unit, "again", HOUSING, people[1])
        assert unit.records.population() == people[-1]
        assert unit.records.people_after(0, 3) == people[:3]
        assert unit.records.people_after(people[2], 3) == people[3:4]


def test_an_involvement_comes_back_as_it_was_saved_last(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        made = record(unit, "Orla")
        first = unit.involvements.save(registered(id=0, record_id=made.id))
        assert first == registered(id=first.id, record_id=made.id)
        other = registered(
            id=first.id, record_id=made.id, worker=Worker(team="Tîm £"), age_band_until=None, start=None, held_back=True,
            end=date(2026, 4, 1), consent=Consent.WITHDRAWN, informed=Informed.UNSAFE_TO_INFORM, standing=Standing.ENDED,
            worker_tokens=("0" * 32, "f" * 32), sequence=Sequence("20270101T000000Z-ffffffff", 2**53 - 1), digest="f" * 64,
        )  # fmt: skip
    with store.read() as unit:
        assert unit.involvements.get(first.id) == first
    with store.write() as unit:
        assert unit.involvements.save(other) == other
    with store.read() as unit:
        assert unit.involvements.find(SCHOOL, first.involvement_ref) == other
        assert unit.involvements.of_record(made.id) == [other]
        assert unit.involvements.find(HOUSING, first.involvement_ref) is None
    with pytest.raises(StoreConflict), store.read() as unit:
        unit.involvements.get(first.id + 99)


def test_an_involvement_is_one_an_agency_and_reference_and_can_be_saved_only_where_it_is(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        made = record(unit, "Orla")
        unit.involvements.save(registered(id=0, record_id=made.id))
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.involvements.save(registered(id=0, record_id=made.id))
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.involvements.save(registered(id=77, record_id=made.id))


def test_the_involvements_of_a_person_are_those_of_all_records_linked_now(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        person, other = unit.records.new_person(), unit.records.new_person()
        school, housing = (linked(unit, "Orla", each, person) for each in (SCHOOL, HOUSING))
        ended = unit.involvements.save(
            replace(school, id=0, involvement_ref=InvolvementRef("e" * 64), standing=Standing.ENDED)
        )
        linked(unit, "Stranger", SOCIAL_CARE, other)
        assert unit.involvements.of_person(person) == [school, housing, ended]
        opened = unit.records.active_link(housing.record_id)
        assert opened
        unit.records.close_link(opened.id, NOW)
        assert unit.involvements.of_person(person) == [school, ended]


def test_live_digests_by_prefix_and_all_of_an_agency(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        made = record(unit, "Orla")
        saved = {}
        for start, standing in (("0a", "live"), ("0b", "live"), ("0b1", "ended"), ("ff", "live"), ("f0", "withdrawn")):
            reference = InvolvementRef(start.ljust(64, "0"))
            each = registered(
                id=0, record_id=made.id, involvement_ref=reference, standing=Standing(standing), digest=start,
                worker=Worker("W", "", "", Contact()),
            )  # fmt: skip
            saved[start] = unit.involvements.save(each)
        other = record(unit, "Orla", HOUSING)
        unit.involvements.save(registered(HOUSING, id=0, record_id=other.id))
    with store.read() as unit:
        assert sorted(unit.involvements.live_digests(SCHOOL, "").values()) == ["0a", "0b", "ff"]
        assert unit.involvements.live_digests(SCHOOL, "0") == {
            saved[each].involvement_ref: each for each in ("0a", "0b")
        }
        assert list(unit.involvements.live_digests(SCHOOL, "ff").values()) == ["ff"]
        assert unit.involvements.live_digests(SCHOOL, "1") == {}
        of = saved["0a"].service
        assert sorted(each.digest for line, each in unit.involvements.live_by_line(SCHOOL)) == ["0a", "0b", "ff"]
        assert {line for line, _ in unit.involvements.live_by_line(SCHOOL)} == {of}
        assert len(unit.involvements.live_digests(SCHOOL, "0", of)) == 2
        assert unit.involvements.live_digests(SCHOOL, "0", next(each for each in ServiceLine if each is not of)) == {}
        assert list(unit.involvements.of_agency(SCHOOL)) == list(saved.values())
        with pytest.raises(ValueError):
            unit.involvements.live_digests(SCHOOL, "%")
