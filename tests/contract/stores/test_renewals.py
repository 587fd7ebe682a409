"""Bringing a register under new secrets, and the linkage epochs that are in use in it."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from gateway.keys.renewal_ports import Anew
from gateway.model.epoch_use import EpochUse, KeptWord, RetiredEpoch
from gateway.model.involvement import Standing
from gateway.model.protection import Protection
from gateway.model.renewal import Renewal
from gateway.store.data_keys import key_id
from gateway.store.engine import database_url
from gateway.store.faults import StoreRefused
from gateway.store.migration import upgrade
from gateway.store.sql_store import SqlStore, open_store
from identity.person.pepper import IndexKeys
from identity.person.protected_place import ProtectedTokens
from mappings.canonical.codes import Mode, RelationKind
from mappings.canonical.evidence import Evidence
from mappings.canonical.notice import RelatedPerson
from tests.builders import HOUSING, SCHOOL, registered
from tests.contract.stores.rows import DATA_KEY, LATER, NOW, agencies, evidence, keys, link, linked, record, token

NEXT_KEY = bytes(range(1, 33))
EVERYTHING = Renewal(key_id(DATA_KEY), None, b"pepper", b"next", b"pairing", 2**40, 0)


def as_it_is(given: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    return given


def by_name(given: tuple[Evidence, ...]) -> IndexKeys:
    return IndexKeys(tuple(token("renewed", each.epoch, each.given and each.given.exact) for each in given))


def test_what_the_register_rests_on_comes_back_as_it_was_saved(store: SqlStore) -> None:
    with store.write() as unit:
        assert unit.renewals.state() == Renewal(data_key=key_id(DATA_KEY))
        unit.renewals.save(EVERYTHING)
    with store.read() as unit:
        assert unit.renewals.state() == EVERYTHING
        assert unit.renewals.state().runs
        assert unit.incarnation(), "the rest of the row stays"
    with store.write() as unit:
        unit.renewals.save(Renewal(data_key=key_id(DATA_KEY)))
        assert not unit.renewals.state().runs


def test_records_are_renewed_in_batches_in_the_order_of_their_numbers(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        made = [record(unit, f"somebody {n}", index=keys(f"before {n}")) for n in range(3)]
        last = unit.renewals.renew_records(0, 2, Anew(as_it_is, by_name, every=True))
        assert last == made[1].id
        found = [unit.records.candidates(by_name(each.evidence), None) for each in made]
        assert [[one.record_id for one in some] for some in found] == [[made[0].id], [made[1].id], []]
        assert unit.records.candidates(keys("before 0", "before 1"), None) == []
        assert [one.record_id for one in unit.records.candidates(keys("before 2"), None)] == [made[2].id]
        assert unit.renewals.renew_records(last, 2, Anew(as_it_is, by_name, every=True)) == made[2].id
        assert unit.renewals.renew_records(made[2].id, 2, Anew(as_it_is, by_name, every=True)) is None


def test_only_those_whose_evidence_is_another_are_indexed_anew_where_not_every_one_must_be(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        old, both = evidence("Orla", epoch="old"), (evidence("Orla", epoch="old"), evidence("Orla", epoch="new"))
        first = unit.records.add(SCHOOL, registered(number=1).person_ref, both, keys("first"))
        second = unit.records.add(SCHOOL, registered(number=2).person_ref, both[1:], keys("second"))
        third = unit.records.add(SCHOOL, registered(number=3).person_ref, (old,), keys("third"))
        unit.renewals.renew_records(0, 9, Anew(lambda given: tuple(e for e in given if e.epoch != "old"), by_name))
        assert [unit.records.find(SCHOOL, each.person_ref) for each in (first, second, third)] == [
            replace(first, evidence=both[1:]),
            second,
            replace(third, evidence=()),
        ]
        assert unit.records.candidates(keys("first", "third"), None) == []
        assert [each.record_id for each in unit.records.candidates(by_name(both[1:]), None)] == [first.id]
        assert [each.record_id for each in unit.records.candidates(keys("second"), None)] == [second.id]


def test_former_keys_find_what_is_not_indexed_anew_yet(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        former, renewed = keys("former", blocks=("fb",), bands=("fd",)), keys("new", blocks=("nb",), bands=("nd",))
        pairs = zip(
            (*renewed.identifiers, *renewed.blocks, *renewed.bands),
            (*former.identifiers, *former.blocks, *former.bands),
            strict=True,
        )
        asked = replace(renewed, former=dict(pairs))
        before, after = record(unit, "one", SCHOOL, former), record(unit, "two", HOUSING, renewed)
        for find in (unit.records.candidates, unit.records.band_candidates):
            assert [each.record_id for each in find(asked, None)] == [before.id, after.id]
            assert [each.record_id for each in find(renewed, None)] == [after.id]


def test_a_data_key_takes_the_place_of_another_while_both_open(url: str) -> None:
    store = open_store(url, DATA_KEY, others=lambda: [NEXT_KEY])
    with store.write() as unit:
        agencies(unit)
        one, two = (linked(unit, name, SCHOOL, unit.records.new_person()) for name in ("one", "two"))
        unit.renewals.save(replace(unit.renewals.state(), next_data_key=key_id(NEXT_KEY)))
    with store.write() as unit:
        assert unit.renewals.renew_records(0, 1, Anew(as_it_is, by_name, every=False)) == one.record_id
        assert unit.renewals.renew_involvements(0, 1, Anew(as_it_is, by_name, every=False)) == one.id
        assert [unit.involvements.get(each.id) for each in (one, two)] == [one, two]
        assert unit.renewals.renew_records(one.record_id, 9, Anew(as_it_is, by_name, every=False)) == two.record_id
        assert unit.renewals.renew_involvements(one.id, 9, Anew(as_it_is, by_name, every=False)) == two.id
        assert unit.renewals.renew_involvements(two.id, 9, Anew(as_it_is, by_name, every=False)) is None
        unit.renewals.save(Renewal(data_key=key_id(NEXT_KEY)))
    store.close()
    with pytest.raises(StoreRefused, match="another data key"):
        open_store(url, DATA_KEY)
    again = open_store(url, NEXT_KEY)
    with again.read() as unit:
        assert list(unit.involvements.of_agency(SCHOOL)) == [one, two]
        found = unit.records.find(SCHOOL, one.person_ref)
        assert found is not None
        assert found.evidence == (evidence("one"),)
    again.close()


def test_relatives_are_indexed_anew_and_found_by_either_key_meanwhile(store: SqlStore) -> None:
    both = (evidence("Darren", epoch="old"), evidence("Darren", epoch="new"))
    father = RelatedPerson(RelationKind.PARENT, both)
    with store.write() as unit:
        agencies(unit)
        one, two = (linked(unit, name, SCHOOL, unit.records.new_person()) for name in ("one", "two"))
        for each in (one, two):
            unit.relations.replace(each.id, [(father, keys("before"))])
        renewed = by_name(both)
        asked = replace(renewed, former=dict.fromkeys(renewed.identifiers, keys("before").identifiers[0]))
        for after, last in ((0, one.id), (one.id, two.id), (two.id, None)):
            assert unit.renewals.renew_involvements(after, 1, Anew(as_it_is, by_name, every=True)) == last
            assert {each.involvement_id for each in unit.relations.sharing(asked)} == {one.id, two.id}
        assert unit.relations.sharing(keys("before")) == []
        unit.renewals.renew_involvements(0, 9, Anew(lambda given: given[1:], by_name))
        assert [each.evidence for each in unit.relations.sharing(by_name(both))] == [both[1:]] * 2
        assert unit.relations.sharing(by_name(both[:1])) == []


def test_lists_of_protected_places_are_sealed_anew_and_go_with_their_epoch(url: str) -> None:
    store, tokens = (
        open_store(url, DATA_KEY, others=lambda: [NEXT_KEY]),
        ProtectedTokens(frozenset({token("p")}), frozenset()),
    )
    lists = [Protection(epoch, Mode.TRIAL, "a" * 64, 1, NOW) for epoch in ("trial-1", "trial-2")]
    with store.write() as unit:
        for each in lists:
            unit.protections.offer(each, tokens)
        unit.renewals.save(replace(unit.renewals.state(), next_data_key=key_id(NEXT_KEY)))
    with store.write() as unit:
        unit.renewals.renew_protections(["trial-1"])
        unit.renewals.save(Renewal(data_key=key_id(NEXT_KEY)))
    store.close()
    again = open_store(url, NEXT_KEY)
    with again.read() as unit:
        assert unit.protections.all() == lists[1:]
        assert unit.protections.tokens("trial-2", "a" * 64) == tokens
    again.close()


def test_live_records_are_counted_by_agency_and_epochs(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        held = [(SCHOOL, 1, ("old",)), (SCHOOL, 2, ("old", "new")), (SCHOOL, 3, ("new", "old")), (HOUSING, 4, ("a b",))]
        for agency, number, epochs in held:
            about = tuple(evidence("somebody", epoch=epoch) for epoch in epochs)
            made = unit.records.add(agency, registered(agency, number).person_ref, about, keys())
            unit.records.open_link(link(made.id, unit.records.new_person()))
            for live in (1, 2):
                ref = registered(agency, number * 10 + live).involvement_ref
                unit.involvements.save(registered(agency, number, id=0, record_id=made.id, involvement_ref=ref))
        ended = unit.records.add(SCHOOL, registered(number=5).person_ref, (evidence("x", epoch="old"),), keys())
        unit.involvements.save(registered(number=5, id=0, record_id=ended.id, standing=Standing.ENDED))
        assert unit.epochs.uses() == [
            EpochUse(HOUSING, frozenset({"a b"}), 1),
            EpochUse(SCHOOL, frozenset({"old", "new"}), 2),
            EpochUse(SCHOOL, frozenset({"old"}), 1),
        ]
        first = unit.records.find(SCHOOL, registered(number=1).person_ref)
        assert first is not None
        unit.records.replace_evidence(first.id, (), keys())
        assert EpochUse(SCHOOL, frozenset(), 1) in unit.epochs.uses()


def test_epochs_retire_once_and_are_dropped_once(store: SqlStore) -> None:
    with store.write() as unit:
        assert (unit.epochs.retired(), unit.epochs.note_dropped(NOW)) == ([], [])
        unit.epochs.retire("second", LATER)
        unit.epochs.retire("first", NOW)
        unit.epochs.retire("first", LATER)
        assert unit.epochs.retired() == [RetiredEpoch("first", NOW), RetiredEpoch("second", LATER)]
        assert unit.epochs.note_dropped(LATER) == ["first", "second"]
        assert unit.epochs.note_dropped(NOW) == []
        assert unit.epochs.retired()[0] == RetiredEpoch("first", NOW, LATER)


def test_the_latest_word_of_each_mode_is_kept(store: SqlStore) -> None:
    with store.write() as unit:
        assert unit.epochs.word(Mode.TRIAL) is None
        unit.epochs.keep_word(KeptWord(Mode.TRIAL, 1, b"one"))
        unit.epochs.keep_word(KeptWord(Mode.LIVE, 1, b"live"))
        unit.epochs.keep_word(KeptWord(Mode.TRIAL, 2, b"two"))
    with store.read() as unit:
        assert unit.epochs.word(Mode.TRIAL) == KeptWord(Mode.TRIAL, 2, b"two")
        assert unit.epochs.word(Mode.LIVE) == KeptWord(Mode.LIVE, 1, b"live")


_OLD_AGENCY = text("INSERT INTO agency (id, name, type, organisation) VALUES (:id, 'School', 'school', 'Council')")
_OLD_RECORD = text("INSERT INTO person_record (agency, person_ref, evidence) VALUES (:agency, :ref, :evidence)")


def test_a_register_from_before_is_gone_through_once_to_note_its_epochs(tmp_path: Path, postgresql_url: str) -> None:
    for url in (f"sqlite:///{tmp_path}/register.db", postgresql_url):
        upgrade(url, "0004")
        engine = create_engine(database_url(url))
        with engine.begin() as connection:
            connection.execute(_OLD_AGENCY, {"id": SCHOOL.value})
            connection.execute(_OLD_RECORD, {"agency": SCHOOL.value, "ref": "a" * 64, "evidence": b""})
        engine.dispose()
        upgrade(url)
        store = open_store(url, DATA_KEY)
        with store.read() as unit:
            assert (unit.renewals.state().records_after, unit.renewals.state().runs) == (0, True)
        store.close()
