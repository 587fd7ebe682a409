"""Finding the key that a header names. What is not found is not guessed at: no header ever brings its own key."""

from collections.abc import Callable, Iterable, Iterator

from identity.agency.keys import DecryptionKey, VerifyKey
from mappings.canonical.identifiers import KeyId

VerifyKeyDirectory = Callable[[KeyId], VerifyKey | None]
"""Answers with the key of that id while its owner may sign with it, else None (unknown, retired or revoked look the
same)."""


class KeyRing:
    """The decryption keys one party still opens envelopes with: the current one first, then retired ones still
    needed."""

    def __init__(self, keys: Iterable[DecryptionKey]) -> None:
        self._keys = {key.id: key for key in keys}

    def get(self, key_id: KeyId) -> DecryptionKey | None:
        """The key of that id, or None where it is not ours."""
        return self._keys.get(key_id)

    def __iter__(self) -> Iterator[DecryptionKey]:
        return iter(self._keys.values())

    def __len__(self) -> int:
        return len(self._keys)


def directory_of(*keys: VerifyKey) -> VerifyKeyDirectory:
    """A directory of exactly these keys, for a party that pins the few it believes."""
    return {key.id: key for key in keys}.get
