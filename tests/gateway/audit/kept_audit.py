"""The audit of a gateway in one process: it leaves the database as checkpoints, and with the gateway's replies as their digests."""

import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from gateway.audit.checkpointing import Checkpointing
from gateway.audit.checkpoints import CheckpointFolder
from gateway.audit.telling import Telling
from gateway.audit.verification import Verification, verify
from gateway.audit.witnesses import Compared, compare
from gateway.bench.world import World
from gateway.keys.secrets_on_disk import DECRYPTION_FILE, SIGNING_FILE, own_verify_keys
from gateway.ports import Store
from identity.agency.keys import save_private
from mappings.canonical.witness import Witness


@dataclass
class KeptAudit:
    """Of `world`, whose replies tell of it from now on; keys and checkpoints lie in `folder`, the register in `database`."""

    world: World
    folder: Path
    database: Path = Path("nowhere")

    def __post_init__(self) -> None:
        self.keys.mkdir(parents=True)
        save_private(self.keys / SIGNING_FILE, self.world.keys.signing)
        save_private(self.keys / DECRYPTION_FILE, self.world.keys.decryption)
        store, clock = self.world.store, self.world.clock
        self.checkpointing = Checkpointing(store, clock, self.kept, self.keys, 10_000, timedelta(hours=1))
        self.world.telling = Telling(store, self.kept, self.keys, clock).on

    @property
    def store(self) -> Store:
        return self.world.store

    def sql(self, *statements: str) -> None:
        """Straight into the database, behind the store's back."""
        with sqlite3.connect(self.database) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    def reopen(self) -> None:
        """A transaction sees what the database holds; nothing is remembered between two."""

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def kept(self) -> CheckpointFolder:
        return CheckpointFolder(self.folder / "checkpoints", self.world.mode)

    def look(self) -> None:
        """As the gateway's loop does every few seconds."""
        self.checkpointing.look()

    def verified(self, asked: set[str] | None = None) -> Verification:
        """What `patchwork audit verify` finds by itself."""
        with self.world.store.read() as unit:
            register = unit.incarnation()
        return verify(self.world.store, self.kept.kept(register, own_verify_keys(self.keys)), asked=asked or ())

    def compared(self, *witnesses: Witness) -> Compared:
        """What it finds with what agencies hold."""
        asked = {each.told.digest for each in witnesses}
        found = self.verified(asked)
        return compare(witnesses, found.fitting, self.kept.holding(asked - found.fitting.keys()))
