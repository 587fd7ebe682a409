"""An operator's signing key as a file: encrypted PKCS#8 PEM under a passphrase, mode 0600; the public half beside it as
JSON."""

import json
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from gateway.refused import Refused
from identity.agency.faults import KeyFault
from identity.agency.keys import SigningKey, VerifyKey
from identity.agency.locked_key import Locked, load_locked_signing
from identity.agency.private_file import read_public, write_private, write_public

# PKCS#8 as OpenSSL writes it stretches a passphrase little, so the passphrase itself must be long.
MIN_PASSPHRASE = 12


def make_operator_key(path: Path, passphrase: str) -> VerifyKey:
    """A new key in `path`, its public half in `path` + `.pub`. Raises `Refused` (short passphrase), `KeyFault` (the
    file exists)."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise Refused(f"the passphrase must have at least {MIN_PASSPHRASE} characters; four random words will do")
    key = SigningKey.generate()
    pem = key.raw.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode()))
    write_private(path, pem)
    write_public(public_path(path), json.dumps({"operator": key.public.to_jwk()}).encode() + b"\n")
    return key.public


def public_path(path: Path) -> Path:
    """Where the public half of a key file stands."""
    return path.with_name(path.name + ".pub")


def load_operator_key(path: Path, passphrase: str) -> SigningKey:
    """The key in the file. Raises `Refused` where the passphrase is wrong, `KeyFault` where the file is no such key."""
    try:
        return load_locked_signing(path, passphrase)
    except Locked as problem:
        raise Refused(str(problem)) from None


def load_operator_public(path: Path) -> VerifyKey:
    """The public key in a `.pub` file. Raises `KeyFault`, naming the file."""
    try:
        document = json.loads(read_public(path))
    except (ValueError, RecursionError):
        raise KeyFault(f"{path} is not JSON; expected the .pub file that patchwork operator key makes") from None
    if not isinstance(document, dict) or set(document) != {"operator"}:
        raise KeyFault(f'{path} is not the .pub file of an operator key (a JSON object with exactly "operator")')
    return VerifyKey.from_jwk(document["operator"])
