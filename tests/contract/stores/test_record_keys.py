"""Record keys, in a store of their own: on both engines, through rotations, failed units, restored registers, and a store put back too far."""

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from gateway.keys.renewal_ports import Anew
from gateway.model.dead_letter import DeadLetter
from gateway.model.involvement import RegisteredInvolvement
from gateway.store.data_keys import key_id
from gateway.store.engine import database_url
from gateway.store.faults import StoreConflict, StoreRefused
from gateway.store.migration import upgrade
from gateway.store.record_keys import KeyCounts, name_of, open_record_keys
from gateway.store.sql_store import SqlStore
from identity.person.pepper import IndexKeys
from mappings.canonical.identifiers import PersonRef
from mappings.canonical.notice import Worker
from tests.builders import SCHOOL, registered
from tests.contract.stores.key_place import NEXT_KEY, Place
from tests.contract.stores.rows import NOW, agencies, evidence

MAYA = PersonRef("a" * 64)


def enter(store: SqlStore) -> RegisteredInvolvement:
    with store.write() as unit:
        if unit.trust.agency(SCHOOL) is None:
            agencies(unit)
        record = unit.records.add(SCHOOL, MAYA, (evidence("maya"),), IndexKeys())
        return unit.involvements.save(replace(registered(SCHOOL), id=0, record_id=record.id, person_ref=MAYA))


def erase(store: SqlStore, involvement: RegisteredInvolvement) -> None:
    with store.write() as unit:
        unit.involvements.save(replace(involvement, worker=Worker(), erased_on=NOW.date()))
        unit.records.replace_evidence(involvement.record_id, (), IndexKeys())


def test_what_was_erased_opens_from_no_backup_and_the_rest_goes_on(place: Place) -> None:
    store = place.open()
    involvement = enter(store)
    backup = place.sealed()
    erase(store, involvement)
    assert place.counts() == KeyCounts(2, 2)
    place.put_back(backup)
    store.close()
    store = place.open()
    with store.read() as unit:
        assert unit.records.get(involvement.record_id).evidence == ()  # type: ignore[union-attr]
        assert unit.involvements.get(involvement.id).worker == Worker()
        assert unit.housekeeping.run().stage == ""
    with store.write() as unit:
        assert unit.housekeeping.unreadable(0, 10) == (involvement.id, [involvement.id])
        unit.involvements.save(replace(involvement, worker=Worker(), erased_on=NOW.date()))
        assert unit.housekeeping.unreadable(involvement.id, 10) == (None, [])
    with store.write() as unit:
        assert unit.housekeeping.unreadable(0, 10) == (None, []), "the register knows of it now"
    store.close()


def test_who_comes_back_gets_another_key_and_the_old_backup_stays_shut(place: Place) -> None:
    store = place.open()
    involvement = enter(store)
    backup = place.sealed()
    erase(store, involvement)
    with store.write() as unit:
        unit.records.replace_evidence(involvement.record_id, (evidence("maya"),), IndexKeys())
        unit.involvements.save(involvement)
    with store.read() as unit:
        assert unit.records.get(involvement.record_id).evidence != ()  # type: ignore[union-attr]
        assert unit.involvements.get(involvement.id).worker == involvement.worker
    place.put_back(backup)
    store.close()
    store = place.open()
    with store.read() as unit:
        assert unit.involvements.get(involvement.id).worker == Worker(), "the key of that name is another one now"
    store.close()


def test_another_process_sees_at_once_that_a_key_is_gone(place: Place) -> None:
    one, other = place.open(), place.open()
    involvement = enter(one)
    with other.read() as unit:
        assert unit.involvements.get(involvement.id).worker == involvement.worker
    erase(one, involvement)
    with other.write() as unit:
        unit.records.replace_evidence(involvement.record_id, (evidence("maya"),), IndexKeys())
        unit.involvements.save(involvement)
    one.close()
    fresh = place.open()
    with fresh.read() as unit:
        assert unit.involvements.get(involvement.id).worker == involvement.worker, "sealed under a key that is kept"
    other.close()
    fresh.close()


def test_a_unit_that_fails_erases_nothing_and_leaves_no_key(place: Place) -> None:
    store = place.open()
    involvement = enter(store)
    with contextlib.suppress(StoreConflict), store.write() as unit:
        unit.involvements.save(replace(involvement, worker=Worker()))
        unit.records.add(SCHOOL, PersonRef("b" * 64), (evidence("maya"),), IndexKeys())
        unit.records.add(SCHOOL, MAYA, (evidence("maya"),), IndexKeys())
    assert place.counts() == KeyCounts(2, 0)
    with store.read() as unit:
        assert unit.involvements.get(involvement.id).worker == involvement.worker
    store.close()


def test_killed_after_the_keys_went_the_register_finds_what_is_left_and_ends_it(place: Place) -> None:
    store = place.open()
    involvement = enter(store)
    keys = open_record_keys(place.keys_url)
    keys.begin(KeyCounts())
    for name in ("evidence", "worker"):
        whose = (SCHOOL.value, MAYA.value if name == "evidence" else involvement.involvement_ref.value)
        keys.erase(name_of(name, *whose))
    assert keys.flush().erased == 2
    keys.close()
    store.close()
    store = place.open()
    with store.write() as unit:
        assert unit.housekeeping.unreadable(0, 10)[1] == [involvement.id]
    store.close()


def test_a_register_from_before_is_wrapped_in_the_background_and_through_a_new_data_key(place: Place) -> None:
    store = place.open(with_keys=False)
    involvement = enter(store)
    with store.write() as unit:
        unit.details.put(involvement.record_id, '{"sealed": "to stewards"}', NOW)
    store.close()
    assert {value[:1] for value in place.sealed().values()} == {b"\x01"}
    store = place.open()
    with store.read() as unit:
        assert unit.renewals.state().runs, "nobody has to start it"
        assert unit.involvements.get(involvement.id).worker == involvement.worker
    for data_key in (None, NEXT_KEY):
        with store.write() as unit:
            if data_key is not None:
                unit.renewals.save(replace(unit.renewals.state(), next_data_key=key_id(data_key)))
        with store.write() as unit:
            anew = Anew(lambda kept: kept, lambda kept: IndexKeys())
            unit.renewals.renew_records(0, 10, anew)
            unit.renewals.renew_involvements(0, 10, anew)
        assert {value[:1] for value in place.sealed().values()} == {b"\x02"}
        with store.read() as unit:
            assert unit.involvements.get(involvement.id).worker == involvement.worker
            assert unit.records.get(involvement.record_id).evidence != ()  # type: ignore[union-attr]
            assert unit.details.get(involvement.record_id) == '{"sealed": "to stewards"}'
    assert place.counts() == KeyCounts(3, 0), "evidence, worker and details; a new data key makes none"
    store.close()
    with pytest.raises(StoreRefused, match="record_keys_url"):
        place.open(with_keys=False)


def test_details_and_refused_messages_go_with_their_keys_too(place: Place) -> None:
    store = place.open()
    involvement = enter(store)
    with store.write() as unit:
        unit.details.put(involvement.record_id, '{"sealed": "to stewards"}', NOW)
        letter = unit.dead_letters.add(DeadLetter(0, NOW, None, "d" * 64, b"eyJ-what-came", ()))
        hostile = unit.dead_letters.add(DeadLetter(0, NOW, None, "e" * 64, b"\x03" + bytes(60), ()))
    with store.read() as unit:
        assert unit.details.get(involvement.record_id) == '{"sealed": "to stewards"}'
        assert unit.dead_letters.get(letter).sealed == b"eyJ-what-came"  # type: ignore[union-attr]
        assert unit.dead_letters.get(hostile).sealed == b"\x03" + bytes(60)  # type: ignore[union-attr]
    with store.write() as unit:
        unit.details.remove(involvement.record_id)
        assert unit.housekeeping.discard_letters(NOW.replace(year=2027), NOW, "housekeeping", 10) == 2
    assert place.counts() == KeyCounts(5, 3)
    store.close()


def test_a_store_of_keys_that_lacks_some_is_refused_not_taken_for_erased(place: Place, tmp_path: Path) -> None:
    if not place.keys_url.startswith("sqlite"):
        engine = create_engine(database_url(place.keys_url))
    else:
        engine = create_engine(f"sqlite:///{tmp_path}/keys.db")
    store = place.open()
    enter(store)
    store.close()
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM record_secret"))
        connection.execute(text("UPDATE record_secret_state SET made = 0"))
    engine.dispose()
    with pytest.raises(StoreRefused, match="older than the register"):
        place.open()


def test_nobody_else_reads_the_file_and_the_erased_keys_bytes_are_gone(tmp_path: Path) -> None:
    place = Place(f"sqlite:///{tmp_path}/register.db", f"sqlite:///{tmp_path}/keys.db")
    upgrade(place.url)
    store = place.open()
    involvement = enter(store)
    engine = create_engine(f"sqlite:///{tmp_path}/keys.db")
    with engine.connect() as connection:
        keys = [bytes(row[0]) for row in connection.execute(text("SELECT key FROM record_secret"))]
    engine.dispose()
    assert len(keys) == 2
    erase(store, involvement)
    store.scrub()
    files = [path for path in tmp_path.iterdir() if path.name.startswith("keys.db")]
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
    assert not any(key in path.read_bytes() for key in keys for path in files)
    store.close()
