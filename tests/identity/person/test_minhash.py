"""Keyed MinHash: like texts agree, unlike ones do not, and nothing agrees across keys."""

import struct
from functools import reduce
from hashlib import blake2b, sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.person.minhash import LANES, MinHasher, bigrams, dice, lesser, packed, values

HASHER = MinHasher(sha256(b"test").digest())
words = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=20)
lanes = st.lists(st.one_of(st.integers(0, 2**16 - 1), st.sampled_from((0, 2**16 - 1))), min_size=LANES, max_size=LANES)


def _signature(text: str, hasher: MinHasher = HASHER) -> bytes:
    return packed(hasher.minima(bigrams(text)))


@given(words)
def test_a_text_is_like_itself(text: str) -> None:
    assert len(_signature(text)) == 32
    assert dice(_signature(text), _signature(text)) == 1


@given(words, words)
def test_likeness_is_the_same_both_ways_and_between_none_and_all(one: str, other: str) -> None:
    assert dice(_signature(one), _signature(other)) == dice(_signature(other), _signature(one))
    assert 0 <= dice(_signature(one), _signature(other)) <= 1


@pytest.mark.parametrize(
    ("one", "other"), [("CATHERINE", "CATHRINE"), ("HOLLOWAY", "HOLOWAY"), ("STEPHENSON", "STEVENSON")]
)
def test_the_estimate_is_the_true_likeness_on_average_over_keys(one: str, other: str) -> None:
    mine, theirs = bigrams(one), bigrams(other)
    true = 2 * len(mine & theirs) / (len(mine) + len(theirs))
    hashers = [MinHasher(sha256(bytes([number])).digest()) for number in range(40)]
    found = [dice(_signature(one, hasher), _signature(other, hasher)) for hasher in hashers]
    assert abs(sum(found) / len(found) - true) < 0.03


def test_unlike_names_are_unlike() -> None:
    assert dice(_signature("JASMINE"), _signature("ROBERT")) < 0.3


def test_another_key_gives_another_signature() -> None:
    assert _signature("JASMINE") != _signature("JASMINE", MinHasher(bytes(32)))


def _plainly(features: set[str]) -> list[int]:
    """The minima as the description says them, lane by lane."""
    hashed = [
        b"".join(
            blake2b(each.encode(), key=sha256(b"test").digest(), digest_size=64, person=person).digest()
            for person in (b"lanes-0", b"lanes-1")
        )
        for each in features
    ]
    return [min(column) for column in zip(*(struct.unpack(f"<{LANES}H", row) for row in hashed), strict=True)]


@given(st.sets(st.text(max_size=4), min_size=1, max_size=12))
def test_all_lanes_at_once_are_what_each_lane_is_by_itself(features: set[str]) -> None:
    minima = _plainly(features)
    assert list(values(HASHER.minima(features))) == minima
    low = [value & 15 for value in minima]
    nibbles = zip(low[::2], low[1::2], strict=True)
    assert packed(HASHER.minima(features)) == bytes(even << 4 | odd for even, odd in nibbles)


@given(lanes, lanes)
def test_the_lesser_of_two_is_the_lesser_in_each_lane(one: list[int], other: list[int]) -> None:
    whole = [int.from_bytes(struct.pack(f"<{LANES}I", *each), "little") for each in (one, other)]
    assert list(values(lesser(*whole))) == list(map(min, one, other))


@given(st.lists(words, min_size=1, max_size=4))
def test_the_minima_of_a_union_follow_from_those_of_its_parts(texts: list[str]) -> None:
    together = HASHER.minima(set().union(*map(bigrams, texts)))
    assert reduce(lesser, [HASHER.minima(bigrams(text)) for text in texts]) == together
