"""What the register holds of people, sealed: a record's evidence, an involvement's worker, relatives, and details under another seal.

AES-256-GCM under a key of its own per column, bound by the associated data to the row it belongs to, so that a sealed value moved to another row
does not open. Two layouts:

* version 1 (1 byte), id of the data key (4), nonce (12), ciphertext and tag. The key is HKDF-SHA256 of the data key.
* version 2: the same with the id of the record key (4) after that of the data key. The key is HKDF-SHA256 of the data key, salted with a random
  key of that one thing, which stands in a store of its own (`gateway.store.record_keys`). When that is erased the value reads as nothing.

The ids say which keys open it: while the data key is rotated, or values come under record keys, there are several kinds.
"""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.store.data_keys import KEY_ID_BYTES, DataKeys
from gateway.store.faults import StoreRefused
from gateway.store.record_keys import ID_BYTES, RecordKeys, id_of, name_of

_VERSION, _WRAPPED = b"\x01", b"\x02"
_NONCE_BYTES: Final = 12
_HEAD: Final = len(_VERSION) + KEY_ID_BYTES


class SealedColumn:
    """Seals and opens the values of the column called `purpose`. Threads may share it.

    With `record_keys`, everything but `nothing` is sealed under a record key too; `nothing` is what a value reads as whose key was erased, and
    to seal it erases the key.
    """

    def __init__(
        self, keys: DataKeys, purpose: str, record_keys: RecordKeys | None = None, nothing: bytes | None = None
    ) -> None:
        self._keys, self._purpose = keys, purpose
        self._info = b"patchwork column|" + purpose.encode()
        self._ciphers: dict[bytes, AESGCM] = {}
        self._record_keys, self._nothing = record_keys if nothing is not None else None, nothing

    def seal(self, plain: bytes, *row: str) -> bytes:
        """The value to store. `row` names the row: at opening it must be the same. Raises `StoreDown`."""
        id, nonce = self._keys.sealing, os.urandom(_NONCE_BYTES)
        if self._record_keys is None:
            return _VERSION + id + nonce + self._cipher(id).encrypt(nonce, plain, _bound(row))
        if plain == self._nothing:
            self.erase(*row)
            return _VERSION + id + nonce + self._cipher(id).encrypt(nonce, plain, _bound(row))
        key = self._record_keys.to_seal(name_of(self._purpose, *row))
        return _WRAPPED + id + id_of(key) + nonce + self._of(id, key).encrypt(nonce, plain, _bound(row))

    def open(self, sealed: bytes, *row: str) -> bytes:
        """The plain value. Raises `StoreRefused` where it was sealed under a data key that is not held, for another row, or was changed, and
        `StoreDown` where the store of record keys is away."""
        version = bytes(sealed[:1])
        if version not in (_VERSION, _WRAPPED) or len(sealed) < _HEAD:
            raise StoreRefused("a sealed column was changed; restore the database from a backup")
        id, rest = bytes(sealed[1:_HEAD]), bytes(sealed[_HEAD:])
        if version == _VERSION:
            return self._opened(self._cipher(id), rest, row)
        if self._record_keys is None:
            raise StoreRefused(
                "this register is sealed under record keys, which are in a store of their own: name it with record_keys_url in the settings"
            )
        key = self._record_keys.to_open(name_of(self._purpose, *row), rest[:ID_BYTES])
        if key is None:
            return self._nothing or b""
        return self._opened(self._of(id, key), rest[ID_BYTES:], row)

    def erase(self, *row: str) -> None:
        """Erase the key of this row's value, so that no copy of it anywhere opens again."""
        if self._record_keys is not None:
            self._record_keys.erase(name_of(self._purpose, *row))

    def is_readable(self, sealed: bytes, *row: str) -> bool:
        """Whether its record key is there, if it has one. Raises `StoreDown`."""
        if bytes(sealed[:1]) != _WRAPPED or self._record_keys is None:
            return True
        return (
            self._record_keys.to_open(name_of(self._purpose, *row), bytes(sealed[_HEAD : _HEAD + ID_BYTES])) is not None
        )

    def is_current(self, sealed: bytes) -> bool:
        """Whether it is sealed as it would be now."""
        wanted = _VERSION if self._record_keys is None else _WRAPPED
        return bytes(sealed[:_HEAD]) == wanted + self._keys.sealing

    def _opened(self, cipher: AESGCM, rest: bytes, row: tuple[str, ...]) -> bytes:
        try:
            return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], _bound(row))
        except (InvalidTag, ValueError):
            raise StoreRefused(
                "a sealed column was changed or moved to another row; restore the database from a backup"
            ) from None

    def _cipher(self, id: bytes) -> AESGCM:
        if id not in self._ciphers:
            self._ciphers[id] = self._of(id, None)
        return self._ciphers[id]

    def _of(self, id: bytes, record_key: bytes | None) -> AESGCM:
        derived = HKDF(algorithm=SHA256(), length=32, salt=record_key, info=self._info).derive(self._keys.key(id))
        return AESGCM(derived)


def _bound(row: tuple[str, ...]) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part.encode() for part in row)
