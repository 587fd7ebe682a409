"""Chapter 31. Erased means unreadable, also in backups: what is of one person goes with a key of its own, which no backup of the register holds.

A register that is put back from before an erasure has the old bytes and not the key. What was erased is seen as erased, everything else goes on,
and who was told can still be answered.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from gateway.audit.verification import verify
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.store.faults import StoreRefused
from gateway.store.sql_store import SqlStore, open_store
from mappings.canonical.codes import AgeBand, AlertEvent, MessageKind, NoticeEvent
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.notice import Worker
from mappings.fhir import notice_bundle
from tests.spec.people import MAYA, TYLER

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
Pair = tuple[Counterpart, Counterpart]


@dataclass
class Files:
    """The register's file and, apart from it, the one with the record keys."""

    folder: Path
    stores: list[SqlStore] = field(default_factory=list)

    def open(self) -> SqlStore:
        url = f"sqlite:///{self.folder}/register.sqlite"
        store = open_store(url, bytes(range(32)), record_keys_url=f"sqlite:///{self.folder}/keys/keys.sqlite")
        self.stores.append(store)
        return store

    def close(self) -> None:
        while self.stores:
            self.stores.pop().close()

    def back_up(self, name: str) -> Path:
        """The main backup: the register alone."""
        path = self.folder / name
        shutil.copyfile(self.folder / "register.sqlite", path)
        return path

    def put_back(self, backup: Path) -> None:
        for leftover in self.folder.glob("register.sqlite-*"):
            leftover.unlink()
        shutil.copyfile(backup, self.folder / "register.sqlite")


@pytest.fixture
def files(empty_seaton: Path, tmp_path: Path) -> Iterator[Files]:
    shutil.copyfile(empty_seaton, tmp_path / "register.sqlite")
    (tmp_path / "keys").mkdir()
    files = Files(tmp_path)
    yield files
    files.close()


@pytest.fixture
def town(files: Files) -> World:
    """Two agencies that both know Maya, and Tyler."""
    town = World(files.open())
    town.join(SOCIAL_CARE), town.join(NURSING)
    late = date(2029, 12, 31)
    town.agree(SOCIAL_CARE, NURSING, age_bands=(AgeBand.CHILD, AgeBand.ADULT), valid_until=late, review_by=late)
    for person in (MAYA, TYLER):
        say(town, person)
    return town


def say(town: World, person: object, **changes: object) -> None:
    for each in town.counterparts.values():
        each.say(each.notice(person, **changes))  # type: ignore[arg-type]
    for _ in range(3):
        town.step()


def held(town: World, agency: AgencyId, person: str) -> RegisteredInvolvement:
    with town.store.read() as unit:
        found = unit.involvements.find(agency, town.counterparts[agency].references.involvement(person))
    assert found is not None
    return found


def evidence_of(town: World, agency: AgencyId, person: str) -> int:
    with town.store.read() as unit:
        record = unit.records.get(held(town, agency, person).record_id)
    assert record is not None
    return len(record.evidence)


def erased_and_restored(town: World, files: Files) -> None:
    """Backed up on Monday, Maya erased in spring, Monday's backup put back."""
    files.stores[0].scrub()
    files.close()
    backup = files.back_up("monday.sqlite")
    town.store = files.open()
    say(town, MAYA, event=NoticeEvent.ENDED)
    town.clock.pass_(days=93)
    assert town.keep_house()["records_erased"] == 2
    assert held(town, SOCIAL_CARE, "maya").worker == Worker()
    town.store.scrub()
    files.close()
    files.put_back(backup)
    town.store = files.open()


def test_what_was_erased_is_seen_as_erased_in_a_backup_from_before(town: World, files: Files):
    """Given a backup made before Maya was erased, when it is put back, then her worker and her evidence cannot be read in it for either agency, and
    Tyler's can."""
    erased_and_restored(town, files)
    for agency in (SOCIAL_CARE, NURSING):
        # The backup says that it goes on, and names nobody.
        assert held(town, agency, "maya").standing is Standing.LIVE
        assert held(town, agency, "maya").worker == Worker()
        assert evidence_of(town, agency, "maya") == 0
        assert held(town, agency, "tyler").worker != Worker()
        assert evidence_of(town, agency, "tyler") == 1


def test_the_next_housekeeping_ends_it_there_too_and_everybody_else_goes_on(town: World, files: Files):
    """Given that old backup put back, when the gateway next clears up, then Maya is erased there too, Tyler's involvements go on and the audit is
    intact; when both agencies speak of her again, she is taken in again and told of anew."""
    erased_and_restored(town, files)
    done = town.keep_house()
    assert (done["erased"], done["records_erased"]) == (2, 2)
    for agency in (SOCIAL_CARE, NURSING):
        assert held(town, agency, "maya").erased_on is not None
        assert held(town, agency, "tyler").standing is Standing.LIVE
    assert town.keep_house()["erased"] == 0
    assert verify(town.store).intact
    # And whoever comes back is taken in again.
    town.step()
    say(town, MAYA)
    assert evidence_of(town, SOCIAL_CARE, "maya") == 1
    assert held(town, NURSING, "maya").worker != Worker()
    assert town.counterparts[NURSING].events()[-1] is AlertEvent.MADE


def test_a_killed_erasure_is_finished_by_the_next_run(town: World, monkeypatch: pytest.MonkeyPatch):
    """Given an erasure that is killed half way, when somebody looks, then nobody can read what was to be erased, though the register does not say
    yet that it is done; the next run finishes it, and nobody else is touched."""
    say(town, MAYA, event=NoticeEvent.ENDED)
    town.clock.pass_(days=93)
    flush = town.store._record_keys.flush  # type: ignore[attr-defined]

    def killed() -> object:
        done = flush()
        if done.erased:
            raise KeyboardInterrupt
        return done

    with monkeypatch.context() as dying:
        dying.setattr(town.store._record_keys, "flush", killed)  # type: ignore[attr-defined]
        with pytest.raises(KeyboardInterrupt):
            town.keep_house()
    assert held(town, SOCIAL_CARE, "maya").erased_on is None, "the register's own unit did not commit"
    assert held(town, SOCIAL_CARE, "maya").worker == Worker(), "and nobody can read it any more"
    town.clock.pass_(minutes=6)
    assert town.keep_house()["records_erased"] == 2
    assert held(town, SOCIAL_CARE, "maya").erased_on is not None
    assert evidence_of(town, SOCIAL_CARE, "tyler") == 1


def test_what_was_delivered_is_unreadable_in_a_backup_from_before_and_what_waits_is_not(town: World, files: Files):
    """Given a backup made while two notices waited in the gateway's queue, when one of them has been taken in and the backup is put back, then that
    one cannot be read in it and does not come a second time; the other, which still waits, comes out as it was sent."""
    store = files.stores[0]
    queue = store.queue(town.clock)
    sealed = []
    for each in town.counterparts.values():
        notice = each.notice(MAYA)
        sealed.append(each.seal(MessageKind.NOTICE, notice.id, notice_bundle.write(notice)))
        queue.put_intake(each.id, sealed[-1])
    store.scrub()
    backup = files.back_up("monday.sqlite")
    assert not any(parcel[-40:] in backup.read_bytes() for parcel in sealed), (
        "sealed to the gateway, and wrapped besides"
    )
    queue.acknowledge(queue.take(1, 0))
    files.close()
    files.put_back(backup)
    queue = files.open().queue(town.clock)
    assert [parcel.sealed for parcel in queue.take(9, 0)] == sealed[1:]
    assert queue.waiting() == 1, "the other one is gone"


def test_without_the_store_of_keys_nothing_opens_and_the_program_says_why(town: World, files: Files):
    """Given a register whose store of record keys is not named, or is lost, when the program opens it, then it refuses and says why."""
    files.close()
    with pytest.raises(StoreRefused, match="record_keys_url"):
        open_store(f"sqlite:///{files.folder}/register.sqlite", bytes(range(32)))
    (files.folder / "keys" / "keys.sqlite").unlink()
    with pytest.raises(StoreRefused, match="older than the register"):
        files.open()
