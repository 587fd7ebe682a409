"""The gateway's own key over every token that it indexes.

A dump of the index alone is useless without the pepper, and a connector's linkage key alone is useless against the
index: whoever wants to try names out needs both, and no party holds both.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from mappings.canonical.evidence import KEPT_KEY_BYTES, TOKEN_BYTES, Evidence
from mappings.canonical.identifiers import PartnershipId

_LEAST_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class IndexKeys:
    """The keys under which one record is found, 16 bytes each (a store may keep fewer). `former`, to be searched with only: for each
    key the one that the same token has under the pepper before, for the records that are not indexed anew yet."""

    identifiers: tuple[bytes, ...] = ()
    blocks: tuple[bytes, ...] = ()
    bands: tuple[bytes, ...] = ()
    former: Mapping[bytes, bytes] = field(default_factory=dict, compare=False)


class Pepper:
    """HMAC-SHA256, truncated to 16 bytes, of kind, partnership, epoch and token, under a key of at least 32 bytes. `former`, while it is
    being rotated: the one that this takes the place of."""

    def __init__(self, key: bytes, partnership: PartnershipId, former: "Pepper | None" = None) -> None:
        if len(key) < _LEAST_KEY_BYTES:
            raise ValueError("a pepper is at least 32 bytes")
        self._keyed = hmac.new(key, b"patchwork-pepper/1", sha256)
        self._partnership = partnership.value.encode()
        self._former = former

    def index_keys(self, evidence: Evidence) -> IndexKeys:
        """The keys of an evidence, in its own order: the same whether it is whole or as it is kept."""
        epoch = evidence.epoch.encode()
        return IndexKeys(
            tuple(
                self._key(b"identifier", epoch, item.token) for item in (*evidence.identifiers, *evidence.superseded)
            ),
            tuple(self._key(b"block", epoch, token[:KEPT_KEY_BYTES]) for token in evidence.blocks),
            tuple(self._key(b"band", epoch, token[:KEPT_KEY_BYTES]) for token in evidence.bands),
        )

    def index_keys_of(self, evidences: Iterable[Evidence]) -> IndexKeys:
        """The keys of the same person's evidence under every epoch together."""
        each = [self.index_keys(evidence) for evidence in evidences]
        return IndexKeys(
            tuple(key for keys in each for key in keys.identifiers),
            tuple(key for keys in each for key in keys.blocks),
            tuple(key for keys in each for key in keys.bands),
        )

    def search_keys_of(self, evidences: Iterable[Evidence]) -> IndexKeys:
        """The same, to search with: also while only a part of the index is made anew under this pepper."""
        listed = tuple(evidences)
        keys = self.index_keys_of(listed)
        if self._former is None:
            return keys
        before = self._former.index_keys_of(listed)
        groups = ((keys.identifiers, before.identifiers), (keys.blocks, before.blocks), (keys.bands, before.bands))
        former = {key: old for group in groups for key, old in zip(*group, strict=True)}
        return IndexKeys(keys.identifiers, keys.blocks, keys.bands, former)

    def _key(self, kind: bytes, epoch: bytes, token: bytes) -> bytes:
        mac = self._keyed.copy()
        # The parts are told apart by their lengths, so that no two lists of parts give the same bytes.
        for part in (kind, self._partnership, epoch, token):
            mac.update(bytes([len(part)]) + part)
        return mac.digest()[:TOKEN_BYTES]

    def __repr__(self) -> str:
        return "Pepper(hidden)"
