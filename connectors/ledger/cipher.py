"""Encryption of the ledger's sensitive columns: AES-256-GCM under a key that never leaves the agency's machine.

Every value is bound to its place (table, column, row) as associated data, so that a value copied elsewhere does not open. Marks are keyed
hashes by which two states are compared without opening them.
"""

import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12
_CACHED = 5_000


class LedgerFault(Exception):
    """The ledger cannot be used as it is. The message names the file and the way out, and holds nothing of what is inside."""


class Cipher:
    """`seal` and `open` one value at its place; `mark` a keyed hash of one."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise LedgerFault(f"the ledger key must be {KEY_BYTES} bytes; make one with: patchwork-connector keys new")
        self._aead = AESGCM(_derived(key, b"patchwork ledger encryption"))
        self._marks = _derived(key, b"patchwork ledger marks")
        self._marked = lru_cache(_CACHED)(self.mark)

    def seal(self, value: bytes, place: str) -> bytes:
        """The nonce followed by the encrypted value."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, value, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """The value. Raises `LedgerFault` where it was altered, stands at another place, or the key is another one."""
        try:
            return self._aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError):
            raise LedgerFault(
                "a value in the ledger does not open under the ledger key: the key is another one, or the file was altered. "
                "Put back the ledger and the ledger key of the same backup"
            ) from None

    def mark(self, value: bytes) -> str:
        """Hex HMAC-SHA256 of the value."""
        return hmac.digest(self._marks, value, "sha256").hex()

    def mark_again(self, value: bytes) -> str:
        """The same, of what is marked again and again, such as a worker's name: the marks met last are kept, in memory only."""
        return self._marked(value)

    def __repr__(self) -> str:
        return "Cipher(hidden)"


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(key)
