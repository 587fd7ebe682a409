"""A steward's folder: the key that opens details sealed to them. Mode 0700, on their own machine; it never leaves it."""

import json
from pathlib import Path

from identity.agency.faults import KeyFault
from identity.agency.keys import DecryptionKey, load_decryption, save_private
from identity.agency.private_file import read_public, write_public
from identity.custody.steward_list import Steward, steward_document, steward_from

_PRIVATE = "steward.decryption.jwk"
_PUBLIC = "steward.public.json"


def make_steward(folder: Path, name: str) -> Steward:
    """A new key in the folder, which is made where it is missing. Raises `KeyFault`; never overwrites a key."""
    key = DecryptionKey.generate()
    made = steward_from({"steward": name, "encryption": key.public.to_jwk()})
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise KeyFault(f"{folder} cannot be made: {problem.strerror}") from None
    save_private(folder / _PRIVATE, key)
    write_public(public_file(folder), json.dumps(steward_document(made), indent=2).encode() + b"\n")
    return made


def public_file(folder: Path) -> Path:
    """What is handed to the keyholder."""
    return folder / _PUBLIC


def steward_key(folder: Path) -> DecryptionKey:
    """The steward's key. Raises `KeyFault`, naming the way out."""
    path = folder / _PRIVATE
    if not path.exists():
        raise KeyFault(f"{folder} holds no steward's key; run: patchwork-keyholder steward init --dir {folder}")
    return load_decryption(path)


def read_steward(path: Path) -> Steward:
    """The steward in a public file. Raises `KeyFault`, naming the file."""
    try:
        return steward_from(json.loads(read_public(path)))
    except (ValueError, RecursionError):
        raise KeyFault(
            f"{path} is not JSON; expected the public file that patchwork-keyholder steward init makes"
        ) from None
