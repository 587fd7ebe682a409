"""Signing what a webhook sends, as Standard Webhooks 1.0 says (https://www.standardwebhooks.com).

The signed text is `id.timestamp.body`. `v1` is HMAC-SHA256 under a secret that both hold (`whsec_` and base64), `v1a` Ed25519 under a key of
which the receiver has the public half only (`whsk_` here, `whpk_` there). Both may be sent; a receiver checks the one it knows.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private, write_private

_SECRET, _PRIVATE, _PUBLIC = "whsec_", "whsk_", "whpk_"
_LEAST, _MOST = 24, 64


@dataclass(frozen=True, slots=True)
class WebhookKeys:
    """One or both. Read anew for every alert, so that they can be replaced without a restart."""

    secret: bytes = field(default=b"", repr=False)
    key: Ed25519PrivateKey | None = field(default=None, repr=False)

    def signatures(self, id: str, timestamp: int, body: bytes) -> str:
        """The value of the header `webhook-signature`."""
        text = f"{id}.{timestamp}.".encode() + body
        made = [f"v1,{_text(hmac.digest(self.secret, text, sha256))}"] if self.secret else []
        return " ".join([*made, *([f"v1a,{_text(self.key.sign(text))}"] if self.key else [])])


def read_keys(secret_file: Path | None, key_file: Path | None) -> WebhookKeys:
    """From private files. Raises `KeyFault`, which holds nothing of them."""
    secret = _read(secret_file, _SECRET) if secret_file else b""
    if secret and not _LEAST <= len(secret) <= _MOST:
        raise KeyFault(f"{secret_file}: a webhook's secret is {_LEAST} to {_MOST} bytes, in base64 after {_SECRET}")
    seed = _read(key_file, _PRIVATE) if key_file else b""
    if key_file and len(seed) != 32:
        raise KeyFault(f"{key_file}: a webhook's key is 32 bytes, in base64 after {_PRIVATE}")
    return WebhookKeys(secret, Ed25519PrivateKey.from_private_bytes(seed) if seed else None)


def make_key(path: Path) -> str:
    """Make a new Ed25519 key in a new file of mode 0600; gives the public half for the receiver. Raises `KeyFault`."""
    key = Ed25519PrivateKey.generate()
    write_private(path, f"{_PRIVATE}{_text(key.private_bytes_raw())}\n".encode())
    return f"{_PUBLIC}{_text(key.public_key().public_bytes_raw())}"


def _read(path: Path, prefix: str) -> bytes:
    said = read_private(path).decode("ascii", "replace").strip()
    if not said.startswith(prefix):
        raise KeyFault(f"{path} does not begin with {prefix}; see that it is the right file")
    try:
        return base64.b64decode(said.removeprefix(prefix), validate=True)
    except binascii.Error:
        raise KeyFault(f"{path}: what follows {prefix} is not base64") from None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
