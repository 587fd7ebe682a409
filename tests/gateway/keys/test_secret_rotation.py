"""The pepper and the data key are rotated in the background: killed at any moment it goes on, everything is found and opened meanwhile, and
every pair keeps its names."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app import build_intake, build_pairing, build_peppers, build_renewing, open_register, secret_place
from gateway.initialise import initialise
from gateway.keys import renewal
from gateway.keys.secret_files import PAIRING_FILE
from gateway.keys.secret_rotation import Secret, begin
from gateway.model.renewal import Renewal
from gateway.settings import Settings
from gateway.store.faults import StoreRefused
from gateway.store.record_index import stored_postings
from gateway.store.sql_store import SqlStore
from identity.agency.faults import KeyFault
from tests.builders import HOUSING, SCHOOL, registered
from tests.contract.stores.rows import agencies, evidence, link
from tests.gateway.staff import StillClock

PEOPLE = 5


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(renewal, "BATCH", 2)
    return initialise(tmp_path / "gw", {"partnership": "seaton"}).settings


@pytest.fixture
def store(settings: Settings) -> Iterator[SqlStore]:
    """The school's records of five people, each with an involvement, indexed under the first pepper."""
    opened = open_register(settings)
    peppers = build_peppers(settings)
    with opened.write() as unit:
        agencies(unit)
        for number in range(PEOPLE):
            known = registered(number=number + 1, id=0)
            about = (evidence(f"somebody {number}"),)
            record = unit.records.add(SCHOOL, known.person_ref, about, peppers(unit).index_keys_of(about))
            unit.records.open_link(link(record.id, unit.records.new_person()))
            unit.involvements.save(replace(known, record_id=record.id))
    yield opened
    opened.close()


def state_of(store: SqlStore) -> Renewal:
    with store.read() as unit:
        return unit.renewals.state()


def found(store: SqlStore, settings: Settings) -> list[int]:
    """Which record each of the five is found as, by whoever asks now."""
    peppers = build_peppers(settings)
    with store.write() as unit:
        return [
            candidate.record_id
            for number in range(PEOPLE)
            for candidate in unit.records.candidates(
                peppers(unit).search_keys_of((evidence(f"somebody {number}"),)), None
            )
        ]


def opened(store: SqlStore) -> list[str]:
    with store.read() as unit:
        return [each.worker.name for each in unit.involvements.of_agency(SCHOOL)]


def stored_keys(store: SqlStore) -> set[int]:
    with store.transactions.reading() as transaction:
        return {key for key, _ in stored_postings(transaction)}


def head_of_sealed(store: SqlStore) -> set[bytes]:
    with store.transactions.reading() as transaction:
        rows = transaction.driver_rows(
            "SELECT evidence FROM person_record UNION ALL SELECT worker FROM involvement", ()
        )
        return {bytes(row[0])[1:5] for row in rows}


def rotate(secret: Secret, settings: Settings, store: SqlStore) -> Renewal:
    return begin(secret, secret_place(settings), store, StillClock())


def test_everybody_is_found_at_every_step_and_at_the_end_under_the_new_pepper_alone(
    settings: Settings, store: SqlStore
) -> None:
    before, everybody = stored_keys(store), list(range(1, PEOPLE + 1))
    begun = rotate(Secret.PEPPER, settings, store)
    assert begun.runs
    assert rotate(Secret.PEPPER, settings, store) == begun, "begun once"
    assert found(store, settings) == everybody
    steps = 0
    # Every step by a process of its own, as if each had been killed after it.
    while build_renewing(settings, store, StillClock()).step():
        steps += 1
        assert found(store, settings) == everybody
    assert steps >= 3, "it took several batches"
    after = stored_keys(store)
    assert (len(after), after & before) == (len(before), set())
    assert (state_of(store).pepper, state_of(store).next_pepper) == (begun.next_pepper, None)


def test_who_is_new_during_a_rotation_is_found_by_those_from_before_and_after(
    settings: Settings, store: SqlStore
) -> None:
    rotate(Secret.PEPPER, settings, store)
    build_renewing(settings, store, StillClock()).step()
    peppers, about = build_peppers(settings), (evidence("somebody 4"),)
    with store.write() as unit:
        new = unit.records.add(HOUSING, registered(number=9).person_ref, about, peppers(unit).index_keys_of(about))
        keys = peppers(unit).search_keys_of(about)
        assert [each.record_id for each in unit.records.candidates(keys, new.id)] == [PEOPLE]
        assert [each.record_id for each in unit.records.candidates(keys, PEOPLE)] == [new.id]
        assert [each.record_id for each in unit.records.band_candidates(keys, None)] == [PEOPLE, new.id]


def test_a_key_that_too_many_share_stays_passed_over_while_half_of_them_are_indexed_anew(
    settings: Settings, store: SqlStore
) -> None:
    peppers, shared = build_peppers(settings), evidence("everybody", identifiers=(), bands=())
    with store.write() as unit:
        for number in range(100, 161):
            ref = registered(number=number).person_ref
            unit.records.add(HOUSING, ref, (shared,), peppers(unit).index_keys_of((shared,)))
    rotate(Secret.PEPPER, settings, store)
    renewing = build_renewing(settings, store, StillClock())
    for _ in range(17):
        renewing.step()
    with store.write() as unit:
        assert unit.records.candidates(peppers(unit).search_keys_of((shared,)), None) == []


def test_the_data_key_is_rotated_and_everything_opens_at_every_step(settings: Settings, store: SqlStore) -> None:
    everybody, old = opened(store), head_of_sealed(store)
    begun = rotate(Secret.DATA_KEY, settings, store)
    other = open_register(settings)
    while build_renewing(settings, store, StillClock()).step():
        assert opened(store) == opened(other) == everybody
        assert found(other, settings) == list(range(1, PEOPLE + 1))
    assert head_of_sealed(store) == {begun.next_data_key} != old
    secret_place(settings).settle(state_of(store))
    again = open_register(settings)
    assert opened(again) == opened(other) == everybody
    other.close()
    again.close()


def test_both_at_once_end_together(settings: Settings, store: SqlStore) -> None:
    rotate(Secret.DATA_KEY, settings, store)
    build_renewing(settings, store, StillClock()).step()
    begun = rotate(Secret.PEPPER, settings, store)
    build_renewing(settings, store, StillClock()).run()
    ended = state_of(store)
    assert (ended.pepper, ended.data_key) == (begun.next_pepper, begun.next_data_key)
    assert (ended.next_pepper, ended.next_data_key, ended.runs) == (None, None, False)
    with store.read() as unit:
        noted = [event.fields["secret"] for event in unit.audit.events(0, 99) if event.code == "secret-rotated"]
    assert sorted(str(each) for each in noted) == ["data-key", "pepper"]


def test_the_files_follow_and_the_former_secret_is_kept_for_old_backups(settings: Settings, store: SqlStore) -> None:
    file, backup = secret_place(settings).pepper, Path(settings.database_url.removeprefix("sqlite:///") + ".backup")
    old = file.current()
    with store.write():
        shutil.copy(settings.database_url.removeprefix("sqlite:///"), backup)
    rotate(Secret.PEPPER, settings, store)
    build_renewing(settings, store, StillClock()).run()
    new = file.find(state_of(store).pepper or b"")
    for _ in range(2):
        secret_place(settings).settle(state_of(store))
        assert (file.current(), file.others(), file.next.exists()) == (new, [old], False)
    assert found(store, settings) == list(range(1, PEOPLE + 1))
    assert all(path.stat().st_mode & 0o077 == 0 for path in file.path.parent.iterdir())


def test_a_pair_keeps_its_names_through_rotations(settings: Settings, store: SqlStore) -> None:
    pair = (registered(SCHOOL, 1), registered(HOUSING, 2))

    def names() -> tuple[object, object]:
        pairing = build_pairing(settings, store)
        return pairing.connection_id(*pair), pairing.spoken_reference(*pair)

    before = names()
    for _ in range(2):
        rotate(Secret.PEPPER, settings, store)
        assert names() == before
        build_renewing(settings, store, StillClock()).run()
        secret_place(settings).settle(state_of(store))
        assert names() == before
    rotate(Secret.PEPPER, settings, store)
    settings.pepper_file.with_name(PAIRING_FILE).unlink()
    with pytest.raises(KeyFault, match=r"pairing\.key beside the pepper is missing"):
        build_pairing(settings, store)
    with pytest.raises(KeyFault, match=r"pairing\.key"):
        build_intake(settings, store, StillClock())


def test_a_machine_that_was_brought_the_next_pepper_alone_splits_the_pairing_key_off_by_itself(
    settings: Settings, store: SqlStore
) -> None:
    before = build_pairing(settings, store).key
    rotate(Secret.PEPPER, settings, store)
    settings.pepper_file.with_name(PAIRING_FILE).unlink()
    build_renewing(settings, store, StillClock()).run()
    secret_place(settings).settle(state_of(store))
    assert build_pairing(settings, store).key == before


def test_without_the_next_secret_nothing_is_taken_in_and_nothing_is_sealed(settings: Settings, store: SqlStore) -> None:
    rotate(Secret.PEPPER, settings, store)
    missing = secret_place(settings).pepper.next.rename(settings.pepper_file.with_name("elsewhere"))
    with pytest.raises(KeyFault, match=r"copy pepper\.key\.next here"), store.write() as unit:
        build_peppers(settings)(unit)
    missing.rename(secret_place(settings).pepper.next)
    other = open_register(settings)
    rotate(Secret.DATA_KEY, settings, store)
    secret_place(settings).data_key.next.rename(settings.data_key_file.with_name("elsewhere"))
    with pytest.raises(StoreRefused, match=r"\.next"), other.write():
        pass
    with pytest.raises(StoreRefused, match=r"\.next"):
        open_register(settings)
    other.close()


def test_a_register_under_another_pepper_is_refused(settings: Settings, store: SqlStore) -> None:
    settings.pepper_file.write_bytes(settings.data_key_file.read_bytes())
    with pytest.raises(KeyFault, match="put the file back from its backup"), store.write() as unit:
        build_peppers(settings)(unit)
