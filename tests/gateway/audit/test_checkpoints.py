"""Checkpoints tell what the database cannot tell of itself: that its end is gone, or that all of it was written anew."""

import sqlite3
import stat
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.audit.checkpointing import Checkpointing
from gateway.audit.checkpoints import Checkpoint, CheckpointFolder, issue, read
from gateway.audit.recording import entry
from gateway.audit.verification import Verification, verify
from gateway.keys import own_rotation
from gateway.keys.secrets_on_disk import DECRYPTION_FILE, SIGNING_FILE, own_verify_keys
from gateway.store.sql_store import SqlStore, open_store
from identity.agency.faults import KeyFault
from identity.agency.key_ring import directory_of
from identity.agency.keys import SigningKey, generate, save_private, save_public
from mappings.canonical.codes import Mode
from tests.builders import NOON
from tests.empty_register import lay
from tests.gateway.staff import StillClock


@dataclass
class Chain:
    """A gateway's folder: its register, its keys and its checkpoints."""

    folder: Path
    clock: StillClock = field(default_factory=lambda: StillClock(NOON))

    def __post_init__(self) -> None:
        (self.folder / "keys").mkdir(parents=True)
        keys = generate()
        save_private(self.keys / SIGNING_FILE, keys.signing)
        save_private(self.keys / DECRYPTION_FILE, keys.decryption)
        save_public(self.folder / "gateway-public.json", keys.public("gateway"))
        lay(self.database)
        self.store = self.open()
        self.checkpointing = self.restarted()

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def database(self) -> Path:
        return self.folder / "register.db"

    @property
    def kept(self) -> CheckpointFolder:
        return CheckpointFolder(self.folder / "checkpoints", Mode.TRIAL)

    def open(self) -> SqlStore:
        return open_store(f"sqlite:///{self.database}", bytes(range(32)))

    def restarted(self) -> Checkpointing:
        return Checkpointing(self.store, self.clock, self.kept, self.keys, after=5, every=timedelta(hours=1))

    def happen(self, events: int) -> None:
        with self.store.write() as unit:
            for number in range(events):
                each = entry("sweep-finished", "relay", people=number, alerts=0)
                unit.audit.append(self.clock.now(), each.code, each.actor, each.fields)

    def verified(self) -> Verification:
        with self.store.read() as unit:
            register = unit.incarnation()
        return verify(self.store, self.kept.kept(register, own_verify_keys(self.keys)), page=4)

    def sql(self, *statements: str) -> None:
        with sqlite3.connect(self.database) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    def pass_time(self, span: timedelta) -> None:
        self.clock.instant += span


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    """Nine events, with checkpoints at the third and the ninth."""
    made = Chain(tmp_path / "gw")
    made.happen(3)
    made.checkpointing.look()
    made.happen(6)
    made.checkpointing.look()
    return made


CUT = (
    "DELETE FROM audit_event WHERE seq > 6",
    "UPDATE audit_head SET seq = 6, hash = (SELECT hash FROM audit_event WHERE seq = 6)",
)


def test_a_chain_fits_its_checkpoints(chain: Chain) -> None:
    found = chain.verified()
    assert (found.events, found.checkpoints, found.problem) == (9, 2, "")


def test_an_end_that_was_cut_off_with_its_head_is_found(chain: Chain) -> None:
    chain.sql(*CUT)
    assert verify(chain.store).intact, "the database alone cannot tell"
    found = chain.verified()
    assert found.broken_at == 7
    assert found.problem.startswith("events were cut off from the end: the checkpoint trial-000000000000009-")


def test_a_cut_that_was_written_over_is_found(chain: Chain) -> None:
    chain.sql(*CUT)
    chain.store.close()
    chain.store = chain.open()
    chain.happen(7)
    assert verify(chain.store).intact
    found = chain.verified()
    assert found.broken_at == 4, "after the last checkpoint that fits"
    assert "written anew" in found.problem


def test_a_register_put_in_anothers_place_is_found(chain: Chain, tmp_path: Path) -> None:
    other = Chain(tmp_path / "other")
    other.happen(9)
    chain.store.close()
    chain.database.unlink()
    other.store.close()
    other.database.rename(chain.database)
    chain.store = chain.open()
    assert "of another register" in chain.verified().problem


def test_a_checkpoint_that_the_gateway_did_not_sign_is_not_believed(chain: Chain) -> None:
    with chain.store.read() as unit:
        forged = Checkpoint(unit.incarnation(), Mode.TRIAL, 6, "0" * 64, NOON)
    chain.kept.write(forged, SigningKey.generate())
    found = chain.verified()
    assert (found.broken_at, found.checkpoints) == (None, 2)
    assert "cannot be believed: it is not signed with a key of this gateway" in found.problem


@pytest.mark.parametrize("damage", [b"", b"a.b.c", b"x" * 5_000])
def test_a_damaged_checkpoint_is_a_finding_and_stops_nothing(chain: Chain, damage: bytes) -> None:
    chain.kept.files()[0].write_bytes(damage)
    chain.sql(*CUT)
    assert chain.verified().broken_at == 7


def test_a_checkpoint_under_another_name_is_not_believed(chain: Chain) -> None:
    first, _ = chain.kept.files()
    first.rename(first.with_name(first.name.replace("0003-", "0002-")))
    assert "its name is not the one that was signed" in chain.verified().problem


def test_checkpoints_of_before_a_rotation_are_believed_after_it(chain: Chain) -> None:
    place = own_rotation.Place(chain.keys, chain.folder / "gateway-public.json")
    own_rotation.begin(place, chain.store, chain.clock)
    own_rotation.finish(place, chain.store, chain.clock, early=True)
    chain.happen(5)
    assert chain.checkpointing.look() is not None
    found = chain.verified()
    assert (found.checkpoints, found.problem) == (3, "")
    signers = {path.read_bytes().split(b".")[0] for path in chain.kept.files()}
    assert len(signers) == 2, "the last is signed with the new key"


def test_one_is_made_at_the_start_after_so_many_events_and_after_a_while(chain: Chain) -> None:
    look = chain.checkpointing.look
    assert look() is None, "nothing happened since"
    chain.happen(4)
    assert look() is None, "too few, too soon"
    chain.happen(1)
    assert look() is not None, "so many"
    chain.happen(1)
    chain.pass_time(timedelta(minutes=59))
    assert look() is None
    chain.pass_time(timedelta(minutes=1))
    assert look() is not None, "after a while"
    chain.pass_time(timedelta(days=1))
    assert look() is None, "a day without an event"
    assert chain.restarted().look() is None, "a start at the same event"
    chain.happen(1)
    assert chain.restarted().look() is not None, "the next start"
    assert len(chain.kept.files()) == 5
    assert chain.verified().intact


def test_files_are_private_and_never_changed(chain: Chain) -> None:
    before = {path: path.read_bytes() for path in chain.kept.files()}
    assert {stat.S_IMODE(path.stat().st_mode) for path in before} == {0o600}
    assert stat.S_IMODE(chain.kept.path.stat().st_mode) == 0o700
    chain.checkpointing.make()
    assert {path: path.read_bytes() for path in chain.kept.files()} == before


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "gw")
    (chain.folder / "checkpoints").write_text("a file in its place")
    chain.happen(1)
    assert chain.checkpointing.look() is None
    (chain.folder / "checkpoints").unlink()
    assert chain.checkpointing.look() is not None, "tried again"


def test_what_is_signed_comes_back(chain: Chain) -> None:
    signer = SigningKey.generate()
    checkpoint = Checkpoint("r", Mode.LIVE, 7, "ab" * 32, NOON)
    assert read(issue(checkpoint, signer), directory_of(signer.public)) == checkpoint
    with pytest.raises(KeyFault, match="not signed"):
        read(issue(checkpoint, signer), directory_of(SigningKey.generate().public))
