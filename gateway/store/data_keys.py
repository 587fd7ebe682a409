"""The data keys that this process holds: the one that seals now, and those that what was sealed before still opens with.

Which one seals is said by the register, not by the process: it is asked at the beginning of every unit that writes, under the register lock,
so that two processes can never disagree about it while a key is being rotated.
"""

import hashlib
from collections.abc import Callable, Iterable
from typing import Final

from gateway.store.faults import StoreRefused

DATA_KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 4


def key_id(data_key: bytes) -> bytes:
    """Four bytes that name a data key and tell nothing about it. Raises `StoreRefused` where it is not a data key."""
    if len(data_key) != DATA_KEY_BYTES:
        raise StoreRefused(
            f"the data key must be exactly {DATA_KEY_BYTES} bytes; make one with the gateway's set-up command"
        )
    return hashlib.sha256(b"patchwork data key id|" + data_key).digest()[:KEY_ID_BYTES]


class DataKeys:
    """`first` is the key of the settings; `others` reads the ones beside it (next, retired) whenever a key is asked for that is not held."""

    def __init__(self, first: bytes, others: Callable[[], Iterable[bytes]] = tuple) -> None:
        self.sealing = key_id(first)
        self._keys, self._others = {self.sealing: first}, others

    def key(self, id: bytes) -> bytes:
        """The key of that id. Raises `StoreRefused` where it is on no disk here."""
        if id not in self._keys:
            self._keys |= {key_id(each): each for each in self._others()}
        if id not in self._keys:
            raise StoreRefused(
                "a column is sealed under another data key; give the gateway the key this database was made with, and while a key "
                "is rotated the one beside it that ends in .next"
            )
        return self._keys[id]

    def seal_with(self, id: bytes) -> None:
        """From now on this one seals. Raises `StoreRefused` where it is not held."""
        self.key(id)
        self.sealing = id

    def __repr__(self) -> str:
        return "DataKeys(hidden)"
