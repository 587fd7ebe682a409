"""The two encrypted columns: a record's evidence and an involvement's worker.

AES-256-GCM under a key of its own per column (HKDF-SHA256 from the data key), bound by the associated data to the row
it belongs to, so that a sealed value moved to another row does not open. Layout: version (1 byte), key id (4), nonce
(12), ciphertext and tag. The key id lets a later rotation tell old values from new.
"""

import hashlib
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.store.faults import StoreRefused

DATA_KEY_BYTES: Final = 32
_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
_HEAD: Final = len(_VERSION) + 4


def key_id(data_key: bytes) -> bytes:
    """Four bytes that name a data key and tell nothing about it. Raises `StoreRefused` where it is not a data key."""
    if len(data_key) != DATA_KEY_BYTES:
        raise StoreRefused(
            f"the data key must be exactly {DATA_KEY_BYTES} bytes; make one with the gateway's set-up command"
        )
    return hashlib.sha256(b"patchwork data key id|" + data_key).digest()[:4]


class SealedColumn:
    """Seals and opens the values of the column called `purpose`."""

    def __init__(self, data_key: bytes, purpose: str) -> None:
        self._head = _VERSION + key_id(data_key)
        info = b"patchwork column|" + purpose.encode()
        self._cipher = AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(data_key))

    def seal(self, plain: bytes, *row: str) -> bytes:
        """The value to store. `row` names the row: at opening it must be the same."""
        nonce = os.urandom(_NONCE_BYTES)
        return self._head + nonce + self._cipher.encrypt(nonce, plain, _bound(row))

    def open(self, sealed: bytes, *row: str) -> bytes:
        """The plain value. Raises `StoreRefused` where it was sealed under another key, for another row, or was
        changed."""
        if sealed[:_HEAD] != self._head:
            raise StoreRefused(
                "a column is sealed under another data key; give the gateway the key this database was made with"
            )
        nonce, body = sealed[_HEAD : _HEAD + _NONCE_BYTES], sealed[_HEAD + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, body, _bound(row))
        except (InvalidTag, ValueError):
            raise StoreRefused(
                "a sealed column was changed or moved to another row; restore the database from a backup"
            ) from None


def _bound(row: tuple[str, ...]) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part.encode() for part in row)
