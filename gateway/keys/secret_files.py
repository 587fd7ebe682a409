"""A secret of the gateway as files: the one of the settings, the next one beside it while it is rotated, and those it took the place of.

`pepper.key`, `pepper.key.next`, `pepper.key.<id>.retired`. Which of them counts is said by the register, by id; a retired one opens backups
from before.
"""

import base64
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.keys.secrets_on_disk import load_secret, make_secret, pairing_key
from identity.agency.faults import KeyFault
from identity.agency.private_file import write_private
from mappings.canonical.identifiers import PartnershipId

PAIRING_FILE = "pairing.key"
_ID_BYTES = 8


def pepper_id(secret: bytes) -> bytes:
    """Eight bytes that name a pepper and tell nothing about it."""
    return hashlib.sha256(b"patchwork pepper id|" + secret).digest()[:_ID_BYTES]


def pairing_id(key: bytes) -> bytes:
    """The same for the key under which pairs get their names."""
    return hashlib.sha256(b"patchwork pairing id|" + key).digest()[:_ID_BYTES]


@dataclass(frozen=True, slots=True)
class SecretFile:
    """`path` is what the settings name; `identify` makes a secret's id. Every method raises `KeyFault`, naming the file."""

    path: Path
    identify: Callable[[bytes], bytes]

    @property
    def next(self) -> Path:
        """Where the next one stands."""
        return self.path.with_name(f"{self.path.name}.next")

    def current(self) -> bytes:
        """What the settings name."""
        return load_secret(self.path)

    def others(self) -> list[bytes]:
        """The next one and the retired ones, as far as they are there."""
        retired = sorted(self.path.parent.glob(f"{self.path.name}.*.retired"))
        return [load_secret(path) for path in (self.next, *retired) if path.exists()]

    def find(self, id: bytes) -> bytes:
        """The secret of that id."""
        for secret in (self.current(), *self.others()):
            if self.identify(secret) == id:
                return secret
        raise KeyFault(
            f"the register rests on a secret that is neither in {self.path} nor beside it; put the file back from its backup, or copy "
            f"{self.next.name} here from the machine that began to rotate it"
        )

    def make_next(self) -> bytes:
        """Make the next one; the same again where it is made. Returns its id."""
        if not self.next.exists():
            make_secret(self.next)
        return self.identify(load_secret(self.next))

    def settle(self, current: bytes) -> bool:
        """The register rests on the secret of this id: where that is the next one it takes the place of the other, which is kept as retired.
        Returns whether anything was moved. Broken off, it is done again."""
        if not self.next.exists() or self.identify(load_secret(self.next)) != current:
            return False
        former = self.identify(self.current())
        retired = self.path.with_name(f"{self.path.name}.{former.hex()}.retired")
        if former != current and not retired.exists():
            os.link(self.path, retired)
        self.next.replace(self.path)
        return True


def load_pairing(pepper_file: Path, partnership: PartnershipId) -> bytes:
    """The key under which pairs get their names: derived from the pepper until that is first rotated, and a secret of its own since."""
    own = pepper_file.with_name(PAIRING_FILE)
    return load_secret(own) if own.exists() else pairing_key(load_secret(pepper_file), partnership)


def split_pairing_off(pepper_file: Path, partnership: PartnershipId) -> bytes:
    """Make it a secret of its own, with the value it has, so that the pepper can be rotated and every pair keeps its names."""
    key, own = load_pairing(pepper_file, partnership), pepper_file.with_name(PAIRING_FILE)
    if not own.exists():
        write_private(own, base64.urlsafe_b64encode(key).rstrip(b"=") + b"\n")
    return key
