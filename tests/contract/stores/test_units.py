"""What a unit of work promises: all or nothing, one writer at a time, and plain words when the database is away."""

import multiprocessing
import threading
from pathlib import Path

import pytest

from deploy.servers.postgresql import PostgreSQL
from gateway.ports import Store, StoreDown, UnitOfWork
from gateway.store.faults import StoreConflict, StoreRefused
from gateway.store.migration import upgrade
from gateway.store.sql_store import SqlStore, open_store
from mappings.canonical.identifiers import PersonRef
from tests.builders import SCHOOL
from tests.contract.stores.rows import DATA_KEY, NOW, agencies, evidence, keys, link, record
from tests.empty_register import lay


def _write_and_raise(store: Store) -> None:
    with store.write() as unit:
        made = record(unit, "Orla")
        unit.records.open_link(link(made.id, unit.records.new_person()))
        unit.audit.append(NOW, "one", "c1", {})
        raise KeyError


def _write_twice(store: Store) -> None:
    with store.write() as unit:
        unit.audit.append(NOW, "one", "c1", {})
        record(unit, "Orla")
        record(unit, "Orla")


def _write_while_it_dies(store: Store, server: PostgreSQL) -> None:
    with store.write() as unit:
        unit.records.new_person()
        server.kill()
        unit.records.new_person()


def test_what_raises_inside_leaves_no_trace(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
    with pytest.raises(KeyError):
        _write_and_raise(store)
    with store.read() as unit:
        assert unit.records.candidates(keys("Orla"), None) == []
        assert unit.audit.head()[0] == 0
        assert unit.counts()["records"] == 0


def test_a_conflict_leaves_no_trace_either(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
    with pytest.raises(StoreConflict):
        _write_twice(store)
    with store.write() as unit:
        assert unit.counts()["records"] == 0
        assert unit.audit.head()[0] == 0


def test_a_conflict_repeats_no_value(store: SqlStore) -> None:
    reference = PersonRef("abc0" * 16)
    with store.write() as unit:
        agencies(unit)
        unit.records.add(SCHOOL, reference, (evidence("Orla"),), keys("Orla"))
    with pytest.raises(StoreConflict) as caught, store.write() as unit:
        unit.records.add(SCHOOL, reference, (evidence("Orla"),), keys("Orla"))
    assert "abc0" not in str(caught.value)
    assert caught.value.__suppress_context__
    assert "person_record" in str(caught.value)


def test_a_unit_that_reads_cannot_write(store: SqlStore) -> None:
    with pytest.raises(StoreRefused, match="only reads"), store.read() as unit:
        unit.records.new_person()
    with store.write() as unit:
        unit.records.new_person()


def test_a_reader_sees_nothing_of_a_unit_that_is_not_done(store: SqlStore) -> None:
    with store.write() as writing:
        agencies(writing)
        with store.read() as reading:
            assert reading.trust.agencies() == []
    with store.read() as reading:
        assert len(reading.trust.agencies()) == 3


def test_a_naive_datetime_is_refused(store: SqlStore) -> None:
    with pytest.raises(ValueError), store.write() as unit:
        unit.audit.append(NOW.replace(tzinfo=None), "one", "c1", {})


def _add_one(unit: UnitOfWork) -> None:
    # Reads, then writes what depends on it: without the register lock two of these would write the same.
    unit.audit.append(NOW, "one", "c1", {})


def _add_many(url: str, times: int) -> None:
    store = open_store(url, DATA_KEY)
    for _ in range(times):
        with store.write() as unit:
            _add_one(unit)
    store.close()


def test_writers_in_two_processes_take_turns(url: str) -> None:
    open_store(url, DATA_KEY).close()
    workers = [multiprocessing.get_context("spawn").Process(target=_add_many, args=(url, 40)) for _ in range(2)]
    for worker in workers:
        worker.start()
    _add_many(url, 20)
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    store = open_store(url, DATA_KEY)
    with store.read() as unit:
        assert [event.seq for event in unit.audit.events(0, 200)] == list(range(1, 101))
    store.close()


def test_writers_in_two_threads_take_turns(store: SqlStore) -> None:
    problems: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(20):
                with store.write() as unit:
                    _add_one(unit)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with store.read() as unit:
        assert unit.audit.head()[0] == 80


def test_a_second_writer_waits_for_the_first(store: SqlStore) -> None:
    first_is_in, second_is_in = threading.Event(), threading.Event()
    seen: list[int] = []

    def second() -> None:
        first_is_in.wait()
        with store.write() as unit:
            second_is_in.set()
            seen.append(unit.audit.head()[0])

    thread = threading.Thread(target=second)
    thread.start()
    with store.write() as unit:
        first_is_in.set()
        assert not second_is_in.wait(0.2)
        unit.audit.append(NOW, "one", "c1", {})
    thread.join()
    assert seen == [1]


def test_a_postgresql_that_is_gone_is_down_and_back_when_it_is_back(disposable_postgresql: PostgreSQL) -> None:
    url = disposable_postgresql.fresh_database()
    upgrade(url)
    store = open_store(url, DATA_KEY)
    with store.write() as unit:
        agencies(unit)
    with pytest.raises(StoreDown):
        _write_while_it_dies(store, disposable_postgresql)
    for begin in (store.read, store.write):
        with pytest.raises(StoreDown), begin() as unit:
            unit.counts()
    with pytest.raises(StoreDown):
        open_store(url, DATA_KEY)
    disposable_postgresql.start()
    with store.write() as unit:
        assert (unit.records.population(), len(unit.trust.agencies())) == (0, 3)
    store.close()


def test_an_sqlite_register_held_by_another_program_is_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.engine.BUSY_SECONDS", 0)
    url = lay(tmp_path / "register.db")
    first, second = open_store(url, DATA_KEY), open_store(url, DATA_KEY)
    with first.write(), pytest.raises(StoreDown, match="SQLITE_BUSY"), second.write():
        pass
    with second.write() as unit:
        assert unit.counts()["records"] == 0
    first.close()
    second.close()
