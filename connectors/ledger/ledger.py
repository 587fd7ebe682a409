"""Opening the ledger, and its units of work: one unit is one SQLite transaction, all of it or none.

WAL with synchronous=FULL: what a unit wrote is on the disk when it ends. BEGIN IMMEDIATE for every unit that writes, so that `publish` and
`deliver` may run as two processes. What must not run twice at once (reading snapshots; delivering to sinks) takes `alone`, a lock that the
operating system lets go when its process dies.
"""

import contextlib
import fcntl
import hmac
import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from connectors.ledger import schema
from connectors.ledger.answers import Answers
from connectors.ledger.asked import Asked
from connectors.ledger.care_teams import CareTeams
from connectors.ledger.cipher import Cipher, LedgerFault
from connectors.ledger.connections import Connections
from connectors.ledger.dead_letters import DeadLetters
from connectors.ledger.deliveries import Deliveries
from connectors.ledger.digests import Digests
from connectors.ledger.ended_here import EndedHere
from connectors.ledger.events import Events
from connectors.ledger.involvements import Involvements
from connectors.ledger.merges import Merges
from connectors.ledger.outbox import Outbox
from connectors.ledger.positions import Positions
from connectors.ledger.shields import Shields
from connectors.ledger.snapshots import Snapshots
from connectors.ledger.upgrading import upgrade
from connectors.ledger.weak_identities import WeakIdentities
from connectors.ledger.witnesses import Witnesses
from connectors.ledger.workers import Workers
from mappings.canonical.codes import Mode

_BUSY_MILLISECONDS = 600_000
_ALONE_SECONDS = 60.0
# Pages into which a standing and a notice fit whole (of a ledger that is made now), and 64 MiB each for those in use and for those that are
# in the log only.
_PRAGMAS = (
    "page_size=16384", "cache_size=-65536", "wal_autocheckpoint=4096",
    "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON",
)  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """One transaction over all tables."""

    db: sqlite3.Connection
    cipher: Cipher

    @cached_property
    def involvements(self) -> Involvements:
        """What was published about whom."""
        return Involvements(self.db, self.cipher)

    @cached_property
    def snapshots(self) -> Snapshots:
        """Readings being compared, and held ones."""
        return Snapshots(self.db, self.cipher)

    @cached_property
    def weak_identities(self) -> WeakIdentities:
        """What is not published because too little is known of the person."""
        return WeakIdentities(self.db, self.cipher)

    @cached_property
    def outbox(self) -> Outbox:
        """What is to be sent until it is receipted."""
        return Outbox(self.db, self.cipher)

    @cached_property
    def connections(self) -> Connections:
        """What was told about this agency's clients."""
        return Connections(self.db, self.cipher)

    @cached_property
    def care_teams(self) -> CareTeams:
        """Which care teams the sinks keep."""
        return CareTeams(self.db, self.cipher)

    @cached_property
    def deliveries(self) -> Deliveries:
        """What each sink still has to be given."""
        return Deliveries(self.db, self.cipher)

    @cached_property
    def digests(self) -> Digests:
        """What is collected to be given at once."""
        return Digests(self.db, self.cipher)

    @cached_property
    def dead_letters(self) -> DeadLetters:
        """Parcels that could not be opened or understood."""
        return DeadLetters(self.db)

    @cached_property
    def merges(self) -> Merges:
        """What was said of merged records."""
        return Merges(self.db)

    @cached_property
    def asked(self) -> Asked:
        """What the introducer was asked."""
        return Asked(self.db)

    @cached_property
    def workers(self) -> Workers:
        """Which workers are in which live involvements."""
        return Workers(self.db)

    @cached_property
    def shields(self) -> Shields:
        """Whom this agency asked to have shielded."""
        return Shields(self.db)

    @cached_property
    def events(self) -> Events:
        """The messages that listeners took."""
        return Events(self.db, self.cipher)

    @cached_property
    def answers(self) -> Answers:
        """What practitioners answered, and who sees to what instead."""
        return Answers(self.db, self.cipher)

    @cached_property
    def ended_here(self) -> EndedHere:
        """What practitioners ended while its source still stated it."""
        return EndedHere(self.db)

    @cached_property
    def witnesses(self) -> Witnesses:
        """What the gateway told of its audit."""
        return Witnesses(self.db)

    @cached_property
    def positions(self) -> Positions:
        """The ledger's own sequence and what it knows of the gateway's."""
        return Positions(self.db)


class Ledger:
    """One open ledger. Not shared between threads."""

    def __init__(self, path: Path, db: sqlite3.Connection, cipher: Cipher) -> None:
        self.path = path
        self._db = db
        self._cipher = cipher

    @property
    def cipher(self) -> Cipher:
        """For marks that are made before a unit begins."""
        return self._cipher

    @classmethod
    def open(cls, path: Path, key: bytes, now: datetime, mode: Mode = Mode.TRIAL) -> "Ledger":
        """Open the ledger, or begin a new one (file mode 0600). A ledger is of one mode for good. Raises `LedgerFault`."""
        cipher = Cipher(key)
        try:
            if path.is_symlink() or not path.exists():
                # One that is there is never opened beside SQLite: closing it would lose the locks of this process's connections.
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
            if path.stat().st_mode & 0o077:
                raise LedgerFault(f"{path} can be read by other users of this machine; run: chmod 600 {path}")
            db = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_MILLISECONDS / 1000)
            ledger = cls(path, db, cipher)
            ledger._prepare(now, mode)
        except OSError as problem:
            raise LedgerFault(f"the ledger {path} cannot be opened: {problem.strerror}") from None
        except sqlite3.DatabaseError as problem:
            raise LedgerFault(
                f"the ledger {path} cannot be used ({problem}); put back a backup or name another file"
            ) from None
        return ledger

    @contextlib.contextmanager
    def write(self) -> Iterator[Unit]:
        """A unit that may write. Commits at a clean end; anything raised inside leaves no trace."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield Unit(self._db, self._cipher)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextlib.contextmanager
    def read(self) -> Iterator[Unit]:
        """A unit that sees one moment of the ledger."""
        self._db.execute("BEGIN")
        try:
            yield Unit(self._db, self._cipher)
        finally:
            self._db.execute("ROLLBACK")

    @contextlib.contextmanager
    def alone(self, job: str, seconds: float = _ALONE_SECONDS) -> Iterator[None]:
        """Nobody else does `job` with this ledger meanwhile. Raises `LedgerFault` where somebody still does after `seconds`."""
        lock = self.path.with_name(f"{self.path.name}.{job}.lock")
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + seconds
            while not _locked(descriptor):
                if time.monotonic() >= deadline:
                    raise LedgerFault(
                        f"another patchwork-connector is busy with {job} on {self.path}; wait for it or stop it"
                    )
                time.sleep(0.05)
            yield
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _prepare(self, now: datetime, mode: Mode) -> None:
        for pragma in _PRAGMAS:
            self._db.execute(f"PRAGMA {pragma}")
        upgrade(self._db)
        with self.write() as unit:
            version = unit.db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                self._begin(unit, now, mode)
            elif version != schema.VERSION:
                raise LedgerFault(
                    f"the ledger {self.path} has version {version}, this program needs {schema.VERSION}; "
                    "use the version of patchwork-connector that wrote it, or begin a new ledger and run resync"
                )
            elif not hmac.compare_digest(unit.positions.key_mark, self._cipher.mark(b"ledger key")):
                raise LedgerFault(
                    f"the ledger key is not the one that {self.path} was made with; put back the key of the same backup"
                )
            elif unit.positions.mode is not mode:
                raise LedgerFault(
                    f"the ledger {self.path} was begun in {unit.positions.mode} mode and this connector runs in {mode} mode: what was "
                    "published in the one does not count as published in the other. Name a new file in [ledger] path; "
                    "patchwork-connector go-live does"
                )

    def _begin(self, unit: Unit, now: datetime, mode: Mode) -> None:
        for statement in schema.TABLES.split(";\n"):
            if statement.strip():
                unit.db.execute(statement)
        unit.db.execute(f"PRAGMA user_version={schema.VERSION}")
        unit.positions.begin(new_incarnation(now), self._cipher.mark(b"ledger key"), mode)


def new_incarnation(now: datetime) -> str:
    """The name of a ledger's life from `now` (UTC) on, `YYYYMMDDTHHMMSSZ-<8 hex>`: a later one compares greater."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
