"""Checkpoints: what the audit chain was at some event, signed by the gateway and kept outside its database.

* A checkpoint is a JWS of a type of its own (see `identity.agency.sealing`) over the register's name, the side, the event's number and hash,
  and the moment. It names the key that signed it; keys that the gateway no longer signs with stay beside its others.
* One file each, whose name sorts as the chain runs. None is ever changed: copy them to where whoever holds the database cannot write.
* Whoever holds database and signing key can write both anew. Against them only what left helps: copies that were taken away in time, and the
  digests that agencies hold (`gateway.audit.telling`).
"""

import hashlib
import json
import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from identity.agency.faults import EnvelopeFault, KeyFault
from identity.agency.key_ring import VerifyKeyDirectory
from identity.agency.keys import SigningKey
from identity.agency.private_file import read_public, replace_private
from identity.agency.sealing import sign, verify
from mappings.canonical.codes import Mode

MAX_CHECKPOINT_BYTES = 4 * 1024
MAX_FILES = 1_000_000
_TYP = "patchwork-audit-checkpoint+jws"
_MEMBERS = {"register", "side", "event", "hash", "made_at"}
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """At `made_at` (aware, UTC) event `seq` was the latest of the register called `register`, and its hash was `hash`."""

    register: str
    mode: Mode
    seq: int
    hash: str
    made_at: datetime

    @property
    def file_name(self) -> str:
        """Sorts by event within a side."""
        return f"{self.mode}-{self.seq:015d}-{self.made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}.jws"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in a folder of checkpoints. Where it cannot be believed `problem` says why, and there is no hash. `made_at` is aware, UTC;
    `digest` is the SHA-256 of the file's bytes, hex: what `sha256sum` prints."""

    name: str
    seq: int
    hash: str = ""
    problem: str = ""
    made_at: datetime | None = None
    digest: str = ""


def issue(checkpoint: Checkpoint, signer: SigningKey) -> bytes:
    """The signed document."""
    said = {
        "register": checkpoint.register,
        "side": checkpoint.mode.value,
        "event": checkpoint.seq,
        "hash": checkpoint.hash,
        "made_at": checkpoint.made_at.astimezone(UTC).isoformat(timespec="seconds"),
    }
    return sign(json.dumps(said, sort_keys=True).encode(), signer, _TYP)


def read(document: bytes, keys: VerifyKeyDirectory) -> Checkpoint:
    """What was signed. Raises `KeyFault` where it is no checkpoint, or was not signed with one of `keys`."""
    try:
        said = json.loads(verify(document.strip(), keys, _TYP).payload)
        if set(said) != _MEMBERS or not _HASH.fullmatch(said["hash"]) or type(said["event"]) is not int:
            raise ValueError
        made_at = datetime.fromisoformat(said["made_at"])
        return Checkpoint(str(said["register"]), Mode(said["side"]), said["event"], said["hash"], made_at)
    except EnvelopeFault:
        raise KeyFault("it is not signed with a key of this gateway") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise KeyFault("it is not a checkpoint of an audit chain") from None


@dataclass(frozen=True, slots=True)
class CheckpointFolder:
    """The checkpoints of one side. Several sides may share a folder."""

    path: Path
    mode: Mode

    def write(self, checkpoint: Checkpoint, signer: SigningKey) -> Path:
        """Add a file that its owner alone can read, whole or not at all. Raises `KeyFault`, `OSError`."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self.path / checkpoint.file_name
        if not file.exists():
            replace_private(file, issue(checkpoint, signer) + b"\n")
        return file

    def files(self) -> list[Path]:
        """In the order of their events; none where there is no folder yet. Raises `OSError` where it cannot be read, `KeyFault` where there are
        too many to be checkpoints."""
        try:
            with os.scandir(self.path) as entries:
                names = [each.name for each in entries if _is_name(each.name, self.mode)]
        except FileNotFoundError:
            return []
        if len(names) > MAX_FILES:
            raise KeyFault(f"{self.path} holds more than {MAX_FILES} checkpoints; see whether it is the right folder")
        return [self.path / name for name in sorted(names)]

    def kept(self, register: str, keys: VerifyKeyDirectory) -> Iterator[Kept]:
        """All of them, listed now and read one after the other; of another register none is believed."""
        return (self._read(file, register, keys) for file in self.files())

    def made_before(self, moment: datetime, register: str, keys: VerifyKeyDirectory) -> Iterator[Kept]:
        """Those that by their names were made before `moment`, the last one made first."""
        dated = [(made_at, file.name, file) for file in self.files() if (made_at := _made_at_in(file.name))]
        earlier = sorted(each for each in dated if each[0] < moment)
        return (self._read(file, register, keys) for _, _, file in reversed(earlier))

    def holding(self, digests: Collection[str]) -> set[str]:
        """Which of these digests a file here has, whether it can be believed or not. Raises `KeyFault`, `OSError`."""
        found = (hashlib.sha256(read_public(file, MAX_CHECKPOINT_BYTES)).hexdigest() for file in self.files())
        return set(digests).intersection(found) if digests else set()

    def latest(self) -> tuple[int, datetime | None]:
        """The number of the event at which the last one was made, and when (UTC), by its name; 0 and None where there is none."""
        files = self.files()
        return (_seq_in(files[-1].name), _made_at_in(files[-1].name)) if files else (0, None)

    def _read(self, file: Path, register: str, keys: VerifyKeyDirectory) -> Kept:
        try:
            document = read_public(file, MAX_CHECKPOINT_BYTES)
            checkpoint = read(document, keys)
        except KeyFault as fault:
            return Kept(file.name, 0, problem=str(fault))
        if checkpoint.register != register or checkpoint.mode is not self.mode:
            return Kept(file.name, 0, problem="it is of another register; was the database put in another's place?")
        # By the name they are in order; what is signed must say the same.
        if checkpoint.file_name != file.name:
            return Kept(file.name, 0, problem="its name is not the one that was signed")
        digest = hashlib.sha256(document).hexdigest()
        return Kept(file.name, checkpoint.seq, checkpoint.hash, made_at=checkpoint.made_at, digest=digest)


def _is_name(name: str, mode: Mode) -> bool:
    return name.startswith(f"{mode}-") and name.endswith(".jws")


def _seq_in(name: str) -> int:
    number = name.split("-")[1] if name.count("-") > 1 else ""
    return int(number) if number.isdecimal() else 0


def _made_at_in(name: str) -> datetime | None:
    try:
        return datetime.strptime(name.rpartition("-")[2], "%Y%m%dT%H%M%SZ.jws").replace(tzinfo=UTC)
    except ValueError:
        return None
