"""What is sealed to others already, and kept as it came: details sealed to stewards, refused messages sealed to the gateway. It is wrapped under a
record key alone, so that it cannot be opened from a backup once that key is erased; rotating the data key does not concern it.
"""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.store.record_keys import ID_BYTES, RecordKeys, id_of, name_of

_VERSION: Final = b"\x03"
_NONCE_BYTES: Final = 12


class WrappedColumn:
    """The values of the column called `purpose`; as they come where there are no record keys. Threads may share it."""

    def __init__(self, purpose: str, record_keys: RecordKeys | None) -> None:
        self._purpose, self._record_keys = purpose, record_keys

    @property
    def wraps(self) -> bool:
        """Whether what is stored from now on is wrapped."""
        return self._record_keys is not None

    def seal(self, value: bytes, *row: str) -> bytes:
        """The value to store. Raises `StoreDown`."""
        if self._record_keys is None:
            return value
        key, nonce = self._record_keys.to_seal(name_of(self._purpose, *row)), os.urandom(_NONCE_BYTES)
        return _VERSION + id_of(key) + nonce + AESGCM(key).encrypt(nonce, value, None)

    def open(self, stored: bytes, *row: str) -> bytes:
        """The value; empty where its key was erased, as it is where it was never wrapped. Raises `StoreDown`."""
        head = 1 + ID_BYTES
        if self._record_keys is None or stored[:1] != _VERSION or len(stored) < head + _NONCE_BYTES:
            return stored
        key = self._record_keys.to_open(name_of(self._purpose, *row), bytes(stored[1:head]))
        if key is None:
            return b""
        try:
            return AESGCM(key).decrypt(stored[head : head + _NONCE_BYTES], stored[head + _NONCE_BYTES :], None)
        except InvalidTag:
            # Bytes that somebody sent, and that only happen to begin as ours do.
            return stored

    def erase(self, *row: str) -> None:
        """Erase the key of this row's value. Raises `StoreDown`."""
        if self._record_keys is not None:
            self._record_keys.erase(name_of(self._purpose, *row))
