"""What housekeeping finds and removes: in batches of bounded size, and on SQLite down to the bytes of the file."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import create_engine, select, text

from gateway.audit.verification import verify
from gateway.bench.world import World
from gateway.housekeeping.daily_run import Housekeeping
from gateway.housekeeping.retention import Retention
from gateway.model.dead_letter import DeadLetter
from gateway.model.housekeeping import HousekeepingRun
from gateway.model.involvement import Standing
from gateway.model.processed import Processed
from gateway.refused import Refused
from gateway.store.engine import database_url
from gateway.store.record_index import KEY_BYTES, stored_postings
from gateway.store.sql_store import SqlStore
from gateway.store.tables import involvement, person_record
from identity.person.pepper import IndexKeys
from mappings.canonical.codes import AgeBand, AlertEvent, ReceiptOutcome
from mappings.canonical.identifiers import AgencyId, ConnectorId, InvolvementRef, MessageId
from mappings.canonical.notice import Worker
from mappings.canonical.receipt import Issue
from tests.builders import HOUSING, SCHOOL, registered
from tests.contract.stores.rows import LATER, NOW, agencies, record
from tests.spec.people import MAYA

C1 = ConnectorId("c1")
ISSUE = Issue("invalid", "structure", "", "it cannot be read")
DAY = date(2026, 3, 2)


def _involvements(store: SqlStore, *made: tuple[Standing, date, date | None]) -> list[int]:
    """One involvement for each: its standing, when it was confirmed, and when it was erased."""
    with store.write() as unit:
        agencies(unit)
        its = record(unit, "Orla")
        return [
            unit.involvements.save(
                registered(
                    id=0,
                    record_id=its.id,
                    involvement_ref=InvolvementRef(f"{number:064x}"),
                    standing=standing,
                    confirmed=confirmed,
                    erased_on=erased,
                )
            ).id
            for number, (standing, confirmed, erased) in enumerate(made)
        ]


def test_a_run_is_kept_as_it_was_saved_last_and_there_is_one(store: SqlStore) -> None:
    run = HousekeepingRun("me", LATER, "over", 7, NOW, NOW, {"erased": 3})
    with store.write() as unit:
        assert unit.housekeeping.run() == HousekeepingRun()
        unit.housekeeping.keep(run)
    with store.write() as unit:
        assert unit.housekeeping.run() == run
        unit.housekeeping.keep(replace(run, holder="", leased_until=None, stage="", after=0, finished_at=LATER))
    with store.read() as unit:
        assert unit.housekeeping.run() == HousekeepingRun("", None, "", 0, NOW, LATER, {"erased": 3})


def test_a_run_is_held_until_its_lease_ends_and_not_once_it_is_done() -> None:
    run = HousekeepingRun("me", LATER, "over")
    assert run.is_held(NOW)
    assert not run.is_held(LATER)
    assert not replace(run, stage="").is_held(NOW)


def test_since_when_it_is_over_and_when_it_was_erased_come_back(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        its = record(unit, "Orla")
        changes = {"over_since": DAY, "erased_on": DAY + timedelta(days=1), "standing": Standing.EXPIRED}
        saved = unit.involvements.save(registered(id=0, record_id=its.id, **changes))
    with store.read() as unit:
        assert unit.involvements.get(saved.id) == saved


def test_unconfirmed_are_the_live_ones_confirmed_that_day_or_before(store: SqlStore) -> None:
    before, after = DAY - timedelta(days=1), DAY + timedelta(days=1)
    numbers = _involvements(
        store,
        (Standing.LIVE, before, None),
        (Standing.LIVE, DAY, None),
        (Standing.LIVE, after, None),
        (Standing.ENDED, before, None),
    )
    with store.read() as unit:
        assert unit.housekeeping.last_involvement() == numbers[-1]
        assert unit.housekeeping.unconfirmed(DAY, 0, 10) == numbers[:2]
        assert unit.housekeeping.unconfirmed(DAY, 0, 1) == numbers[:1]
        assert unit.housekeeping.unconfirmed(DAY, numbers[0], 10) == numbers[1:2]


def test_an_agency_is_asked_about_its_own_live_ones_the_longest_unconfirmed_first(store: SqlStore) -> None:
    before, after = DAY - timedelta(days=1), DAY + timedelta(days=1)
    _involvements(
        store,
        (Standing.LIVE, DAY, None),
        (Standing.LIVE, before, None),
        (Standing.LIVE, after, None),
        (Standing.ENDED, before, None),
    )
    first, second = (InvolvementRef(f"{number:064x}") for number in (1, 0))
    with store.read() as unit:
        assert unit.housekeeping.to_confirm(SCHOOL, DAY, 10) == [first, second]
        assert unit.housekeeping.to_confirm(SCHOOL, DAY, 1) == [first]
        assert unit.housekeeping.to_confirm(HOUSING, DAY, 10) == []


def test_over_are_those_that_are_neither_live_nor_erased(store: SqlStore) -> None:
    numbers = _involvements(
        store,
        (Standing.LIVE, DAY, None),
        (Standing.ENDED, DAY, None),
        (Standing.EXPIRED, DAY, None),
        (Standing.WITHDRAWN, DAY, None),
        (Standing.ENDED, DAY, DAY),
    )
    with store.read() as unit:
        assert unit.housekeeping.over(0, 10) == numbers[1:4]
        assert unit.housekeeping.over(numbers[1], 1) == numbers[2:3]


def test_unused_are_records_with_evidence_of_which_nothing_is_left(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        made = {who: record(unit, who) for who in ("used", "erased", "both", "orphan", "emptied")}
        for number, (who, erased) in enumerate((("used", None), ("erased", DAY), ("both", DAY), ("both", None))):
            changes = {"record_id": made[who].id, "involvement_ref": InvolvementRef(f"{number:064x}")}
            unit.involvements.save(registered(id=0, standing=Standing.ENDED, erased_on=erased, **changes))
        unit.records.replace_evidence(made["emptied"].id, (), IndexKeys((), (), ()))
    unused = [made["erased"].id, made["orphan"].id]
    with store.read() as unit:
        assert unit.housekeeping.unused_records(0, 10) == unused
        assert unit.housekeeping.unused_records(0, 1) == unused[:1]
        assert unit.housekeeping.unused_records(unused[0], 10) == unused[1:]


def test_an_empty_register_has_nothing_old(store: SqlStore) -> None:
    with store.write() as unit:
        assert unit.housekeeping.last_involvement() == 0
        assert unit.housekeeping.unused_records(0, 10) == []
        assert unit.housekeeping.over(0, 10) == unit.housekeeping.unconfirmed(DAY, 0, 10) == []
        assert unit.housekeeping.discard_letters(LATER, LATER, "me", 10) == 0
        assert unit.housekeeping.forget_answers(LATER, 10) == 0
        assert unit.housekeeping.drop_parcels(LATER, 10) == 0


def test_old_letters_lose_what_was_sealed_in_them_whether_they_were_replayed_or_not(store: SqlStore) -> None:
    with store.write() as unit:
        old, replayed, new = (
            unit.dead_letters.add(DeadLetter(0, at, C1, "d" * 64, b"sealed", (ISSUE,))) for at in (NOW, NOW, LATER)
        )
        unit.dead_letters.mark_replayed(replayed, NOW)
    with store.write() as unit:
        assert unit.housekeeping.discard_letters(LATER, LATER, "me", 1) == 1
        assert unit.housekeeping.discard_letters(LATER, LATER, "me", 10) == 1
        assert unit.housekeeping.discard_letters(LATER, LATER, "me", 10) == 0
    with store.read() as unit:
        letters = {id: unit.dead_letters.get(id) for id in (old, replayed, new)}
    assert {id: letter.sealed for id, letter in letters.items() if letter} == {old: b"", replayed: b"", new: b"sealed"}
    assert [bool(letter and letter.discarded) for letter in letters.values()] == [True, False, False]
    kept = letters[replayed]
    assert kept is not None
    assert kept.replayed_at == NOW


def test_old_answers_are_forgotten_and_new_ones_kept(store: SqlStore) -> None:
    ids = [MessageId(str(UUID(int=number))) for number in range(3)]
    with store.write() as unit:
        for id, at in zip(ids, (NOW, NOW, LATER), strict=True):
            unit.processed.add(Processed(C1, id, ReceiptOutcome.ACCEPTED, (), at))
    with store.write() as unit:
        assert unit.housekeeping.forget_answers(LATER, 1) == 1
        assert unit.housekeeping.forget_answers(LATER, 10) == 1
    with store.read() as unit:
        assert [unit.processed.get(C1, id) is not None for id in ids] == [False, False, True]


class _Clock:
    """Stands still."""

    now = staticmethod(lambda: NOW)


def test_parcels_whose_life_is_over_leave_the_inboxes(store: SqlStore) -> None:
    queue = store.queue(_Clock())
    queue.open_inbox(C1, "inbox-1")
    for ttl in (5.0, 5.0, None, 2 * 24 * 3600.0):
        queue.send(C1, "inbox-1", b"sealed", ttl)
    with store.write() as unit:
        assert unit.housekeeping.drop_parcels(LATER, 1) == 1
        assert unit.housekeeping.drop_parcels(LATER, 10) == 1
        assert unit.housekeeping.drop_parcels(LATER, 10) == 0
    assert len(queue.lease_inbox(C1, "inbox-1", 10, 0)) == 2


def test_nothing_of_what_was_erased_is_left_in_the_files_of_an_sqlite_register(store: SqlStore, url: str) -> None:
    if not url.startswith("sqlite"):
        # What a server does with its files it does in its own time; here only that it can be asked to.
        store.scrub()
        return
    with store.write() as unit:
        agencies(unit)
        its = record(unit, "Orla")
        saved = unit.involvements.save(registered(id=0, record_id=its.id))
        unit.details.put(its.id, "sealed to the stewards " * 400, NOW)
    with store.transactions.reading() as transaction:
        sealed = [
            bytes(transaction.value(select(involvement.c.worker))),
            bytes(transaction.value(select(person_record.c.evidence))),
            b"sealed to the stewards",
        ]
        # On the first page a key stands as its distance from -1.
        keys = [(key + 1).to_bytes(KEY_BYTES) for key, _ in stored_postings(transaction)]
    files = [Path(f"{database_url(url).database}{suffix}") for suffix in ("", "-wal")]
    assert all(any(each in file.read_bytes() for file in files) for each in [*sealed, *keys])
    with store.write() as unit:
        unit.involvements.save(replace(saved, worker=Worker(), age_band=AgeBand.UNKNOWN, erased_on=DAY))
        unit.records.replace_evidence(its.id, (), IndexKeys((), (), ()))
        unit.details.remove(its.id)
    store.scrub()
    assert not any(each in file.read_bytes() for each in [*sealed, *keys] for file in files if file.exists())


@pytest.mark.usefixtures("store")
def test_what_was_over_before_it_was_kept_since_when_counts_from_its_last_confirmation(tmp_path: Path) -> None:
    from gateway.store.migration import upgrade

    url = f"sqlite:///{tmp_path}/older.db"
    upgrade(url, "0012")
    engine = create_engine(database_url(url))
    columns = (
        "record_id, connector, agency, person_ref, involvement_ref, service, sensitivity, worker, age_band, confirmed, legal_basis, consent,"
        " informed, held_back, standing, incarnation, n, digest, home_gateway"
    )
    with engine.begin() as connection:
        for number, standing in ((1, "live"), (2, "ended")):
            values = f"1, 'c1', '{SCHOOL.value}', 'p', 'i{number}', 's', 's', x'', 'b', '2026-03-01', 'l', 'c', 'i', 0, '{standing}', 'x', 1, '', 'h'"
            connection.execute(text(f"INSERT INTO involvement ({columns}) VALUES ({values})"))
    engine.dispose()
    upgrade(url)
    engine = create_engine(database_url(url))
    with engine.connect() as connection:
        found = connection.execute(text("SELECT over_since, erased_on FROM involvement ORDER BY id")).all()
    engine.dispose()
    assert [tuple(row) for row in found] == [(None, None), ("2026-03-01", None)]


AGENCIES = (AgencyId("urn:patchwork:seaton:social-care"), AgencyId("urn:patchwork:seaton:nursing"))


def test_the_whole_life_of_two_involvements_on_this_engine(store: SqlStore) -> None:
    seaton = World(store)
    both = [seaton.join(agency) for agency in AGENCIES]
    late = date(2029, 12, 31)
    seaton.agree(*AGENCIES, valid_until=late, review_by=late)
    for each in both:
        each.say(each.notice(MAYA))
    seaton.step()
    seaton.clock.pass_(days=365)
    counts = seaton.keep_house()
    assert (counts["expired"], counts["alerts"], counts["erased"]) == (2, 2, 0)
    seaton.step()
    assert [each.events() for each in both] == [[AlertEvent.MADE, AlertEvent.ENDED]] * 2
    seaton.clock.pass_(days=92)
    counts = seaton.keep_house()
    assert (counts["expired"], counts["erased"], counts["records_erased"]) == (0, 2, 2)
    with store.transactions.reading() as transaction:
        assert stored_postings(transaction) == []
    assert verify(store).broken_at is None


def test_of_two_runs_that_begin_at_once_one_goes_on(store: SqlStore) -> None:
    seaton = World(store)
    start = threading.Barrier(2)

    def begin() -> str:
        steps = Housekeeping(store, seaton.clock, seaton.pairing(), Retention()).steps()
        start.wait(10)
        try:
            return next(steps).holder
        except Refused:
            return "turned away"

    with ThreadPoolExecutor(2) as pool:
        outcomes = [future.result(30) for future in [pool.submit(begin), pool.submit(begin)]]
    assert outcomes.count("turned away") == 1
