"""The linkage epochs this connector holds: sealed files, opened in memory with our own key, believed from the pinned keyholder only."""

import json
from collections.abc import Sequence
from pathlib import Path

from identity.agency.faults import KeyFault
from identity.agency.key_ring import KeyRing
from identity.agency.keys import VerifyKey
from identity.agency.private_file import read_public, write_public
from identity.custody.epoch import LinkageEpoch
from identity.custody.sealed_epoch import open_sealed
from identity.person.ports import Tokeniser
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId
from mappings.canonical.notice import MAX_EPOCHS

_SUFFIX = ".sealed"


def keyholder_key(path: Path) -> VerifyKey:
    """The keyholder's public key, as `patchwork-keyholder public` writes it. Raises `KeyFault`."""
    try:
        return VerifyKey.from_jwk(json.loads(read_public(path)))
    except (ValueError, RecursionError):
        raise KeyFault(f"{path} is not JSON; expected the keyholder's public key") from None
    except KeyFault as problem:
        raise KeyFault(f"the keyholder's public key: {path}: {problem}") from None


def install(
    sealed: Path, folder: Path, keys: KeyRing, keyholder: VerifyKey, partnership: PartnershipId, mode: Mode
) -> LinkageEpoch:
    """Check a sealed epoch and keep it, still sealed. Raises `KeyFault`, and changes nothing then."""
    return keep(read_public(sealed), sealed, folder, keys, keyholder, partnership, mode)


def keep(
    data: bytes,
    source: Path,
    folder: Path,
    keys: KeyRing,
    keyholder: VerifyKey,
    partnership: PartnershipId,
    mode: Mode,
) -> LinkageEpoch:
    """As `install`, for a sealed epoch that came from elsewhere than a file; `source` is what refusals call it."""
    epoch = _opened(source, data, keys, keyholder, partnership, mode)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise KeyFault(f"{folder} cannot be made: {problem.strerror}") from None
    held = {path.name for path in folder.glob(f"*{_SUFFIX}")} | {f"{epoch.id}{_SUFFIX}"}
    if len(held) > MAX_EPOCHS:
        raise KeyFault(f"{folder} holds {MAX_EPOCHS} epochs already; remove the file of a retired one first")
    write_public(folder / f"{epoch.id}{_SUFFIX}", data)
    return epoch


def are_any(folder: Path) -> bool:
    """Whether an epoch is installed."""
    return any(folder.glob(f"*{_SUFFIX}"))


def load(
    folder: Path, keys: KeyRing, keyholder: VerifyKey, partnership: PartnershipId, mode: Mode
) -> list[LinkageEpoch]:
    """Every installed epoch. Raises `KeyFault` where there is none, or one does not open."""
    paths = sorted(folder.glob(f"*{_SUFFIX}")) if folder.is_dir() else []
    if not paths:
        raise KeyFault(
            f"no linkage epoch is installed in {folder}; ask the keyholder for one, then: patchwork-connector epoch install FILE"
        )
    if len(paths) > MAX_EPOCHS:
        raise KeyFault(f"{folder} holds more than {MAX_EPOCHS} epochs; remove the files of retired ones")
    return [_opened(path, read_public(path), keys, keyholder, partnership, mode) for path in paths]


def tokenisers(epochs: Sequence[LinkageEpoch]) -> list[Tokeniser]:
    """One for each epoch."""
    return [KeyedTokeniser(epoch) for epoch in epochs]


def _opened(
    path: Path, data: bytes, keys: KeyRing, keyholder: VerifyKey, partnership: PartnershipId, mode: Mode
) -> LinkageEpoch:
    try:
        epoch = open_sealed(data, list(keys), keyholder)
    except KeyFault as problem:
        raise KeyFault(f"{path}: {problem}") from None
    if epoch.partnership != partnership:
        raise KeyFault(f"{path} is a linkage epoch of another partnership; ask the keyholder for the right one")
    if epoch.mode is not mode:
        raise KeyFault(
            f"{path} is a {epoch.mode.value} epoch and this connector runs in {mode.value} mode; the two never mix"
        )
    return epoch
