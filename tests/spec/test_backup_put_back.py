"""Chapter 49. A backup is put back. The register is lost, and last month's backup takes its place, made by the database's own means. Whatever was
erased, delivered or discarded since then stays unreadable, because its key is in no backup; everybody else's is there, and the work goes on.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from deploy.servers.missing import ServerMissing
from deploy.servers.postgresql_backup import find_backup_programs
from gateway.audit.verification import verify
from gateway.bench.world import World
from gateway.model.dead_letter import DeadLetter, Discard
from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.model.reply import Reply
from gateway.store.channel_queue import QueueGatewayEnd
from gateway.store.migration import upgrade
from mappings.canonical.codes import AgeBand, AlertEvent, MessageKind, NoticeEvent, ReceiptOutcome
from mappings.canonical.identifiers import AgencyId, ConnectorId, MessageId
from mappings.canonical.notice import Worker
from mappings.canonical.receipt import Receipt
from mappings.fhir import receipt_bundle
from tests.servers.unavailable import give_up
from tests.spec.backups import InFile, OnServer, Register, Way
from tests.spec.people import MAYA, TYLER

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
LIBRARY = ConnectorId("library")
ABOUT = {name: MessageId(f"00000000-0000-4000-8000-00000000000{at}") for at, name in enumerate(("maya", "tyler"), 1)}
WAYS = ("an SQLite file vacuumed into another", "an SQLite file copied by the backup API", "pg_dump and pg_restore")


@dataclass
class Seaton:
    """Two agencies that both know Maya and Tyler, and a third that is on the embedded queue and has not called for its post."""

    town: World
    register: Register
    queue: QueueGatewayEnd

    def say(self, person: object, **changes: object) -> None:
        for each in self.town.counterparts.values():
            each.say(each.notice(person, **changes))  # type: ignore[arg-type]
        for _ in range(3):
            self.town.step()

    def open(self) -> None:
        self.town.store = self.register.open()
        self.queue = self.register.stores[-1].queue(self.town.clock)

    def held(self, agency: AgencyId, person: str) -> RegisteredInvolvement:
        with self.town.store.read() as unit:
            found = unit.involvements.find(agency, self.town.counterparts[agency].references.involvement(person))
        assert found is not None
        return found

    def evidence(self, agency: AgencyId, person: str) -> int:
        with self.town.store.read() as unit:
            record = unit.records.get(self.held(agency, person).record_id)
        assert record is not None
        return len(record.evidence)

    def details(self, agency: AgencyId, person: str) -> str | None:
        with self.town.store.read() as unit:
            return unit.details.get(self.held(agency, person).record_id)

    def letters(self) -> list[bytes]:
        with self.town.store.read() as unit:
            return sorted(letter.sealed for letter in unit.dead_letters.all(9))

    def receipts(self) -> list[MessageId | None]:
        """What each receipt that waits is about; None where it cannot be read."""
        with self.town.store.read() as unit:
            waiting = unit.replies.due(self.town.clock.now() + timedelta(days=99), 9)
        return [receipt_bundle.read(each.body).about if each.body else None for each in waiting]

    def leave_post(self) -> None:
        """Of each person something that is still under way: a notice in, an alert out, a receipt that waits, a message that was refused, and
        details that an agency sealed to the stewards."""
        now = self.town.clock.now()
        for person in ("maya", "tyler"):
            self.queue.put_intake(LIBRARY, f"sealed notice about {person}".encode())
            self.queue.send(LIBRARY, "inbox-library", f"sealed alert about {person}".encode(), None)
            receipt = receipt_bundle.write(Receipt(ABOUT[person], "0" * 64, ReceiptOutcome.ACCEPTED))
            with self.town.store.write() as unit:
                # Nursing's channel has been away, and is tried again in ten days.
                due = now + timedelta(days=10)
                unit.replies.add(Reply(0, ConnectorId("nursing"), MessageKind.RECEIPT, ABOUT[person], receipt, due))
                refused = f"refused message about {person}".encode()
                unit.dead_letters.add(DeadLetter(0, now, LIBRARY, person[0] * 64, refused, ()))
                unit.details.put(self.held(NURSING, person).record_id, f"sealed details of {person}", now)

    def take_mayas_post(self) -> None:
        """What is of Maya is delivered or discarded; what is of Tyler goes on waiting."""
        now = self.town.clock.now()
        notices = self.queue.take(9, 0)
        self.queue.acknowledge([each for each in notices if b"maya" in each.sealed])
        self.queue.release([each for each in notices if b"maya" not in each.sealed])
        alerts = self.queue.lease_inbox(LIBRARY, "inbox-library", 9, 0)
        self.queue.acknowledge_inbox("inbox-library", [each.tag for each in alerts if b"maya" in each.sealed])
        self.queue.release_inbox("inbox-library", [each.tag for each in alerts if b"maya" not in each.sealed])
        with self.town.store.write() as unit:
            waiting = unit.replies.due(now + timedelta(days=10), 9)
            unit.replies.remove(each.id for each in waiting if each.about == ABOUT["maya"])
            (letter,) = [each for each in unit.dead_letters.all(9) if b"maya" in each.sealed]
            unit.dead_letters.discard(letter.id, Discard(now, "anna", "settled by telephone"))


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, empty_seaton: Path, tmp_path: Path) -> Iterator[Way]:
    if request.param == WAYS[2]:
        server = request.getfixturevalue("postgresql")
        try:
            find_backup_programs()
        except ServerMissing as reason:
            give_up(reason)
        url = server.fresh_database()
        upgrade(url)
        made = OnServer(url, server)
        yield made
        server.drop_database(made.url)
        return
    shutil.copyfile(empty_seaton, tmp_path / "register.sqlite")
    yield InFile(f"sqlite:///{tmp_path}/register.sqlite", api=request.param == WAYS[1])


@pytest.fixture
def seaton(way: Way, tmp_path: Path) -> Iterator[Seaton]:
    (tmp_path / "keys").mkdir()
    register = Register(way, f"sqlite:///{tmp_path}/keys/keys.sqlite")
    store = register.open()
    town = World(store)
    seaton = Seaton(town, register, store.queue(town.clock))
    town.join(SOCIAL_CARE), town.join(NURSING)
    late = date(2029, 12, 31)
    town.agree(SOCIAL_CARE, NURSING, age_bands=(AgeBand.CHILD, AgeBand.ADULT), valid_until=late, review_by=late)
    seaton.queue.open_inbox(LIBRARY, "inbox-library")
    for person in (MAYA, TYLER):
        seaton.say(person)
    yield seaton
    register.close()


def lose_the_register(seaton: Seaton, file: Path) -> None:
    """Backed up while it works; then Maya is erased and her post delivered; then the register is lost, and the backup is put back."""
    seaton.leave_post()
    seaton.register.way.back_up(file)
    seaton.take_mayas_post()
    seaton.say(MAYA, event=NoticeEvent.WITHDRAWN)
    seaton.town.clock.pass_(days=31)
    assert seaton.town.keep_house()["records_erased"] == 2
    seaton.register.close()
    seaton.register.way.put_back(file)
    seaton.open()


def test_what_was_erased_or_delivered_since_is_unreadable_and_everything_else_is_there(
    seaton: Seaton, tmp_path: Path
) -> None:
    """Given a backup made before Maya was erased and before what was under way about her arrived, when it is put back, then her evidence, her
    workers' contact, her sealed details, and every notice, alert, receipt and refused message about her cannot be read; of Tyler all can."""
    lose_the_register(seaton, tmp_path / "backup")
    for agency in (SOCIAL_CARE, NURSING):
        assert seaton.held(agency, "maya").standing is Standing.LIVE, "the backup knows nothing of her end"
        assert seaton.held(agency, "maya").worker == Worker()
        assert seaton.evidence(agency, "maya") == 0
        assert seaton.held(agency, "tyler").worker != Worker()
        assert seaton.evidence(agency, "tyler") == 1
    assert seaton.details(NURSING, "maya") is None
    assert seaton.details(NURSING, "tyler") == "sealed details of tyler"
    assert [each.sealed for each in seaton.queue.take(9, 0)] == [b"sealed notice about tyler"]
    alerts = seaton.queue.lease_inbox(LIBRARY, "inbox-library", 9, 0)
    assert [each.sealed for each in alerts] == [b"sealed alert about tyler"]
    assert seaton.receipts() == [None, ABOUT["tyler"]]
    assert seaton.letters() == [b"", b"refused message about tyler"]


def test_the_gateway_sees_that_it_was_put_back_and_works_on(seaton: Seaton, tmp_path: Path) -> None:
    """Given that backup put back, when the gateway looks, then it says how many keys were erased since; when it clears up, Maya is erased there too
    and it has nothing more to say; Tyler's agencies are told nothing new, the audit is intact, and what already left is not sent again."""
    lose_the_register(seaton, tmp_path / "backup")
    events = {agency: list(seaton.town.counterparts[agency].events()) for agency in (SOCIAL_CARE, NURSING)}
    with seaton.town.store.read() as unit:
        # Evidence and contact at each of two agencies, her sealed details, and the refused message.
        assert unit.housekeeping.lost_keys() == 6
    assert seaton.town.keep_house()["erased"] == 2
    with seaton.town.store.read() as unit:
        assert unit.housekeeping.lost_keys() == 0
    assert verify(seaton.town.store).intact
    heard = len(seaton.town.counterparts[NURSING].receipts)
    for _ in range(3):
        seaton.town.step()
    assert seaton.receipts() == []
    assert [each.about for each in seaton.town.counterparts[NURSING].receipts[heard:]].count(ABOUT["tyler"]) == 1
    assert ABOUT["maya"] not in [each.about for each in seaton.town.counterparts[NURSING].receipts]
    for agency in (SOCIAL_CARE, NURSING):
        assert seaton.held(agency, "maya").erased_on is not None
        assert seaton.held(agency, "tyler").standing is Standing.LIVE
        new = seaton.town.counterparts[agency].events()[len(events[agency]) :]
        assert AlertEvent.MADE not in new
        assert AlertEvent.RETRACTED not in new


def test_whoever_comes_back_afterwards_is_taken_in_and_the_old_backup_stays_shut(
    seaton: Seaton, tmp_path: Path
) -> None:
    """Given that backup put back and Maya taken in anew since, when the same backup is put back once more, then what she was before stays
    unreadable."""
    lose_the_register(seaton, tmp_path / "backup")
    seaton.town.keep_house()
    seaton.town.step()
    seaton.say(MAYA)
    assert seaton.evidence(NURSING, "maya") == 1
    assert seaton.town.counterparts[NURSING].events()[-1] is AlertEvent.MADE
    seaton.register.close()
    seaton.register.way.put_back(tmp_path / "backup")
    seaton.open()
    assert seaton.evidence(NURSING, "maya") == 0
    assert seaton.held(NURSING, "maya").worker == Worker()
    assert seaton.evidence(NURSING, "tyler") == 1
