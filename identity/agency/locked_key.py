"""A person's signing key behind a passphrase: encrypted PKCS#8 PEM, as `patchwork operator key` makes it."""

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc.jwk import OKPKey

from identity.agency.faults import KeyFault
from identity.agency.keys import SigningKey
from identity.agency.private_file import read_private


class Locked(KeyFault):
    """The passphrase is wrong, or the file is no such key."""


def load_locked_signing(path: Path, passphrase: str) -> SigningKey:
    """The key in the file. Raises `Locked`, `KeyFault`, naming the file."""
    data = read_private(path)
    try:
        # Given a passphrase, this refuses a key file that is not encrypted.
        key = load_pem_private_key(data, passphrase.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Locked(f"{path} cannot be opened: the passphrase is wrong, or it is not an operator's key file")
    return SigningKey(OKPKey.import_key(key))
