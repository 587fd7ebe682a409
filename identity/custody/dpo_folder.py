"""A DPO's folder: the key that opens what is sealed to them, and the linkage epochs sealed to it. Mode 0700, on their own machine.

The keys have the form of a connector's, so that the keyholder seals epochs to a DPO as to a connector, after comparing the same fingerprint.
"""

import json
from pathlib import Path
from typing import Final

from identity.agency.faults import KeyFault
from identity.agency.fingerprint import is_fingerprint_of
from identity.agency.keys import (
    DecryptionKey,
    PublicKeys,
    VerifyKey,
    generate,
    load_decryption,
    load_public,
    save_private,
    save_public,
)
from identity.agency.private_file import read_public, write_private, write_public
from identity.custody.epoch import LinkageEpoch
from identity.custody.sealed_epoch import MAX_SEALED_BYTES, open_sealed
from identity.custody.steward_list import Steward

_DECRYPTION: Final = "dpo.decryption.jwk"
_PUBLIC: Final = "dpo.public.json"
_KEYHOLDER: Final = "keyholder.public.jwk"
_SEALED: Final = "*.epoch.jwe"
MOST_EPOCHS: Final = 100


def make_dpo(folder: Path, name: str) -> PublicKeys:
    """A new key in the folder, which is made where it is missing. Raises `KeyFault`; never overwrites a key."""
    keys = generate()
    public = keys.public(name)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise KeyFault(f"{folder} cannot be made: {problem.strerror}") from None
    save_private(folder / _DECRYPTION, keys.decryption)
    save_public(public_file(folder), public)
    return public


def public_file(folder: Path) -> Path:
    """What is handed to the keyholder."""
    return folder / _PUBLIC


def dpo_key(folder: Path) -> DecryptionKey:
    """The DPO's key. Raises `KeyFault`, naming the way out."""
    path = folder / _DECRYPTION
    if not path.exists():
        raise KeyFault(f"{folder} holds no DPO's key; run: patchwork-keyholder dpo init NAME --dir {folder}")
    return load_decryption(path)


def compared_dpo(path: Path, read_out: str) -> Steward:
    """The DPO in a public file, as the keyholder's list names them. Raises `KeyFault` unless `read_out` is its fingerprint."""
    keys = load_public(path)
    if not is_fingerprint_of(read_out, keys):
        raise KeyFault(f"the key of {keys.owner} is not the one whose fingerprint was read out; nothing was signed")
    return Steward(keys.owner, keys.encryption)


def take_epoch(folder: Path, sealed: Path, keyholder: Path) -> LinkageEpoch:
    """Keep an epoch that the keyholder sealed to this DPO. The keyholder's key is pinned by the first one. Raises `KeyFault`."""
    pinned = folder / _KEYHOLDER
    offered = _keyholder(keyholder)
    if pinned.exists() and _keyholder(pinned).id != offered.id:
        raise KeyFault(f"{pinned} holds another keyholder's key; ring the keyholder")
    data = read_public(sealed, MAX_SEALED_BYTES)
    epoch = open_sealed(data, [dpo_key(folder)], offered)
    if not pinned.exists():
        write_public(pinned, json.dumps(offered.to_jwk()).encode() + b"\n")
    path = folder / _SEALED.replace("*", epoch.id)
    if not path.exists():
        write_private(path, data)
    return epoch


def held_epochs(folder: Path) -> list[LinkageEpoch]:
    """Every epoch that was sealed to this DPO, by id; retired ones too, since what was erased long ago is found under them. Raises `KeyFault`."""
    files = sorted(folder.glob(_SEALED))
    if not files:
        raise KeyFault(
            f"{folder} holds no linkage epoch: the keyholder seals each with patchwork-keyholder epoch seal EPOCH --to {_PUBLIC}, "
            "and patchwork-keyholder dpo take keeps it here"
        )
    if len(files) > MOST_EPOCHS:
        raise KeyFault(f"{folder} holds more than {MOST_EPOCHS} epochs; move the oldest away")
    keyholder, key = _keyholder(folder / _KEYHOLDER), dpo_key(folder)
    return [open_sealed(read_public(path, MAX_SEALED_BYTES), [key], keyholder) for path in files]


def _keyholder(path: Path) -> VerifyKey:
    try:
        return VerifyKey.from_jwk(json.loads(read_public(path)))
    except (ValueError, RecursionError):
        raise KeyFault(f"{path} is not JSON; expected the keyholder's public key") from None
