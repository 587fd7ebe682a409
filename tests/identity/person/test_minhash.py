"""Keyed MinHash: like texts agree, unlike ones do not, and nothing agrees across keys."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.person.minhash import MinHasher, bigrams, dice, packed

HASHER = MinHasher(sha256(b"test").digest())
words = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=20)


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
