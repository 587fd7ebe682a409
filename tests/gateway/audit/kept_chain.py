"""A gateway's folder as far as its audit goes: a register whose events are counted out, keys, a clock that can be moved, and checkpoints."""

import sqlite3
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from gateway.audit.checkpointing import Checkpointing
from gateway.audit.checkpoints import CheckpointFolder
from gateway.audit.recording import entry
from gateway.audit.telling import Telling
from gateway.audit.verification import Verification, verify
from gateway.keys.secrets_on_disk import DECRYPTION_FILE, SIGNING_FILE, own_verify_keys
from gateway.store.sql_store import SqlStore, open_store
from identity.agency.keys import generate, save_private, save_public
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

    def reopen(self) -> None:
        """What was done to the database behind its back is seen."""
        self.store.close()
        self.store = self.open()

    def restarted(self) -> Checkpointing:
        return Checkpointing(self.store, self.clock, self.kept, self.keys, after=5, every=timedelta(hours=1))

    def telling(self) -> Telling:
        """As a relay that has just started."""
        return Telling(self.store, self.kept, self.keys, self.clock)

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
