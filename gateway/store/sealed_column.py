"""The two encrypted columns: a record's evidence and an involvement's worker.

AES-256-GCM under a key of its own per column (HKDF-SHA256 from the data key), bound by the associated data to the row
it belongs to, so that a sealed value moved to another row does not open. Layout: version (1 byte), key id (4), nonce
(12), ciphertext and tag. The key id says which data key opens it: while one is being rotated there are values of both.
"""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.store.data_keys import KEY_ID_BYTES, DataKeys
from gateway.store.faults import StoreRefused

_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
_HEAD: Final = len(_VERSION) + KEY_ID_BYTES


class SealedColumn:
    """Seals and opens the values of the column called `purpose`. Threads may share it."""

    def __init__(self, keys: DataKeys, purpose: str) -> None:
        self._keys, self._info = keys, b"patchwork column|" + purpose.encode()
        self._ciphers: dict[bytes, AESGCM] = {}

    def seal(self, plain: bytes, *row: str) -> bytes:
        """The value to store. `row` names the row: at opening it must be the same."""
        id, nonce = self._keys.sealing, os.urandom(_NONCE_BYTES)
        return _VERSION + id + nonce + self._cipher(id).encrypt(nonce, plain, _bound(row))

    def open(self, sealed: bytes, *row: str) -> bytes:
        """The plain value. Raises `StoreRefused` where it was sealed under a key that is not held, for another row, or
        was changed."""
        if sealed[:1] != _VERSION or len(sealed) < _HEAD:
            raise StoreRefused("a sealed column was changed; restore the database from a backup")
        cipher = self._cipher(bytes(sealed[1:_HEAD]))
        nonce, body = sealed[_HEAD : _HEAD + _NONCE_BYTES], sealed[_HEAD + _NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, body, _bound(row))
        except (InvalidTag, ValueError):
            raise StoreRefused(
                "a sealed column was changed or moved to another row; restore the database from a backup"
            ) from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether it is sealed under the key that seals now."""
        return bytes(sealed[1:_HEAD]) == self._keys.sealing

    def _cipher(self, id: bytes) -> AESGCM:
        if id not in self._ciphers:
            key = HKDF(algorithm=SHA256(), length=32, salt=None, info=self._info).derive(self._keys.key(id))
            self._ciphers[id] = AESGCM(key)
        return self._ciphers[id]


def _bound(row: tuple[str, ...]) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part.encode() for part in row)
