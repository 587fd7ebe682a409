"""The keyholder's folder: their signing key and the epochs they made. Mode 0700, on their own machine."""

import os
from datetime import datetime
from pathlib import Path

from identity.agency.faults import KeyFault
from identity.agency.keys import SigningKey, load_signing, save_private
from identity.custody.epoch import LinkageEpoch, read_epoch
from identity.custody.epoch_word import MOST_RETIRED, EpochWord

_SIGNING = "keyholder.signing.jwk"
_RETIRED = "*.epoch.retired.json"
MOST_EPOCHS = 1_000


def make(folder: Path) -> SigningKey:
    """A new signing key in the folder, which is made where it is missing. Raises `KeyFault`; never overwrites a key."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise KeyFault(f"{folder} cannot be made: {problem.strerror}") from None
    _check(folder)
    key = SigningKey.generate()
    save_private(folder / _SIGNING, key)
    return key


def signing_key(folder: Path) -> SigningKey:
    """The keyholder's signing key. Raises `KeyFault`, naming the way out."""
    _check(folder)
    path = folder / _SIGNING
    if not path.exists():
        raise KeyFault(f"{folder} holds no keyholder key; run: patchwork-keyholder init --dir {folder}")
    return load_signing(path)


def epochs(folder: Path) -> list[LinkageEpoch]:
    """Every epoch in the folder, by id. Raises `KeyFault` where one of the files is damaged or readable by others."""
    _check(folder)
    return [read_epoch(path) for path in sorted(folder.glob("*.epoch.json"))[:MOST_EPOCHS]]


def epoch(folder: Path, id: str) -> LinkageEpoch:
    """The epoch with this id. Raises `KeyFault`, naming those that there are."""
    there = epochs(folder)
    for found in there:
        if found.id == id:
            return found
    if any(found.id == id for found in retired(folder)):
        raise KeyFault(f"epoch {id} is retired; nothing is sealed under it any more")
    known = ", ".join(found.id for found in there) or "none"
    raise KeyFault(f"there is no epoch {id[:40]!r} in {folder}; there: {known}")


def retired(folder: Path) -> list[LinkageEpoch]:
    """Every retired epoch in the folder, by id. Raises `KeyFault`."""
    _check(folder)
    return [read_epoch(path) for path in sorted(folder.glob(_RETIRED))[:MOST_EPOCHS]]


def retire(folder: Path, id: str, now: datetime) -> EpochWord:
    """Retire an epoch, for good; the same again where it is retired. Returns the word for it, to be signed. Raises `KeyFault` where it is the
    last one in use of its partnership and mode."""
    over = next((each for each in retired(folder) if each.id == id), None)
    going = over or epoch(folder, id)
    active = [each.id for each in epochs(folder) if _alike(each, going) and each.id != id]
    if not active:
        raise KeyFault(
            f"{id} is the only epoch in use for {going.partnership} ({going.mode.value}); make and seal the next one first"
        )
    gone = sorted({each.id for each in retired(folder) if _alike(each, going)} | {id})
    if len(gone) > MOST_RETIRED:
        raise KeyFault(f"{MOST_RETIRED} epochs of {going.partnership} are retired already, and a word holds no more")
    if over is None:
        (folder / f"{id}.epoch.json").replace(folder / _RETIRED.replace("*", id))
    return EpochWord(going.partnership, going.mode, len(gone), tuple(active), tuple(gone), now)


def _alike(one: LinkageEpoch, other: LinkageEpoch) -> bool:
    return (one.partnership, one.mode) == (other.partnership, other.mode)


def _check(folder: Path) -> None:
    if not folder.is_dir():
        raise KeyFault(f"{folder} is not a folder; run: patchwork-keyholder init --dir {folder}")
    status = os.stat(folder)
    if status.st_mode & 0o022:
        raise KeyFault(f"{folder} can be written by other users of this machine; run: chmod 700 {folder}")
