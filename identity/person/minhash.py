"""Keyed MinHash: how alike two short texts are, told from 32 bytes each that say nothing without the key.

A text is the set of its padded bigrams. Each bigram is hashed once (keyed BLAKE2b, two calls of 64 bytes) into 64 lanes
of 16 bits; the minimum of each lane over the set agrees between two sets with the probability of their Jaccard
similarity (Broder 1997). A signature keeps the low 4 bits of each minimum (b-bit MinHash, Li and Koenig 2010), so
unlike sets agree in 1 lane of 16 by chance, which `dice` takes out.

The lanes are held as one whole number, 32 bits a lane of which the upper 16 are 0: the minima of all lanes are then taken
by a handful of operations on it. The minima of a union are the lesser of those of its parts, so parts that come again
(names) are hashed once.
"""

import struct
from collections.abc import Iterable
from functools import lru_cache, reduce
from hashlib import blake2b

LANES = 64
_LANE_BYTES = 4
_UNPACK = struct.Struct(f"<{LANES}H").unpack
_WIDE = struct.Struct(f"<{LANES}I")
_GUARDS = int.from_bytes(b"\x00\x00\x01\x00" * LANES, "little")
_CHANCE = 1 / 16
_ONES = int.from_bytes(b"\x11" * (LANES // 2))
_CACHED = 50_000


def bigrams(text: str) -> set[str]:
    """The padded bigrams of a text: "ANN" gives ^A, AN, NN, N$. Empty text gives none."""
    padded = f"^{text}$"
    return {padded[place : place + 2] for place in range(len(padded) - 1)} if text else set()


class MinHasher:
    """Makes minima under one key (16 to 64 bytes). Keeps the lanes of features it has seen."""

    def __init__(self, key: bytes) -> None:
        first = blake2b(key=key, digest_size=64, person=b"lanes-0")
        second = blake2b(key=key, digest_size=64, person=b"lanes-1")

        def lanes(feature: str) -> int:
            data = feature.encode()
            low, high = first.copy(), second.copy()
            low.update(data)
            high.update(data)
            return int.from_bytes(_WIDE.pack(*_UNPACK(low.digest() + high.digest())), "little")

        self._lanes = lru_cache(_CACHED)(lanes)

    def minima(self, features: Iterable[str]) -> int:
        """The least of each lane over the features (at least one)."""
        return reduce(lesser, map(self._lanes, features))


def lesser(one: int, other: int) -> int:
    """The lesser of each lane: the minima of the union of two sets, from the minima of each."""
    # A guard bit survives the subtraction exactly where the lane of `one` is not less; spread, it picks `other` there.
    guards = ((one | _GUARDS) - other) & _GUARDS
    return one ^ ((one ^ other) & (guards - (guards >> 16)))


def values(minima: int) -> tuple[int, ...]:
    """Lane by lane."""
    return _WIDE.unpack(minima.to_bytes(LANES * _LANE_BYTES, "little"))


def packed(minima: int) -> bytes:
    """The signature: the low 4 bits of each of the 64 minima, two to a byte."""
    # In hexadecimal, the second digit of each lane's lowest byte.
    return bytes.fromhex(minima.to_bytes(LANES * _LANE_BYTES, "little")[::_LANE_BYTES].hex()[1::2])


def dice(one: bytes, other: bytes) -> float:
    """Estimated Dice similarity (0 to 1) of the two sets; the standard error is about .06."""
    differing = int.from_bytes(one) ^ int.from_bytes(other)
    differing |= differing >> 1
    differing |= differing >> 2
    same = 1 - (differing & _ONES).bit_count() / LANES
    jaccard = (same - _CHANCE) / (1 - _CHANCE)
    return 2 * jaccard / (1 + jaccard) if jaccard > 0 else 0.0
