"""The linkage epochs this connector holds: sealed files, opened in memory with our own key, believed from the pinned keyholder only.

Which are over is said by the keyholder's word, kept beside them (`connectors.keys.retired_epochs`): a retired one is removed and never taken again.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.keys.retired_epochs import SUFFIX, check_not_retired
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
    check_not_retired(folder, keyholder, epoch.id)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise KeyFault(f"{folder} cannot be made: {problem.strerror}") from None
    held = {path.name for path in folder.glob(f"*{SUFFIX}")} | {f"{epoch.id}{SUFFIX}"}
    if len(held) > MAX_EPOCHS:
        raise KeyFault(f"{folder} holds {MAX_EPOCHS} epochs already; the keyholder must retire one first")
    write_public(folder / f"{epoch.id}{SUFFIX}", data)
    return epoch


def are_any(folder: Path) -> bool:
    """Whether an epoch is installed."""
    return any(folder.glob(f"*{SUFFIX}"))


def load(
    folder: Path, keys: KeyRing, keyholder: VerifyKey, partnership: PartnershipId, mode: Mode
) -> list[LinkageEpoch]:
    """Every installed epoch. Raises `KeyFault` where there is none, or one does not open."""
    paths = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
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


@dataclass(slots=True)
class HeldTokenisers:
    """The tokenisers of the epochs in `folder`, made anew when an epoch came or went: another program, or this one, may have followed."""

    folder: Path
    _seen: tuple[object, ...] = ()
    _held: tuple[Tokeniser, ...] = ()

    def current(self, keys: KeyRing, keyholder: Path, partnership: PartnershipId, mode: Mode) -> tuple[Tokeniser, ...]:
        """As the folder stands now. Raises `KeyFault`."""
        seen = _marks(self.folder)
        if not self._held or seen != self._seen:
            opened = load(self.folder, keys, keyholder_key(keyholder), partnership, mode)
            # One that is held already is kept: it remembers the tokens of names it has seen.
            known = {each.epoch_id: each for each in self._held}
            self._held = tuple(known.get(epoch.id) or KeyedTokeniser(epoch) for epoch in opened)
            self._seen = seen
        return self._held


def _marks(folder: Path) -> tuple[object, ...]:
    try:
        paths = sorted(folder.glob(f"*{SUFFIX}"))
        return tuple((path.name, status.st_mtime_ns, status.st_ino) for path in paths if (status := path.stat()))
    except OSError:
        return ()


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
